"""Use cases: role profiles by page: proposed from an occupation or from another role, edited, foreseen, then in force.

What is put into force is requirements.csv of one role, planned as an import plans it. Where a profile came from is kept
beside it: the occupation with its framework's release, or the role that it is a variant of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.coverage.inputs import Company, RequirementRow
from lms_bridge.coverage.proposals import ProposedRow
from lms_bridge.coverage.requirement_files import COLUMNS, OPTIONAL
from lms_bridge.coverage.teams import Sheet
from lms_bridge.csv_tables import csv_text
from lms_bridge.errors import FileProblem, FileRefusedError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.exporting import occupation_proposal
from lms_bridge.pipeline.imports import import_requirements
from lms_bridge.pipeline.naming import company_levels
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import short_id, step_names
from lms_bridge.skills.strengths import Strength, strength_from
from lms_bridge.store import frameworks, roles
from lms_bridge.store.company import proofs_known, read_company
from lms_bridge.store.roles import RoleOrigin
from lms_bridge.timelines import Key, Timeline
from reports.content.model import Share
from reports.content.roles import (
    OccupationsPage,
    OriginLine,
    RoleChange,
    RoleDifference,
    RoleForm,
    RoleLine,
    RoleRow,
    RolesPage,
)

READERS: Final = frozenset({"admin", "hr", "manager", "auditor"})
EDITORS: Final = frozenset({"admin", "hr"})
IMPORTANCES: Final = ("mandatory", "required", "desirable")
_MOST_OCCUPATIONS: Final = 40
_MOST_HITS: Final = 20


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A requirement as the form says it; texts as sent, `strength` and `due_within` empty where none is asked."""

    skill_iri: str
    level: str
    importance: str
    strength: str = ""
    due_within: str = ""


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A role profile as the form says it. Of its origin, `framework` and `code` name an occupation, `based_on` a role."""

    role_id: str
    name: str
    rows: tuple[DraftRow, ...]
    framework: str = ""
    code: str = ""
    based_on: str = ""

    def content(self) -> bytes:
        """Return the profile as requirements.csv."""
        return csv_text(
            [*COLUMNS, *OPTIONAL],
            (
                [
                    *("role", self.role_id, self.name, row.skill_iri, row.level, "", "", ""),
                    *(row.importance, row.strength, row.due_within),
                ]
                for row in self.rows
            ),
        )


def role_list(session: Session, settings: Settings, reader: Reader) -> RolesPage:
    """Return every role with what it asks, how many hold it, and where its profile came from.

    Raises:
        NotFoundError: the reader sees none.
    """
    _require(reader, READERS)
    company = _company(session, settings)
    asked: dict[str, int] = {}
    for row in company.requirements:
        if row.scope == "role":
            asked[row.scope_id] = asked.get(row.scope_id, 0) + 1
    held: dict[str, int] = {}
    for person in company.people.values():
        for role_id in {role_id for role_id, kind, _ in person.assignments if kind != "target"}:
            held[role_id] = held.get(role_id, 0) + 1
    origins = roles.origins(session)
    lines = [
        RoleLine(
            role_id,
            name,
            asked.get(role_id, 0),
            held.get(role_id, 0),
            _origin_line(origins.get(role_id), company),
        )
        for role_id, name in company.role_names.items()
    ]
    return RolesPage(tuple(sorted(lines, key=lambda line: (line.name.casefold(), line.role_id))))


def occupations(session: Session, settings: Settings, reader: Reader, query: str) -> OccupationsPage:
    """Return the occupations of loaded frameworks whose title has the words of `query`, or whose code it is.

    Raises:
        NotFoundError: the reader makes no roles.
    """
    del settings
    _require(reader, EDITORS)
    found = roles.find_occupations(session, query, _MOST_OCCUPATIONS) if query.strip() else ()
    return OccupationsPage(
        query,
        tuple((item.framework, item.code, item.title) for item in found),
        roles.has_occupations(session),
    )


def role_form(
    session: Session,
    settings: Settings,
    reader: Reader,
    *,
    role_id: str = "",
    framework: str = "",
    code: str = "",
    based_on: str = "",
) -> RoleForm:
    """Return a profile to edit: that of a role, as an occupation proposes it, or a variant of another role.

    Raises:
        NotFoundError: there is no such role or occupation, or the reader makes no roles.
        InvalidInputError: the occupation says nothing that a role could ask.
    """
    _require(reader, EDITORS)
    company = _company(session, settings)
    if framework:
        made = occupation_proposal(session, settings, framework, code)
        draft = RoleDraft(
            role_id, made.occupation.title, tuple(map(_proposed, made.proposal.rows)), framework, code
        )
        left_out = made.proposal.too_light + made.proposal.doubtful
        return form_of(session, settings, reader, draft, left_out=left_out)
    source = based_on or role_id
    if source and source not in company.role_names:
        raise NotFoundError(f"role {source!r} is not here")
    rows = tuple(
        DraftRow(
            row.skill_iri,
            str(row.level),
            row.importance,
            row.min_strength.label if row.min_strength is not None else "",
            row.due_within or "",
        )
        for row in _rows_of(company, source)
    )
    name = "" if based_on else company.role_names.get(role_id, "")
    return form_of(session, settings, reader, RoleDraft(role_id, name, rows, based_on=based_on))


def form_of(
    session: Session,
    settings: Settings,
    reader: Reader,
    draft: RoleDraft,
    *,
    query: str = "",
    left_out: int = 0,
) -> RoleForm:
    """Return a draft as it may be edited on, with the names of its skills and the hits of a search for others.

    Raises:
        NotFoundError: the reader makes no roles.
    """
    _require(reader, EDITORS)
    company = _company(session, settings)
    iris = [row.skill_iri for row in draft.rows]
    labels = frameworks.labels_for(session, iris, settings.language)
    scales = frameworks.levels_for(session, iris)
    own = company_levels(settings)
    hits = frameworks.find_skills(session, query, settings.language, _MOST_HITS) if query.strip() else ()
    return RoleForm(
        role_id=draft.role_id,
        is_new=draft.role_id not in company.role_names,
        name=draft.name,
        framework=draft.framework,
        code=draft.code,
        based_on=draft.based_on,
        origin=_origin_line(
            _origin(session, company, draft) or roles.origins(session).get(draft.role_id), company
        ),
        rows=tuple(
            RoleRow(
                row.skill_iri,
                short_id(row.skill_iri),
                labels.get(row.skill_iri, row.skill_iri),
                step_names(scales.get(row.skill_iri, ())) or own,
                row.level,
                row.importance,
                row.strength,
                row.due_within,
            )
            for row in draft.rows
        ),
        hits=tuple((hit.iri, hit.label, hit.framework) for hit in hits if hit.iri not in iris),
        left_out=left_out,
        importances=IMPORTANCES,
        strengths=tuple(strength.label for strength in Strength),
    )


def foresee_role(session: Session, settings: Settings, reader: Reader, draft: RoleDraft) -> RoleChange:
    """Return what a profile would change, and what would become of those who hold the role; nothing is written.

    Raises:
        InvalidInputError: the profile is none, with every fault found.
        NotFoundError: the reader makes no roles.
    """
    _require(reader, EDITORS)
    lines = _import(session, settings, reader, draft, clock.now(), dry_run=True)
    company = _company(session, settings)
    holders = [
        person_id
        for person_id, person in company.people.items()
        if any(role_id == draft.role_id and kind != "target" for role_id, kind, _ in person.assignments)
    ]
    proofs = proofs_known(session, holders, company.known_on)
    company = replace(company, evidence=proofs.evidence, unrecognised=proofs.unrecognised)
    after = replace(company, requirements=(*_others(company, draft.role_id), *_wanted(draft)))
    was, then = _met(company, holders), _met(after, holders)
    worse = sorted(
        company.people[person_id].name
        for person_id in holders
        if _unmet(after, person_id) - _unmet(company, person_id)
    )
    return RoleChange(lines, len(holders), was, then, tuple(worse))


def put_role(session: Session, settings: Settings, reader: Reader, draft: RoleDraft) -> bool:
    """Put a profile into force and keep where it came from; return whether anything changed.

    Raises:
        InvalidInputError: the profile is none, with every fault found.
        NotFoundError: the reader makes no roles.
    """
    _require(reader, EDITORS)
    now = clock.now()
    company = _company(session, settings)
    origin = _origin(session, company, draft)
    kept: list[bool] = []

    def keep(now: datetime) -> None:
        if origin is not None:
            kept.append(roles.keep_origin(session, draft.role_id, origin, now))

    lines = _import(session, settings, reader, draft, now, dry_run=False, beside=keep)
    return bool(lines) or any(kept)


def origin_of(
    session: Session, settings: Settings, role_id: str, company: Company
) -> tuple[OriginLine | None, tuple[RoleDifference, ...]]:
    """Return where a role's profile came from, and of a variant what it asks otherwise than its base on the day."""
    origin = roles.origins(session).get(role_id)
    if origin is None or origin.kind != "role":
        return _origin_line(origin, company), ()
    own, base = _asked(company, role_id), _asked(company, origin.code)
    differing = [iri for iri in {**base, **own} if own.get(iri) != base.get(iri)]
    labels = frameworks.labels_for(session, differing, settings.language)
    found = [
        RoleDifference(short_id(iri), labels.get(iri, iri), own.get(iri, ()), base.get(iri, ()))
        for iri in differing
    ]
    return _origin_line(origin, company), tuple(sorted(found, key=lambda item: item.label.casefold()))


