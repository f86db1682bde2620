"""The statement door stands before Flask's routing: what Flask does for pages it does itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from lms_bridge.web.xapi_resources import RESOURCES
from tests.web.xapi.lrs import VERSION, Caller, Lrs, ask, basic, dispose, open_lrs, settings_for, statement


@pytest.mark.parametrize("path", ["statements", "statements/", "/statements", "/statements//"])
def test_slashes_count_once(moodle: Caller, path: str) -> None:
    (one,) = moodle.send("POST", path, statement()).json
    assert [found["id"] for found in moodle.request("GET", path).json["statements"]] == [one]


@pytest.mark.parametrize("path", ["/xapi", "/xapi/", "/xapi/nothing", "/xapi/statements/more/of/it"])
def test_what_is_no_resource_is_a_404_for_a_source_and_a_401_for_nobody(moodle: Caller, path: str) -> None:
    source = {"Authorization": basic(moodle.source.key, moodle.source.secret), VERSION: "2.0.0"}
    for headers, status in ((source, 404), ({VERSION: "2.0.0"}, 401)):
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
