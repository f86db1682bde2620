"""Every page of the served demo in a real browser: light, dark and 320 px wide, without barriers, faults or a sideways scroll.

The pictures stay in tests/.artefacts for whoever wants to look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from lms_bridge.demo.cast import BY_HANDLE
from lms_bridge.demo.skills import SKILLS
from lms_bridge.skills.frameworks import short_id
from tests.browser import watched_context
from tests.end_to_end.company import Company
from tests.end_to_end.walking import sign_in

SCREENS: Mapping[str, Mapping[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
}

# These differ from others of their kind by data alone: one screen is enough.
ON_LIGHT_ONLY = frozenset(
    {
        "overview-of-a-manager",
        "team-of-the-past",
        "team-tree",
        "person-for-hr",
        "person-for-the-administrator",
        "proof-ended",
        "bad-day",
        "queue-failures",
        "me",
    }
)


def pages(company: Company) -> Mapping[str, tuple[str, str]]:
    """Return the pages by name: who reads them, and their address."""
    sven = BY_HANDLE["Sven Hartmann"].person_id
    plc = short_id(SKILLS["plc"])
    proof = company.cell("MNT", "Sven Hartmann", "plc")["evidence"][0]
    cited = next(
        row["statement_id"]
        for row in company.evidence()
        if row["person_id"] == sven and row["rule_id"] == "demo-c-04"
    )
    ended = company.cell("OPS-A", "Murat Yıldız", "lead-team")["traces"][0]
    own = next(
        row["statement_id"]
        for row in company.evidence()
        if row["person_id"] == employee(company) and row["rule_id"]
    )
    return {
        "overview": ("hr", "/"),
        "overview-of-a-manager": ("piotr", "/"),
        "teams": ("hr", "/teams/"),
        "team": ("hr", "/teams/LOG"),
        "team-of-the-past": ("hr", f"/teams/LOG?as_of={company.on('2026-03-15')}"),
        "team-tree": ("hr", "/teams/OPS?tree=1"),
        "person": ("joerg", f"/people/{sven}?skill={plc}"),
        "person-for-hr": ("hr", f"/people/{BY_HANDLE['Murat Yıldız'].person_id}"),
        "person-for-the-administrator": ("admin", f"/people/{sven}"),
        "me": ("employee", "/me"),
        "skills": ("hr", "/skills/?q=safety"),
        "skill": ("hr", f"/skills/{plc}"),
        "role": ("hr", "/roles/warehouse-operative"),
        "expiring": ("hr", "/expiring"),
        "proof": ("joerg", f"/evidence/{proof}"),
        "proof-ended": ("hr", f"/evidence/{ended}"),
        "statement-reason": ("auditor", f"/statements/{cited}"),
        "statement": ("employee", f"/statements/{own}"),
        "sources": ("admin", "/sources"),
        "source": ("admin", "/sources/1"),
        "rules": ("hr", "/rules/"),
        "rule": ("hr", "/rules/of/demo-c-04"),
        "learning": ("hr", "/rules/new?object=s-05"),
        "connect": ("admin", "/sources/connect"),
        "connect-storyline": ("admin", "/sources/connect/rise-storyline"),
        "queue-rejected": ("admin", "/queues/rejected"),
        "queue-unknown-actors": ("hr", "/queues/unknown-actors"),
        "queue-unmapped": ("hr", "/queues/unmapped"),
        "queue-clocks": ("admin", "/queues/clocks"),
        "queue-failures": ("admin", "/queues/failures"),
        "definitions": ("hr", "/definitions"),
        "not-found": ("hr", "/teams/none"),
        "bad-day": ("hr", "/?as_of=tomorrow"),
    }


def employee(company: Company) -> str:
    """Return the person behind the employee's sign-in."""
    answer = company.page("/me", "employee")
    name = answer.partition("<h1>")[2].partition("<")[0].strip()
    return next(
        person.person_id
        for person in BY_HANDLE.values()
        if person.name == name and person.email == company.sign_in_of("employee").email
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_of_the_demo_is_without_barriers(
    screen: str,
    company: Company,
    browser: Browser,
    axe: Callable[[Page], tuple[str, ...]],
    artefacts: Path,
) -> None:
    found: dict[str, tuple[str, ...]] = {}
    by_reader: dict[str, list[tuple[str, str]]] = {}
    for name, (who, address) in pages(company).items():
        if screen != "light" and name in ON_LIGHT_ONLY:
            continue
        by_reader.setdefault(who, []).append((name, address))
    for who, addresses in by_reader.items():
        with watched_context(browser, locale="en-GB", reduced_motion="reduce", **SCREENS[screen]) as (
            context,
            faults,
        ):
            page = context.new_page()
            sign_in(page, company, who)
            for name, address in addresses:
                page.goto(company.service.base_url + address)
                wide = page.evaluate(
                    "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                )
                barriers = (*axe(page), *(("scrolls sideways",) if wide else ()))
                if barriers:
                    found[name] = barriers
                page.screenshot(path=artefacts / f"{name}.png", full_page=True)
            assert faults.found() == ()
    assert found == {}


@pytest.mark.parametrize("screen", SCREENS)
def test_the_sign_in_is_without_barriers(
    screen: str, company: Company, browser: Browser, axe: Callable[[Page], tuple[str, ...]], artefacts: Path
) -> None:
    with watched_context(browser, locale="en-GB", **SCREENS[screen]) as (context, faults):
        page = context.new_page()
        page.goto(company.service.base_url)
        assert axe(page) == ()
        page.screenshot(path=artefacts / "sign-in.png")
        page.get_by_label("E-mail").fill("hr@rheintal.example")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        assert axe(page) == ()
        page.screenshot(path=artefacts / "sign-in-refused.png")
        assert faults.found() == ()
