"""/people/<id> and /me: a person's skills with their proofs, and the confirmation on the job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import InvalidInputError
from lms_bridge.people.scope import Role
from lms_bridge.pipeline import confirmations, pages
from lms_bridge.skills.strengths import Strength
from tests.web import page_content
from tests.web.conftest import Calls
from tests.web.content import EVIDENCE, PAYROLL

ClientOf = Callable[[Role], FlaskClient]
SEEN = {
    "skill_iri": PAYROLL,
    "level": "3",
    "achieved_on": "2026-06-01",
    "method": "work sample",
    "reference": "closed the May run alone",
}


def test_every_skill_leads_to_its_proofs(hr: FlaskClient) -> None:
    page = hr.get("/people/p-bo").get_data(as_text=True)
    assert 'id="skill-payroll-accounting"' in page
    assert f'href="/evidence/{EVIDENCE}"' in page
    assert "assessed" in page


def test_what_must_be_done_stands_before_what_is_met(hr: FlaskClient) -> None:
    page = hr.get("/people/p-bo").get_data(as_text=True)
    assert page.index("To do now") < page.index("runs out within 90 days")
    assert "Why it does not count" in page


def test_a_badge_that_does_not_count_is_named_and_leads_to_the_decision(
    hr: FlaskClient, client_of: ClientOf
) -> None:
    page = hr.get("/people/p-bo").get_data(as_text=True)
    assert '<a href="/credentials/#a1">Payroll professional</a>' in page
    assert "nobody has decided on its issuer" in page
    own = client_of("employee").get("/me").get_data(as_text=True)
    assert "Payroll professional" in own
    assert "/credentials/#a1" not in own


def test_the_chosen_skill_is_marked(hr: FlaskClient) -> None:
    page = hr.get("/people/p-bo?skill=payroll-accounting").get_data(as_text=True)
    assert '<li class="skill-line is-chosen" id="skill-payroll-accounting" aria-current="true">' in page
    assert page.count("is-chosen") == 1


def test_an_employee_reads_the_own_page_without_links_to_others(client_of: ClientOf, calls: Calls) -> None:
    page = client_of("employee").get("/me").get_data(as_text=True).partition("<main")[2]
    assert calls.of("person")[0][2] == "p-bo"
    assert 'href="/skills/' not in page
    assert 'href="/teams/' not in page
    assert "Confirm a skill" not in page


def test_a_sign_in_without_a_person_has_no_own_page(hr: FlaskClient) -> None:
    assert hr.get("/me").status_code == 404
    assert "My skills" not in hr.get("/").get_data(as_text=True)


def test_a_confirmation_is_handed_on(client_of: ClientOf, calls: Calls) -> None:
    answer = client_of("manager").post("/people/p-bo/confirmations", data=SEEN)
    assert (answer.status_code, answer.location) == (303, "/people/p-bo")
    assert calls.of("confirm")[0][1:] == (
        *("p-bo", PAYROLL, 3, date(2026, 6, 1)),
        *("work sample", "closed the May run alone"),
    )


@pytest.mark.parametrize(
    ("name", "value"), [("level", "three"), ("level", "٣"), ("achieved_on", "yesterday")]
)
def test_a_confirmation_that_cannot_be_read_is_told_and_keeps_what_was_written(
    name: str, value: str, client_of: ClientOf, calls: Calls
) -> None:
    answer = client_of("manager").post("/people/p-bo/confirmations", data={**SEEN, name: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert f"{name}: " in page
    assert 'value="closed the May run alone"' in page
    assert calls.of("confirm") == []


def test_a_refused_confirmation_tells_why(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise InvalidInputError("level 9 is no step of the scale; choose 1 to 4")

    monkeypatch.setattr(confirmations, "confirm", refuse)
    answer = client_of("manager").post("/people/p-bo/confirmations", data=SEEN)
    assert answer.status_code == 400
    assert "no step of the scale" in answer.get_data(as_text=True)


def test_an_auditor_cannot_confirm(client_of: ClientOf) -> None:
    assert client_of("auditor").post("/people/p-bo/confirmations", data=SEEN).status_code == 404
    assert "Confirm a skill" not in client_of("auditor").get("/people/p-bo").get_data(as_text=True)


def test_a_person_without_skills_reads_as_empty(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = page_content.person_page(skills=(), readiness=(), history=(), roles=(), teams=())
    monkeypatch.setattr(pages, "person", lambda *_: empty)
    page = hr.get("/people/p-bo").get_data(as_text=True)
    assert "No skill is asked of this person" in page
    assert "no role" in page


def test_an_account_can_be_parted_by_who_may(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    known = page_content.person_page(identities=("mbox:mailto:bo@example.com",))
    monkeypatch.setattr(pages, "person", lambda *_: known)
    assert 'action="/queues/unknown-actors/part"' in client_of("admin").get("/people/p-bo").get_data(
        as_text=True
    )
    assert "/part" not in client_of("auditor").get("/people/p-bo").get_data(as_text=True)


PAPER = {
    "skill_iri": PAYROLL,
    "level": "3",
    "strength": "certified",
    "achieved_on": "2026-06-01",
    "last_valid_day": "2028-05-31",
    "issuer": "Chamber",
    "reference": "No. 7",
}


def test_a_certificate_on_paper_is_handed_on(hr: FlaskClient, calls: Calls) -> None:
    answer = hr.post("/people/p-bo/certificates", data=PAPER)
    assert answer.status_code == 303
    (_, person_id, paper) = calls.of("record_certificate")[0]
    assert (person_id, paper.skill_iri, paper.level, paper.strength) == (
        "p-bo",
        PAYROLL,
        3,
        Strength.CERTIFIED,
    )
    assert (paper.achieved_on, paper.last_valid_day) == (date(2026, 6, 1), date(2028, 5, 31))
    assert (paper.issuer, paper.reference) == ("Chamber", "No. 7")
    hr.post("/people/p-bo/certificates", data=PAPER | {"last_valid_day": ""})
    assert calls.of("record_certificate")[1][2].last_valid_day is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", "high"), ("strength", "strong"), ("achieved_on", "June"), ("last_valid_day", "x")],
)
def test_a_certificate_that_cannot_be_read_is_told_and_keeps_what_was_written(
    hr: FlaskClient, calls: Calls, name: str, value: str
) -> None:
    answer = hr.post("/people/p-bo/certificates", data=PAPER | {name: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'role="alert"' in page
    assert 'value="Chamber"' in page
    assert calls.of("record_certificate") == []


def test_a_manager_confirms_and_writes_no_certificate(client_of: ClientOf) -> None:
    page = client_of("manager").get("/people/p-bo").get_data(as_text=True)
    assert "Confirm a skill on the job" in page
    assert "Write down a certificate" not in page
    assert client_of("manager").post("/people/p-bo/certificates", data=PAPER).status_code == 404


OWN_WORD = {"skill_iri": PAYROLL, "level": "2", "achieved_on": "2026-06-01", "reference": " at home "}


def test_ones_own_word_is_asked_on_the_own_page_alone(client_of: ClientOf, hr: FlaskClient) -> None:
    employee = client_of("employee")
    assert "Say yourself what you can" in employee.get("/me").get_data(as_text=True)
    found = employee.get("/me?q=wages").get_data(as_text=True)
    assert '<option value="urn:esco:wages">wages &lt;b&gt; – ESCO</option>' in found
    assert "Say yourself" not in hr.get("/people/p-bo").get_data(as_text=True)


def test_ones_own_word_is_handed_on(client_of: ClientOf, calls: Calls, hr: FlaskClient) -> None:
    employee = client_of("employee")
    answer = employee.post("/me/assertions", data=OWN_WORD)
    assert (answer.status_code, answer.location) == (303, "/me")
    assert calls.of("assert_own")[0][1:] == (PAYROLL, 2, date(2026, 6, 1), "at home")
    refused = employee.post("/me/assertions", data=OWN_WORD | {"level": "much"})
    assert refused.status_code == 400
    assert 'value=" at home "' in refused.get_data(as_text=True)
    assert hr.post("/me/assertions", data=OWN_WORD).status_code == 404
