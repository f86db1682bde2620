"""Makes report content for tests of the renderers: a plausible team, a company, empty and very large reports.

Figures follow from the cells by the definitions of the product, so that a renderer's sums can be held against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from reports.content.model import (
    CellContent,
    DataHealth,
    Expiring,
    HeadcountContent,
    MandatoryLine,
    PersonContent,
    ProofLine,
    Report,
    ReportKind,
    Share,
    SkillContent,
    SourceHealth,
    TeamLine,
    ToDo,
    TrendPoint,
    UnmappedLearning,
    WaitingBadge,
)
from reports.content.words import REASON_WORDS, level_word

AS_OF = date(2026, 6, 30)
KNOWN_ON = datetime(2026, 6, 30, 6, 15, 30, 250_000, tzinfo=UTC)
LEVELS = ("Aware", "Working", "Independent", "Expert")
BASE_URL = "https://bridge.example"
SPACE = UUID("6f0f8e0e-4e0c-5d6a-9a53-2f6d5a0b7c11")

NAMES = (
    "Ada Lovelace",
    "Bo Andersson",
    "Çağla Öztürk",
    "Dora Weiß",
    "Emre Yılmaz",
    "Françoise Lefèvre",
    "Grzegorz Wiśniewski",
    '=HYPERLINK("http://evil.example","click")',
    "-5",
    "@SUM(A1:A9)",
    "+49 170 1234567",
    "Zoë O'Brien & Søn <QA>",
)
"""A team with names as people and attackers write them."""

SKILLS = (
    ("operate precision machinery", 3, "required", "assessed"),
    ("read standard blueprints", 2, "required", "completed"),
    ("inspect quality of products", 2, "required", "assessed"),
    ("wear appropriate protective gear", 2, "mandatory", "completed"),
    ("5S methodology", 2, "desirable", "completed"),
    ("statistical process control", 1, "desirable", "completed"),
    ("programmable logic controller", 3, "required", "assessed"),
    ("interpret electrical diagrams", 3, "required", "assessed"),
    ("electrical safety regulations", 3, "mandatory", "assessed"),
    ("maintain electrical equipment", 3, "required", "verified"),
    ("resolve equipment malfunctions", 3, "required", "verified"),
    ("root cause analysis", 2, "required", "completed"),
    ("operate forklift", 2, "mandatory", "certified"),
    ("=1+1 (a skill that looks like a formula)", 2, "required", "assessed"),
    ("handling of dangerous goods", 2, "mandatory", "assessed"),
    ("lead a team", 3, "required", "completed"),
    (
        "use a warehouse management system with a very long label that must be wrapped",
        2,
        "required",
        "assessed",
    ),
    ("data visualisation software", 4, "required", "assessed"),
)

_REASONS = ("never", "too_low", "expired", "not_recognised", "reversed")


def skill_iri(index: int) -> str:
    """The IRI of the factory's skill number `index`."""
    return f"http://data.europa.eu/esco/skill/{uuid5(SPACE, f'skill-{index}')}"


def cell(person: int, skill: int, *, importance: str, required: int, as_of: date = AS_OF) -> CellContent:
    """A cell whose status depends on both numbers alone: about two thirds met, and every status somewhere."""
    dice = (person * 31 + skill * 17 + (person * skill) % 7) % 24
    person_id, iri = f"p-{person:05d}", skill_iri(skill)
    proof = (str(uuid5(SPACE, f"{person}-{skill}")),)
    none: tuple[str, ...] = ()

    def made(
        status: str,
        attained: int,
        *,
        gap: int = 0,
        reason: str | None = None,
        due_on: date | None = None,
        ends: int | None = None,
        asked: bool = True,
        exempt_reason: str | None = None,
    ) -> CellContent:
        return CellContent(
            person_id=person_id,
            skill_iri=iri,
            required=required if asked else None,
            attained=attained,
            status=status,
            gap=gap,
            reason=reason,
            due_on=due_on,
            last_valid_day=None if ends is None else as_of + timedelta(days=ends),
            days_left=ends,
            importance=importance if asked else None,
            exempt_reason=exempt_reason,
            evidence=proof if attained else none,
            traces=proof if reason in {"expired", "reversed"} else none,
        )

    if importance == "desirable":
        return made("desirable", dice % 3)
    if dice < 5:
        return made("not_required", 2 if dice == 4 else 0, asked=False)
    if dice == 5:
        return made("exempt", 0, exempt_reason="pregnancy: no work at heights")
    if dice == 6:
        return made("open", 1, gap=max(1, required - 1), reason="too_low", due_on=as_of + timedelta(days=45))
    if dice < 12:
        reason = _REASONS[dice % 5]
        attained = required if reason == "not_recognised" else (required - 1 if reason == "too_low" else 0)
        due_on = as_of - timedelta(days=dice * 3) if dice % 2 else None
        return made("unmet", attained, gap=max(1, required - attained), reason=reason, due_on=due_on)
    ends = {12: 12, 13: 45, 14: 80}.get(dice, 400 if dice % 2 else None)
    return made("met", min(required + (dice == 20), len(LEVELS)), ends=ends)


