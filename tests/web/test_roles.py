"""/roles/<id>: what a role asks, and how ready its people are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.people.scope import Role
from lms_bridge.pipeline import pages, role_making
from lms_bridge.pipeline.role_making import DraftRow
from tests.web import page_content
from tests.web.conftest import Calls, shown_by
from tests.web.content import PAYROLL

ClientOf = Callable[[Role], FlaskClient]


def test_a_role_shows_requirements_and_readiness(hr: FlaskClient) -> None:
    page = hr.get("/roles/payroll-clerk").get_data(as_text=True)
    assert "3 Independent" in page
    assert "1 of 3 (33 %)" in page
    assert "data protection" in page


def test_a_role_without_requirements_says_what_to_do(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "role", lambda *_: page_content.role_page(requirements=(), people=()))
    assert "Import its requirements" in hr.get("/roles/payroll-clerk").get_data(as_text=True)


def test_a_role_says_where_it_came_from_and_what_it_asks_otherwise(
    hr: FlaskClient, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = hr.get("/roles/payroll-clerk").get_data(as_text=True)
    assert 'A variant of <a href="/roles/clerk">Clerk</a>' in page
    assert "What it asks otherwise than Clerk" in page
    assert "not asked" in page
    assert 'href="/roles/edit/profile?role=payroll-clerk"' in page
    assert "/roles/edit/" not in client_of("manager").get("/roles/payroll-clerk").get_data(as_text=True)
    origin = page_content.ACCOUNTANTS
    monkeypatch.setattr(pages, "role", lambda *_: page_content.role_page(origin=origin, differences=()))
    other = hr.get("/roles/payroll-clerk").get_data(as_text=True)
    assert "From the occupation Accountants &lt;b&gt; (O*NET 29.2, 13-2011.00)" in other
    assert "otherwise than" not in other


def test_the_list_shows_every_role_and_who_may_makes_new_ones(hr: FlaskClient, client_of: ClientOf) -> None:
    page = hr.get("/roles/").get_data(as_text=True)
    assert 'href="/roles/payroll-clerk"' in page
    assert "Accountants &lt;b&gt;" in page
    assert 'href="/roles/edit/occupations"' in page
    assert "/roles/edit/" not in client_of("manager").get("/roles/").get_data(as_text=True)


def test_an_occupation_leads_to_its_proposal(hr: FlaskClient, calls: Calls) -> None:
    assert "Accountants" not in hr.get("/roles/edit/occupations").get_data(as_text=True)
    page = hr.get("/roles/edit/occupations?q=accountants").get_data(as_text=True)
    assert 'href="/roles/edit/profile?framework=O*NET&amp;code=13-2011.00"' in page
    form = hr.get("/roles/edit/profile?framework=O*NET&code=13-2011.00").get_data(as_text=True)
    assert calls.of("role_form")[-1][1:] == ("", "O*NET", "13-2011.00", "")
    assert "4 skills of little weight or in doubt are left out" in form
    assert '<option value="3" selected>3 Independent</option>' in form


def test_an_occupation_that_proposes_nothing_is_told(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InvalidInputError("its publisher says of no skill that it is important")

    monkeypatch.setattr(role_making, "role_form", refuse)
    answer = hr.get("/roles/edit/profile?framework=O*NET&code=1")
    assert answer.status_code == 400
    assert "of no skill that it is important" in answer.get_data(as_text=True)


PROFILE = {
    "role_id": " clerk ",
    "name": "Clerk",
    "framework": "O*NET",
    "code": "13-2011.00",
    "based_on": "",
    "iri": [PAYROLL, "urn:x"],
    "level": ["3", "2"],
    "importance": ["required", "left out"],
    "strength": ["certified", ""],
    "due": ["p90d", ""],
}


def test_a_profile_is_shown_before_it_is_put(hr: FlaskClient, calls: Calls) -> None:
    page = hr.post("/roles/edit/profile", data=PROFILE).get_data(as_text=True)
    assert "2 of 4 (50 %) now, 1 of 4 (25 %) then" in page
    assert "unmet that is not now for Bo Lindqvist" in page
    (_, draft) = calls.of("foresee_role")[0]
    assert (draft.role_id, draft.name, draft.framework, draft.code) == (
        "clerk",
        "Clerk",
        "O*NET",
        "13-2011.00",
    )
    assert draft.rows == (DraftRow(PAYROLL, "3", "required", "certified", "P90D"),)
    assert calls.of("put_role") == []
    confirm = {"do": "confirm", "stamp": "s1", "shown": shown_by(hr, "/roles/edit/profile", PROFILE)}
    changed = hr.post("/roles/edit/profile", data=PROFILE | confirm | {"name": "Chief"})
    assert "The form was changed after it was shown." in changed.get_data(as_text=True)
    assert calls.of("put_role") == []
    answer = hr.post("/roles/edit/profile", data=PROFILE | confirm)
    assert (answer.status_code, answer.location) == (303, "/roles/clerk")
    assert calls.of("put_role")[0][1] == replace(draft, stamp="s1")


def test_a_skill_is_searched_and_added_and_nothing_is_lost(hr: FlaskClient, calls: Calls) -> None:
    page = hr.post("/roles/edit/profile", data=PROFILE | {"do": "search", "q": "wages"}).get_data(
        as_text=True
    )
    assert '<option value="urn:esco:wages">wages – ESCO</option>' in page
    hr.post("/roles/edit/profile", data=PROFILE | {"do": "add", "added": "urn:esco:wages"})
    (_, draft, _) = calls.of("form_of")[-1]
    assert [row.skill_iri for row in draft.rows] == ["urn:esco:wages", PAYROLL]
    assert calls.of("foresee_role") == []


def test_a_refused_profile_says_why_and_keeps_what_was_written(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InvalidInputError("skill 1, level: '9'")

    monkeypatch.setattr(role_making, "put_role", refuse)
    shown = shown_by(hr, "/roles/edit/profile", PROFILE)
    answer = hr.post("/roles/edit/profile", data=PROFILE | {"do": "confirm", "shown": shown})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "skill 1, level: &#39;9&#39;" in page
    assert 'value="clerk"' in page


def test_a_form_that_is_not_whole_is_refused(hr: FlaskClient, calls: Calls) -> None:
    assert hr.post("/roles/edit/profile", data=PROFILE | {"level": ["3"]}).status_code == 400
    assert calls.of("foresee_role") == []


def test_a_form_that_was_overtaken_says_so_and_shows_the_new_state(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConflictError("the role 'clerk' was changed meanwhile")

    monkeypatch.setattr(role_making, "put_role", refuse)
    shown = shown_by(hr, "/roles/edit/profile", PROFILE)
    sent = PROFILE | {"do": "confirm", "stamp": "old", "shown": shown}
    answer = hr.post("/roles/edit/profile", data=sent)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "was changed meanwhile" in page
    assert 'name="stamp" value="s1"' in page


def test_no_page_takes_a_character_that_no_database_keeps(hr: FlaskClient) -> None:
    for address in ("/roles/edit/occupations?q=a%00", "/skills/?q=%00"):
        assert hr.get(address).status_code == 400
    assert hr.post("/roles/edit/profile", data=PROFILE | {"name": "a\x00"}).status_code == 400
