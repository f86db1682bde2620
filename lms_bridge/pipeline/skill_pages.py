"""Use cases that read: the list of skills, the search over all labels, and one skill with who holds and who needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from lms_bridge.coverage.inputs import Company
from lms_bridge.coverage.teams import Sheet
from lms_bridge.errors import NotFoundError
from lms_bridge.evidence.attainment import standing_on
from lms_bridge.people.scope import Reader, Vision
from lms_bridge.pipeline.naming import names_for
from lms_bridge.pipeline.report_pages import viewed
from lms_bridge.pipeline.scoping import vision
from lms_bridge.pipeline.viewing import View, known_instant
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import preferred_label
from lms_bridge.store import company as store
from lms_bridge.store import frameworks
from reports.content.model import Share
from reports.content.pages import SkillPage, SkillRow, SkillsPage

MOST_HITS = 60


def _visible_company(
    session: Session, settings: Settings, view: View, instant: datetime, sight: Vision
) -> Company:
    company = store.read_company(
        session,
        view.as_of,
        instant,
        team_ids=None,
        default_strength=settings.least_strength,
        with_evidence=False,
    )
    people = {key: person for key, person in company.people.items() if sight.sees_person(key)}
    proofs = store.proofs_known(session, people, instant)
    return replace(company, people=people, evidence=proofs.evidence, unrecognised=proofs.unrecognised)


def skills(session: Session, settings: Settings, reader: Reader, view: View, query: str) -> SkillsPage:
    """Return the skills that are needed or held among the people in view; with `query` the hits over all labels."""
    sight = vision(session, settings, reader)
    instant = known_instant(session, view)
    company = _visible_company(session, settings, view, instant, sight)
    sheet = Sheet(company)
    needed: dict[str, int] = {}
    holding: dict[str, int] = {}
    for person_id in company.people:
        sheet.open_person(person_id)
        for iri in {
            item.row.skill_iri for item in sheet.bound[person_id] if item.row.importance != "desirable"
        }:
            needed[iri] = needed.get(iri, 0) + 1
        for iri, known in sheet.facts[person_id].items():
            if any(fact.strength >= company.least_strength for fact in standing_on(known.facts, view.as_of)):
                holding[iri] = holding.get(iri, 0) + 1
    if query.strip():
        hits = frameworks.find_skills(session, query, settings.language, MOST_HITS)
        rows = tuple(
            SkillRow(
                hit.iri,
                hit.short_id,
                hit.label,
                hit.framework,
                hit.kind,
                needed.get(hit.iri, 0),
                holding.get(hit.iri, 0),
                hit.matched if hit.matched != hit.label else "",
            )
            for hit in hits
        )
        return SkillsPage(viewed(settings, view, instant), query, rows, len(rows))
    iris = {*needed, *holding}
    names = names_for(session, settings, skills=iris, evidence={}, people=(), instant=instant)
    listed = sorted(iris, key=lambda iri: (names.label(iri).lower(), iri))
    return SkillsPage(
        viewed(settings, view, instant),
        "",
        tuple(
            SkillRow(
                iri,
                names.short_ids[iri],
                names.label(iri),
                names.frameworks.get(iri, ""),
                "",
                needed.get(iri, 0),
                holding.get(iri, 0),
                "",
            )
            for iri in listed
        ),
        len(listed),
    )


def skill(session: Session, settings: Settings, reader: Reader, view: View, short_id: str) -> SkillPage:
    """Return one skill; holders are those in view, teams those in view with a pair in it.

    Raises:
        NotFoundError: no framework has it.
    """
    stored = frameworks.skill_by_short_id(session, short_id)
    if stored is None:
        raise NotFoundError(f"skill {short_id!r} is not here; search it in the list of skills")
    iri = stored.skill.iri
    sight = vision(session, settings, reader)
    instant = known_instant(session, view)
    company = _visible_company(session, settings, view, instant, sight)
    sheet = Sheet(company)
    mapped = [walk for walk in company.crosswalks if iri in (walk.source_iri, walk.target_iri)]
    near = {walk.source_iri for walk in mapped} | {walk.target_iri for walk in mapped}
    kin = {iri, *stored.skill.parents, *frameworks.children_of(session, iri), *near}
    names = names_for(session, settings, skills=kin, evidence={}, people=company.people, instant=instant)
    return SkillPage(
        viewed=viewed(settings, view, instant),
        skill_iri=iri,
        short_id=stored.short_id,
        label=names.label(iri),
        framework=stored.framework,
        release=stored.last_version,
        kind="vanished" if stored.is_vanished else stored.skill.kind,
        description=stored.skill.description or "",
        alternative_labels=tuple(
            label.text
            for label in stored.skill.labels
            if label.text != (preferred_label(stored.skill, settings.language) or "")
        )[:60],
        parents=tuple((names.short_ids[parent], names.label(parent)) for parent in stored.skill.parents),
        children=tuple(
            (names.short_ids[child], names.label(child))
            for child in frameworks.children_of(session, iri)[:60]
        ),
        levels=names.levels.get(iri, ()),
        holders=_holders(sheet, iri, view),
        demands=_demands(company, iri, sight),
        rules=tuple(
            (option.title, option.title, option.level, option.strength.label)
            for option in names.closing.get(iri, ())
        ),
        similar=tuple(
            (walk.relation, names.short_ids[other], names.label(other))
            for walk in mapped
            for other in (walk.target_iri if walk.source_iri == iri else walk.source_iri,)
        ),
        teams=_teams(sheet, iri, sight),
    )


def _holders(sheet: Sheet, iri: str, view: View) -> tuple[tuple[str, str, int, str, date | None], ...]:
    """Return who holds the skill on the day: id, name, level, strength and last valid day of the best fact."""
    company = sheet.company
    lines: list[tuple[str, str, int, str, date | None]] = []
    for person_id, person in company.people.items():
        facts = standing_on(sheet.known(person_id, iri).facts, view.as_of)
        if facts:
            best = max(facts, key=lambda fact: (fact.level, fact.strength, fact.ended_on or date.max))
            last = best.ended_on - timedelta(days=1) if best.ended_on is not None else None
            lines.append((person_id, person.name, best.level, best.strength.label, last))
    return tuple(sorted(lines, key=lambda line: (-line[2], line[1].lower(), line[0])))


def _demands(company: Company, iri: str, sight: Vision) -> tuple[tuple[str, str, int, str, str], ...]:
    lines = []
    for row in company.requirements:
        if row.skill_iri != iri or (row.scope == "team" and not _concerns(company, row.scope_id, sight)):
            continue
        name = (
            company.teams[row.scope_id].name
            if row.scope == "team" and row.scope_id in company.teams
            else company.role_names.get(row.scope_id, row.scope_id)
        )
        lines.append((row.scope, name, row.level, str(row.importance), row.headcount or ""))
    return tuple(sorted(lines))


def _concerns(company: Company, team_id: str, sight: Vision) -> bool:
    """Tell whether a team's rows concern the reader: the team itself, one below or one above what they see."""
    if sight.sees_all:
        return True
    return any(
        sight.sees_team(other) for other in company.teams if team_id in company.ancestors(other)
    ) or sight.sees_team(team_id)


def _teams(sheet: Sheet, iri: str, sight: Vision) -> tuple[tuple[str, str, Share], ...]:
    company = sheet.company
    lines: list[tuple[str, str, Share]] = []
    for team_id, team in company.teams.items():
        if not sight.sees_team(team_id):
            continue
        members = company.members(frozenset({team_id}))
        cells = [sheet.cell(person_id, iri) for person_id in members]
        counted = [cell for cell in cells if cell.is_counted]
        if counted:
            lines.append(
                (team_id, team.name, Share(sum(cell.status == "met" for cell in counted), len(counted)))
            )
    return tuple(sorted(lines, key=lambda line: (line[2].share or 0, line[1])))
