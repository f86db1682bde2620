"""The audit trail: who did what when, written in the transaction of the deed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lms_bridge.store.models.operations import AuditRow

LONGEST_THING = 2000


def audit(
    session: Session, at: datetime, who: str, action: str, thing: str, reason: str | None = None
) -> None:
    """Append one row."""
    session.execute(
        insert(AuditRow).values(at=at, who=who, action=action, thing=thing[:LONGEST_THING], reason=reason)
    )


def times_done(session: Session, who: str, action: str, after: datetime) -> int:
    """Return how often `who` did `action` after an instant."""
    return session.execute(
        select(func.count()).where(AuditRow.action == action, AuditRow.who == who, AuditRow.at > after)
    ).scalar_one()
