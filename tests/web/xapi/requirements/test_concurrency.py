"""Optimistic concurrency of documents (1.0.3 Communication 3.1; 2.0 4.1.4)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.web.xapi.lrs import Answer, Caller, Lrs
from tests.web.xapi.places import RESOURCES, STATE, place, put, read
from tests.web.xapi.requirements.cases import VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)
documents = pytest.mark.parametrize("resource", RESOURCES)
OTHER = '"0000000000000000000000000000000000000000"'


def send(caller: Caller, method: str, resource: str, **headers: str) -> Answer:
    return caller.send(method, resource, {"by": method}, query=place(resource), headers=headers)


@pytest.mark.xapi("XAPI-00322")
@both
@documents
def test_an_etag_is_the_quoted_sha_1_and_moves_with_the_content(
    moodle: Caller, version: str, resource: str
) -> None:
    caller = moodle.speaking(version)
    seen: list[str] = []
    for content in ({"a": 1}, {"a": 2}):
        headers = {"If-Match": seen[-1]} if seen else {"If-None-Match": "*"}
        written = put(caller, resource, content, **headers)
        found = read(caller, resource)
        assert found.headers["ETag"] == f'"{hashlib.sha1(found.data, usedforsecurity=False).hexdigest()}"'
        assert written.headers["ETag"] == found.headers["ETag"]
        seen.append(found.headers["ETag"])
    assert len(set(seen)) == 2


@pytest.mark.xapi("XAPI-00322")
@both
@documents
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_condition_decides_every_write(moodle: Caller, version: str, resource: str, method: str) -> None:
    caller = moodle.speaking(version)
    # Nothing is there: a tag cannot match, and any tag but `*` would be new.
    for condition in ({"If-Match": OTHER}, {"If-Match": "*"}):
        assert send(caller, method, resource, **condition).status_code == 412
    assert read(caller, resource).status_code == 404
    put(caller, resource, {"a": 1}, **{"If-None-Match": "*"})
    etag = read(caller, resource).headers["ETag"]
    for condition in ({"If-Match": OTHER}, {"If-None-Match": "*"}, {"If-None-Match": etag}):
        assert send(caller, method, resource, **condition).status_code == 412
    assert (read(caller, resource).json, read(caller, resource).headers["ETag"]) == ({"a": 1}, etag)
    assert send(caller, method, resource, **{"If-Match": f"{OTHER}, {etag}"}).status_code == 204
    after = {"PUT": {"by": "PUT"}, "POST": {"a": 1, "by": "POST"}, "DELETE": None}[method]
    found = read(caller, resource)
    assert (found.json if found.status_code == 200 else None) == after


@pytest.mark.xapi("XAPI-00322")
@documents
def test_a_put_without_condition_by_version(moodle: Caller, resource: str) -> None:
    old, new = moodle, moodle.speaking("2.0.0")
    is_state = resource == STATE
    first = put(old, resource, {"n": 1})
    assert first.status_code == (204 if is_state else 400)
    if not is_state:
        assert first.json["errors"][0]["requirement"] == "XAPI-00322"
        assert put(new, resource, {"n": 1}).status_code == 204
    assert put(new, resource, {"n": 2}).status_code == 409
    again = put(old, resource, {"n": 3})
    assert again.status_code == (204 if is_state else 409)
    if not is_state:
        assert "If-Match" in again.json["detail"]
    assert read(moodle, resource).json == {"n": 3 if is_state else 1}


def raced(write: Callable[[int], Answer]) -> list[int]:
    """Let two threads write at one moment, and return the status that each was answered."""
    barrier = threading.Barrier(2)

    def run(number: int) -> int:
        barrier.wait()
        return write(number).status_code

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


@pytest.mark.xapi("XAPI-00322")
@both
@documents
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_of_two_writers_with_one_etag_exactly_one_wins(
    lrs: Lrs, version: str, resource: str, method: str
) -> None:
    caller = lrs.source("moodle").speaking(version)
    put(caller, resource, {"n": -1}, **{"If-None-Match": "*"})
    for _ in range(3):
        condition = {"If-Match": read(caller, resource).headers["ETag"]}

        def write(number: int, condition: dict[str, str] = condition) -> Answer:
            return caller.send(method, resource, {"n": number}, query=place(resource), headers=condition)

        statuses = raced(write)
        assert sorted(statuses) == [204, 412]
        assert read(caller, resource).json == {"n": statuses.index(204)}
        # So that the next turn has another ETag than every turn before.
        put(caller, resource, {"n": -1}, **{"If-Match": "*"})


@pytest.mark.xapi("XAPI-00322")
@documents
def test_of_two_first_writers_exactly_one_wins(lrs: Lrs, resource: str) -> None:
    caller = lrs.source("moodle")
    for turn in range(3):
        name = f"new {turn}"

        def write(number: int, name: str = name) -> Answer:
            return put(caller, resource, {"n": number}, name, **{"If-None-Match": "*"})

        statuses = raced(write)
        assert sorted(statuses) == [204, 412]
        assert read(caller, resource, name).json == {"n": statuses.index(204)}


@pytest.mark.xapi("XAPI-00322")
@documents
def test_merges_of_two_writers_without_condition_are_both_kept(lrs: Lrs, resource: str) -> None:
    caller = lrs.source("moodle")
    put(caller, resource, {"n": 0}, **{"If-None-Match": "*"})

    def write(number: int) -> Answer:
        return caller.send("POST", resource, {f"by {number}": True}, query=place(resource))

    assert raced(write) == [204, 204]
    assert read(caller, resource).json == {"n": 0, "by 0": True, "by 1": True}
