"""How a source sends: its latest statements, its rate, and how its scores are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, union_all
from sqlalchemy.orm import Session

from lms_bridge.store.models.statements import Iri, Statement

SAMPLE = 200
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


def latest_of(session: Session, source_id: int, limit: int = SAMPLE) -> tuple[Latest, ...]:
    """Return the latest statements of a source, newest first; of large ones without the document."""
    document = case((func.length(Statement.document) <= LARGEST, Statement.document), else_=None)
    rows = session.execute(
        select(Statement.statement_id, Statement.stored, Statement.timestamp, Iri.value, document)
        .join(Iri, Iri.iri_id == Statement.verb_id)
        .where(Statement.source_id == source_id)
        .order_by(Statement.stored.desc(), Statement.seq.desc())
        .limit(limit)
    )
    return tuple(Latest(row[0], row[1], row[2], row[3], bytes(row[4] or b"")) for row in rows)


def delays(session: Session, source_ids: Iterable[int]) -> dict[int, list[float]]:
    """Return the seconds from timestamp to arrival of the latest statements of each source, in one query."""
    parts = [
        select(Statement.source_id, Statement.stored, Statement.timestamp)
        .where(Statement.source_id == source_id)
        .order_by(Statement.stored.desc(), Statement.seq.desc())
        .limit(SAMPLE)
        .subquery()
        for source_id in sorted(source_ids)
    ]
    if not parts:
        return {}
    found: dict[int, list[float]] = {}
    for source_id, stored, timestamp in session.execute(
        union_all(*(select(part.c.source_id, part.c.stored, part.c.timestamp) for part in parts))
    ):
        found.setdefault(source_id, []).append((stored - timestamp).total_seconds())
    return found


def stored_since(session: Session, source_id: int, after: datetime) -> int:
    """Return how many statements of a source were stored after an instant."""
    return session.execute(
        select(func.count()).where(Statement.source_id == source_id, Statement.stored > after)
    ).scalar_one()
