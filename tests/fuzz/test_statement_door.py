"""Whatever comes to the statement door, by any method, to any resource, in both versions: the answer is a clear one.

Never a 5xx, never an exception, never more than ten seconds; and what is acknowledged can be read. A few hundred
examples each; LMS_BRIDGE_FUZZ_SECONDS=600 goes on with others for that long, all tests together.
"""

from __future__ import annotations

import copy
import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lms_bridge.web.xapi_resources import RESOURCES
from tests.fuzz.door import FORM, Attempt, Door
from tests.web.xapi.lrs import VERSION, agent
from tests.web.xapi.weird import BASE, WEIRD, WEIRD_TEXT, places

EXAMPLES = 200
VERSIONS = st.sampled_from(["1.0.3", "2.0.0"])
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "LOCK"])
PATHS = st.one_of(
    st.sampled_from([*RESOURCES, "about", "", "statements/", "/statements", "statements/more", "nothing"]),
    st.text(st.characters(codec="utf-8", exclude_characters="?#"), max_size=8),
)
# What HTTP lets through in a header: no line break, and nothing that Latin-1 has not.
HEADER_TEXT = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30)
MEDIA_TYPES = st.one_of(
    st.sampled_from(
        [
            "application/json",
            "application/json; charset=utf-8",
            "multipart/mixed; boundary=x",
            'multipart/mixed; boundary="x y"',
            "multipart/mixed",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/octet-stream",
            "",
        ]
    ),
    HEADER_TEXT,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *(
                "Accept",
                "Accept-Language",
                "Accept-Encoding",
                "Content-Encoding",
                "If-Match",
                "If-None-Match",
            ),
            *("Cookie", "Range", "Expect", "Origin", "Host", "X-Forwarded-For", "X-HTTP-Method-Override"),
            *("Content-Length", "Authorization", "X-Experience-API-Version", "X-Experience-API-Hash"),
        ]
    ),
    st.one_of(
        HEADER_TEXT,
        st.sampled_from(
            [
                *(
                    "*",
                    '"x"',
                    'W/"x"',
                    ",",
                    "gzip",
                    "deflate",
                    "br",
                    "identity",
                    "0",
                    "-1",
                    "1e9",
                    "bytes=0-1",
                ),
                *(
                    "1.0",
                    "1.0.3",
                    "2.0",
                    "Basic",
                    "Basic Og==",
                    "Bearer x",
                    "de-AT;q=0.5, *;q=nan",
                    "[::1]:x",
                ),
            ]
        ),
    ),
    max_size=3,
)
NAMES = [
    *("statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "since", "until"),
    *("limit", "format", "attachments", "ascending", "related_agents", "related_activities", "cursor"),
    *("activityId", "stateId", "profileId", "method", "content"),
]
ODD_VALUES = [
    *("true", "0", "-1", "ids", "exact", "canonical", "PUT", "GET", "999999999999", "{}", "[]", "null", '"'),
    *("https://example.com/a", json.dumps(agent("ada")), str(uuid.UUID(int=7)), "2026-01-01T00:00:00Z"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
]
PARAMETERS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(NAMES), WEIRD_TEXT),
        st.one_of(st.sampled_from(ODD_VALUES), WEIRD_TEXT, WEIRD.map(json.dumps)),
    ),
    max_size=4,
).map(tuple)
JSON_BODIES = WEIRD.map(lambda value: json.dumps(value).encode())


@st.composite
def changed_statements(draw: st.DrawFn) -> bytes:
    """One to three good statements with up to four odd values in them, sometimes cut or with a byte changed."""
    batch = [copy.deepcopy(BASE) | {"id": str(draw(st.uuids()))} for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 4))):
        holder: Any = draw(st.sampled_from(batch))
        path = draw(st.sampled_from(places(holder)))
        for key in path[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(st.one_of(st.sampled_from(list(BASE)), WEIRD_TEXT))] = holder.pop(path[-1])
        else:
            holder[path[-1]] = draw(WEIRD)
    body = json.dumps(batch if draw(st.booleans()) else batch[0], ensure_ascii=draw(st.booleans()))
    data = bytearray(body.encode("utf-8", "surrogatepass"))
    match draw(st.integers(0, 5)):
        case 0:
            del data[draw(st.integers(0, len(data) - 1)) :]
        case 1:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


