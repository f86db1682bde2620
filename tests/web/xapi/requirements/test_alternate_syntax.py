"""The alternate request syntax of 1.0.3, which 2.0 refuses (1.0.3 Communication 1.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.web.xapi.lrs import (
    CONSISTENT,
    COURSES,
    VERBS,
    VERSION,
    Answer,
    Caller,
    ask,
    basic,
    mail_of,
    statement,
)
from tests.web.xapi.places import RESOURCES, STATE, place
from tests.web.xapi.requirements.cases import UUID

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form(
    caller: Caller,
    method: str,
    path: str,
    fields: Mapping[str, Any],
    *,
    extra: str = "",
    version: str = "1.0.3",
) -> Answer:
    """POST a form to `?method=…` that holds credentials, version and everything else."""
    key = basic(caller.source.key, caller.source.secret)
    body = urlencode({"Authorization": key, VERSION: version, **fields}).encode()
    return ask(caller.app, "POST", f"/xapi/{path}?method={method}{extra}", body, FORM)


@pytest.mark.xapi("XAPI-00148", "XAPI-00336")
def test_a_get_in_a_form_is_answered_as_a_get(moodle: Caller) -> None:
    ids = moodle.post_each(statement(), statement("bo"))
    for query in ({}, {"limit": "1"}, {"agent": mail_of("ada")}, {"statementId": ids[0]}):
        answer = form(moodle, "GET", "statements", query)
        assert (answer.status_code, answer.json.keys()) == (200, moodle.get(**query).json.keys())
        if "statements" in answer.json:
            assert [one["id"] for one in answer.json["statements"]] == moodle.ids(**query)
        assert CONSISTENT in answer.headers
    assert form(moodle, "HEAD", "statements", {}).status_code == 200


@pytest.mark.xapi("XAPI-00336")
def test_put_and_post_of_statements_take_their_body_from_the_form(moodle: Caller) -> None:
    one, two = statement(), statement("bo", result={"response": "a&b=c+d é"})
    put = form(moodle, "PUT", "statements", {"statementId": one["id"], "content": json.dumps(one)})
    post = form(
        moodle, "POST", "statements", {"content": json.dumps([two]), "Content-Type": "application/json"}
    )
    assert (put.status_code, post.status_code, post.json) == (204, 200, [two["id"]])
    assert moodle.get(statementId=two["id"]).json["result"]["response"] == "a&b=c+d é"


@pytest.mark.xapi("XAPI-00336")
@pytest.mark.parametrize("resource", RESOURCES)
def test_documents_are_written_read_and_deleted_through_forms(moodle: Caller, resource: str) -> None:
    at = place(resource)
    content = {"content": '{"a": 1}', "Content-Type": "application/json", "If-None-Match": "*"}
    assert form(moodle, "PUT", resource, at | content).status_code == 204
    assert form(moodle, "PUT", resource, at | content).status_code == 412
    found = form(moodle, "GET", resource, at)
    assert (found.status_code, found.data) == (200, b'{"a": 1}')
    merged = at | {
        "content": '{"b": 2}',
        "Content-Type": "application/json",
        "If-Match": found.headers["ETag"],
    }
    assert form(moodle, "POST", resource, merged).status_code == 204
    assert form(moodle, "GET", resource, at).json == {"a": 1, "b": 2}
    assert form(moodle, "DELETE", resource, at).status_code == 204
    assert form(moodle, "GET", resource, at).status_code == 404


@pytest.mark.xapi("XAPI-00336")
def test_the_other_resources_are_read_through_forms(moodle: Caller) -> None:
    assert form(moodle, "GET", "activities", {"activityId": f"{COURSES}x"}).json["id"] == f"{COURSES}x"
    assert form(moodle, "GET", "agents", {"agent": mail_of("ada")}).json["objectType"] == "Person"


@pytest.mark.xapi("XAPI-00336")
def test_a_form_that_breaks_the_syntax_is_refused(moodle: Caller) -> None:
    content = {"content": json.dumps(statement())}
    refused = [
        form(moodle, "POST", "statements", content, extra="&foo=bar"),
        form(moodle, "PUT", "statements", content, extra=f"&statementId={UUID}"),
        form(moodle, "POST", "statements", {}),
        form(moodle, "PUT", STATE, place(STATE)),
        form(moodle, "PATCH", "statements", content),
        form(moodle, "POST", "statements", content, version="0.8"),
        form(moodle, "POST", "statements", content, version=""),
        form(moodle, "POST", "statements", content | {"foo": "bar"}),
        form(moodle, "GET", "statements", {"verb": "passed"}),
        moodle.request("PUT", "statements", query={"method": "POST"}, body=b"{}"),
        moodle.request("GET", "statements", query={"method": "GET"}),
    ]
    assert [answer.status_code for answer in refused] == [400] * len(refused)
    wrong = {"Authorization": basic(moodle.source.key, "wrong")}
    assert form(moodle, "POST", "statements", content | wrong).status_code == 401
    assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00336")
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_2_0_refuses_every_method_in_a_form(moodle: Caller, method: str) -> None:
    one = statement()
    fields = {"content": json.dumps(one)} | ({"statementId": one["id"]} if method == "PUT" else {})
    assert form(moodle, method, "statements", fields, version="2.0.0").status_code in range(400, 500)
    key = basic(moodle.source.key, moodle.source.secret)
    headers = FORM | {"Authorization": key, VERSION: "2.0.0"}
    address = f"/xapi/statements?method={method}"
    for body in (urlencode(fields).encode(), urlencode(fields | {VERSION: "1.0.3"}).encode()):
        assert ask(moodle.app, "POST", address, body, headers).status_code in range(400, 500)
    assert moodle.ids(verb=f"{VERBS}completed") == []
