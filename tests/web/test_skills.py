"""/skills/ and /skills/<short id>."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from lms_bridge.pipeline import pages
from tests.web import page_content
from tests.web.conftest import Calls


def test_a_search_hands_on_what_was_asked(hr: FlaskClient, calls: Calls) -> None:
    page = hr.get("/skills/?q=+wages+").get_data(as_text=True)
    assert calls.of("skills")[0][2] == "wages"
    assert 'value="wages"' in page
    assert "also “wages”" in page


def test_a_search_without_hits_says_so(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "skills", lambda *_: page_content.skills_page(query="xyz", rows=(), total=0))
    assert "No skill carries this text" in hr.get("/skills/?q=xyz").get_data(as_text=True)


def test_a_skill_shows_holders_demands_and_what_gives_it(hr: FlaskClient) -> None:
    page = hr.get("/skills/payroll-accounting").get_data(as_text=True)
    assert 'href="/people/p-ada?skill=payroll-accounting#skill-payroll-accounting"' in page
    assert "Payroll in practice" in page
    assert "2 of 3 (67 %)" in page
    assert "3 Independent" in page


def test_a_skill_that_nothing_gives_names_the_other_ways(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "skill", lambda *_: page_content.skill_page(rules=(), levels=()))
    page = hr.get("/skills/payroll-accounting").get_data(as_text=True)
    assert "Nothing of the catalogue gives it" in page
    assert "by number" in page
