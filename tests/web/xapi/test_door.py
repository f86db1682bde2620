"""The statement door stands before Flask's routing: what Flask does for pages it does itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import appcontext_popped, appcontext_pushed
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import exc

from lms_bridge.pipeline.access import Door
from lms_bridge.pipeline.refusals import Refusals
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.statement_reader import StatementReader
from lms_bridge.web.xapi_requests import _decoded
from lms_bridge.web.xapi_resources import RESOURCES
from tests.web.xapi.lrs import VERSION, Caller, Lrs, ask, basic, dispose, open_lrs, settings_for, statement
from tests.web.xapi.places import ACTIVITY_PROFILE, read


def headers_of(caller: Caller, version: str = "2.0.0") -> dict[str, str]:
    return {"Authorization": basic(caller.source.key, caller.source.secret), VERSION: version}


@pytest.mark.parametrize(
    "path",
    [
        "/xapi/statements/",
        "/xapi//statements",
        "/xapi//statements//",
        "//xapi/statements",
        "///xapi//statements",
    ],
)
def test_slashes_count_once(moodle: Caller, path: str) -> None:
    path = f"http://localhost{path}"
    posted = headers_of(moodle) | {"Content-Type": "application/json"}
    answer = ask(moodle.app, "POST", path, json.dumps(statement()).encode(), posted)
    assert answer.status_code == 200
    found = ask(moodle.app, "GET", path, None, headers_of(moodle))
    assert [one["id"] for one in found.json["statements"]] == answer.json
    assert ask(moodle.app, "OPTIONS", path, None, {"Origin": "https://page.example"}).status_code == 204
    assert "WWW-Authenticate" in ask(moodle.app, "GET", path, None, {VERSION: "2.0.0"}).headers


@pytest.mark.parametrize("path", ["/xapi/oauth/token", "//xapi//oauth/token"])
def test_tokens_below_the_endpoint_have_its_headers_once_and_no_cookie(lrs: Lrs, path: str) -> None:
    source = lrs.source().source
    form = {"grant_type": "client_credentials", "client_id": source.key, "client_secret": source.secret}
    with lrs.app.test_client() as browser:
        with browser.session_transaction() as session:
            session["email"] = "ada@example.com"
        answer = browser.post(f"http://localhost{path}", data=form)
    assert answer.status_code == 200
    assert answer.headers.getlist("Cache-Control") == ["no-store"]
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("path", ["/xapi", "/xapi/", "/xapi/nothing", "/xapi/statements/more/of/it"])
def test_what_is_no_resource_is_a_404_for_a_source_and_a_401_for_nobody(moodle: Caller, path: str) -> None:
    for headers, status in ((headers_of(moodle), 404), ({VERSION: "2.0.0"}, 401)):
        answer = ask(moodle.app, "GET", path, None, headers)
        assert (answer.status_code, answer.headers[VERSION]) == (status, "2.0.0")
        assert answer.mimetype == "application/problem+json"
        assert answer.json["instance"] == path
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/xapis", "/xapi2/statements", "/Xapi/statements"])
def test_what_only_looks_like_the_door_is_none(moodle: Caller, path: str) -> None:
    answer = ask(moodle.app, "GET", path, None, {VERSION: "2.0.0"})
    assert VERSION not in answer.headers


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "BREW"])
@pytest.mark.parametrize(
    ("path", "allowed"), [("about", "GET, HEAD"), ("statements", "GET, HEAD, POST, PUT")]
)
def test_other_methods_are_a_405_that_names_those_there_are(
    moodle: Caller, path: str, method: str, allowed: str
) -> None:
    answer = moodle.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_whatever_breaks_is_a_500_without_what_broke(moodle: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setitem(RESOURCES, "agents", {"GET": broken})
    answer = moodle.request("GET", "agents")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret words" not in answer.text
    assert answer.headers[VERSION] == "1.0.3"
    assert moodle.get().status_code == 200


FAILURES = (
    exc.InternalError("INSERT", {}, Exception("cannot execute INSERT in a read-only transaction")),
    exc.TimeoutError("QueuePool limit reached"),
    exc.OperationalError("INSERT", {}, Exception("database is locked")),
)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_what_is_noted_beside_an_answer_does_not_change_it(
    lrs: Lrs, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("lms_bridge.web.xapi_notes.note_seen", fail)
    monkeypatch.setattr("lms_bridge.web.xapi_notes.note_denied", fail)
    monkeypatch.setattr(Refusals, "keep", fail)
    caller = lrs.source()
    (one,) = caller.post(statement())
    refused = caller.send("POST", "statements", {})
    assert (refused.status_code, len(refused.json["errors"]) > 0) == (400, True)
    denied = caller.request("GET", "statements", headers={"Authorization": basic(caller.source.key, "wrong")})
    assert denied.status_code == 401
    assert caller.ids() == [one]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_page_whose_origin_cannot_be_looked_up_is_not_admitted(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(Door, "admits_origin", fail)
    answer = ask(moodle.app, "OPTIONS", "/xapi/statements", None, {"Origin": "https://page.example"})
    assert (answer.status_code, VERSION in answer.headers) == (204, True)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_breaks_around_an_answer_is_a_500_too(moodle: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("lms_bridge.web.xapi_notes.note_seen", broken)
    answer = moodle.get()
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret words" not in answer.text
    assert (answer.headers[VERSION], answer.headers["Access-Control-Allow-Origin"]) == ("1.0.3", "*")


def test_writing_needs_none_of_the_readers_connections(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise exc.OperationalError("SELECT", {}, Exception("too many clients already"))

    with monkeypatch.context() as patched:
        patched.setattr(StatementReader, "run", unreachable)
        (one,) = moodle.post(statement())
        assert moodle.send("PUT", "statements", {}, query={"statementId": one}).status_code == 400
        assert moodle.get().status_code == 503
    assert moodle.ids() == [one]


@pytest.mark.parametrize(
    "failure",
    [
        exc.TimeoutError("QueuePool limit reached"),
        exc.InternalError("INSERT", {}, ReadOnlySqlTransaction("cannot execute INSERT")),
    ],
)
def test_a_database_that_takes_no_writes_now_is_a_503(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(StatementWriter, "_store_once", fail)
    answer = moodle.send("POST", "statements", statement())
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)


def test_transport_security_is_asked_for_exactly_under_https(
    migrated_database_url: str, tmp_path: Path
) -> None:
    for base_url, is_asked in (("https://bridge.example", True), ("http://bridge.test", False)):
        opened = open_lrs(settings_for(tmp_path, migrated_database_url, base_url=base_url))
        for path in ("/xapi/about", "/xapi/statements", "/xapi/oauth/token"):
            answer = ask(opened.app, "GET", path, None, {})
            assert ("Strict-Transport-Security" in answer.headers) == is_asked
        dispose(opened)


def test_behind_a_proxy_failed_attempts_count_for_the_address_that_the_proxy_names(
    migrated_database_url: str, tmp_path: Path
) -> None:
    opened: Lrs = open_lrs(settings_for(tmp_path, migrated_database_url, proxy_hops=1))

    def attempt(address: str) -> int:
        headers = {"Authorization": basic("0" * 24, "wrong"), VERSION: "2.0.0", "X-Forwarded-For": address}
        return ask(opened.app, "GET", "/xapi/statements", None, headers).status_code

    assert [attempt("192.0.2.1") for _ in range(61)][-2:] == [401, 429]
    assert attempt("192.0.2.2") == 401
    dispose(opened)


def test_a_session_is_opened_where_one_is_needed_and_ended_with_its_request(lrs: Lrs) -> None:
    """A page of statements is read by the reader's own connection, so that neither session nor context is made for it."""
    caller = lrs.source()
    caller.post(statement())
    counted: list[str] = []
    with (
        appcontext_pushed.connected_to(lambda _, **__: counted.append("opened"), lrs.app),
        appcontext_popped.connected_to(lambda _, **__: counted.append("ended"), lrs.app),
    ):
        assert len(caller.ids()) == 1
        assert caller.get(limit="x").status_code == 400
        assert counted == []
        # What was refused is kept, by one session although the source is looked at too.
        assert caller.send("POST", "statements", {}).status_code == 400
        assert counted == ["opened", "ended"]
        assert read(caller, ACTIVITY_PROFILE).status_code == 404
        assert counted == ["opened", "ended"] * 2


def test_little_is_remembered_of_what_anybody_sends(lrs: Lrs) -> None:
    """512 queries of 660 parameters each were 40 MB, and no key is needed to send them."""
    before = _decoded.cache_info().currsize
    for query in ("&".join(["ab"] * 660), "limit=1&verb=" + "x" * 2_000):
        assert ask(lrs.app, "GET", f"/xapi/statements?{query}", None, {VERSION: "1.0.3"}).status_code == 401
    assert _decoded.cache_info().currsize == before
