"""HEAD, Consistent-Through, version and content type of answers (1.0.3 Communication 1.1, 2.1.3 and 3.3)."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from lms_bridge import clock
from tests.web.xapi.lrs import CONSISTENT, COURSES, VERBS, VERSION, Caller, Lrs, mail_of, statement
from tests.web.xapi.places import ACTIVITY_PROFILE, AGENT_PROFILE, STATE, place, put
from tests.web.xapi.requirements.cases import VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)
# What tells of the moment, not of the resource.
_OF_THE_MOMENT = {"Date", CONSISTENT}


def _questions(statement_id: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("statements", {}),
        ("statements", {"statementId": statement_id}),
        ("statements", {"statementId": statement_id, "attachments": "true"}),
        ("statements", {"verb": f"{VERBS}completed", "format": "canonical", "limit": "1"}),
        ("activities", {"activityId": f"{COURSES}excel"}),
        ("agents", {"agent": mail_of("ada")}),
        (STATE, place(STATE)),
        (STATE, place(STATE, None)),
        (AGENT_PROFILE, place(AGENT_PROFILE)),
        (AGENT_PROFILE, place(AGENT_PROFILE, None)),
        (ACTIVITY_PROFILE, place(ACTIVITY_PROFILE)),
        (ACTIVITY_PROFILE, place(ACTIVITY_PROFILE, None)),
        ("about", {}),
        # Refusals are the same too.
        ("statements", {"foo": "bar"}),
        ("statements", {"statementId": str(uuid.uuid4())}),
        ("activities", {}),
        (STATE, place(STATE, "missing")),
        ("nothing", {}),
    ]


@pytest.mark.xapi("XAPI-00125", "XAPI-00126")
@both
def test_head_answers_as_get_does_without_a_body(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    (one,) = caller.post(statement())
    for resource in (STATE, AGENT_PROFILE, ACTIVITY_PROFILE):
        assert put(caller, resource, {"a": 1}, **{"If-None-Match": "*"}).status_code == 204
    for path, query in _questions(one):
        get, head = (caller.request(method, path, query=query) for method in ("GET", "HEAD"))
        assert (head.status_code, head.data) == (get.status_code, b""), path
        assert get.data
        told = [
            {name: value for name, value in answer.headers.items() if name not in _OF_THE_MOMENT}
            for answer in (get, head)
        ]
        assert told[0] == told[1], path
        assert (CONSISTENT in get.headers) == (CONSISTENT in head.headers) == path.startswith("statements")


@pytest.mark.xapi("XAPI-00126")
def test_head_is_refused_where_get_is(lrs: Lrs) -> None:
    writer = lrs.source("writer", scopes=["statements/write"])
    assert writer.request("HEAD", "statements").status_code == 403
    assert writer.request("HEAD", "statements", headers={"Authorization": None}).status_code == 401
    assert writer.request("HEAD", "statements", headers={VERSION: None}).status_code == 400


@pytest.mark.xapi("XAPI-00153", "XAPI-00160")
@both
def test_consistent_through_is_a_timestamp_on_every_answer_of_statements(
    moodle: Caller, version: str
) -> None:
    caller = moodle.speaking(version)
    one = statement()
    answers = [
        caller.get(),
        caller.send("POST", "statements", one),
        caller.get(statementId=one["id"]),
        caller.get(statementId=one["id"], format="ids"),
        caller.get(verb=f"{VERBS}never"),
        caller.get(limit=1, ascending="true"),
        caller.get(statementId=str(uuid.uuid4())),
        caller.get(foo="bar"),
        caller.get(since="yesterday"),
        caller.request("GET", "statements", headers={"Authorization": None}),
        caller.request("GET", "statements", headers={VERSION: None}),
        caller.request("HEAD", "statements"),
    ]
    assert {answer.status_code for answer in answers} == {200, 400, 401, 404}
    for answer in answers:
        text = answer.headers[CONSISTENT]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", text)
        assert datetime.fromisoformat(text) <= clock.now() + timedelta(seconds=1)


@pytest.mark.xapi("XAPI-00153")
@both
def test_consistent_through_reaches_every_statement_of_the_answer(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for _ in range(5):
        caller.post(statement(), statement())
        answer = caller.get()
        stored = max(one["stored"] for one in answer.json["statements"])
        through = datetime.fromisoformat(answer.headers[CONSISTENT])
        assert through >= datetime.fromisoformat(stored)


@pytest.mark.xapi("XAPI-00165")
@both
def test_an_answer_of_statements_says_what_it_is(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    (one,) = caller.post(statement())
    for query in (
        {},
        {"ascending": "true"},
        {"statementId": one},
        {"format": "ids"},
        {"attachments": "false"},
    ):
        assert caller.get(**query).headers["Content-Type"] == "application/json"
    for query in ({"attachments": "true"}, {"statementId": one, "attachments": "true"}):
        assert re.match(r"multipart/mixed; boundary=\S+$", caller.get(**query).headers["Content-Type"])
    assert caller.get(foo="bar").headers["Content-Type"] == "application/problem+json"


@pytest.mark.xapi("XAPI-00333")
@both
def test_every_answer_says_its_version(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    (one,) = caller.post(statement())
    answers = [caller.request("GET", path, query=query) for path, query in _questions(one)]
    answers += [caller.send("POST", "statements", statement()), caller.send("POST", "statements", {})]
    other = statement()
    answers += [caller.send("PUT", "statements", other, query={"statementId": other["id"]})]
    answers += [put(caller, STATE, 1), caller.request("DELETE", STATE, query=place(STATE))]
    assert {answer.headers[VERSION] for answer in answers} == {version}
