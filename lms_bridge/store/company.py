"""Reading the company on a day as known at an instant: a constant number of queries, whatever the number of people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from lms_bridge.coverage.inputs import (
    Company,
    CrosswalkRow,
    ExemptionRow,
    PersonOnDay,
    RequirementRow,
    TeamOnDay,
)
from lms_bridge.evidence.facts import TRACED_REVERSALS, EvidenceRow
from lms_bridge.people.placement import Stay, TeamSpan, scopes_since, since_of
from lms_bridge.skills.crosswalk_files import read_levels
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.derivation import evidence_row
from lms_bridge.store.models.evidence import Evidence
from lms_bridge.store.models.people import (
    Assignment,
    Exemption,
    Membership,
    Person,
    PersonAttribute,
    Requirement,
    Role,
    Team,
)
from lms_bridge.store.models.skills import Crosswalk, Policy

IN_LIST = 500
LEAVE = "x_leave"
NO_LEAVE = frozenset({"", "0", "no", "false"})


def known(model: type[Any], instant: datetime) -> ColumnElement[bool]:
    """Return the condition that a row was known at `instant`."""
    return and_(model.known_from <= instant, or_(model.known_to.is_(None), model.known_to > instant))


def valid(model: type[Any], day: date) -> ColumnElement[bool]:
    """Return the condition that a row holds on `day`."""
    return and_(
        or_(model.valid_from.is_(None), model.valid_from <= day),
        or_(model.valid_to.is_(None), model.valid_to > day),
    )


@dataclass(frozen=True, slots=True)
class Organisation:
    """The tree: teams on the day, and their parents over time."""

    teams: dict[str, TeamOnDay]
    spans: dict[str, list[TeamSpan]]


def organisation(session: Session, day: date, instant: datetime) -> Organisation:
    """Read the tree as known at `instant`."""
    teams: dict[str, TeamOnDay] = {}
    spans: dict[str, list[TeamSpan]] = {}
    rows = session.execute(
        select(Team.team_id, Team.name, Team.parent_team_id, Team.manager_id, Team.valid_from, Team.valid_to)
        .where(known(Team, instant))
        .order_by(Team.row_id)
    )
    for team_id, name, parent, manager, begin, end in rows:
        span = TeamSpan(parent, begin, end)
        spans.setdefault(team_id, []).append(span)
        if span.covers(day):
            teams[team_id] = TeamOnDay(team_id, name, parent, manager)
    return Organisation(teams, spans)


def least_strength(session: Session, instant: datetime, default: str) -> str:
    """Return the policy's least strength as known at `instant`."""
    found = session.execute(
        select(Policy.value).where(Policy.name == "least_strength", known(Policy, instant))
    ).scalar_one_or_none()
    return found or default


def read_company(
    session: Session,
    day: date,
    instant: datetime,
    *,
    team_ids: Collection[str] | None,
    person_ids: Collection[str] | None = None,
    default_strength: str = "completed",
    with_evidence: bool = True,
) -> Company:
    """Read members of `team_ids` (None: everybody) and `person_ids` with all that figures need.

    Teams are always the whole tree; requirements those of the people's roles and of any team.
    """
    tree = organisation(session, day, instant)
    people = _people(session, day, instant, tree, team_ids, person_ids)
    roles = (
        select(Role.role_id, Role.name).where(known(Role, instant), valid(Role, day)).order_by(Role.row_id)
    )
    role_names = dict(session.execute(roles).tuples().all())
    requirements = _requirements(session, day, instant)
    return Company(
        as_of=day,
        known_on=instant,
        teams=tree.teams,
        people=people,
        role_names=role_names,
        requirements=requirements,
        exemptions=_exemptions(session, day, instant, people),
        crosswalks=_crosswalks(session, day, instant),
        evidence=evidence_known(session, people, instant) if with_evidence else {},
        least_strength=strength_from(least_strength(session, instant, default_strength)),
    )


