"""The one function from causes to evidence: worker and rebuild both call it, so lag and restarts change nothing.

Evidence rows are the maximal knowledge intervals of the facts, evaluated at every instant at which a cause of the person
or the rule book became known or ceased to be. Facts of different rules do not touch each other, so each rule is a
stream of its own, evaluated only at the instants that concern it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from lms_bridge.evidence.causes import (
    AwardCause,
    ClockCause,
    IdentityCause,
    KnownRule,
    PersonCauses,
    RuleBook,
    View,
)
from lms_bridge.evidence.facts import EndKind, EvidenceRow, Fact, ReversalKind, evidence_id
from lms_bridge.evidence.fold import Folding, Gain, Withdrawal
from lms_bridge.evidence.readings import Reading, exclusion_of, reading_of
from lms_bridge.skills.matching import level_given, matches, meant_object
from lms_bridge.skills.records import LearningRecord
from lms_bridge.skills.rules import Rule
from lms_bridge.skills.text_patterns import matches_any

MAX_AHEAD = timedelta(hours=24)
MOST_MEANINGS = 50_000


@dataclass(frozen=True, slots=True)
class Derived:
    """All that follows from a person's causes: evidence over knowledge, and readings of what is no evidence today."""

    rows: tuple[EvidenceRow, ...]
    readings: tuple[Reading, ...]


def derive(causes: PersonCauses, book: RuleBook) -> Derived:
    """Return the evidence history of a person, ordered by (recorded_at, evidence_id), and today's readings."""
    engine = _Engine(causes, book)
    rows: list[EvidenceRow] = []
    for rule_id, members in sorted(engine.streams().items()):
        rows += engine.rule_history(rule_id, members)
    for group in engine.award_groups():
        rows += engine.award_history(group)
    rows.sort(key=lambda row: (row.recorded_at, row.evidence_id))
    return Derived(tuple(rows), engine.readings())


