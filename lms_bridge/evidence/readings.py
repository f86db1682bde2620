"""Readings: what is said of a statement that speaks of learning and gave no evidence, so that nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from lms_bridge.evidence.causes import KnownRule, View
from lms_bridge.skills.matching import (
    ClauseResult,
    level_given,
    matches,
    meant_object,
    pattern_holds,
    speaks_of,
)
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


def exclusion_of(record: LearningRecord, view: View, day: date) -> Reading | None:
    """Return what is said of a record that a pattern or rule with `counts = false` names, None where none does."""
    scale = view.scale_of(record.source)
    for pattern in view.patterns_for(record.verb):
        if pattern.counts:
            continue
        meant = meant_object(record, pattern.canonical, view.aliases)
        if pattern_holds(pattern, record, meant, scale):
            reason = pattern.why or f"pattern {pattern.pattern_id} excludes it"
            return _reading(record, "not_proof", meant.key, day, reason, None)
    for item in view.rules_about(record):
        rule = item.rule
        if not rule.counts and item.applies_on(day) and matches(rule, record, view.aliases, scale):
            meant = meant_object(record, rule.canonical, view.aliases)
            reason = rule.why or f"rule {rule.rule_id} excludes it"
            return _reading(record, "not_proof", meant.key, day, reason, rule.rule_id)
    return None


def reading_of(record: LearningRecord, view: View, day: date) -> Reading | None:
    """Read a record that no rule turned into evidence; None where it does not speak of finished learning.

    First what is excluded by name, then a rule that was meant and whose gates, days or score bands fail, then learning
    that counts at its sender and that no rule maps, or that counts only in another way.
    """
    excluded = exclusion_of(record, view, day)
    if excluded is not None:
        return excluded
    scale = view.scale_of(record.source)
    reasons = (
        (item, reason)
        for item in view.rules_about(record)
        if item.rule.counts and (reason := _failing(item, record, view, day, scale))
    )
    for item, reason in reasons:
        meant = meant_object(record, item.rule.canonical, view.aliases)
        return _reading(record, "not_proof", meant.key, day, reason, item.rule.rule_id)
    for pattern in view.patterns_for(record.verb):
        meant = meant_object(record, pattern.canonical, view.aliases)
        if pattern.counts and pattern_holds(pattern, record, meant, scale):
            if meant.key in view.claimed:
                reason = (
                    f"a rule for this learning counts it in another way than pattern {pattern.pattern_id}"
                )
                return _reading(record, "not_proof", meant.key, day, reason, None)
            return _reading(record, "unmapped", meant.key, day, "no rule counts this learning", None)
    return None


def _failing(item: KnownRule, record: LearningRecord, view: View, day: date, scale: str) -> str:
    """Say why a rule that speaks of the record gives nothing; empty where it does not speak of it."""
    rule = item.rule
    failing = speaks_of(rule, record, view.aliases, scale)
    if failing:
        return "; ".join(_missing(clause) for clause in failing)
    if not matches(rule, record, view.aliases, scale):
        return ""
    if not item.applies_on(day):
        return f"rule {rule.rule_id} does not apply to what was achieved on {day.isoformat()}"
    return "" if any(level_given(gives, record, scale) for gives in rule.gives) else "score: below every band"


def _missing(clause: ClauseResult) -> str:
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
