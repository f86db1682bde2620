"""Refused requests, kept so that nothing an LMS sent is lost in silence: within a quota of days and bytes a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.ingest import dictionary_entry
from lms_bridge.store.models.statements import Agent, RefusedRequest, Statement, StatementKey

# Of a write that came to no resource.
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request as it was refused. `violations` is a JSON list; `path` is the path with the query."""

    source_id: int
    refused_at: datetime
    method: str
    path: str
    xapi_version: str
    content_type: str
    status: int
    slug: str
    detail: str
    violations: str
    body: bytes
    body_sha256: str

    @property
    def size(self) -> int:
        """How much of its source's quota it takes: the address too, which a form can make as long as a body."""
        return len(self.body) + len(self.path) + len(self.detail) + len(self.violations)


@dataclass(frozen=True, slots=True)
class StoredRefusal:
    """A refusal with its id and, where it was handed in again, when."""

    refused_id: int
    refusal: Refusal
    replayed_at: datetime | None


def insert_refusal(session: Session, refusal: Refusal) -> int:
    """Keep a refusal and return its id."""
    row = RefusedRequest(
        source_id=refusal.source_id,
        refused_at=refusal.refused_at,
        method=refusal.method,
        path=refusal.path,
        xapi_version=refusal.xapi_version,
        content_type=refusal.content_type,
        status=refusal.status,
        slug=refusal.slug,
        detail=refusal.detail,
        violations=refusal.violations,
        body=refusal.body,
        body_sha256=refusal.body_sha256,
    )
    session.add(row)
    session.flush()
    return row.refused_id


def repeat_refusal(session: Session, refused_id: int, refusal: Refusal) -> bool:
    """Note that a request already kept came again; False where it is gone or was replayed meanwhile."""
    updated = session.execute(
        update(RefusedRequest)
        .where(RefusedRequest.refused_id == refused_id, RefusedRequest.replayed_at.is_(None))
        .values(
            refused_at=refusal.refused_at,
            status=refusal.status,
            slug=refusal.slug,
            detail=refusal.detail,
            violations=refusal.violations,
        )
    )
    return int(getattr(updated, "rowcount", 0)) == 1


def same_refusal(session: Session, refusal: Refusal) -> int | None:
    """Return the id of the same request of the same source that is kept and was not handed in; None where there is none."""
    return (
        session.execute(
            select(RefusedRequest.refused_id)
            .where(
                RefusedRequest.source_id == refusal.source_id,
                RefusedRequest.body_sha256 == refusal.body_sha256,
                RefusedRequest.method == refusal.method,
                RefusedRequest.path == refusal.path,
                RefusedRequest.replayed_at.is_(None),
            )
            .order_by(RefusedRequest.refused_id)
        )
        .scalars()
        .first()
    )


def prune(session: Session, source_id: int, oldest: datetime, most_bytes: int) -> int:
    """Remove what is older than `oldest`, then the oldest until a source's requests fit; return how many went."""
    removed = session.execute(
        delete(RefusedRequest).where(
            RefusedRequest.source_id == source_id, RefusedRequest.refused_at < oldest
        )
    )
    count = int(getattr(removed, "rowcount", 0))
    measured = (RefusedRequest.path, RefusedRequest.detail, RefusedRequest.violations)
    size = sum((func.length(column) for column in measured), func.length(RefusedRequest.body))
    sizes = session.execute(
        select(RefusedRequest.refused_id, size)
        .where(RefusedRequest.source_id == source_id)
        .order_by(RefusedRequest.refused_at.desc(), RefusedRequest.refused_id.desc())
    ).all()
    total = 0
    excess: list[int] = []
    for refused_id, taken in sizes:
        total += taken
        if total > most_bytes:
            excess.append(refused_id)
    for start in range(0, len(excess), 400):
        session.execute(
            delete(RefusedRequest).where(RefusedRequest.refused_id.in_(excess[start : start + 400]))
        )
    return count + len(excess)


def refusal_by_id(session: Session, refused_id: int) -> StoredRefusal | None:
    """Return one refused request."""
    row = session.execute(
        select(RefusedRequest).where(RefusedRequest.refused_id == refused_id)
    ).scalar_one_or_none()
    return None if row is None else _stored(row)


def recent_refusals(session: Session, source_id: int | None, limit: int) -> Sequence[StoredRefusal]:
    """Return refused requests, of one source or of all, newest first."""
    query = select(RefusedRequest).order_by(
        RefusedRequest.refused_at.desc(), RefusedRequest.refused_id.desc()
    )
    if source_id is not None:
        query = query.where(RefusedRequest.source_id == source_id)
    return tuple(_stored(row) for row in session.execute(query.limit(limit)).scalars())


def waiting_refusals(session: Session, source_id: int, limit: int) -> tuple[int, ...]:
    """Return the ids of a source's refused statements that were not handed in, the oldest first; of requests astray too."""
    rows = session.execute(
        select(RefusedRequest.refused_id)
        .where(
            RefusedRequest.source_id == source_id,
            RefusedRequest.replayed_at.is_(None),
            or_(RefusedRequest.path.contains("/xapi/statements"), RefusedRequest.status == NOT_FOUND),
        )
        .order_by(RefusedRequest.refused_at, RefusedRequest.refused_id)
        .limit(limit)
    )
    return tuple(rows.scalars())


def stored_since(
    session: Session, source_id: int, agent_key: str, since: datetime
) -> tuple[tuple[str, bytes], ...]:
    """Return ids and fingerprints of what a source has stored since an instant about one actor, in that order."""
    rows = session.execute(
        select(StatementKey.statement_id, StatementKey.fingerprint)
        .join(Statement, (Statement.seq == StatementKey.seq) & (Statement.agent_id == StatementKey.agent_id))
        .join(Agent, Agent.agent_id == Statement.agent_id)
        .where(
            Agent.agent_key == dictionary_entry(agent_key),
            Statement.source_id == source_id,
            Statement.stored >= since,
        )
        .order_by(Statement.seq)
    )
    return tuple((statement_id, bytes(fingerprint)) for statement_id, fingerprint in rows)


def mark_replayed(session: Session, refused_id: int, now: datetime) -> None:
    """Note that a refused request was handed in again and taken."""
    session.execute(
        update(RefusedRequest).where(RefusedRequest.refused_id == refused_id).values(replayed_at=now)
    )


def _stored(row: RefusedRequest) -> StoredRefusal:
    refusal = Refusal(
        source_id=row.source_id,
        refused_at=row.refused_at,
        method=row.method,
        path=row.path,
        xapi_version=row.xapi_version,
        content_type=row.content_type,
        status=row.status,
        slug=row.slug,
        detail=row.detail,
        violations=row.violations,
        body=bytes(row.body),
        body_sha256=row.body_sha256,
    )
    return StoredRefusal(row.refused_id, refusal, row.replayed_at)
