"""Effective-dated updates: from what is stored and what a file says to the timeline that holds from now on.

A timeline is the rows of one key that are known now, each with the values and the days it holds (half open). A change
never touches a row: it retires those that are no longer right and adds those that are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Key = tuple[str, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """`values` hold from `begin` up to, not including, `end`; None is open."""

    values: Values
    begin: date | None
    end: date | None

    def covers(self, day: date) -> bool:
        """Tell whether the span holds on `day`."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


Timeline = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one key: the spans that are retired and those that are added."""

    table: str
    key: Key
    retired: Timeline
    added: Timeline


def restated(current: Timeline, said: Sequence[tuple[Values, date | None]], today: date) -> Timeline:
    """Return the timeline after a file says `said`: values with the day from which they hold (None: not given).

    Several rows of one key are the whole story, the first may lack a day. One row without a day holds without a
    beginning where the key is new, and from `today` where it changes something known.
    """
    rows = sorted(said, key=lambda item: item[1] or date.min)
    if not current or len(rows) > 1:
        first = current[0].begin if current and rows[0][1] is None else rows[0][1]
        begins = [first, *(begin for _, begin in rows[1:])]
        ends = [*begins[1:], None]
        return joined(
            Span(values, begin, end) for (values, _), begin, end in zip(rows, begins, ends, strict=True)
        )
    values, begin = rows[0]
    last = current[-1]
    if begin is None:
        if last.values == values and last.end is None:
            return current
        begin = today
    return joined((*before(current, begin), Span(values, begin, None)))


def before(timeline: Timeline, day: date) -> Timeline:
    """Return what of `timeline` lies before `day`."""
    kept: list[Span] = []
    for span in timeline:
        if span.begin is not None and span.begin >= day:
            continue
        end = day if span.end is None or span.end > day else span.end
        kept.append(Span(span.values, span.begin, end))
    return tuple(kept)


def joined(spans: Iterable[Span]) -> Timeline:
    """Return spans in order, those that touch with equal values made one, empty ones dropped."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda item: item.begin or date.min):
        if span.end is not None and span.begin is not None and span.end <= span.begin:
            continue
        if (
            found
            and found[-1].values == span.values
            and found[-1].end == span.begin
            and span.begin is not None
        ):
            found[-1] = Span(span.values, found[-1].begin, span.end)
        else:
            found.append(span)
    return tuple(found)


def difference(table: str, key: Key, current: Timeline, wanted: Timeline) -> Change | None:
    """Return the change from `current` to `wanted`, None where they are equal."""
    retired = tuple(span for span in current if span not in wanted)
    added = tuple(span for span in wanted if span not in current)
    return Change(table, key, retired, added) if retired or added else None


def differences(
    table: str, current: Mapping[Key, Timeline], wanted: Mapping[Key, Timeline]
) -> tuple[Change, ...]:
    """Return the changes of every key that `wanted` speaks of, in order of key."""
    found = (difference(table, key, current.get(key, ()), wanted[key]) for key in sorted(wanted))
    return tuple(change for change in found if change is not None)
