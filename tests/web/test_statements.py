"""/statements/<uuid>: the raw statement, for whom the works agreement allows, an auditor with a reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms_bridge.people.scope import Role
from lms_bridge.pipeline import pages
from tests.web import page_content
from tests.web.conftest import Calls
from tests.web.content import STATEMENT

ADDRESS = f"/statements/{STATEMENT}"


@pytest.fixture
def auditor(client_of: Callable[[Role], FlaskClient], monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of an auditor, of whom a reason is asked."""

    def statement(*arguments: object) -> object:
        if not arguments[-1]:
            raise pages.ReasonNeededError("say why you look at this statement; the reason is logged")
        return page_content.statement_page()

    monkeypatch.setattr(pages, "statement", statement)
    return client_of("auditor")


def test_the_document_is_laid_out_and_keeps_every_digit(admin: FlaskClient) -> None:
    page = admin.get(ADDRESS).get_data(as_text=True)
    assert "&#34;scaled&#34;: 0.70000000000000000001\n" in page


def test_what_was_made_of_it_is_shown(admin: FlaskClient) -> None:
    page = admin.get(ADDRESS).get_data(as_text=True)
    assert "gave payroll accounting at 3" in page
    assert "group-activity" in page


def test_an_auditor_is_asked_for_a_reason_first(auditor: FlaskClient) -> None:
    asked = auditor.get(ADDRESS)
    assert asked.status_code == 403
    assert 'name="reason"' in asked.get_data(as_text=True)
    assert auditor.post(ADDRESS, data={"reason": "  "}).status_code == 403
    assert "scaled" in auditor.post(ADDRESS, data={"reason": "accident of 15 March"}).get_data(as_text=True)


def test_the_reason_is_handed_on(admin: FlaskClient, calls: Calls) -> None:
    admin.post(ADDRESS, data={"reason": " accident of 15 March "})
    assert calls.of("statement")[0][1:] == (STATEMENT, "accident of 15 March")


def test_what_is_no_uuid_is_no_statement(admin: FlaskClient) -> None:
    assert admin.get("/statements/not-a-uuid").status_code == 404
