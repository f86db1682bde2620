"""/evidence/<id>: the proof card."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import confirmations, pages
from tests.web import page_content
from tests.web.conftest import Calls
from tests.web.content import EVIDENCE, NOW, STATEMENT, proof

ADDRESS = f"/evidence/{EVIDENCE}"


def _card(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, **given: object) -> str:
    monkeypatch.setattr(pages, "proof", lambda *_: page_content.proof_card(**given))
    return client.get(ADDRESS).get_data(as_text=True)


def test_the_card_tells_why_the_proof_counts(hr: FlaskClient) -> None:
    page = hr.get(ADDRESS).get_data(as_text=True)
    for fact in (
        "2025-11-03",
        "assessed",
        "source key",
        "score at least 0.7",
        "payroll-quiz",
        "9f1c2ab04d",
        STATEMENT,
    ):
        assert fact in page
    assert "This proof counts, without an end." in page


def test_a_last_valid_day_is_named_as_counting(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _card(hr, monkeypatch, proof=proof(last_valid_day=date(2026, 8, 3)))
    assert "up to and including" in page


def test_an_ended_proof_says_how_it_ended(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = proof(state="ended", end_kind="withdrawn", last_valid_day=date(2026, 3, 11))
    page = _card(hr, monkeypatch, proof=ended)
    assert "counted up to" in page
    assert "withdrawn" in page


def test_a_proof_taken_back_leads_to_its_successor(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    successor = "11111111-2222-5333-8444-555555555555"
    page = _card(
        hr,
        monkeypatch,
        proof=proof(state="reversed"),
        is_known=False,
        reversed_at=NOW,
        reversal_text="the statement was voided",
        successor_id=successor,
    )
    assert "The statement was voided" in page
    assert f'href="/evidence/{successor}"' in page


def test_the_raw_statement_is_linked_only_for_who_may_open_it(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f'href="/statements/{STATEMENT}"' in hr.get(ADDRESS).get_data(as_text=True)
    assert f'href="/statements/{STATEMENT}"' not in _card(hr, monkeypatch, may_open_statement=False)


def test_a_credential_is_no_statement(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    award = replace(proof(), cited_kind="award", cited_id="award-1", rule_id=None, rule_version=None)
    page = _card(hr, monkeypatch, proof=award, clauses=(), rule_text="", issuer="Red Cross")
    assert "Credential" in page
    assert "certified by" not in page
    assert "assessed by Red Cross" in page
    assert 'href="/statements/' not in page


def test_who_may_takes_an_award_back_with_its_reason(
    hr: FlaskClient, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Take it back" not in hr.get(f"/evidence/{EVIDENCE}").get_data(as_text=True)
    monkeypatch.setattr(
        pages,
        "proof",
        lambda *_: page_content.proof_card(to_take_back=(("a1", "boss@example.com", "interview"),)),
    )
    assert "Take it back" in hr.get(f"/evidence/{EVIDENCE}").get_data(as_text=True)
    sent = {"effect": "ended", "day": "2026-06-01", "reason": "moved on"}
    answer = hr.post(f"/evidence/{EVIDENCE}/take-back", data=sent)
    assert (answer.status_code, answer.location) == (303, "/people/p-bo")
    assert calls.of("take_back")[0][1:] == (EVIDENCE, "", "ended", date(2026, 6, 1), "moved on")
    hr.post(f"/evidence/{EVIDENCE}/take-back", data=sent | {"day": "", "award_id": "a1"})
    assert calls.of("take_back")[1][2:5] == ("a1", "ended", None)


def test_what_cannot_be_taken_back_is_told_and_keeps_what_was_written(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise InvalidInputError("day: 2026-01-01 lies before 2026-03-01")

    monkeypatch.setattr(
        pages,
        "proof",
        lambda *_: page_content.proof_card(to_take_back=(("a1", "boss@example.com", "interview"),)),
    )
    monkeypatch.setattr(confirmations, "take_back", refuse)
    sent = {"effect": "never_held", "reason": "a slip"}
    answer = hr.post(f"/evidence/{EVIDENCE}/take-back", data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "lies before 2026-03-01" in page
    assert 'value="a slip"' in page
    assert '<option value="never_held" selected>' in page


def test_a_proof_below_the_least_strength_does_not_say_that_it_counts(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _card(hr, monkeypatch, least_strength="completed")
    assert "weaker than the company asks (completed)" in page
    assert "This proof counts" not in page


def test_of_several_who_said_the_same_each_is_taken_back_by_itself(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = (("a1", "boss@example.com", "interview"), ("a2", "other@example.com", ""))
    page = _card(hr, monkeypatch, to_take_back=several)
    assert '<option value="a1">boss@example.com: interview</option>' in page
    assert '<option value="a2">other@example.com</option>' in page
    done = confirmations.TakenBack("p-bo", ("other@example.com",))
    monkeypatch.setattr(confirmations, "take_back", lambda *_: done)
    told = hr.post(f"{ADDRESS}/take-back", data={"effect": "ended"}, follow_redirects=True)
    assert "still stands by the word of other@example.com" in told.get_data(as_text=True)
