"""What was made of statements that gave no evidence: unmapped learning, what is no proof, doubtful clocks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.company import in_chunks
from lms_bridge.store.models.evidence import ClockDecision, Reading
from lms_bridge.store.models.statements import Agent, Source, Statement, StatementKey


@dataclass(frozen=True, slots=True)
class UnmappedObject:
    """A learning object that no rule counts: whose statements, how many, and the last day of one."""

    object_key: str
    subjects: frozenset[str]
    statements: int
    last_on: date


@dataclass(frozen=True, slots=True)
class NotProof:
    """Statements on mapped learning that prove nothing, by the reason: of how many subjects, and how many."""

    object_key: str
    reason: str
    subjects: int
    statements: int


@dataclass(frozen=True, slots=True)
class DoubtfulClock:
    """A statement whose timestamp cannot be; `kind` is `clock` (waiting) or `clock_rejected`."""

    statement_id: str
    kind: str
    subject: str
    agent_key: str
    source: str
    object_key: str
    timestamp: datetime
    stored: datetime


def reading_counts(session: Session) -> dict[str, int]:
    """Return how many readings there are of each kind."""
    rows = session.execute(select(Reading.kind, func.count()).group_by(Reading.kind))
    return dict(rows.tuples().all())


def unmapped_extent(session: Session) -> tuple[int, int]:
    """Return how many learning objects are unmapped, and for how many subjects."""
    row = session.execute(
        select(
            func.count(func.distinct(Reading.object_key)), func.count(func.distinct(Reading.subject))
        ).where(Reading.kind == "unmapped")
    ).one()
    return row[0], row[1]


def unmapped_learning(
    session: Session, subjects: Collection[str] | None = None
) -> tuple[UnmappedObject, ...]:
    """Return the learning objects that no rule counts, of some subjects or of all, by key."""
    query = (
        select(Reading.object_key, Reading.subject, func.count(), func.max(Reading.occurred_on))
        .where(Reading.kind == "unmapped")
        .group_by(Reading.object_key, Reading.subject)
    )
    parts = [query] if subjects is None else in_chunks(query, Reading.subject, subjects)
    found: dict[str, tuple[set[str], int, date]] = {}
    for part in parts:
        for key, subject, count, last in session.execute(part):
            seen, total, latest = found.get(key, (set(), 0, last))
            seen.add(subject)
            found[key] = (seen, total + count, max(latest, last))
    return tuple(
        UnmappedObject(key, frozenset(seen), total, last)
        for key, (seen, total, last) in sorted(found.items())
    )


def learning_without_proof(session: Session) -> tuple[NotProof, ...]:
    """Return mapped learning with statements that prove nothing, by key and reason."""
    rows = session.execute(
        select(Reading.object_key, Reading.reason, func.count(func.distinct(Reading.subject)), func.count())
        .where(Reading.kind == "not_proof")
        .group_by(Reading.object_key, Reading.reason)
        .order_by(Reading.object_key, Reading.reason)
    )
    return tuple(NotProof(key, reason, subjects, count) for key, reason, subjects, count in rows)


def doubtful_clocks(session: Session) -> tuple[DoubtfulClock, ...]:
    """Return the statements whose timestamp cannot be: first those that wait, each group newest first."""
    rows = session.execute(
        select(Reading, Statement.timestamp, Statement.stored, Source.name, Agent.agent_key)
        .join(StatementKey, StatementKey.statement_id == Reading.statement_id)
        .join(Statement, Statement.seq == StatementKey.seq)
        .join(Source, Source.source_id == Statement.source_id)
        .join(Agent, Agent.agent_id == Statement.agent_id)
        .where(Reading.kind.in_(("clock", "clock_rejected")))
        .order_by(Reading.kind, Statement.stored.desc(), Reading.statement_id, Reading.subject)
    )
    return tuple(
        DoubtfulClock(
            statement_id=reading.statement_id,
            kind=reading.kind,
            subject=reading.subject,
            agent_key=agent_key,
            source=source,
            object_key=reading.object_key,
            timestamp=timestamp,
            stored=stored,
        )
        for reading, timestamp, stored, source, agent_key in rows
    )


def write_clock_decision(
    session: Session,
    statement_id: str,
    *,
    decision: str,
    achieved_on: date | None,
    reason: str,
    now: datetime,
) -> None:
    """Let a decision on a doubtful timestamp be known from `now`; the one before ends."""
    session.execute(
        update(ClockDecision)
        .where(ClockDecision.statement_id == statement_id, ClockDecision.known_to.is_(None))
        .values(known_to=now)
    )
    session.execute(
        insert(ClockDecision).values(
            statement_id=statement_id,
            decision=decision,
            achieved_on=achieved_on,
            reason=reason,
            known_from=now,
            known_to=None,
        )
    )


def readings_of(session: Session, statement_id: str) -> tuple[tuple[str, str], ...]:
    """Return kind and reason of what was made of one statement."""
    rows = session.execute(
        select(Reading.kind, Reading.reason)
        .where(Reading.statement_id == statement_id)
        .order_by(Reading.kind, Reading.subject)
    )
    return tuple(rows.tuples().all())
