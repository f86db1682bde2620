"""How a source sends: its latest statements, its rate, and how its scores are written.

What was handed in from files is not sent by its source, nor are voidings, of which undoing an import makes many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, select, union_all
from sqlalchemy.orm import Session

from lms_bridge.store.models.statements import ImportedStatement, Iri, Statement
from lms_bridge.xapi.walk import VOIDED_VERB

SAMPLE = 200
# Behind so many statements from files nobody looks for one that was sent: then the source's last request tells.
_LOOKED_AT = 1_000
# Two hundred documents of the largest request would not fit into a web process.
LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class Latest:
    """One of a source's latest statements; `document` is empty where it is large."""

    statement_id: str
    stored: datetime
    timestamp: datetime
    verb_iri: str
    document: bytes


def _is_sent() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a statement that its source has sent itself."""
    imported = select(ImportedStatement.import_id).where(
        ImportedStatement.statement_id == Statement.statement_id
    )
    voided = select(Iri.iri_id).where(Iri.value == VOIDED_VERB)
    return ~imported.exists(), Statement.verb_id.not_in(voided)


def _sent_lately(source_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the same for one source, of a bounded number of its latest statements."""
    latest = (
        select(Statement.seq)
        .where(Statement.source_id == source_id)
        .order_by(Statement.stored.desc(), Statement.seq.desc())
        .limit(_LOOKED_AT)
    )
    return Statement.seq.in_(latest), *_is_sent()


def _latest(source_id: int) -> Select[tuple[int, datetime, datetime]]:
    return (
        select(Statement.source_id, Statement.stored, Statement.timestamp)
        .where(*_sent_lately(source_id))
        .order_by(Statement.stored.desc(), Statement.seq.desc())
        .limit(SAMPLE)
    )


def last_sent(session: Session, source_ids: Iterable[int]) -> dict[int, datetime]:
    """Return when the latest statement of each source came, in one query; without one among its latest it is absent."""
    parts = [_latest(source_id).limit(1).subquery() for source_id in sorted(source_ids)]
    if not parts:
        return {}
    rows = session.execute(union_all(*(select(part.c.source_id, part.c.stored) for part in parts)))
    return dict(rows.tuples().all())


def have_statements(session: Session, source_ids: Iterable[int]) -> frozenset[int]:
    """Return those of some sources that have any statement, from files too, in one query."""
    parts = [
        select(Statement.source_id).where(Statement.source_id == source_id).limit(1).subquery()
        for source_id in sorted(source_ids)
    ]
    if not parts:
        return frozenset()
    return frozenset(session.execute(union_all(*(select(part.c.source_id) for part in parts))).scalars())


def latest_of(session: Session, source_id: int, limit: int = SAMPLE) -> tuple[Latest, ...]:
    """Return the latest statements of a source, newest first; of large ones without the document."""
    document = case((func.length(Statement.document) <= LARGEST, Statement.document), else_=None)
    rows = session.execute(
        select(Statement.statement_id, Statement.stored, Statement.timestamp, Iri.value, document)
        .join(Iri, Iri.iri_id == Statement.verb_id)
        .where(*_sent_lately(source_id))
        .order_by(Statement.stored.desc(), Statement.seq.desc())
        .limit(limit)
    )
    return tuple(Latest(row[0], row[1], row[2], row[3], bytes(row[4] or b"")) for row in rows)


def delays(session: Session, source_ids: Iterable[int]) -> dict[int, list[float]]:
    """Return the seconds from timestamp to arrival of the latest statements of each source, in one query."""
    parts = [_latest(source_id).subquery() for source_id in sorted(source_ids)]
    if not parts:
        return {}
    found: dict[int, list[float]] = {}
    for source_id, stored, timestamp in session.execute(
        union_all(*(select(part.c.source_id, part.c.stored, part.c.timestamp) for part in parts))
    ):
        found.setdefault(source_id, []).append((stored - timestamp).total_seconds())
    return found


def stored_since(session: Session, source_id: int, after: datetime) -> int:
    """Return how many statements a source has sent after an instant."""
    return session.execute(
        select(func.count()).where(Statement.source_id == source_id, Statement.stored > after, *_is_sent())
    ).scalar_one()