def in_chunks(query: Select[Any], column: Any, values: Iterable[str]) -> Iterable[Select[Any]]:
    """Yield `query` restricted to `values`, part by part."""
    ordered = sorted(values)
    for start in range(0, len(ordered), IN_LIST):
        yield query.where(column.in_(ordered[start : start + IN_LIST]))


def _people(
    session: Session,
    day: date,
    instant: datetime,
    tree: Organisation,
    team_ids: Collection[str] | None,
    person_ids: Collection[str] | None,
) -> dict[str, PersonOnDay]:
    wanted: set[str] | None = None
    if team_ids is not None or person_ids is not None:
        wanted = set(person_ids or ())
        members = select(Membership.person_id).where(known(Membership, instant), valid(Membership, day))
        for query in in_chunks(members, Membership.team_id, team_ids or ()):
            wanted.update(session.execute(query).scalars())

    def rows_of(query: Select[Any], column: Any) -> Iterable[Any]:
        if wanted is None:
            yield from session.execute(query)
        else:
            for part in in_chunks(query, column, wanted):
                yield from session.execute(part)

    names: dict[str, tuple[str, str | None]] = {}
    for person_id, name, manager in rows_of(
        select(Person.person_id, Person.name, Person.manager_id)
        .where(known(Person, instant), valid(Person, day))
        .order_by(Person.row_id),
        Person.person_id,
    ):
        names[person_id] = (name, manager)
    stays: dict[str, list[Stay]] = {}
    for person_id, team_id, kind, begin, end in rows_of(
        select(
            Membership.person_id,
            Membership.team_id,
            Membership.kind,
            Membership.valid_from,
            Membership.valid_to,
        ).where(known(Membership, instant)),
        Membership.person_id,
    ):
        stays.setdefault(person_id, []).append(Stay(team_id, kind, begin, end))
    roles: dict[str, list[Stay]] = {}
    for person_id, role_id, kind, begin, end in rows_of(
        select(
            Assignment.person_id,
            Assignment.role_id,
            Assignment.kind,
            Assignment.valid_from,
            Assignment.valid_to,
        ).where(known(Assignment, instant)),
        Assignment.person_id,
    ):
        roles.setdefault(person_id, []).append(Stay(role_id, kind, begin, end))
    attributes: dict[str, dict[str, str]] = {}
    for person_id, name, value in rows_of(
        select(PersonAttribute.person_id, PersonAttribute.name, PersonAttribute.value)
        .where(known(PersonAttribute, instant), valid(PersonAttribute, day))
        .order_by(PersonAttribute.row_id),
        PersonAttribute.person_id,
    ):
        attributes.setdefault(person_id, {})[name] = value
    scopes: dict[tuple[Stay, ...], tuple[tuple[str, date | None], ...]] = {}
    found: dict[str, PersonOnDay] = {}
    for person_id, (name, manager) in sorted(names.items()):
        own = tuple(stays.get(person_id, ()))
        if own not in scopes:
            scopes[own] = scopes_since(own, tree.spans, day)
        held = roles.get(person_id, [])
        attribute = attributes.get(person_id, {})
        found[person_id] = PersonOnDay(
            person_id=person_id,
            name=name,
            manager_id=manager,
            teams=tuple(sorted((stay.target, stay.kind) for stay in own if stay.covers(day))),
            scopes=scopes[own],
            assignments=tuple(
                sorted(
                    (
                        (stay.target, stay.kind, since_of(held, stay.target, day))
                        for stay in held
                        if stay.covers(day)
                    ),
                    key=lambda item: item[:2],
                )
            ),
            on_leave=attribute.get(LEAVE, "").strip().lower() not in NO_LEAVE,
            attributes=tuple(sorted((key, value) for key, value in attribute.items() if value)),
        )
    return found