class _Engine:
    """One person's computation; caches what a record means in a view."""

    def __init__(self, causes: PersonCauses, book: RuleBook) -> None:
        self.causes = causes
        self.book = book
        self.identities: dict[str, list[IdentityCause]] = {}
        for item in causes.identities:
            self.identities.setdefault(item.agent_key, []).append(item)
        self.decisions: dict[str, list[ClockCause]] = {}
        for decision in causes.decisions:
            self.decisions.setdefault(decision.statement_id, []).append(decision)
        self.numbers = {record.statement_id: number for number, record in enumerate(causes.records)}
        self.meanings: dict[tuple[int, int, datetime], dict[str, list[Gain | Withdrawal]]] = {}
        self.book_instants = frozenset(book.instants)

    def streams(self) -> dict[str, list[int]]:
        """Return, per rule id, the records that concern it in any view."""
        found: dict[str, dict[int, None]] = {}
        for index, record in enumerate(self.causes.records):
            days = [item.achieved_on for item in self.decisions.get(record.statement_id, ())]
            for view in self._views_of(record):
                for placed in (record, *(_moved(record, day, view) for day in days if day is not None)):
                    for rule_id in self._meaning(index, view, placed):
                        found.setdefault(rule_id, {})[index] = None
        return {rule_id: list(members) for rule_id, members in found.items()}

    def _views_of(self, record: LearningRecord) -> Iterable[View]:
        yield self.book.view_at(record.stored)
        for instant in self.book.instants:
            if instant > record.stored and (record.voided_at is None or instant < record.voided_at):
                yield self.book.view_at(instant)

    def _meaning(self, index: int, view: View, placed: LearningRecord) -> dict[str, list[Gain | Withdrawal]]:
        """Return what a record does, by rule id, under a view; `placed` is the record with the time that counts."""
        key = (index, view.index, placed.timestamp)
        found = self.meanings.get(key)
        if found is None:
            found = self.meanings[key] = _remembered_meaning(placed, view, self.book)
        return found

    def rule_history(self, rule_id: str, members: Sequence[int]) -> list[EvidenceRow]:
        """Evaluate one rule at every instant that concerns it.

        At each instant only the records are looked at again for which something changed.
        """
        records = [self.causes.records[index] for index in members]
        first = min(record.stored for record in records)
        changing: dict[datetime, list[int]] = {
            instant: [] for instant in self.book.instants if instant > first
        }
        for index, record in zip(members, records, strict=True):
            for instant in self._instants_of(record):
                changing.setdefault(instant, []).append(index)
        standing: dict[int, Sequence[Gain | Withdrawal]] = {}
        folding = Folding(rule_id, "")

        def facts_at(instant: datetime) -> tuple[Fact, ...]:
            nonlocal folding
            view = self.book.view_at(instant)
            is_of_book = instant in self.book_instants
            added: list[Gain | Withdrawal] = []
            is_anew = folding.last_day_rule != view.policy["validity_last_day"]
            for index in members if is_of_book else changing[instant]:
                before = standing.get(index, ())
                events = self._events(rule_id, index, view, instant)
                if events == before:
                    continue
                standing[index] = events
                added += events
                is_anew = is_anew or bool(before)
            if is_anew:
                folding = Folding(rule_id, view.policy["validity_last_day"])
                added = [event for events in standing.values() for event in events]
            folding.add(added)
            return folding.facts()

        def reversal(fact: Fact, instant: datetime) -> tuple[ReversalKind, str]:
            return self._reversal(rule_id, records, fact, instant)

        return _intervals(self.causes.person_id, sorted(changing), facts_at, reversal)

    def _instants_of(self, record: LearningRecord) -> Iterable[datetime]:
        """Yield when what is known of a record itself changes: its arrival, its void, its account, its clock."""
        yield record.stored
        if record.voided_at is not None:
            yield record.voided_at
        for item in self.identities.get(record.agent_key, ()):
            yield from _ends(item.known_from, item.known_to)
        for decision in self.decisions.get(record.statement_id, ()):
            yield from _ends(decision.known_from, decision.known_to)

    def _events(self, rule_id: str, index: int, view: View, instant: datetime) -> Sequence[Gain | Withdrawal]:
        """Return what a record does to a rule, as known at `instant`."""
        record = self.causes.records[index]
        if not self._is_known(record, instant):
            return ()
        placed = self._placed(record, view, instant)
        if placed is None or not self._is_own(record, view.day_of(placed.timestamp), instant):
            return ()
        return self._meaning(index, view, placed).get(rule_id, ())

    @staticmethod
    def _is_known(record: LearningRecord, instant: datetime) -> bool:
        return record.stored <= instant and (record.voided_at is None or instant < record.voided_at)

    def _placed(self, record: LearningRecord, view: View, instant: datetime) -> LearningRecord | None:
        """Return the record with the time that counts, or None while its clock is in doubt or it is rejected."""
        if not is_doubtful(record, view):
            return record
        for decision in self.decisions.get(record.statement_id, ()):
            if decision.known_from <= instant and (decision.known_to is None or instant < decision.known_to):
                if decision.decision != "accept":
                    return None
                return record if decision.achieved_on is None else _moved(record, decision.achieved_on, view)
        return None

    def _is_own(self, record: LearningRecord, day: date, instant: datetime) -> bool:
        for item in self.identities.get(record.agent_key, ()):
            if (
                item.known_from <= instant
                and (item.known_to is None or instant < item.known_to)
                and (item.valid_from is None or item.valid_from <= day)
                and (item.valid_to is None or day < item.valid_to)
            ):
                return True
        return False

    def _reversal(
        self, rule_id: str, records: Sequence[LearningRecord], fact: Fact, instant: datetime
    ) -> tuple[ReversalKind, str]:
        """Say which cause of `instant` ended the knowledge of `fact`: the nearest to the fact first."""
        cited = [record for record in records if record.statement_id == fact.cited_id]
        found = self._own_reversal(cited, instant) or self._book_reversal(rule_id, instant, is_near=True)
        found = found or self._own_reversal(records, instant)
        found = found or self._book_reversal(rule_id, instant, is_near=False)
        if found is not None:
            return (found[0], fact.object_key) if found[0] == "catalogue" else found
        arrived = sorted(record.statement_id for record in records if record.stored == instant)
        view = self.book.view_at(instant)
        for statement_id in arrived:
            index = self.numbers[statement_id]
            placed = self._placed(self.causes.records[index], view, instant)
            events = self._meaning(index, view, placed).get(rule_id, ()) if placed is not None else ()
            if any(isinstance(event, Withdrawal) for event in events):
                return "withdrawal", statement_id
        return "order", arrived[0] if arrived else ""

    def _own_reversal(
        self, records: Sequence[LearningRecord], instant: datetime
    ) -> tuple[ReversalKind, str] | None:
        """Find a change of these records themselves: voided, their account joined or parted, their clock decided."""
        for record in records:
            if record.voided_at == instant and record.voiding_id is not None:
                return "void", record.voiding_id
        for record in records:
            for item in self.identities.get(record.agent_key, ()):
                if instant in _ends(item.known_from, item.known_to):
                    return "identity", record.agent_key
        for record in records:
            for decision in self.decisions.get(record.statement_id, ()):
                if instant in _ends(decision.known_from, decision.known_to):
                    return "clock", decision.statement_id
        return None

    def _book_reversal(
        self, rule_id: str, instant: datetime, *, is_near: bool
    ) -> tuple[ReversalKind, str] | None:
        """Find a change of the rule itself (`is_near`), or of what excludes, of aliases or of policy."""
        if is_near:
            own = (item for item in self.book.rules if item.rule.rule_id == rule_id)
            changed = any(instant in _ends(item.known_from, item.known_to) for item in own)
            return ("rule", rule_id) if changed else None
        for rule in self.book.rules:
            if not rule.rule.counts and instant in _ends(rule.known_from, rule.known_to):
                return "rule", rule.rule.rule_id
        for pattern in self.book.patterns:
            if not pattern.pattern.counts and instant in _ends(pattern.known_from, pattern.known_to):
                return "rule", pattern.pattern.pattern_id
        if any(instant in _ends(item.known_from, item.known_to) for item in self.book.aliases):
            return "catalogue", ""
        for policy in self.book.policies:
            if instant in _ends(policy.known_from, policy.known_to):
                return "policy", policy.name
        return None

    def award_groups(self) -> list[list[AwardCause]]:
        """Sort awards into those that say the same."""
        groups: dict[tuple[object, ...], list[AwardCause]] = {}
        for award in self.causes.awards:
            key = (
                award.object_key,
                award.skill_iri,
                award.level,
                award.strength,
                award.achieved_on,
                award.kind == "confirmation",
            )
            groups.setdefault(key, []).append(award)
        return [groups[key] for key in sorted(groups, key=str)]

    def award_history(self, group: Sequence[AwardCause]) -> list[EvidenceRow]:
        """Evaluate equal awards: they count once and cite the smallest id."""
        instants: set[datetime] = set()
        for award in group:
            instants.update(_ends(award.known_from, award.known_to))
            for _, _, known_from, known_to in award.revocations:
                instants.update(_ends(known_from, known_to))

        def facts_at(instant: datetime) -> tuple[Fact, ...]:
            known = [fact for award in group if (fact := _award_fact(award, instant)) is not None]
            lasting = min(
                known,
                key=lambda fact: (-(fact.ended_on or date.max).toordinal(), fact.cited_id),
                default=None,
            )
            return (lasting,) if lasting is not None else ()

        def reversal(fact: Fact, instant: datetime) -> tuple[ReversalKind, str]:
            for award in group:
                if award.award_id != fact.cited_id:
                    continue
                if any(
                    instant in _ends(known_from, known_to) for _, _, known_from, known_to in award.revocations
                ):
                    return "revocation", award.award_id
            for award in group:
                if award.award_id == fact.cited_id and award.known_to == instant:
                    return award.ended_by or ("revocation", fact.cited_id)
            return "order", fact.cited_id

        return _intervals(self.causes.person_id, sorted(instants), facts_at, reversal)

    def readings(self) -> tuple[Reading, ...]:
        """Say of each record of the person, as known last, what it is where it is no evidence."""
        instants = [*self.book.instants, *(record.stored for record in self.causes.records)]
        instants += [
            instant for item in self.causes.identities for instant in _ends(item.known_from, item.known_to)
        ]
        instants += [
            instant for item in self.causes.decisions for instant in _ends(item.known_from, item.known_to)
        ]
        instants += [record.voided_at for record in self.causes.records if record.voided_at is not None]
        if not instants:
            return ()
        last = max(instants)
        view = self.book.view_at(last)
        found: list[Reading] = []
        for index, record in enumerate(self.causes.records):
            if not self._is_known(record, last):
                continue
            placed = self._placed(record, view, last)
            read = record if placed is None else placed
            day = view.day_of(read.timestamp)
            if not self._is_own(record, day, last):
                continue
            meaning = self._meaning(index, view, read)
            if placed is None:
                if meaning or _remembered_reading(record, view, day, self.book) is not None:
                    decided = any(
                        item.known_to is None for item in self.decisions.get(record.statement_id, ())
                    )
                    found.append(_clock_reading(record, view, day, is_decided=decided))
            elif not meaning:
                reading = _remembered_reading(placed, view, day, self.book)
                if reading is not None:
                    found.append(reading)
        return tuple(sorted(found, key=lambda item: (item.statement_id, item.kind)))


