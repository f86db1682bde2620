"""Formats of answers, languages, and canonical definitions."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi import formats
from lms_bridge.xapi.versions import Version
from tests.xapi.builders import ADA, BO, COURSE, PASSED, statement, substatement

TEAM = {"objectType": "Group", "name": "Team", "mbox": "mailto:team@example.com", "member": [ADA, BO]}
CREW = {"objectType": "Group", "name": "Crew", "member": [ADA, BO]}


def _ids(value: dict[str, Any]) -> Any:
    return orjson.loads(formats.as_ids(orjson.dumps(value)))


def test_xapi_00171_ids_keep_identifiers_alone() -> None:
    activity = {"objectType": "Activity", "id": COURSE, "definition": {"name": {"en": "x"}}}
    found = _ids(
        substatement(actor=TEAM, object=activity)
        | {
            "actor": ADA,
            "authority": BO | {"name": "LMS"},
            "context": {"instructor": CREW, "team": TEAM, "contextActivities": {"other": [activity]}},
        }
    )
    assert found["actor"] == {"objectType": "Agent", "mbox": ADA["mbox"]}
    assert found["authority"] == BO
    assert found["verb"] == {"id": PASSED}
    assert found["object"]["actor"] == {"objectType": "Group", "mbox": "mailto:team@example.com"}
    assert found["object"]["object"] == {"id": COURSE}
    assert found["context"]["contextActivities"] == {"other": [{"id": COURSE}]}
    members = [{"objectType": "Agent", "mbox": ADA["mbox"]}, BO]
    assert found["context"]["instructor"] == {"objectType": "Group", "member": members}


def test_ids_keep_kind_of_object_agents_and_context_agents() -> None:
    context = {"contextAgents": [{"objectType": "contextAgent", "agent": ADA}]}
    found = _ids(statement(object=ADA, context=context))
    assert found["object"] == {"objectType": "Agent", "mbox": ADA["mbox"]}
    assert found["context"]["contextAgents"][0]["agent"] == found["object"]


def test_formats_keep_the_digits_of_numbers() -> None:
    body = orjson.dumps(statement(result={"score": {"raw": 0.25}})).replace(
        b"0.25", b"0.2500000000000000000001"
    )
    assert b"0.2500000000000000000001" in formats.as_ids(body)
    assert b"0.2500000000000000000001" in formats.as_canonical(body, (), {})


def test_canonical_takes_the_merged_definition_in_one_language() -> None:
    merged = {
        "name": {"en": "Course", "de": "Kurs"},
        "description": {"fr": "Cours"},
        "type": "http://x.y/course",
        "choices": [{"id": "a", "description": {"en": "A", "de": "Ä"}}],
        "extensions": {"http://x.y/map": {"en": 1, "de": 2}},
    }
    value = substatement(context={"contextActivities": {"parent": [{"id": COURSE}]}})
    value["verb"]["display"] = value["object"]["verb"]["display"] = {"en": "passed", "de-AT": "bestanden"}
    document = formats.as_canonical(orjson.dumps(value), ("de",), {COURSE: orjson.dumps(merged)})
    found = orjson.loads(document)
    expected = merged | {"name": {"de": "Kurs"}, "choices": [{"id": "a", "description": {"de": "Ä"}}]}
    assert found["verb"]["display"] == found["object"]["verb"]["display"] == {"de-AT": "bestanden"}
    assert found["object"]["object"]["definition"] == expected
    assert found["object"]["context"]["contextActivities"]["parent"][0]["definition"] == expected
    assert found["actor"] == ADA


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        (None, ()),
        ("", ()),
        ("en-GB", ("en-gb",)),
        ("da, en-gb;q=0.8, en;q=0.7", ("da", "en-gb", "en")),
        ("en;q=0.2,de ; q=0.9,*;q=0.1", ("de", "en", "*")),
        ("en;q=0,de", ("de",)),
        ("!!,en;q=x,fr", ("fr",)),
    ],
)
def test_accept_language_is_ranked(header: str | None, ranges: tuple[str, ...]) -> None:
    assert formats.preferred_languages(header) == ranges


@pytest.mark.parametrize(
    ("tags", "header", "best"),
    [
        (["en-US", "en-GB"], "en-GB", "en-GB"),
        (["en-US", "de"], "en", "en-US"),
        (["fr", "en"], "en-GB", "en"),
        (["fr", "en-US"], "en-GB", "en-US"),
        (["fr", "de"], "ja, de;q=0.1", "de"),
        (["fr", "de"], "ja", "fr"),
        (["fr", "de"], "*", "fr"),
        (["DE"], "de", "DE"),
    ],
)
def test_the_best_language_is_chosen(tags: list[str], header: str, best: str) -> None:
    assert formats.best_language(tags, formats.preferred_languages(header)) == best


@given(st.text())
def test_reading_accept_language_never_raises(header: str) -> None:
    formats.preferred_languages(header)


def test_a_1_0_3_reader_gets_no_2_0_property() -> None:
    context = {"contextAgents": [], "contextGroups": [], "platform": "x"}
    value = substatement(context=context) | {"context": context, "version": "2.0.0"}
    found = orjson.loads(formats.for_version(orjson.dumps(value), Version.V1_0_3))
    assert found["context"] == found["object"]["context"] == {"platform": "x"}
    assert found["version"] == "1.0.0"


def test_nothing_else_is_changed_for_a_version() -> None:
    text = rb'{"version" : "1.0.3","result":{"response":"contextAgents \u00e9 2.0"}}'
    assert formats.for_version(text, Version.V1_0_3) is text
    other = b'{"version":"2.0.0","context":{"contextAgents":[]}}'
    assert formats.for_version(other, Version.V2_0_0) is other


def test_xapi_00254_definitions_merge_across_statements() -> None:
    old = b'{"name":{"en":"Old","de":"Alt"},"type":"http://x.y/a","extensions":{"http://x.y/n":1.10}}'
    new = b'{"name":{"en":"New","fr":"Neuf"},"moreInfo":"http://x.y","extensions":{"http://x.y/m":2.50}}'
    assert formats.merge_definitions(None, new) == new
    merged = formats.merge_definitions(old, new)
    assert b"1.10" in merged
    assert orjson.loads(merged) == {
        "name": {"en": "New", "de": "Alt", "fr": "Neuf"},
        "type": "http://x.y/a",
        "moreInfo": "http://x.y",
        "extensions": {"http://x.y/n": 1.1, "http://x.y/m": 2.5},
    }
    assert formats.merge_definitions(merged, new) == merged


def test_activity_and_result_documents() -> None:
    assert orjson.loads(formats.activity_document(COURSE, None)) == {"objectType": "Activity", "id": COURSE}
    assert orjson.loads(formats.activity_document(COURSE, b'{"type":"x:y"}'))["definition"] == {"type": "x:y"}
    assert formats.statement_result([b"{}", b"{}"], "/x?a=1") == b'{"statements":[{},{}],"more":"/x?a=1"}'
    assert formats.statement_result([], "") == b'{"statements":[],"more":""}'
