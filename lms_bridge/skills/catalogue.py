"""Learning objects: one key for what many activity IRIs mean, through aliases dated in what holds and what was known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from lms_bridge.skills.text_patterns import matcher


@dataclass(frozen=True, slots=True)
class Alias:
    """An activity pattern that means a learning object, for learning on the days from/to (half open), while it is known."""

    pattern: str
    object_key: str
    known_from: datetime
    known_to: datetime | None
    valid_from: date | None = None
    valid_to: date | None = None

    def known_at(self, instant: datetime) -> bool:
        """Tell whether the alias was known at `instant`."""
        return self.known_from <= instant and (self.known_to is None or instant < self.known_to)

    def covers(self, day: date) -> bool:
        """Tell whether the alias holds for what was done on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


@dataclass(slots=True)
class _Era:
    """The aliases of days between two changes: exact first, then the longest prefix, then patterns in their order."""

    exact: dict[str, str] = field(default_factory=dict)
    prefixes: list[tuple[str, str]] = field(default_factory=list)
    patterns: list[tuple[str, str]] = field(default_factory=list)
    resolved: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, aliases: Sequence[Alias]) -> _Era:
        era = cls()
        for alias in sorted(aliases, key=lambda item: (item.pattern, item.object_key)):
            if alias.pattern.startswith("re:"):
                era.patterns.append((alias.pattern, alias.object_key))
            elif alias.pattern.endswith("*"):
                era.prefixes.append((alias.pattern[:-1], alias.object_key))
            else:
                era.exact.setdefault(alias.pattern, alias.object_key)
        era.prefixes.sort(key=lambda item: (-len(item[0]), item))
        return era

    def key_of(self, activity: str) -> str | None:
        if activity not in self.resolved:
            self.resolved[activity] = self._find(activity)
        return self.resolved[activity]

    def _find(self, activity: str) -> str | None:
        if activity in self.exact:
            return self.exact[activity]
        for prefix, key in self.prefixes:
            if activity.startswith(prefix):
                return key
        return next((key for pattern, key in self.patterns if matcher(pattern)(activity)), None)


@dataclass(slots=True)
class AliasView:
    """The aliases of one state of knowledge, by the company's calendar days in `zone`."""

    turns: tuple[date, ...]
    eras: tuple[_Era, ...]
    zone: tzinfo

    @classmethod
    def of(cls, aliases: Sequence[Alias], zone: tzinfo = UTC) -> AliasView:
        """Build the view of `aliases`, all of which are known."""
        turns = tuple(
            sorted(
                {day for alias in aliases for day in (alias.valid_from, alias.valid_to) if day is not None}
            )
        )
        firsts = (date.min, *turns)
        return cls(
            turns, tuple(_Era.of([alias for alias in aliases if alias.covers(day)]) for day in firsts), zone
        )

    def key_of(self, activity: str, at: datetime | None = None) -> str | None:
        """Return the key that claims `activity` for what was done at `at`, or None; without `at`, on any day."""
        if len(self.eras) == 1:
            return self.eras[0].key_of(activity)
        if at is None:
            return next((key for era in self.eras if (key := era.key_of(activity)) is not None), None)
        try:
            day = at.astimezone(self.zone).date()
        except OverflowError:
            day = at.date()
        return self.eras[bisect_right(self.turns, day)].key_of(activity)
