"""The files that the demo company's HR brings: teams, people, requirements, catalogue and certificates as CSV.

All of it is one import: what changed in the past (the reorganisation, a vacant post, a move, a rehire) is told by
valid_from and by the dated rows of memberships.csv and assignments.csv.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from lms_bridge.demo.cast import (
    BY_HANDLE,
    CMI5,
    MOODLE,
    OPENEDX,
    PEOPLE,
    SPLIT_PERSON,
    TEAM_BY_ID,
    TEAMS,
    Person,
)
from lms_bridge.demo.courses import COURSES, Course
from lms_bridge.demo.draws import Draws
from lms_bridge.demo.plan import build_plan
from lms_bridge.demo.skills import ROLES, SKILLS, TEAM_NEEDS, Need
from lms_bridge.demo.timeline import Timeline

SEED = 20260630

Row = Sequence[str]

COLUMNS: dict[str, tuple[str, ...]] = {
    "teams.csv": ("team_id", "name", "parent_team_id", "manager_id", "valid_from"),
    "people.csv": (
        "person_id",
        "name",
        "email",
        "team_id",
        "manager_id",
        "role_ids",
        "identities",
        "start_date",
        "end_date",
        "valid_from",
        "x_site",
        "x_legal_entity",
        "x_country",
        "x_employment_type",
        "x_fte",
        "x_leave",
    ),
    "memberships.csv": ("person_id", "team_id", "kind", "share", "valid_from", "valid_to"),
    "assignments.csv": ("person_id", "role_id", "kind", "valid_from", "valid_to"),
    "exemptions.csv": ("person_id", "skill_iri", "role_id", "reason", "valid_from", "valid_to"),
    "requirements.csv": (
        "scope",
        "scope_id",
        "scope_name",
        "skill_iri",
        "level",
        "headcount",
        "valid_from",
        "valid_to",
        "importance",
        "min_strength",
        "due_within",
    ),
    "catalogue.csv": (
        "key",
        "title",
        "lang",
        "provider",
        "kind",
        "hours",
        "cost",
        "url",
        "activity_patterns",
    ),
    "certificates.csv": (
        "person_id",
        "key",
        "skill_iri",
        "level",
        "strength",
        "achieved_on",
        "last_valid_day",
        "issuer",
        "reference",
    ),
    "crosswalk.csv": (
        "source_iri",
        "target_iri",
        "relation",
        "levels",
        "source_release",
        "target_release",
    ),
}

# Near twins of ESCO that the company holds for close, each way shown and counted nowhere by itself.
_NEAR_TWINS = (("first-aid-knowledge", "first-aid"), ("crm-software", "crm"))
_ESCO_RELEASE = "1.2.0"


def company_files(today: date, seed: int = SEED) -> dict[str, str]:
    """Return file name → CSV text of everything HR brings, seen from `today`."""
    timeline = Timeline(today)
    rows: dict[str, Iterable[Row]] = {
        "teams.csv": _teams(timeline),
        "people.csv": [_person(person, timeline) for person in PEOPLE],
        "memberships.csv": _memberships(timeline),
        "assignments.csv": _assignments(timeline),
        "exemptions.csv": _exemptions(timeline),
        "requirements.csv": _requirements(timeline),
        "catalogue.csv": [_course(course) for course in COURSES],
        "certificates.csv": _certificates(timeline, Draws(seed)),
        "crosswalk.csv": _crosswalk(),
    }
    return {name: _csv(COLUMNS[name], rows[name]) for name in COLUMNS}


def write_company(folder: Path, today: date, seed: int = SEED) -> None:
    """Write the files of `company_files` into `folder`, which must exist."""
    for name, text in company_files(today, seed).items():
        (folder / name).write_text(text, encoding="utf-8")


def _csv(columns: Row, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _id(handle: str) -> str:
    return BY_HANDLE[handle].person_id


def _teams(timeline: Timeline) -> list[Row]:
    rows: list[Row] = []
    for team in TEAMS:
        parent, manager, valid_from = team.parent_id, _id(team.manager), ""
        if team.team_id == "LOG":  # the reorganisation: from Commercial to Operations
            rows.append((team.team_id, team.name, "COM", manager, ""))
            valid_from = timeline.text("2026-04-01")
        if team.team_id == "OPS-B":  # the post is vacant; the other shift's manager acts
            rows.append((team.team_id, team.name, parent, _id("Dieter Wolff"), ""))
            valid_from = timeline.text("2026-05-01")
        rows.append((team.team_id, team.name, parent, manager, valid_from))
    return rows


def _identities(person: Person) -> str:
    if person.handle == SPLIT_PERSON:
        return ""  # her three accounts wait among the unknown actors until HR joins them
    accounts = ((MOODLE, person.moodle_id), (OPENEDX, person.openedx_id), (CMI5, person.employee_number))
    return ";".join(f"account:{home_page}|{name}" for home_page, name in accounts)


def _manager(person: Person) -> str:
    """The manager of the person's team; for that manager, the one of the team above."""
    team = TEAM_BY_ID[person.team_id]
    if team.manager == person.handle:
        return _id(TEAM_BY_ID[team.parent_id].manager) if team.parent_id else ""
    return _id(team.manager)


