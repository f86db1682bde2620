"""Verbs (1.0.3 Data 2.4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.xapi.lrs import VERBS, Caller, statement
from tests.web.xapi.requirements.cases import VERSIONS, all_refused, is_taken, nested, spoiled, whole

both = pytest.mark.parametrize("version", VERSIONS)
_NO_IDS: list[Any] = [
    {},
    {"id": 1},
    {"id": "passed"},
    {"id": ""},
    {"id": "example.com/verbs/passed"},
    {"id": {}},
]
_NO_DISPLAYS: list[Any] = ["passed", 1, True, ["passed"], {"en": 1}, {"en": {"text": "passed"}}]


def _at_both_depths(verb: Any, version: str) -> list[dict[str, Any]]:
    return [spoiled(whole(version), ("verb",), verb), spoiled(nested(version), ("object", "verb"), verb)]


@pytest.mark.xapi("XAPI-00044")
@both
def test_a_verb_has_an_iri(moodle: Caller, version: str) -> None:
    for verb in _NO_IDS:
        assert all_refused(moodle, "XAPI-00044", _at_both_depths(verb, version), version)
    assert is_taken(moodle, *_at_both_depths({"id": "urn:example:verb"}, version), version=version)


@pytest.mark.xapi("XAPI-00045")
@both
def test_the_display_of_a_verb_is_a_language_map(moodle: Caller, version: str) -> None:
    for display in _NO_DISPLAYS:
        verb = {"id": f"{VERBS}passed", "display": display}
        assert all_refused(moodle, "XAPI-00045", _at_both_depths(verb, version), version)
    for display in ({}, {"en": "passed", "de": "bestanden"}, {"en": ""}):
        verb = {"id": f"{VERBS}passed", "display": display}
        assert is_taken(moodle, *_at_both_depths(verb, version), version=version)


@pytest.mark.xapi("XAPI-00004")
def test_a_verb_is_an_object(moodle: Caller) -> None:
    wrongs: list[Any] = ["passed", 1, [], [{"id": f"{VERBS}passed"}]]
    for verb in wrongs:
        one = statement()
        del one["id"]
        assert all_refused(moodle, "XAPI-00004", [one | {"verb": verb}])
