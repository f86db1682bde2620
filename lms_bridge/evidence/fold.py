"""One rule over one person's matches in order of time: repeats, renewals, counted groups, and what takes back.

Input are the gains and withdrawals of one rule as known at one instant, or as they become known; output the facts. Pure
and total: the same set of events gives the same facts, whatever the order in which they arrived.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True, slots=True)
class _Held:
    """A fact, with the instant that gave it and, for a counted group, what backs it."""

    fact: Fact
    at: datetime
    parts: Mapping[str, _Part]
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class _State:
    """What the events so far come to: facts in the order in which they were gained, and parts that are being counted."""

    held: tuple[_Held, ...] = ()
    parts: Mapping[str, _Part] = field(default_factory=dict)


def fold(
    rule_id: str, gains: Iterable[Gain], withdrawals: Iterable[Withdrawal], last_day_rule: str
) -> tuple[Fact, ...]:
    """Return the facts of one rule, in total order. `last_day_rule` is the policy `validity_last_day`."""
    folding = Folding(rule_id, last_day_rule)
    folding.add((*gains, *withdrawals))
    return folding.facts()


class Folding:
    """The facts of one rule over events that become known little by little.

    What comes after all that is known already is folded onto it; only what comes between is folded anew with all that
    follows. The facts depend on the set of events alone, never on the order in which they were added.
    """

    def __init__(self, rule_id: str, last_day_rule: str) -> None:
        """Begin without events. `last_day_rule` is the policy `validity_last_day`."""
        self.last_day_rule = last_day_rule
        self._rule_id = rule_id
        self._events: list[Gain | Withdrawal] = []
        self._ends: list[Withdrawal] = []
        self._cut: dict[tuple[str, str], datetime] = {}
        self._series: dict[tuple[str, int, str | None], _Series] = {}
        self._facts: tuple[Fact, ...] | None = ()

    def add(self, events: Iterable[Gain | Withdrawal]) -> None:
        """Add events that become known together."""
        new = sorted(events, key=_place)
        self._events += new
        cuts = [item for item in new if isinstance(item, Withdrawal) and item.effect == "never_held"]
        if not cuts:
            self._sort_in(new)
            return
        for item in cuts:
            key = (item.object_key, item.version)
            self._cut[key] = max(item.at, self._cut.get(key, item.at))
        self._ends.clear()
        self._series.clear()
        self._facts = None
        self._sort_in(sorted(self._events, key=_place))

    def _sort_in(self, events: Iterable[Gain | Withdrawal]) -> None:
        for event in events:
            if isinstance(event, Gain):
                self._sort_in_gain(event)
            elif event.effect == "ended":
                self._ends.append(event)
                for (_, _, object_key), series in self._series.items():
                    if object_key is None or object_key == event.object_key:
                        self._grow(series, event)

    def _sort_in_gain(self, gain: Gain) -> None:
        # At equal timestamps the award stands.
        if gain.at < self._cut.get((gain.object_key, gain.version), gain.at):
            return
        object_key = gain.object_key if gain.needs is None else None
        key = (gain.gives.skill_iri, gain.ordinal, object_key)
        series = self._series.get(key)
        if series is None:
            kind = _Single if object_key is not None else _Group
            series = self._series[key] = kind(self._rule_id, self.last_day_rule)
            for item in sorted(self._ends, key=_place):
                if object_key is None or item.object_key == object_key:
                    series.add(item)
        self._grow(series, gain)

    def _grow(self, series: _Series, event: Gain | Withdrawal) -> None:
        if series.add(event):
            self._facts = None

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts in total order; the same object again where nothing changed."""
        if self._facts is None:
            singles = sorted(key for key in self._series if key[2] is not None)
            groups = sorted(key for key in self._series if key[2] is None)
            found = [fact for key in (*singles, *groups) for fact in self._series[key].facts()]
            self._facts = tuple(sorted(_once(found), key=_order))
        return self._facts


def _place(event: Gain | Withdrawal) -> tuple[datetime, bool, str, str]:
    """Return where an event stands in time; at equal timestamps the withdrawal acts first, so that the award stands."""
    return (event.at, isinstance(event, Gain), event.statement_id, event.version)


class _Series(ABC):
    """Events that touch each other, in order of time, and what they come to after each."""

    def __init__(self, rule_id: str, last_day_rule: str) -> None:
        self.rule_id = rule_id
        self.last_day_rule = last_day_rule
        self._events: list[Gain | Withdrawal] = []
        self._states = [_State()]

    def add(self, event: Gain | Withdrawal) -> bool:
        """Add an event and let those after it act again, as far as it changes anything; tell whether it did to the end."""
        events, states = self._events, self._states
        place = len(events)
        if events and _place(event) < _place(events[-1]):
            place = bisect_right(events, _place(event), key=_place)
        events.insert(place, event)
        state = self.step(states[place], event)
        states.insert(place + 1, state)
        if state is states[place]:
            return False
        for index in range(place + 1, len(events)):
            state = self.step(state, events[index])
            if state == states[index + 1]:
                return False
            states[index + 1] = state
        return True

    def facts(self) -> list[Fact]:
        """Return the facts, in the order in which they were gained."""
        return [item.fact for item in self._states[-1].held]

    @abstractmethod
    def step(self, state: _State, event: Gain | Withdrawal) -> _State:
        """Return the state after the next event: the same object where it changes nothing."""


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


