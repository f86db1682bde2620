"""Documents in a test: where they stand, and how one is written and read there."""

from __future__ import annotations

from typing import Any

from tests.web.xapi.lrs import COURSES, Answer, Caller, mail_of

STATE = "activities/state"
AGENT_PROFILE = "agents/profile"
ACTIVITY_PROFILE = "activities/profile"
RESOURCES = (STATE, AGENT_PROFILE, ACTIVITY_PROFILE)


def place(resource: str, document_id: str | None = "one", who: str = "ada") -> dict[str, Any]:
    query: dict[str, Any] = {}
    if resource != AGENT_PROFILE:
        query["activityId"] = f"{COURSES}excel"
    if resource != ACTIVITY_PROFILE:
        query["agent"] = mail_of(who)
    if document_id is not None:
        query["stateId" if resource == STATE else "profileId"] = document_id
    return query


def put(caller: Caller, resource: str, value: Any, document_id: str = "one", **headers: str) -> Answer:
    return caller.send("PUT", resource, value, query=place(resource, document_id), headers=headers)


def read(caller: Caller, resource: str, document_id: str = "one") -> Answer:
    return caller.request("GET", resource, query=place(resource, document_id))


def refused_parameters(answer: Answer) -> set[str]:
    """Return the parameters that a refusal names."""
    assert answer.status_code == 400, answer.text
    return {error["pointer"].partition("/")[0] for error in answer.json["errors"]}
