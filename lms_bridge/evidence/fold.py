"""One rule over one person's matches in order of time: repeats, renewals, counted groups, and what takes back.

Input are the gains and withdrawals of one rule as known at one instant; output the facts. Pure and total: the same set
of events gives the same facts, whatever the order in which they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from lms_bridge.evidence.facts import Fact
from lms_bridge.periods import parse_period
from lms_bridge.skills.rules import Effect, Gives, Needs
from lms_bridge.skills.strengths import strength_from

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gain:
    """A record that matched: what it gives, on which day, on which learning object.

    `ordinal` counts the gives of one rule for one skill, so that a new version may add or move others.
    """

    at: datetime
    statement_id: str
    day: date
    object_key: str
    ordinal: int
    gives: Gives
    level: int
    version: str
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A record that takes back what earlier records on the same learning object gave under the same rule version."""

    at: datetime
    statement_id: str
    day: date
    object_key: str
    effect: Effect
    version: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A learning object of a counted group: when it was achieved, and under which version."""

    day: date
    version: str


@dataclass(slots=True)
class _Held:
    """A fact under construction, with the instant that gave it and, for a counted group, what backs it."""

    fact: Fact
    at: datetime
    parts: dict[str, _Part]
    needs: Needs | None


def fold(
    rule_id: str, gains: Iterable[Gain], withdrawals: Iterable[Withdrawal], last_day_rule: str
) -> tuple[Fact, ...]:
    """Return the facts of one rule, in total order. `last_day_rule` is the policy `validity_last_day`."""
    taken = sorted(withdrawals, key=lambda item: (item.at, item.statement_id, item.version))
    cut: dict[tuple[str, str], datetime] = {}
    for item in taken:
        if item.effect == "never_held":
            cut[item.object_key, item.version] = item.at
    ends = [item for item in taken if item.effect == "ended"]
    groups: dict[tuple[str, int], list[Gain]] = {}
    singles: dict[tuple[str, int, str], list[Gain]] = {}
    for gain in gains:
        # At equal timestamps the award stands.
        if gain.at < cut.get((gain.object_key, gain.version), gain.at):
            continue
        series = (gain.gives.skill_iri, gain.ordinal)
        if gain.needs is None:
            singles.setdefault((*series, gain.object_key), []).append(gain)
        else:
            groups.setdefault(series, []).append(gain)
    facts: list[Fact] = []
    for key in sorted(singles):
        own = [item for item in ends if item.object_key == key[2]]
        facts += _series(rule_id, singles[key], own, last_day_rule)
    for name in sorted(groups):
        facts += _group(rule_id, groups[name], ends, last_day_rule)
    return tuple(sorted(_once(facts), key=_order))


def _order(fact: Fact) -> tuple[object, ...]:
    return (
        fact.achieved_on,
        fact.skill_iri,
        fact.level,
        fact.cited_id,
        fact.object_key,
        fact.strength,
        fact.rule_version or "",
    )


def _once(facts: Sequence[Fact]) -> list[Fact]:
    """Keep one of facts that are equal but for the statement: the one that lasts, then the smallest id."""
    best: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        key = (
            fact.object_key,
            fact.skill_iri,
            fact.level,
            fact.strength,
            fact.achieved_on,
            fact.rule_version,
        )
        other = best.get(key)
        if other is None or _lasting(fact) < _lasting(other):
            best[key] = fact
    return list(best.values())


def _lasting(fact: Fact) -> tuple[int, str]:
    return (-(fact.ended_on or date.max).toordinal(), fact.cited_id)


def _events(gains: Sequence[Gain], ends: Sequence[Withdrawal]) -> list[Gain | Withdrawal]:
    """Merge by time; at equal timestamps the withdrawal acts first, so that the award stands."""
    return sorted((*ends, *gains), key=lambda item: (item.at, isinstance(item, Gain), item.statement_id))


def _series(
    rule_id: str, gains: Sequence[Gain], ends: Sequence[Withdrawal], last_day_rule: str
) -> list[Fact]:
    held: list[_Held] = []
    for event in _events(gains, ends):
        if isinstance(event, Withdrawal):
            for item in held:
                if item.fact.rule_version == event.version:
                    _end(item, event)
        elif not _is_said(held, event):
            start = _start(held, event, last_day_rule)
            if start is not None:
                fact = _fact(rule_id, event, event.object_key, start, last_day_rule)
                held.append(_Held(fact, event.at, {}, None))
    return [item.fact for item in held]


def _is_said(held: Sequence[_Held], gain: Gain) -> bool:
    """Tell whether a fact of the same day and level says what `gain` does; it then cites the smaller id."""
    for item in held:
        fact = item.fact
        if (
            fact.achieved_on == gain.day
            and fact.level == gain.level
            and fact.rule_version == gain.version
            and fact.holds_on(gain.day)
        ):
            item.fact = replace(fact, cited_id=min(fact.cited_id, gain.statement_id))
            return True
    return False


def _group(rule_id: str, gains: Sequence[Gain], ends: Sequence[Withdrawal], last_day_rule: str) -> list[Fact]:
    """Count distinct learning objects; the fact cites the n-th and is its own learning object.

    After a fact the count begins anew, so that renewing a group takes the whole group again, and what comes while a fact
    holds and cannot be renewed yet is not counted: it backs the fact. A part that is taken back ends the fact only where
    the others are too few, and these then count again.
    """
    held: list[_Held] = []
    parts: dict[str, _Part] = {}
    for event in _events(gains, ends):
        if isinstance(event, Withdrawal):
            _take_part(held, parts, event)
            continue
        needs = event.needs
        if needs is None:
            continue
        part = _Part(event.day, event.version)
        for item in held:
            if item.fact.holds_on(event.day):
                item.parts.setdefault(event.object_key, part)
        start = _start(held, event, last_day_rule)
        if start is None:
            continue
        parts[event.object_key] = part
        earliest = parse_period(needs.within).before(event.day) if needs.within else date.min
        current = {key: item for key, item in parts.items() if item.day >= earliest}
        if len(current) >= needs.at_least:
            fact = _fact(rule_id, event, f"group:{rule_id}", start, last_day_rule)
            held.append(_Held(fact, event.at, current, needs))
            parts.clear()
    return [item.fact for item in held]


def _take_part(held: Sequence[_Held], parts: dict[str, _Part], event: Withdrawal) -> None:
    counted = parts.get(event.object_key)
    if counted is not None and counted.version == event.version:
        del parts[event.object_key]
    for item in held:
        part = item.parts.get(event.object_key)
        if part is None or part.version != event.version or item.needs is None:
            continue
        del item.parts[event.object_key]
        if not _is_fulfilled(item.needs, item.parts) and _end(item, event):
            for key, left in item.parts.items():
                parts.setdefault(key, left)


def _is_fulfilled(needs: Needs, parts: Mapping[str, _Part]) -> bool:
    """Tell whether enough parts lie within the time that the group allows."""
    days = sorted(part.day for part in parts.values())
    if needs.within is None or len(days) < needs.at_least:
        return len(days) >= needs.at_least
    within = parse_period(needs.within)
    return any(
        within.before(last) <= first for first, last in zip(days, days[needs.at_least - 1 :], strict=False)
    )


def _end(item: _Held, event: Withdrawal) -> bool:
    """End a fact with the taking back, where it still held; tell whether it did."""
    fact = item.fact
    if item.at >= event.at or (fact.ended_on is not None and fact.ended_on <= event.day):
        return False
    item.fact = replace(
        fact,
        ended_on=max(event.day, fact.achieved_on),
        end_kind="withdrawn",
        end_cause_id=event.statement_id,
    )
    return True


def _start(held: Sequence[_Held], gain: Gain, last_day_rule: str) -> date | None:
    """Return the day from which the validity of a fact by `gain` counts.

    None where a fact that holds already says as much and is not renewed on this day.
    """
    same = [item.fact for item in held if item.fact.holds_on(gain.day) and item.fact.level >= gain.level]
    if not same:
        return gain.day
    if gain.gives.renew_window is None or any(
        fact.ended_on is None or fact.achieved_on == gain.day for fact in same
    ):
        return None
    last = max(fact.ended_on for fact in same if fact.ended_on is not None)
    if gain.day < parse_period(gain.gives.renew_window).before(last):
        return None
    if gain.gives.renew_from == "achievement":
        return gain.day
    # The anniversary that still counts is the last day; the next time is counted from it all the same.
    counts_from_last_day = gain.gives.valid_for is not None and last_day_rule != "day_before"
    return last - ONE_DAY if counts_from_last_day else last


def _fact(rule_id: str, gain: Gain, object_key: str, start: date, last_day_rule: str) -> Fact:
    ended_on = _ended_on(gain.gives, start, last_day_rule)
    return Fact(
        skill_iri=gain.gives.skill_iri,
        level=gain.level,
        strength=strength_from(gain.gives.strength),
        achieved_on=gain.day,
        ended_on=ended_on,
        end_kind="expiry" if ended_on is not None else None,
        end_cause_id=None,
        cited_kind="statement",
        cited_id=gain.statement_id,
        object_key=object_key,
        rule_id=rule_id,
        rule_version=gain.version,
        by_person=False,
        authenticity="source key",
    )


def _ended_on(gives: Gives, start: date, last_day_rule: str) -> date | None:
    """Return the first day on which the fact no longer holds."""
    if gives.valid_for is not None:
        anniversary = parse_period(gives.valid_for).after(start)
        return anniversary if last_day_rule == "day_before" else anniversary + ONE_DAY
    if gives.valid_until is not None:
        month, day = gives.valid_until
        for year in (start.year, start.year + 1):
            last = _day_of_year(year, month, day)
            if last >= start:
                return last + ONE_DAY
    return None


def _day_of_year(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28)