class _Single(_Series):
    """Each learning object for itself."""

    def step(self, state: _State, event: Gain | Withdrawal) -> _State:
        held = state.held
        if isinstance(event, Withdrawal):
            after = tuple(
                _ended(item, event) if item.fact.rule_version == event.version else item for item in held
            )
            return state if _are_same(held, after) else _State(after)
        for place, item in enumerate(held):
            if _says(item.fact, event):
                if item.fact.cited_id <= event.statement_id:
                    return state
                said = replace(item, fact=replace(item.fact, cited_id=event.statement_id))
                return _State((*held[:place], said, *held[place + 1 :]))
        start = _start(held, event, self.last_day_rule)
        if start is None:
            return state
        fact = _fact(self.rule_id, event, event.object_key, start, self.last_day_rule)
        return _State((*held, _Held(fact, event.at, {}, None)))


def _are_same(before: Sequence[_Held], after: Sequence[_Held]) -> bool:
    return all(old is new for old, new in zip(before, after, strict=True))


def _says(fact: Fact, gain: Gain) -> bool:
    """Tell whether a fact is of the day and level of `gain`, and so says what it does; it then cites the smaller id."""
    return (
        fact.achieved_on == gain.day
        and fact.level == gain.level
        and fact.rule_version == gain.version
        and fact.holds_on(gain.day)
    )


class _Group(_Series):
    """Counts distinct learning objects; the fact cites the n-th and is its own learning object.

    After a fact the count begins anew, so that renewing a group takes the whole group again, and what comes while a fact
    holds and cannot be renewed yet is not counted: it backs the fact. A part that is taken back ends the fact only where
    the others are too few, and these then count again.
    """

    def step(self, state: _State, event: Gain | Withdrawal) -> _State:
        if isinstance(event, Withdrawal):
            return _without_part(state, event)
        needs = event.needs
        if needs is None:
            return state
        part = _Part(event.day, event.version)
        held = tuple(_backed(item, event, part) for item in state.held)
        start = _start(held, event, self.last_day_rule)
        if start is None:
            return state if _are_same(state.held, held) else _State(held, state.parts)
        parts = {**state.parts, event.object_key: part}
        earliest = parse_period(needs.within).before(event.day) if needs.within else date.min
        current = {key: item for key, item in parts.items() if item.day >= earliest}
        if len(current) < needs.at_least:
            return _State(held, parts)
        fact = _fact(self.rule_id, event, f"group:{self.rule_id}", start, self.last_day_rule)
        return _State((*held, _Held(fact, event.at, current, needs)))


def _backed(item: _Held, gain: Gain, part: _Part) -> _Held:
    """Return a fact of a group with one more part behind it, where it holds on the day of the part."""
    if gain.object_key in item.parts or not item.fact.holds_on(gain.day):
        return item
    return replace(item, parts={**item.parts, gain.object_key: part})


def _without_part(state: _State, event: Withdrawal) -> _State:
    """Return a group's state after a part was taken back."""
    parts = dict(state.parts)
    counted = parts.get(event.object_key)
    if counted is not None and counted.version == event.version:
        del parts[event.object_key]
    held: list[_Held] = []
    for item in state.held:
        part = item.parts.get(event.object_key)
        if part is None or part.version != event.version or item.needs is None:
            held.append(item)
            continue
        left = replace(item, parts={key: part for key, part in item.parts.items() if key != event.object_key})
        if not _is_fulfilled(item.needs, left.parts):
            ended = _ended(left, event)
            if ended is not left:
                for key, other in left.parts.items():
                    parts.setdefault(key, other)
            left = ended
        held.append(left)
    return _State(tuple(held), parts)


def _is_fulfilled(needs: Needs, parts: Mapping[str, _Part]) -> bool:
    """Tell whether enough parts lie within the time that the group allows."""
    days = sorted(part.day for part in parts.values())
    if needs.within is None or len(days) < needs.at_least:
        return len(days) >= needs.at_least
    within = parse_period(needs.within)
    return any(
        within.before(last) <= first for first, last in zip(days, days[needs.at_least - 1 :], strict=False)
    )


def _ended(item: _Held, event: Withdrawal) -> _Held:
    """Return a fact ended by the taking back; the same object where it did not hold any more."""
    fact = item.fact
    if item.at >= event.at or (fact.ended_on is not None and fact.ended_on <= event.day):
        return item
    ended = replace(
        fact,
        ended_on=max(event.day, fact.achieved_on),
        end_kind="withdrawn",
        end_cause_id=event.statement_id,
    )
    return replace(item, fact=ended)


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