def _asked(company: Company, role_id: str) -> dict[str, tuple[tuple[int, str], ...]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for row in _rows_of(company, role_id):
        found.setdefault(row.skill_iri, []).append((row.level, row.importance))
    return {iri: tuple(sorted(rows)) for iri, rows in found.items()}


def _require(reader: Reader, allowed: frozenset[str]) -> None:
    if reader.role not in allowed:
        raise NotFoundError("roles are not made here")


def _company(session: Session, settings: Settings) -> Company:
    """Return everybody today, without what they showed."""
    now = clock.now()
    return read_company(
        session,
        now.astimezone(settings.zone).date(),
        now,
        team_ids=None,
        default_strength=settings.least_strength,
        with_evidence=False,
    )


def _rows_of(company: Company, role_id: str) -> list[RequirementRow]:
    rows = [row for row in company.requirements if row.scope == "role" and row.scope_id == role_id]
    return sorted(rows, key=lambda row: (IMPORTANCES.index(row.importance), row.row_id))


def _others(company: Company, role_id: str) -> Sequence[RequirementRow]:
    return [row for row in company.requirements if row.scope != "role" or row.scope_id != role_id]


def _wanted(draft: RoleDraft) -> list[RequirementRow]:
    """Return the rows of a draft that an import has checked."""
    return [
        RequirementRow(
            row_id=-number,
            scope="role",
            scope_id=draft.role_id,
            skill_iri=row.skill_iri,
            level=int(row.level),
            headcount=None,
            importance=row.importance,  # type: ignore[arg-type] # the import refuses every other
            min_strength=strength_from(row.strength) if row.strength else None,
            due_within=row.due_within or None,
            valid_from=None,
        )
        for number, row in enumerate(draft.rows, start=1)
    ]


def _proposed(row: ProposedRow) -> DraftRow:
    return DraftRow(row.skill_iri, str(row.level), row.importance)


def _met(company: Company, people: Sequence[str]) -> Share:
    sheet = Sheet(company)
    cells = [sheet.cell(person, iri) for person in people for iri in _skills_of(sheet, person)]
    counted = [cell for cell in cells if cell.is_counted]
    return Share(sum(cell.status == "met" for cell in counted), len(counted))


def _unmet(company: Company, person_id: str) -> set[str]:
    sheet = Sheet(company)
    skills = _skills_of(sheet, person_id)
    return {iri for iri in skills if sheet.cell(person_id, iri).status == "unmet"}


def _skills_of(sheet: Sheet, person_id: str) -> Sequence[str]:
    sheet.open_person(person_id)
    return sorted({binding.row.skill_iri for binding in sheet.bound[person_id]})


def _origin(session: Session, company: Company, draft: RoleDraft) -> RoleOrigin | None:
    """Return where a draft says that it came from; None where it says nothing.

    Raises:
        NotFoundError: there is no such occupation or role.
    """
    if draft.framework:
        occupation = frameworks.occupation_by_code(session, draft.framework, draft.code)
        release = frameworks.release_in_force(session, draft.framework)
        if occupation is None or release is None:
            raise NotFoundError(f"occupation {draft.code!r} of framework {draft.framework!r} is not loaded")
        return RoleOrigin("occupation", draft.framework, release[0].version, draft.code, occupation.title)
    if draft.based_on:
        if draft.based_on not in company.role_names:
            raise NotFoundError(f"role {draft.based_on!r} is not here")
        return RoleOrigin("role", "", "", draft.based_on, company.role_names[draft.based_on])
    return None


def _origin_line(origin: RoleOrigin | None, company: Company) -> OriginLine | None:
    if origin is None:
        return None
    title = company.role_names.get(origin.code, origin.title) if origin.kind == "role" else origin.title
    return OriginLine(origin.kind == "role", title, origin.code, origin.framework, origin.version)


def _import(
    session: Session,
    settings: Settings,
    reader: Reader,
    draft: RoleDraft,
    now: datetime,
    *,
    dry_run: bool,
    beside: Callable[[datetime], object] | None = None,
) -> tuple[str, ...]:
    role_id = draft.role_id
    if not role_id or role_id != role_id.strip() or "/" in role_id:
        raise InvalidInputError(f"role id: {role_id!r} is none; write a short id such as payroll-clerk")
    if not draft.name.strip():
        raise InvalidInputError("name: must not be empty; write what people call the role")
    if not draft.rows:
        raise InvalidInputError("the profile asks nothing; keep or add at least one skill")
    today = now.astimezone(settings.zone).date()
    kept = {("role", role_id, row.skill_iri, row.importance, "each") for row in draft.rows}

    def is_compared(key: Key, timeline: Timeline) -> bool:
        # What holds only before or after today is not on the form, and stays.
        return key[:2] == ("role", role_id) and (key in kept or any(span.covers(today) for span in timeline))

    try:
        result = import_requirements(
            session,
            settings,
            draft.content(),
            now,
            dry_run=dry_run,
            replace=True,
            who=reader.email,
            is_compared=is_compared,
            beside=beside,
        )
    except FileRefusedError as error:
        raise InvalidInputError("\n".join(_said(draft, problem) for problem in error.problems)) from error
    return result.lines


def _said(draft: RoleDraft, problem: FileProblem) -> str:
    """Return a fault of the written file in the form's words: its line 2 is the first skill."""
    place = f"skill {problem.line - 1}" if 2 <= problem.line <= len(draft.rows) + 1 else "the role"
    value = f": {problem.value!r}" if problem.value else ""
    return f"{place}, {problem.column.replace('_', ' ')}{value}: {problem.remedy}"
