"""What coverage is computed from: the company on a day D as known at K, already cut down to what is asked.

Everything here is plain data: the store reads it, the functions of this package only compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from lms_bridge.credentials.open_badges import IssuerDoubt
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.strengths import Strength

Importance = Literal["mandatory", "required", "desirable"]
Scope = Literal["role", "team"]


@dataclass(frozen=True, slots=True)
class TeamOnDay:
    """A team as it stands on D."""

    team_id: str
    name: str
    parent_team_id: str | None
    manager_id: str | None


@dataclass(frozen=True, slots=True)
class PersonOnDay:
    """A person on D.

    A day is the first of the unbroken time up to D, None where it has no beginning: `teams` are the direct
    memberships, `scopes` all teams whose rows bind the person (own teams and those above), `assignments` the roles.
    """

    person_id: str
    name: str
    manager_id: str | None
    # pairs of team_id and kind
    teams: tuple[tuple[str, str], ...]
    # pairs of team_id and first day
    scopes: tuple[tuple[str, date | None], ...]
    # triples of role_id, kind and first day
    assignments: tuple[tuple[str, str, date | None], ...]
    on_leave: bool
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One row that holds on D. `headcount` is "3" or "10%" and then binds the team, not persons."""

    row_id: int
    scope: Scope
    scope_id: str
    skill_iri: str
    level: int
    headcount: str | None
    importance: Importance
    min_strength: Strength | None
    due_within: str | None
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    """A person who need not meet a skill, or the requirements of a role."""

    person_id: str
    skill_iri: str | None
    role_id: str | None
    reason: str
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """A mapping `source` → `target`: exactMatch carries level through `levels`; the others are shown, never counted."""

    source_iri: str
    target_iri: str
    relation: str
    levels: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class UnrecognisedBadge:
    """A verified credential that names a skill and proves none, because of its issuer: no level is given to it yet.

    `doubt` says what stands in the way: nobody decided on the issuer, the issuer is known and not trusted, or nothing
    ties the badge's key to it. `ended_on` is the first day on which it no longer holds.
    """

    award_id: str
    skill_iri: str
    name: str
    issuer_name: str
    doubt: IssuerDoubt
    awarded_on: date
    ended_on: date | None
    issuer_id: str = ""

    def holds_on(self, day: date) -> bool:
        """Tell whether the badge would hold on `day` if its issuer were trusted."""
        return self.awarded_on <= day and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Company:
    """All inputs of one computation: the day, the knowledge, and who and what is in view.

    `evidence` holds, per person, the rows known at `known_on` and those annulled by then with a traced reason;
    `unrecognised` the badges that would be evidence if their issuers were trusted.
    `least_strength` is the policy's; `teams` the whole tree, so that requirements of teams above bind.
    """

    as_of: date
    known_on: datetime
    teams: Mapping[str, TeamOnDay]
    people: Mapping[str, PersonOnDay]
    role_names: Mapping[str, str]
    requirements: tuple[RequirementRow, ...]
    exemptions: tuple[ExemptionRow, ...]
    crosswalks: tuple[CrosswalkRow, ...]
    evidence: Mapping[str, tuple[EvidenceRow, ...]]
    least_strength: Strength
    unrecognised: Mapping[str, tuple[UnrecognisedBadge, ...]] = field(default_factory=dict)

    def ancestors(self, team_id: str) -> tuple[str, ...]:
        """Return `team_id` and the teams above it, nearest first; a broken or circular parent ends the walk."""
        line: list[str] = []
        current: str | None = team_id
        while current is not None and current in self.teams and current not in line:
            line.append(current)
            current = self.teams[current].parent_team_id
        return tuple(line)

    def subtree(self, team_id: str) -> tuple[str, ...]:
        """Return `team_id` and every team below it, in order of id."""
        return tuple(sorted(other for other in self.teams if team_id in self.ancestors(other)))

    def members(self, team_ids: frozenset[str]) -> tuple[str, ...]:
        """Return the ids of the persons with a membership in one of `team_ids` on D, sorted."""
        return tuple(
            sorted(
                person.person_id
                for person in self.people.values()
                if any(team_id in team_ids for team_id, _ in person.teams)
            )
        )