def _ends(known_from: datetime, known_to: datetime | None) -> tuple[datetime, ...]:
    return (known_from,) if known_to is None else (known_from, known_to)


def _moved(record: LearningRecord, day: date, view: View) -> LearningRecord:
    """Return the record as of noon of the day that was decided, in the company's zone."""
    return replace(record, timestamp=datetime.combine(day, time(12), tzinfo=view.zone))


def is_doubtful(record: LearningRecord, view: View) -> bool:
    """Tell whether a timestamp cannot be: before the set year, or more than 24 hours after its arrival."""
    return record.timestamp.year < view.earliest_year or record.timestamp > record.stored + MAX_AHEAD


def _clock_reading(record: LearningRecord, view: View, day: date, *, is_decided: bool) -> Reading:
    if record.timestamp > record.stored + MAX_AHEAD:
        reason = "the timestamp lies more than 24 hours after the arrival"
    else:
        reason = f"the timestamp lies before the year {view.earliest_year}"
    return Reading(
        statement_id=record.statement_id,
        kind="clock_rejected" if is_decided else "clock",
        object_key=meant_object(record, "object", view.aliases).key,
        activity_iri=record.activity or "",
        occurred_on=day,
        reason=reason,
        rule_id=None,
    )


def _remembered_meaning(
    record: LearningRecord, view: View, book: RuleBook
) -> dict[str, list[Gain | Withdrawal]]:
    """Return what a record means, computed once for each book and view."""
    key = (record.statement_id, view.index, record.timestamp)
    known = book.meanings.get(key)
    if known is not None and known[0] is record:
        meaning: dict[str, list[Gain | Withdrawal]] = known[1]
        return meaning
    if len(book.meanings) >= MOST_MEANINGS:
        book.meanings.clear()
    meaning = _meaning_of(record, view)
    book.meanings[key] = (record, meaning)
    return meaning


