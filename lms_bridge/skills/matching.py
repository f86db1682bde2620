"""Does this rule hold for this record? The answer with every clause, for the proof card and for what is no proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms_bridge.periods import parse_period
from lms_bridge.skills.catalogue import AliasView
from lms_bridge.skills.records import LearningRecord
from lms_bridge.skills.rules import Gate, Gives, Pattern, Rule, When
from lms_bridge.skills.text_patterns import matches_any
from lms_bridge.xapi.instants import duration_seconds

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One condition: what is asked, what the statement says, and whether it holds."""

    name: str
    asked: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True)
class MeantObject:
    """The learning object of a record under a canonical choice: the activities in question and the key."""

    activities: tuple[str, ...]
    key: str
    is_catalogued: bool


def meant_object(record: LearningRecord, canonical: str, aliases: AliasView) -> MeantObject:
    """Find the learning object: the first activity that an alias claims; where none does, the first IRI is the key."""
    activities = _activities(record, canonical)
    for activity in activities:
        key = aliases.key_of(activity, record.timestamp)
        if key is not None:
            return MeantObject(activities, key, is_catalogued=True)
    return MeantObject(
        activities, activities[0] if activities else record.activity or "", is_catalogued=False
    )


def forms_of(activity: str) -> tuple[str, ...]:
    """Return every IRI as which a rule or an alias may mean `activity`: itself, its course, its main content."""
    forms = (activity, _without_run(activity), _main_content(activity))
    return tuple(dict.fromkeys(forms))


def _activities(record: LearningRecord, canonical: str) -> tuple[str, ...]:
    own = (record.activity,) if record.activity else ()
    match canonical:
        case "parent":
            return record.parents or own
        case "grouping":
            return record.groupings or own
        case "course_key":
            # Every Open edX run has an id of its own, course-v1:Org+Course+Run: organisation and course are the object.
            return tuple(_without_run(activity) for activity in own) + own
        case "main_content":
            return tuple(_main_content(activity) for activity in own)
        case _:
            return own


def _main_content(activity: str) -> str:
    return activity.split("?subContentId=", 1)[0]


def _without_run(activity: str) -> str:
    marker = "course-v1:"
    start = activity.find(marker)
    parts = activity[start:].split("+") if start >= 0 else []
    return activity[:start] + "+".join(parts[:2]) if len(parts) >= 3 else activity


def activities_meant(record: LearningRecord, meant: MeantObject) -> tuple[str, ...]:
    """Return the activities that the condition `activity` is held against."""
    own = (record.activity,) if record.activity else ()
    return tuple(dict.fromkeys((*own, *meant.activities)))


def clauses_of(when: When, record: LearningRecord, meant: MeantObject, scale: str) -> Iterator[ClauseResult]:
    """Yield every condition of `when` with its outcome; `scale` is the source's score scale."""
    for key, patterns in when.texts:
        found = _found_texts(key, record, meant)
        name, asked = key.replace("_", " "), " or ".join(patterns)
        if key == "not_launch_mode":
            name, asked = "launch mode", f"none of {', '.join(patterns)}"
        yield ClauseResult(name, asked, _listed(found), _text_holds(key, patterns, found))
    for key, gate in when.gates:
        value = _gate_value(key, record)
        said = "not said" if value is None else str(value).lower()
        yield ClauseResult(key, _gate_word(gate), said, _passes(gate, value))
    if when.score_min is not None:
        ratio = record.score.ratio(scale)
        said = "no score" if ratio is None else _percent(ratio)
        asked = f"at least {_percent(when.score_min)}"
        yield ClauseResult("score", asked, said, _score_holds(when.score_min, ratio))
    if when.duration_min is not None:
        seconds = record.duration_seconds
        said = "not said" if seconds is None else f"{seconds:g} s"
        holds = _duration_holds(when.duration_min, seconds)
        yield ClauseResult("duration", f"at least {when.duration_min}", said, holds)
    for iri, expected in when.extensions:
        said = _json(_comparable(record.extensions[iri])) if iri in record.extensions else "absent"
        yield ClauseResult(f"extension {iri}", expected, said, _extension_holds(iri, expected, record))


def _all_hold(when: When, record: LearningRecord, meant: MeantObject, scale: str) -> bool:
    """Tell whether every condition holds, without a word about it: what `clauses_of` says, at a tenth of the time."""
    return (
        all(_text_holds(key, patterns, _found_texts(key, record, meant)) for key, patterns in when.texts)
        and all(_passes(gate, _gate_value(key, record)) for key, gate in when.gates)
        and (when.score_min is None or _score_holds(when.score_min, record.score.ratio(scale)))
        and (when.duration_min is None or _duration_holds(when.duration_min, record.duration_seconds))
        and all(_extension_holds(iri, expected, record) for iri, expected in when.extensions)
    )


