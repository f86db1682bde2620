"""A synthetic company: people in teams of 25, roles of 50 skills each, and 100 facts a person, from numbers alone.

Person `p` is in team `p // 25` and holds role `p // 25 % 20`; role `r` asks for the 50 skills from `25 r` on. The
evidence is written by the function that derivation uses, so that whatever it keeps beside the evidence is there too.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from bench.statements import SITE
from lms_bridge import clock
from lms_bridge.evidence.facts import EvidenceRow, Fact, evidence_id
from lms_bridge.evidence.history import Derived
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.settings import Settings, load_settings
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.database import session_of, writing
from lms_bridge.store.derivation import StoredRows, write_derived

TEAM_SIZE: Final = 25
ROLES: Final = 20
ROLE_SKILLS: Final = 50
SKILLS: Final = 500
FACTS: Final = 100
MATRIX_TEAM: Final = "matrix"
ROOT_TEAM: Final = "company"
_SPACE: Final = uuid.UUID("7d0b6f7e-26e0-5b4a-a5ce-6a3c0b7d1f52")
_PEOPLE_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Company:
    """What was made: how many people and teams, and the settings to read them with."""

    settings: Settings
    people: int
    teams: int


def settings_for(folder: Path, url: str) -> Settings:
    """Return settings for a database of the bench."""
    environment = {"data_dir": str(folder), "database_url": url, "log_level": "ERROR"}
    return load_settings(None, {f"LMS_BRIDGE_{name.upper()}": value for name, value in environment.items()})


def skill_iri(skill: int) -> str:
    """Return the IRI of a skill."""
    return f"https://skills.bench.example/{skill % SKILLS:03d}"


def person_id(person: int) -> str:
    """Return the id of a person."""
    return f"e{person:05d}"


def team_id(team: int) -> str:
    """Return the id of a team."""
    return f"t{team:03d}"


def found_company(engine: Engine, settings: Settings, people: int, *, role_skills: int = ROLE_SKILLS) -> int:
    """Import framework, people in teams and what their roles ask for, with no work left over; return the number of teams."""
    now = clock.now()
    teams = -(-people // TEAM_SIZE)
    with session_of(engine) as session:
        publish_policy(session, settings, now)
        rows = [f"{skill_iri(skill)},Skill number {skill},en" for skill in range(SKILLS)]
        import_framework(
            session,
            format="csv",
            files={"skills.csv": _csv("skill_iri,label,lang", rows)},
            name="Bench",
            known_at=now,
        )
        imports.import_roster(session, settings, _roster(people, teams), now)
        asked = [
            f"role,r{role:02d},Role {role},{skill_iri(role * TEAM_SIZE + number)},2,,,,required"
            for role in range(ROLES)
            for number in range(role_skills)
        ]
        columns = "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to,importance"
        imports.import_requirements(session, settings, _csv(columns, asked), now)
    Deriver(engine).drain()
    return teams


def _roster(people: int, teams: int) -> dict[str, bytes]:
    """Return teams.csv, people.csv and memberships.csv; the matrix team has two teams' people as a project."""
    listed = [f"{ROOT_TEAM},The company,,", f"{MATRIX_TEAM},Matrix,{ROOT_TEAM},"]
    listed += [f"{team_id(team)},Team {team},{ROOT_TEAM}," for team in range(teams)]
    persons = []
    for person in range(people):
        team = person // TEAM_SIZE
        identity = f"account:{SITE}|{person_id(person)}"
        # The first two teams share a role, so that the matrix of both is 50 people by 50 skills.
        role = 0 if team < 2 else team % ROLES
        persons.append(
            f"{person_id(person)},Employee {person:05d},,{team_id(team)},,r{role:02d},{identity},,,"
        )
    # Whoever stands in memberships.csv stands there with every membership.
    matrix = [
        f"{person_id(person)},{team},{kind},,,"
        for person in range(min(people, 2 * TEAM_SIZE))
        for team, kind in ((team_id(person // TEAM_SIZE), "line"), (MATRIX_TEAM, "project"))
    ]
    lines = "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from"
    return {
        "teams.csv": _csv("team_id,name,parent_team_id,manager_id", listed),
        "people.csv": _csv(lines, persons),
        "memberships.csv": _csv("person_id,team_id,kind,share,valid_from,valid_to", matrix),
    }


def _csv(columns: str, rows: Sequence[str]) -> bytes:
    return "\n".join([columns, *rows, ""]).encode()


def prove(engine: Engine, people: int, progress: Callable[[int], None] | None = None) -> int:
    """Write the evidence of everybody; return the number of rows."""
    now, today = clock.now(), clock.today(UTC)
    rows = 0
    with session_of(engine) as session:
        for start in range(0, people, _PEOPLE_AT_ONCE):
            group = range(start, min(start + _PEOPLE_AT_ONCE, people))
            with writing(session):
                made = {
                    person_id(person): Derived(
                        tuple(_evidence(person, number, now, today) for number in range(FACTS)), ()
                    )
                    for person in group
                }
                write_derived(session, dict.fromkeys(made, StoredRows({}, frozenset())), made)
                rows += FACTS * len(made)
            if progress is not None:
                progress(group.stop)
    return rows


def _evidence(person: int, number: int, recorded_at: datetime, today: date) -> EvidenceRow:
    """Return one of a person's facts: half of them in what the role asks, a third of all no longer valid."""
    team = person // TEAM_SIZE
    role = 0 if team < 2 else team % ROLES
    dice = person * 31 + number * 17
    skill = role * TEAM_SIZE + dice % ROLE_SKILLS if number % 2 else dice % SKILLS
    achieved_on = today - timedelta(days=20 + dice % 1000)
    ended_on = achieved_on + timedelta(days=700) if number % 2 else None
    fact = Fact(
        skill_iri=skill_iri(skill),
        level=1 + dice % 4,
        strength=Strength(3 + dice % 3),
        achieved_on=achieved_on,
        ended_on=ended_on,
        end_kind="expiry" if ended_on else None,
        end_cause_id=None,
        cited_kind="statement",
        cited_id=str(uuid.uuid5(_SPACE, f"{person}/{number}")),
        object_key=f"course-{dice % 300}",
        rule_id=f"rule-{dice % 60}",
        rule_version="1",
        by_person=False,
        authenticity="source key",
    )
    name = person_id(person)
    return EvidenceRow(evidence_id(name, fact, recorded_at), name, fact, recorded_at, None, None, None, None)
