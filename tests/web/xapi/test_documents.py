"""State and profiles: concurrency by each version's rule, merging, visibility (Communication 2.2, 2.3, 2.6, 2.7, 3.1)."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid

import pytest

from tests.web.xapi.lrs import Caller, Lrs
from tests.web.xapi.places import ACTIVITY_PROFILE, AGENT_PROFILE, RESOURCES, STATE, place, put, read


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_document_comes_back_as_it_was_sent(moodle: Caller, resource: str) -> None:
    content = b"\x00\xff any bytes"
    headers = {"Content-Type": "image/x-odd; q=1", "If-None-Match": "*"}
    answer = moodle.request("PUT", resource, query=place(resource), body=content, headers=headers)
    assert answer.status_code == 204
    found = read(moodle, resource)
    assert (found.data, found.headers["Content-Type"]) == (content, "image/x-odd; q=1")
    assert found.headers["ETag"] == f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'
    assert found.headers["Content-Security-Policy"].startswith("sandbox")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert moodle.request("DELETE", resource, query=place(resource)).status_code == 204
    assert read(moodle, resource).status_code == 404


@pytest.mark.xapi("XAPI-00322")
@pytest.mark.parametrize("resource", [AGENT_PROFILE, ACTIVITY_PROFILE])
def test_a_profile_put_without_condition(moodle: Caller, resource: str) -> None:
    """1.0.3: 400 for a new document, 409 for an existing one; 2.0: 204 and 409."""
    assert put(moodle, resource, 1).status_code == 400
    assert put(moodle, resource, 1, **{"If-None-Match": "*"}).status_code == 204
    assert put(moodle, resource, 2).status_code == 409
    assert put(moodle.speaking("2.0.0"), resource, 2).status_code == 409
    assert put(moodle.speaking("2.0.0"), resource, 2, "new").status_code == 204
    assert read(moodle, resource).data == b"1"


def test_a_state_put_without_condition(moodle: Caller) -> None:
    assert put(moodle, STATE, 1).status_code == 204
    assert put(moodle, STATE, 2).status_code == 204
    assert put(moodle.speaking("2.0.0"), STATE, 3).status_code == 409
    assert read(moodle, STATE).data == b"2"


@pytest.mark.xapi("XAPI-00322")
@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_condition_that_does_not_hold_is_a_412_and_changes_nothing(
    moodle: Caller, resource: str, method: str
) -> None:
    put(moodle, resource, {"a": 1}, **{"If-None-Match": "*"})
    etag = read(moodle, resource).headers["ETag"]
    wrong = {"If-Match": '"' + "0" * 40 + '"'}
    assert moodle.send(method, resource, {"b": 2}, query=place(resource), headers=wrong).status_code == 412
    exists = {"If-None-Match": "*"}
    assert moodle.send(method, resource, {"b": 2}, query=place(resource), headers=exists).status_code == 412
    assert read(moodle, resource).json == {"a": 1}
    right = {"If-Match": etag}
    assert moodle.send(method, resource, {"b": 2}, query=place(resource), headers=right).status_code == 204


@pytest.mark.xapi("XAPI-00322")
@pytest.mark.parametrize("first", [True, False])
def test_of_several_writers_with_one_etag_exactly_one_wins(lrs: Lrs, moodle: Caller, first: bool) -> None:
    put(moodle, STATE, "begin")
    condition = {"If-None-Match": "*"} if first else {"If-Match": read(moodle, STATE).headers["ETag"]}
    document_id = "fresh" if first else "one"
    barrier = threading.Barrier(8)
    statuses: list[int] = []

    def write(number: int) -> None:
        barrier.wait()
        statuses.append(put(moodle, STATE, f"writer {number}", document_id, **condition).status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204] + [412] * 7
    assert read(moodle, STATE, document_id).json.startswith("writer")


@pytest.mark.xapi("XAPI-00183", "XAPI-00185")
def test_post_merges_the_top_level_only_and_keeps_digits(moodle: Caller) -> None:
    body = b'{"a": {"x": 1, "y": 2}, "n": 1.10}'
    headers = {"Content-Type": "application/json"}
    moodle.request("POST", STATE, query=place(STATE), body=body, headers=headers)
    moodle.request("POST", STATE, query=place(STATE), body=b'{"a": {"z": 3}, "b": null}', headers=headers)
    found = read(moodle, STATE)
    assert found.json == {"a": {"z": 3}, "n": 1.1, "b": None}
    assert b"1.10" in found.data
    text = {"Content-Type": "text/plain"}
    for sent, kind in ((b"no json", headers), (b"text", text), (b"[1]", headers)):
        assert moodle.request("POST", STATE, query=place(STATE), body=sent, headers=kind).status_code == 400
    assert read(moodle, STATE).data == found.data


def test_ids_are_listed_since_an_instant_and_by_registration(moodle: Caller) -> None:
    registration = str(uuid.uuid4())
    put(moodle, STATE, 1, "one")
    moodle.send("PUT", STATE, 1, query=place(STATE, "two") | {"registration": registration})
    assert moodle.request("GET", STATE, query=place(STATE, None)).json == ["one", "two"]
    within = place(STATE, None) | {"registration": registration.upper()}
    assert moodle.request("GET", STATE, query=within).json == ["two"]
    time.sleep(0.01)
    since = moodle.get().headers["X-Experience-API-Consistent-Through"]
    put(moodle, STATE, 2, "three")
    assert moodle.request("GET", STATE, query=place(STATE, None) | {"since": since}).json == ["three"]
    assert moodle.request("DELETE", STATE, query=within).status_code == 204
    assert moodle.request("GET", STATE, query=place(STATE, None)).json == ["one", "three"]
    assert moodle.request("DELETE", STATE, query=place(STATE, None)).status_code == 204
    assert moodle.request("GET", STATE, query=place(STATE, None)).json == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "yesterday"},
        {"registration": "x"},
        {"agent": "ada"},
        {"agent": "{}"},
        {"activityId": "x"},
        {"foo": "1"},
    ],
)
def test_wrong_parameters_are_a_400(moodle: Caller, wrong: dict[str, str]) -> None:
    answer = moodle.request("GET", STATE, query=place(STATE, None) | wrong)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["pointer"].startswith(next(iter(wrong)))


def test_a_source_sees_its_own_documents_and_the_scope_all_everybody_s(lrs: Lrs, moodle: Caller) -> None:
    other, everybody = lrs.source("other"), lrs.source("everybody", scopes=["all"])
    put(moodle, STATE, "mine")
    assert read(other, STATE).status_code == 404
    put(other, STATE, "theirs")
    put(other, STATE, "alone", "two")
    assert (read(moodle, STATE).json, read(other, STATE).json) == ("mine", "theirs")
    assert read(everybody, STATE, "two").json == "alone"
    assert everybody.request("GET", STATE, query=place(STATE, None)).json == ["one", "two"]
    statements_only = lrs.source("s", scopes=["statements/write"])
    assert put(statements_only, STATE, 1).status_code == 403
    assert read(statements_only, STATE).status_code == 403
    assert put(lrs.source("r", scopes=["all/read"]), STATE, 1).status_code == 403


def test_who_reaches_all_overwrites_only_what_it_read_and_leaves_nothing_behind(
    lrs: Lrs, moodle: Caller
) -> None:
    other, everybody = lrs.source("other"), lrs.source("everybody", scopes=["all"])
    put(moodle, STATE, "mine")
    put(other, STATE, "theirs")
    put(everybody, STATE, "own")
    assert [read(one, STATE).json for one in (moodle, other, everybody)] == ["mine", "theirs", "own"]
    put(moodle, STATE, "alone", "two")
    etag = read(everybody, STATE, "two").headers["ETag"]
    assert put(everybody, STATE, "mended", "two", **{"If-Match": etag}).status_code == 204
    assert read(moodle, STATE, "two").json == "mended"
    assert everybody.request("DELETE", STATE, query=place(STATE)).status_code == 204
    assert [read(one, STATE).status_code for one in (moodle, other, everybody)] == [404] * 3
    assert read(moodle, STATE, "two").json == "mended"


@pytest.mark.xapi("XAPI-00322")
def test_a_list_has_an_entity_tag_by_which_all_of_it_is_deleted(moodle: Caller) -> None:
    everything = place(STATE, None)
    assert "ETag" not in moodle.request("GET", STATE, query=everything).headers
    any_tag = {"If-Match": "*"}
    assert moodle.request("DELETE", STATE, query=everything, headers=any_tag).status_code == 412
    put(moodle, STATE, 1, "one")
    etag = moodle.request("GET", STATE, query=everything).headers["ETag"]
    put(moodle, STATE, 2, "two")
    stale = {"If-Match": etag}
    assert moodle.request("DELETE", STATE, query=everything, headers=stale).status_code == 412
    assert moodle.request("GET", STATE, query=everything).json == ["one", "two"]
    fresh = {"If-Match": moodle.request("GET", STATE, query=everything).headers["ETag"]}
    assert moodle.request("DELETE", STATE, query=everything, headers=fresh).status_code == 204
    assert moodle.request("GET", STATE, query=everything).json == []


@pytest.mark.xapi("XAPI-00248")
def test_agents_answer_a_person_with_arrays(moodle: Caller) -> None:
    answer = moodle.request(
        "GET", "agents", query={"agent": json.dumps({"name": "Ada", "mbox": "mailto:ada@example.com"})}
    )
    assert answer.json == {"objectType": "Person", "name": ["Ada"], "mbox": ["mailto:ada@example.com"]}


def test_last_modified_moves_with_an_update(moodle: Caller) -> None:
    put(moodle, STATE, 1)
    before = read(moodle, STATE).headers["Last-Modified"]
    time.sleep(1.1)
    put(moodle, STATE, 2)
    assert read(moodle, STATE).headers["Last-Modified"] != before
