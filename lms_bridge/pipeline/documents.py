"""The document resources as use cases: read, list, put, post and delete, each write in one transaction.

The concurrency headers are judged inside the transaction that writes, so of several writers with one ETag exactly one
wins (1.0.3 Communication 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms_bridge.errors import BusyError, ConflictError, ForbiddenError, NotFoundError, PreconditionFailedError
from lms_bridge.pipeline.access import AuthenticatedSource
from lms_bridge.pipeline.receiving import RequestRefusedError, refuse
from lms_bridge.store import documents as store
from lms_bridge.store import queries
from lms_bridge.store.database import writing
from lms_bridge.store.documents import Place, StoredDocument
from lms_bridge.store.driver import Driver
from lms_bridge.xapi.documents import (
    Document,
    DocumentQuery,
    Permitted,
    Refused,
    Resource,
    decide_write,
    etag_of,
    merge_documents,
)
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation

_ATTEMPTS = 3
# An index of PostgreSQL takes at most 2,704 bytes, and a character up to four.
_LONGEST_ID = 600


@dataclass(frozen=True, slots=True)
class Conditions:
    """The concurrency headers of a request, as sent."""

    if_match: str | None
    if_none_match: str | None


@dataclass(frozen=True, slots=True)
class DocumentIds:
    """The ids of the documents there, and when one of them last changed; `etag` is None where there is none."""

    ids: tuple[str, ...]
    last_change: datetime | None
    etag: str | None = None


def read_document(session: Session, source: AuthenticatedSource, query: DocumentQuery) -> StoredDocument:
    """Return one document.

    Raises:
        ForbiddenError: the scopes do not allow it.
        NotFoundError: there is none.
    """
    _check_reading(source, query.resource)
    place = _known_place(session, source, query, exact=True, writes=False)
    # XAPI-00192, XAPI-00217, XAPI-00259, XAPI-00269, XAPI-00288: an id names one document.
    found = None if place is None else store.find(session, place, query.document_id or "")
    if found is None:
        raise NotFoundError(f"{query.resource.id_parameter} {query.document_id!r} is not there")
    return found


def list_documents(session: Session, source: AuthenticatedSource, query: DocumentQuery) -> DocumentIds:
    """Return the ids of the documents there, changed after `since` where the query has it.

    Raises:
        ForbiddenError: the scopes do not allow it.
    """
    _check_reading(source, query.resource)
    place = _known_place(session, source, query, exact=False, writes=False)
    if place is None:
        return DocumentIds((), None)
    # XAPI-00193, XAPI-00195, XAPI-00270, XAPI-00275, XAPI-00289, XAPI-00294: the ids there, changed after since.
    listed = store.documents_listed(session, place, query.since)
    ids = tuple(dict.fromkeys(document_id for document_id, _ in listed))
    return DocumentIds(ids, store.latest_change(session, place), _list_etag(listed))


def write_document(
    session: Session,
    source: AuthenticatedSource,
    query: DocumentQuery,
    method: Literal["PUT", "POST"],
    version: Version,
    sent: Document,
    conditions: Conditions,
    now: datetime,
) -> str:
    """Store a document and return its ETag: PUT replaces, POST merges JSON at the top level.

    Raises:
        ForbiddenError: the scopes do not allow it.
        RequestRefusedError: it cannot be merged, or the version asks for a condition.
        ConflictError: it exists and the request has no condition.
        PreconditionFailedError: a condition does not hold.
        BusyError: other writers were faster each time.
    """
    _check_writing(source, query.resource)
    if len(query.document_id or "") > _LONGEST_ID:
        name = query.resource.id_parameter
        raise refuse(f"{name} has more than {_LONGEST_ID} characters; choose a shorter one", "", name)
    for _ in range(_ATTEMPTS):
        try:
            # XAPI-00182: whatever is refused below leaves the transaction undone (Communication 2.2).
            with writing(session):
                # Who reaches all writes to another source's document only where its ETag shows that it was read.
                place = _place(session, source, query, reaches_all=conditions.if_match is not None)
                current = store.find(session, place, query.document_id or "", locked=True)
                before = None if current is None else current.etag
                _check_conditions(query.resource, method, version, before, conditions)
                document = sent if method == "PUT" else _merged(query.resource, current, sent)
                etag = etag_of(document.content)
                if current is None:
                    store.insert_document(
                        session,
                        place,
                        query.document_id or "",
                        document.content_type,
                        document.content,
                        etag,
                        now,
                    )
                else:
                    store.replace_document(
                        session, current.key, document.content_type, document.content, etag, now
                    )
                return etag
        except IntegrityError:
            # Another writer created it meanwhile: judge the conditions against what it wrote.
            continue
    raise BusyError("other writers changed the document meanwhile; send the request again")


def remove_document(
    session: Session,
    source: AuthenticatedSource,
    query: DocumentQuery,
    version: Version,
    conditions: Conditions,
) -> None:
    """Delete one document, or all of a state's where the query names none; none there is no error.

    Who reaches all deletes every source's: afterwards nothing is there.

    Raises:
        ForbiddenError: the scopes do not allow it.
        PreconditionFailedError: a condition does not hold.
    """
    _check_writing(source, query.resource)
    with writing(session):
        if query.document_id is None:
            # XAPI-00194: without stateId every state there is deleted (Communication 2.3).
            place = _known_place(session, source, query, exact=False, writes=True)
            listed = () if place is None else store.documents_listed(session, place, None, locked=True)
            _check_conditions(query.resource, "DELETE", version, _list_etag(listed), conditions)
        else:
            place = _known_place(session, source, query, exact=True, writes=True)
            current = None if place is None else store.find(session, place, query.document_id, locked=True)
            etag = None if current is None else current.etag
            _check_conditions(query.resource, "DELETE", version, etag, conditions)
        if place is not None:
            # XAPI-00191, XAPI-00216, XAPI-00271, XAPI-00285: an id deletes one document.
            store.delete_documents(session, place, query.document_id)


def _list_etag(listed: Sequence[tuple[str, str]]) -> str | None:
    """Return the entity tag of several documents, of which each has its id and its own; None for none."""
    return etag_of(orjson.dumps(listed)) if listed else None


def _check_conditions(
    resource: Resource,
    method: Literal["PUT", "POST", "DELETE"],
    version: Version,
    current: str | None,
    conditions: Conditions,
) -> None:
    """Judge the concurrency headers against the `current` entity tag, None where nothing is there."""
    decision = decide_write(
        resource=resource,
        method=method,
        version=version,
        current=current,
        if_match=conditions.if_match,
        if_none_match=conditions.if_none_match,
    )
    match decision:
        case Permitted():
            return
        case Refused(kind="bad-request", message=message):
            raise refuse(message, "XAPI-00322")
        case Refused(kind="conflict", message=message):
            raise ConflictError(message)
        case Refused(message=message):
            raise PreconditionFailedError(message)
        case _:
            assert_never(decision)


def _merged(resource: Resource, current: StoredDocument | None, sent: Document) -> Document:
    stored = None if current is None else Document(current.content_type, current.content)
    merged = merge_documents(resource, stored, sent)
    if isinstance(merged, Violation):
        raise RequestRefusedError((merged,))
    return merged


def _place(
    session: Session, source: AuthenticatedSource, query: DocumentQuery, *, reaches_all: bool
) -> Place:
    agent_id, activity_id = store.dictionary_ids(session, query.agent_key, query.activity_iri)
    return Place(
        query.resource.value,
        source.source_id,
        activity_id,
        agent_id,
        query.registration or "",
        source.rights.reaches_all and reaches_all,
    )


def _known_place(
    session: Session, source: AuthenticatedSource, query: DocumentQuery, *, exact: bool, writes: bool
) -> Place | None:
    """Return where the documents stand, or None where nothing is known of the agent or activity.

    One document is named by its registration, or by having none; several may be of any (Communication 2.3).
    """
    agent_id = activity_id = 0
    if query.agent_key is not None:
        agent_id = queries.agent_id_of(Driver.of(session.connection()), query.agent_key) or -1
    if query.activity_iri is not None:
        activity_id = queries.iri_id_of(Driver.of(session.connection()), query.activity_iri) or -1
    if -1 in {agent_id, activity_id}:
        return None
    registration = query.registration or ("" if exact else None)
    reaches_all = source.rights.reaches_all or (not writes and source.rights.reads_documents == "all")
    return Place(query.resource.value, source.source_id, activity_id, agent_id, registration, reaches_all)


def _check_reading(source: AuthenticatedSource, resource: Resource) -> None:
    is_allowed = source.rights.reads_state if resource is Resource.STATE else source.rights.reads_profiles
    if not is_allowed:
        raise _forbidden(source, resource, "reading")


def _check_writing(source: AuthenticatedSource, resource: Resource) -> None:
    is_allowed = source.rights.writes_state if resource is Resource.STATE else source.rights.writes_profiles
    if not is_allowed:
        raise _forbidden(source, resource, "writing")


def _forbidden(source: AuthenticatedSource, resource: Resource, what: str) -> ForbiddenError:
    wanted = "state" if resource is Resource.STATE else "profile"
    return ForbiddenError(
        f"the scopes of this key ({', '.join(source.scopes)}) do not allow {what} {resource.value}; "
        f"ask for one with {wanted}"
    )
