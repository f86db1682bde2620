"""Awards: one person's instance of a credential, a certificate on paper or a confirmation on the job.

An award's id is the UUIDv5 of its content, so importing the same twice is the same award.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from lms_bridge.csv_tables import read_table
from lms_bridge.errors import FileRefusedError
from lms_bridge.skills.strengths import Strength, strength_from

AWARD_NAMESPACE = UUID("0d1b6c2e-7f43-5a0e-8a55-6b2c1c9e4f10")
CERTIFICATE_COLUMNS = (
    "person_id",
    "skill_iri",
    "level",
    "strength",
    "achieved_on",
    "last_valid_day",
    "issuer",
    "reference",
)


@dataclass(frozen=True, slots=True)
class Award:
    """The content of an award. `object_key` is the catalogue's key of what was achieved, where it has one."""

    kind: str
    person_id: str
    object_key: str | None
    skill_iri: str
    level: int
    strength: Strength
    achieved_on: date
    last_valid_day: date | None
    issuer: str
    reference: str
    authenticity: str

    @property
    def award_id(self) -> str:
        """The UUIDv5 of the content."""
        parts = (
            self.kind,
            self.person_id,
            self.object_key or "",
            self.skill_iri,
            str(self.level),
            self.strength.label,
            self.achieved_on.isoformat(),
            self.last_valid_day.isoformat() if self.last_valid_day else "",
            self.issuer,
            self.reference,
        )
        return str(uuid5(AWARD_NAMESPACE, "\x1f".join(parts)))


def read_certificates(
    content: bytes,
    person_ids: frozenset[str],
    given_by: Callable[[str], tuple[tuple[str, int], ...]],
    check_steps: Callable[[str], int | None],
    today: date,
) -> tuple[Award, ...]:
    """Read certificates.csv. A row names a skill, or a `key` whose rules say what it gives (`given_by`).

    Strength `verified` is a confirmation: a named person (the issuer) observed it.

    Raises:
        FileRefusedError: with every fault found.
    """
    table = read_table("certificates.csv", content, CERTIFICATE_COLUMNS, ("key",))
    found: dict[str, Award] = {}
    for line in table.lines:
        person_id = table.need(line, "person_id")
        if person_id and person_id not in person_ids:
            table.complain(line, "person_id", "no such person; import people.csv first or correct the id")
        strength = table.read(line, "strength", strength_from, Strength.CERTIFIED)
        achieved_on = table.day(line, "achieved_on")
        last = table.day(line, "last_valid_day")
        if achieved_on is None:
            if not line["achieved_on"]:
                table.complain(line, "achieved_on", "must not be empty; give the day of the certificate")
            continue
        if achieved_on > today:
            table.complain(line, "achieved_on", "lies in the future; give the day on which it was achieved")
        if last is not None and last < achieved_on:
            table.complain(line, "last_valid_day", "lies before achieved_on")
        level = table.read(line, "level", int, 0) if line["level"] else None
        if level is not None and level < 1:
            table.complain(line, "level", "is no step of a scale; write 1, 2, 3 …")
        given = ((line["skill_iri"], level),) if line["skill_iri"] else given_by(line["key"])
        if not given:
            table.complain(
                line, "key", "no rule says which skill it gives; add skill_iri and level, or a rule"
            )
        for skill_iri, rule_level in given:
            step = level or rule_level
            steps = check_steps(skill_iri)
            if steps is None:
                table.complain(
                    line, "skill_iri", "is in no loaded framework; import the framework or correct the IRI"
                )
            elif step is None:
                table.complain(line, "level", "must not be empty where skill_iri is given")
            elif step > steps:
                table.complain(line, "level", f"the skill's scale has {steps} steps; use 1 to {steps}")
            else:
                award = Award(
                    kind="confirmation" if strength == Strength.VERIFIED else "certificate",
                    person_id=person_id,
                    object_key=line["key"] or None,
                    skill_iri=skill_iri,
                    level=step,
                    strength=strength,
                    achieved_on=achieved_on,
                    last_valid_day=last,
                    issuer=line["issuer"],
                    reference=line["reference"],
                    authenticity="recorded",
                )
                found[award.award_id] = award
    if table.problems:
        raise FileRefusedError(table.problems)
    return tuple(found.values())


def by_id(awards: tuple[Award, ...]) -> Mapping[str, Award]:
    """Return awards by id."""
    return {award.award_id: award for award in awards}
