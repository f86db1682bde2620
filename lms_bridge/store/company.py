"""Reading the company on a day as known at an instant: a constant number of queries, whatever the number of people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from lms_bridge.coverage.inputs import (
    Company,
    CrosswalkRow,
    ExemptionRow,
    PersonOnDay,
    RequirementRow,
    TeamOnDay,
    UnrecognisedBadge,
)
from lms_bridge.credentials.open_badges import CARRIED, issuer_doubt
from lms_bridge.evidence.facts import TRACED_REVERSALS, EvidenceRow
from lms_bridge.people.placement import Stay, TeamSpan, scopes_since, since_of
from lms_bridge.skills.crosswalk_files import read_levels
from lms_bridge.skills.strengths import Strength, strength_from
from lms_bridge.store.derivation import evidence_row
from lms_bridge.store.models.credentials import (
    Credential,
    CredentialAlignment,
    CredentialRecipient,
    IssuerTrust,
)
from lms_bridge.store.models.evidence import AwardRevocation, Evidence
from lms_bridge.store.models.frameworks import Skill
from lms_bridge.store.models.people import (
    Assignment,
    Exemption,
    Identity,
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


def first_known(session: Session) -> datetime | None:
    """Return since when any team of the company is known, None while there is none."""
    return session.execute(select(func.min(Team.known_from))).scalar_one()


def least_strength(session: Session, instant: datetime, default: str) -> str:
    """Return the policy's least strength as known at `instant`."""
    found = session.execute(
        select(Policy.value).where(Policy.name == "least_strength", known(Policy, instant))
    ).scalar_one_or_none()
    return found or default


@dataclass(frozen=True, slots=True)
class Dated:
    """A row's values with the days on which they hold."""

    values: tuple[Any, ...]
    begin: date | None
    end: date | None

    def covers(self, day: date) -> bool:
        """Tell whether the row holds on `day`."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What people showed: evidence, and badges that are none because of their issuers, by person."""

    evidence: Mapping[str, tuple[EvidenceRow, ...]]
    unrecognised: Mapping[str, tuple[UnrecognisedBadge, ...]]


