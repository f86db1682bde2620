"""Who may see whom: the one place that decides, for every door.

A manager sees the teams they manage, with everything below; a person whose teams have no manager, of their own or above,
is seen by their personal manager. What a reader may not see answers like what does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "hr", "manager", "auditor", "employee"]
ROLES: tuple[Role, ...] = ("admin", "hr", "manager", "auditor", "employee")
SEES_ALL: frozenset[str] = frozenset({"admin", "hr", "auditor"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who asks: the account's address, its role, and the person behind it, if any."""

    email: str
    role: Role
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Vision:
    """What a reader sees on a day: teams (managed ones with all below), people, or everything."""

    sees_all: bool
    team_ids: frozenset[str]
    person_ids: frozenset[str]
    own_person_id: str | None

    def sees_team(self, team_id: str) -> bool:
        """Tell whether the reader sees a team's report."""
        return self.sees_all or team_id in self.team_ids

    def sees_person(self, person_id: str) -> bool:
        """Tell whether the reader sees a person's page."""
        return self.sees_all or person_id in self.person_ids or person_id == self.own_person_id

    @property
    def is_limited_to_self(self) -> bool:
        """Tell whether nothing but the own page is in view."""
        return not self.sees_all and not self.team_ids and not self.person_ids


def vision_of(
    reader: Reader,
    parents: Mapping[str, str | None],
    team_managers: Mapping[str, str | None],
    members: Mapping[str, frozenset[str]],
    personal_managers: Mapping[str, str | None],
) -> Vision:
    """Work out what a reader sees from today's organisation: `members` are people by team.

    The team's manager sees the team; a person's own manager counts only for people whom no team's manager sees.
    """
    if reader.role in SEES_ALL:
        return Vision(
            sees_all=True, team_ids=frozenset(), person_ids=frozenset(), own_person_id=reader.person_id
        )
    if reader.role != "manager" or reader.person_id is None:
        return Vision(
            sees_all=False, team_ids=frozenset(), person_ids=frozenset(), own_person_id=reader.person_id
        )
    teams = _with_below(
        {team for team, manager in team_managers.items() if manager == reader.person_id}, parents
    )
    managed = _with_below({team for team, manager in team_managers.items() if manager}, parents)
    placed = {person for team in managed for person in members.get(team, frozenset())}
    people = {person for team in teams for person in members.get(team, frozenset())}
    people |= {
        person
        for person, manager in personal_managers.items()
        if manager == reader.person_id and person not in placed
    }
    return Vision(False, teams, frozenset(people), reader.person_id)


def _with_below(teams: set[str], parents: Mapping[str, str | None]) -> frozenset[str]:
    found, grew = set(teams), True
    while grew:
        below = {team for team, parent in parents.items() if parent in found and team not in found}
        found |= below
        grew = bool(below)
    return frozenset(found)