def _remembered_reading(record: LearningRecord, view: View, day: date, book: RuleBook) -> Reading | None:
    """Return how a record reads on its day, computed once for each book and view."""
    key = (record.statement_id, view.index, record.timestamp)
    known = book.readings.get(key)
    if known is not None and known[0] is record:
        remembered: Reading | None = known[1]
        return remembered
    if len(book.readings) >= MOST_MEANINGS:
        book.readings.clear()
    reading = reading_of(record, view, day)
    book.readings[key] = (record, reading)
    return reading


def _meaning_of(record: LearningRecord, view: View) -> dict[str, list[Gain | Withdrawal]]:
    found: dict[str, list[Gain | Withdrawal]] = {}
    rules = view.rules_about(record)
    if not rules:
        return found
    day = view.day_of(record.timestamp)
    scale = view.scale_of(record.source)
    if exclusion_of(record, view, day) is not None:
        return found
    for item in rules:
        rule = item.rule
        if not rule.counts:
            continue
        meant = meant_object(record, rule.canonical, view.aliases)
        objects = rule.when.text("object")
        if objects and not matches_any(objects, meant.key):
            continue
        taking = rule.taken_back_by
        # A version is asked about the day of achievement, not of taking back: what it judged, it also takes back.
        if taking is not None and matches_any(taking.verbs, record.verb) and _same_sender(rule, record):
            withdrawal = Withdrawal(
                record.timestamp, record.statement_id, day, meant.key, taking.effect, item.version
            )
            events = found.setdefault(rule.rule_id, [])
            if withdrawal not in events:
                events.append(withdrawal)
        if item.applies_on(day) and matches(rule, record, view.aliases, scale):
            gains = _gains(record, item, meant.key, day, scale)
            if gains:
                found.setdefault(rule.rule_id, []).extend(gains)
    return found


