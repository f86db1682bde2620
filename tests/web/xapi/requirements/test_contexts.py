"""Contexts (1.0.3 Data 2.4.6; contextAgents and contextGroups of 2.0)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.xapi.lrs import Caller, activity, agent, reference, statement
from tests.web.xapi.requirements.cases import (
    ABSENT,
    UUID,
    VERSIONS,
    all_refused,
    is_taken,
    nested,
    refusal,
    spoiled,
    whole,
)

both = pytest.mark.parametrize("version", VERSIONS)
GROUP = {"objectType": "Group", "member": [agent("bo")]}

# Number, property of the context, and values that break it.
_NO_CONTEXTS: list[tuple[str, str, list[Any]]] = [
    ("XAPI-00086", "contextActivities", ["x", 1, [activity("x")], True]),
    ("XAPI-00087-1", "registration", ["", "x", 1, {}, f"{UUID}0"]),
    ("XAPI-00087-2", "instructor", ["bo", 1, [agent("bo")]]),
    ("XAPI-00034", "instructor", [{}, {"name": "Bo"}]),
    ("XAPI-00088", "team", ["payroll", 1, [GROUP]]),
    ("XAPI-00089", "revision", [1, True, {}, ["7"]]),
    ("XAPI-00090", "platform", [1, True, {}, ["Moodle"]]),
    ("XAPI-00091", "language", [1, {}, ["de"], "de_AT", "", "deutschland"]),
    ("XAPI-00092", "statement", [UUID, 1, [reference(UUID)]]),
    ("XAPI-00072", "statement", [{"objectType": "StatementRef"}, reference("x")]),
    ("XAPI-00073", "statement", [{"id": UUID}, reference(UUID) | {"objectType": "Statement"}]),
    (
        "XAPI-00093",
        "contextActivities",
        [{"sibling": [activity("x")]}, {"Parent": [activity("x")]}, {"": []}],
    ),
    ("XAPI-00094", "contextActivities", [{"other": ["x"]}, {"parent": 1}, {"grouping": [agent("bo")]}]),
    ("XAPI-00047", "contextActivities", [{"category": {}}, {"parent": [{"objectType": "Activity"}]}]),
    ("XAPI-00120", "extensions", ["x", 1, ["https://example.com/e"]]),
    ("XAPI-00118", "extensions", [{"e": 1}]),
]


def _with(name: str, value: Any, version: str) -> list[dict[str, Any]]:
    return [
        spoiled(whole(version), ("context", name), value),
        spoiled(nested(version), ("object", "context", name), value),
    ]


@pytest.mark.xapi("XAPI-00086 to XAPI-00094", "XAPI-00120")
@both
def test_the_properties_of_a_context_have_their_types(moodle: Caller, version: str) -> None:
    for number, name, values in _NO_CONTEXTS:
        sent = [one for value in values for one in _with(name, value, version)]
        assert all_refused(moodle, number, sent, version)
    good = [
        ("instructor", GROUP), ("team", GROUP | {"mbox": "mailto:team@example.com"}), ("contextActivities", {}),
        ("contextActivities", {"parent": [], "other": activity("x")}), ("revision", ""), ("platform", ""),
        ("extensions", {}), ("registration", UUID.upper()),
    ]  # fmt: skip
    sent = [one for name, value in good for one in _with(name, value, version)]
    assert is_taken(moodle, *sent, version=version)


@pytest.mark.xapi("XAPI-00084", "XAPI-00085")
@both
def test_revision_and_platform_stand_only_with_an_activity(moodle: Caller, version: str) -> None:
    others = [agent("bo"), GROUP, reference(UUID), nested(version)["object"]]
    for number, name in (("XAPI-00084", "revision"), ("XAPI-00085", "platform")):
        for thing in others:
            one = statement(thing=thing, context={name: "7"})
            assert number in refusal(moodle, one, version), thing
        for thing in others[:3]:
            inner = spoiled(nested(version), ("object", "object"), thing)
            found = refusal(moodle, spoiled(inner, ("object", "context"), {name: "7"}), version)
            assert found == {number}
        assert is_taken(moodle, statement(context={name: "7"}), version=version)


@pytest.mark.xapi("XAPI-00096")
@both
@pytest.mark.parametrize("form", ["exact", "ids", "canonical"])
def test_context_activities_come_back_in_arrays(moodle: Caller, version: str, form: str) -> None:
    caller = moodle.speaking(version)
    single = {key: activity(key) for key in ("parent", "grouping", "category", "other")}
    inner = {
        "objectType": "SubStatement",
        "actor": agent("bo"),
        "verb": {"id": "https://example.com/verbs/did"},
        "object": activity("x"),
        "context": {"contextActivities": single},
    }
    one, two = caller.post(statement(context={"contextActivities": single}), statement(thing=inner))
    for found in (
        caller.get(statementId=one, format=form).json["context"],
        caller.get(statementId=two, format=form).json["object"]["context"],
        caller.get(format=form, ascending="true").json["statements"][0]["context"],
    ):
        activities = found["contextActivities"]
        assert {key: [item["id"] for item in items] for key, items in activities.items()} == {
            key: [value["id"]] for key, value in single.items()
        }


# What breaks a rule of contextAgents, without a number of its own.
_NO_CONTEXT_AGENTS: list[tuple[str, Any]] = [
    ("", "x"),
    ("", {"objectType": "contextAgent", "agent": agent("bo")}),
    ("/0", ["x"]),
    ("/0/objectType", [{"agent": agent("bo")}]),
    ("/0/objectType", [{"objectType": "contextagent", "agent": agent("bo")}]),
    ("/0/objectType", [{"objectType": "Agent", "agent": agent("bo")}]),
    ("/0/agent", [{"objectType": "contextAgent"}]),
    ("/0/agent", [{"objectType": "contextAgent", "agent": {"name": "Bo"}}]),
    ("/0/agent/objectType", [{"objectType": "contextAgent", "agent": GROUP}]),
    ("/0/relevantTypes", [{"objectType": "contextAgent", "agent": agent("bo"), "relevantTypes": []}]),
    ("/0/relevantTypes", [{"objectType": "contextAgent", "agent": agent("bo"), "relevantTypes": "x"}]),
    ("/0/relevantTypes/0", [{"objectType": "contextAgent", "agent": agent("bo"), "relevantTypes": ["x"]}]),
    ("/0/extra", [{"objectType": "contextAgent", "agent": agent("bo"), "extra": 1}]),
]


def test_context_agents_and_groups_follow_their_rules_in_2_0(moodle: Caller) -> None:
    new = moodle.speaking("2.0.0")
    for pointer, value in _NO_CONTEXT_AGENTS:
        answer = new.send("POST", "statements", statement(context={"contextAgents": value}))
        assert answer.status_code == 400
        assert f"/context/contextAgents{pointer}" in {error["pointer"] for error in answer.json["errors"]}
    for wrong in ({"objectType": "contextGroup", "group": agent("bo")}, {"objectType": "contextGroup"}):
        assert refusal(moodle, statement(context={"contextGroups": [wrong]}), "2.0.0")
    assert refusal(moodle, whole("2.0.0"), "1.0.3") == {"XAPI-00010"}
    assert is_taken(moodle, whole("2.0.0"), nested("2.0.0"), version="2.0.0")
    bare = spoiled(whole("2.0.0"), ("context", "contextAgents", 0, "relevantTypes"), ABSENT)
    assert is_taken(moodle, bare, version="2.0.0")
