"""requirements.csv: what roles and teams ask, checked and turned into timelines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from lms_bridge.csv_tables import Line, Table, read_table
from lms_bridge.errors import FileRefusedError, InvalidInputError
from lms_bridge.periods import parse_period
from lms_bridge.skills.strengths import strength_from
from lms_bridge.timelines import Change, Key, Span, Timeline, before, differences, joined, restated

COLUMNS = ("scope", "scope_id", "scope_name", "skill_iri", "level", "headcount", "valid_from", "valid_to")
OPTIONAL = ("importance", "min_strength", "due_within")
HEADCOUNT = re.compile(r"[1-9][0-9]{0,5}|100%|[1-9][0-9]?%")


@dataclass(frozen=True, slots=True)
class SkillCheck:
    """What the importer knows of skills: the steps of a skill's scale, and near labels for an unknown one."""

    steps: Callable[[str], int | None]
    near: Callable[[str], str]


def check_skill(table: Table, line: Line, skill: SkillCheck, level: int | None) -> None:
    """Complain where the skill is in no loaded framework, or the level is above its scale."""
    iri = line["skill_iri"]
    if not iri:
        return
    steps = skill.steps(iri)
    if steps is None:
        table.complain(line, "skill_iri", f"is in no loaded framework; {skill.near(iri)}")
    elif level is not None and level > steps:
        table.complain(line, "level", f"the skill's scale has {steps} steps; use 1 to {steps}")


def read_level(text: str) -> int:
    """Read a step of a scale, 1 or more.

    Raises:
        InvalidInputError: it is none.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise InvalidInputError("is no step of a scale; write 1, 2, 3 …")
    return int(text)


_Row = tuple[Line, tuple[object, ...], date | None, date | None]


def plan_requirements(
    content: bytes,
    current: Mapping[Key, Timeline],
    roles: Mapping[Key, Timeline],
    team_ids: frozenset[str],
    skill: SkillCheck,
    today: date,
    *,
    replace: bool,
) -> tuple[Change, ...]:
    """Return the changes that requirements.csv asks for; rows absent from it stay unless `replace`.

    Raises:
        FileRefusedError: with every fault found.
    """
    said, named = _read(content, roles, team_ids, skill, today)
    wanted: dict[Key, Timeline] = {
        key: _timeline(current.get(key, ()), rows, today) for key, rows in said.items()
    }
    if replace:
        for key, timeline in current.items():
            if key not in wanted:
                wanted[key] = before(timeline, today)
    return (*differences("roles", roles, named), *differences("requirements", current, wanted))


def plan_role(
    content: bytes,
    role_id: str,
    current: Mapping[Key, Timeline],
    roles: Mapping[Key, Timeline],
    skill: SkillCheck,
    today: date,
) -> tuple[Change, ...]:
    """Return the changes that make a role ask from today what requirements.csv says of it, and nothing else.

    What it asked before stays as it was, and so does what is planned to begin or end later. A role that never asked
    anything asks it without a beginning.

    Raises:
        FileRefusedError: with every fault found.
    """
    said, named = _read(content, roles, frozenset(), skill, today)
    own = {key: timeline for key, timeline in current.items() if key[:2] == ("role", role_id)}
    wanted: dict[Key, Timeline] = {}
    for key in {**own, **said}:
        timeline = own.get(key, ())
        values = said[key][0][1] if key in said else None
        wanted[key] = _from_today(timeline, values, today) if own else (Span(values or (), None, None),)
    return (*differences("roles", roles, named), *differences("requirements", own, wanted))


def _from_today(timeline: Timeline, values: tuple[object, ...] | None, today: date) -> Timeline:
    """Return a timeline that says `values` from today, None for nothing, up to what is planned next."""
    standing = next((span for span in timeline if span.covers(today)), None)
    if (standing.values if standing is not None else None) == values:
        return timeline
    later = tuple(span for span in timeline if span.begin is not None and span.begin > today)
    if values is None:
        return joined((*before(timeline, today), *later))
    next_begin = later[0].begin if later else None
    end = standing.end if standing is not None else next_begin
    return joined((*before(timeline, today), Span(values, today, end), *later))


def _read(
    content: bytes,
    roles: Mapping[Key, Timeline],
    team_ids: frozenset[str],
    skill: SkillCheck,
    today: date,
) -> tuple[dict[Key, list[_Row]], dict[Key, Timeline]]:
    """Return what a file says by key, and the names of roles that it gives."""
    table = read_table("requirements.csv", content, COLUMNS, OPTIONAL)
    said: dict[Key, list[_Row]] = {}
    named: dict[Key, Timeline] = {}
    for line in table.lines:
        scope = table.one_of(line, "scope", ("role", "team"), "")
        scope_id = table.need(line, "scope_id")
        if scope == "team" and scope_id not in team_ids:
            table.complain(line, "scope_id", "no such team; import its teams.csv first or correct the id")
        if scope == "role" and line["scope_name"]:
            role: Key = (scope_id,)
            named[role] = _named(roles.get(role, ()), scope_id, line["scope_name"], today)
        table.need(line, "skill_iri")
        table.need(line, "level")
        level = table.read(line, "level", read_level, 1)
        check_skill(table, line, skill, level)
        headcount = line["headcount"] or None
        if headcount is not None and (scope != "team" or not HEADCOUNT.fullmatch(headcount)):
            table.complain(line, "headcount", "is for teams: a number of people, or a share such as 10%")
        importance = table.one_of(line, "importance", ("mandatory", "required", "desirable"), "required")
        strength = table.read(line, "min_strength", lambda text: strength_from(text).label, None)
        due = line["due_within"] or None
        table.read(line, "due_within", parse_period, None)
        begin, end = table.day(line, "valid_from"), table.last_day(line, "valid_to")
        if begin is not None and end is not None and end <= begin:
            table.complain(line, "valid_to", "lies before valid_from")
        key: Key = (scope, scope_id, line["skill_iri"], importance, "headcount" if headcount else "each")
        rows = said.setdefault(key, [])
        if any(other[2] == begin for other in rows):
            table.complain(
                line, "skill_iri", f"the same {scope}, skill and importance stand twice; keep one line"
            )
        rows.append((line, (level, headcount, strength, due), begin, end))
    if table.problems:
        raise FileRefusedError(table.problems)
    return said, named


def _named(current: Timeline, role_id: str, name: str, today: date) -> Timeline:
    """Return a role's name: one that the roster only created is called so for all days."""
    if all(span.values == (role_id,) for span in current):
        return (Span((name,), None, None),)
    return restated(current, [((name,), None)], today)


def _timeline(current: Timeline, rows: list[_Row], today: date) -> Timeline:
    if len(rows) == 1 and rows[0][3] is None:
        return restated(current, [(rows[0][1], rows[0][2])], today)
    if len(rows) == 1 and not current:
        return (Span(rows[0][1], rows[0][2], rows[0][3]),)
    if len(rows) == 1:
        whole = restated(current, [(rows[0][1], rows[0][2])], today)
        return joined((*whole[:-1], Span(whole[-1].values, whole[-1].begin, rows[0][3])))
    ordered = sorted(rows, key=lambda row: row[2] or date.min)
    spans: list[Span] = []
    for number, (_, values, begin, end) in enumerate(ordered):
        following = ordered[number + 1][2] if number + 1 < len(ordered) else None
        ends = [day for day in (end, following) if day is not None]
        spans.append(Span(values, begin, min(ends, default=None)))
    return joined(spans)
