"""Work of derivation that failed as often as it is tried, until somebody queues it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lms_bridge.store.models.evidence import DeriveFailure


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed, with its last error."""

    failure_id: int
    subject: str
    cause_kind: str
    cause_id: str | None
    failed_at: datetime
    error: str


def failures(session: Session) -> tuple[Failure, ...]:
    """Return what failed, newest first."""
    rows = session.execute(
        select(DeriveFailure).order_by(DeriveFailure.failed_at.desc(), DeriveFailure.failure_id.desc())
    ).scalars()
    return tuple(_failure(row) for row in rows)


def failure_by_id(session: Session, failure_id: int) -> Failure | None:
    """Return one failure."""
    row = session.execute(
        select(DeriveFailure).where(DeriveFailure.failure_id == failure_id)
    ).scalar_one_or_none()
    return None if row is None else _failure(row)


def remove_failure(session: Session, failure_id: int) -> None:
    """Remove a failure that was queued again."""
    session.execute(delete(DeriveFailure).where(DeriveFailure.failure_id == failure_id))


def _failure(row: DeriveFailure) -> Failure:
    return Failure(row.failure_id, row.subject, row.cause_kind, row.cause_id, row.failed_at, row.error)
