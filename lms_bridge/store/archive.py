"""Issued reports, archived as their content with its digest."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lms_bridge.store.models.operations import IssuedReport


def archive_report(
    session: Session,
    content: bytes,
    *,
    kind: str,
    team_id: str | None,
    as_of: date,
    known_on: datetime,
    issued_to: str,
    issued_at: datetime,
) -> None:
    """Keep the content of an issued report, with its SHA-256."""
    session.execute(
        insert(IssuedReport).values(
            issued_at=issued_at,
            issued_to=issued_to,
            kind=kind,
            team_id=team_id,
            as_of=as_of,
            known_on=known_on,
            content=content,
            content_sha256=hashlib.sha256(content).hexdigest(),
        )
    )
