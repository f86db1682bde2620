"""Reading proof: evidence by its id, by what it cites, for the export, and the statement behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.records import LearningRecord, StoredStatement, read_record
from lms_bridge.store.derivation import evidence_row
from lms_bridge.store.models.evidence import Evidence
from lms_bridge.store.models.statements import Agent, Source, Statement, StatementKey

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class RawStatement:
    """A statement as received, with its sender; `flags` are the violations that a lenient source was allowed."""

    statement_id: str
    agent_key: str
    source: str
    stored: datetime
    voided_by: str | None
    flags: tuple[str, ...]
    document: bytes


def evidence_by_id(session: Session, evidence_id: str) -> EvidenceRow | None:
    """Return an evidence row, known now or once."""
    row = (
        session.execute(
            select(Evidence).where(Evidence.evidence_id == evidence_id).order_by(Evidence.person_id)
        )
        .scalars()
        .first()
    )
    return None if row is None else evidence_row(row)


def evidence_citing(session: Session, cited_id: str) -> tuple[EvidenceRow, ...]:
    """Return the rows that cite a statement or award, in the order of their recording."""
    rows = session.execute(
        select(Evidence)
        .where(Evidence.cited_id == cited_id)
        .order_by(Evidence.recorded_at, Evidence.evidence_id)
    ).scalars()
    return tuple(evidence_row(row) for row in rows)


def evidence_for_export(
    session: Session, as_of: date | None, known_on: datetime | None, *, with_reversed: bool
) -> Iterator[EvidenceRow]:
    """Yield the rows known at `known_on` (None: now) that hold on `as_of` (None: on any day), in no order.

    `with_reversed` adds those that were known before and are not any more. Read part by part: the whole may be large.
    """
    query = select(Evidence)
    if known_on is not None:
        query = query.where(Evidence.recorded_at <= known_on)
    if not with_reversed:
        alive = Evidence.reversed_at.is_(None)
        query = query.where(alive if known_on is None else or_(alive, Evidence.reversed_at > known_on))
    if as_of is not None:
        query = query.where(
            Evidence.achieved_on <= as_of, or_(Evidence.ended_on.is_(None), Evidence.ended_on > as_of)
        )
    for row in session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)).scalars():
        yield evidence_row(row)


def record_of(session: Session, statement_id: str) -> LearningRecord | None:
    """Return what rules may ask of a statement; its voiding is not told."""
    row = session.execute(
        select(Statement, Agent.agent_key, Source.name, Source.kind)
        .join(StatementKey, StatementKey.seq == Statement.seq)
        .join(Agent, Agent.agent_id == Statement.agent_id)
        .join(Source, Source.source_id == Statement.source_id)
        .where(StatementKey.statement_id == statement_id)
    ).first()
    if row is None:
        return None
    statement, agent_key, source, kind = row
    return read_record(
        StoredStatement(
            statement_id=statement.statement_id,
            agent_key=agent_key,
            source=source,
            source_kind=kind,
            stored=statement.stored,
            timestamp=statement.timestamp,
            voided_at=None,
            voiding_id=None,
            document=statement.document,
        )
    )


def raw_statement(session: Session, statement_id: str) -> RawStatement | None:
    """Return a statement by its id in lower case."""
    row = session.execute(
        select(Statement, StatementKey.statement_id, Agent.agent_key, Source.name)
        .join(StatementKey, StatementKey.seq == Statement.seq)
        .join(Agent, Agent.agent_id == StatementKey.agent_id)
        .join(Source, Source.source_id == StatementKey.source_id)
        .where(StatementKey.statement_id == statement_id)
    ).first()
    if row is None:
        return None
    statement, key, agent_key, source = row
    return RawStatement(
        statement_id=key,
        agent_key=agent_key,
        source=source,
        stored=statement.stored,
        voided_by=statement.voided_by,
        flags=tuple((statement.flags or "").splitlines()),
        document=statement.document,
    )


def agent_of_statement(session: Session, statement_id: str) -> int | None:
    """Return the dictionary key of a statement's actor."""
    return session.execute(
        select(StatementKey.agent_id).where(StatementKey.statement_id == statement_id)
    ).scalar_one_or_none()
