"""Importing rules: what a pack changes against what is in force, and how a changed rule keeps or corrects its past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lms_bridge.errors import InvalidInputError
from lms_bridge.skills.rules import Pack, digest


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule version that is known now; `row_id` is None for one that is to be written."""

    row_id: int | None
    pack: str
    rule_id: str
    version: str
    applies_from: date | None
    applies_to: date | None
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A pattern version that is known now."""

    row_id: int | None
    pack: str
    pattern_id: str
    version: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RulePlan:
    """What an import does: rows whose knowledge ends, rows that begin, and the difference in words."""

    retired_rules: tuple[int, ...]
    added_rules: tuple[RuleRow, ...]
    retired_patterns: tuple[int, ...]
    added_patterns: tuple[PatternRow, ...]
    words: tuple[str, ...]
    rule_ids: frozenset[str]


def plan_pack(
    pack: Pack,
    rules: Sequence[RuleRow],
    patterns: Sequence[PatternRow],
    *,
    new_from: date | None,
    is_correction: bool,
) -> RulePlan:
    """Return what importing `pack` does; it replaces exactly the pack of its name.

    A changed rule needs `new_from` (new criteria from that day of achievement, the old version keeps its past) or
    `is_correction` (for all time).

    Raises:
        InvalidInputError: a rule id stands in another pack, or a rule changed and neither choice was made.
    """
    retired: list[int] = []
    added: list[RuleRow] = []
    words: list[str] = []
    touched: set[str] = set()
    current: dict[str, list[RuleRow]] = {}
    for row in rules:
        if row.pack == pack.name:
            current.setdefault(row.rule_id, []).append(row)
        elif row.rule_id in pack.rules:
            raise InvalidInputError(
                f"rule {row.rule_id!r} of pack {pack.name!r} is already in pack {row.pack!r}; "
                "give it another id, or name the same pack"
            )
    changed = [
        rule_id
        for rule_id, document in pack.rules.items()
        if rule_id in current and latest(current[rule_id]).version != digest(document)
    ]
    if changed and new_from is None and not is_correction:
        listed = "; ".join(
            f"{rule_id}: {difference(latest(current[rule_id]).document, pack.rules[rule_id])}"
            for rule_id in changed
        )
        raise InvalidInputError(
            f"{len(changed)} rules changed ({listed}); say --from DATE for new criteria from a day of achievement, "
            "or --correction for all time"
        )
    for rule_id, document in pack.rules.items():
        version = digest(document)
        if rule_id not in current:
            added.append(RuleRow(None, pack.name, rule_id, version, None, None, document))
            words.append(f"new rule {rule_id}")
            touched.add(rule_id)
        elif rule_id in changed:
            touched.add(rule_id)
            words.append(f"changed rule {rule_id}: {difference(latest(current[rule_id]).document, document)}")
            words += _replaced(current[rule_id], document, None if is_correction else new_from)
            retired += [row.row_id for row in current[rule_id] if row.row_id is not None]
            if is_correction or new_from is None:
                added.append(RuleRow(None, pack.name, rule_id, version, None, None, document))
            else:
                added += _before(current[rule_id], new_from)
                added.append(RuleRow(None, pack.name, rule_id, version, new_from, None, document))
    for rule_id, old in current.items():
        if rule_id not in pack.rules:
            touched.add(rule_id)
            words.append(f"removed rule {rule_id}")
            retired += [row.row_id for row in old if row.row_id is not None]
    retired_patterns, added_patterns, pattern_words = _patterns(pack, patterns)
    return RulePlan(
        tuple(retired),
        tuple(added),
        tuple(retired_patterns),
        tuple(added_patterns),
        (*words, *pattern_words),
        frozenset(touched),
    )


def latest(rows: Sequence[RuleRow]) -> RuleRow:
    """Return the version that judges the latest days."""
    return max(rows, key=lambda row: row.applies_from or date.min)


def _replaced(rows: Sequence[RuleRow], document: Mapping[str, Any], new_from: date | None) -> list[str]:
    """Say which other versions a changed rule takes the place of, wholly or from `new_from` on, and how they differ."""
    words: list[str] = []
    newest = latest(rows)
    for row in sorted(rows, key=lambda row: row.applies_from or date.min):
        is_planned = new_from is not None and row.applies_from is not None and row.applies_from > new_from
        is_reached = new_from is None or row.applies_to is None or row.applies_to > new_from
        if (row is newest and not is_planned) or not is_reached:
            continue
        span = " ".join(
            f"{word} {day}"
            for word, day in (("from", row.applies_from), ("before", row.applies_to))
            if day is not None
        )
        named = f"the version for achievements {span}".rstrip()
        what = difference(row.document, document) or "says the same"
        words.append(f"it takes the place of {named}: {what}")
    return words


def _before(rows: Sequence[RuleRow], day: date) -> list[RuleRow]:
    """Return the old versions cut at `day`: they keep their past."""
    kept: list[RuleRow] = []
    for row in rows:
        if row.applies_from is not None and row.applies_from >= day:
            continue
        ends = day if row.applies_to is None or row.applies_to > day else row.applies_to
        kept.append(RuleRow(None, row.pack, row.rule_id, row.version, row.applies_from, ends, row.document))
    return kept


def _patterns(pack: Pack, patterns: Sequence[PatternRow]) -> tuple[list[int], list[PatternRow], list[str]]:
    retired: list[int] = []
    added: list[PatternRow] = []
    words: list[str] = []
    current = {row.pattern_id: row for row in patterns if row.pack == pack.name}
    for row in patterns:
        if row.pack != pack.name and row.pattern_id in pack.patterns:
            raise InvalidInputError(
                f"pattern {row.pattern_id!r} of pack {pack.name!r} is already in pack {row.pack!r}; give it another id"
            )
    for pattern_id, document in pack.patterns.items():
        version = digest(document)
        old = current.get(pattern_id)
        if old is not None and old.version == version:
            continue
        if old is not None and old.row_id is not None:
            retired.append(old.row_id)
        added.append(PatternRow(None, pack.name, pattern_id, version, document))
        words.append(f"{'changed' if old else 'new'} pattern {pattern_id}")
    for pattern_id, row in current.items():
        if pattern_id not in pack.patterns and row.row_id is not None:
            retired.append(row.row_id)
            words.append(f"removed pattern {pattern_id}")
    return retired, added, words


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Say which parts of a rule's document differ."""
    parts: list[str] = []
    for part in ("rule", "pattern"):
        before, after = old.get(part, {}), new.get(part, {})
        parts.extend(
            f"{part}.{key}: {before.get(key, 'absent')} → {after.get(key, 'absent')}"
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        )
    return ", ".join(parts)
