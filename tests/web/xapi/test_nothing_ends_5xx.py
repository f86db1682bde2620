"""Whatever is sent, the answer is a success or a clear 4xx, with problem+json and the version; never a 5xx."""

from __future__ import annotations

import copy
import json
import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.xapi.lrs import VERSION, Answer, Caller, agent
from tests.web.xapi.weird import BASE, WEIRD, WEIRD_TEXT, places

OPEN = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def is_clear(answer: Answer, *taken: int) -> None:
    assert answer.status_code in {*taken, 400, 404, 409, 412, 413}, answer.text
    assert VERSION in answer.headers
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["detail"]


@OPEN
@given(st.data())
def test_any_change_of_a_statement(moodle: Caller, data: st.DataObject) -> None:
    one = copy.deepcopy(BASE) | {"id": str(uuid.uuid4())}
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(one)))
        holder = one
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = data.draw(WEIRD)
    is_clear(moodle.send("POST", "statements", [one]), 200)
    is_clear(moodle.get(limit=3, format="canonical"), 200)


@OPEN
@given(
    body=st.binary(max_size=200),
    content_type=st.sampled_from(["application/json", "multipart/mixed; boundary=x"]),
)
def test_any_bytes(moodle: Caller, body: bytes, content_type: str) -> None:
    for sent in (body, b"--x\r\nContent-Type: application/json\r\n\r\n" + body + b"\r\n--x--"):
        answer = moodle.request("POST", "statements", body=sent, headers={"Content-Type": content_type})
        # Bytes are no statement by chance; an empty batch is one that stores nothing.
        is_clear(answer, *((200,) if answer.text == "[]" else ()))


@OPEN
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *(
                    "statementId",
                    "voidedStatementId",
                    "agent",
                    "verb",
                    "activity",
                    "registration",
                    "since",
                    "until",
                ),
                *(
                    "limit",
                    "format",
                    "attachments",
                    "ascending",
                    "related_agents",
                    "related_activities",
                    "cursor",
                ),
            ]
        ),
        st.one_of(
            WEIRD_TEXT,
            WEIRD.map(json.dumps),
            st.sampled_from(
                ["true", "0", "1", "ids", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "999999999"]
            ),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_any_query(moodle: Caller, query: dict[str, str]) -> None:
    is_clear(moodle.get(**query), 200)


@OPEN
@given(
    resource=st.sampled_from(
        ["activities/state", "activities/profile", "agents/profile", "agents", "activities"]
    ),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    document_id=WEIRD_TEXT,
    tag=st.sampled_from(["*", '"x"', "", "W/", ",", "é"]),
    body=st.one_of(st.binary(max_size=30), WEIRD.map(lambda value: json.dumps(value).encode())),
    content_type=st.sampled_from(["application/json", "text/plain; charset=é", "", "x"]),
)
def test_any_document(
    moodle: Caller, resource: str, method: str, document_id: str, tag: str, body: bytes, content_type: str
) -> None:
    query: dict[str, str] = {}
    if resource.startswith("activities"):
        query["activityId"] = "https://example.com/a"
    if resource in {"activities/state", "agents/profile", "agents"}:
        query["agent"] = json.dumps(agent("ada"))
    if "/" in resource:
        query["stateId" if resource.endswith("state") else "profileId"] = document_id
    headers = {"Content-Type": content_type, "If-None-Match": tag}
    answer = moodle.request(method, resource, query=query, body=body, headers=headers)
    if answer.status_code == 405:
        return
    is_clear(answer, 200, 204)
