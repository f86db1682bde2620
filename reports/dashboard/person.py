"""A person's page: skills in groups by what they need, each with its level as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.content.model import CellContent
from reports.content.pages import PersonSkill
from reports.content.words import day_word, days_word, level_word
from reports.dashboard.heatmap import SOON_DAYS, cell_mark, cell_shade, cell_text, cell_words

StepState = Literal["held", "missing", "above"]


@dataclass(frozen=True, slots=True)
class SkillLine:
    """A skill as the page shows it: figure, mark and shade of its cell, level in words and steps, when it ends."""

    skill: PersonSkill
    text: str
    mark: str
    shade: str
    explanation: str
    held_word: str
    required_word: str
    steps: tuple[StepState, ...]
    ends_text: str
    due_text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """Skills that need the same of the reader."""

    key: str
    title: str
    lines: tuple[SkillLine, ...]


_GROUPS = (
    ("act", "To do now"),
    ("open", "Not yet due"),
    ("soon", "Met, but runs out within 90 days"),
    ("met", "Met"),
    ("other", "Desirable, exempt and other skills held"),
)


def skill_groups(skills: Sequence[PersonSkill], chosen_short_id: str | None) -> tuple[SkillGroup, ...]:
    """Return the skills of a person in groups, what must be done first; empty groups are left out."""
    lines: dict[str, list[SkillLine]] = {key: [] for key, _ in _GROUPS}
    for skill in skills:
        lines[_group_of(skill)].append(_line(skill, chosen_short_id))
    return tuple(SkillGroup(key, title, tuple(lines[key])) for key, title in _GROUPS if lines[key])


def _group_of(skill: PersonSkill) -> str:
    cell = skill.cell
    if cell.status == "unmet":
        return "act"
    if cell.status == "open":
        return "open"
    if cell.status == "met":
        return "soon" if cell.days_left is not None and cell.days_left <= SOON_DAYS else "met"
    return "other"


def _line(skill: PersonSkill, chosen_short_id: str | None) -> SkillLine:
    cell = skill.cell
    ends = ""
    if cell.last_valid_day is not None:
        left = "" if cell.days_left is None else f" ({days_word(cell.days_left)})"
        ends = f"last valid day {day_word(cell.last_valid_day)}{left}"
    return SkillLine(
        skill=skill,
        text=cell_text(cell),
        mark=cell_mark(cell),
        shade=cell_shade(cell),
        explanation=skill.reason_text or cell_words(cell),
        held_word=level_word(skill.levels, cell.attained),
        required_word=_required_word(skill),
        steps=_steps(cell.attained, cell.required or 0, len(skill.levels)),
        ends_text=ends,
        due_text=_due_text(cell),
        is_chosen=chosen_short_id is not None and skill.short_id == chosen_short_id,
    )


def _due_text(cell: CellContent) -> str:
    """Return by when a pair that is not met is or was due."""
    if cell.due_on is None or cell.status not in ("unmet", "open"):
        return ""
    return f"{'was due' if cell.status == 'unmet' else 'due'} {day_word(cell.due_on)}"


def _required_word(skill: PersonSkill) -> str:
    """Return what is asked, where it is not said already by what is held."""
    required = skill.cell.required
    if not required:
        return ""
    return (
        "as required" if required == skill.cell.attained else f"{level_word(skill.levels, required)} required"
    )


def _steps(attained: int, required: int, length: int) -> tuple[StepState, ...]:
    """Return one state for each step of the scale, from the lowest."""
    return tuple(
        "held" if step <= attained else "missing" if step <= required else "above"
        for step in range(1, max(length, attained, required) + 1)
    )
