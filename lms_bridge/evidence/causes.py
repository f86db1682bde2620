"""The inputs of evidence: what a person's records, awards and identities are, and the rule book they are read by.

Every cause carries the interval over which it was known. The rule book is the same for all people of one computation;
its `view_at` gives the rules, patterns, aliases and policy of one instant, and is cached.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lms_bridge.evidence.facts import ReversalKind
from lms_bridge.skills.catalogue import Alias, AliasView
from lms_bridge.skills.matching import MeantObject, activities_meant, meant_object
from lms_bridge.skills.records import LearningRecord
from lms_bridge.skills.rules import Pattern, Rule
from lms_bridge.skills.strengths import Strength

POLICY_DEFAULTS = {
    "time_zone": "UTC",
    "validity_last_day": "day_before",
    "earliest_year": "2000",
    "least_strength": "completed",
}
SCORE_SCALE = "score_scale:"


@dataclass(frozen=True, slots=True)
class KnownRule:
    """A rule version over an interval of knowledge; applies to days of achievement from/to (half open)."""

    rule: Rule
    version: str
    applies_from: date | None
    applies_to: date | None
    known_from: datetime
    known_to: datetime | None

    def applies_on(self, day: date) -> bool:
        """Tell whether the version judges what was achieved on `day`."""
        rule = self.rule
        return (
            (self.applies_from is None or self.applies_from <= day)
            and (self.applies_to is None or day < self.applies_to)
            and (rule.applies_from is None or rule.applies_from <= day)
            and (rule.applies_to is None or day <= rule.applies_to)
        )


@dataclass(frozen=True, slots=True)
class KnownPattern:
    """A pattern over an interval of knowledge."""

    pattern: Pattern
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """A company decision over an interval of knowledge."""

    name: str
    value: str
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class IdentityCause:
    """An agent key that belongs to the person, valid and known over intervals."""

    agent_key: str
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class AwardCause:
    """One instance of a credential; `revocations` are (effect, day, known_from, known_to).

    `ended_by` says what ended its knowledge at `known_to`, None where it was taken back itself.
    """

    award_id: str
    kind: str
    object_key: str
    skill_iri: str
    level: int
    strength: Strength
    achieved_on: date
    last_valid_day: date | None
    authenticity: str
    known_from: datetime
    known_to: datetime | None
    revocations: tuple[tuple[str, date, datetime, datetime | None], ...] = ()
    ended_by: tuple[ReversalKind, str] | None = None


@dataclass(frozen=True, slots=True)
class ClockCause:
    """A decision on a doubtful timestamp."""

    statement_id: str
    decision: str
    achieved_on: date | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class PersonCauses:
    """All causes of one person, of all their accounts."""

    person_id: str
    records: tuple[LearningRecord, ...]
    identities: tuple[IdentityCause, ...]
    awards: tuple[AwardCause, ...] = ()
    decisions: tuple[ClockCause, ...] = ()


@dataclass(slots=True)
class View:
    """The rule book at one instant.

    `shelves` hold the rules with their place in the book, by verb (None: any), by the way of finding the learning
    object, and by its key (None: any key); `by_activity` those that ask for exact activities instead of a key.
    """

    index: int
    rules: tuple[KnownRule, ...]
    patterns: tuple[Pattern, ...]
    aliases: AliasView
    policy: Mapping[str, str]
    zone: ZoneInfo
    earliest_year: int = 0
    shelves: dict[str | None, dict[str, dict[str | None, list[tuple[int, KnownRule]]]]] = field(
        default_factory=dict
    )
    by_activity: dict[str | None, dict[str, dict[str, list[tuple[int, KnownRule]]]]] = field(
        default_factory=dict
    )
    patterns_by_verb: dict[str | None, list[Pattern]] = field(default_factory=dict)
    claimed: frozenset[str] = frozenset()
    # The record that was asked about last, and its rules: what a record means is asked in several ways, one by one.
    asked_last: tuple[LearningRecord, tuple[KnownRule, ...]] | None = None

    def scale_of(self, source: str) -> str:
        """Return the score scale of a source."""
        return self.policy.get(SCORE_SCALE + source, "0..1")

    def rules_about(self, record: LearningRecord) -> tuple[KnownRule, ...]:
        """Return the rules that a record can concern, as gain or as withdrawal, in the order of the book.

        By verb, and by the key of the learning object that each way of finding it gives: rules for another object are
        never looked at, so that a thousand rules cost a record no more than those of its own course.
        """
        last = self.asked_last
        if last is not None and last[0] is record:
            return last[1]
        meant: dict[str, MeantObject] = {}
        found: dict[int, KnownRule] = {}
        for verb in (record.verb, None):
            for canonical, shelf in self.shelves.get(verb, {}).items():
                if canonical not in meant:
                    meant[canonical] = meant_object(record, canonical, self.aliases)
                found.update(shelf.get(meant[canonical].key, ()))
                found.update(shelf.get(None, ()))
            for canonical, asked in self.by_activity.get(verb, {}).items():
                if canonical not in meant:
                    meant[canonical] = meant_object(record, canonical, self.aliases)
                for activity in activities_meant(record, meant[canonical]):
                    found.update(asked.get(activity, ()))
        rules = tuple(found[place] for place in sorted(found))
        self.asked_last = record, rules
        return rules

    def patterns_for(self, verb: str) -> tuple[Pattern, ...]:
        """Return the patterns that can hold for `verb`."""
        return (*self.patterns_by_verb.get(verb, ()), *self.patterns_by_verb.get(None, ()))

    def day_of(self, instant: datetime) -> date:
        """Return the company's calendar day of `instant`; at the calendar's two ends the day as sent."""
        try:
            return instant.astimezone(self.zone).date()
        except OverflowError:
            return instant.date()


@dataclass(slots=True)
class RuleBook:
    """Rules, patterns, aliases and policy with their intervals of knowledge."""

    rules: tuple[KnownRule, ...]
    patterns: tuple[KnownPattern, ...]
    aliases: tuple[Alias, ...]
    policies: tuple[KnownPolicy, ...]
    instants: tuple[datetime, ...] = ()
    views: dict[int, View] = field(default_factory=dict)
    # What records mean, and how they read where they prove nothing, by statement, view and time: a person's past is
    # read again with every new record. Whoever fills them says what they hold and bounds them.
    meanings: dict[tuple[str, int, datetime], tuple[LearningRecord, Any]] = field(default_factory=dict)
    readings: dict[tuple[str, int, datetime], tuple[LearningRecord, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Collect the instants at which anything of the book changed."""
        found: set[datetime] = set()
        timed: list[KnownRule | KnownPattern | Alias | KnownPolicy] = [*self.rules, *self.patterns]
        timed += [*self.aliases, *self.policies]
        for item in timed:
            found.add(item.known_from)
            if item.known_to is not None:
                found.add(item.known_to)
        self.instants = tuple(sorted(found))

    def view_at(self, instant: datetime) -> View:
        """Return the view of `instant`; equal between two changes."""
        index = bisect_right(self.instants, instant)
        if index not in self.views:
            self.views[index] = self._view(index)
        return self.views[index]

    def _view(self, index: int) -> View:
        instant = self.instants[index - 1] if index else datetime.min.replace(tzinfo=UTC)

        def known(known_from: datetime, known_to: datetime | None) -> bool:
            return known_from <= instant and (known_to is None or instant < known_to)

        policy = dict(POLICY_DEFAULTS)
        policy.update(
            (item.name, item.value) for item in self.policies if known(item.known_from, item.known_to)
        )
        zone = ZoneInfo(policy["time_zone"])
        view = View(
            index=index,
            rules=tuple(
                sorted(
                    (item for item in self.rules if known(item.known_from, item.known_to)),
                    key=lambda item: (item.rule.rule_id, item.version, item.applies_from or date.min),
                )
            ),
            patterns=tuple(item.pattern for item in self.patterns if known(item.known_from, item.known_to)),
            aliases=AliasView.of(
                [item for item in self.aliases if known(item.known_from, item.known_to)], zone
            ),
            policy=policy,
            zone=zone,
            earliest_year=int(policy["earliest_year"]),
        )
        for place, item in enumerate(view.rules):
            _shelve(view, place, item)
        for pattern in view.patterns:
            for verb in _exact_verbs(pattern.when.text("verb")):
                view.patterns_by_verb.setdefault(verb, []).append(pattern)
        view.claimed = frozenset(
            key
            for item in view.rules
            for key in (*item.rule.when.text("object"), *(item.rule.needs.of if item.rule.needs else ()))
        )
        return view

    def verbs(self) -> frozenset[str] | None:
        """Return every verb that any version ever named, or None where one asks for no verb."""
        found: set[str] = set()
        for verbs in (
            *(_verbs_of_rule(item.rule) for item in self.rules),
            *(_exact_verbs(item.pattern.when.text("verb")) for item in self.patterns),
        ):
            for verb in verbs:
                if verb is None:
                    return None
                found.add(verb)
        return frozenset(found)


