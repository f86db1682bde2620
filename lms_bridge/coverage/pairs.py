"""One person and one skill on a day: which rows bind, whether they are met, how far it is and why.

Source of the formulas: docs/metrics.md; the Definitions sheet carries the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from lms_bridge.coverage.inputs import Company, PersonOnDay, RequirementRow, UnrecognisedBadge
from lms_bridge.evidence.attainment import attained, standing_on
from lms_bridge.evidence.facts import TRACED_REVERSALS, EvidenceRow, Fact
from lms_bridge.periods import parse_period
from lms_bridge.skills.strengths import Strength

Status = Literal["met", "unmet", "open", "exempt", "desirable", "not_required"]
Reason = Literal["reversed", "expired", "not_recognised", "too_low", "never"]
EXACT, CLOSE = "exactMatch", "closeMatch"


@dataclass(frozen=True, slots=True)
class Binding:
    """A requirement row that binds a person since a day; `due_on` None where no time is granted."""

    row: RequirementRow
    strength: Strength
    since: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One person in one skill on D. Levels are steps of the skill's scale, 0 is none.

    `required` is None where no mandatory or required row binds. `last_valid_day` is, of a met pair, the last day on which
    it is met if nothing is renewed, else that of the fact that keeps the level shown; None where there is no end.
    `evidence` holds the ids of the facts that count on D, best first.
    """

    person_id: str
    skill_iri: str
    required: int | None
    attained: int
    status: Status
    gap: int
    reason: Reason | None
    due_on: date | None
    last_valid_day: date | None
    importance: str | None
    exempt_reason: str | None
    evidence: tuple[str, ...]
    traces: tuple[str, ...]

    @property
    def is_counted(self) -> bool:
        """Tell whether the pair stands in a ratio."""
        return self.status in ("met", "unmet")