def _requirements(session: Session, day: date, instant: datetime) -> tuple[RequirementRow, ...]:
    rows = session.execute(
        select(Requirement)
        .where(known(Requirement, instant), valid(Requirement, day))
        .order_by(Requirement.scope, Requirement.scope_id, Requirement.skill_iri, Requirement.row_id)
    ).scalars()
    return tuple(
        RequirementRow(
            row_id=row.row_id,
            scope="team" if row.scope == "team" else "role",
            scope_id=row.scope_id,
            skill_iri=row.skill_iri,
            level=row.level,
            headcount=row.headcount,
            importance=row.importance,  # type: ignore[arg-type] # written from the same literal
            min_strength=strength_from(row.min_strength) if row.min_strength else None,
            due_within=row.due_within,
            valid_from=row.valid_from,
        )
        for row in rows
    )


def _exemptions(
    session: Session, day: date, instant: datetime, people: Collection[str]
) -> tuple[ExemptionRow, ...]:
    rows = session.execute(
        select(Exemption).where(known(Exemption, instant), valid(Exemption, day)).order_by(Exemption.row_id)
    ).scalars()
    return tuple(
        ExemptionRow(row.person_id, row.skill_iri, row.role_id, row.reason, row.valid_to)
        for row in rows
        if row.person_id in people
    )


def _crosswalks(session: Session, day: date, instant: datetime) -> tuple[CrosswalkRow, ...]:
    rows = session.execute(
        select(Crosswalk)
        .where(known(Crosswalk, instant), valid(Crosswalk, day))
        .order_by(Crosswalk.source_iri, Crosswalk.target_iri, Crosswalk.row_id)
    ).scalars()
    return tuple(
        CrosswalkRow(
            row.source_iri, row.target_iri, row.relation, read_levels(row.levels) if row.levels else ()
        )
        for row in rows
    )


def evidence_known(
    session: Session, people: Iterable[str], instant: datetime
) -> dict[str, tuple[EvidenceRow, ...]]:
    """Read the rows of people known at `instant`, and those annulled by then whose annulment leaves a trace."""
    query = (
        select(Evidence)
        .where(
            Evidence.recorded_at <= instant,
            or_(
                Evidence.reversed_at.is_(None),
                Evidence.reversed_at > instant,
                Evidence.reversal_kind.in_(sorted(TRACED_REVERSALS)),
            ),
        )
        .order_by(Evidence.person_id, Evidence.recorded_at, Evidence.evidence_id)
    )
    found: dict[str, list[EvidenceRow]] = {}
    for part in in_chunks(query, Evidence.person_id, people):
        for row in session.execute(part).scalars():
            found.setdefault(row.person_id, []).append(evidence_row(row))
    return {person_id: tuple(rows) for person_id, rows in found.items()}


def managers(session: Session, day: date, instant: datetime) -> dict[str, str | None]:
    """Return each person's personal manager."""
    rows = session.execute(
        select(Person.person_id, Person.manager_id)
        .where(known(Person, instant), valid(Person, day))
        .order_by(Person.row_id)
    )
    return dict(rows.tuples().all())


def members_by_team(session: Session, day: date, instant: datetime) -> dict[str, frozenset[str]]:
    """Return the people of each team on a day."""
    rows = session.execute(
        select(Membership.team_id, Membership.person_id).where(
            known(Membership, instant), valid(Membership, day)
        )
    )
    found: dict[str, set[str]] = {}
    for team_id, person_id in rows:
        found.setdefault(team_id, set()).add(person_id)
    return {team_id: frozenset(members) for team_id, members in found.items()}


def names_of(session: Session, person_ids: Sequence[str], instant: datetime) -> dict[str, str]:
    """Return the latest known names of people."""
    found: dict[str, str] = {}
    query = select(Person.person_id, Person.name).where(known(Person, instant)).order_by(Person.row_id)
    for part in in_chunks(query, Person.person_id, set(person_ids)):
        found.update((person_id, name) for person_id, name in session.execute(part))
    return found
