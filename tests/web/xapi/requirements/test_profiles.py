"""The Agent Profile and the Activity Profile resource (1.0.3 Communication 2.6 and 2.7)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.web.xapi.lrs import CONSISTENT, COURSES, Answer, Caller, mail_of
from tests.web.xapi.places import ACTIVITY_PROFILE, AGENT_PROFILE, place, refused_parameters
from tests.web.xapi.requirements.cases import NO_AGENTS, VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)
profiles = pytest.mark.parametrize("resource", [AGENT_PROFILE, ACTIVITY_PROFILE])
JSON = {"Content-Type": "application/json"}
NEW = JSON | {"If-None-Match": "*"}


def asked(
    caller: Caller,
    method: str,
    resource: str,
    query: dict[str, Any],
    body: bytes = b'{"a": 1}',
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request, with a document where the method has a body."""
    sent = body if method in {"PUT", "POST"} else None
    return caller.request(method, resource, query=query, body=sent, headers=JSON | dict(headers or {}))


def made(caller: Caller, resource: str, document_id: str, body: bytes = b'{"a": 1}') -> dict[str, Any]:
    """PUT a new profile and return its place."""
    at = place(resource, document_id)
    answer = caller.request("PUT", resource, query=at, body=body, headers=NEW)
    assert (answer.status_code, answer.data) == (204, b"")
    return at


@pytest.mark.xapi("XAPI-00259", "XAPI-00269", "XAPI-00271 to XAPI-00274", "XAPI-00282", "XAPI-00283")
@pytest.mark.xapi("XAPI-00285 to XAPI-00288", "XAPI-00290 to XAPI-00293", "XAPI-00311", "XAPI-00312")
@both
@profiles
def test_a_profile_is_put_read_merged_and_deleted(moodle: Caller, version: str, resource: str) -> None:
    caller = moodle.speaking(version)
    assert asked(caller, "GET", resource, place(resource)).status_code == 404
    at, other = made(caller, resource, "one"), made(caller, resource, "other")
    found = asked(caller, "GET", resource, at)
    assert (found.status_code, found.data, found.mimetype) == (200, b'{"a": 1}', "application/json")
    answer = asked(caller, "POST", resource, at, b'{"b": 2}')
    assert (answer.status_code, answer.data) == (204, b"")
    found = asked(caller, "GET", resource, at)
    assert found.json == {"a": 1, "b": 2}
    answer = asked(caller, "PUT", resource, at, b"[]", {"If-Match": found.headers["ETag"]})
    assert (answer.status_code, asked(caller, "GET", resource, at).json) == (204, [])
    answer = asked(caller, "DELETE", resource, at)
    assert (answer.status_code, answer.data) == (204, b"")
    assert asked(caller, "GET", resource, at).status_code == 404
    assert asked(caller, "GET", resource, other).status_code == 200


@pytest.mark.xapi("XAPI-00280", "XAPI-00310", "XAPI-00312")
@both
@profiles
def test_a_post_of_a_profile_that_is_not_there_stores_it(moodle: Caller, version: str, resource: str) -> None:
    caller = moodle.speaking(version)
    for number, (kind, body) in enumerate(
        [("application/json", b"[1]"), ("image/x-odd", b"\x00\xff"), ("a/b", b"")]
    ):
        at = place(resource, f"profile {number}")
        headers = {"Content-Type": kind}
        assert caller.request("POST", resource, query=at, body=body, headers=headers).status_code == 204
        found = caller.request("GET", resource, query=at)
        assert (found.data, found.headers["Content-Type"]) == (body, kind)


@pytest.mark.xapi("XAPI-00183", "XAPI-00184", "XAPI-00185", "XAPI-00186", "XAPI-00279", "XAPI-00308")
@both
@profiles
def test_a_merge_replaces_at_the_top_level_and_leaves_one_document(
    moodle: Caller, version: str, resource: str
) -> None:
    caller = moodle.speaking(version)
    at = made(caller, resource, "one", b'{"same": 1, "deep": {"x": 1, "y": 2}, "list": [1, 2], "n": 1.50}')
    posted = b'{"same": "new", "deep": {"z": {"w": 3}}, "list": [3], "added": {}}'
    assert asked(caller, "POST", resource, at, posted).status_code == 204
    found = asked(caller, "GET", resource, at)
    assert json.loads(found.data, object_pairs_hook=list) == [
        ("same", "new"), ("deep", [("z", [("w", 3)])]), ("list", [3]), ("n", 1.5), ("added", []),
    ]  # fmt: skip
    assert b"1.50" in found.data


