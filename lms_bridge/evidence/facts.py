"""The facts that proofs are made of: `Fact` as the function derives it, `EvidenceRow` over its interval of knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid5

from lms_bridge.skills.strengths import Strength

EVIDENCE_NAMESPACE = UUID("6f6a2f0e-5a2b-5b39-9a1c-2a6f8d0f7c11")

CitedKind = Literal["statement", "award"]
EndKind = Literal["expiry", "withdrawn", "revoked"]
ReversalKind = Literal[
    "void", "revocation", "withdrawal", "identity", "rule", "catalogue", "policy", "clock", "order"
]

# A fact annulled for one of these leaves a trace in figures ("reversed"); a corrected identity or rule leaves none.
TRACED_REVERSALS: frozenset[str] = frozenset({"void", "revocation", "withdrawal"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One accepted fact that a person showed a skill at a level, at one state of knowledge.

    It holds on day D when `achieved_on` <= D < `ended_on` (None: without end). `object_key` is the learning object;
    `rule_id` and `rule_version` are None for an award that states its skill itself. `by_person` marks the judgement
    of a named person, which supersedes earlier ones.
    """

    skill_iri: str
    level: int
    strength: Strength
    achieved_on: date
    ended_on: date | None
    end_kind: EndKind | None
    end_cause_id: str | None
    cited_kind: CitedKind
    cited_id: str
    object_key: str
    rule_id: str | None
    rule_version: str | None
    by_person: bool
    authenticity: str

    def holds_on(self, day: date) -> bool:
        """Tell whether the fact holds on `day`."""
        return self.achieved_on <= day and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A fact of a person over one maximal interval of knowledge, `recorded_at` up to `reversed_at` (None: now)."""

    evidence_id: str
    person_id: str
    fact: Fact
    recorded_at: datetime
    reversed_at: datetime | None
    reversal_kind: ReversalKind | None
    reversal_id: str | None
    successor_id: str | None

    def known_at(self, instant: datetime) -> bool:
        """Tell whether the row was known at `instant`."""
        return self.recorded_at <= instant and (self.reversed_at is None or instant < self.reversed_at)


def evidence_id(person_id: str, fact: Fact, recorded_at: datetime) -> str:
    """Return the UUIDv5 of what identifies a row, so that links in sent workbooks survive a rebuild."""
    parts = (
        person_id,
        fact.skill_iri,
        str(fact.level),
        fact.strength.label,
        fact.achieved_on.isoformat(),
        fact.cited_id,
        fact.rule_id or "",
        fact.rule_version or "",
        recorded_at.isoformat(),
    )
    return str(uuid5(EVIDENCE_NAMESPACE, "\x1f".join(parts)))
