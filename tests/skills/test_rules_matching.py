"""Conditions on one statement, its learning object, its score, and aliases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lms_bridge.skills.catalogue import Alias, AliasView
from lms_bridge.skills.catalogue_files import plan_catalogue
from lms_bridge.skills.matching import explain, level_given, matches, meant_object
from lms_bridge.skills.records import LAUNCH_MODE, LearningRecord, Score, StoredStatement, read_record
from lms_bridge.skills.rules import rule_from
from lms_bridge.timelines import Key, Span, Timeline
from tests.evidence.builders import FAILED, PASSED, QUIZ, START, document, gives, on, record

NONE = AliasView.of([])


def holds(when: dict[str, Any], item: LearningRecord, aliases: AliasView = NONE, scale: str = "0..1") -> bool:
    rule = rule_from(document(when=when))
    found = matches(rule, item, aliases, scale)
    # What is decided in silence is what is explained clause by clause.
    assert found == all(clause.holds for clause in explain(rule, item, aliases, scale))
    return found


@pytest.mark.parametrize(
    ("when", "fields"),
    [
        ({"verb": PASSED}, {}),
        ({"verb": [FAILED, PASSED]}, {}),
        ({"verb": "http://adlnet.gov/expapi/verbs/*"}, {}),
        ({"activity": "re:^https://lms[.]example/quiz/[0-9]+$"}, {}),
        ({"source": "lms", "source_kind": ["totara", "moodle"]}, {}),
        ({"platform": "Moodle", "language": "de"}, {"platform": "Moodle", "language": "de"}),
        ({"activity_type": "urn:t:*"}, {"activity_type": "urn:t:quiz"}),
        ({"parent": "urn:p"}, {"parents": ("urn:x", "urn:p")}),
        ({"grouping": "urn:p"}, {"groupings": ("urn:p",)}),
        (
            {"category": "http://h5p.org/libraries/H5P.QuestionSet-*"},
            {"categories": ("http://h5p.org/libraries/H5P.QuestionSet-1.20",)},
        ),
        ({"not_launch_mode": ["Browse", "Review"]}, {"launch_mode": "Normal"}),
        ({"not_launch_mode": ["Browse", "Review"]}, {}),
        ({"completion": "not_false", "success": "not_false"}, {}),
        ({"completion": True, "success": False}, {"completion": True, "success": False}),
        ({"score_min": "0.7"}, {"score": "0.7"}),
        ({"duration_min": "PT30M"}, {"duration_seconds": 1800.0}),
        ({"duration_min": "P1DT1H"}, {"duration_seconds": 90_000.0}),
        ({"extension": {"urn:e": "Pass"}}, {"extensions": {"urn:e": "Pass"}}),
        ({"extension": {"urn:e": ["Pass", "Merit"]}}, {"extensions": {"urn:e": "Merit"}}),
        ({"extension": {"urn:e": 3}}, {"extensions": {"urn:e": 3}}),
        ({"extension": {"urn:e": "0.5"}}, {"extensions": {"urn:e": Decimal("0.50")}}),
        (
            {"extension": {"urn:e": {"b": 1, "a": [2]}}},
            {"extensions": {"urn:e": {"a": [Decimal("2.0")], "b": 1}}},
        ),
    ],
)
def test_a_condition_holds(when: dict[str, Any], fields: dict[str, Any]) -> None:
    assert holds(when, record(**fields))


@pytest.mark.parametrize(
    ("when", "fields"),
    [
        ({"verb": FAILED}, {}),
        ({"verb": PASSED, "activity": "https://lms.example/quiz"}, {}),
        ({"platform": "Moodle"}, {}),
        ({"parent": "urn:p"}, {"groupings": ("urn:p",)}),
        ({"not_launch_mode": ["Browse", "Review"]}, {"launch_mode": "Review"}),
        ({"completion": "not_false"}, {"completion": False}),
        ({"completion": True}, {}),
        ({"success": False}, {}),
        ({"score_min": "0.7"}, {"score": "0.69"}),
        ({"score_min": "0.7"}, {}),
        ({"score_min": "0"}, {}),
        ({"duration_min": "PT30M"}, {"duration_seconds": 1799.0}),
        ({"duration_min": "PT30M"}, {}),
        ({"extension": {"urn:e": 1}}, {"extensions": {"urn:e": True}}),
        ({"extension": {"urn:e": "Pass"}}, {"extensions": {"urn:e": "Fail"}}),
        ({"extension": {"urn:e": "Pass"}}, {}),
    ],
)
def test_a_condition_fails(when: dict[str, Any], fields: dict[str, Any]) -> None:
    assert not holds(when, record(**fields))


# Scores


@pytest.mark.parametrize(
    ("score", "scale", "ratio"),
    [
        (Score(raw=Decimal(5), max=Decimal(10)), "-1..1", "0.5"),
        (Score(Decimal(6), Decimal(4), Decimal(8)), "0..1", "0.5"),
        (Score(Decimal(5), Decimal(0), Decimal(10), Decimal(0)), "-1..1", "0.5"),
        (Score(scaled=Decimal(0)), "-1..1", "0.5"),
        (Score(scaled=Decimal(0)), "0..1", "0"),
        (Score(scaled=Decimal("-0.5")), "0..1", None),
        (Score(raw=Decimal(0), max=Decimal(0)), "0..1", None),
        (Score(Decimal(0), Decimal(0), Decimal(0), Decimal(1)), "0..1", None),
        (Score(raw=Decimal(11), max=Decimal(10)), "0..1", None),
        (Score(raw=Decimal(5)), "0..1", None),
        (Score(raw=Decimal("1E+999999"), max=Decimal("1E+999999"), min=Decimal("-9E+999999")), "0..1", None),
        (Score(), "0..1", None),
    ],
)
def test_the_score_as_a_share(score: Score, scale: str, ratio: str | None) -> None:
    assert score.ratio(scale) == (None if ratio is None else Decimal(ratio))


@pytest.mark.parametrize(
    ("score", "level"), [("0.49", None), ("0.5", 1), ("0.79", 1), ("0.8", 2), (None, None)]
)
def test_the_highest_band_that_is_reached(score: str | None, level: int | None) -> None:
    rule = rule_from(document(given=[gives(None, level_by_score=[["0.5", 1], ["0.8", 2]])]))
    assert level_given(rule.gives[0], record(score=score), "0..1") == level


# Learning objects


@pytest.mark.parametrize(
    ("canonical", "fields", "key"),
    [
        ("object", {}, QUIZ),
        ("parent", {"parents": ("urn:p",)}, "urn:p"),
        ("parent", {}, QUIZ),
        ("grouping", {"groupings": ("urn:g", "urn:h")}, "urn:g"),
        (
            "course_key",
            {"activity": "https://x/course/course-v1:Org+Course+Run"},
            "https://x/course/course-v1:Org+Course",
        ),
        ("course_key", {"activity": "course-v1:Org+Course+Run"}, "course-v1:Org+Course"),
        ("course_key", {"activity": "https://x/course/plain"}, "https://x/course/plain"),
        ("main_content", {"activity": "https://x/h5p?id=5?subContentId=abc"}, "https://x/h5p?id=5"),
    ],
)
def test_without_an_alias_the_iri_is_the_learning_object(
    canonical: str, fields: dict[str, Any], key: str
) -> None:
    assert meant_object(record(**fields), canonical, NONE).key == key


def test_the_first_activity_that_an_alias_claims_is_the_learning_object() -> None:
    aliases = AliasView.of([Alias("urn:h", "first-aid", START, None)])
    item = record(groupings=("urn:g", "urn:h"))
    assert meant_object(item, "grouping", aliases).key == "first-aid"
    assert holds({"object": "first-aid"}, record(activity="urn:h"), aliases)


def test_exact_beats_the_longest_prefix_beats_a_pattern() -> None:
    aliases = AliasView.of(
        [
            Alias("re:quiz", "by-pattern", START, None),
            Alias("https://lms.example/*", "short", START, None),
            Alias("https://lms.example/quiz/*", "long", START, None),
            Alias(QUIZ, "exact", START, None),
        ]
    )
    assert aliases.key_of(QUIZ) == "exact"
    assert aliases.key_of("https://lms.example/quiz/2") == "long"
    assert aliases.key_of("https://lms.example/book") == "short"
    assert aliases.key_of("https://other.example/quiz") == "by-pattern"
    assert aliases.key_of("https://other.example") is None


def test_a_dated_alias_counts_by_the_companys_day() -> None:
    aliases = AliasView.of(
        [Alias(QUIZ, "old", START, None, None, on(5)), Alias(QUIZ, "new", START, None, on(5), None)]
    )
    assert aliases.key_of(QUIZ, datetime(2025, 1, 5, 23, tzinfo=UTC)) == "old"
    assert aliases.key_of(QUIZ, datetime(2025, 1, 6, 0, tzinfo=UTC)) == "new"
    assert aliases.key_of(QUIZ) is not None
    assert aliases.key_of("urn:other") is None


CATALOGUE = "key,title,lang,provider,kind,hours,cost,url,activity_patterns\n"
MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)


def catalogue(
    text: str, aliases: dict[Key, Timeline], today: date = TUESDAY, *, replace: bool = False
) -> dict[Key, Timeline]:
    plan = plan_catalogue((CATALOGUE + text).encode(), {}, aliases, today, replace=replace)
    found = dict(aliases)
    for change in plan.changes:
        if change.table == "aliases":
            kept = tuple(span for span in found.get(change.key, ()) if span not in change.retired)
            found[change.key] = (*kept, *change.added)
    return found


def test_a_first_alias_holds_without_a_beginning_and_again_changes_nothing() -> None:
    found = catalogue("aid,Aid,,,,,,,urn:a;urn:b\n", {}, MONDAY)
    assert found == {("urn:a", "aid"): (Span((), None, None),), ("urn:b", "aid"): (Span((), None, None),)}
    assert catalogue("aid,Aid,,,,,,,urn:a;urn:b\n", found) == found


def test_an_alias_that_moves_changes_on_the_import_day() -> None:
    found = catalogue("aid,Aid,,,,,,,urn:a\n", {}, MONDAY)
    moved = catalogue("aid,Aid,,,,,,,\nfire,Fire,,,,,,,urn:a\n", found)
    assert moved == {
        ("urn:a", "aid"): (Span((), None, TUESDAY),),
        ("urn:a", "fire"): (Span((), TUESDAY, None),),
    }
    assert catalogue("aid,Aid,,,,,,,\nfire,Fire,,,,,,,urn:a\n", moved) == moved


def test_an_alias_that_is_replaced_was_never_the_others() -> None:
    found = catalogue("aid,Aid,,,,,,,urn:a\n", {}, MONDAY)
    moved = catalogue("fire,Fire,,,,,,,urn:a\naid,Aid,,,,,,,\n", found, replace=True)
    assert moved == {("urn:a", "aid"): (), ("urn:a", "fire"): (Span((), None, None),)}


def test_objects_absent_from_the_catalogue_stay() -> None:
    found = catalogue("aid,Aid,,,,,,,urn:a\n", {}, MONDAY)
    assert catalogue("fire,Fire,,,,,,,urn:f\n", found)["urn:a", "aid"] == (Span((), None, None),)


# Records


def read(body: str) -> LearningRecord:
    stored = StoredStatement("s1", "a", "lms", "cmi5", START, START, None, None, body.encode())
    return read_record(stored)


def test_a_record_is_read_from_the_statements_own_bytes() -> None:
    found = read(
        '{"verb":{"id":"urn:v"},"object":{"id":"urn:a","definition":{"type":"urn:t"}},'
        '"context":{"registration":"r","contextActivities":{"parent":{"id":"urn:p"},"grouping":[{"id":"urn:g"}]},'
        f'"extensions":{{"{LAUNCH_MODE}":"Browse"}}}},'
        '"result":{"completion":true,"duration":"PT1H","score":{"raw":7,"max":10.0}}}'
    )
    assert (found.verb, found.activity, found.activity_type) == ("urn:v", "urn:a", "urn:t")
    assert (found.parents, found.groupings, found.launch_mode) == (("urn:p",), ("urn:g",), "Browse")
    assert (found.completion, found.success, found.duration_seconds) == (True, None, 3600.0)
    assert found.score.ratio("0..1") == Decimal("0.7")


def test_what_a_lenient_source_sends_in_unexpected_shapes_is_not_there() -> None:
    found = read(
        '{"verb":[],"object":{"id":7},"context":3,"result":{"score":[],"success":"true","duration":5}}'
    )
    assert (found.verb, found.activity, found.success, found.duration_seconds) == ("", None, None, None)
    assert found.score == Score()


def test_an_agent_as_object_is_no_activity() -> None:
    assert read('{"object":{"objectType":"Agent","mbox":"mailto:a@b.example"}}').activity is None
