"""One rule over one person's matches in order of time: repeats, renewals, counted groups, and what takes back.

Input are the gains and withdrawals of one rule as known at one instant; output the facts. Pure and total: the same set
of events gives the same facts, whatever the order in which they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from lms_bridge.evidence.facts import Fact
from lms_bridge.periods import parse_period
from lms_bridge.skills.rules import Effect, Gives, Needs
from lms_bridge.skills.strengths import strength_from

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gain:
    """A record that matched: what it gives, on which day, on which learning object."""

    at: datetime
    statement_id: str
    day: date
    object_key: str
    gives_index: int
    gives: Gives
    level: int
    version: str
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A record that takes back what earlier records on the same learning object gave."""

    at: datetime
    statement_id: str
    day: date
    object_key: str
    effect: Effect


@dataclass(slots=True)
class _Held:
    """A fact under construction, with the instant and the parts that gave it."""

    fact: Fact
    at: datetime
    parts: frozenset[str]


def fold(
    rule_id: str, gains: Iterable[Gain], withdrawals: Iterable[Withdrawal], last_day_rule: str
) -> tuple[Fact, ...]:
    """Return the facts of one rule, in total order. `last_day_rule` is the policy `validity_last_day`."""
    taken = sorted(withdrawals, key=lambda item: (item.at, item.statement_id))
    cut: dict[str, datetime] = {}
    for item in taken:
        if item.effect == "never_held":
            cut[item.object_key] = item.at
    kept = [gain for gain in gains if gain.object_key not in cut or gain.at >= cut[gain.object_key]]
    ends = [item for item in taken if item.effect == "ended"]
    facts: list[Fact] = []
    for index in sorted({gain.gives_index for gain in kept}):
        series = [gain for gain in kept if gain.gives_index == index]
        if series[0].needs is None:
            for object_key in sorted({gain.object_key for gain in series}):
                own = [gain for gain in series if gain.object_key == object_key]
                facts += _series(
                    rule_id, own, [item for item in ends if item.object_key == object_key], last_day_rule
                )
        else:
            facts += _group(rule_id, series, ends, last_day_rule)
    return tuple(sorted(_once(facts), key=_order))


def _order(fact: Fact) -> tuple[date, str, int, str]:
    return (fact.achieved_on, fact.skill_iri, fact.level, fact.cited_id)


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
            _end(held, event)
        else:
            _gain(held, rule_id, event, event.object_key, frozenset({event.object_key}), last_day_rule)
    return [item.fact for item in held]


def _group(rule_id: str, gains: Sequence[Gain], ends: Sequence[Withdrawal], last_day_rule: str) -> list[Fact]:
    """Count distinct learning objects; the fact cites the n-th and is its own learning object.

    After a fact the count begins anew, so that renewing a group takes the whole group again.
    """
    held: list[_Held] = []
    parts: dict[str, date] = {}
    for event in _events(gains, ends):
        if isinstance(event, Withdrawal):
            parts.pop(event.object_key, None)
            _end_group(held, event, gains)
            continue
        needs = event.needs
        if needs is None:
            continue
        parts[event.object_key] = event.day
        earliest = parse_period(needs.within).before(event.day) if needs.within else date.min
        current = frozenset(key for key, day in parts.items() if day >= earliest)
        if len(current) >= needs.at_least and _gain(
            held, rule_id, event, f"group:{rule_id}", current, last_day_rule
        ):
            parts.clear()
    return [item.fact for item in held]


def _end(held: Sequence[_Held], event: Withdrawal) -> None:
    for item in held:
        fact = item.fact
        if item.at < event.at and (fact.ended_on is None or fact.ended_on > event.day):
            ended_on = max(event.day, fact.achieved_on)
            item.fact = replace(
                fact, ended_on=ended_on, end_kind="withdrawn", end_cause_id=event.statement_id
            )


def _end_group(held: Sequence[_Held], event: Withdrawal, gains: Sequence[Gain]) -> None:
    for item in held:
        needs = gains[0].needs
        left = item.parts - {event.object_key}
        if needs is not None and event.object_key in item.parts:
            item.parts = left
            if len(left) < needs.at_least:
                _end([item], event)


def _gain(
    held: list[_Held], rule_id: str, gain: Gain, object_key: str, parts: frozenset[str], last_day_rule: str
) -> bool:
    """Add the fact that `gain` is, unless one that holds already says as much; tell whether one was added."""
    same = [item for item in held if item.fact.holds_on(gain.day) and item.fact.level >= gain.level]
    start = gain.day
    if same:
        for item in same:
            fact = item.fact
            if (fact.achieved_on, fact.level, fact.rule_version) == (gain.day, gain.level, gain.version):
                item.fact = replace(fact, cited_id=min(fact.cited_id, gain.statement_id))
                return False
        ended = [item.fact.ended_on for item in same]
        if gain.gives.renew_window is None or any(day is None for day in ended):
            return False
        last = max(day for day in ended if day is not None)
        if gain.day < parse_period(gain.gives.renew_window).before(last):
            return False
        if gain.gives.renew_from == "previous_expiry":
            start = last if last_day_rule == "day_before" else last - ONE_DAY
    ended_on = _ended_on(gain.gives, start, last_day_rule)
    fact = Fact(
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
    held.append(_Held(fact, gain.at, parts))
    return True


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
