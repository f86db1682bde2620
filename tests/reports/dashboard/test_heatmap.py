"""Heat maps as tables: text, mark, shade and words of every cell."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.dashboard.heatmap import (
    cell_mark,
    cell_shade,
    cell_text,
    cell_words,
    person_grid,
    ratio_shade,
    team_grid,
)
from tests.web.content import PAYROLL, PRIVACY, cell, company_report, report, skill, team_line, unmet


@pytest.mark.parametrize(
    ("part", "whole", "shade"),
    [(0, 3, "q0"), (1, 3, "q2"), (2, 3, "q5"), (3, 3, "q8"), (99, 100, "q7"), (1, 100, "q1"), (0, 0, "none")],
)
def test_a_shade_follows_the_ratio_and_only_all_of_it_is_q8(part: int, whole: int, shade: str) -> None:
    assert ratio_shade(part, whole) == shade


@given(st.integers(0, 400), st.integers(1, 400), st.integers(1, 400))
def test_more_is_never_a_lower_shade(part: int, more: int, whole: int) -> None:
    assert ratio_shade(part, whole) <= ratio_shade(part + more, whole)


@pytest.mark.parametrize(
    ("given_cell", "text", "mark", "shade", "words"),
    [
        ({}, "3/3", "✓", "q8", "met"),
        ({"days_left": 12}, "3/3", "✓", "q8", "met, runs out in 12 days"),
        ({"days_left": 0}, "3/3", "✓", "q8", "met, runs out today"),
        ({"days_left": 400}, "3/3", "✓", "q8", "met"),
        (
            {"status": "unmet", "attained": 2, "reason": "too_low"},
            "2/3",
            "×",
            "q5",
            "not met: shown at a lower level",
        ),
        (
            {"status": "unmet", "attained": 0, "reason": "expired", "importance": "mandatory"},
            "0/3",
            "!",
            "q0",
            "mandatory and not met: has run out",
        ),
        # The level is there, the proof does not count: never the shade of a requirement that is met.
        (
            {"status": "unmet", "attained": 3, "reason": "not_recognised"},
            "3/3",
            "×",
            "q7",
            "not met: shown, but not by proof that counts",
        ),
        (
            {"status": "open", "attained": 0, "due_on": date(2026, 7, 14)},
            "0/3",
            "○",
            "open",
            "not yet due, due 2026-07-14",
        ),
        (
            {"status": "exempt", "attained": 0, "exempt_reason": "pregnancy"},
            "0/3",
            "E",
            "exempt",
            "exempt: pregnancy",
        ),
        (
            {"status": "desirable", "required": None, "attained": 0},
            "0",
            "·",
            "desirable",
            "desirable, in no ratio",
        ),
        (
            {"status": "not_required", "required": None, "attained": 2},
            "2",
            "",
            "not-required",
            "held, not required",
        ),
        (
            {"status": "not_required", "required": None, "attained": 0},
            "–",
            "",
            "not-required",
            "not required",
        ),
    ],
)
def test_a_cell_says_its_state_by_text_mark_shade_and_words(
    given_cell: dict[str, Any], text: str, mark: str, shade: str, words: str
) -> None:
    one = cell("p-bo", PAYROLL, **given_cell)
    assert (cell_text(one), cell_mark(one), cell_shade(one), cell_words(one)) == (text, mark, shade, words)


def test_the_days_left_stand_in_the_cell_only_while_it_is_met() -> None:
    met, late = cell("p-bo", PAYROLL, days_left=12), unmet("p-bo", PAYROLL, days_left=-3)
    grid = person_grid(report())
    assert grid.rows[0].cells[1].note == "12 d"
    assert cell_words(met) != cell_words(late)
    assert "runs out" not in cell_words(late)


def test_rows_and_columns_stand_in_the_order_of_the_report() -> None:
    grid = person_grid(report())
    assert [row.label for row in grid.rows] == ["Ada Okafor", "Bo Lindqvist", "Cem Yıldız"]
    assert [column.short_id for column in grid.columns] == [
        "payroll-accounting",
        "data-protection",
        "first-aid",
    ]
    assert [row.total for row in grid.rows] == ["2/2", "0/2", "1/1"]
    assert grid.rows[2].detail == "on leave"
    assert [one.is_empty for one in grid.rows[1].cells] == [False, False, True]


def test_the_foot_is_the_coverage_of_each_skill() -> None:
    column = person_grid(report()).columns[0]
    assert (column.foot, column.foot_shade, column.foot_words) == ("2/3", "q5", "2 of 3 (67 %)")


def test_a_team_that_is_not_asked_for_a_skill_has_an_empty_cell() -> None:
    grid = team_grid([team_line("PAY", "Payroll", skill_shares={PAYROLL: (2, 3)})], company_report().skills)
    payroll, privacy, _ = grid.rows[0].cells
    assert (payroll.text, payroll.shade, payroll.is_empty) == ("2/3", "q5", False)
    assert (privacy.text, privacy.shade, privacy.is_empty) == ("–", "none", True)


def test_a_wide_map_keeps_the_skills_with_the_lowest_coverage() -> None:
    skills = [
        skill(f"https://skills.example/{number}", f"skill {number}", coverage_share=number / 10)
        for number in range(9)
    ]
    grid = team_grid([], skills, most_columns=3)
    assert [column.label for column in grid.columns] == ["skill 0", "skill 1", "skill 2"]
    assert grid.hidden_columns == 6


def test_skills_that_nobody_is_asked_for_are_no_columns_of_the_team_map() -> None:
    skills = [skill(PRIVACY, "data protection", needed=None, met=None, coverage_share=None)]
    assert team_grid([], skills).columns == ()
