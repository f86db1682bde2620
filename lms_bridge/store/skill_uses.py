"""Where skills are used: who holds them, what asks them, and which rules give them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms_bridge.store.models.evidence import Evidence
from lms_bridge.store.models.people import Requirement
from lms_bridge.store.rules import rules_in_force


@dataclass(frozen=True, slots=True)
class SkillUses:
    """People with evidence that was not taken back, requirements known now, and ids of rules in force."""

    holders: int
    requirements: int
    rules: tuple[str, ...]


def uses_of(session: Session, iris: Collection[str]) -> SkillUses:
    """Return where any of some skills is used."""
    if not iris:
        return SkillUses(0, 0, ())
    holders = select(func.count(Evidence.person_id.distinct())).where(
        Evidence.skill_iri.in_(iris), Evidence.reversed_at.is_(None)
    )
    asked = (
        select(func.count())
        .select_from(Requirement)
        .where(Requirement.skill_iri.in_(iris), Requirement.known_to.is_(None))
    )
    rules = {
        row.rule_id
        for row in rules_in_force(session)
        if any(given["skill"] in iris for given in row.document["rule"].get("gives", ()))
    }
    return SkillUses(
        session.execute(holders).scalar_one(), session.execute(asked).scalar_one(), tuple(sorted(rules))
    )
