"""Attainment: the level a person holds in a skill on a day, and the same as steps for one index read.

Learning facts are best-of. A later assessment by a named person supersedes the earlier ones by persons, up or down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from lms_bridge.evidence.facts import Fact
from lms_bridge.skills.strengths import Strength


@dataclass(frozen=True, slots=True)
class Step:
    """`level` is held in `skill_iri`, by facts of strength >= `strength`, from `from_on` up to not including `to_on`."""

    skill_iri: str
    strength: Strength
    from_on: date
    to_on: date | None
    level: int


def standing_on(facts: Iterable[Fact], day: date) -> tuple[Fact, ...]:
    """Return the facts of one skill that count on `day`: they hold, and no later judgement by a person supersedes them."""
    reached = [fact for fact in facts if fact.achieved_on <= day]
    judged = [fact for fact in reached if fact.by_person]
    latest = max((fact.achieved_on for fact in judged), default=None)
    return tuple(
        fact for fact in reached if fact.holds_on(day) and (not fact.by_person or fact.achieved_on == latest)
    )


def attained(facts: Iterable[Fact], day: date, least: Strength) -> int:
    """Return the highest level among facts of one skill that count on `day` with strength >= `least`; 0 is none."""
    return max((fact.level for fact in standing_on(facts, day) if fact.strength >= least), default=0)


def steps(facts: Sequence[Fact]) -> tuple[Step, ...]:
    """Return the steps of all skills in `facts`, ordered by skill, strength and day.

    One series per distinct strength that the facts of a skill have: reading `strength >= least` and taking the highest
    level is exact for every `least`, because a stronger series never exceeds a weaker one.
    """
    by_skill: dict[str, list[Fact]] = {}
    for fact in facts:
        by_skill.setdefault(fact.skill_iri, []).append(fact)
    found: list[Step] = []
    for skill_iri in sorted(by_skill):
        group = by_skill[skill_iri]
        days = sorted(
            {fact.achieved_on for fact in group}
            | {fact.ended_on for fact in group if fact.ended_on is not None}
        )
        for strength in sorted({fact.strength for fact in group}):
            found.extend(_series(skill_iri, strength, group, days))
    return tuple(found)


def _series(skill_iri: str, strength: Strength, facts: Sequence[Fact], days: Sequence[date]) -> list[Step]:
    series: list[Step] = []
    level, since = 0, date.min
    for day in days:
        current = attained(facts, day, strength)
        if current == level:
            continue
        if level:
            series.append(Step(skill_iri, strength, since, day, level))
        level, since = current, day
    if level:
        series.append(Step(skill_iri, strength, since, None, level))
    return series
