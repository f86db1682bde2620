"""A team on a day: its cells, requirements met, coverage by skill, head-counts, holders, depth, risk and freshness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil

from lms_bridge.coverage.inputs import Company, RequirementRow, UnrecognisedBadge
from lms_bridge.coverage.pairs import (
    NO_FACTS,
    Binding,
    Cell,
    SkillFacts,
    bindings_of,
    cell_of,
    facts_by_skill,
    lapsed_rows,
    unmet_rows,
)
from lms_bridge.evidence.attainment import attained, standing_on
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.periods import parse_period
from lms_bridge.skills.strengths import Strength

RISK_DAYS = (30, 60, 90)
FRESH_FOR = parse_period("P12M")


@dataclass(frozen=True, slots=True)
class Ratio:
    """`met` of `total`; `share` is None for an empty denominator, never 0 or 1."""

    met: int
    total: int

    @property
    def share(self) -> float | None:
        """`met` / `total`, 0..1."""
        return self.met / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Headcount:
    """A head-count row of a team on D, over the team and its subtree."""

    team_id: str
    skill_iri: str
    level: int
    min_strength: Strength
    asked: str
    importance: str
    needed: int
    holder_ids: tuple[str, ...]

    @property
    def coverage_share(self) -> float | None:
        """min(1, holders / needed); None where nobody is needed."""
        return min(1.0, len(self.holder_ids) / self.needed) if self.needed else None


@dataclass(frozen=True, slots=True)
class NextBest:
    """Who comes nearest below the level that is needed."""

    person_id: str
    level: int
    since: date


@dataclass(frozen=True, slots=True)
class SkillCoverage:
    """One skill of a team on D.

    `pairs` counts met over met + unmet; `required_level` and `min_strength` are what holders are judged by. A skill
    without pairs takes them from the team's own head-count; `depth`, the number of holders, is None where it has none.
    """

    skill_iri: str
    required_level: int | None
    min_strength: Strength
    pairs: Ratio
    open_pairs: int
    holder_ids: tuple[str, ...]
    is_single_point: bool
    next_best: NextBest | None
    headcounts: tuple[Headcount, ...]
    own_headcount: Headcount | None
    at_risk: Mapping[int, float | None]

    @property
    def depth(self) -> int | None:
        """How many hold it."""
        return None if self.required_level is None else len(self.holder_ids)


@dataclass(frozen=True, slots=True)
class TeamCoverage:
    """Everything that a report says of a team: direct members, or with `tree` the whole subtree."""

    team_id: str
    tree: bool
    member_ids: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    skills: tuple[SkillCoverage, ...]
    met: Ratio
    mandatory: Ratio
    freshness: Ratio
    at_risk: Mapping[int, float | None] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """Per-person work of one computation, done once and shared by every team that asks."""

    company: Company
    bound: dict[str, tuple[Binding, ...]] = field(default_factory=dict)
    lifted: dict[str, tuple[tuple[Binding, str], ...]] = field(default_factory=dict)
    facts: dict[str, dict[str, SkillFacts]] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    # The same bindings by skill: a company asks for people × skills, and most pairs have none.
    bound_in: dict[tuple[str, str], list[Binding]] = field(default_factory=dict)
    lifted_in: dict[tuple[str, str], list[tuple[Binding, str]]] = field(default_factory=dict)

    def open_person(self, person_id: str) -> None:
        """Compute the bindings and facts of a person once."""
        if person_id not in self.bound:
            person = self.company.people[person_id]
            self.bound[person_id], self.lifted[person_id] = bindings_of(self.company, person)
            self.facts[person_id] = facts_by_skill(self.company, person_id)
            for binding in self.bound[person_id]:
                self.bound_in.setdefault((person_id, binding.row.skill_iri), []).append(binding)
            for lifting in self.lifted[person_id]:
                self.lifted_in.setdefault((person_id, lifting[0].row.skill_iri), []).append(lifting)

    def known(self, person_id: str, skill_iri: str) -> SkillFacts:
        """Return what is known of a person in a skill."""
        self.open_person(person_id)
        return self.facts[person_id].get(skill_iri, NO_FACTS)

    def cell(self, person_id: str, skill_iri: str) -> Cell:
        """Return the judged pair."""
        key = (person_id, skill_iri)
        if key not in self.cells:
            self.open_person(person_id)
            self.cells[key] = cell_of(
                self.company,
                person_id,
                skill_iri,
                self.bound_in.get(key, ()),
                self.lifted_in.get(key, ()),
                self.known(person_id, skill_iri),
            )
        return self.cells[key]

    def waiting_badges(self, person_id: str) -> Iterator[UnrecognisedBadge]:
        """Yield the badges of a person that hold on D and count for nothing, in skills whose requirement is not met.

        Once for each such skill, those that an exact mapping leads to too.
        """
        self.open_person(person_id)
        for skill_iri, known in self.facts[person_id].items():
            if known.badges and self.cell(person_id, skill_iri).status == "unmet":
                yield from (badge for badge in known.badges if badge.holds_on(self.company.as_of))

    def counting(self, person_id: str, skill_iri: str) -> tuple[Binding, ...]:
        """Return the mandatory and required rows that bind a person in a skill."""
        self.open_person(person_id)
        return tuple(
            item
            for item in self.bound_in.get((person_id, skill_iri), ())
            if item.row.importance != "desirable"
        )

    def attains(self, person_id: str, skill_iri: str, level: int, strength: Strength) -> bool:
        """Tell whether a person attains `level` at `strength` on D."""
        return attained(self.known(person_id, skill_iri).facts, self.company.as_of, strength) >= level


def team_coverage(
    company: Company, team_id: str, *, tree: bool = False, sheet: Sheet | None = None
) -> TeamCoverage:
    """Compute a team's coverage on D; cost is members × skills that their rows name."""
    sheet = sheet or Sheet(company)
    team_ids = frozenset(company.subtree(team_id)) if tree else frozenset({team_id})
    members = company.members(team_ids)
    for person_id in members:
        sheet.open_person(person_id)
    counts = headcounts(sheet, team_ids)
    skills = sorted(
        {item.row.skill_iri for person_id in members for item in sheet.bound[person_id]}
        | {item.row.skill_iri for person_id in members for item, _ in sheet.lifted[person_id]}
        | {count.skill_iri for count in counts}
    )
    cells = {
        (person_id, skill_iri): sheet.cell(person_id, skill_iri)
        for person_id in members
        for skill_iri in skills
    }
    coverages = tuple(
        _skill_coverage(sheet, members, skill_iri, cells, counts, team_id) for skill_iri in skills
    )
    counted = [cell for cell in cells.values() if cell.is_counted]
    return TeamCoverage(
        team_id=team_id,
        tree=tree,
        member_ids=members,
        cells=cells,
        skills=coverages,
        met=_ratio(counted),
        mandatory=mandatory_ratio(sheet, members),
        freshness=_freshness(sheet, members, skills),
        at_risk=_risk(sheet, counted),
    )


