"""/ : is the company clean today, what got worse, where to look first, what ends in 90 days."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms_bridge.people.scope import Role
from lms_bridge.pipeline import pages
from reports.content.model import MandatoryLine, Share
from tests.web import content
from tests.web.conftest import Calls

ClientOf = Callable[[Role], FlaskClient]


def _page(client: FlaskClient, address: str = "/") -> str:
    return client.get(address).get_data(as_text=True)


def test_the_verdict_stands_first(hr: FlaskClient) -> None:
    page = _page(hr)
    assert "Not legally clean today" in page
    assert "1 mandatory requirement is not met, by 1 person" in page
    assert "short of provide first aid in Payroll (1 of 2)" in page
    assert page.index("Not legally clean today") < page.index("Units that need you")


def test_a_clean_company_reads_as_clean(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = content.company_report(
        mandatory=Share(3, 3), mandatory_lines=(), headcounts=(), health=content.sound_health()
    )
    monkeypatch.setattr(pages, "overview", lambda *_: clean)
    page = _page(hr)
    assert "Legally clean today" in page
    assert "Complete: nothing is waiting" in page


def test_a_company_without_requirements_reads_as_na_not_as_zero(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = content.company_report(
        met=Share(0, 0),
        mandatory=Share(0, 0),
        at_risk={30: None, 60: None, 90: None},
        skills=(),
        people=(),
        teams=(),
        todo=(),
        expiring=(),
        overdue=(),
        mandatory_lines=(),
        headcounts=(),
        trend=(),
        unmapped=(),
    )
    monkeypatch.setattr(pages, "overview", lambda *_: bare)
    page = _page(hr)
    assert "No mandatory requirement applies" in page
    assert "n/a" in page
    assert "0 %" not in page


def test_what_got_worse_names_the_step_and_the_people(hr: FlaskClient) -> None:
    page = _page(hr)
    assert 'down 11 points since <time datetime="2026-05-31">' in page
    assert "10 days ago" in page
    assert "Recruiting joined on 2026-05-04" in page


def test_unmapped_learning_is_told_apart_from_missing_learning(hr: FlaskClient) -> None:
    page = _page(hr)
    assert "Handling difficult customers" in page
    assert "2 people finished it, last on" in page


def test_a_badge_that_waits_for_a_decision_is_told_to_who_can_decide(
    hr: FlaskClient, client_of: ClientOf
) -> None:
    page = _page(hr)
    assert "Payroll &lt;b&gt;" in page
    assert "1 person holds it; 1 gap waits" in page
    assert 'href="/credentials/"' in page.partition("Held, but not recognised")[2]
    manager = client_of("manager").get("/").get_data(as_text=True)
    assert "/credentials/" not in manager.partition("Held, but not recognised")[2]


def test_a_cell_of_the_heat_map_opens_the_team(hr: FlaskClient) -> None:
    assert 'href="/teams/PAY?tree=1#heat-map"' in _page(hr)


def test_every_link_keeps_the_day_and_the_knowledge(hr: FlaskClient) -> None:
    page = _page(hr, "/?as_of=2026-03-15&known_on=2026-03-31")
    assert 'href="/teams/PAY?as_of=2026-03-15&amp;known_on=2026-03-31&amp;tree=1#heat-map"' in page
    assert 'href="/reports/company.xlsx?as_of=2026-03-15&amp;known_on=2026-03-31"' in page
    assert "Back to today" in page


def test_a_manager_reads_of_the_own_teams(client_of: ClientOf, calls: Calls) -> None:
    page = _page(client_of("manager"))
    assert "My teams" in page
    assert calls.of("overview")[0][0].person_id == "p-ada"
    assert "/queues/" not in page


def test_the_root_of_several_teams_leads_to_no_team_page(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = content.company_report(teams=(content.team_line("*", "My teams", parent_team_id=None, depth=0),))
    monkeypatch.setattr(pages, "overview", lambda *_: own)
    assert "/teams/*" not in _page(client_of("manager"))


def test_reasons_that_differ_by_their_details_are_one_group(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = (
        ("p-ada", "Ada Okafor", "has run out, last valid day 2026-02-19"),
        ("p-bo", "Bo Lindqvist", "has run out, last valid day 2026-03-02"),
    )
    line = MandatoryLine(content.PRIVACY, "data-protection", "data protection", Share(0, 2), 0, missing)
    monkeypatch.setattr(pages, "overview", lambda *_: content.company_report(mandatory_lines=(line,)))
    page = _page(hr).partition('id="mandatory"')[2].partition("Head-counts")[0]
    assert page.count("has run out:") == 1
