"""What a change that is not made yet would do to today's levels: people are derived without it and with it, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from lms_bridge.evidence.attainment import attained
from lms_bridge.evidence.causes import PersonCauses, RuleBook
from lms_bridge.evidence.facts import Fact
from lms_bridge.evidence.history import derive
from lms_bridge.settings import Settings
from lms_bridge.skills.strengths import Strength
from lms_bridge.store import frameworks
from lms_bridge.store.company import names_of
from reports.content.rules import Gain

# A foresight looks at so many people at most; it says how many there are.
MOST_PEOPLE: Final = 200
# Of a person in a skill: the level of today without the change, and with it; 0 is none.
Difference = tuple[str, str, int, int]


def levels_today(causes: PersonCauses, book: RuleBook, today: date, least: Strength) -> dict[str, int]:
    """Return what a person attains today in each skill, at strength `least`, by these causes and this rule book."""
    facts: dict[str, list[Fact]] = {}
    for row in derive(causes, book).rows:
        if row.reversed_at is None:
            facts.setdefault(row.fact.skill_iri, []).append(row.fact)
    return {iri: level for iri, some in facts.items() if (level := attained(some, today, least))}


def differences(person_id: str, before: Mapping[str, int], after: Mapping[str, int]) -> list[Difference]:
    """Return the skills in which a person's level would be another one."""
    return [
        (person_id, iri, before.get(iri, 0), after.get(iri, 0))
        for iri in sorted({*before, *after})
        if before.get(iri, 0) != after.get(iri, 0)
    ]


def gains(
    session: Session, settings: Settings, found: Sequence[Difference], now: datetime
) -> tuple[Gain, ...]:
    """Put differences into words, losses first; a constant number of queries."""
    names = names_of(session, sorted({person for person, *_ in found}), now)
    iris = sorted({iri for _, iri, *_ in found})
    labels = frameworks.labels_for(session, iris, settings.language)
    scales = frameworks.levels_for(session, iris)
    company = dict(company_scale(settings))

    def word(iri: str, level: int) -> str:
        own = {one.step: one.name for one in scales.get(iri, ())}
        step = (own or company).get(level, "")
        return "" if not level else f"{level} {step}".strip()

    made = [
        Gain(person, names.get(person, person), labels[iri], word(iri, old), word(iri, new))
        for person, iri, old, new in found
    ]
    return tuple(sorted(made, key=lambda gain: (not gain.is_loss, gain.name, gain.skill)))


def company_scale(settings: Settings) -> tuple[tuple[int, str], ...]:
    """Return the steps of the company's scale with their names, lowest first."""
    return tuple(
        (place, part.partition("=")[2].strip() or part.strip())
        for place, part in enumerate(filter(None, settings.company_scale.split(";")), start=1)
    )
