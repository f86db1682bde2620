"""Readings: what is said of a statement that speaks of learning and gave no evidence, so that nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from lms_bridge.evidence.causes import View
from lms_bridge.skills.matching import ClauseResult, matches, meant_object, pattern_holds, speaks_of
from lms_bridge.skills.records import LearningRecord

ReadingKind = Literal["unmapped", "not_proof", "clock", "clock_rejected"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement that is shown in a queue, with its learning object and the reason."""

    statement_id: str
    kind: ReadingKind
    object_key: str
    activity_iri: str
    occurred_on: date
    reason: str
    rule_id: str | None


def reading_of(record: LearningRecord, view: View, day: date) -> Reading | None:
    """Read a record that no rule turned into evidence; None where it does not speak of finished learning.

    First what is excluded by name, then a rule whose gates fail, then learning that counts at its sender and that no
    rule maps, or that counts only in another way.
    """
    scale = view.scale_of(record.source)
    patterns = view.patterns_for(record.verb)
    for pattern in patterns:
        meant = meant_object(record, pattern.canonical, view.aliases)
        if not pattern.counts and pattern_holds(pattern, record, meant, scale):
            reason = pattern.why or f"pattern {pattern.pattern_id} excludes it"
            return _reading(record, "not_proof", meant.key, day, reason, None)
    for item in view.rules:
        rule = item.rule
        if not rule.counts:
            meant = meant_object(record, rule.canonical, view.aliases)
            if matches(rule, record, view.aliases, scale):
                return _reading(
                    record,
                    "not_proof",
                    meant.key,
                    day,
                    rule.why or f"rule {rule.rule_id} excludes it",
                    rule.rule_id,
                )
    for item in view.rules_for(record.verb):
        failing = speaks_of(item.rule, record, view.aliases, scale) if item.rule.counts else ()
        if failing:
            meant = meant_object(record, item.rule.canonical, view.aliases)
            reason = "; ".join(_failing(clause) for clause in failing)
            return _reading(record, "not_proof", meant.key, day, reason, item.rule.rule_id)
    for pattern in patterns:
        meant = meant_object(record, pattern.canonical, view.aliases)
        if pattern.counts and pattern_holds(pattern, record, meant, scale):
            if meant.key in view.claimed:
                reason = (
                    f"a rule for this learning counts it in another way than pattern {pattern.pattern_id}"
                )
                return _reading(record, "not_proof", meant.key, day, reason, None)
            return _reading(record, "unmapped", meant.key, day, "no rule counts this learning", None)
    return None


def _failing(clause: ClauseResult) -> str:
    """Say what is missing, without the score itself: that is for the person and the auditor."""
    found = (
        clause.found
        if clause.name not in ("score", "duration") or clause.found == "no score"
        else "it is below"
    )
    return f"{clause.name}: {clause.asked} is asked, {found}"


def _reading(
    record: LearningRecord, kind: ReadingKind, key: str, day: date, reason: str, rule_id: str | None
) -> Reading:
    return Reading(record.statement_id, kind, key, record.activity or "", day, reason, rule_id)