def _text_holds(key: str, patterns: tuple[str, ...], found: tuple[str, ...]) -> bool:
    fits = any(matches_any(patterns, text) for text in found)
    return not fits if key == "not_launch_mode" else fits


def _gate_value(key: str, record: LearningRecord) -> bool | None:
    return record.completion if key == "completion" else record.success


def _score_holds(least: Decimal, ratio: Decimal | None) -> bool:
    return ratio is not None and ratio >= least


def _duration_holds(least: str, seconds: float | None) -> bool:
    return seconds is not None and seconds >= _least_seconds(least)


def _extension_holds(iri: str, expected: str, record: LearningRecord) -> bool:
    if iri not in record.extensions:
        return False
    asked = json.loads(expected)
    allowed = {_json(asked), *((_json(item) for item in asked) if isinstance(asked, list) else ())}
    return _json(_comparable(record.extensions[iri])) in allowed


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _comparable(value: Any) -> Any:
    """Return an extension's value as rules are stored: decimals by their value, 0.50 as 0.5."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, Decimal):
        number = value.normalize()
        is_whole = number.is_finite() and number == number.to_integral_value() and number.adjusted() < 18
        return int(number) if is_whole else str(number)
    return value


def level_given(gives: Gives, record: LearningRecord, scale: str) -> int | None:
    """Return the level that a match gives: as stated, or the highest band that the score reaches; None below all."""
    if gives.level is not None:
        return gives.level
    ratio = record.score.ratio(scale)
    if ratio is None:
        return None
    reached = [level for threshold, level in gives.levels_by_score if ratio >= threshold]
    return reached[-1] if reached else None


def _least_seconds(text: str) -> float:
    seconds = duration_seconds(text)
    if seconds is not None:
        return float(seconds)
    period = parse_period(text)
    return (period.months * 30 + period.days) * _DAY_SECONDS


def _found_texts(key: str, record: LearningRecord, meant: MeantObject) -> tuple[str, ...]:
    match key:
        case "activity":
            return activities_meant(record, meant)
        case "object":
            return (meant.key,)
        case "parent":
            return record.parents
        case "grouping":
            return record.groupings
        case "category":
            return record.categories
        case "not_launch_mode":
            value = record.launch_mode
        case _:
            value = getattr(record, key)
    return (value,) if value is not None else ()


def _listed(found: tuple[str, ...]) -> str:
    return ", ".join(found) if found else "nothing"


def _gate_word(gate: Gate) -> str:
    return "not false" if gate == "not_false" else str(gate).lower()


def _passes(gate: Gate, value: bool | None) -> bool:
    return value is not False if gate == "not_false" else value is gate


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).quantize(Decimal('0.1')).normalize():f} %"


def explain(rule: Rule, record: LearningRecord, aliases: AliasView, scale: str) -> tuple[ClauseResult, ...]:
    """Return all clauses of a rule: its pattern's, its own, and for a counted group which objects are its parts."""
    meant = meant_object(record, rule.canonical, aliases)
    found: list[ClauseResult] = []
    if rule.uses is not None:
        found.extend(clauses_of(rule.uses.when, record, meant, scale))
    found.extend(clauses_of(rule.when, record, meant, scale))
    if rule.needs is not None:
        found.append(
            ClauseResult("one of", " or ".join(rule.needs.of), meant.key, meant.key in rule.needs.of)
        )
    return tuple(found)


def matches(rule: Rule, record: LearningRecord, aliases: AliasView, scale: str) -> bool:
    """Tell whether every clause of the rule holds."""
    meant = meant_object(record, rule.canonical, aliases)
    if rule.needs is not None and meant.key not in rule.needs.of:
        return False
    if rule.uses is not None and not pattern_holds(rule.uses, record, meant, scale):
        return False
    return _all_hold(rule.when, record, meant, scale)


def pattern_holds(pattern: Pattern, record: LearningRecord, meant: MeantObject, scale: str) -> bool:
    """Tell whether every condition of a pattern holds."""
    return _all_hold(pattern.when, record, meant, scale)


GATES = frozenset({"completion", "success", "score", "duration", "launch mode"})


def speaks_of(rule: Rule, record: LearningRecord, aliases: AliasView, scale: str) -> tuple[ClauseResult, ...]:
    """Return the gates that fail where all else of the rule holds: learning that was meant, but is no proof."""
    failing = [clause for clause in explain(rule, record, aliases, scale) if not clause.holds]
    if failing and all(clause.name in GATES for clause in failing):
        return tuple(failing)
    return ()
