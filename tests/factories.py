"""Makes inputs of coverage: every value that a test does not name is a plain one, so that a test states what it is about."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from lms_bridge.coverage.inputs import (
    Company,
    CrosswalkRow,
    ExemptionRow,
    Importance,
    PersonOnDay,
    RequirementRow,
    Scope,
    TeamOnDay,
    UnrecognisedBadge,
)
from lms_bridge.evidence.facts import EndKind, EvidenceRow, Fact, ReversalKind, evidence_id
from lms_bridge.skills.strengths import Strength

DAY = date(2025, 6, 30)
KNOWN = datetime(2025, 6, 30, 12, tzinfo=UTC)
RECORDED = datetime(2025, 1, 1, tzinfo=UTC)
TEAM, ROLE, SKILL = "TEAM", "role", "skill:a"
_numbers = itertools.count(1)


def fact(
    level: int = 1,
    *,
    skill: str = SKILL,
    strength: Strength = Strength.COMPLETED,
    achieved: date = date(2025, 1, 1),
    ended: date | None = None,
    end_kind: EndKind | None = None,
    by_person: bool = False,
) -> Fact:
    """A fact that holds from January without end; one with `ended` runs out then unless `end_kind` says otherwise."""
    return Fact(
        skill_iri=skill,
        level=level,
        strength=strength,
        achieved_on=achieved,
        ended_on=ended,
        end_kind=end_kind or ("expiry" if ended is not None else None),
        end_cause_id=None,
        cited_kind="statement",
        cited_id=f"statement-{next(_numbers)}",
        object_key="course",
        rule_id="rule",
        rule_version="1",
        by_person=by_person,
        authenticity="source key",
    )


def evidence(
    known: Fact,
    *,
    person: str = "p-ada",
    reversed_at: datetime | None = None,
    reversal: ReversalKind | None = None,
    successor: EvidenceRow | None = None,
) -> EvidenceRow:
    """A row known since January; with `reversed_at` no longer."""
    return EvidenceRow(
        evidence_id=evidence_id(person, known, RECORDED),
        person_id=person,
        fact=known,
        recorded_at=RECORDED,
        reversed_at=reversed_at,
        reversal_kind=reversal,
        reversal_id=None,
        successor_id=successor.evidence_id if successor is not None else None,
    )


def requirement(
    level: int = 1,
    *,
    skill: str = SKILL,
    scope: Scope = "team",
    scope_id: str = TEAM,
    importance: Importance = "required",
    strength: Strength | None = None,
    headcount: str | None = None,
    due_within: str | None = None,
    valid_from: date | None = None,
) -> RequirementRow:
    """A row of `TEAM` that is required."""
    return RequirementRow(
        row_id=next(_numbers),
        scope=scope,
        scope_id=scope_id,
        skill_iri=skill,
        level=level,
        headcount=headcount,
        importance=importance,
        min_strength=strength,
        due_within=due_within,
        valid_from=valid_from,
    )


def person(
    person_id: str = "p-ada",
    *,
    teams: Sequence[str] = (TEAM,),
    roles: Sequence[str] = (),
    targets: Sequence[str] = (),
    since: date | None = None,
    on_leave: bool = False,
) -> PersonOnDay:
    """A member of `teams`, which are also the scopes that bind; `company` adds the teams above."""
    return PersonOnDay(
        person_id=person_id,
        name=person_id,
        manager_id=None,
        teams=tuple((team_id, "line") for team_id in teams),
        scopes=tuple((team_id, since) for team_id in teams),
        assignments=(
            *((role_id, "main", since) for role_id in roles),
            *((role_id, "target", since) for role_id in targets),
        ),
        on_leave=on_leave,
    )


def exemption(
    person_id: str = "p-ada", *, skill: str | None = SKILL, role: str | None = None
) -> ExemptionRow:
    """An exemption from a skill, or from a role where `skill` is None."""
    return ExemptionRow(person_id, skill, role, "agreed", None)


def company(
    people: Iterable[PersonOnDay] = (),
    requirements: Iterable[RequirementRow] = (),
    rows: Iterable[EvidenceRow] = (),
    *,
    parents: Mapping[str, str | None] | None = None,
    exemptions: Iterable[ExemptionRow] = (),
    crosswalks: Iterable[CrosswalkRow] = (),
    badges: Mapping[str, Iterable[UnrecognisedBadge]] | None = None,
    day: date = DAY,
) -> Company:
    """A company of one team, or of the tree that `parents` tells (team to the team above)."""
    tree = dict(parents) if parents is not None else {TEAM: None}
    teams = {team_id: TeamOnDay(team_id, team_id, parent, None) for team_id, parent in tree.items()}
    evidence_of: dict[str, list[EvidenceRow]] = {}
    for row in rows:
        evidence_of.setdefault(row.person_id, []).append(row)
    made = Company(
        as_of=day,
        known_on=KNOWN,
        teams=teams,
        people={},
        role_names={},
        requirements=tuple(requirements),
        exemptions=tuple(exemptions),
        crosswalks=tuple(crosswalks),
        evidence={person_id: tuple(found) for person_id, found in evidence_of.items()},
        least_strength=Strength.COMPLETED,
        unrecognised={person_id: tuple(found) for person_id, found in (badges or {}).items()},
    )

    def placed(one: PersonOnDay) -> PersonOnDay:
        above = {team: since for team_id, since in one.scopes for team in made.ancestors(team_id)}
        return replace(one, scopes=tuple(sorted(above.items())))

    return replace(made, people={one.person_id: placed(one) for one in people})
