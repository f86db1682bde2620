"""Objects: Activities with their interactions, Agents, SubStatements, StatementRefs (1.0.3 Data 2.4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.xapi.lrs import COURSES, Caller, activity, agent, reference, statement
from tests.web.xapi.requirements.cases import (
    ABSENT,
    UUID,
    VERSIONS,
    all_refused,
    at,
    is_taken,
    nested,
    refusal,
    spoiled,
    whole,
)

both = pytest.mark.parametrize("version", VERSIONS)
COMPONENT = {"id": "a", "description": {"en": "A"}}


def with_object(thing: Any, version: str) -> list[dict[str, Any]]:
    """Return two statements about `thing`: as the object itself, and as that of a SubStatement."""
    plain = {key: value for key, value in statement().items() if key not in {"id", "object"}}
    inner = {"objectType": "SubStatement", **plain, "object": thing}
    return [{**plain, "object": thing}, {**plain, "object": inner}]


def with_definition(definition: Any, version: str) -> list[dict[str, Any]]:
    """Return statements with a definition: of the object, of a SubStatement's object and of a context activity."""
    thing = activity("x") | {"definition": definition}
    plain = {key: value for key, value in statement().items() if key != "id"}
    in_context = {**plain, "context": {"contextActivities": {"category": [thing]}}}
    return [*with_object(thing, version), in_context]


@pytest.mark.xapi("XAPI-00046")
@both
def test_the_kind_of_an_object_is_one_of_five(moodle: Caller, version: str) -> None:
    for kind in ("activity", "ACTIVITY", "Course", "", "Statement", "statementRef", "GroupActivity"):
        thing = activity("x") | {"objectType": kind}
        assert all_refused(moodle, "XAPI-00046", with_object(thing, version), version)
    group = {"objectType": "Group", "member": [agent("bo")]}
    for good in (activity("x"), {"id": f"{COURSES}x"}, agent("bo"), group, reference(UUID)):
        assert is_taken(moodle, *with_object(good, version), version=version)
    assert is_taken(moodle, nested(version), version=version)


# Number, and a wrong value of an activity.
_NO_ACTIVITIES: list[tuple[str, dict[str, Any]]] = [
    ("XAPI-00047", {}),
    ("XAPI-00047", {"objectType": "Activity"}),
    ("XAPI-00047", {"id": "excel"}),
    ("XAPI-00047", {"id": ""}),
    ("XAPI-00047", {"id": 7}),
    ("XAPI-00047", {"id": {"iri": f"{COURSES}x"}}),
    ("XAPI-00048", {"id": f"{COURSES}x", "definition": "x"}),
    ("XAPI-00048", {"id": f"{COURSES}x", "definition": ["x"]}),
    ("XAPI-00048", {"id": f"{COURSES}x", "definition": 1}),
]


@pytest.mark.xapi("XAPI-00047", "XAPI-00048")
@both
def test_an_activity_has_an_iri_and_its_definition_is_an_object(moodle: Caller, version: str) -> None:
    for number, thing in _NO_ACTIVITIES:
        assert all_refused(moodle, number, with_object(thing, version), version)


_NO_DEFINITIONS: list[tuple[str, dict[str, Any]]] = [
    ("XAPI-00056", {"name": "Excel"}),
    ("XAPI-00056", {"name": 1}),
    ("XAPI-00056", {"name": {"en": 1}}),
    ("XAPI-00057", {"extensions": "x"}),
    ("XAPI-00057", {"extensions": ["https://example.com/e"]}),
    ("XAPI-00118", {"extensions": {"e": 1}}),
    ("XAPI-00059", {"description": "Excel"}),
    ("XAPI-00059", {"description": ["Excel"]}),
    ("XAPI-00059", {"description": {"en": None, "de": 1}}),
    ("XAPI-00060", {"type": "course"}),
    ("XAPI-00060", {"type": 1}),
    ("XAPI-00061", {"moreInfo": "more"}),
    ("XAPI-00061", {"moreInfo": ["https://example.com"]}),
    ("XAPI-00010", {"colour": "red"}),
]


