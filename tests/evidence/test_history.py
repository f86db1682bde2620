"""Evidence over knowledge: what was known when, why it changed, and ids that survive a rebuild."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lms_bridge.evidence.causes import ClockCause
from lms_bridge.evidence.facts import evidence_id
from lms_bridge.evidence.history import derive
from lms_bridge.skills.catalogue import Alias
from tests.evidence.builders import (
    ACCOUNT,
    ADA,
    FAILED,
    LATER,
    PASSED,
    QUIZ,
    SKILL,
    START,
    at,
    award,
    book,
    document,
    gives,
    identity,
    known,
    known_pattern,
    known_rule,
    life,
    on,
    policy,
    record,
    rows,
    spans,
)

MINUTE = timedelta(minutes=1)


def decided(
    decision: str, day: date | None = None, *, when: datetime | None = None, until: datetime | None = None
) -> ClockCause:
    return ClockCause("s1", decision, day, when or at(50), until)


# Statements and voids


def test_a_fact_is_known_from_the_arrival_of_its_statement() -> None:
    found = rows(life(record("s1", 1)))
    assert spans(found) == [("s1", at(1) + MINUTE, None)]
    assert found[0].fact.achieved_on == on(1)


def test_a_rule_that_came_later_makes_the_fact_known_later() -> None:
    found = rows(life(record("s1", 1)), book(known_rule(known=at(20))))
    assert spans(found) == [("s1", at(20), None)]


def test_a_voided_statement_never_proved_anything() -> None:
    (row,) = rows(life(record("s1", 1, voided_at=at(9))))
    assert (row.reversed_at, row.reversal_kind, row.reversal_id) == (at(9), "void", "void-s1")
    assert row.successor_id is None


def test_a_statement_voided_before_it_came_is_no_row() -> None:
    assert rows(life(record("s1", 1, voided_at=at(1) + MINUTE))) == ()


def test_a_void_names_the_statement_that_takes_the_place() -> None:
    first, second = sorted(
        rows(life(record("s1", 1, voided_at=at(9)), record("s2", 5))), key=lambda row: row.recorded_at
    )
    assert spans((first, second)) == [("s1", at(1) + MINUTE, at(9)), ("s2", at(9), None)]
    assert first.successor_id == second.evidence_id


def test_a_fact_that_returns_is_a_new_row() -> None:
    rejoined = (identity(known_to=at(10)), identity(known=at(20)))
    found = rows(life(record("s1", 1), identities=rejoined))
    assert spans(found) == [("s1", at(1) + MINUTE, at(10)), ("s1", at(20), None)]
    assert found[0].evidence_id != found[1].evidence_id


def test_an_earlier_attempt_that_arrives_later_takes_the_place() -> None:
    found = rows(life(record("s1", 5), record("s2", 2, stored=at(9))))
    assert spans(found) == [("s1", at(5) + MINUTE, at(9)), ("s2", at(9), None)]
    assert (found[0].reversal_kind, found[0].reversal_id) == ("order", "s2")
    assert found[0].successor_id == found[1].evidence_id


def test_causes_of_one_instant_act_together() -> None:
    moved = (identity(known_to=at(10)), identity(since=date(2020, 1, 1), known=at(10)))
    assert spans(rows(life(record("s1", 1), identities=moved))) == [("s1", at(1) + MINUTE, None)]


# Taking back


def withdrawing(effect: str = "ended", **fields: object) -> dict[str, object]:
    return document(withdrawn_by={"verb": [FAILED], "effect": effect}, **fields)  # type: ignore[arg-type]


def test_a_withdrawal_ends_the_fact_and_the_row_before_names_the_ended_one() -> None:
    found = rows(life(record("s1", 1), record("s2", 9, verb=FAILED)), book(known_rule(withdrawing())))
    assert [(row.fact.ended_on, row.reversal_kind, row.reversal_id) for row in found] == [
        (None, "withdrawal", "s2"),
        (on(9), None, None),
    ]
    assert found[0].successor_id == found[1].evidence_id


def test_a_withdrawal_that_annuls_leaves_no_fact() -> None:
    found = rows(
        life(record("s1", 1), record("s2", 9, verb=FAILED)), book(known_rule(withdrawing("never_held")))
    )
    assert [(row.reversed_at, row.reversal_kind, row.successor_id) for row in found] == [
        (at(9) + MINUTE, "withdrawal", None)
    ]


def test_a_voided_withdrawal_gives_the_fact_back() -> None:
    found = rows(
        life(record("s1", 1), record("s2", 9, verb=FAILED, voided_at=at(20))), book(known_rule(withdrawing()))
    )
    assert [(row.fact.ended_on, row.reversal_kind, row.reversal_id) for row in found] == [
        (None, "withdrawal", "s2"),
        (on(9), "void", "void-s2"),
        (None, None, None),
    ]


def test_a_withdrawal_on_another_account_of_the_person_counts_once_it_is_joined() -> None:
    accounts = (identity(), identity(ACCOUNT, known=at(30)))
    found = rows(
        life(record("s1", 1), record("s2", 9, verb=FAILED, agent=ACCOUNT), identities=accounts),
        book(known_rule(withdrawing())),
    )
    assert [(row.fact.ended_on, row.recorded_at, row.reversal_kind) for row in found] == [
        (None, at(1) + MINUTE, "identity"),
        (on(9), at(30), None),
    ]


def test_a_rule_that_has_run_out_still_takes_back_what_it_gave() -> None:
    rule = known_rule(withdrawing(applies_to="2025-01-31"))
    (fact,) = known(rows(life(record("s1", 1), record("s2", 90, verb=FAILED)), book(rule)))
    assert fact.ended_on == on(90)


def test_the_version_that_judged_the_achievement_says_how_it_is_taken_back() -> None:
    old, new = withdrawing("ended"), withdrawing("never_held", title="stricter")
    rules = book(
        known_rule(old, until=at(10)),
        known_rule(old, known=at(10), applies_to=on(50)),
        known_rule(new, known=at(10), applies_from=on(50)),
    )
    found = known(rows(life(record("s1", 1), record("s2", 60), record("s3", 70, verb=FAILED)), rules))
    assert [(fact.achieved_on, fact.ended_on) for fact in found] == [(on(1), on(70))]


# Identities


def test_a_joined_account_brings_its_past_at_the_instant_of_joining() -> None:
    accounts = (identity(), identity(ACCOUNT, known=at(40)))
    found = rows(life(record("s1", 1, agent=ACCOUNT), identities=accounts))
    assert spans(found) == [("s1", at(40), None)]


def test_an_account_parted_again_takes_its_past_along() -> None:
    accounts = (identity(ACCOUNT, known=at(40), known_to=at(60)),)
    (row,) = rows(life(record("s1", 1, agent=ACCOUNT), identities=accounts))
    assert (row.recorded_at, row.reversed_at) == (at(40), at(60))
    assert (row.reversal_kind, row.reversal_id) == ("identity", ACCOUNT)


def test_a_recycled_address_counts_by_the_day_of_the_statement() -> None:
    recycled = (identity(since=on(100)),)
    assert rows(life(record("s1", 99), identities=recycled)) == ()
    assert len(rows(life(record("s1", 100), identities=recycled))) == 1
    assert rows(life(record("s1", 100), identities=(identity(until=on(100)),))) == ()


def test_facts_of_two_accounts_on_one_day_count_once_and_cite_the_smallest_id() -> None:
    accounts = (identity(), identity(ACCOUNT, known=at(40)))
    found = rows(life(record("s2", 1), record("s1", 1, agent=ACCOUNT), identities=accounts))
    assert spans(found) == [("s2", at(1) + MINUTE, at(40)), ("s1", at(40), None)]
    assert found[0].reversal_kind == "identity"
    assert found[0].successor_id == found[1].evidence_id


# Rules, catalogue, policy


def test_a_rule_from_a_day_keeps_the_past_of_the_old_version() -> None:
    old, new = document(), document(given=[gives(3)])
    rules = book(
        known_rule(old, until=at(100)),
        known_rule(old, known=at(100), applies_to=on(50)),
        known_rule(new, known=at(100), applies_from=on(50)),
    )
    found = rows(life(record("s1", 1), record("s2", 60)), rules)
    assert [(row.fact.level, row.fact.cited_id, row.recorded_at, row.reversed_at) for row in found] == [
        (2, "s1", at(1) + MINUTE, None),
        (3, "s2", at(100), None),
    ]


def test_a_rule_corrected_applies_for_all_time() -> None:
    rules = book(known_rule(until=at(100)), known_rule(document(given=[gives(3)]), known=at(100)))
    found = rows(life(record("s1", 1)), rules)
    assert [(row.fact.level, row.recorded_at, row.reversed_at) for row in found] == [
        (2, at(1) + MINUTE, at(100)),
        (3, at(100), None),
    ]
    assert (found[0].reversal_kind, found[0].reversal_id) == ("rule", "r1")
    assert found[0].successor_id == found[1].evidence_id


def test_a_rule_withdrawn_from_the_book_annuls() -> None:
    (row,) = rows(life(record("s1", 1)), book(known_rule(until=at(100))))
    assert (row.reversed_at, row.reversal_kind) == (at(100), "rule")


def test_a_rule_that_excludes_annuls_what_it_names() -> None:
    veto = known_rule(
        document("no-test-quiz", counts=False, when={"activity": QUIZ, "source": "lms"}), known=at(100)
    )
    (row,) = rows(life(record("s1", 1)), book(known_rule(), veto))
    assert (row.reversed_at, row.reversal_kind, row.reversal_id) == (at(100), "rule", "no-test-quiz")


def test_a_pattern_that_never_counts_beats_a_rule_that_is_too_wide() -> None:
    never = known_pattern({"id": "waived", "counts": False, "when": {"verb": [FAILED]}})
    wide = known_rule(document(when={"activity": QUIZ}))
    found = rows(life(record("s1", 1), record("s2", 0, verb=FAILED)), book(wide, patterns=[never]))
    assert [fact.cited_id for fact in known(found)] == ["s1"]


def test_a_pattern_that_excludes_later_annuls_by_the_pattern() -> None:
    never = known_pattern({"id": "waived", "counts": False, "when": {"verb": "*"}}, known=at(100))
    (row,) = rows(life(record("s1", 1)), book(known_rule(), patterns=[never]))
    assert (row.reversal_kind, row.reversal_id) == ("rule", "waived")


def by_object() -> dict[str, object]:
    return document(when={"object": "first-aid"})


def test_an_alias_that_came_later_makes_the_fact_known_then() -> None:
    alias = Alias(QUIZ, "first-aid", at(70), None)
    found = rows(life(record("s1", 1)), book(known_rule(by_object()), aliases=[alias]))
    assert [(row.recorded_at, row.fact.object_key) for row in found] == [(at(70), "first-aid")]


def test_an_alias_taken_back_annuls() -> None:
    alias = Alias(QUIZ, "first-aid", START, at(70))
    (row,) = rows(life(record("s1", 1)), book(known_rule(by_object()), aliases=[alias]))
    assert (row.reversed_at, row.reversal_kind, row.reversal_id) == (at(70), "catalogue", "first-aid")


def test_an_alias_that_moves_on_a_day_keeps_what_was_learned_before() -> None:
    aliases = [
        Alias(QUIZ, "first-aid", START, at(70)),
        Alias(QUIZ, "first-aid", at(70), None, None, on(70)),
        Alias(QUIZ, "fire", at(70), None, on(70), None),
    ]
    fire = known_rule(document("r2", when={"object": "fire"}))
    found = rows(
        life(record("s1", 1), record("s2", 80)), book(known_rule(by_object()), fire, aliases=aliases)
    )
    assert [(row.fact.rule_id, row.fact.cited_id, row.reversed_at) for row in found] == [
        ("r1", "s1", None),
        ("r2", "s2", None),
    ]


def test_a_changed_time_zone_moves_the_day() -> None:
    rules = book(policies=[policy("time_zone", "Pacific/Auckland", known=at(30))])
    found = rows(life(record("s1", 1, hour=20)), rules)
    assert [(row.fact.achieved_on, row.reversed_at, row.reversal_kind) for row in found] == [
        (on(1), at(30), "policy"),
        (on(2), None, None),
    ]
    assert found[0].reversal_id == "time_zone"
    assert found[0].successor_id == found[1].evidence_id


def test_a_changed_last_day_changes_the_end() -> None:
    rules = book(
        known_rule(document(given=[gives(valid_for="P1Y")])),
        policies=[policy("validity_last_day", "anniversary", known=at(30))],
    )
    found = rows(life(record("s1", 0)), rules)
    assert [row.fact.ended_on for row in found] == [date(2026, 1, 1), date(2026, 1, 2)]


def test_a_changed_policy_that_changes_nothing_splits_no_row() -> None:
    rules = book(policies=[policy("time_zone", "Europe/Berlin", known=at(30))])
    assert spans(rows(life(record("s1", 1)), rules)) == [("s1", at(1) + MINUTE, None)]


# Clocks


def doubtful(**fields: object) -> dict[str, object]:
    return {"timestamp": datetime(1999, 1, 1, tzinfo=UTC), "stored": at(5), **fields}


def test_a_timestamp_that_cannot_be_proves_nothing() -> None:
    assert rows(life(record("s1", **doubtful()))) == ()  # type: ignore[arg-type]
    assert rows(life(record("s1", timestamp=at(7), stored=at(5)))) == ()


def test_a_timestamp_24_hours_ahead_is_believed_and_a_moment_more_is_not() -> None:
    assert len(rows(life(record("s1", timestamp=at(6), stored=at(5))))) == 1
    assert rows(life(record("s1", timestamp=at(6) + timedelta(seconds=1), stored=at(5)))) == ()


def test_a_decided_day_counts_from_the_decision() -> None:
    found = rows(life(record("s1", **doubtful()), decisions=[decided("accept", on(4))]))  # type: ignore[arg-type]
    assert [(row.fact.achieved_on, row.recorded_at) for row in found] == [(on(4), at(50))]


def test_a_decided_day_is_the_day_that_rules_and_identities_are_asked_about() -> None:
    rule = known_rule(document(applies_from="2025-01-01"))
    causes = life(
        record("s1", **doubtful()),  # type: ignore[arg-type]
        identities=[identity(since=on(3))],
        decisions=[decided("accept", on(4))],
    )
    assert [fact.achieved_on for fact in known(rows(causes, book(rule)))] == [on(4)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_decided_day_is_a_day_of_the_companys_zone(zone: str) -> None:
    rules = book(known_rule(withdrawing()), policies=[policy("time_zone", zone)])
    causes = life(record("s1", **doubtful()), decisions=[decided("accept", on(4))])  # type: ignore[arg-type]
    assert [fact.achieved_on for fact in known(rows(causes, rules))] == [on(4)]


def test_an_accepted_timestamp_counts_as_sent() -> None:
    found = rows(life(record("s1", **doubtful()), decisions=[decided("accept")]))  # type: ignore[arg-type]
    assert [row.fact.achieved_on for row in found] == [date(1999, 1, 1)]


def test_a_rejected_timestamp_proves_nothing_and_a_changed_decision_reverses() -> None:
    first = decided("accept", on(4), when=at(50), until=at(60))
    causes = life(record("s1", **doubtful()), decisions=[first, decided("reject", when=at(60))])  # type: ignore[arg-type]
    (row,) = rows(causes)
    assert (row.reversed_at, row.reversal_kind, row.reversal_id) == (at(60), "clock", "s1")


def test_a_year_that_no_zone_can_hold_breaks_nothing() -> None:
    rules = book(policies=[policy("time_zone", "America/New_York")])
    causes = life(record("s1", timestamp=datetime(1, 1, 1, tzinfo=UTC), stored=at(5)))
    assert rows(causes, rules) == ()
    assert [reading.kind for reading in derive(causes, rules).readings] == ["clock"]


# Awards


def test_an_award_holds_up_to_its_last_valid_day() -> None:
    (row,) = rows(life(awards=[award(last=on(99))]))
    assert (row.fact.ended_on, row.fact.end_kind, row.recorded_at) == (on(100), "expiry", at(2))
    assert (row.fact.cited_kind, row.fact.rule_id) == ("award", None)


def test_the_calendars_last_day_is_no_end() -> None:
    assert [fact.ended_on for fact in known(rows(life(awards=[award(last=date.max)])))] == [None]


def test_equal_awards_count_once_and_cite_the_smallest_id_of_the_lasting() -> None:
    found = rows(life(awards=[award("b"), award("a"), award("0", last=on(50))]))
    assert [fact.cited_id for fact in known(found)] == ["a"]


def test_a_revoked_award_keeps_its_past() -> None:
    found = rows(life(awards=[award(revocations=(("ended", on(40), at(41), None),))]))
    assert [(row.fact.ended_on, row.reversal_kind) for row in found] == [(None, "revocation"), (on(40), None)]


def test_an_award_issued_in_error_never_held() -> None:
    (row,) = rows(life(awards=[award(revocations=(("never_held", on(40), at(41), None),))]))
    assert (row.reversed_at, row.reversal_kind, row.successor_id) == (at(41), "revocation", None)


# Ids


def test_ids_are_stable_and_made_of_what_the_row_says() -> None:
    causes = life(record("s1", 1), record("s2", 1, hour=13))
    first, second = rows(causes), rows(life(*reversed(causes.records)))
    assert first == second
    for row in first:
        assert row.evidence_id == evidence_id("ada", row.fact, row.recorded_at)


def test_rows_stand_in_order_of_knowledge() -> None:
    found = rows(life(record("s2", 3, stored=at(15)), record("s1", 1, stored=at(20)), record("s3", 9)))
    assert list(found) == sorted(found, key=lambda row: (row.recorded_at, row.evidence_id))
    assert [row.fact.cited_id for row in found] == ["s3", "s2", "s1"]
    assert {fact.skill_iri for fact in known(found, LATER)} == {SKILL}


def test_a_person_without_accounts_has_nothing() -> None:
    assert derive(life(record("s1", 1), identities=[]), book()) == derive(life(identities=[]), book())
    assert ADA != ACCOUNT


@pytest.mark.parametrize(
    ("activity", "canonical", "fields"),
    [
        ("https://lms.example/quiz/1", None, {}),
        ("https://lms.example/course/1", "parent", {"parents": ("https://lms.example/course/1",)}),
        ("https://h5p.example/1", "main_content", {"activity": "https://h5p.example/1?subContentId=2"}),
        ("course-v1:Org+Course", "course_key", {"activity": "course-v1:Org+Course+2026"}),
    ],
)
def test_of_a_thousand_rules_on_single_activities_only_the_own_one_is_looked_at(
    activity: str, canonical: str | None, fields: dict[str, Any]
) -> None:
    others = [
        known_rule(document(f"r{number}", when={"verb": [PASSED], "activity": f"{activity}/other/{number}"}))
        for number in range(1000)
    ]
    written = document("own", when={"verb": [PASSED], "activity": activity})
    if canonical is not None:
        written["rule"]["uses"] = "p"
        written["pattern"] = {"id": "p", "canonical": canonical, "when": {"verb": [PASSED]}}
    own = known_rule(written)
    rules = book(*others, own)
    one = record("s1", 1, **fields)
    assert [item.rule.rule_id for item in rules.view_at(one.stored).rules_about(one)] == ["own"]
    assert [row.fact.rule_id for row in rows(life(one), rules)] == ["own"]


def test_a_rule_on_one_activity_is_taken_back_by_another_activity_of_the_same_object() -> None:
    aliases = [Alias(iri, "quiz", START, None) for iri in (QUIZ, "https://lms.example/old")]
    found = rows(
        life(record("s1", 1), record("s2", 9, verb=FAILED, activity="https://lms.example/old")),
        book(known_rule(withdrawing()), aliases=aliases),
    )
    assert [row.fact.ended_on for row in found] == [None, on(9)]


def test_a_book_used_for_many_people_remembers_what_records_mean_and_stays_right() -> None:
    rules = book()
    first = rows(life(record("s1", 1)), rules)
    # The same statement id with other content, as in a database that was restored: nothing old is remembered of it.
    assert rows(life(record("s1", 1, verb=FAILED)), rules) == ()
    assert rows(life(record("s1", 1)), rules) == first
