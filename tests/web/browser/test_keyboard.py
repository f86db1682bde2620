"""The keyboard alone: the skip link, movement inside the heat map, sorting and filtering."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.web.browser.conftest import SignedIn


def _focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.replace(/\\s+/g, ' ').trim()")
    return text


def test_the_first_tab_skips_to_the_content(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/teams/PAY")
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_heat_map_is_one_stop_and_arrows_move_inside(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/teams/PAY")
    grid = page.locator("table[data-grid] tbody")
    assert grid.locator("a[tabindex='0']").count() == 1
    grid.locator("a").first.focus()
    assert _focused(page) == "Ada Okafor"
    page.keyboard.press("ArrowRight")
    assert _focused(page).startswith("3/3")
    page.keyboard.press("ArrowDown")
    assert _focused(page).startswith("2/3")
    page.keyboard.press("End")
    assert _focused(page).startswith("0/1")
    page.keyboard.press("Home")
    assert _focused(page) == "Bo Lindqvist"
    page.keyboard.press("PageDown")
    assert _focused(page) == "Cem Yıldız"
    assert grid.locator("a[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/p-cem")


def test_a_key_that_leads_nowhere_stays(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/teams/PAY")
    page.locator("table[data-grid] tbody a").first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert _focused(page) == "Ada Okafor"


def test_what_has_the_focus_is_seen(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/teams/PAY")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", _focused(page)


def test_a_table_is_sorted_by_its_heads(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/teams/")
    table = page.locator("table[data-sortable]").first
    head = table.get_by_role("button", name="Requirements met")
    head.press("Enter")
    assert table.locator("tbody th").all_inner_texts() == ["Payroll", "Human resources", "Recruiting"]
    assert table.locator("th[aria-sort='ascending']").count() == 1
    head.press("Enter")
    assert table.locator("tbody th").all_inner_texts() == ["Recruiting", "Human resources", "Payroll"]
