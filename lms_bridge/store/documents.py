"""Documents of the State, Agent Profile and Activity Profile resources.

A source sees its own documents; a reader who reaches all sees everybody's, its own first where an id is there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, text, update
from sqlalchemy.orm import Session

from lms_bridge.store.ingest import dictionary_entry
from lms_bridge.store.models.statements import Document, Source


@dataclass(frozen=True, slots=True)
class Place:
    """Whose documents of what: 0 and "" stand for none. `registration` None means any, `reaches_all` any source."""

    resource: str
    source_id: int
    activity_id: int
    agent_id: int
    registration: str | None
    reaches_all: bool


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it is kept."""

    key: int
    content_type: str
    content: bytes
    etag: str
    updated_at: datetime


def dictionary_ids(session: Session, agent_key: str | None, activity_iri: str | None) -> tuple[int, int]:
    """Return the ids of an agent and an activity, 0 for None, entering them where they are new."""
    return (
        0 if agent_key is None else _entered(session, "agent", "agent_key", "agent_id", agent_key),
        0 if activity_iri is None else _entered(session, "iri", "value", "iri_id", activity_iri),
    )


def _entered(session: Session, table: str, column: str, key: str, value: str) -> int:
    value = dictionary_entry(value)
    found = session.execute(text(f"SELECT {key} FROM {table} WHERE {column} = :v"), {"v": value}).scalar()
    if found is None:
        more, values = (", is_group", ", FALSE") if table == "agent" else ("", "")
        session.execute(
            text(
                f"INSERT INTO {table} ({column}{more}) VALUES (:v{values}) ON CONFLICT ({column}) DO NOTHING"
            ),
            {"v": value},
        )
        found = session.execute(
            text(f"SELECT {key} FROM {table} WHERE {column} = :v"), {"v": value}
        ).scalar_one()
    return int(found)


def find(session: Session, place: Place, document_id: str, *, locked: bool = False) -> StoredDocument | None:
    """Return one document; `locked` keeps other writers from it up to the end of the transaction."""
    query = (
        select(Document)
        .where(*_is_at(place), Document.document_id == document_id)
        .order_by(
            (Document.source_id == place.source_id).desc(), Document.updated_at.desc(), Document.key.desc()
        )
        .limit(1)
    )
    if locked:
        query = query.with_for_update()
    row = session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None:
        return None
    return StoredDocument(row.key, row.content_type, bytes(row.content), row.etag, row.updated_at)


def documents_listed(
    session: Session, place: Place, since: datetime | None, *, locked: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return ids and entity tags of the documents changed after `since`, in order; `locked` as for `find`."""
    query = (
        select(Document.document_id, Document.etag)
        .where(*_is_at(place))
        .order_by(Document.document_id, Document.key)
    )
    if since is not None:
        query = query.where(Document.updated_at > since)
    if locked:
        query = query.with_for_update()
    return tuple((document_id, etag) for document_id, etag in session.execute(query))


def latest_change(session: Session, place: Place) -> datetime | None:
    """Return when a document there last changed."""
    return session.execute(
        select(Document.updated_at).where(*_is_at(place)).order_by(Document.updated_at.desc()).limit(1)
    ).scalar_one_or_none()


def insert_document(
    session: Session,
    place: Place,
    document_id: str,
    content_type: str,
    content: bytes,
    etag: str,
    now: datetime,
) -> None:
    """Insert a document of the place's own source.

    Raises:
        sqlalchemy.exc.IntegrityError: another writer was first.
    """
    session.execute(
        insert(Document).values(
            resource=place.resource,
            source_id=place.source_id,
            activity_id=place.activity_id,
            agent_id=place.agent_id,
            registration=place.registration or "",
            document_id=document_id,
            content_type=content_type,
            content=content,
            etag=etag,
            updated_at=now,
        )
    )


def replace_document(
    session: Session, key: int, content_type: str, content: bytes, etag: str, now: datetime
) -> None:
    """Replace the content of a document."""
    session.execute(
        update(Document)
        .where(Document.key == key)
        .values(content_type=content_type, content=content, etag=etag, updated_at=now)
    )


def delete_documents(session: Session, place: Place, document_id: str | None) -> None:
    """Delete the documents of that id, or every document there."""
    query = select(Document.key).where(*_is_at(place))
    if document_id is not None:
        query = query.where(Document.document_id == document_id)
    keys: Sequence[int] = session.execute(query).scalars().all()
    for start in range(0, len(keys), 400):
        session.execute(delete(Document).where(Document.key.in_(keys[start : start + 400])))


def _is_at(place: Place) -> list[ColumnElement[bool]]:
    # The list of sources keeps the unique index usable where every source is reached.
    sources = select(Source.source_id)
    conditions = [
        Document.resource == place.resource,
        Document.source_id.in_(sources) if place.reaches_all else Document.source_id == place.source_id,
        Document.activity_id == place.activity_id,
        Document.agent_id == place.agent_id,
    ]
    if place.registration is not None:
        conditions.append(Document.registration == place.registration)
    return conditions
