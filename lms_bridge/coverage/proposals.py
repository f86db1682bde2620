"""Requirements of a role proposed from an occupation: what its publisher measured, as rows of requirements.csv to edit.

An occupation's values are nobody's level: they say how important a skill is in it and how much of it. Importance 4 or more
(of 5) proposes a required row, 3 or more a desirable one, less none. The level is the same share of the skill's scale as the
value is of its own (0 to 7), rounded up. A publisher that only lists skills proposes each as required at the middle step;
ESCO's essential skills are required there, its optional ones desirable;
technologies that are in demand are desirable at the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lms_bridge.coverage.requirement_files import COLUMNS
from lms_bridge.csv_tables import csv_text
from lms_bridge.skills.frameworks import Occupation, OccupationTechnology, OccupationValue

IMPORTANCE, LEVEL = "IM", "LV"
# Scales of publishers that only say that an occupation needs a skill: the first that a skill has counts.
NEEDS: Final[Mapping[str, Literal["required", "desirable"]]] = {
    "listed": "required",
    "essential": "required",
    "optional": "desirable",
}
REQUIRED_FROM: Final = 4.0
DESIRABLE_FROM: Final = 3.0
_MOST_LEVEL: Final = 7.0


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """One proposed requirement, with what the publisher says of the skill in the occupation."""

    skill_iri: str
    level: int
    importance: Literal["required", "desirable"]
    weight: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed of an occupation: rows by weight, heaviest first; how many skills were left out, and why."""

    rows: tuple[ProposedRow, ...]
    too_light: int
    doubtful: int


def propose(
    values: Iterable[OccupationValue],
    technologies: Iterable[OccupationTechnology],
    steps: Callable[[str], int],
) -> Proposal:
    """Return the requirements that an occupation proposes; `steps` gives the highest step of a skill's scale.

    Values that the publisher suppresses or calls not relevant are left out and counted.
    """
    by_skill: dict[str, dict[str, OccupationValue]] = {}
    doubtful: set[str] = set()
    for value in values:
        if value.suppress or value.not_relevant:
            doubtful.add(value.skill_iri)
        else:
            by_skill.setdefault(value.skill_iri, {})[value.scale_id] = value
    rows: dict[str, ProposedRow] = {}
    light = 0
    for iri, found in by_skill.items():
        row = _row(iri, found, steps(iri))
        if row is None:
            light += 1
        else:
            rows[iri] = row
    for item in technologies:
        if item.hot or item.in_demand:
            rows.setdefault(item.commodity_iri, ProposedRow(item.commodity_iri, 1, "desirable", 0.0))
    ordered = sorted(rows.values(), key=lambda row: (-row.weight, row.skill_iri))
    return Proposal(tuple(ordered), light, len(doubtful - rows.keys()))


def _row(iri: str, found: Mapping[str, OccupationValue], steps: int) -> ProposedRow | None:
    need = next(
        (importance for scale, importance in NEEDS.items() if scale in found and found[scale].value > 0), None
    )
    if need is not None:
        return ProposedRow(iri, max(1, math.ceil(steps / 2)), need, 1.0 if need == "required" else 0.0)
    weight = found[IMPORTANCE].value if IMPORTANCE in found else 0.0
    if weight < DESIRABLE_FROM:
        return None
    share = found[LEVEL].value / _MOST_LEVEL if LEVEL in found else 0.5
    level = min(steps, max(1, math.ceil(share * steps)))
    return ProposedRow(iri, level, "required" if weight >= REQUIRED_FROM else "desirable", weight)


def requirements_csv(
    proposal: Proposal, occupation: Occupation, framework: str, version: str, role_id: str
) -> bytes:
    """Return requirements.csv of a role, to edit and import; the role's name keeps where it came from."""
    name = f"{occupation.title} ({framework} {version} {occupation.code})".replace("  ", " ")
    return csv_text(
        [*COLUMNS, "importance"],
        (
            ["role", role_id, name, row.skill_iri, row.level, "", "", "", row.importance]
            for row in proposal.rows
        ),
    )