def met_ratio(sheet: Sheet, team_id: str, *, tree: bool) -> Ratio:
    """Return requirements met alone, without cells: what a trend needs of a past day; cost is the pairs."""
    company = sheet.company
    team_ids = frozenset(company.subtree(team_id)) if tree else frozenset({team_id})
    met = total = 0
    for person_id in company.members(team_ids):
        sheet.open_person(person_id)
        by_skill: dict[str, list[Binding]] = {}
        for binding in sheet.bound[person_id]:
            if binding.row.importance != "desirable":
                by_skill.setdefault(binding.row.skill_iri, []).append(binding)
        for skill_iri, rows in by_skill.items():
            unmet = [
                item
                for item in rows
                if not sheet.attains(person_id, skill_iri, item.row.level, item.strength)
            ]
            if unmet and all(item.due_on is not None and item.due_on > company.as_of for item in unmet):
                continue
            total += 1
            met += not unmet
    return Ratio(met, total)


def _ratio(cells: Sequence[Cell]) -> Ratio:
    return Ratio(sum(cell.status == "met" for cell in cells), len(cells))


def mandatory_ratio(sheet: Sheet, members: Iterable[str]) -> Ratio:
    """Return compliance: pairs with a mandatory row, met where every mandatory row is; not yet due is in no ratio."""
    day = sheet.company.as_of
    met = total = 0
    for person_id in members:
        sheet.open_person(person_id)
        by_skill: dict[str, list[Binding]] = {}
        for binding in sheet.bound[person_id]:
            if binding.row.importance == "mandatory":
                by_skill.setdefault(binding.row.skill_iri, []).append(binding)
        for skill_iri, rows in by_skill.items():
            unmet = [
                item
                for item in rows
                if not sheet.attains(person_id, skill_iri, item.row.level, item.strength)
            ]
            if unmet and all(item.due_on is not None and item.due_on > day for item in unmet):
                continue
            total += 1
            met += not unmet
    return Ratio(met, total)


