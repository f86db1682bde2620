"""The audit trail: who did what when, written in the transaction of the deed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lms_bridge.store.models.operations import AuditRow


def audit(
    session: Session, at: datetime, who: str, action: str, thing: str, reason: str | None = None
) -> None:
    """Append one row; the caller commits."""
    session.execute(insert(AuditRow).values(at=at, who=who, action=action, thing=thing[:2000], reason=reason))