@dataclass(frozen=True, slots=True)
class CompanyBook:
    """The company over time as known at one instant: read once, asked for any day between."""

    known_on: datetime
    spans: dict[str, list[TeamSpan]]
    teams: dict[str, list[Dated]]
    names: dict[str, list[Dated]]
    stays: dict[str, tuple[Stay, ...]]
    roles: dict[str, list[Stay]]
    attributes: dict[str, list[Dated]]
    role_names: dict[str, list[Dated]]
    requirements: list[tuple[RequirementRow, Dated]]
    exemptions: list[tuple[ExemptionRow, Dated]]
    crosswalks: list[tuple[CrosswalkRow, Dated]]
    least_strength: Strength

    def teams_on(self, day: date) -> dict[str, TeamOnDay]:
        """Return the tree on a day."""
        return {
            team_id: TeamOnDay(team_id, *row.values)
            for team_id, rows in self.teams.items()
            for row in rows
            if row.covers(day)
        }

    def on(self, day: date, proofs: Proofs) -> Company:
        """Return the company on `day` with the people of the book."""
        scopes: dict[tuple[Stay, ...], tuple[tuple[str, date | None], ...]] = {}
        people: dict[str, PersonOnDay] = {}
        for person_id in sorted(self.names):
            named = next((row for row in reversed(self.names[person_id]) if row.covers(day)), None)
            if named is None:
                continue
            own = self.stays.get(person_id, ())
            if own not in scopes:
                scopes[own] = scopes_since(own, self.spans, day)
            people[person_id] = self._person(person_id, named, scopes[own], day)
        return Company(
            as_of=day,
            known_on=self.known_on,
            teams=self.teams_on(day),
            people=people,
            role_names={
                role_id: row.values[0]
                for role_id, rows in self.role_names.items()
                for row in rows
                if row.covers(day)
            },
            requirements=tuple(row for row, dated in self.requirements if dated.covers(day)),
            exemptions=tuple(
                row for row, dated in self.exemptions if dated.covers(day) and row.person_id in people
            ),
            crosswalks=tuple(row for row, dated in self.crosswalks if dated.covers(day)),
            evidence=proofs.evidence,
            least_strength=self.least_strength,
            unrecognised=proofs.unrecognised,
        )

    def _person(
        self, person_id: str, named: Dated, scopes: tuple[tuple[str, date | None], ...], day: date
    ) -> PersonOnDay:
        held = self.roles.get(person_id, [])
        attribute = {
            row.values[0]: row.values[1] for row in self.attributes.get(person_id, ()) if row.covers(day)
        }
        return PersonOnDay(
            person_id=person_id,
            name=named.values[0],
            manager_id=named.values[1],
            teams=tuple(
                sorted((stay.target, stay.kind) for stay in self.stays.get(person_id, ()) if stay.covers(day))
            ),
            scopes=scopes,
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


def read_book(
    session: Session,
    first: date,
    last: date,
    instant: datetime,
    *,
    team_ids: Collection[str] | None,
    person_ids: Collection[str] | None = None,
    default_strength: str = "completed",
) -> CompanyBook:
    """Read everybody with a membership in `team_ids` (None: everybody) between two days, and `person_ids`."""
    wanted = _wanted(session, first, last, instant, team_ids, person_ids)

    def rows(model: type[Any], owner: Any, *columns: Any) -> dict[str, list[Dated]]:
        query = select(owner, *columns, model.valid_from, model.valid_to).where(known(model, instant))
        found: dict[str, list[Dated]] = {}
        for part in [query] if wanted is None else in_chunks(query, owner, wanted):
            for row in session.execute(part.order_by(model.row_id)):
                found.setdefault(row[0], []).append(Dated(tuple(row[1:-2]), row[-2], row[-1]))
        return found

    teams: dict[str, list[Dated]] = {}
    for team_id, name, parent, manager, begin, end in session.execute(
        select(Team.team_id, Team.name, Team.parent_team_id, Team.manager_id, Team.valid_from, Team.valid_to)
        .where(known(Team, instant))
        .order_by(Team.row_id)
    ):
        teams.setdefault(team_id, []).append(Dated((name, parent, manager), begin, end))
    roles: dict[str, list[Dated]] = {}
    for role_id, name, begin, end in session.execute(
        select(Role.role_id, Role.name, Role.valid_from, Role.valid_to)
        .where(known(Role, instant))
        .order_by(Role.row_id)
    ):
        roles.setdefault(role_id, []).append(Dated((name,), begin, end))
    memberships = rows(Membership, Membership.person_id, Membership.team_id, Membership.kind)
    assignments = rows(Assignment, Assignment.person_id, Assignment.role_id, Assignment.kind)
    return CompanyBook(
        known_on=instant,
        spans={
            team_id: sorted(
                (TeamSpan(row.values[1], row.begin, row.end) for row in dated),
                key=lambda span: span.begin or date.min,
            )
            for team_id, dated in teams.items()
        },
        teams=teams,
        names=rows(Person, Person.person_id, Person.name, Person.manager_id),
        stays={key: tuple(_stay(row) for row in dated) for key, dated in memberships.items()},
        roles={key: [_stay(row) for row in dated] for key, dated in assignments.items()},
        attributes=rows(
            PersonAttribute, PersonAttribute.person_id, PersonAttribute.name, PersonAttribute.value
        ),
        role_names=roles,
        requirements=_requirements(session, instant),
        exemptions=_exemptions(session, instant),
        crosswalks=_crosswalks(session, instant),
        least_strength=strength_from(least_strength(session, instant, default_strength)),
    )


def _stay(row: Dated) -> Stay:
    return Stay(row.values[0], row.values[1], row.begin, row.end)


def _wanted(
    session: Session,
    first: date,
    last: date,
    instant: datetime,
    team_ids: Collection[str] | None,
    person_ids: Collection[str] | None,
) -> set[str] | None:
    if team_ids is None and person_ids is None:
        return None
    wanted = set(person_ids or ())
    members = select(Membership.person_id).where(
        known(Membership, instant),
        or_(Membership.valid_from.is_(None), Membership.valid_from <= last),
        or_(Membership.valid_to.is_(None), Membership.valid_to > first),
    )
    for query in in_chunks(members, Membership.team_id, team_ids or ()):
        wanted.update(session.execute(query).scalars())
    return wanted


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
    """Read members of `team_ids` (None: everybody) on a day, and `person_ids`, with all that figures need.

    Teams are always the whole tree; requirements those of every role and team.
    """
    book = read_book(
        session,
        day,
        day,
        instant,
        team_ids=team_ids,
        person_ids=person_ids,
        default_strength=default_strength,
    )
    return book.on(day, proofs_known(session, book.names, instant) if with_evidence else Proofs({}, {}))


def in_chunks(query: Select[Any], column: Any, values: Iterable[str]) -> Iterator[Select[Any]]:
    """Yield `query` restricted to `values`, part by part."""
    ordered = sorted(values)
    for start in range(0, len(ordered), IN_LIST):
        yield query.where(column.in_(ordered[start : start + IN_LIST]))


def _requirements(session: Session, instant: datetime) -> list[tuple[RequirementRow, Dated]]:
    rows = session.execute(
        select(Requirement)
        .where(known(Requirement, instant))
        .order_by(Requirement.scope, Requirement.scope_id, Requirement.skill_iri, Requirement.row_id)
    ).scalars()
    return [
        (
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
            ),
            Dated((), row.valid_from, row.valid_to),
        )
        for row in rows
    ]