def headcounts(sheet: Sheet, team_ids: frozenset[str]) -> tuple[Headcount, ...]:
    """Return the head-count rows of `team_ids`, each over its team's subtree; people on leave do not count."""
    company = sheet.company
    found: list[Headcount] = []
    for row in company.requirements:
        if row.headcount is None or row.scope != "team" or row.scope_id not in team_ids:
            continue
        active = active_members(company, frozenset(company.subtree(row.scope_id)))
        strength = row.min_strength or company.least_strength
        found.append(
            Headcount(
                team_id=row.scope_id,
                skill_iri=row.skill_iri,
                level=row.level,
                min_strength=strength,
                asked=row.headcount,
                importance=row.importance,
                needed=_needed(row, len(active)),
                holder_ids=tuple(
                    person_id
                    for person_id in active
                    if sheet.attains(person_id, row.skill_iri, row.level, strength)
                ),
            )
        )
    return tuple(
        sorted(found, key=lambda item: (item.skill_iri, item.team_id, item.level, item.min_strength))
    )


def active_members(company: Company, team_ids: frozenset[str]) -> tuple[str, ...]:
    """Return the members who are not on leave, sorted by id."""
    return tuple(
        person_id for person_id in company.members(team_ids) if not company.people[person_id].on_leave
    )


def _needed(row: RequirementRow, active: int) -> int:
    text = row.headcount or "0"
    if text.endswith("%"):
        # Whole percents of whole people: integer arithmetic, so that 10% of 30 is 3 and not 3.0000000000000004 up.
        return (
            ceil(active * int(text[:-1]) / 100)
            if int(text[:-1]) * active % 100
            else active * int(text[:-1]) // 100
        )
    return int(text)


def _skill_coverage(
    sheet: Sheet,
    members: Sequence[str],
    skill_iri: str,
    cells: Mapping[tuple[str, str], Cell],
    counts: Sequence[Headcount],
    team_id: str,
) -> SkillCoverage:
    company = sheet.company
    own = [cells[person_id, skill_iri] for person_id in members]
    here = tuple(count for count in counts if count.skill_iri == skill_iri)
    own_headcount = max(
        (count for count in here if count.team_id == team_id and count.importance != "desirable"),
        key=lambda count: (count.level, count.min_strength),
        default=None,
    )
    asked = [
        (item.row.level, item.strength, item.row.importance)
        for person_id in members
        for item in sheet.counting(person_id, skill_iri)
    ]
    # Without pairs the skill's fields are those of the team's own head-count alone.
    asked_heads = [
        count for count in here if count.importance != "desirable" and (asked or count is own_headcount)
    ]
    rows = [(level, strength) for level, strength, _ in asked] + [
        (count.level, count.min_strength) for count in asked_heads
    ]
    required = max((level for level, _ in rows), default=None)
    strength = max((given for level, given in rows if level == required), default=company.least_strength)
    active = [person_id for person_id in members if not company.people[person_id].on_leave]
    if own_headcount is not None and not asked:
        active = list(active_members(company, frozenset(company.subtree(team_id))))
    holders = (
        tuple(person_id for person_id in active if sheet.attains(person_id, skill_iri, required, strength))
        if required is not None
        else ()
    )
    counted = [cell for cell in own if cell.is_counted]
    pairs = _ratio(counted)
    still_open = sum(cell.status == "open" for cell in own)
    asks_two = pairs.total + still_open >= 2 or any(count.needed >= 2 for count in asked_heads)
    is_strict = bool(asked_heads) or any(importance == "mandatory" for _, _, importance in asked)
    return SkillCoverage(
        skill_iri=skill_iri,
        required_level=required,
        min_strength=strength,
        pairs=pairs,
        open_pairs=still_open,
        holder_ids=holders,
        is_single_point=required is not None and len(holders) == 1 and (asks_two or is_strict),
        next_best=_next_best(sheet, active, skill_iri, required, holders),
        headcounts=here,
        own_headcount=own_headcount,
        at_risk=_risk(sheet, counted)
        if asked or own_headcount is None
        else _headcount_risk(sheet, own_headcount),
    )


def _next_best(
    sheet: Sheet, active: Sequence[str], skill_iri: str, required: int | None, holders: Sequence[str]
) -> NextBest | None:
    """Return the active member with the highest level below the needed one, then the latest."""
    if required is None:
        return None
    day, least = sheet.company.as_of, sheet.company.least_strength
    found: list[tuple[int, date, str]] = []
    for person_id in active:
        if person_id in holders:
            continue
        standing = [
            fact
            for fact in standing_on(sheet.known(person_id, skill_iri).facts, day)
            if fact.strength >= least
        ]
        if standing:
            best = max(standing, key=lambda fact: (fact.level, fact.achieved_on))
            found.append((best.level, best.achieved_on, person_id))
    if not found:
        return None
    level, since, person_id = min(found, key=lambda item: (-item[0], -item[1].toordinal(), item[2]))
    return NextBest(person_id, level, since)