def counted(cells: Iterable[CellContent]) -> Share:
    """Met of met and unmet."""
    statuses = [cell.status for cell in cells]
    met = statuses.count("met")
    return Share(met, met + statuses.count("unmet"))


def people_of(
    count: int, skills: Sequence[tuple[str, int, str, str]], team: str
) -> tuple[PersonContent, ...]:
    """People with one cell a skill; the first twelve carry the cast's names."""
    made = []
    for number in range(count):
        cells = tuple(
            cell(number, index, importance=importance, required=level)
            for index, (_, level, importance, _) in enumerate(skills)
        )
        made.append(
            PersonContent(
                person_id=f"p-{number:05d}",
                name=NAMES[number] if number < len(NAMES) else f"Person {number:05d}",
                team_ids=("t-1",),
                team_names=(team,),
                role_names=("Machine operator", "Team leader") if number == 0 else ("Machine operator",),
                on_leave=number == 3,
                met=counted(cells),
                cells=cells,
            )
        )
    return tuple(made)


def skill_of(index: int, spec: tuple[str, int, str, str], people: Sequence[PersonContent]) -> SkillContent:
    """A column of the map, its figures counted from the cells."""
    label, level, importance, strength = spec
    column = [person.cells[index] for person in people]
    share = counted(column)
    asked = importance != "desirable" and bool(people)
    holders = [person for person in people if asked and person.cells[index].status == "met"]
    if index == 6:
        holders = holders[:1]
    if index == 9:
        holders = []
    others = [p for p in people if p not in holders and 0 < p.cells[index].attained < level]
    best = max(others, key=lambda p: (p.cells[index].attained, p.person_id), default=None)
    return SkillContent(
        skill_iri=skill_iri(index),
        short_id=f"s{index:03d}",
        label=label,
        framework="ESCO 1.2.0",
        description=f"What {label} means.",
        levels=LEVELS,
        required_level=level if asked else None,
        min_strength=strength,
        needed=share.total if asked else None,
        met=share.met if asked else None,
        open_pairs=sum(cell.status == "open" for cell in column),
        holders=len(holders) if asked else None,
        holder_ids=tuple(p.person_id for p in holders),
        holder_names=tuple(p.name for p in holders),
        coverage_share=share.share if asked else None,
        depth=len(holders) if asked else None,
        is_single_point=asked and len(holders) == 1,
        next_best_id=best.person_id if best and asked else None,
        next_best_name=best.name if best and asked else None,
        next_best_level=best.cells[index].attained if best and asked else None,
        next_best_since=date(2025, 11, 3) if best and asked else None,
        headcounts=(),
        at_risk={
            days: None if share.share is None or not asked else share.share * (1 - days / 400)
            for days in (30, 60, 90)
        },
        closing_titles=(f"Course on {label}",) if index % 4 else (),
    )


