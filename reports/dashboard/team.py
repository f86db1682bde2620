"""A manager's page: the to-do list by urgency, gaps by reason, and depth with the next best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from reports.content.model import Report, SkillContent, ToDo
from reports.content.words import REASON_WORDS, level_word
from reports.dashboard.charts import Bar, share_bar
from reports.dashboard.heatmap import ratio_shade

SHOWN_TODOS = 15
URGENCY_WORDS = {
    0: "overdue, mandatory",
    1: "mandatory",
    2: "required",
    3: "not yet due",
    4: "ends soon",
}
REASONS = ("expired", "reversed", "not_recognised", "too_low", "never")


@dataclass(frozen=True, slots=True)
class ToDoLine:
    """A to-do with the word and the weight (poor, fair, plain) of its urgency."""

    item: ToDo
    word: str
    weight: Literal["poor", "fair", "plain"]


@dataclass(frozen=True, slots=True)
class ToDoList:
    """The lines that a page shows, how many there are, and how many of each urgency (urgency, word, count)."""

    lines: tuple[ToDoLine, ...]
    total: int
    hidden: int
    counts: tuple[tuple[int, str, int], ...]
    chosen: int | None


@dataclass(frozen=True, slots=True)
class GapLine:
    """A skill with its unmet pairs by reason; `counts` in the order of REASONS, `closes` what would close it."""

    short_id: str
    label: str
    unmet: int
    bar: Bar
    counts: tuple[int, ...]
    closes: str
    is_closable: bool


@dataclass(frozen=True, slots=True)
class DepthLine:
    """A skill with those who hold it; `state` is uncovered, single or deep, `holders` are (id, name)."""

    short_id: str
    label: str
    asked: str
    state: Literal["uncovered", "single", "deep"]
    word: str
    depth: int
    holders: tuple[tuple[str, str], ...]
    more_holders: int
    next_id: str
    next_name: str
    next_level: str
    next_since: date | None


@dataclass(frozen=True, slots=True)
class HeadcountLine:
    """A head-count as a bar with its holders by name."""

    team_id: str
    team_name: str
    short_id: str
    label: str
    level: str
    strength: str
    importance: str
    asked: str
    holders: int
    needed: int
    shade: str
    word: str
    names: str


def todo_list(todo: Sequence[ToDo], chosen: int | None, show_all: bool) -> ToDoList:
    """Return the to-dos of urgency `chosen` (all where None), the first 15 unless `show_all`."""
    counted = Counter(line.urgency for line in todo)
    wanted = [line for line in todo if chosen is None or line.urgency == chosen]
    shown = wanted if show_all else wanted[:SHOWN_TODOS]
    return ToDoList(
        lines=tuple(_todo_line(line) for line in shown),
        total=len(wanted),
        hidden=len(wanted) - len(shown),
        counts=tuple((urgency, URGENCY_WORDS[urgency], counted[urgency]) for urgency in URGENCY_WORDS),
        chosen=chosen,
    )


def gap_lines(report: Report) -> tuple[GapLine, ...]:
    """Return the skills of `report` with unmet pairs, the most missing first."""
    lines = []
    for place, skill in enumerate(report.skills):
        reasons = Counter(
            person.cells[place].reason or "never"
            for person in report.people
            if person.cells[place].status == "unmet"
        )
        if reasons:
            lines.append(_gap_line(skill, reasons))
    return tuple(sorted(lines, key=lambda line: (-line.unmet, line.label)))


def reason_heads() -> tuple[str, ...]:
    """Return the words of the columns of `GapLine.counts`."""
    return tuple(REASON_WORDS[reason] for reason in REASONS)


def depth_lines(report: Report) -> tuple[DepthLine, ...]:
    """Return the skills whose depth is known, the thinnest first."""
    known = [skill for skill in report.skills if skill.depth is not None]
    return tuple(_depth_line(skill) for skill in sorted(known, key=_depth_order))


def headcount_lines(report: Report) -> tuple[HeadcountLine, ...]:
    """Return the head-counts of `report`, those that are short first."""
    short_ids = {skill.skill_iri: skill.short_id for skill in report.skills}
    lines = [
        HeadcountLine(
            team_id=line.team_id,
            team_name=line.team_name,
            short_id=short_ids.get(line.skill_iri, ""),
            label=line.skill_label,
            level=line.level_name,
            strength=line.min_strength,
            importance=line.importance,
            asked=line.asked,
            holders=line.holders,
            needed=line.needed,
            shade=ratio_shade(line.holders, line.needed),
            word="enough" if line.holders >= line.needed else f"{line.needed - line.holders} missing",
            names=", ".join(line.holder_names),
        )
        for line in report.headcounts
    ]
    return tuple(sorted(lines, key=lambda line: (line.holders >= line.needed, line.label, line.team_id)))


def _todo_line(item: ToDo) -> ToDoLine:
    if item.urgency == 3:
        return ToDoLine(item, "○ by", "plain")
    if item.urgency == 4:
        return ToDoLine(item, "renew by" if item.due_on else "renew", "plain")
    mark = "×" if item.urgency == 2 else "!"
    word = f"{mark} overdue since" if item.due_on else f"{mark} now"
    return ToDoLine(item, word, "fair" if item.urgency == 2 else "poor")


def _gap_line(skill: SkillContent, reasons: Counter[str]) -> GapLine:
    return GapLine(
        short_id=skill.short_id,
        label=skill.label,
        unmet=reasons.total(),
        bar=share_bar(skill.label, skill.coverage_share),
        counts=tuple(reasons[reason] for reason in REASONS),
        closes=", ".join(skill.closing_titles) or "nothing of the catalogue closes this",
        is_closable=bool(skill.closing_titles),
    )


def _depth_order(skill: SkillContent) -> tuple[int, int, str]:
    return (0 if skill.depth == 0 else 1 if skill.is_single_point else 2, skill.depth or 0, skill.label)


def _depth_line(skill: SkillContent) -> DepthLine:
    depth = skill.depth or 0
    state: Literal["uncovered", "single", "deep"] = "deep"
    word = f"{depth} people"
    if depth == 0:
        state, word = "uncovered", "nobody"
    elif skill.is_single_point:
        state, word = "single", "one person"
    elif depth == 1:
        word = "1 person"
    holders = tuple(zip(skill.holder_ids, skill.holder_names, strict=True))
    level = skill.required_level or max((line.level for line in skill.headcounts), default=0)
    return DepthLine(
        short_id=skill.short_id,
        label=skill.label,
        asked=level_word(skill.levels, level) if level else "",
        state=state,
        word=word,
        depth=depth,
        holders=holders[:4],
        more_holders=max(0, len(holders) - 4),
        next_id=skill.next_best_id or "",
        next_name=skill.next_best_name or "",
        next_level=level_word(skill.levels, skill.next_best_level or 0) if skill.next_best_name else "",
        next_since=skill.next_best_since,
    )