def _risk(sheet: Sheet, counted: Sequence[Cell]) -> dict[int, float | None]:
    """Return coverage on D+30, 60, 90 with D's members and requirements if nothing is renewed."""
    company = sheet.company
    shares: dict[int, float | None] = {}
    for days in RISK_DAYS:
        later = company.as_of + timedelta(days=days)
        met = sum(_met_later(sheet, cell, later) for cell in counted)
        shares[days] = met / len(counted) if counted else None
    return shares


def _headcount_risk(sheet: Sheet, count: Headcount) -> dict[int, float | None]:
    """Return a head-count's coverage on D+30, 60, 90 by D's holders: those who still hold it if nothing is renewed."""
    day = sheet.company.as_of
    shares: dict[int, float | None] = {}
    for days in RISK_DAYS:
        later = day + timedelta(days=days)
        left = sum(
            attained(
                [fact for fact in sheet.known(person_id, count.skill_iri).facts if fact.achieved_on <= day],
                later,
                count.min_strength,
            )
            >= count.level
            for person_id in count.holder_ids
        )
        shares[days] = min(1.0, left / count.needed) if count.needed else None
    return shares


def _met_later(sheet: Sheet, cell: Cell, later: date) -> bool:
    if cell.status != "met":
        return False
    day = sheet.company.as_of
    facts = [fact for fact in sheet.known(cell.person_id, cell.skill_iri).facts if fact.achieved_on <= day]
    return all(
        attained(facts, later, item.strength) >= item.row.level
        for item in sheet.counting(cell.person_id, cell.skill_iri)
    )


def _freshness(sheet: Sheet, members: Sequence[str], skills: Sequence[str]) -> Ratio:
    """Return the share of (member, skill) with attained > 0 whose latest holding fact is younger than 12 months."""
    day, least = sheet.company.as_of, sheet.company.least_strength
    since = FRESH_FOR.before(day)
    fresh = total = 0
    for person_id in members:
        for skill_iri in skills:
            standing = [
                fact
                for fact in standing_on(sheet.known(person_id, skill_iri).facts, day)
                if fact.strength >= least
            ]
            if standing:
                total += 1
                fresh += max(fact.achieved_on for fact in standing) > since
    return Ratio(fresh, total)


@dataclass(frozen=True, slots=True)
class Readiness:
    """A person for a role: requirements met, and the skills that block."""

    role_id: str
    kind: str
    met: Ratio
    blocking: tuple[str, ...]


def readiness(sheet: Sheet, person_id: str, role_id: str, kind: str) -> Readiness:
    """Judge a person by a role's mandatory and required rows, whether assigned or not."""
    company = sheet.company
    by_skill: dict[str, list[RequirementRow]] = {}
    for row in company.requirements:
        if (
            row.scope == "role"
            and row.scope_id == role_id
            and row.headcount is None
            and row.importance != "desirable"
        ):
            by_skill.setdefault(row.skill_iri, []).append(row)
    blocking = tuple(
        skill_iri
        for skill_iri, rows in sorted(by_skill.items())
        if not all(
            sheet.attains(person_id, skill_iri, row.level, row.min_strength or company.least_strength)
            for row in rows
        )
    )
    return Readiness(role_id, kind, Ratio(len(by_skill) - len(blocking), len(by_skill)), blocking)


def ends_on(cell: Cell, until: date) -> date | None:
    """Return the first day after D, up to `until`, on which a met pair is no longer met if nothing is renewed."""
    if cell.status != "met" or cell.last_valid_day is None:
        return None
    turn = cell.last_valid_day + timedelta(days=1)
    return turn if turn <= until else None


def unmet_of(sheet: Sheet, cell: Cell) -> tuple[Binding, ...]:
    """Return the mandatory and required rows of a pair that are not met on D."""
    facts = sheet.known(cell.person_id, cell.skill_iri).facts
    return tuple(unmet_rows(sheet.counting(cell.person_id, cell.skill_iri), facts, sheet.company.as_of))


def lapsed(sheet: Sheet, cell: Cell) -> tuple[EvidenceRow, ...]:
    """Return the rows whose running out is the reason of a pair that is not met, the latest first."""
    if cell.reason != "expired":
        return ()
    known = sheet.known(cell.person_id, cell.skill_iri)
    return lapsed_rows(sheet.counting(cell.person_id, cell.skill_iri), known, sheet.company.as_of)
