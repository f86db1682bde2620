"""The tour of the demo: what HR must be able to say after three minutes, read on screen, reached by clicks alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from reports.content.words import day_word
from tests.end_to_end.company import Company
from tests.end_to_end.walking import Walk, sign_in

MOST_CLICKS = 3


@pytest.fixture
def walk(company: Company, page: Page) -> Walk:
    return sign_in(page, company, "hr")


def test_log_is_the_problem_nine_of_sixteen_forklift_cards(company: Company, walk: Walk) -> None:
    first = walk.card("Units that need you").get_by_role("listitem").first
    assert walk.seen(first).startswith("Warehouse and logistics 49 of 120 (41 %)")
    walk.click(first.get_by_role("link"))
    cells = walk.column("operate forklift")
    missing = [text for text in cells if "!" in text]
    days_to_august = (company.on("2026-08-01") - company.today).days
    days = [int(found[1]) for text in cells if (found := re.search(r"(\d+) d$", text))]
    ending = [left for left in days if left < days_to_august]
    assert (len(cells), len(missing), len(ending)) == (16, 5, 4)
    # The same by name and day, below.
    assert walk.seen(walk.card("Running out within 90 days")).count("operate forklift") == 4 + 3
    assert walk.clicks <= MOST_CLICKS


def test_jorg_is_the_only_plc_expert_and_sven_the_next_best_since_march(company: Company, walk: Walk) -> None:
    line = walk.row("Single points of failure", "programmable logic controller")
    assert walk.seen(line) == (
        "programmable logic controller 4 Expert Jörg Lindner "
        f"Sven Hartmann 3 Independent since {day_word(company.on('2026-03-11'))}"
    )
    walk.click(line.get_by_role("link", name="Sven Hartmann"))
    assert "SPS Stufe 3" in walk.seen(walk.page.locator(".is-chosen"))
    assert walk.clicks <= MOST_CLICKS


def test_the_red_column_of_sales_is_learning_that_no_rule_counts(walk: Walk) -> None:
    found = walk.seen(walk.card("Finished, but counted by no rule"))
    assert "Handling difficult customers 14 people finished it" in found
    walk.click(walk.page.locator("#heat-map").get_by_role("link", name="Sales and service"))
    cells = walk.column("handle customer complaints")
    assert sum("×" in text for text in cells) >= 14
    walk.click(walk.page.get_by_role("link", name="Open Unmapped learning"))
    line = walk.row("Learning that no rule counts", "Handling difficult customers")
    assert walk.seen(line.get_by_role("cell").first) == "14"
    assert "Luca Moretti" in walk.seen(line)
    assert walk.clicks <= MOST_CLICKS


def test_the_fifteen_who_look_finished_in_c_02_were_waived(walk: Walk) -> None:
    walk.click(walk.page.get_by_role("link", name="Open Not proof"))
    lines = walk.page.get_by_role(
        "table", name="Statements about mapped learning that prove nothing"
    ).get_by_role("row", name="Lagersicherheit")
    said = [walk.seen(line) for line in lines.all()]
    assert [text for text in said if "waived by an administrator" in text and " 12 " in text]
    assert [
        text
        for text in said
        if "satisfied is also sent after a waiver and at enrolment" in text and " 15 " in text
    ]
    assert walk.clicks <= MOST_CLICKS


def test_the_whole_tour_is_one_walk_of_three_clicks(walk: Walk) -> None:
    walk.click(walk.card("Units that need you").get_by_role("link", name="Warehouse and logistics"))
    assert walk.column("operate forklift")
    walk.click(walk.page.get_by_role("link", name="Overview"))
    assert "Jörg Lindner" in walk.seen(walk.page.locator("#single-points"))
    assert "Handling difficult customers" in walk.seen(walk.card("Finished, but counted by no rule"))
    walk.click(walk.page.get_by_role("link", name="All unmapped learning"))
    assert "waived by an administrator" in walk.seen()
    assert walk.clicks == 3
