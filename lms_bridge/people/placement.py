"""Where a person stands on a day: direct teams, and the teams whose rows bind them since when.

A requirement of a team binds through membership in it or below it. The day from which it binds is the first of the
unbroken time up to the day asked, across moves inside the team and changes of the tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Stay:
    """A membership or assignment over time: `target` is the team or role."""

    target: str
    kind: str
    begin: date | None
    end: date | None

    def covers(self, day: date) -> bool:
        """Tell whether the stay holds on `day`."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class TeamSpan:
    """A team's parent over time."""

    parent: str | None
    begin: date | None
    end: date | None

    def covers(self, day: date) -> bool:
        """Tell whether the span holds on `day`."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


def parent_on(spans: Mapping[str, Sequence[TeamSpan]], team_id: str, day: date) -> str | None:
    """Return the parent of a team on a day."""
    return next((span.parent for span in spans.get(team_id, ()) if span.covers(day)), None)


def line_on(spans: Mapping[str, Sequence[TeamSpan]], team_id: str, day: date) -> tuple[str, ...]:
    """Return a team and the teams above it on a day, nearest first."""
    line: list[str] = []
    current: str | None = team_id
    while current is not None and current not in line:
        line.append(current)
        current = parent_on(spans, current, day)
    return tuple(line)


def scopes_since(
    stays: Sequence[Stay], spans: Mapping[str, Sequence[TeamSpan]], day: date
) -> tuple[tuple[str, date | None], ...]:
    """Return the teams whose rows bind on `day`, each with the first day of the unbroken time (None: no beginning)."""
    now = {team for stay in stays if stay.covers(day) for team in line_on(spans, stay.target, day)}
    if not now:
        return ()
    turns = {day}
    for stay in stays:
        turns |= {turn for turn in (stay.begin, stay.end) if turn is not None and turn <= day}
    lines = {team for stay in stays for team in (stay.target, *spans)}
    for team in lines:
        for span in spans.get(team, ()):
            turns |= {turn for turn in (span.begin, span.end) if turn is not None and turn <= day}
    ordered = sorted(turns, reverse=True)
    since: dict[str, date | None] = {}
    for team in now:
        first: date | None = day
        for turn in ordered:
            if team not in _bound_on(stays, spans, turn):
                break
            first = turn
            if team not in _bound_on(stays, spans, turn - timedelta(days=1)):
                break
        else:
            first = None
        since[team] = first
    return tuple(sorted(since.items()))


def _bound_on(stays: Sequence[Stay], spans: Mapping[str, Sequence[TeamSpan]], day: date) -> frozenset[str]:
    return frozenset(team for stay in stays if stay.covers(day) for team in line_on(spans, stay.target, day))


def since_of(stays: Sequence[Stay], target: str, day: date) -> date | None:
    """Return the first day of the unbroken time in `target` up to `day`; None where it has no beginning."""
    mine = sorted(
        (stay for stay in stays if stay.target == target and stay.kind != "target"),
        key=lambda stay: stay.begin or date.min,
        reverse=True,
    )
    first: date | None = day
    for stay in mine:
        if stay.begin is not None and stay.begin > day:
            continue
        if stay.covers(day) or (stay.end is not None and first is not None and stay.end >= first):
            first = stay.begin
            if first is None:
                return None
    return first
