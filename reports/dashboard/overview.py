"""The overview in five seconds: clean or not, what got worse, where to look first, what ends in 90 days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from reports.content.model import Expiring, HeadcountContent, MandatoryLine, Report, SkillContent, TeamLine
from reports.content.words import level_word, percent_word, share_word
from reports.dashboard.charts import Bar, share_bar

LATELY_DAYS = 30
SHOWN_NAMES = 8
# A team with hardly anything asked would lead the list by a single unmet pair.
LEAST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the mandatory requirements are met today; `is_clean` is None where none is set."""

    is_clean: bool | None
    headline: str
    detail: str


@dataclass(frozen=True, slots=True)
class Change:
    """Requirements met now against an earlier point of the trend, in percentage points."""

    direction: Literal["up", "down", "same"]
    text: str
    since: date
    note: str


@dataclass(frozen=True, slots=True)
class WorstUnit:
    """A team that needs HR most; `hint` says what stands out."""

    team_id: str
    name: str
    bar: Bar
    hint: str


@dataclass(frozen=True, slots=True)
class WorstSkill:
    """A skill that is missing most; `hint` names what closes it."""

    short_id: str
    label: str
    bar: Bar
    hint: str


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A skill that hangs on one person or on none, and who could be next."""

    short_id: str
    label: str
    holder_id: str
    holder_name: str
    next_id: str
    next_name: str
    next_level: str
    next_since: date | None
    asked: str


@dataclass(frozen=True, slots=True)
class EndingSkill:
    """What runs out within 90 days in one skill: how many people, the first last valid day, counts by 30, 60, 90."""

    short_id: str
    label: str
    people: int
    first_on: date
    within: tuple[int, int, int]
    importance: str


@dataclass(frozen=True, slots=True)
class MissingGroup:
    """People who lack a mandatory skill for one reason: (id, name)."""

    reason: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Who lacks a mandatory skill, by reason, and how many more than are shown."""

    groups: tuple[MissingGroup, ...]
    more: int


def verdict(report: Report) -> Verdict:
    """Return whether `report` is clean: every mandatory pair met and every mandatory head-count filled."""
    short = [
        line for line in report.headcounts if line.importance == "mandatory" and line.holders < line.needed
    ]
    unmet = report.mandatory.total - report.mandatory.met
    if not report.mandatory.total and not short:
        return Verdict(None, "No mandatory requirement applies", "Nothing here is asked by law or rule.")
    if not unmet and not short:
        met = share_word(report.mandatory.met, report.mandatory.total)
        return Verdict(True, "Legally clean today", f"Every mandatory requirement is met: {met}.")
    people = {person_id for line in report.mandatory_lines for person_id, _, _ in line.missing}
    parts = []
    if unmet:
        what = "requirement is" if unmet == 1 else "requirements are"
        parts.append(f"{unmet} mandatory {what} not met, by {_people(len(people))}")
    if short:
        parts.append(_short_headcounts(short))
    return Verdict(False, "Not legally clean today", f"{'; '.join(parts)}.")


def change(report: Report) -> Change | None:
    """Return how the share moved since the point before the last, or None without two points."""
    known = [point for point in report.trend if point.met.share is not None]
    if len(known) < 2:
        return None
    before, now = known[-2], known[-1]
    points = round(((now.met.share or 0.0) - (before.met.share or 0.0)) * 100)
    if points == 0:
        return Change("same", "unchanged", before.day, now.note)
    word = "point" if abs(points) == 1 else "points"
    if points > 0:
        return Change("up", f"up {points} {word}", before.day, now.note)
    return Change("down", f"down {-points} {word}", before.day, now.note)


def ended_lately(report: Report) -> tuple[Expiring, ...]:
    """Return what ran out within the last 30 days and was not renewed, the latest first: what got worse, by name."""
    lately = [line for line in report.overdue if -LATELY_DAYS <= line.days_left < 0]
    return tuple(sorted(lately, key=lambda line: (-line.days_left, line.person_name, line.skill_label)))


def worst_units(report: Report, most: int = 3) -> tuple[WorstUnit, ...]:
    """Return the teams with the lowest share of requirements met, the report's own root left out."""
    parents = {team.parent_team_id for team in report.teams}
    leaves = [team for team in report.teams if team.team_id not in parents] or list(report.teams)
    asked = [team for team in leaves if team.met.total >= LEAST_PAIRS]
    return tuple(_worst_unit(team) for team in sorted(asked, key=_team_order)[:most] if _is_lacking(team))


