"""What the pages of rules say: the rules in force, one of them, what a change would do, and learning that wants a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule in force on the list: what it gives in words, and how many facts of present knowledge rest on it.

    `concerns` are the keys of what it looks at, `titles` what those are called, as far as `title` does not say it.
    """

    rule_id: str
    pack: str
    title: str
    concerns: str
    titles: tuple[str, ...]
    gives: tuple[str, ...]
    facts: int
    people: int
    counts: bool


@dataclass(frozen=True, slots=True)
class RuleVersionLine:
    """One version that was or is known."""

    version: str
    applies_from: date | None
    applies_to: date | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One condition tried against a statement."""

    name: str
    asked: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """A rule tried against a statement: every clause, and what it would give; or why it could not be tried."""

    clauses: tuple[ClauseLine, ...]
    gives: tuple[str, ...]
    holds: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Gain:
    """What one person would gain or lose; levels are words, "" for none."""

    person_id: str
    name: str
    skill: str
    before: str
    after: str

    @property
    def is_loss(self) -> bool:
        """Whether the person would have less."""
        return not self.after or (bool(self.before) and self.after < self.before)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a change of rules would do: in words, to whom, of how many who are touched."""

    words: tuple[str, ...]
    gains: tuple[Gain, ...]
    people_looked_at: int
    people_touched: int

    @property
    def is_whole(self) -> bool:
        """Whether everybody who is touched was looked at."""
        return self.people_looked_at == self.people_touched


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule: its text, what stands for the versions in force, and its versions."""

    line: RuleLine
    text: str
    in_force: str
    versions: tuple[RuleVersionLine, ...]


@dataclass(frozen=True, slots=True)
class SuggestedSkill:
    """A skill that learning may be about; `share` is its score against the best one's."""

    iri: str
    label: str
    framework: str
    description: str
    share: float
    words: tuple[str, ...]
    levels: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class LearningPage:
    """Learning that no rule counts: what is known of it, which sender pattern its statements fit, and suggestions."""

    object_key: str
    title: str
    description: str
    lang: str
    people: int
    statements: int
    pattern_id: str
    patterns: Sequence[str]
    has_scores: bool
    suggestions: tuple[SuggestedSkill, ...]
    by_meaning: bool