@dataclass(frozen=True, slots=True)
class SkillFacts:
    """What is known of one person in one skill: rows that hold knowledge-wise, own and derived, and traced annulments.

    `badges` prove nothing, because of their issuers.
    """

    rows: tuple[EvidenceRow, ...]
    derived: tuple[EvidenceRow, ...]
    close: tuple[EvidenceRow, ...]
    annulled: tuple[EvidenceRow, ...]
    badges: tuple[UnrecognisedBadge, ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that count: own, and those carried by an exact match."""
        return tuple(row.fact for row in (*self.rows, *self.derived))


def bindings_of(
    company: Company, person: PersonOnDay
) -> tuple[tuple[Binding, ...], tuple[tuple[Binding, str], ...]]:
    """Return the rows that bind `person` on D, and those that an exemption lifts with its reason."""
    scopes = dict(person.scopes)
    roles = {role_id: since for role_id, kind, since in person.assignments if kind != "target"}
    bound: list[Binding] = []
    lifted: list[tuple[Binding, str]] = []
    for row in company.requirements:
        if row.headcount is not None:
            continue
        begins = scopes if row.scope == "team" else roles
        if row.scope_id not in begins:
            continue
        binding = _bind(row, begins[row.scope_id], company.least_strength)
        reason = _exemption(company, person.person_id, row)
        if reason is None:
            bound.append(binding)
        else:
            lifted.append((binding, reason))
    return tuple(bound), tuple(lifted)


def _bind(row: RequirementRow, since: date | None, least: Strength) -> Binding:
    begins = max((day for day in (row.valid_from, since) if day is not None), default=None)
    due_on = parse_period(row.due_within).after(begins) if row.due_within and begins is not None else None
    return Binding(row, row.min_strength or least, begins, due_on)


def _exemption(company: Company, person_id: str, row: RequirementRow) -> str | None:
    for exemption in company.exemptions:
        if exemption.person_id != person_id:
            continue
        if exemption.skill_iri == row.skill_iri:
            return exemption.reason
        if exemption.role_id is not None and row.scope == "role" and exemption.role_id == row.scope_id:
            return exemption.reason
    return None


def facts_by_skill(company: Company, person_id: str) -> dict[str, SkillFacts]:
    """Sort a person's rows by skill, and add what crosswalks carry; one hop, no chains."""
    known: dict[str, list[EvidenceRow]] = {}
    annulled: dict[str, list[EvidenceRow]] = {}
    rows = {row.evidence_id: row for row in company.evidence.get(person_id, ())}
    for row in rows.values():
        if row.known_at(company.known_on):
            known.setdefault(row.fact.skill_iri, []).append(row)
        elif row.reversal_kind in TRACED_REVERSALS and not _says_as_much(
            rows.get(row.successor_id or ""), row
        ):
            annulled.setdefault(row.fact.skill_iri, []).append(row)
    derived: dict[str, list[EvidenceRow]] = {}
    close: dict[str, list[EvidenceRow]] = {}
    for walk in company.crosswalks:
        for row in known.get(walk.source_iri, ()):
            if walk.relation == EXACT:
                level = dict(walk.levels).get(row.fact.level, 0 if walk.levels else row.fact.level)
                if level:
                    fact = replace(row.fact, skill_iri=walk.target_iri, level=level)
                    derived.setdefault(walk.target_iri, []).append(replace(row, fact=fact))
            elif walk.relation == CLOSE:
                close.setdefault(walk.target_iri, []).append(row)
    badges: dict[str, list[UnrecognisedBadge]] = {}
    for badge in company.unrecognised.get(person_id, ()):
        badges.setdefault(badge.skill_iri, []).append(badge)
        for walk in company.crosswalks:
            # What it would prove would be carried too.
            if walk.relation == EXACT and walk.source_iri == badge.skill_iri:
                badges.setdefault(walk.target_iri, []).append(replace(badge, skill_iri=walk.target_iri))
    skills = known.keys() | annulled.keys() | derived.keys() | close.keys() | badges.keys()
    return {
        skill: SkillFacts(
            tuple(known.get(skill, ())),
            tuple(derived.get(skill, ())),
            tuple(close.get(skill, ())),
            tuple(annulled.get(skill, ())),
            tuple(sorted(badges.get(skill, ()), key=lambda badge: (badge.awarded_on, badge.award_id))),
        )
        for skill in skills
    }


def _says_as_much(heir: EvidenceRow | None, row: EvidenceRow) -> bool:
    """Tell whether the successor of an annulled row stands for it, so that nothing of it was lost."""
    return heir is not None and heir.fact.level >= row.fact.level and heir.fact.strength >= row.fact.strength


NO_FACTS = SkillFacts((), (), (), ())


def cell_of(
    company: Company,
    person_id: str,
    skill_iri: str,
    bound: Sequence[Binding],
    lifted: Sequence[tuple[Binding, str]],
    known: SkillFacts,
) -> Cell:
    """Judge one pair. `bound` and `lifted` are the person's bindings of this skill only."""
    day = company.as_of
    if known is NO_FACTS and not bound and not lifted:
        return Cell(person_id, skill_iri, None, 0, "not_required", 0, None, None, None, None, None, (), ())
    facts = known.facts
    level = attained(facts, day, company.least_strength)
    counting = [binding for binding in bound if binding.row.importance != "desirable"]
    unmet = unmet_rows(counting, facts, day)
    status = _status(counting, unmet, bound, lifted, day)
    dues = [binding.due_on for binding in unmet if binding.due_on is not None]
    short = _shortest(unmet, facts, day)
    last_valid_day = (
        _met_until(counting, facts, day)
        if status == "met"
        else _last_valid_day(facts, day, company.least_strength, level)
    )
    return Cell(
        person_id=person_id,
        skill_iri=skill_iri,
        required=max((binding.row.level for binding in counting), default=None),
        attained=level,
        status=status,
        gap=_gap(short, facts, day) if short is not None else 0,
        reason=reason_of(short, known, day) if short is not None else None,
        due_on=min(dues, default=None),
        last_valid_day=last_valid_day,
        importance=_importance(bound),
        exempt_reason=lifted[0][1] if status == "exempt" else None,
        evidence=_counting_ids(known, day),
        traces=_trace_ids(known, day) if short is not None else (),
    )


def _status(
    counting: Sequence[Binding],
    unmet: Sequence[Binding],
    bound: Sequence[Binding],
    lifted: Sequence[tuple[Binding, str]],
    day: date,
) -> Status:
    if counting:
        if not unmet:
            return "met"
        return "open" if all(item.due_on is not None and item.due_on > day for item in unmet) else "unmet"
    if any(binding.row.importance != "desirable" for binding, _ in lifted):
        return "exempt"
    return "desirable" if bound else "not_required"


def _importance(bound: Sequence[Binding]) -> str | None:
    given = {binding.row.importance for binding in bound}
    return next((name for name in ("mandatory", "required", "desirable") if name in given), None)


def unmet_rows(bound: Sequence[Binding], facts: Sequence[Fact], day: date) -> list[Binding]:
    """Return those of `bound`, rows of one skill, that `facts` do not meet on `day`."""
    return [binding for binding in bound if attained(facts, day, binding.strength) < binding.row.level]


def short_level(bound: Sequence[Binding], known: SkillFacts, day: date) -> int:
    """Return the level of the row that gap and reason of a pair speak of, 0 where every row is met."""
    short = _shortest(unmet_rows(bound, known.facts, day), known.facts, day)
    return 0 if short is None else short.row.level


def _shortest(unmet: Sequence[Binding], facts: Sequence[Fact], day: date) -> Binding | None:
    """Return the unmet row with the largest gap, which gap and reason speak of.

    Among equals the one that asks the higher level, then the stronger proof, whatever order they come in.
    """
    return max(
        unmet,
        key=lambda binding: (_gap(binding, facts, day), binding.row.level, binding.strength),
        default=None,
    )


def _gap(binding: Binding, facts: Sequence[Fact], day: date) -> int:
    return binding.row.level - attained(facts, day, binding.strength)


def _met_until(bound: Sequence[Binding], facts: Sequence[Fact], day: date) -> date | None:
    """Return the last day on which rows that are met on `day` still are if nothing is renewed; None without end."""
    lasting = [fact for fact in facts if fact.achieved_on <= day]
    ends = sorted({fact.ended_on for fact in lasting if fact.ended_on is not None and fact.ended_on > day})
    return next((end - date.resolution for end in ends if unmet_rows(bound, lasting, end)), None)


def _last_valid_day(facts: Sequence[Fact], day: date, least: Strength, level: int) -> date | None:
    """Return the last day of the longest-lasting fact that keeps `level`; None where one has no end, or none holds."""
    keeping = [
        fact
        for fact in standing_on(facts, day)
        if fact.level >= level and fact.strength >= least and level > 0
    ]
    if not keeping or any(fact.ended_on is None for fact in keeping):
        return None
    return max(fact.ended_on for fact in keeping if fact.ended_on is not None) - date.resolution


def _rank(row: EvidenceRow) -> tuple[int, int, int, str]:
    return (-row.fact.level, -int(row.fact.strength), -row.fact.achieved_on.toordinal(), row.evidence_id)


def _counting_ids(known: SkillFacts, day: date) -> tuple[str, ...]:
    standing = set(standing_on(known.facts, day))
    rows = [row for row in (*known.rows, *known.derived) if row.fact in standing]
    return tuple(dict.fromkeys(row.evidence_id for row in sorted(rows, key=_rank)))


def _trace_ids(known: SkillFacts, day: date) -> tuple[str, ...]:
    """Return the rows that explain a gap: ended, annulled, or carried by a close match only."""
    ended = [
        row
        for row in known.rows
        if row.fact.ended_on is not None and row.fact.ended_on <= day and row.fact.achieved_on <= day
    ]
    gone = [row for row in known.annulled if row.fact.achieved_on <= day]
    close = [row for row in known.close if row.fact.holds_on(day)]
    return tuple(dict.fromkeys(row.evidence_id for row in sorted((*ended, *gone, *close), key=_rank)))


def lapsed_rows(bound: Sequence[Binding], known: SkillFacts, day: date) -> tuple[EvidenceRow, ...]:
    """Return the rows that explain the reason `expired` of a pair: they met its shortest row and ran out, latest first."""
    short = _shortest(unmet_rows(bound, known.facts, day), known.facts, day)
    if short is None:
        return ()
    rows = [
        row
        for row in (*known.rows, *known.derived)
        if row.fact.level >= short.row.level
        and row.fact.strength >= short.strength
        and row.fact.end_kind == "expiry"
        and row.fact.ended_on is not None
        and row.fact.ended_on <= day
    ]
    return tuple(
        sorted(
            rows, key=lambda row: (row.fact.ended_on or day, row.fact.level, row.evidence_id), reverse=True
        )
    )


def reason_of(binding: Binding, known: SkillFacts, day: date) -> Reason:
    """Return the first reason that fits an unmet row; the later event decides between reversed and expired."""
    level, strength = binding.row.level, binding.strength
    events: list[tuple[date, int, Reason]] = []
    for row in (*known.rows, *known.derived):
        fact = row.fact
        if fact.level < level or fact.strength < strength or fact.achieved_on > day:
            continue
        if fact.ended_on is not None and fact.ended_on <= day:
            kind: Reason = "expired" if fact.end_kind == "expiry" else "reversed"
            events.append((fact.ended_on, 0, kind))
    for row in known.annulled:
        fact = row.fact
        if fact.level >= level and fact.strength >= strength and fact.achieved_on <= day and row.reversed_at:
            events.append((row.reversed_at.date(), 1, "reversed"))
    if events:
        return max(events)[2]
    holding = standing_on(known.facts, day)
    if any(fact.level >= level for fact in holding):
        return "not_recognised"
    if any(row.fact.holds_on(day) and row.fact.level >= level for row in known.close):
        return "not_recognised"
    if any(badge.holds_on(day) for badge in known.badges):
        return "not_recognised"
    if holding or any(row.fact.holds_on(day) for row in known.close):
        return "too_low"
    return "never"