STATEMENTS = st.builds(
    Attempt,
    method=st.sampled_from(["POST", "PUT"]),
    path=st.just("statements"),
    parameters=st.sampled_from([(), (("statementId", str(uuid.UUID(int=9))),)]),
    headers=MEDIA_TYPES.map(lambda media_type: {"Content-Type": media_type}),
    version=VERSIONS,
    is_lenient=st.booleans(),
    body=st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(
            lambda data: b"--x\r\nContent-Type: application/json\r\n\r\n" + data + b"\r\n--x--\r\n"
        ),
    ),
)
CHANGED = st.builds(
    Attempt,
    method=st.just("POST"),
    path=st.just("statements"),
    headers=st.just({"Content-Type": "application/json"}),
    version=VERSIONS,
    is_lenient=st.booleans(),
    body=changed_statements(),
)
JSON_ANYWHERE = st.builds(
    Attempt,
    method=st.sampled_from(["POST", "PUT"]),
    path=st.sampled_from(sorted(RESOURCES)),
    parameters=PARAMETERS,
    headers=st.just({"Content-Type": "application/json"}),
    version=VERSIONS,
    is_lenient=st.booleans(),
    body=JSON_BODIES,
)
ANYTHING = st.builds(
    Attempt,
    method=METHODS,
    path=PATHS,
    parameters=PARAMETERS,
    headers=st.builds(lambda media_type, more: {"Content-Type": media_type} | more, MEDIA_TYPES, HEADERS),
    version=VERSIONS,
    is_lenient=st.booleans(),
    body=st.one_of(st.binary(max_size=100), JSON_BODIES, changed_statements()),
)

# The alternate syntax of 1.0.3, where a form says what HTTP would not let through.
FORMS = st.builds(
    Attempt,
    method=st.just("POST"),
    path=st.sampled_from(sorted(RESOURCES)),
    parameters=st.sampled_from(["GET", "PUT", "POST", "DELETE"]).map(lambda method: (("method", method),)),
    headers=st.just({"Content-Type": FORM}),
    body=st.lists(
        st.tuples(
            st.sampled_from(
                [*NAMES, "Content-Type", "If-Match", "If-None-Match", "Accept-Language", "content", VERSION]
            ),
            st.one_of(st.sampled_from(ODD_VALUES), WEIRD_TEXT, WEIRD.map(json.dumps), MEDIA_TYPES),
        ),
        max_size=6,
    ).map(lambda fields: urlencode(fields).encode()),
)


def run(door: Door, attempts: st.SearchStrategy[Attempt], seconds: float) -> None:
    """Try some hundred attempts; with `seconds`, others again and again until the time is up."""

    def make(examples: int) -> Callable[[], None]:
        @settings(max_examples=examples)
        @given(attempts)
        def attempt_is_answered_clearly(attempt: Attempt) -> None:
            assert door.fault(attempt) == ""

        return attempt_is_answered_clearly

    deadline = time.monotonic() + seconds
    make(EXAMPLES)()
    for number in _rounds():
        if time.monotonic() > deadline:
            return
        again = make(EXAMPLES)
        seed(number)(again)()


def _rounds() -> Iterator[int]:
    return itertools.count(time.time_ns())


def test_any_bytes_as_statements(door: Door, fuzz_seconds: float) -> None:
    run(door, STATEMENTS, fuzz_seconds)


def test_any_change_of_good_statements(door: Door, fuzz_seconds: float) -> None:
    run(door, CHANGED, fuzz_seconds)


def test_any_json_at_any_resource(door: Door, fuzz_seconds: float) -> None:
    run(door, JSON_ANYWHERE, fuzz_seconds)


def test_any_method_header_and_parameter(door: Door, fuzz_seconds: float) -> None:
    run(door, ANYTHING, fuzz_seconds)


def test_any_form_of_the_alternate_syntax(door: Door, fuzz_seconds: float) -> None:
    run(door, FORMS, fuzz_seconds)