@pytest.mark.xapi("XAPI-00056", "XAPI-00057", "XAPI-00059", "XAPI-00060", "XAPI-00061")
@both
def test_the_properties_of_a_definition_have_their_types(moodle: Caller, version: str) -> None:
    for number, definition in _NO_DEFINITIONS:
        assert all_refused(moodle, number, with_definition(definition, version), version)
    assert is_taken(moodle, *with_definition({"extensions": {}, "name": {}}, version), version=version)


_KINDS = [
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric",
    "other",
]  # fmt: skip


@pytest.mark.xapi("XAPI-00049")
@both
def test_an_interaction_is_of_one_of_ten_types(moodle: Caller, version: str) -> None:
    for kind in _KINDS:
        assert is_taken(moodle, *with_definition({"interactionType": kind}, version), version=version)
    wrongs: list[Any] = [
        "guess",
        "",
        "true_false",
        "https://example.com/choice",
        1,
        {"choice": 1},
        ["choice"],
        True,
    ]
    for wrong in wrongs:
        sent = with_definition({"interactionType": wrong}, version)
        assert all_refused(moodle, "XAPI-00049", sent, version)


# The list of an interaction, the type it goes with, and its number.
_LISTS = [
    ("XAPI-00051", "steps", "performance"),
    ("XAPI-00052", "target", "matching"),
    ("XAPI-00053", "source", "matching"),
    ("XAPI-00054", "scale", "likert"),
    ("XAPI-00055", "choices", "choice"),
]
_NO_COMPONENTS: list[tuple[str, Any]] = [
    ("XAPI-00063", "a"),
    ("XAPI-00063", 1),
    ("XAPI-00063", ["a"]),
    ("XAPI-00058", {}),
    ("XAPI-00058", {"description": {"en": "A"}}),
    ("XAPI-00058", {"id": 1}),
    ("XAPI-00058", {"id": ["a"]}),
    ("XAPI-00062", {"id": "b", "description": "B"}),
    ("XAPI-00062", {"id": "b", "description": 1}),
    ("XAPI-00062", {"id": "b", "description": {"en": 1}}),
    ("XAPI-00121", {"id": "b", "description": {"a12345678": "B"}}),
    ("XAPI-00010", {"id": "b", "name": "B"}),
]


@pytest.mark.xapi("XAPI-00051 to XAPI-00055", "XAPI-00058", "XAPI-00062", "XAPI-00063")
@both
def test_each_list_of_an_interaction_holds_components_of_distinct_ids(moodle: Caller, version: str) -> None:
    for number, name, kind in _LISTS:
        for wrong in ("a", {"id": "a"}, 1, True):
            sent = with_definition({"interactionType": kind, name: wrong}, version)
            assert all_refused(moodle, number, sent, version)
        twice = with_definition({"interactionType": kind, name: [COMPONENT, {"id": "b"}, COMPONENT]}, version)
        assert all_refused(moodle, "XAPI-00058", twice, version)
        for broken, component in _NO_COMPONENTS:
            sent = with_definition({"interactionType": kind, name: [COMPONENT, component]}, version)
            assert all_refused(moodle, broken, sent, version)
        good = with_definition({"interactionType": kind, name: [COMPONENT, {"id": "b"}]}, version)
        assert is_taken(moodle, *good, version=version)


@pytest.mark.xapi("XAPI-00050")
@both
def test_response_patterns_are_an_array_of_strings(moodle: Caller, version: str) -> None:
    for wrong in ("a", {"a": 1}, 1, [1], ["a", {}], [["a"]], [True]):
        sent = with_definition({"interactionType": "choice", "correctResponsesPattern": wrong}, version)
        assert all_refused(moodle, "XAPI-00050", sent, version)
    for good in ([], ["a", "b[,]c"], [""]):
        sent = with_definition({"interactionType": "choice", "correctResponsesPattern": good}, version)
        assert is_taken(moodle, *sent, version=version)


@pytest.mark.xapi("XAPI-00064")
@both
def test_parts_of_an_interaction_need_its_type(moodle: Caller, version: str) -> None:
    assert all_refused(
        moodle, "XAPI-00064", with_definition({"correctResponsesPattern": ["a"]}, version), version
    )
    for _, name, _ in _LISTS:
        assert all_refused(moodle, "XAPI-00064", with_definition({name: [COMPONENT]}, version), version)


