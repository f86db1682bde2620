"""Use cases that read: a person's page with every skill's proofs, readiness and history; a role's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from lms_bridge.coverage.teams import Sheet, readiness
from lms_bridge.errors import NotFoundError
from lms_bridge.evidence.facts import TRACED_REVERSALS, EvidenceRow
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.naming import names_for
from lms_bridge.pipeline.report_pages import viewed
from lms_bridge.pipeline.scoping import vision
from lms_bridge.pipeline.viewing import View, known_instant
from lms_bridge.settings import Settings
from lms_bridge.store import company as store
from lms_bridge.store.identities import accounts_of, email_of
from reports.content.build import (
    Names,
    action_for,
    cell_content,
    proof_line,
    proof_title,
    reason_text,
    share_of,
)
from reports.content.model import Share
from reports.content.pages import BadgeLine, HistoryLine, PersonPage, PersonSkill, RoleReadiness
from reports.content.words import DOUBT_WORDS

CONFIRMS = frozenset({"admin", "hr", "manager"})


def person(session: Session, settings: Settings, reader: Reader, view: View, person_id: str) -> PersonPage:
    """Return a person's page.

    Raises:
        NotFoundError: there is no such person, or the reader does not see them.
    """
    sight = vision(session, settings, reader)
    instant = known_instant(session, view)
    if not sight.sees_person(person_id):
        raise NotFoundError(f"person {person_id!r} is not here")
    company = store.read_company(
        session,
        view.as_of,
        instant,
        team_ids=(),
        person_ids=[person_id],
        default_strength=settings.least_strength,
    )
    if person_id not in company.people:
        raise NotFoundError(f"person {person_id!r} is not here")
    one = company.people[person_id]
    sheet = Sheet(company)
    sheet.open_person(person_id)
    skills = {item.row.skill_iri for item in sheet.bound[person_id]}
    skills |= {item.row.skill_iri for item, _ in sheet.lifted[person_id]}
    skills |= set(sheet.facts[person_id])
    names = names_for(
        session, settings, skills=skills, evidence=company.evidence, people=[person_id], instant=instant
    )
    rows = {row.evidence_id: row for row in company.evidence.get(person_id, ())}
    lines = [_skill(sheet, names, person_id, iri, rows) for iri in skills]
    lines.sort(
        key=lambda line: (_STATUS_ORDER.get(line.cell.status, 9), line.label.lower(), line.cell.skill_iri)
    )
    counted = [line.cell for line in lines if line.cell.status in ("met", "unmet")]
    is_self = sight.own_person_id == person_id
    return PersonPage(
        viewed=viewed(settings, view, instant),
        person_id=person_id,
        name=one.name,
        email=email_of(session, person_id) if is_self or reader.role in ("admin", "hr") else None,
        teams=tuple(
            (team_id, company.teams[team_id].name if team_id in company.teams else team_id)
            for team_id, _ in one.teams
        ),
        roles=tuple(
            (role_id, company.role_names.get(role_id, role_id), kind) for role_id, kind, _ in one.assignments
        ),
        on_leave=one.on_leave,
        attributes=one.attributes if is_self or reader.role in ("admin", "hr") else (),
        met=Share(sum(cell.status == "met" for cell in counted), len(counted)),
        skills=tuple(lines),
        readiness=tuple(
            _readiness(sheet, names, person_id, role_id, kind, company.role_names.get(role_id, role_id))
            for role_id, kind, _ in one.assignments
        ),
        exemptions=tuple(
            (
                names.label(item.skill_iri)
                if item.skill_iri
                else company.role_names.get(item.role_id or "", item.role_id or ""),
                item.reason,
                item.valid_to - timedelta(days=1) if item.valid_to else None,
            )
            for item in company.exemptions
        ),
        history=tuple(_history(company.evidence.get(person_id, ()), names, view.as_of, instant)),
        is_self=is_self,
        identities=accounts_of(session, person_id) if is_self or reader.role in ("admin", "auditor") else (),
        can_confirm=reader.role in CONFIRMS and not is_self,
    )


_STATUS_ORDER = {"unmet": 0, "open": 1, "met": 2, "exempt": 3, "desirable": 4, "not_required": 5}


def _skill(sheet: Sheet, names: Names, person_id: str, iri: str, rows: dict[str, EvidenceRow]) -> PersonSkill:
    company = sheet.company
    cell = sheet.cell(person_id, iri)
    if not cell.traces:
        # A person's page also shows what once held of skills that are met or not asked.
        known = sheet.known(person_id, iri)
        past = [row for row in known.rows if row.evidence_id not in cell.evidence]
        cell = replace(cell, traces=tuple(row.evidence_id for row in (*past, *known.annulled)))
    return PersonSkill(
        cell=cell_content(cell, company.as_of),
        short_id=names.short_ids.get(iri, ""),
        label=names.label(iri),
        framework=names.frameworks.get(iri, ""),
        levels=names.levels.get(iri, ()),
        reason_text=reason_text(sheet, cell, names),
        action=action_for(sheet, cell, names) if cell.status in ("unmet", "open") else "",
        proofs=tuple(
            proof_line(rows[key], names, company.as_of, company.known_on)
            for key in cell.evidence
            if key in rows
        ),
        traces=tuple(
            proof_line(rows[key], names, company.as_of, company.known_on)
            for key in cell.traces
            if key in rows
        ),
        badges=tuple(
            BadgeLine(item.award_id, item.name, item.issuer_name, item.awarded_on, DOUBT_WORDS[item.doubt])
            for item in sheet.known(person_id, iri).badges
            if item.holds_on(company.as_of)
        ),
    )


def _readiness(
    sheet: Sheet, names: Names, person_id: str, role_id: str, kind: str, role_name: str
) -> RoleReadiness:
    found = readiness(sheet, person_id, role_id, kind)
    blocking = tuple((names.short_ids.get(iri, ""), names.label(iri)) for iri in found.blocking)
    return RoleReadiness(role_id, role_name, kind, share_of(found.met), blocking)


def _history(rows: Iterable[EvidenceRow], names: Names, as_of: date, instant: object) -> list[HistoryLine]:
    del instant
    lines: list[HistoryLine] = []
    for row in rows:
        fact = row.fact
        if fact.achieved_on > as_of:
            continue
        level = names.level(fact.skill_iri, fact.level)
        common = (names.label(fact.skill_iri), names.short_ids.get(fact.skill_iri, ""), level)
        title = proof_title(row, names)
        if row.reversed_at is not None:
            if row.reversal_kind in TRACED_REVERSALS and row.successor_id is None:
                text = f"{title}: the fact was taken back ({row.reversal_kind})"
                lines.append(
                    HistoryLine(row.reversed_at.date(), "taken back", *common, text, row.evidence_id)
                )
            continue
        lines.append(
            HistoryLine(
                fact.achieved_on, "achieved", *common, f"{title}, {fact.strength.label}", row.evidence_id
            )
        )
        if fact.ended_on is not None and fact.ended_on <= as_of:
            event = "ran out" if fact.end_kind == "expiry" else "withdrawn"
            lines.append(HistoryLine(fact.ended_on, event, *common, title, row.evidence_id))
    lines.sort(key=lambda line: (line.on, line.skill_label, line.event, line.evidence_id), reverse=True)
    return lines