# What cannot be merged: the numbers for Agent and Activity Profile, what is stored, what is posted.
_NO_MERGES: list[tuple[str, str, tuple[str, bytes] | None, tuple[str, bytes]]] = [
    ("XAPI-00281", "XAPI-00313", ("application/json", b"{}"), ("application/json", b"[1]")),
    ("XAPI-00281", "XAPI-00313", ("application/json", b"[1]"), ("application/json", b"{}")),
    ("XAPI-00281", "XAPI-00313", ("application/json", b"no json"), ("application/json", b"{}")),
    ("XAPI-00278", "XAPI-00309", ("application/json", b"{}"), ("text/plain", b"{}")),
    ("XAPI-00278", "XAPI-00309", ("text/plain", b"{}"), ("application/json", b"{}")),
    ("XAPI-00278", "XAPI-00309", ("text/plain", b"a"), ("text/plain", b"b")),
    ("XAPI-00284", "XAPI-00314", ("application/json", b"{}"), ("application/json", b"{a: 1}")),
    ("XAPI-00284", "XAPI-00314", ("application/json", b"{}"), ("application/json", b"")),
    ("XAPI-00284", "XAPI-00314", None, ("application/json", b'{"a": 1')),
]


@pytest.mark.xapi("XAPI-00278", "XAPI-00281", "XAPI-00284", "XAPI-00309", "XAPI-00313", "XAPI-00314")
@both
@profiles
def test_what_cannot_be_merged_is_refused_and_changes_nothing(
    moodle: Caller, version: str, resource: str
) -> None:
    caller = moodle.speaking(version)
    for place_in_table, (of_agent, of_activity, stored, posted) in enumerate(_NO_MERGES):
        at = place(resource, f"profile {place_in_table}")
        if stored is not None:
            headers = {"Content-Type": stored[0], "If-None-Match": "*"}
            assert (
                caller.request("PUT", resource, query=at, body=stored[1], headers=headers).status_code == 204
            )
        answer = caller.request(
            "POST", resource, query=at, body=posted[1], headers={"Content-Type": posted[0]}
        )
        number = of_agent if resource == AGENT_PROFILE else of_activity
        assert (answer.status_code, answer.json["errors"][0]["requirement"]) == (400, number), posted
        after = asked(caller, "GET", resource, at)
        assert after.status_code == (404 if stored is None else 200)
        if stored is not None:
            assert (after.headers["Content-Type"], after.data) == stored


@pytest.mark.xapi("XAPI-00270", "XAPI-00289")
@both
@profiles
def test_without_an_id_the_profiles_there_are_listed(moodle: Caller, version: str, resource: str) -> None:
    caller = moodle.speaking(version)
    assert asked(caller, "GET", resource, place(resource, None)).json == []
    for one in ("b", "a", "ü & x"):
        made(caller, resource, one)
    elsewhere = {"agent": mail_of("bo")} if resource == AGENT_PROFILE else {"activityId": f"{COURSES}word"}
    answer = caller.request("PUT", resource, query=elsewhere | {"profileId": "c"}, body=b"1", headers=NEW)
    assert answer.status_code == 204
    answer = asked(caller, "GET", resource, place(resource, None))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert sorted(answer.json) == ["a", "b", "ü & x"]
    assert asked(caller, "GET", resource, elsewhere).json == ["c"]


@pytest.mark.xapi("XAPI-00260", "XAPI-00268", "XAPI-00275", "XAPI-00294", "XAPI-00295", "XAPI-00303")
@both
@profiles
def test_since_lists_what_changed_after_it(moodle: Caller, version: str, resource: str) -> None:
    caller = moodle.speaking(version)
    made(caller, resource, "old")
    changed = made(caller, resource, "changed")
    time.sleep(0.01)
    since = caller.get().headers[CONSISTENT]
    time.sleep(0.01)
    made(caller, resource, "new")
    asked(caller, "POST", resource, changed, b'{"c": 1}')
    listed = asked(caller, "GET", resource, place(resource, None) | {"since": since})
    assert sorted(listed.json) == ["changed", "new"]
    for wrong in ("", "yesterday", "2026-02-30T00:00:00Z", "2026-05-04T00:00:00-00:00"):
        answer = asked(caller, "GET", resource, place(resource, None) | {"since": wrong})
        assert refused_parameters(answer) == {"since"}
    for method in ("PUT", "POST", "DELETE"):
        assert refused_parameters(asked(caller, method, resource, place(resource) | {"since": since})) == {
            "since"
        }


