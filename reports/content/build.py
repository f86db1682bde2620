"""From coverage to content: names, words and order are added here, once for page and workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lms_bridge.coverage.inputs import Company
from lms_bridge.coverage.pairs import Cell, short_level
from lms_bridge.coverage.teams import (
    Headcount,
    Ratio,
    Sheet,
    SkillCoverage,
    TeamCoverage,
    ends_on,
    lapsed,
    team_coverage,
    unmet_of,
)
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.strengths import Strength
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
    TeamLine,
    ToDo,
    TrendPoint,
    UnmappedLearning,
    WaitingBadge,
)
from reports.content.words import DOUBT_WORDS, REASON_WORDS, day_word, level_word

SOON_DAYS = 90
NOTHING_CLOSES = (
    "nothing of the catalogue closes this: ask for a confirmation on the job, a certificate or a course"
)


@dataclass(frozen=True, slots=True)
class Closing:
    """A learning object whose rule gives a skill: up to `level`, at `strength`."""

    title: str
    level: int
    strength: Strength


@dataclass(frozen=True, slots=True)
class Names:
    """What the figures' ids are called, in the reader's language with fall-back to English."""

    labels: Mapping[str, str]
    short_ids: Mapping[str, str]
    frameworks: Mapping[str, str]
    descriptions: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str]
    senders: Mapping[str, str]
    closing: Mapping[str, tuple[Closing, ...]]
    people: Mapping[str, str]

    def label(self, iri: str) -> str:
        """Return a skill's name."""
        return self.labels.get(iri, iri)

    def level(self, iri: str, step: int) -> str:
        """Return `3 Independent`."""
        return level_word(self.levels.get(iri, ()), step)

    def title(self, object_key: str) -> str:
        """Return what a learning object is called."""
        return self.titles.get(object_key, object_key.removeprefix("group:"))


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report states beside its figures."""

    kind: ReportKind
    company_name: str
    known_on_text: str
    generated_at: datetime
    time_zone: str
    base_url: str
    attribution: tuple[str, ...]
    frameworks: tuple[str, ...]
    health: DataHealth
    unmapped: tuple[UnmappedLearning, ...]
    trend: tuple[TrendPoint, ...]
    footnotes: tuple[str, ...]


def build_report(sheet: Sheet, coverage: TeamCoverage, names: Names, frame: Frame) -> Report:
    """Put a team's coverage into words; order is total everywhere."""
    company = sheet.company
    team = company.teams[coverage.team_id]
    skills = tuple(
        sorted(
            (_skill(item, names, company) for item in coverage.skills),
            key=lambda skill: (skill.label.lower(), skill.skill_iri),
        )
    )
    people = tuple(
        sorted(
            (_person(sheet, coverage, person_id, skills) for person_id in coverage.member_ids),
            key=lambda person: (person.name.lower(), person.person_id),
        )
    )
    met_cells = [cell for cell in coverage.cells.values() if cell.status == "met"]
    expiring = tuple(
        sorted(
            (line for cell in met_cells if (line := _expiring(sheet, cell, names)) is not None),
            key=lambda line: (line.last_valid_day, line.person_name, line.skill_label, line.person_id),
        )
    )
    overdue = tuple(
        sorted(
            (line for cell in coverage.cells.values() if (line := _overdue(sheet, cell, names)) is not None),
            key=lambda line: (line.last_valid_day, line.person_name, line.skill_label, line.person_id),
        )
    )
    return Report(
        kind=frame.kind,
        company_name=frame.company_name,
        team_id=team.team_id,
        team_name=team.name,
        tree=coverage.tree,
        manager_name=names.people.get(team.manager_id) if team.manager_id else None,
        as_of=company.as_of,
        known_on=company.known_on,
        known_on_text=frame.known_on_text,
        generated_at=frame.generated_at,
        time_zone=frame.time_zone,
        least_strength=company.least_strength.label,
        met=share_of(coverage.met),
        mandatory=share_of(coverage.mandatory),
        freshness=share_of(coverage.freshness),
        at_risk=coverage.at_risk,
        skills=skills,
        people=people,
        todo=_todo(sheet, coverage, names, expiring),
        expiring=expiring,
        overdue=overdue,
        mandatory_lines=_mandatory(sheet, coverage, names),
        headcounts=tuple(
            headcount_content(count, names, company)
            for skill in coverage.skills
            for count in skill.headcounts
        ),
        proofs=_proofs(company, coverage, names),
        teams=_team_lines(sheet, coverage) if frame.kind == "company" else (),
        trend=frame.trend,
        health=frame.health,
        unmapped=frame.unmapped,
        footnotes=frame.footnotes,
        base_url=frame.base_url,
        attribution=frame.attribution,
        frameworks=frame.frameworks,
        waiting_badges=_waiting_badges(sheet, coverage),
    )