def worst_skills(report: Report, most: int = 3) -> tuple[WorstSkill, ...]:
    """Return the skills with the lowest coverage, and among equals the most people missing."""
    asked = [
        skill
        for skill in report.skills
        if (skill.needed or 0) >= LEAST_PAIRS and (skill.met or 0) < (skill.needed or 0)
    ]
    return tuple(_worst_skill(skill) for skill in sorted(asked, key=_skill_order)[:most])


def single_points(report: Report) -> tuple[SinglePoint, ...]:
    """Return the skills that hang on one person, with the next best."""
    return tuple(_single_point(skill) for skill in report.skills if skill.is_single_point)


def ending(lines: Iterable[Expiring]) -> tuple[EndingSkill, ...]:
    """Return what ends within 90 days, by skill, the first to end first."""
    by_skill: dict[str, list[Expiring]] = {}
    for line in lines:
        by_skill.setdefault(line.skill_iri, []).append(line)
    return tuple(
        sorted(
            (_ending_skill(group) for group in by_skill.values()),
            key=lambda item: (item.first_on, item.label),
        )
    )


def missing(line: MandatoryLine) -> Missing:
    """Return the first people who lack the skill of `line`, by reason."""
    by_reason: dict[str, list[tuple[str, str]]] = {}
    for person_id, name, text in line.missing[:SHOWN_NAMES]:
        # A reason's details (", last valid day 2026-02-19", ": 1 Aware") differ from person to person.
        reason = re.split(r"[,:] ", text, maxsplit=1)[0]
        by_reason.setdefault(reason, []).append((person_id, name))
    return Missing(
        tuple(MissingGroup(reason, tuple(people)) for reason, people in by_reason.items()),
        max(0, len(line.missing) - SHOWN_NAMES),
    )


def _people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"


def _short_headcounts(short: Sequence[HeadcountContent]) -> str:
    first = short[0]
    more = f" and {len(short) - 1} more" if len(short) > 1 else ""
    return f"short of {first.skill_label} in {first.team_name} ({first.holders} of {first.needed}){more}"


def _is_lacking(team: TeamLine) -> bool:
    return team.met.met < team.met.total


def _team_order(team: TeamLine) -> tuple[float, int, str]:
    return (team.met.share or 0.0, team.met.met - team.met.total, team.team_id)


def _skill_order(skill: SkillContent) -> tuple[float, int, str]:
    return (skill.coverage_share or 0.0, (skill.met or 0) - (skill.needed or 0), skill.skill_iri)


def _worst_unit(team: TeamLine) -> WorstUnit:
    hints = []
    missing = team.mandatory.total - team.mandatory.met
    if missing:
        hints.append(f"{missing} mandatory not met")
    if team.expiring_90:
        hints.append(f"{team.expiring_90} end in 90 days")
    if team.single_points:
        hints.append(f"{team.single_points} hang on one person")
    text = f"{team.met.met} of {team.met.total} ({percent_word(team.met.share)})"
    return WorstUnit(team.team_id, team.name, share_bar(team.name, team.met.share, text), " · ".join(hints))


def _worst_skill(skill: SkillContent) -> WorstSkill:
    hint = (
        f"closed by {skill.closing_titles[0]}"
        if skill.closing_titles
        else "nothing of the catalogue closes it"
    )
    text = share_word(skill.met or 0, skill.needed or 0)
    return WorstSkill(skill.short_id, skill.label, share_bar(skill.label, skill.coverage_share, text), hint)


def _single_point(skill: SkillContent) -> SinglePoint:
    level = level_word(skill.levels, skill.required_level or 0) if skill.required_level else ""
    return SinglePoint(
        short_id=skill.short_id,
        label=skill.label,
        holder_id=skill.holder_ids[0] if skill.holder_ids else "",
        holder_name=skill.holder_names[0] if skill.holder_names else "nobody",
        next_id=skill.next_best_id or "",
        next_name=skill.next_best_name or "",
        next_level=level_word(skill.levels, skill.next_best_level or 0) if skill.next_best_name else "",
        next_since=skill.next_best_since,
        asked=level or _headcount_level(skill),
    )


def _headcount_level(skill: SkillContent) -> str:
    return skill.headcounts[0].level_name if skill.headcounts else ""


def _ending_skill(group: Sequence[Expiring]) -> EndingSkill:
    first = min(group, key=lambda line: line.last_valid_day)
    importances = {line.importance for line in group}
    return EndingSkill(
        short_id=first.skill_short_id,
        label=first.skill_label,
        people=len({line.person_id for line in group}),
        first_on=first.last_valid_day,
        within=(
            sum(1 for line in group if line.days_left <= 30),
            sum(1 for line in group if line.days_left <= 60),
            sum(1 for line in group if line.days_left <= 90),
        ),
        importance="mandatory"
        if "mandatory" in importances
        else "required"
        if "required" in importances
        else "",
    )
