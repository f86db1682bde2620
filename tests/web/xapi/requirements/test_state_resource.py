"""The State resource (1.0.3 Communication 2.2 and 2.3)."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from tests.web.xapi.lrs import CONSISTENT, COURSES, Answer, Caller, mail_of
from tests.web.xapi.places import STATE, place, put, read, refused_parameters
from tests.web.xapi.requirements.cases import NO_AGENTS, UUID, VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)
METHODS = ("PUT", "POST", "GET", "DELETE")
JSON = {"Content-Type": "application/json"}


def asked(caller: Caller, method: str, query: dict[str, Any]) -> Answer:
    """Send a request to State, with a small document where the method has a body."""
    body = b'{"a": 1}' if method in {"PUT", "POST"} else None
    return caller.request(method, STATE, query=query, body=body, headers=JSON)


@pytest.mark.xapi("XAPI-00187 to XAPI-00192", "XAPI-00216", "XAPI-00217", "XAPI-00230", "XAPI-00231")
@both
def test_a_state_is_put_read_merged_and_deleted(moodle: Caller, version: str) -> None:
    caller, at = moodle.speaking(version), place(STATE)
    assert caller.request("GET", STATE, query=at).status_code == 404
    answer = asked(caller, "PUT", at)
    assert (answer.status_code, answer.data) == (204, b"")
    found = caller.request("GET", STATE, query=at)
    assert (found.status_code, found.data, found.mimetype) == (200, b'{"a": 1}', "application/json")
    answer = caller.request("POST", STATE, query=at, body=b'{"b": 2}', headers=JSON)
    assert (answer.status_code, answer.data) == (204, b"")
    assert caller.request("GET", STATE, query=at).json == {"a": 1, "b": 2}
    put(caller, STATE, 1, "other")
    answer = caller.request("DELETE", STATE, query=at)
    assert (answer.status_code, answer.data) == (204, b"")
    assert caller.request("GET", STATE, query=at).status_code == 404
    assert read(caller, STATE, "other").status_code == 200
    assert caller.request("DELETE", STATE, query=at).status_code == 204


@pytest.mark.xapi("XAPI-00189", "XAPI-00233")
@both
def test_a_post_of_a_state_that_is_not_there_stores_it(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for number, (content_type, body) in enumerate(
        [
            ("application/json", b"[1]"),
            ("text/plain", b"text"),
            ("application/octet-stream", b"\x00\xff"),
            ("a/b", b""),
        ]
    ):
        at = place(STATE, f"state {number}")
        headers = {"Content-Type": content_type}
        assert caller.request("POST", STATE, query=at, body=body, headers=headers).status_code == 204
        found = caller.request("GET", STATE, query=at)
        assert (found.data, found.headers["Content-Type"]) == (body, content_type)


@pytest.mark.xapi("XAPI-00183", "XAPI-00184", "XAPI-00185", "XAPI-00186", "XAPI-00234")
@both
def test_a_merge_replaces_at_the_top_level_and_leaves_one_document(moodle: Caller, version: str) -> None:
    caller, at = moodle.speaking(version), place(STATE)
    first = b'{"same": 1, "deep": {"x": {"y": 1}, "z": 2}, "list": [1, 2], "n": 1.50, "kept": "\xc3\xbc"}'
    second = b'{"same": "new", "deep": {"x": {"w": 3}}, "list": [3], "null": null, "added": 2.10}'
    caller.request("PUT", STATE, query=at, body=first, headers=JSON)
    before = caller.request("GET", STATE, query=at).headers["ETag"]
    assert caller.request("POST", STATE, query=at, body=second, headers=JSON).status_code == 204
    found = caller.request("GET", STATE, query=at)
    assert json.loads(found.data, object_pairs_hook=list) == [
        ("same", "new"), ("deep", [("x", [("w", 3)])]), ("list", [3]), ("n", 1.5), ("kept", "ü"), ("null", None),
        ("added", 2.1),
    ]  # fmt: skip
    assert (b"1.50" in found.data, b"2.10" in found.data) == (True, True)
    assert found.headers["ETag"] != before


# Number, what is stored, what is posted onto it; None where nothing is stored.
_NO_MERGES: list[tuple[str, tuple[str, bytes] | None, tuple[str, bytes]]] = [
    ("XAPI-00229", ("application/json", b"{}"), ("application/json", b"[1]")),
    ("XAPI-00229", ("application/json", b"{}"), ("application/json", b'"text"')),
    ("XAPI-00229", ("application/json", b"[1]"), ("application/json", b"{}")),
    ("XAPI-00229", ("application/json", b"no json"), ("application/json", b"{}")),
    ("XAPI-00232", ("application/json", b"{}"), ("text/plain", b"{}")),
    ("XAPI-00232", ("text/plain", b"{}"), ("application/json", b"{}")),
    ("XAPI-00232", ("text/plain", b"a"), ("text/plain", b"b")),
    ("XAPI-00235", ("application/json", b"{}"), ("application/json", b"{a: 1}")),
    ("XAPI-00235", ("application/json", b"{}"), ("application/json", b'{"a": 1')),
    ("XAPI-00235", ("application/json", b"{}"), ("application/json", b"")),
    ("XAPI-00235", None, ("application/json", b"{a: 1}")),
    ("XAPI-00235", None, ("application/json; charset=utf-8", b"text")),
]


@pytest.mark.xapi("XAPI-00182", "XAPI-00229", "XAPI-00232", "XAPI-00235")
@both
def test_what_cannot_be_merged_is_refused_and_changes_nothing(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for number, (requirement, stored, posted) in enumerate(_NO_MERGES):
        at = place(STATE, f"state {number}")
        if stored is not None:
            headers = {"Content-Type": stored[0]}
            assert caller.request("PUT", STATE, query=at, body=stored[1], headers=headers).status_code == 204
        before = caller.request("GET", STATE, query=at)
        answer = caller.request("POST", STATE, query=at, body=posted[1], headers={"Content-Type": posted[0]})
        assert (answer.status_code, answer.json["errors"][0]["requirement"]) == (400, requirement), posted
        after = caller.request("GET", STATE, query=at)
        assert after.status_code == (404 if stored is None else 200)
        for name in ("ETag", "Last-Modified", "Content-Type"):
            assert before.headers.get(name) == after.headers.get(name)
        assert before.data == after.data


@pytest.mark.xapi("XAPI-00193", "XAPI-00194")
@both
def test_without_an_id_the_states_there_are_listed_or_deleted(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    within = {"registration": UUID}
    assert caller.request("GET", STATE, query=place(STATE, None)).json == []
    for one in ("b", "a", "ü & x"):
        assert asked(caller, "PUT", place(STATE, one)).status_code == 204
    assert asked(caller, "PUT", place(STATE, "c") | within).status_code == 204
    elsewhere = [place(STATE, "d", "bo"), place(STATE, "e") | {"activityId": f"{COURSES}word"}]
    for at in elsewhere:
        assert asked(caller, "PUT", at).status_code == 204
    answer = caller.request("GET", STATE, query=place(STATE, None))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert sorted(answer.json) == ["a", "b", "c", "ü & x"]
    assert caller.request("GET", STATE, query=place(STATE, None) | within).json == ["c"]
    assert caller.request("DELETE", STATE, query=place(STATE, None) | within).status_code == 204
    assert sorted(caller.request("GET", STATE, query=place(STATE, None)).json) == ["a", "b", "ü & x"]
    answer = caller.request("DELETE", STATE, query=place(STATE, None))
    assert (answer.status_code, answer.data) == (204, b"")
    assert caller.request("GET", STATE, query=place(STATE, None)).json == []
    for at in elsewhere:
        assert caller.request("GET", STATE, query=at).status_code == 200


@pytest.mark.xapi("XAPI-00195", "XAPI-00204", "XAPI-00221")
@both
def test_since_lists_what_changed_after_it(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for one in ("old", "changed"):
        asked(caller, "PUT", place(STATE, one))
    time.sleep(0.01)
    since = caller.get().headers[CONSISTENT]
    time.sleep(0.01)
    asked(caller, "PUT", place(STATE, "new"))
    asked(caller, "POST", place(STATE, "changed"))
    listed = caller.request("GET", STATE, query=place(STATE, None) | {"since": since})
    assert sorted(listed.json) == ["changed", "new"]
    for wrong in ("", "yesterday", "2026-02-30T00:00:00Z", "1777887000"):
        query = place(STATE, None) | {"since": wrong}
        assert refused_parameters(caller.request("GET", STATE, query=query)) == {"since"}
    for method in ("PUT", "POST", "DELETE"):
        assert refused_parameters(asked(caller, method, place(STATE) | {"since": since})) == {"since"}


# What each method needs, by number.
_NEEDED = [
    ("XAPI-00206", "PUT", "stateId"),
    ("XAPI-00207", "DELETE", "activityId"),
    ("XAPI-00208", "GET", "activityId"),
    ("XAPI-00209", "POST", "activityId"),
    ("XAPI-00210", "PUT", "activityId"),
    ("XAPI-00211", "POST", "stateId"),
    ("XAPI-00212", "DELETE", "agent"),
    ("XAPI-00213", "GET", "agent"),
    ("XAPI-00214", "POST", "agent"),
    ("XAPI-00215", "PUT", "agent"),
]


@pytest.mark.xapi("XAPI-00206 to XAPI-00215")
@both
def test_a_parameter_that_a_method_needs_is_missed_by_its_number(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for number, method, name in _NEEDED:
        without = {key: value for key, value in place(STATE).items() if key != name}
        answer = asked(caller, method, without)
        assert answer.status_code == 400
        assert [error["requirement"] for error in answer.json["errors"]] == [number]
    assert caller.request("GET", STATE, query=place(STATE, None)).json == []


@pytest.mark.xapi("XAPI-00196 to XAPI-00203", "XAPI-00224", "XAPI-00225", "XAPI-00226", "XAPI-00228")
@both
@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_has_its_form_in_every_method(moodle: Caller, version: str, method: str) -> None:
    caller = moodle.speaking(version)
    asked(caller, "PUT", place(STATE))
    for name, wrongs in (
        ("agent", NO_AGENTS),
        ("registration", ("", "x", UUID[:-1], f"{{{UUID}}}", "null")),
        ("activityId", ("", "excel", "example.com/excel", "{}")),
        ("stateId", ("", "\x00", "a\x00b")),
    ):
        for wrong in wrongs:
            assert refused_parameters(asked(caller, method, place(STATE) | {name: wrong})) == {name}, wrong
    assert read(caller, STATE).data == b'{"a": 1}'


@pytest.mark.xapi("XAPI-00218", "XAPI-00219", "XAPI-00220", "XAPI-00227")
@both
def test_a_registration_tells_states_apart_in_every_method(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one, two = ({"registration": str(uuid.uuid4())} for _ in range(2))
    for number, more in enumerate((one, two, {})):
        body = json.dumps({"n": number}).encode()
        assert (
            caller.request("PUT", STATE, query=place(STATE) | more, body=body, headers=JSON).status_code
            == 204
        )
    assert (
        caller.request("POST", STATE, query=place(STATE) | two, body=b'{"m": 1}', headers=JSON).status_code
        == 204
    )
    upper = {"registration": one["registration"].upper()}
    for more, wanted in ((one, {"n": 0}), (upper, {"n": 0}), (two, {"n": 1, "m": 1}), ({}, {"n": 2})):
        assert caller.request("GET", STATE, query=place(STATE) | more).json == wanted
    assert caller.request("DELETE", STATE, query=place(STATE) | one).status_code == 204
    statuses = [
        caller.request("GET", STATE, query=place(STATE) | more).status_code for more in (one, two, {})
    ]
    assert statuses == [404, 200, 200]


@pytest.mark.xapi("XAPI-00182")
@both
def test_a_refused_request_changes_nothing(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    asked(caller, "PUT", place(STATE))
    before = read(caller, STATE)
    wrong = {"If-Match": '"0"'}
    refused = [
        asked(caller, "PUT", place(STATE) | {"foo": "bar"}),
        asked(caller, "DELETE", place(STATE) | {"foo": "bar"}),
        asked(caller, "DELETE", place(STATE, None) | {"registration": "x"}),
        caller.request("PUT", STATE, query=place(STATE), body=b"x", headers=wrong),
        caller.request("POST", STATE, query=place(STATE), body=b"{}", headers=wrong | JSON),
        caller.request("DELETE", STATE, query=place(STATE), headers=wrong),
        caller.request("PUT", STATE, query=place(STATE), body=b"x", headers={"Authorization": None}),
        caller.request("DELETE", STATE, query=place(STATE), headers={"X-Experience-API-Version": None}),
        caller.request("PATCH", STATE, query=place(STATE), body=b"x"),
    ]
    assert [answer.status_code for answer in refused] == [400] * 3 + [412] * 3 + [401, 400, 405]
    after = read(caller, STATE)
    assert (before.data, before.headers["ETag"]) == (after.data, after.headers["ETag"])
    assert caller.request(
        "GET", STATE, query={"activityId": f"{COURSES}excel", "agent": mail_of("ada")}
    ).json == ["one"]