# What each method needs, by number.
_NEEDED = [
    ("XAPI-00261", AGENT_PROFILE, "GET", "agent"),
    ("XAPI-00262", AGENT_PROFILE, "DELETE", "agent"),
    ("XAPI-00263", AGENT_PROFILE, "POST", "agent"),
    ("XAPI-00264", AGENT_PROFILE, "PUT", "agent"),
    ("XAPI-00265", AGENT_PROFILE, "DELETE", "profileId"),
    ("XAPI-00266", AGENT_PROFILE, "POST", "profileId"),
    ("XAPI-00267", AGENT_PROFILE, "PUT", "profileId"),
    ("XAPI-00296", ACTIVITY_PROFILE, "GET", "activityId"),
    ("XAPI-00297", ACTIVITY_PROFILE, "DELETE", "activityId"),
    ("XAPI-00298", ACTIVITY_PROFILE, "POST", "activityId"),
    ("XAPI-00299", ACTIVITY_PROFILE, "PUT", "activityId"),
    ("XAPI-00300", ACTIVITY_PROFILE, "DELETE", "profileId"),
    ("XAPI-00301", ACTIVITY_PROFILE, "POST", "profileId"),
    ("XAPI-00302", ACTIVITY_PROFILE, "PUT", "profileId"),
]


@pytest.mark.xapi("XAPI-00261 to XAPI-00267", "XAPI-00296 to XAPI-00302")
@both
def test_a_parameter_that_a_method_needs_is_missed_by_its_number(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for number, resource, method, name in _NEEDED:
        without = {key: value for key, value in place(resource).items() if key != name}
        answer = asked(caller, method, resource, without, headers=NEW)
        assert answer.status_code == 400
        assert [error["requirement"] for error in answer.json["errors"]] == [number]


@pytest.mark.xapi("XAPI-00255 to XAPI-00258", "XAPI-00276", "XAPI-00277", "XAPI-00305 to XAPI-00307")
@both
@pytest.mark.parametrize("method", ["PUT", "POST", "GET", "DELETE"])
def test_every_parameter_has_its_form_in_every_method(moodle: Caller, version: str, method: str) -> None:
    caller = moodle.speaking(version)
    for resource, name, wrongs in (
        (AGENT_PROFILE, "agent", NO_AGENTS),
        (AGENT_PROFILE, "profileId", ("", "\x00", "a\x00b")),
        (ACTIVITY_PROFILE, "activityId", ("", "excel", "example.com/excel", "{}")),
        (ACTIVITY_PROFILE, "profileId", ("", "\x00", "a\x00b")),
    ):
        for wrong in wrongs:
            answer = asked(caller, method, resource, place(resource) | {name: wrong}, headers=NEW)
            assert refused_parameters(answer) == {name}, wrong
        assert asked(caller, "GET", resource, place(resource, None)).json == []


@pytest.mark.xapi("XAPI-00324")
@pytest.mark.parametrize("method", ["PUT", "POST", "GET", "DELETE"])
def test_what_belongs_to_another_resource_is_an_unknown_parameter(moodle: Caller, method: str) -> None:
    for resource, more in (
        (ACTIVITY_PROFILE, {"agent": mail_of("ada")}),
        (ACTIVITY_PROFILE, {"registration": "39c24cc4-69d7-4d01-a0e4-61b6ea1c9a1f"}),
        (AGENT_PROFILE, {"activityId": f"{COURSES}excel"}),
        (AGENT_PROFILE, {"stateId": "one"}),
    ):
        answer = asked(moodle, method, resource, place(resource) | more)
        assert answer.json["errors"][0]["requirement"] == "XAPI-00324"
        assert refused_parameters(answer) == set(more)
