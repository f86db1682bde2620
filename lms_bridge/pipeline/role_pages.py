"""Use cases that read: all roles, and one with what it asks, where its profile came from, and how ready its people are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.coverage.inputs import Company, RequirementRow
from lms_bridge.coverage.teams import Sheet, readiness
from lms_bridge.errors import NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.periods import period_words
from lms_bridge.pipeline.naming import names_for
from lms_bridge.pipeline.report_pages import viewed
from lms_bridge.pipeline.scoping import vision
from lms_bridge.pipeline.viewing import View, known_instant
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import short_id
from lms_bridge.store import company as store
from lms_bridge.store import frameworks, roles
from lms_bridge.store.roles import RoleOrigin
from reports.content.build import share_of
from reports.content.model import Share
from reports.content.pages import RolePage
from reports.content.roles import OriginLine, RoleDifference, RoleLine, RolesPage

READERS: Final = frozenset({"admin", "hr", "manager", "auditor"})
IMPORTANCES: Final = ("mandatory", "required", "desirable")


def role_list(session: Session, settings: Settings, reader: Reader) -> RolesPage:
    """Return every role with what it asks, how many of those in view hold it, and where its profile came from.

    Raises:
        NotFoundError: the reader sees none.
    """
    if reader.role not in READERS:
        raise NotFoundError("roles are not here")
    company = company_today(session, settings)
    sight = vision(session, settings, reader)
    asked: dict[str, int] = {}
    for row in company.requirements:
        if row.scope == "role":
            asked[row.scope_id] = asked.get(row.scope_id, 0) + 1
    held: dict[str, int] = {}
    for person in company.people.values():
        if not sight.sees_person(person.person_id):
            continue
        for role_id in {role_id for role_id, kind, _ in person.assignments if kind != "target"}:
            held[role_id] = held.get(role_id, 0) + 1
    origins = roles.origins(session, company.known_on)
    lines = [
        RoleLine(
            role_id,
            name,
            asked.get(role_id, 0),
            held.get(role_id, 0),
            origin_line(origins.get(role_id), company),
        )
        for role_id, name in company.role_names.items()
    ]
    return RolesPage(tuple(sorted(lines, key=lambda line: (line.name.casefold(), line.role_id))))


def role(session: Session, settings: Settings, reader: Reader, view: View, role_id: str) -> RolePage:
    """Return a role's requirements, and how ready those are who hold it or aim at it, as far as the reader sees them.

    Raises:
        NotFoundError: there is no such role on the day.
    """
    sight = vision(session, settings, reader)
    instant = known_instant(session, view)
    company = store.read_company(
        session,
        view.as_of,
        instant,
        team_ids=None,
        default_strength=settings.least_strength,
        with_evidence=False,
    )
    if role_id not in company.role_names or reader.role == "employee":
        raise NotFoundError(f"role {role_id!r} is not here")
    people = {
        person_id: kind
        for person_id, item in company.people.items()
        for held, kind, _ in item.assignments
        if held == role_id and sight.sees_person(person_id)
    }
    proofs = store.proofs_known(session, people, instant)
    company = replace(company, evidence=proofs.evidence, unrecognised=proofs.unrecognised)
    sheet = Sheet(company)
    rows = [row for row in company.requirements if row.scope == "role" and row.scope_id == role_id]
    names = names_for(
        session, settings, skills=[row.skill_iri for row in rows], evidence={}, people=people, instant=instant
    )
    lines: list[tuple[str, str, str, Share, tuple[str, ...]]] = []
    for person_id, kind in people.items():
        sheet.open_person(person_id)
        found = readiness(sheet, person_id, role_id, kind)
        blocking: Sequence[str] = [names.label(iri) for iri in found.blocking]
        lines.append((person_id, company.people[person_id].name, kind, share_of(found.met), tuple(blocking)))
    lines.sort(key=lambda line: (line[3].share if line[3].share is not None else 2, line[1].lower(), line[0]))
    origin, differences = origin_of(session, settings, role_id, company)
    return RolePage(
        viewed=viewed(settings, view, instant),
        role_id=role_id,
        name=company.role_names[role_id],
        requirements=tuple(
            (
                names.short_ids.get(row.skill_iri, ""),
                names.label(row.skill_iri),
                row.level,
                names.level(row.skill_iri, row.level),
                row.importance,
                (row.min_strength or company.least_strength).label,
                row.due_within or "",
            )
            for row in sorted(
                rows, key=lambda row: (row.importance, names.label(row.skill_iri).lower(), row.row_id)
            )
        ),
        people=tuple(lines),
        origin=origin,
        differences=differences,
    )


def origin_of(
    session: Session, settings: Settings, role_id: str, company: Company
) -> tuple[OriginLine | None, tuple[RoleDifference, ...]]:
    """Return where a role's profile came from, and of a variant what it asks otherwise than its base on the day."""
    origin = roles.origins(session, company.known_on).get(role_id)
    if origin is None or origin.kind != "role":
        return origin_line(origin, company), ()
    own, base = _asked(company, role_id), _asked(company, origin.code)
    differing = [iri for iri in {**base, **own} if own.get(iri) != base.get(iri)]
    labels = frameworks.labels_for(session, differing, settings.language)
    found = [
        RoleDifference(short_id(iri), labels.get(iri, iri), own.get(iri, ()), base.get(iri, ()))
        for iri in differing
    ]
    return origin_line(origin, company), tuple(sorted(found, key=lambda item: item.label.casefold()))


def _asked(company: Company, role_id: str) -> dict[str, tuple[str, ...]]:
    """Return what a role asks of each skill, in words."""
    found: dict[str, list[str]] = {}
    for row in rows_of_role(company, role_id):
        found.setdefault(row.skill_iri, []).append(
            row_words(
                row.importance,
                row.level,
                "" if row.min_strength is None else row.min_strength.label,
                row.due_within,
            )
        )
    return {iri: tuple(rows) for iri, rows in found.items()}


def row_words(importance: str, level: int, strength: str | None, due_within: str | None) -> str:
    """Say what one requirement asks."""
    least = f", at least {strength}" if strength else ""
    due = f", due within {period_words(due_within)}" if due_within else ""
    return f"{importance}, level {level}{least}{due}"


def company_today(session: Session, settings: Settings) -> Company:
    """Return everybody today, without what they showed."""
    now = clock.now()
    return store.read_company(
        session,
        now.astimezone(settings.zone).date(),
        now,
        team_ids=None,
        default_strength=settings.least_strength,
        with_evidence=False,
    )


def rows_of_role(company: Company, role_id: str) -> list[RequirementRow]:
    """Return what a role asks on the day, the weightiest first."""
    rows = [row for row in company.requirements if row.scope == "role" and row.scope_id == role_id]
    return sorted(rows, key=lambda row: (IMPORTANCES.index(row.importance), row.row_id))


def origin_line(origin: RoleOrigin | None, company: Company) -> OriginLine | None:
    """Return where a profile came from as a page says it; a role by the name that it has today."""
    if origin is None:
        return None
    title = company.role_names.get(origin.code, origin.title) if origin.kind == "role" else origin.title
    return OriginLine(origin.kind == "role", title, origin.code, origin.framework, origin.version)