# The rehire's first day with the company; cast.py has the day on which she came back.
_FIRST_DAYS = {"Nina Albrecht": "2019-04-01"}


def _start(person: Person) -> str:
    return _FIRST_DAYS.get(person.handle, person.start)


def _person(person: Person, timeline: Timeline) -> Row:
    team = TEAM_BY_ID[person.team_id]
    return (
        person.person_id,
        person.name,
        person.email,
        person.team_id,
        _manager(person),
        ";".join(person.role_ids),
        _identities(person),
        timeline.text(_start(person)),
        timeline.text(person.end),
        "",
        team.site,
        team.legal_entity,
        team.country,
        person.employment_type,
        person.fte,
        person.leave,
    )


def _memberships(timeline: Timeline) -> list[Row]:
    """The people whose team changed, ended for a while, or is two teams."""
    rehire, mover, shared = (BY_HANDLE[name] for name in ("Nina Albrecht", "Ralf Neumann", "Ida Sørensen"))
    day = timeline.text
    return [
        (rehire.person_id, "OPS-A", "line", "", day(_start(rehire)), day("2025-03-31")),
        (rehire.person_id, "OPS-A", "line", "", day(rehire.start), ""),
        (mover.person_id, "MNT", "line", "", day(mover.start), day("2026-04-14")),
        (mover.person_id, "QA", "line", "", day("2026-04-15"), ""),
        (shared.person_id, "DAT", "line", "0.6", day(shared.start), ""),
        (shared.person_id, "SWE", "project", "0.4", day("2025-10-01"), ""),
    ]


def _assignments(timeline: Timeline) -> list[Row]:
    """The mover's two roles, the apprentices' aim, and who acts for the vacant post."""
    mover, acting = BY_HANDLE["Ralf Neumann"], BY_HANDLE["Ayşe Demir"]
    day = timeline.text
    rows: list[Row] = [
        (mover.person_id, "maintenance-technician", "main", day(mover.start), day("2026-04-14")),
        (mover.person_id, "quality-inspector", "main", day("2026-04-15"), ""),
        (acting.person_id, "machine-operator", "main", day(acting.start), ""),
        (acting.person_id, "team-leader", "second", day(acting.start), ""),
        (acting.person_id, "team-leader", "acting", day("2026-05-01"), day("2026-08-31")),
    ]
    rows += [
        (person.person_id, "machine-operator", "target", day(person.start), day("2026-12-31"))
        for person in PEOPLE
        if person.employment_type == "apprentice"
    ]
    return rows


def _exemptions(timeline: Timeline) -> list[Row]:
    """The outside adviser has no role and is exempt from what binds everyone: n/a, not 0 %."""
    adviser = BY_HANDLE["Aurelio Conti"]
    reason = "Outside adviser: no access to sites or systems"
    return [
        (adviser.person_id, SKILLS[skill], "", reason, timeline.text(adviser.start), "")
        for skill in ("infosec", "safety")
    ]


def _requirements(timeline: Timeline) -> list[Row]:
    rows: list[Row] = []
    for role in ROLES:
        rows += [_need("role", role.role_id, role.name, need, timeline) for need in role.needs]
    rows += [_need("team", team_id, TEAM_BY_ID[team_id].name, need, timeline) for team_id, need in TEAM_NEEDS]
    return rows


def _need(scope: str, scope_id: str, scope_name: str, need: Need, timeline: Timeline) -> Row:
    # A time to meet it counts from here at the earliest: nobody is overdue since they joined long ago.
    valid_from = timeline.text("2025-01-01") if need.due_within else ""
    return (
        scope,
        scope_id,
        scope_name,
        SKILLS[need.skill],
        str(need.level),
        need.headcount,
        valid_from,
        "",
        need.importance,
        need.min_strength,
        need.due_within,
    )


def _course(course: Course) -> Row:
    kind = "module" if course.is_module else "course"
    url = course.url if course.url.startswith("https:") else ""
    if course.sends == "library":
        url = f"https://skillstream.example/courses/{course.number}"
    return (
        course.key,
        course.title,
        course.lang,
        course.provider,
        kind,
        course.hours,
        course.cost,
        url,
        ";".join(course.patterns),
    )


def _certificates(timeline: Timeline, draws: Draws) -> list[Row]:
    papers = sorted(
        build_plan(timeline, draws).papers, key=lambda paper: (paper.person.person_id, paper.reference)
    )
    return [
        (
            paper.person.person_id,
            paper.kind.key,
            SKILLS[paper.kind.skill],
            str(paper.level),
            paper.kind.strength,
            paper.achieved_on.isoformat(),
            paper.last_valid_day.isoformat() if paper.last_valid_day else "",
            paper.kind.issuer,
            paper.reference,
        )
        for paper in papers
    ]


def _crosswalk() -> list[Row]:
    return [
        (SKILLS[source], SKILLS[target], "closeMatch", "", _ESCO_RELEASE, _ESCO_RELEASE)
        for source, target in _NEAR_TWINS
    ]