def _gains(
    record: LearningRecord, item: KnownRule, object_key: str, day: date, scale: str
) -> list[Gain | Withdrawal]:
    found: list[Gain | Withdrawal] = []
    ordinals: dict[str, int] = {}
    for gives in item.rule.gives:
        ordinal = ordinals.get(gives.skill_iri, 0)
        ordinals[gives.skill_iri] = ordinal + 1
        level = level_given(gives, record, scale)
        if level is not None:
            found.append(
                Gain(
                    at=record.timestamp,
                    statement_id=record.statement_id,
                    day=day,
                    object_key=object_key,
                    ordinal=ordinal,
                    gives=gives,
                    level=level,
                    version=item.version,
                    needs=item.rule.needs,
                )
            )
    return found


def _same_sender(rule: Rule, record: LearningRecord) -> bool:
    """A withdrawal counts from the kinds of sender that the rule or its pattern names."""
    kinds = rule.when.text("source_kind") or (rule.uses.when.text("source_kind") if rule.uses else ())
    sources = rule.when.text("source") or (rule.uses.when.text("source") if rule.uses else ())
    return (not kinds or matches_any(kinds, record.source_kind)) and (
        not sources or matches_any(sources, record.source)
    )


def _award_fact(award: AwardCause, instant: datetime) -> Fact | None:
    if not (award.known_from <= instant and (award.known_to is None or instant < award.known_to)):
        return None
    # The calendar's last day is how other systems write "without end".
    last = award.last_valid_day
    ended_on = last + timedelta(days=1) if last is not None and last < date.max else None
    end_kind: EndKind | None = "expiry" if ended_on is not None else None
    end_cause: str | None = None
    for effect, day, known_from, known_to in award.revocations:
        if not (known_from <= instant and (known_to is None or instant < known_to)):
            continue
        if effect == "never_held":
            return None
        if ended_on is None or day < ended_on:
            ended_on, end_kind, end_cause = max(day, award.achieved_on), "revoked", award.award_id
    return Fact(
        skill_iri=award.skill_iri,
        level=award.level,
        strength=award.strength,
        achieved_on=award.achieved_on,
        ended_on=ended_on,
        end_kind=end_kind,
        end_cause_id=end_cause,
        cited_kind="award",
        cited_id=award.award_id,
        object_key=award.object_key,
        rule_id=None,
        rule_version=None,
        by_person=award.kind == "confirmation",
        authenticity=award.authenticity,
    )


def _intervals(
    person_id: str,
    instants: Sequence[datetime],
    facts_at: Callable[[datetime], tuple[Fact, ...]],
    reversal: Callable[[Fact, datetime], tuple[ReversalKind, str]],
) -> list[EvidenceRow]:
    """Turn the facts at each instant into rows over maximal intervals; a row that ends names its successor.

    `facts_at` is asked in the order of `instants`.
    """
    rows: list[EvidenceRow] = []
    standing: dict[Fact, datetime] = {}
    listed: tuple[Fact, ...] = ()
    for instant in instants:
        before, listed = listed, facts_at(instant)
        if listed is before or listed == before:
            continue
        facts = frozenset(listed)
        ending = [fact for fact in standing if fact not in facts]
        starting = [fact for fact in facts if fact not in standing]
        for fact in ending:
            kind, cause = reversal(fact, instant)
            heir = _heir(fact, starting)
            since = standing.pop(fact)
            rows.append(
                EvidenceRow(
                    evidence_id=evidence_id(person_id, fact, since),
                    person_id=person_id,
                    fact=fact,
                    recorded_at=since,
                    reversed_at=instant,
                    reversal_kind=kind,
                    reversal_id=cause,
                    successor_id=evidence_id(person_id, heir, instant) if heir is not None else None,
                )
            )
        for fact in starting:
            standing[fact] = instant
    for fact, since in standing.items():
        rows.append(
            EvidenceRow(evidence_id(person_id, fact, since), person_id, fact, since, None, None, None, None)
        )
    return rows


def _heir(fact: Fact, starting: Sequence[Fact]) -> Fact | None:
    """Return the fact that takes the place of `fact`: same skill, the same cited id first, then the nearest day."""
    same = [
        other
        for other in starting
        if other.skill_iri == fact.skill_iri and other.object_key == fact.object_key
    ]
    return min(
        same,
        key=lambda other: (
            other.cited_id != fact.cited_id,
            abs((other.achieved_on - fact.achieved_on).days),
            other.level,
            other.cited_id,
            other.strength,
            other.rule_version or "",
            other.achieved_on,
            other.ended_on or date.max,
            other.end_cause_id or "",
        ),
        default=None,
    )
