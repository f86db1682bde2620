"""What is said of a statement that gave no evidence: unmapped, no proof with the reason, a doubtful clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lms_bridge.evidence.causes import ClockCause, KnownPattern, KnownRule
from lms_bridge.evidence.history import derive
from lms_bridge.evidence.readings import Reading
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.records import LearningRecord
from tests.evidence.builders import (
    ACCOUNT,
    FAILED,
    PASSED,
    QUIZ,
    START,
    at,
    book,
    document,
    gives,
    identity,
    known_pattern,
    known_rule,
    life,
    on,
    record,
)

PATTERN = known_pattern({"id": "sender-pass", "when": {"verb": [PASSED], "source_kind": "moodle"}})
EXCLUDING = known_pattern(
    {"id": "waived", "counts": False, "why": "nobody learned anything", "when": {"verb": [FAILED]}}
)


def readings(
    *records: LearningRecord,
    rules: tuple[KnownRule, ...] = (),
    patterns: tuple[KnownPattern, ...] = (PATTERN,),
    decisions: tuple[ClockCause, ...] = (),
    aliases: tuple[Alias, ...] = (),
) -> tuple[Reading, ...]:
    causes = life(*records, decisions=decisions)
    return derive(causes, book(*rules, patterns=patterns, aliases=aliases)).readings


def test_what_gives_evidence_is_not_read_again() -> None:
    assert readings(record()) == ()


def test_a_repeat_that_is_no_new_fact_is_not_read_either() -> None:
    assert readings(record("s1", 1), record("s2", 2)) == ()


def test_learning_that_no_rule_counts_is_unmapped_under_its_learning_object() -> None:
    course = "https://lms.example/course/9"
    (reading,) = readings(record(activity=course), aliases=(Alias(course, "first-aid", START, None),))
    assert (reading.kind, reading.object_key, reading.activity_iri) == ("unmapped", "first-aid", course)
    assert reading.occurred_on == on(1)


def test_without_an_alias_the_iri_is_the_learning_object() -> None:
    (reading,) = readings(record(activity="https://lms.example/course/9"))
    assert reading.object_key == "https://lms.example/course/9"


def test_what_no_pattern_names_does_not_speak_of_finished_learning() -> None:
    assert readings(record(verb="http://adlnet.gov/expapi/verbs/experienced")) == ()


def test_a_failing_gate_is_the_reason() -> None:
    rule = known_rule(document(when={"activity": QUIZ, "verb": [PASSED], "score_min": "0.7"}))
    (low,) = readings(record(score="0.4"), rules=(rule,))
    assert (low.kind, low.rule_id) == ("not_proof", "r1")
    assert low.reason == "score: at least 70 % is asked, it is below"
    (none,) = readings(record(), rules=(rule,))
    assert none.reason == "score: at least 70 % is asked, no score"


def test_below_every_band_is_no_proof() -> None:
    rule = known_rule(document(given=[gives(None, level_by_score=[["0.5", 1], ["0.8", 2]])]))
    (reading,) = readings(record(score="0.3"), rules=(rule,))
    assert (reading.kind, reading.reason) == ("not_proof", "score: below every band")


def test_outside_the_days_of_a_rule_is_no_proof() -> None:
    rule = known_rule(document(applies_from="2026-01-01"))
    (reading,) = readings(record(), rules=(rule,))
    assert reading.reason == "rule r1 does not apply to what was achieved on 2025-01-02"


def test_what_a_pattern_excludes_says_why() -> None:
    (reading,) = readings(record(verb=FAILED), patterns=(EXCLUDING,))
    assert (reading.kind, reading.reason, reading.rule_id) == ("not_proof", "nobody learned anything", None)


def test_what_a_rule_excludes_says_why_and_names_it() -> None:
    veto = known_rule(document("no-sandbox", counts=False, why="a sandbox", when={"source": "lms"}))
    (reading,) = readings(record(), rules=(known_rule(), veto))
    assert (reading.reason, reading.rule_id) == ("a sandbox", "no-sandbox")


def test_learning_that_counts_in_another_way_says_so() -> None:
    rule = known_rule(document(when={"object": "first-aid", "verb": [PASSED], "platform": "Moodle"}))
    (reading,) = readings(record(), rules=(rule,), aliases=(Alias(QUIZ, "first-aid", START, None),))
    assert reading.reason == "a rule for this learning counts it in another way than pattern sender-pass"


def test_a_doubtful_clock_waits() -> None:
    (reading,) = readings(record(timestamp=datetime(1999, 1, 1, tzinfo=UTC), stored=at(5)))
    assert (reading.kind, reading.reason) == ("clock", "the timestamp lies before the year 2000")
    (ahead,) = readings(record(timestamp=at(9), stored=at(5)))
    assert ahead.reason == "the timestamp lies more than 24 hours after the arrival"


@pytest.mark.parametrize(("decision", "kinds"), [("reject", ["clock_rejected"]), ("accept", [])])
def test_a_decided_clock_waits_no_longer(decision: str, kinds: list[str]) -> None:
    doubtful = record(timestamp=datetime(1999, 1, 1, tzinfo=UTC), stored=at(5))
    found = readings(doubtful, decisions=(ClockCause("s1", decision, None, at(6), None),))
    assert [reading.kind for reading in found] == kinds


def test_a_decided_day_is_the_day_of_the_reading() -> None:
    doubtful = record(
        activity="https://lms.example/course/9", timestamp=datetime(1999, 1, 1, tzinfo=UTC), stored=at(5)
    )
    (reading,) = readings(doubtful, decisions=(ClockCause("s1", "accept", on(4), at(6), None),))
    assert (reading.kind, reading.occurred_on) == ("unmapped", on(4))


def test_a_doubtful_clock_on_what_says_nothing_waits_for_nobody() -> None:
    verb = "http://adlnet.gov/expapi/verbs/experienced"
    assert readings(record(verb=verb, timestamp=datetime(1999, 1, 1, tzinfo=UTC), stored=at(5))) == ()


def test_voided_statements_and_accounts_of_others_are_not_read() -> None:
    course = "https://lms.example/course/9"
    assert readings(record(activity=course, voided_at=at(9))) == ()
    causes = life(record(activity=course, agent=ACCOUNT), identities=[identity()])
    assert derive(causes, book(patterns=(PATTERN,))).readings == ()