def _exact_verbs(patterns: Iterable[str]) -> frozenset[str | None]:
    verbs = tuple(patterns)
    if not verbs or any(verb.startswith("re:") or verb.endswith("*") for verb in verbs):
        return frozenset({None})
    return frozenset(verbs)


def _shelve(view: View, place: int, item: KnownRule) -> None:
    """Put a rule where the records that it can concern are looked up."""
    rule = item.rule
    keys = _exact_keys(rule)
    activities = _exact_activities(rule) if keys is None else None
    for verb in _verbs_of_gain(rule):
        if activities is None:
            shelf = view.shelves.setdefault(verb, {}).setdefault(rule.canonical, {})
            for key in keys or (None,):
                shelf.setdefault(key, []).append((place, item))
        else:
            asked = view.by_activity.setdefault(verb, {}).setdefault(rule.canonical, {})
            for activity in activities:
                asked.setdefault(activity, []).append((place, item))
    # What takes back may name the learning object by another of its activities.
    for verb in _verbs_of_taking(rule):
        shelf = view.shelves.setdefault(verb, {}).setdefault(rule.canonical, {})
        for key in keys or (None,):
            if (place, item) not in shelf.setdefault(key, []):
                shelf[key].append((place, item))


def _verbs_of_rule(rule: Rule) -> frozenset[str | None]:
    return _verbs_of_gain(rule) | _verbs_of_taking(rule)


def _verbs_of_gain(rule: Rule) -> frozenset[str | None]:
    own = _exact_verbs(rule.when.text("verb"))
    used = _exact_verbs(rule.uses.when.text("verb")) if rule.uses else frozenset({None})
    return own if None not in own else used


def _verbs_of_taking(rule: Rule) -> frozenset[str | None]:
    return _exact_verbs(rule.taken_back_by.verbs) if rule.taken_back_by else frozenset()


def _exact_keys(rule: Rule) -> tuple[str, ...] | None:
    """Return the exact keys of the learning objects a rule asks for; None where it asks for no or a pattern of keys."""
    return _exact(rule.when.text("object") or (rule.needs.of if rule.needs is not None else ()))


def _exact_activities(rule: Rule) -> tuple[str, ...] | None:
    """Return the exact activities a rule asks for; None where it asks for none, or a pattern of them."""
    return _exact(rule.when.text("activity"))


def _exact(patterns: tuple[str, ...]) -> tuple[str, ...] | None:
    if not patterns or any(pattern.startswith("re:") or pattern.endswith("*") for pattern in patterns):
        return None
    return tuple(dict.fromkeys(patterns))
