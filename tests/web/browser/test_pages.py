"""Every page in a real browser: no barrier, no fault, nothing wider than the screen; in light, dark and narrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.web.browser.conftest import SCREENS, SignedIn
from tests.web.content import EVIDENCE, STATEMENT

PAGES = (
    "/",
    "/teams/",
    "/teams/PAY",
    "/teams/PAY?tree=1&as_of=2026-03-15&known_on=2026-03-31",
    "/people/p-bo?skill=payroll-accounting",
    "/skills/?q=wages",
    "/skills/payroll-accounting",
    "/roles/",
    "/roles/payroll-clerk",
    "/roles/edit/occupations?q=accountants",
    "/roles/edit/profile?framework=O*NET&code=13-2011.00",
    "/expiring",
    f"/evidence/{EVIDENCE}",
    f"/statements/{STATEMENT}",
    "/sources",
    "/credentials/",
    "/frameworks/",
    "/frameworks/of/Payroll%20words",
    "/frameworks/of/Payroll%20words/skill?iri=urn:b",
    "/queues/rejected",
    "/queues/unknown-actors",
    "/queues/unmapped",
    "/queues/clocks",
    "/queues/failures",
    "/definitions",
    "/nothing/here",
)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_is_without_barriers_and_fits_the_screen(
    screen: str, signed_in: SignedIn, axe: Callable[[Page], tuple[str, ...]], artefacts: Path
) -> None:
    page = signed_in(screen=screen)
    found = {}
    for address in PAGES:
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        barriers = (*axe(page), *(("scrolls sideways",) if wide else ()))
        if barriers:
            found[address] = barriers
        name = address.strip("/").replace("/", "-").partition("?")[0] or "overview"
        page.screenshot(path=artefacts / f"{name}.png", full_page=True)
    assert found == {}


def test_the_sign_in_is_without_barriers(
    site: str, page: Page, axe: Callable[[Page], tuple[str, ...]]
) -> None:
    page.goto(f"{site}/sign-in")
    assert axe(page) == ()
    page.get_by_label("E-mail").fill("hr@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button").click()
    assert "wrong" in page.get_by_role("alert").inner_text()
    assert axe(page) == ()


def test_a_figure_opens_its_proof_in_three_clicks(signed_in: SignedIn) -> None:
    page = signed_in("hr")
    page.locator("#heat-map tr", has_text="Payroll").locator("td a").first.click()
    page.wait_for_url("**/teams/PAY**")
    page.locator("#heat-map td a", has_text="3/3").first.click()
    page.wait_for_url("**/people/**")
    page.locator(".is-chosen .skill-proofs a").first.click()
    page.wait_for_url("**/evidence/**")
    assert "This proof counts" in page.get_by_role("main").inner_text()


def test_every_page_works_without_scripts(signed_in: SignedIn) -> None:
    page = signed_in(scripts=False)
    page.goto("/teams/PAY")
    page.locator("#heat-map td a").first.click()
    page.wait_for_url("**/people/**")
    assert page.locator(".is-chosen").count() == 1


def test_on_paper_the_heat_map_is_whole(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/teams/PAY")
    page.emulate_media(media="print")
    assert not page.locator(".menu").is_visible()
    assert (
        page.locator(".grid-scroll").first.evaluate("(box) => getComputedStyle(box).overflowY") == "visible"
    )