def _waiting_badges(sheet: Sheet, coverage: TeamCoverage) -> tuple[WaitingBadge, ...]:
    """Return the badges that members hold in gaps and that count for nothing, most gaps first."""
    # Anybody can call themselves like an issuer of good name.
    found: dict[tuple[str, str, str, str], set[tuple[str, str]]] = {}
    for person_id in coverage.member_ids:
        for badge in sheet.waiting_badges(person_id):
            key = (badge.name, badge.issuer_name, DOUBT_WORDS[badge.doubt], badge.issuer_id)
            found.setdefault(key, set()).add((person_id, badge.skill_iri))
    return tuple(
        sorted(
            (
                WaitingBadge(name, issuer, doubt, len({person_id for person_id, _ in pairs}), len(pairs))
                for (name, issuer, doubt, _), pairs in sorted(found.items())
            ),
            key=lambda badge: (-badge.gaps, badge.name.lower(), badge.issuer_name.lower(), badge.doubt),
        )
    )


def share_of(ratio: Ratio) -> Share:
    """Return the content's share."""
    return Share(ratio.met, ratio.total)


def team_names_of(company: Company, person_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ids and names of a person's direct teams."""
    ids = tuple(team_id for team_id, _ in company.people[person_id].teams)
    return ids, tuple(company.teams[team_id].name if team_id in company.teams else team_id for team_id in ids)


def cell_content(cell: Cell, as_of: date) -> CellContent:
    """Return a judged pair as content."""
    return CellContent(
        person_id=cell.person_id,
        skill_iri=cell.skill_iri,
        required=cell.required,
        attained=cell.attained,
        status=cell.status,
        gap=cell.gap,
        reason=cell.reason,
        due_on=cell.due_on,
        last_valid_day=cell.last_valid_day,
        days_left=(cell.last_valid_day - as_of).days if cell.last_valid_day is not None else None,
        importance=cell.importance,
        exempt_reason=cell.exempt_reason,
        evidence=cell.evidence,
        traces=cell.traces,
    )


def _person(
    sheet: Sheet, coverage: TeamCoverage, person_id: str, skills: Sequence[SkillContent]
) -> PersonContent:
    company = sheet.company
    person = company.people[person_id]
    cells = tuple(coverage.cells[person_id, skill.skill_iri] for skill in skills)
    counted = [cell for cell in cells if cell.is_counted]
    ids, team_names = team_names_of(company, person_id)
    return PersonContent(
        person_id=person_id,
        name=person.name,
        team_ids=ids,
        team_names=team_names,
        role_names=tuple(
            company.role_names.get(role_id, role_id)
            for role_id, kind, _ in person.assignments
            if kind != "target"
        ),
        on_leave=person.on_leave,
        met=Share(sum(cell.status == "met" for cell in counted), len(counted)),
        cells=tuple(cell_content(cell, company.as_of) for cell in cells),
    )


def headcount_content(count: Headcount, names: Names, company: Company) -> HeadcountContent:
    """Return a head-count line as content."""
    return HeadcountContent(
        team_id=count.team_id,
        team_name=company.teams[count.team_id].name,
        skill_iri=count.skill_iri,
        skill_label=names.label(count.skill_iri),
        level=count.level,
        level_name=names.level(count.skill_iri, count.level),
        min_strength=count.min_strength.label,
        importance=count.importance,
        asked=count.asked,
        needed=count.needed,
        holders=len(count.holder_ids),
        holder_names=tuple(company.people[person_id].name for person_id in count.holder_ids),
        coverage_share=count.coverage_share,
    )


def _skill(item: SkillCoverage, names: Names, company: Company) -> SkillContent:
    own = item.own_headcount
    has_pairs = item.pairs.total > 0 or item.open_pairs > 0
    if has_pairs or own is None:
        needed, met = (item.pairs.total, item.pairs.met) if item.required_level is not None else (None, None)
        share, required, holders = item.pairs.share, item.required_level, item.holder_ids
        if not has_pairs:
            needed = met = share = required = None
    else:
        needed, met = own.needed, min(len(own.holder_ids), own.needed)
        share, required, holders = own.coverage_share, own.level, own.holder_ids
    best = item.next_best
    least = item.min_strength
    closing = [
        option.title
        for option in names.closing.get(item.skill_iri, ())
        if item.required_level is not None
        and option.level >= item.required_level
        and option.strength >= least
    ]
    return SkillContent(
        skill_iri=item.skill_iri,
        short_id=names.short_ids.get(item.skill_iri, ""),
        label=names.label(item.skill_iri),
        framework=names.frameworks.get(item.skill_iri, ""),
        description=names.descriptions.get(item.skill_iri, ""),
        levels=names.levels.get(item.skill_iri, ()),
        required_level=required,
        min_strength=least.label,
        needed=needed,
        met=met,
        open_pairs=item.open_pairs,
        holders=len(holders) if required is not None else None,
        holder_ids=holders if required is not None else (),
        holder_names=tuple(company.people[person_id].name for person_id in holders)
        if required is not None
        else (),
        coverage_share=share,
        depth=len(holders) if required is not None else None,
        is_single_point=item.is_single_point and required is not None,
        next_best_id=best.person_id if best else None,
        next_best_name=company.people[best.person_id].name if best else None,
        next_best_level=best.level if best else None,
        next_best_since=best.since if best else None,
        headcounts=tuple(headcount_content(count, names, company) for count in item.headcounts),
        at_risk=item.at_risk,
        closing_titles=tuple(dict.fromkeys(closing)),
    )


def reason_text(sheet: Sheet, cell: Cell, names: Names) -> str:
    """Say why a pair is not met, with the day or the level that explains it."""
    if cell.reason is None:
        return ""
    words = REASON_WORDS[cell.reason]
    known = sheet.known(cell.person_id, cell.skill_iri)
    if cell.reason == "expired":
        last = _lapsed_on(sheet, cell)
        return f"{words}, last valid day {day_word(last)}" if last is not None else words
    if cell.reason == "not_recognised":
        day = sheet.company.as_of
        level = short_level(sheet.counting(cell.person_id, cell.skill_iri), known, day)

        def shown(rows: Iterable[EvidenceRow]) -> list[Strength]:
            return [row.fact.strength for row in rows if row.fact.holds_on(day) and row.fact.level >= level]

        strengths = shown((*known.rows, *known.derived))
        if strengths:
            return f"{words} (only {max(strengths).label})"
        badge = next((badge for badge in known.badges if badge.holds_on(day)), None)
        if badge is None or shown(known.close):
            return f"{words} (only a similar skill)"
        return f"{words} (badge {badge.name} of {badge.issuer_name}: {DOUBT_WORDS[badge.doubt]})"
    if cell.reason == "too_low" and cell.attained:
        return f"{words}: {names.level(cell.skill_iri, cell.attained)}"
    return words


def action_for(sheet: Sheet, cell: Cell, names: Names) -> str:
    """Name the learning that closes a pair that is not met, or renews one that is; or say that nothing does."""
    needed = unmet_of(sheet, cell) or sheet.counting(cell.person_id, cell.skill_iri)
    titles = [
        option.title
        for option in names.closing.get(cell.skill_iri, ())
        if all(option.level >= item.row.level and option.strength >= item.strength for item in needed)
    ]
    return " or ".join(dict.fromkeys(titles)) if titles else NOTHING_CLOSES


def _todo(
    sheet: Sheet, coverage: TeamCoverage, names: Names, expiring: Iterable[Expiring]
) -> tuple[ToDo, ...]:
    lines: list[ToDo] = []
    for cell in coverage.cells.values():
        if cell.status not in ("unmet", "open") or cell.required is None:
            continue
        lines.append(
            _todo_line(
                sheet,
                cell,
                names,
                _urgency(sheet, cell),
                reason_text(sheet, cell, names),
                _due(sheet, cell),
            )
        )
    for line in expiring:
        cell = coverage.cells[line.person_id, line.skill_iri]
        text = f"met until {day_word(line.last_valid_day)}, {line.days_left} days left"
        lines.append(_todo_line(sheet, cell, names, 4, text, line.last_valid_day))
    far = date.max
    lines.sort(
        key=lambda line: (
            line.urgency,
            line.due_on or far,
            line.person_name.lower(),
            line.skill_label.lower(),
            line.person_id,
        )
    )
    return tuple(lines)


def _due(sheet: Sheet, cell: Cell) -> date | None:
    """Return by when: the due day, or the last valid day of what has run out where that came later."""
    days = (cell.due_on, _lapsed_on(sheet, cell))
    return max((day for day in days if day is not None), default=None)


def _lapsed_on(sheet: Sheet, cell: Cell) -> date | None:
    """Return the last valid day of what has run out, None where that is not the reason."""
    ended_on = next((row.fact.ended_on for row in lapsed(sheet, cell)), None)
    return ended_on - timedelta(days=1) if ended_on is not None else None


def _urgency(sheet: Sheet, cell: Cell) -> int:
    if cell.status == "open":
        return 3
    day = sheet.company.as_of
    late = [item for item in unmet_of(sheet, cell) if item.due_on is None or item.due_on <= day]
    if all(item.row.importance != "mandatory" for item in late):
        return 2
    return 0 if cell.reason in ("expired", "reversed") or (cell.due_on and cell.due_on <= day) else 1


def _todo_line(sheet: Sheet, cell: Cell, names: Names, urgency: int, text: str, due_on: date | None) -> ToDo:
    company = sheet.company
    _, team_names = team_names_of(company, cell.person_id)
    return ToDo(
        urgency=urgency,
        person_id=cell.person_id,
        person_name=company.people[cell.person_id].name,
        team_name=", ".join(team_names),
        skill_iri=cell.skill_iri,
        skill_short_id=names.short_ids.get(cell.skill_iri, ""),
        skill_label=names.label(cell.skill_iri),
        required=cell.required or 0,
        attained=cell.attained,
        level_name=names.level(cell.skill_iri, cell.required or 0),
        importance=cell.importance or "required",
        status=cell.status,
        reason=cell.reason,
        reason_text=text,
        due_on=due_on,
        action=action_for(sheet, cell, names),
    )


def _expiring(sheet: Sheet, cell: Cell, names: Names) -> Expiring | None:
    ended_on = ends_on(cell, sheet.company.as_of + timedelta(days=SOON_DAYS))
    if ended_on is None:
        return None
    known = sheet.known(cell.person_id, cell.skill_iri)
    rows = [row for row in (*known.rows, *known.derived) if row.fact.ended_on == ended_on]
    return _ending_line(sheet, cell, names, ended_on, rows)


def _overdue(sheet: Sheet, cell: Cell, names: Names) -> Expiring | None:
    if cell.status != "unmet" or cell.reason != "expired":
        return None
    rows = lapsed(sheet, cell)
    ended_on = next((row.fact.ended_on for row in rows), None)
    if ended_on is None:
        return None
    return _ending_line(sheet, cell, names, ended_on, [row for row in rows if row.fact.ended_on == ended_on])


def _ending_line(
    sheet: Sheet, cell: Cell, names: Names, ended_on: date, rows: Sequence[EvidenceRow]
) -> Expiring:
    company = sheet.company
    _, team_names = team_names_of(company, cell.person_id)
    best = max(rows, key=lambda row: (row.fact.level, row.evidence_id), default=None)
    last = ended_on - timedelta(days=1)
    level = best.fact.level if best else cell.attained
    return Expiring(
        person_id=cell.person_id,
        person_name=company.people[cell.person_id].name,
        team_name=", ".join(team_names),
        skill_iri=cell.skill_iri,
        skill_short_id=names.short_ids.get(cell.skill_iri, ""),
        skill_label=names.label(cell.skill_iri),
        level=level,
        level_name=names.level(cell.skill_iri, level),
        importance=cell.importance,
        last_valid_day=last,
        days_left=(last - company.as_of).days,
        title=proof_title(best, names) if best else "",
        evidence_id=best.evidence_id if best else "",
    )


def _mandatory(sheet: Sheet, coverage: TeamCoverage, names: Names) -> tuple[MandatoryLine, ...]:
    lines: list[MandatoryLine] = []
    day = sheet.company.as_of
    for skill in coverage.skills:
        met = total = still_open = 0
        missing: list[tuple[str, str, str]] = []
        for person_id in coverage.member_ids:
            rows = [
                item
                for item in sheet.counting(person_id, skill.skill_iri)
                if item.row.importance == "mandatory"
            ]
            if not rows:
                continue
            unmet = [
                item
                for item in rows
                if not sheet.attains(person_id, skill.skill_iri, item.row.level, item.strength)
            ]
            if unmet and all(item.due_on is not None and item.due_on > day for item in unmet):
                still_open += 1
                continue
            total += 1
            met += not unmet
            if unmet:
                cell = coverage.cells[person_id, skill.skill_iri]
                missing.append(
                    (person_id, sheet.company.people[person_id].name, reason_text(sheet, cell, names))
                )
        if total or still_open:
            lines.append(
                MandatoryLine(
                    skill_iri=skill.skill_iri,
                    skill_short_id=names.short_ids.get(skill.skill_iri, ""),
                    skill_label=names.label(skill.skill_iri),
                    met=Share(met, total),
                    open_pairs=still_open,
                    missing=tuple(sorted(missing, key=lambda item: (item[1].lower(), item[0]))),
                )
            )
    return tuple(
        sorted(
            lines, key=lambda line: (line.met.share if line.met.share is not None else 2, line.skill_label)
        )
    )


def proof_title(row: EvidenceRow, names: Names) -> str:
    """Return what was learned or shown; an award that names no learning object is called by what it is."""
    if row.fact.object_key.startswith("award:"):
        if row.fact.strength == Strength.SELF_ASSERTED:
            return "Own word"
        return "Confirmation on the job" if row.fact.by_person else "Certificate"
    return names.title(row.fact.object_key)


def proof_line(row: EvidenceRow, names: Names, as_of: date, known_on: datetime) -> ProofLine:
    """Return an evidence row as content: what a proof card shows, no scores, no times of day."""
    fact = row.fact
    holding = "holds" if fact.holds_on(as_of) else "ended"
    state = holding if row.known_at(known_on) else "reversed"
    return ProofLine(
        evidence_id=row.evidence_id,
        person_id=row.person_id,
        person_name=names.people.get(row.person_id, row.person_id),
        skill_iri=fact.skill_iri,
        skill_label=names.label(fact.skill_iri),
        level=fact.level,
        level_name=names.level(fact.skill_iri, fact.level),
        strength=fact.strength.label,
        authenticity=fact.authenticity,
        achieved_on=fact.achieved_on,
        last_valid_day=fact.ended_on - timedelta(days=1) if fact.ended_on is not None else None,
        end_kind=fact.end_kind,
        state=state,
        title=proof_title(row, names),
        source=names.senders.get(fact.cited_id, ""),
        rule_id=fact.rule_id,
        rule_version=fact.rule_version,
        cited_kind=fact.cited_kind,
        cited_id=fact.cited_id,
    )


def _proofs(company: Company, coverage: TeamCoverage, names: Names) -> dict[str, ProofLine]:
    wanted = {key for cell in coverage.cells.values() for key in (*cell.evidence, *cell.traces)}
    return {
        row.evidence_id: proof_line(row, names, company.as_of, company.known_on)
        for person_id in coverage.member_ids
        for row in company.evidence.get(person_id, ())
        if row.evidence_id in wanted
    }


def _team_lines(sheet: Sheet, coverage: TeamCoverage) -> tuple[TeamLine, ...]:
    company = sheet.company
    inside = set(company.subtree(coverage.team_id))
    ordered: list[tuple[str, int]] = []

    def walk(team_id: str, depth: int) -> None:
        ordered.append((team_id, depth))
        for child in sorted(
            (
                team
                for team in company.teams.values()
                if team.parent_team_id == team_id and team.team_id in inside
            ),
            key=lambda team: (team.name.lower(), team.team_id),
        ):
            walk(child.team_id, depth + 1)

    walk(coverage.team_id, 0)
    return tuple(team_line(sheet, team_id, depth) for team_id, depth in ordered)


def team_line(sheet: Sheet, team_id: str, depth: int) -> TeamLine:
    """Return a team's own line: the figures of its subtree."""
    company = sheet.company
    own = team_coverage(company, team_id, tree=True, sheet=sheet)
    soon = company.as_of + timedelta(days=SOON_DAYS)
    return TeamLine(
        team_id=team_id,
        name=company.teams[team_id].name,
        parent_team_id=company.teams[team_id].parent_team_id,
        depth=depth,
        members=len(own.member_ids),
        met=share_of(own.met),
        mandatory=share_of(own.mandatory),
        single_points=sum(skill.is_single_point for skill in own.skills),
        uncovered=sum(skill.depth == 0 for skill in own.skills),
        expiring_90=sum(ends_on(cell, soon) is not None for cell in own.cells.values()),
        at_risk=own.at_risk,
        skill_shares={
            skill.skill_iri: (skill.pairs.met, skill.pairs.total) for skill in own.skills if skill.pairs.total
        },
    )
