"""/sources/connect and /sources/<id>: connecting an LMS by page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import ConflictError
from lms_bridge.people.scope import Role
from lms_bridge.pipeline import connections
from tests.web import page_content
from tests.web.conftest import Calls

ClientOf = Callable[[Role], FlaskClient]


def text(answer: object) -> str:
    return str(answer.get_data(as_text=True))  # type: ignore[attr-defined] # a response


def test_every_product_has_a_page_with_the_fields_of_its_form(client_of: ClientOf) -> None:
    admin = client_of("admin")
    listed = text(admin.get("/sources/connect"))
    for name in (
        "Moodle",
        "Totara",
        "Open edX",
        "Canvas",
        "Cornerstone",
        "LinkedIn Learning",
        "Udemy Business",
    ):
        assert name in listed
    page = text(admin.get("/sources/connect/moodle"))
    assert "Your LRS endpoint for the xAPI" in page
    assert "logsettingxapi" in page or "Logstore xAPI" in page


def test_a_product_that_is_not_guided_does_not_exist(client_of: ClientOf) -> None:
    assert client_of("admin").get("/sources/connect/abacus").status_code == 404


def test_connecting_shows_the_secret_in_this_answer_and_keeps_it_out_of_caches(
    client_of: ClientOf, calls: Calls
) -> None:
    answer = client_of("admin").post("/sources/connect/moodle", data={"name": "our moodle"})
    assert answer.status_code == 200
    assert "s3cret" in text(answer)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert calls.of("connect")[0][1:] == ("moodle", "our moodle", "")
    assert "s3cret" not in text(client_of("admin").get("/sources/1"))


def test_a_name_that_is_taken_comes_back_with_the_form(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        raise ConflictError("source 'our moodle' exists; choose another name")

    monkeypatch.setattr(connections, "connect", taken)
    answer = client_of("admin").post("/sources/connect/moodle", data={"name": "our moodle"})
    assert answer.status_code == 400
    assert "choose another name" in text(answer)
    assert 'value="our moodle"' in text(answer)


def test_a_page_tells_what_arrives_and_what_is_wrong(client_of: ClientOf) -> None:
    page = text(client_of("hr").get("/sources/1"))
    assert "Received" in page
    assert 'data-finding="wrong-scale"' in page
    assert "4.2 an hour" in page.replace("4.2\u202f", "4.2 ") or "4.2" in page
    assert "42 seconds" in page
    assert "25 hours" in page


def test_a_page_without_a_statement_waits_and_looks_again(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connections, "source_page", lambda *_: page_content.source_page(latest=None, findings=())
    )
    monkeypatch.setattr(
        connections, "connection_check", lambda *_: page_content.source_page(latest=None, findings=())
    )
    hr = client_of("hr")
    assert "Waiting for the first statement" in text(hr.get("/sources/1"))
    part = text(hr.get("/sources/1/check"))
    assert "data-waiting" in part
    assert "<html" not in part


def test_only_an_administrator_changes_a_source(client_of: ClientOf) -> None:
    assert "Renew the secret" not in text(client_of("hr").get("/sources/1"))
    page = text(client_of("admin").get("/sources/1"))
    for words in ("Renew the secret", "Make a key", "Revoke the source"):
        assert words in page


def test_a_change_leads_back_and_says_what_changed(client_of: ClientOf, calls: Calls) -> None:
    admin = client_of("admin")
    answer = admin.post("/sources/1/change", data={"validation": "lenient", "origins": "https://a.example"})
    assert (answer.status_code, answer.location) == (303, "/sources/1")
    wanted = calls.of("change")[0][-1]
    assert (wanted.validation, wanted.origins) == ("lenient", ["https://a.example"])
    assert "validation lenient" in text(admin.get("/sources/1"))


def test_a_key_for_content_says_when_it_ends(client_of: ClientOf, calls: Calls) -> None:
    page = text(client_of("admin").post("/sources/1/content-key", data={"hours": "8"}))
    assert "it reads no statements, and ends" in page
    client_of("admin").post("/sources/1/content-key", data={"hours": "many"})
    assert [call[-1] for call in calls.of("content_key")] == [8, 0]
