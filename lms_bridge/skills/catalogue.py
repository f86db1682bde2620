"""Learning objects: one key for what many activity IRIs mean, through aliases that hold over an interval of knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lms_bridge.skills.text_patterns import matcher


@dataclass(frozen=True, slots=True)
class Alias:
    """An activity pattern that means a learning object while it is known."""

    pattern: str
    object_key: str
    known_from: datetime
    known_to: datetime | None

    def known_at(self, instant: datetime) -> bool:
        """Tell whether the alias was known at `instant`."""
        return self.known_from <= instant and (self.known_to is None or instant < self.known_to)


@dataclass(slots=True)
class AliasView:
    """The aliases of one state of knowledge: exact first, then the longest prefix, then patterns by key."""

    exact: dict[str, str] = field(default_factory=dict)
    prefixes: list[tuple[str, str]] = field(default_factory=list)
    patterns: list[tuple[str, str]] = field(default_factory=list)
    resolved: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, aliases: Sequence[Alias]) -> AliasView:
        """Build the view of `aliases`, all of which are known."""
        view = cls()
        for alias in sorted(aliases, key=lambda item: (item.pattern, item.object_key)):
            if alias.pattern.startswith("re:"):
                view.patterns.append((alias.pattern, alias.object_key))
            elif alias.pattern.endswith("*"):
                view.prefixes.append((alias.pattern[:-1], alias.object_key))
            else:
                view.exact.setdefault(alias.pattern, alias.object_key)
        view.prefixes.sort(key=lambda item: (-len(item[0]), item))
        return view

    def key_of(self, activity: str) -> str | None:
        """Return the key that claims `activity`, or None."""
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
