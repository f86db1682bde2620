"""The record of imported files and folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.models.operations import FileImport


@dataclass(frozen=True, slots=True)
class RecordedImport:
    """What was imported, and what came of it."""

    kind: str
    name: str
    outcome: str


def record_import(
    session: Session, *, kind: str, name: str, digest: str, outcome: str, who: str, imported_at: datetime
) -> None:
    """Append one import."""
    session.execute(
        insert(FileImport).values(
            imported_at=imported_at, who=who, kind=kind, name=name, digest=digest, outcome=outcome
        )
    )


def last_import(session: Session, kind: str | None = None) -> RecordedImport | None:
    """Return the latest import, of one kind or of any."""
    query = select(FileImport).order_by(FileImport.import_id.desc()).limit(1)
    if kind is not None:
        query = query.where(FileImport.kind == kind)
    row = session.execute(query).scalar_one_or_none()
    return None if row is None else RecordedImport(row.kind, row.name, row.outcome)


def finish_import(session: Session, kind: str, outcome: str) -> None:
    """Say what came of the imports of a kind that were recorded when they began."""
    session.execute(update(FileImport).where(FileImport.kind == kind).values(outcome=outcome))