@pytest.mark.xapi("XAPI-00065")
@both
def test_an_agent_or_group_as_object_says_so(moodle: Caller, version: str) -> None:
    account = {"homePage": "https://lms.example.com", "name": "bo"}
    actors: list[dict[str, Any]] = [
        {"mbox": "mailto:bo@example.com"},
        {"account": account},
        {"openid": "https://bo.example.com"},
        {"member": [agent("bo")]},
    ]
    for actor in actors:
        assert all_refused(moodle, "XAPI-00065", with_object(actor, version), version)
    for one in with_object({"mbox_sha1sum": "ab" * 20}, version):
        assert refusal(moodle, one, version)


@pytest.mark.xapi("XAPI-00066")
@both
def test_a_substatement_is_held_to_the_rules_of_statements(moodle: Caller, version: str) -> None:
    broken: list[tuple[str, str, Any]] = [
        ("XAPI-00003", "actor", ABSENT),
        ("XAPI-00004", "verb", ABSENT),
        ("XAPI-00005", "object", ABSENT),
        ("XAPI-00022", "timestamp", "yesterday"),
        ("XAPI-00034", "actor", {"name": "Ada"}),
        ("XAPI-00044", "verb.id", "answered"),
        ("XAPI-00047", "object.id", "quiz"),
        ("XAPI-00083", "result.score.scaled", 1.5),
        ("XAPI-00091", "context.language", "de_AT"),
        ("XAPI-00107", "attachments.0.usageType", "usage"),
        ("XAPI-00001", "result.response", None),
        ("XAPI-00008", "Result", {}),
        ("XAPI-00010", "colour", "red"),
    ]
    for number, path, value in broken:
        one = spoiled(nested(version), ("object", *at(path)), value)
        assert number in refusal(moodle, one, version), path
    assert is_taken(moodle, nested(version), version=version)
    for thing in (agent("bo"), {"objectType": "Group", "member": [agent("bo")]}, reference(UUID)):
        one = spoiled(nested(version), ("object", "object"), thing)
        for name in ("revision", "platform"):
            one = spoiled(one, ("object", "context", name), ABSENT)
        assert is_taken(moodle, one, version=version)


# What a SubStatement must not have, each by its number.
_NOT_INSIDE: list[tuple[str, str, Any]] = [
    ("XAPI-00067", "authority", agent("bo")),
    ("XAPI-00068", "version", "1.0.0"),
    ("XAPI-00069", "stored", "2026-05-04T09:30:00.000Z"),
    ("XAPI-00070", "id", UUID),
]


@pytest.mark.xapi("XAPI-00067 to XAPI-00070")
@both
def test_what_the_lrs_sets_stands_in_no_substatement(moodle: Caller, version: str) -> None:
    for number, name, value in _NOT_INSIDE:
        assert refusal(moodle, spoiled(nested(version), ("object", name), value), version) == {number}
        assert is_taken(moodle, whole(version) | {name: value}, version=version)


@pytest.mark.xapi("XAPI-00071")
@both
def test_substatements_are_not_nested(moodle: Caller, version: str) -> None:
    inner = nested(version)["object"]
    assert "XAPI-00071" in refusal(moodle, spoiled(nested(version), ("object", "object"), inner), version)


@pytest.mark.xapi("XAPI-00072", "XAPI-00073")
@both
def test_a_reference_says_its_kind_and_names_a_uuid(moodle: Caller, version: str) -> None:
    wrongs: list[Any] = [ABSENT, "x", "", 1, {}, f"{UUID}0"]
    for wrong in wrongs:
        thing = spoiled(reference(UUID), ("id",), wrong)
        assert all_refused(moodle, "XAPI-00072", with_object(thing, version), version)
    without = {"id": UUID}
    for one in with_object(without, version):
        assert refusal(moodle, one, version)
    assert all_refused(
        moodle, "XAPI-00073", [spoiled(whole(version), at("context.statement"), without)], version
    )
    nameless = spoiled(nested(version), ("object", "objectType"), ABSENT)
    assert refusal(moodle, nameless, version)
    assert moodle.ids() == []