def _exemptions(session: Session, instant: datetime) -> list[tuple[ExemptionRow, Dated]]:
    rows = session.execute(
        select(Exemption).where(known(Exemption, instant)).order_by(Exemption.row_id)
    ).scalars()
    return [
        (
            ExemptionRow(row.person_id, row.skill_iri, row.role_id, row.reason, row.valid_to),
            Dated((), row.valid_from, row.valid_to),
        )
        for row in rows
    ]


def _crosswalks(session: Session, instant: datetime) -> list[tuple[CrosswalkRow, Dated]]:
    rows = session.execute(
        select(Crosswalk)
        .where(known(Crosswalk, instant))
        .order_by(Crosswalk.source_iri, Crosswalk.target_iri, Crosswalk.row_id)
    ).scalars()
    return [
        (
            CrosswalkRow(
                row.source_iri, row.target_iri, row.relation, read_levels(row.levels) if row.levels else ()
            ),
            Dated((), row.valid_from, row.valid_to),
        )
        for row in rows
    ]


def proofs_known(session: Session, people: Collection[str], instant: datetime) -> Proofs:
    """Read what people showed as known at `instant`."""
    return Proofs(evidence_known(session, people, instant), unrecognised_badges(session, people, instant))


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


def unrecognised_badges(
    session: Session, people: Collection[str], instant: datetime
) -> dict[str, tuple[UnrecognisedBadge, ...]]:
    """Read the badges of people that name a skill and are no evidence because of their issuers, as known at `instant`.

    The account must have been the person's on the day of the award, and the issuer must not be refused.
    """
    trust, of_badge = aliased(IssuerTrust), aliased(IssuerTrust)
    tier = func.coalesce(of_badge.tier, trust.tier)
    taken_back = (
        select(func.min(AwardRevocation.revoked_on))
        .where(AwardRevocation.award_id == Credential.award_id, known(AwardRevocation, instant))
        .scalar_subquery()
    )
    query = (
        select(
            Identity.person_id,
            Credential.award_id,
            Skill.iri,
            Credential.name,
            Credential.issuer_id,
            Credential.issuer_name,
            Credential.anchor,
            Credential.awarded_on,
            Credential.last_valid_day,
            tier,
            taken_back,
        )
        .join(CredentialRecipient, CredentialRecipient.agent_key == Identity.agent_key)
        .join(Credential, Credential.award_id == CredentialRecipient.award_id)
        .join(CredentialAlignment, CredentialAlignment.award_id == Credential.award_id)
        .join(Skill, or_(Skill.iri == CredentialAlignment.target, Skill.iri == CredentialAlignment.code))
        .outerjoin(
            trust,
            and_(trust.issuer_id == Credential.issuer_id, trust.achievement_id == "", known(trust, instant)),
        )
        .outerjoin(
            of_badge,
            and_(
                of_badge.issuer_id == Credential.issuer_id,
                of_badge.achievement_id == Credential.achievement_id,
                of_badge.achievement_id != "",
                known(of_badge, instant),
            ),
        )
        .where(
            known(Identity, instant),
            or_(Identity.valid_from.is_(None), Identity.valid_from <= Credential.awarded_on),
            or_(Identity.valid_to.is_(None), Identity.valid_to > Credential.awarded_on),
            known(Credential, instant),
            Skill.known_from <= instant,
            or_(tier.is_(None), tier == "known", Credential.anchor == CARRIED),
        )
        .distinct()
        .order_by(Identity.person_id, Credential.awarded_on, Credential.award_id, Skill.iri)
    )
    wanted = frozenset(people)
    found: dict[str, list[UnrecognisedBadge]] = {}
    # Of many people at once, those with such a badge are found sooner from the badges than from the people.
    for part in in_chunks(query, Identity.person_id, wanted) if len(wanted) <= IN_LIST else [query]:
        for (
            person_id,
            award_id,
            iri,
            name,
            issuer_id,
            issuer_name,
            anchor,
            day,
            last,
            decided,
            back,
        ) in session.execute(part):
            doubt = issuer_doubt(decided, anchor, issuer_id)
            if person_id not in wanted or doubt is None:
                continue
            end = last + timedelta(days=1) if last is not None and last < date.max else None
            ended_on = min((day for day in (end, back) if day is not None), default=None)
            badge = UnrecognisedBadge(award_id, iri, name, issuer_name, doubt, day, ended_on, issuer_id)
            found.setdefault(person_id, []).append(badge)
    return {person_id: tuple(badges) for person_id, badges in found.items()}


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
