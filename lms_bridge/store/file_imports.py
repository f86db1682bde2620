"""The record of imported files and folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.driver import Driver
from lms_bridge.store.models.operations import FileImport
from lms_bridge.store.models.statements import ImportedStatement, Iri, Statement, StatementKey
from lms_bridge.xapi.walk import VOIDED_VERB


@dataclass(frozen=True, slots=True)
class RecordedImport:
    """What was imported, and what came of it."""

    kind: str
    name: str
    outcome: str


def record_import(
    session: Session, *, kind: str, name: str, digest: str, outcome: str, who: str, imported_at: datetime
) -> int:
    """Append one import and return its number."""
    row = FileImport(imported_at=imported_at, who=who, kind=kind, name=name, digest=digest, outcome=outcome)
    session.add(row)
    session.flush()
    return row.import_id


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


@dataclass(frozen=True, slots=True)
class StatementImport:
    """An import of statements: what it said of itself, and how many statements it stored first."""

    import_id: int
    name: str
    digest: str
    outcome: str
    who: str
    imported_at: datetime
    undone_at: datetime | None
    statements: int


def set_import_outcome(session: Session, import_id: int, outcome: str, digest: str) -> None:
    """Say what came of one import."""
    session.execute(
        update(FileImport).where(FileImport.import_id == import_id).values(outcome=outcome, digest=digest)
    )


def mark_undone(session: Session, import_id: int, undone_at: datetime) -> None:
    """Note that what an import stored has been voided."""
    session.execute(update(FileImport).where(FileImport.import_id == import_id).values(undone_at=undone_at))


def statement_imports(session: Session, kind: str) -> tuple[StatementImport, ...]:
    """Return the imports of a kind, newest first."""
    counts = (
        select(ImportedStatement.import_id, func.count().label("statements"))
        .group_by(ImportedStatement.import_id)
        .subquery()
    )
    rows = session.execute(
        select(FileImport, counts.c.statements)
        .outerjoin(counts, counts.c.import_id == FileImport.import_id)
        .where(FileImport.kind == kind)
        .order_by(FileImport.import_id.desc())
    )
    return tuple(
        StatementImport(
            import_id=row.import_id,
            name=row.name,
            digest=row.digest,
            outcome=row.outcome,
            who=row.who,
            imported_at=row.imported_at,
            undone_at=row.undone_at,
            statements=count or 0,
        )
        for row, count in rows
    )


def standing_statements(
    session: Session, import_id: int, after: str, limit: int
) -> tuple[tuple[str, int], ...]:
    """Return ids and sources of what an import stored and nothing has voided, in the order of the ids after `after`.

    Voiding statements are not among them: they cannot be voided (1.0.3 Data 2.3.2).
    """
    voiding = select(Iri.iri_id).where(Iri.value == VOIDED_VERB)
    rows = session.execute(
        select(ImportedStatement.statement_id, Statement.source_id)
        .join(StatementKey, StatementKey.statement_id == ImportedStatement.statement_id)
        .join(Statement, (Statement.seq == StatementKey.seq) & (Statement.agent_id == StatementKey.agent_id))
        .where(
            ImportedStatement.import_id == import_id,
            ImportedStatement.statement_id > after,
            Statement.voided_by.is_(None),
            Statement.verb_id.not_in(voiding),
        )
        .order_by(ImportedStatement.statement_id)
        .limit(limit)
    )
    return tuple((row[0], row[1]) for row in rows)


def voided_among(session: Session, statement_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the statements that are stored and voided."""
    rows = Driver.of(session.connection()).rows_in(
        "SELECT k.statement_id FROM statement_key k JOIN statement s ON s.seq = k.seq AND s.agent_id = k.agent_id"
        " WHERE s.voided_by IS NOT NULL AND k.statement_id IN ({})",
        list(statement_ids),
    )
    return frozenset(row[0] for row in rows)


def foreign_among(session: Session, statement_ids: Sequence[str], source_id: int) -> frozenset[str]:
    """Return those of the statements that another source has sent, voidings apart, which cannot be voided."""
    rows = Driver.of(session.connection()).rows_in(
        "SELECT k.statement_id, k.source_id FROM statement_key k"
        " JOIN statement s ON s.seq = k.seq AND s.agent_id = k.agent_id JOIN iri i ON i.iri_id = s.verb_id"
        f" WHERE i.value <> '{VOIDED_VERB}' AND k.statement_id IN ({{}})",
        list(statement_ids),
    )
    return frozenset(row[0] for row in rows if row[1] != source_id)


def stored_fingerprints(session: Session, statement_ids: Sequence[str]) -> Mapping[str, bytes]:
    """Return the fingerprints of those of the statements that are stored, by id."""
    rows = Driver.of(session.connection()).rows_in(
        "SELECT statement_id, fingerprint FROM statement_key WHERE statement_id IN ({})", list(statement_ids)
    )
    return {row[0]: bytes(row[1]) for row in rows}