def report(
    *,
    people: int = 12,
    skills: Sequence[tuple[str, int, str, str]] = SKILLS,
    kind: ReportKind = "team",
    team_name: str = "Assembly & Test",
    base_url: str = BASE_URL,
) -> Report:
    """A report of `people` × `skills`, every list counted from the cells."""
    members = people_of(people, skills, team_name)
    columns = tuple(skill_of(index, spec, members) for index, spec in enumerate(skills))
    cells = [cell for member in members for cell in member.cells]
    mandatory = [cell for cell in cells if cell.importance == "mandatory"]
    met = counted(cells)
    headcounts = (_headcount(columns, members),) if len(columns) > 12 and members else ()
    return Report(
        kind=kind,
        company_name="Rheintal Components GmbH",
        team_id="company" if kind == "company" else "t-1",
        team_name="Rheintal Components GmbH" if kind == "company" else team_name,
        tree=kind == "company",
        manager_name="Ada Lovelace" if members else None,
        as_of=AS_OF,
        known_on=KNOWN_ON,
        known_on_text="2026-06-30T06:15:30.250Z",
        generated_at=datetime(2026, 6, 30, 6, 20, tzinfo=UTC),
        time_zone="Europe/Berlin",
        least_strength="completed",
        met=met,
        mandatory=counted(mandatory),
        freshness=Share(sum(cell.attained > 1 for cell in cells), sum(cell.attained > 0 for cell in cells)),
        at_risk={days: None if met.share is None else met.share * (1 - days / 300) for days in (30, 60, 90)},
        skills=columns,
        people=members,
        todo=_todo(members, columns),
        expiring=_expiring(members, columns, overdue=False),
        overdue=_expiring(members, columns, overdue=True),
        mandatory_lines=_mandatory_lines(members, columns, skills),
        headcounts=headcounts,
        proofs={line.evidence_id: line for line in _proofs(members, columns)},
        teams=_teams(columns) if kind == "company" else (),
        trend=_trend(met) if members else (),
        health=_health() if members else _healthy(),
        waiting_badges=(
            WaitingBadge("=Ladders, examined", "Guild", "nobody has decided on its issuer", 2, 3),
            WaitingBadge("Ladders explained", "Portal", "its issuer is known and not trusted", 1, 1),
        )
        if members
        else (),
        unmapped=(
            UnmappedLearning("https://lms.example/course/77", "=cmd|' /C calc'!A0", 4, 9, date(2026, 6, 2)),
            UnmappedLearning(
                "https://lms.example/course/78", "Ladders and scaffolds", 2, 2, date(2026, 5, 2)
            ),
        )
        if members
        else (),
        footnotes=("One person is on leave and does not count in head-counts.",) if members else (),
        base_url=base_url,
        attribution=("This service uses the ESCO classification of the European Commission.",),
        frameworks=("ESCO 1.2.0",),
    )


def empty_report() -> Report:
    """A team without members, skills or sources."""
    return report(people=0, skills=())


def large_report(people: int, skills: int, kind: ReportKind = "team") -> Report:
    """A report of the given size, with proofs and everything else in proportion."""
    specs = []
    for index in range(skills):
        label, level, importance, strength = SKILLS[index % len(SKILLS)]
        specs.append((f"{label} {index}" if index >= len(SKILLS) else label, level, importance, strength))
    return report(people=people, skills=specs, kind=kind)


def _headcount(columns: Sequence[SkillContent], members: Sequence[PersonContent]) -> HeadcountContent:
    column = columns[12]
    return HeadcountContent(
        team_id="t-1",
        team_name=members[0].team_names[0],
        skill_iri=column.skill_iri,
        skill_label=column.label,
        level=2,
        level_name="2 Working",
        min_strength="certified",
        importance="mandatory",
        asked="10 % of 12 active members",
        needed=2,
        holders=1,
        holder_names=(members[0].name,),
        coverage_share=0.5,
    )


def _todo(members: Sequence[PersonContent], columns: Sequence[SkillContent]) -> tuple[ToDo, ...]:
    made = []
    for member in members:
        for skill, item in zip(columns, member.cells, strict=True):
            ends = item.status == "met" and item.days_left is not None and item.days_left <= 90
            if item.status not in {"unmet", "open"} and not ends:
                continue
            overdue = item.due_on is not None and item.due_on < AS_OF
            if item.status == "unmet":
                urgency = 2 if item.importance != "mandatory" else (0 if overdue else 1)
            else:
                urgency = 3 if item.status == "open" else 4
            course = skill.closing_titles[0] if skill.closing_titles else None
            made.append(
                ToDo(
                    urgency=urgency,
                    person_id=member.person_id,
                    person_name=member.name,
                    team_name=member.team_names[0],
                    skill_iri=skill.skill_iri,
                    skill_short_id=skill.short_id,
                    skill_label=skill.label,
                    required=item.required or 0,
                    attained=item.attained,
                    level_name=level_word(LEVELS, item.required or 0),
                    importance=item.importance or "required",
                    status=item.status,
                    reason=item.reason,
                    reason_text=REASON_WORDS[item.reason] if item.reason else "met, ends soon",
                    due_on=item.last_valid_day if ends else item.due_on,
                    action=f"Take “{course}”" if course else "Nothing in the catalogue closes this gap",
                )
            )
    return tuple(sorted(made, key=lambda t: (t.urgency, t.due_on or date.min, t.person_name, t.skill_label)))


def _expiring(
    members: Sequence[PersonContent], columns: Sequence[SkillContent], *, overdue: bool
) -> tuple[Expiring, ...]:
    made = []
    for member in members:
        for skill, item in zip(columns, member.cells, strict=True):
            if overdue:
                days = -14 if item.reason == "expired" else None
            else:
                days = item.days_left if item.status == "met" else None
            if days is None or days > 90:
                continue
            made.append(
                Expiring(
                    person_id=member.person_id,
                    person_name=member.name,
                    team_name=member.team_names[0],
                    skill_iri=skill.skill_iri,
                    skill_short_id=skill.short_id,
                    skill_label=skill.label,
                    level=item.required or 0,
                    level_name=level_word(LEVELS, item.required or 0),
                    importance=item.importance,
                    last_valid_day=AS_OF + timedelta(days=days),
                    days_left=days,
                    title=f"Course on {skill.label}",
                    evidence_id=(item.evidence or item.traces)[0],
                )
            )
    return tuple(sorted(made, key=lambda end: (end.days_left, end.person_name, end.skill_label)))


