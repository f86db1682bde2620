"""Use cases: role profiles by page: proposed from an occupation or from another role, edited, foreseen, then in force.

What is put into force is requirements.csv of one role, planned as an import plans it. Where a profile came from is kept
beside it: the occupation with its framework's release, or the role that it is a variant of.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.coverage.inputs import Company, RequirementRow
from lms_bridge.coverage.proposals import ProposedRow
from lms_bridge.coverage.requirement_files import COLUMNS, OPTIONAL, plan_role
from lms_bridge.coverage.teams import Sheet
from lms_bridge.csv_tables import csv_text
from lms_bridge.errors import (
    ConflictError,
    FileProblem,
    FileRefusedError,
    InvalidInputError,
    NotFoundError,
)
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.exporting import occupation_proposal
from lms_bridge.pipeline.imports import skill_check
from lms_bridge.pipeline.naming import company_levels
from lms_bridge.pipeline.role_pages import IMPORTANCES, company_today, origin_line, row_words, rows_of_role
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import short_id, step_names
from lms_bridge.skills.strengths import Strength, strength_from
from lms_bridge.store import frameworks, roles
from lms_bridge.store.audit import audit
from lms_bridge.store.company import proofs_known
from lms_bridge.store.database import writing
from lms_bridge.store.roles import RoleOrigin
from lms_bridge.store.timelines import apply_changes, claim, read_timelines
from lms_bridge.timelines import Change, Span
from reports.content.model import Share
from reports.content.roles import (
    OccupationsPage,
    RoleChange,
    RoleForm,
    RoleRow,
)

EDITORS: Final = frozenset({"admin", "hr"})
_MOST_OCCUPATIONS: Final = 40
_MOST_HITS: Final = 20
_MOST_NAME: Final = 200
_ROLE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


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
    """A role profile as the form says it. Of its origin, `framework` and `code` name an occupation, `based_on` a role.

    `stamp` is that of the form, where it was made from a state that may have changed since.
    """

    role_id: str
    name: str
    rows: tuple[DraftRow, ...]
    framework: str = ""
    code: str = ""
    based_on: str = ""
    stamp: str = ""

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


def occupations(session: Session, settings: Settings, reader: Reader, query: str) -> OccupationsPage:
    """Return the occupations of loaded frameworks whose title has the words of `query`, or whose code it is.

    Raises:
        NotFoundError: the reader makes no roles.
    """
    del settings
    _require(reader)
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
    _require(reader)
    company = company_today(session, settings)
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
        for row in rows_of_role(company, source)
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
    _require(reader)
    company = company_today(session, settings)
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
        stamp=_stamp(session, draft.role_id),
        origin=origin_line(
            _origin(session, company, draft) or roles.origins(session, company.known_on).get(draft.role_id),
            company,
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
    _require(reader)
    company = company_today(session, settings)
    changes = _plan(session, settings, company, draft, company.as_of)
    holders = [
        person_id
        for person_id, person in company.people.items()
        if any(role_id == draft.role_id and kind != "target" for role_id, kind, _ in person.assignments)
    ]
    proofs = proofs_known(session, holders, company.known_on)
    company = replace(company, evidence=proofs.evidence, unrecognised=proofs.unrecognised)
    after = replace(company, requirements=tuple(_changed(company, changes)))
    was, then = _met(company, holders), _met(after, holders)
    worse = sorted(
        company.people[person_id].name
        for person_id in holders
        if _unmet(after, person_id) - _unmet(company, person_id)
    )
    return RoleChange(_words(session, settings, changes), len(holders), was, then, tuple(worse))


def put_role(session: Session, settings: Settings, reader: Reader, draft: RoleDraft) -> bool:
    """Put a profile into force from today and keep where it came from; return whether anything changed.

    Raises:
        InvalidInputError: the profile is none, with every fault found.
        ConflictError: the role was changed since the form was made.
        NotFoundError: the reader makes no roles.
    """
    _require(reader)
    company = company_today(session, settings)
    origin = _origin(session, company, draft)
    with writing(session):
        claim(session, "requirements", "roles")
        now = clock.now()
        if draft.stamp and draft.stamp != _stamp(session, draft.role_id):
            raise ConflictError(
                f"the role {draft.role_id!r} was changed meanwhile; look at what this would do and put it again"
            )
        changes = _plan(session, settings, company, draft, now.astimezone(settings.zone).date())
        apply_changes(session, changes, now)
        is_kept = origin is not None and roles.keep_origin(session, draft.role_id, origin, now)
        if changes or is_kept:
            audit(session, now, reader.email, "put role", draft.role_id, draft.name)
    return bool(changes) or is_kept


def _require(reader: Reader) -> None:
    if reader.role not in EDITORS:
        raise NotFoundError("roles are not made here")


def _changed(company: Company, changes: Sequence[Change]) -> Iterator[RequirementRow]:
    """Yield the rows that hold on the day once `changes` are made."""
    touched = {change.key: change.added for change in changes if change.table == "requirements"}
    for row in company.requirements:
        asks = "each" if row.headcount is None else "headcount"
        if (row.scope, row.scope_id, row.skill_iri, row.importance, asks) not in touched:
            yield row
    for number, (key, spans) in enumerate(sorted(touched.items()), start=1):
        for span in spans:
            if span.covers(company.as_of):
                level, headcount, strength, due_within = span.values
                yield RequirementRow(
                    row_id=-number,
                    scope="role",
                    scope_id=key[1],
                    skill_iri=key[2],
                    level=level,
                    headcount=headcount,
                    importance=key[3],  # type: ignore[arg-type] # the plan refuses every other
                    min_strength=strength_from(strength) if strength else None,
                    due_within=due_within,
                    valid_from=span.begin,
                )


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


def _plan(
    session: Session, settings: Settings, company: Company, draft: RoleDraft, today: date
) -> tuple[Change, ...]:
    """Return the changes that a draft makes from today.

    Raises:
        InvalidInputError: it is no profile, with every fault found.
    """
    if draft.role_id not in company.role_names and not _ROLE_ID.fullmatch(draft.role_id):
        raise InvalidInputError(
            f"role id: {draft.role_id!r} is none; write up to 80 letters, digits, dots, dashes and underscores, such as "
            "payroll-clerk"
        )
    if not draft.name.strip() or len(draft.name) > _MOST_NAME or not draft.name.isprintable():
        raise InvalidInputError(
            f"name: write what people call the role, in up to {_MOST_NAME} characters on one line"
        )
    if draft.based_on == draft.role_id:
        raise InvalidInputError("role id: a role is no variant of itself; give the variant an id of its own")
    if not draft.rows:
        raise InvalidInputError("the profile asks nothing; keep or add at least one skill")
    try:
        return plan_role(
            draft.content(),
            draft.role_id,
            read_timelines(session, "requirements"),
            read_timelines(session, "roles"),
            skill_check(session, settings),
            today,
        )
    except FileRefusedError as error:
        labels = frameworks.labels_for(session, [row.skill_iri for row in draft.rows], settings.language)
        said = (_said(draft, labels, problem) for problem in error.problems)
        raise InvalidInputError("\n".join(said)) from error


def _stamp(session: Session, role_id: str) -> str:
    """Return a digest of what is known of a role now: two that are equal stand for the same profile."""
    known = [
        (table, key, [(span.values, str(span.begin), str(span.end)) for span in timeline])
        for table in ("roles", "requirements")
        for key, timeline in sorted(read_timelines(session, table).items())
        if key[:2] == ("role", role_id) or (table == "roles" and key == (role_id,))
    ]
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _words(session: Session, settings: Settings, changes: Sequence[Change]) -> tuple[str, ...]:
    """Say what changes, a line each, skills by their labels."""
    iris = [change.key[2] for change in changes if change.table == "requirements"]
    labels = frameworks.labels_for(session, iris, settings.language)
    lines: list[str] = []
    for change in changes:
        if change.table == "roles":
            lines += [f"the role is called {span.values[0]}{_days(span)}" for span in change.added]
            continue
        label, importance = labels.get(change.key[2], change.key[2]), change.key[3]
        for span in change.added:
            level, _, strength, due_within = span.values
            lines.append(f"{label}: {row_words(importance, level, strength, due_within)}{_days(span)}")
        if not change.added:
            lines.append(f"{label}: {importance} no longer")
    return tuple(lines)


def _days(span: Span) -> str:
    begin = f" from {span.begin}" if span.begin is not None else ""
    return f"{begin} up to {span.end - timedelta(days=1)}" if span.end is not None else begin


def _said(draft: RoleDraft, labels: Mapping[str, str], problem: FileProblem) -> str:
    """Return a fault of the written file in the form's words: its line 2 is the first skill."""
    place = "the role"
    if 2 <= problem.line <= len(draft.rows) + 1:
        iri = draft.rows[problem.line - 2].skill_iri
        place = labels.get(iri, iri)
    value = f": {problem.value!r}" if problem.value else ""
    return f"{place}, {problem.column.replace('_', ' ')}{value}: {problem.remedy}"
