"""Causes in few words: records, rules, identities and awards of one person, Ada, for the tests of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lms_bridge.evidence.causes import (
    AwardCause,
    ClockCause,
    IdentityCause,
    KnownPattern,
    KnownPolicy,
    KnownRule,
    PersonCauses,
    RuleBook,
)
from lms_bridge.evidence.facts import EvidenceRow, Fact
from lms_bridge.evidence.history import derive
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.records import LearningRecord, Score
from lms_bridge.skills.rules import digest, pattern_from, rule_from
from lms_bridge.skills.strengths import Strength

SKILL = "urn:skill:first-aid"
OTHER_SKILL = "urn:skill:fire"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
FAILED = "http://adlnet.gov/expapi/verbs/failed"
QUIZ = "https://lms.example/quiz/1"
ADA = "mbox:mailto:ada@example.com"
ACCOUNT = "account:https://lms.example|ada"
START = datetime(2025, 1, 1, 8, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def at(day: int, hour: int = 12) -> datetime:
    """Return an hour of the n-th day after the start of 2025 (day 0 is 1 January)."""
    return datetime(2025, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)


def on(day: int) -> date:
    return at(day).date()


def record(
    statement_id: str = "s1",
    day: int = 1,
    *,
    hour: int = 12,
    verb: str = PASSED,
    activity: str = QUIZ,
    stored: datetime | None = None,
    timestamp: datetime | None = None,
    voided_at: datetime | None = None,
    agent: str = ADA,
    score: str | None = None,
    **fields: Any,
) -> LearningRecord:
    """Return a record of `day`, stored a minute after it happened unless `stored` is given."""
    happened = timestamp or at(day, hour)
    values: dict[str, Any] = {
        "source": "lms",
        "source_kind": "moodle",
        "activity_type": None,
        "parents": (),
        "groupings": (),
        "categories": (),
        "registration": None,
        "platform": None,
        "language": None,
        "success": None,
        "completion": None,
        "duration_seconds": None,
        "launch_mode": None,
        "extensions": {},
    }
    return LearningRecord(
        statement_id=statement_id,
        agent_key=agent,
        stored=stored or happened + timedelta(minutes=1),
        timestamp=happened,
        voided_at=voided_at,
        voiding_id=f"void-{statement_id}" if voided_at else None,
        verb=verb,
        activity=activity,
        score=Score(scaled=Decimal(score)) if score is not None else Score(),
        **(values | fields),
    )


def gives(level: int | None = 2, skill: str = SKILL, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"skill": skill, "strength": "completed", **fields}
    return given if level is None else given | {"level": level}


def document(rule_id: str = "r1", given: Sequence[Mapping[str, Any]] = (), **fields: Any) -> dict[str, Any]:
    """Return the document of a rule on passing the quiz."""
    rule: dict[str, Any] = {"id": rule_id, "when": {"verb": [PASSED], "activity": QUIZ}, **fields}
    if fields.get("counts", True):
        rule["gives"] = list(given) or [gives()]
    return {"rule": rule}


def known_rule(
    written: Mapping[str, Any] | None = None,
    *,
    known: datetime = START,
    until: datetime | None = None,
    applies_from: date | None = None,
    applies_to: date | None = None,
) -> KnownRule:
    written = written or document()
    return KnownRule(rule_from(written), digest(written), applies_from, applies_to, known, until)


def known_pattern(written: Mapping[str, Any], *, known: datetime = START) -> KnownPattern:
    return KnownPattern(pattern_from(written), known, None)


def book(
    *rules: KnownRule,
    aliases: Sequence[Alias] = (),
    policies: Sequence[KnownPolicy] = (),
    patterns: Sequence[KnownPattern] = (),
) -> RuleBook:
    return RuleBook(rules or (known_rule(),), tuple(patterns), tuple(aliases), tuple(policies))


def policy(name: str, value: str, *, known: datetime = START, until: datetime | None = None) -> KnownPolicy:
    return KnownPolicy(name, value, known, until)


def identity(
    agent: str = ADA,
    *,
    since: date | None = None,
    until: date | None = None,
    known: datetime = START,
    known_to: datetime | None = None,
) -> IdentityCause:
    return IdentityCause(agent, since, until, known, known_to)


def award(award_id: str = "a1", *, last: date | None = None, **fields: Any) -> AwardCause:
    values: dict[str, Any] = {
        "kind": "certificate",
        "object_key": "first-aid-course",
        "skill_iri": SKILL,
        "level": 2,
        "strength": Strength.CERTIFIED,
        "achieved_on": on(1),
        "authenticity": "recorded",
        "known_from": at(2),
        "known_to": None,
    }
    return AwardCause(award_id=award_id, last_valid_day=last, **(values | fields))


def life(
    *records: LearningRecord,
    identities: Sequence[IdentityCause] | None = None,
    awards: Sequence[AwardCause] = (),
    decisions: Sequence[ClockCause] = (),
) -> PersonCauses:
    held = (identity(),) if identities is None else tuple(identities)
    return PersonCauses("ada", records, held, tuple(awards), tuple(decisions))


def rows(causes: PersonCauses, rules: RuleBook | None = None) -> tuple[EvidenceRow, ...]:
    return derive(causes, rules or book()).rows


def known(found: Sequence[EvidenceRow], instant: datetime = LATER) -> tuple[Fact, ...]:
    """Return the facts known at an instant, by day."""
    facts = [row.fact for row in found if row.known_at(instant)]
    return tuple(sorted(facts, key=lambda fact: (fact.achieved_on, fact.level, fact.cited_id)))


def spans(found: Sequence[EvidenceRow]) -> list[tuple[str, datetime, datetime | None]]:
    """Return (cited id, recorded, reversed) of every row."""
    return [(row.fact.cited_id, row.recorded_at, row.reversed_at) for row in found]
