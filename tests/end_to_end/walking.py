"""A reader with a mouse: signs in once and from there only clicks, and the clicks are counted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.end_to_end.company import Company


@dataclass(slots=True)
class Walk:
    """A walk through the pages; `clicks` counts those after the sign-in."""

    page: Page
    clicks: int = 0

    def click(self, target: Locator) -> None:
        """Click a link or button and wait for what it opens."""
        target.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def seen(self, target: Locator | None = None) -> str:
        """Return the visible words of a part of the page, of its main part where none is named."""
        part = target if target is not None else self.page.get_by_role("main")
        return re.sub(r"\s+", " ", part.inner_text())

    def card(self, title: str) -> Locator:
        """Return the part of the page below a title."""
        return self.page.get_by_role("region", name=title, exact=True)

    def row(self, table: str, start: str) -> Locator:
        """Return the row of a table that its head names."""
        rows = self.page.get_by_role("table", name=table).get_by_role("row")
        return rows.filter(has=self.page.get_by_role("rowheader", name=start))

    def column(self, head: str) -> list[str]:
        """Return the words of a heat map's column, each cell as it is seen, without the row of totals."""
        texts: list[str] = self.page.locator("table[data-grid]").evaluate(
            """(table, head) => {
                const heads = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.trim());
                const place = heads.indexOf(head);
                return [...table.tBodies[0].rows].map((row) => {
                    const cell = row.cells[place].cloneNode(true);
                    cell.querySelectorAll(".vh").forEach((hidden) => hidden.remove());
                    return cell.textContent.replace(/\\s+/g, " ").trim();
                });
            }""",
            head,
        )
        return texts


def sign_in(page: Page, company: Company, who: str) -> Walk:
    """Sign in on the page that a bookmark of the service opens."""
    given = company.sign_in_of(who)
    page.goto(company.service.base_url)
    page.get_by_label("E-mail").fill(given.email)
    page.get_by_label("Password").fill(given.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    return Walk(page)
