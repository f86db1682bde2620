"""Errors as answers: one table, a page for people, problem+json for machines."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from lms_bridge import errors
from lms_bridge.errors import FileProblem, FileRefusedError, ForbiddenError, InvalidInputError
from lms_bridge.pipeline import pages
from lms_bridge.web.problems import INTERNAL_TEXT, PROBLEMS, slug_of


def _every_error() -> list[type[errors.LmsBridgeError]]:
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LmsBridgeError)
    ]


def test_every_error_of_the_product_stands_in_the_table() -> None:
    assert {kind.slug for kind in _every_error()} <= set(PROBLEMS)


def test_an_error_that_is_new_answers_like_its_nearest_parent() -> None:
    class NewError(InvalidInputError):
        slug = "brand-new"

    assert slug_of(NewError("x")) == "invalid-input"


def test_a_page_that_does_not_exist_is_a_page(hr: FlaskClient) -> None:
    answer = hr.get("/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page, or it is not open to you" in answer.get_data(as_text=True)


def test_invalid_input_tells_its_sentence(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise InvalidInputError("as_of: '2026-13-01' is no date; write YYYY-MM-DD")

    monkeypatch.setattr(pages, "overview", refuse)
    answer = hr.get("/?as_of=2026-13-01")
    assert answer.status_code == 400
    assert "is no date; write YYYY-MM-DD" in answer.get_data(as_text=True)


def test_what_is_forbidden_by_right_is_told(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ForbiddenError("nobody confirms a skill of their own; ask your manager")

    monkeypatch.setattr(pages, "sources", refuse)
    answer = hr.get("/sources")
    assert answer.status_code == 403
    assert "ask your manager" in answer.get_data(as_text=True)


def test_an_unforeseen_error_is_logged_and_tells_nothing(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(pages, "sources", fail)
    with capture_logs() as logged:
        answer = hr.get("/sources")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert INTERNAL_TEXT in page
    assert "hunter2" not in page
    assert [(one["event"], one["path"]) for one in logged] == [("unforeseen_error", "/sources")]


def test_a_refused_file_lists_its_faults_for_machines(
    signed_out: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileRefusedError([FileProblem("people.csv", 3, "email", "x", "give an address")])

    monkeypatch.setattr(pages, "team", refuse)
    monkeypatch.setattr("lms_bridge.web.api._token_reader", lambda: None)
    body = signed_out.get("/api/v1/teams/PAY/coverage").json
    assert body is not None
    assert body["status"] == 400
    assert body["errors"] == [
        {"file": "people.csv", "line": 3, "column": "email", "value": "x", "remedy": "give an address"}
    ]