def _mandatory_lines(
    members: Sequence[PersonContent],
    columns: Sequence[SkillContent],
    skills: Sequence[tuple[str, int, str, str]],
) -> tuple[MandatoryLine, ...]:
    made = []
    for index, (skill, spec) in enumerate(zip(columns, skills, strict=True)):
        if spec[2] != "mandatory" or not members:
            continue
        column = [(member, member.cells[index]) for member in members]
        made.append(
            MandatoryLine(
                skill_iri=skill.skill_iri,
                skill_short_id=skill.short_id,
                skill_label=skill.label,
                met=counted(item for _, item in column),
                open_pairs=skill.open_pairs,
                missing=tuple(
                    (member.person_id, member.name, REASON_WORDS[item.reason or "never"])
                    for member, item in column
                    if item.status == "unmet"
                ),
            )
        )
    return tuple(made)


def _proofs(members: Sequence[PersonContent], columns: Sequence[SkillContent]) -> Iterable[ProofLine]:
    for member in members:
        for skill, item in zip(columns, member.cells, strict=True):
            for evidence_id in dict.fromkeys((*item.evidence, *item.traces)):
                level = item.attained or item.required or 1
                yield ProofLine(
                    evidence_id=evidence_id,
                    person_id=member.person_id,
                    person_name=member.name,
                    skill_iri=skill.skill_iri,
                    skill_label=skill.label,
                    level=level,
                    level_name=LEVELS[level - 1],
                    strength="assessed",
                    authenticity="source key",
                    achieved_on=date(2025, 3, 1) + timedelta(days=level),
                    last_valid_day=item.last_valid_day,
                    end_kind=None if item.last_valid_day is None else "expiry",
                    state="holds" if item.evidence else "ended",
                    title=f"Course on {skill.label}",
                    source="moodle-plant",
                    rule_id="course-rule",
                    rule_version="9c1d7f20",
                    cited_kind="statement",
                    cited_id=str(uuid5(SPACE, f"statement-{evidence_id}")),
                )


def _teams(columns: Sequence[SkillContent]) -> tuple[TeamLine, ...]:
    names = ("Rheintal Components GmbH", "Assembly", "Maintenance", "=Logistics", "Software", "Sales")
    made = []
    for number, name in enumerate(names):
        shares = {
            skill.skill_iri: ((index + number * 3) % 10, 9 + (index % 2))
            for index, skill in enumerate(columns)
            if (index + number) % 5
        }
        met, total = sum(m for m, _ in shares.values()), sum(t for _, t in shares.values())
        made.append(
            TeamLine(
                team_id=f"t-{number}",
                name=name,
                parent_team_id=None if number == 0 else "t-0",
                depth=min(number, 1),
                members=12 + number,
                met=Share(met, total),
                mandatory=Share(number, 5 if number else 0),
                single_points=number % 3,
                uncovered=number % 2,
                expiring_90=number,
                at_risk={30: met / total - 0.02, 60: met / total - 0.05, 90: met / total - 0.1},
                skill_shares=shares,
            )
        )
    return tuple(made)


def _trend(met: Share) -> tuple[TrendPoint, ...]:
    points = []
    for months in range(12, -1, -1):
        year, month = divmod(2026 * 12 + 5 - months, 12)
        day = date(year, month + 1, 28)
        note = "Reorganisation: two people joined" if months == 5 else ""
        points.append(TrendPoint(day, Share(max(met.met - months * 2, 0), met.total), note))
    return tuple(points)


def _health() -> DataHealth:
    return DataHealth(
        sources=(
            SourceHealth("moodle-plant", "moodle", datetime(2026, 6, 30, 5, 59, 1, tzinfo=UTC), 0, False, 3),
            SourceHealth("=old-lms", "openedx", None, None, True, 0),
        ),
        unmapped_objects=2,
        unmapped_people=5,
        unmapped_share=0.125,
        unknown_actors=3,
        doubtful_clocks=1,
        refused_requests=3,
        not_proof=240,
        failures=0,
        queue_depth=0,
    )


def _healthy() -> DataHealth:
    return DataHealth((), 0, 0, None, 0, 0, 0, 0, 0, 0)
