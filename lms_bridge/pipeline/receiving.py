"""Receiving statements: the body of a POST or PUT in, stored statements out, all or nothing.

What is wrong is raised with every violation of every statement; the door answers 400 and keeps the request.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from lms_bridge.errors import BusyError, ForbiddenError, InvalidInputError, TooLargeError
from lms_bridge.pipeline.access import AuthenticatedSource
from lms_bridge.settings import Settings
from lms_bridge.store.ingest import IngestResult, StatementWriter
from lms_bridge.xapi.attachments import read_multipart
from lms_bridge.xapi.parsing import Limits
from lms_bridge.xapi.statements import IncomingStatement, read_statements
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation, shown

log = structlog.get_logger(__name__)
Result = TypeVar("Result")

_MOST_SHOWN = 3
# PostgreSQL's read_only_sql_transaction.
_READ_ONLY = "25006"


class RequestRefusedError(InvalidInputError):
    """A request breaks rules of the specification; `violations` names each of them and is never empty."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        sentences = [_sentence(violation) for violation in self.violations[:_MOST_SHOWN]]
        more = len(self.violations) - _MOST_SHOWN
        super().__init__("; ".join(sentences) + (f" … and {more} more" if more > 0 else ""))


def _sentence(violation: Violation) -> str:
    place = "" if violation.index is None else f"statement {violation.index}: "
    return f"{place}{violation.message}" + (f" ({violation.requirement})" if violation.requirement else "")


def refuse(message: str, requirement: str = "", pointer: str = "") -> RequestRefusedError:
    """Return the error of a request that breaks one rule."""
    return RequestRefusedError((Violation(None, pointer, requirement, message),))


def as_errors(violations: Sequence[Violation]) -> list[dict[str, Any]]:
    """Return violations as the 400 answers and the kept request hold them; a known defect of senders is named."""
    return [
        {
            "index": violation.index,
            "pointer": violation.pointer,
            "requirement": violation.requirement,
            "message": violation.message,
            **({"defect": violation.defect} if violation.defect else {}),
        }
        for violation in violations
    ]


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """The body of a POST or PUT of statements; `put_id` is the statementId of a PUT."""

    body: bytes
    content_type: str
    version: Version
    put_id: str | None = None


def new_id(statement: IncomingStatement) -> str:
    """Return an id for a statement that came without one."""
    del statement
    return str(uuid.uuid4())


def receive_statements(
    writer: StatementWriter,
    settings: Settings,
    source: AuthenticatedSource,
    request: StatementRequest,
    now: datetime,
    id_for: Callable[[IncomingStatement], str] = new_id,
) -> IngestResult:
    """Validate and store a request of statements; `id_for` gives one to each that has none.

    Raises:
        ForbiddenError: the credential may not write statements, or not void another source's.
        RequestRefusedError: a statement, the multipart body or the content type breaks a rule.
        TooLargeError: there are more statements than one request may bring.
        ConflictError: an id is stored with other content.
        BusyError: the database cannot take it now.
    """
    if not source.rights.writes_statements:
        # XAPI-00327: a valid credential that may not do this is answered 403 (Communication 3.2).
        raise ForbiddenError(
            f"the scopes of this key ({', '.join(source.scopes)}) do not allow writing statements; "
            "ask for one with statements/write"
        )
    body, attachments = request.body, None
    media_type = request.content_type.partition(";")[0].strip().lower()
    if media_type == "multipart/mixed":
        parted = read_multipart(request.body, request.content_type)
        if isinstance(parted, tuple):
            raise RequestRefusedError(parted)
        body, attachments = parted.statements, parted.parts
    elif media_type != "application/json":
        # XAPI-00127: statements come as application/json, or as multipart/mixed with attachments.
        raise refuse(
            f"Content-Type is {shown(request.content_type)}; send application/json or multipart/mixed",
            "XAPI-00127",
        )
    batch = read_statements(
        body,
        version=request.version,
        lenient=source.is_lenient,
        attachments=attachments,
        put_id=request.put_id,
        limits=Limits(settings.max_body_bytes, settings.max_json_depth),
    )
    if batch.violations:
        # XAPI-00326: one bad statement refuses the batch (Communication 3.2).
        raise RequestRefusedError(batch.violations)
    if len(batch.statements) > settings.max_batch_statements:
        # XAPI-00328: what is over a limit of the LRS is a 413 (Communication 3.2).
        raise TooLargeError(
            f"the request has {len(batch.statements)} statements, more than {settings.max_batch_statements}; "
            "send them in several requests"
        )
    # XAPI-00026: a statement without id gets one (Data 2.4.1).
    ids = [statement.statement_id or id_for(statement) for statement in batch.statements]
    if request.put_id is not None:
        ids = [request.put_id.lower()]
    return writer.store(
        source.sender, batch.statements, ids, request.version.statement_default, now, attachments
    )


def unpacked(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """Return the content of a body sent with a Content-Encoding; what it unpacks to is bounded.

    Raises:
        TooLargeError: it unpacks to more than `most_bytes`.
        RequestRefusedError: the encoding is not gzip or deflate, or the body is not what it says.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            window = 16 + zlib.MAX_WBITS
        case "deflate":
            window = zlib.MAX_WBITS
        case _:
            raise refuse(f"Content-Encoding is {shown(encoding)}; send gzip, deflate or the plain body")
    unpacker = zlib.decompressobj(window)
    try:
        content = unpacker.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise refuse(
            f"the body is not what Content-Encoding {encoding!r} says: {error}; send it whole"
        ) from error
    if len(content) > most_bytes:
        raise TooLargeError(f"the body unpacks to more than {most_bytes} bytes; send it in several requests")
    if not unpacker.eof or unpacker.unused_data:
        raise refuse(f"the body is not one complete {encoding} stream; send it whole")
    return content


@contextmanager
def busy_when_locked() -> Iterator[None]:
    """Turn a database that cannot be used now into BusyError: the sender comes back, nothing is half done.

    It is locked, cannot be reached, has no connection left, or takes no writes (PostgreSQL after a failover).
    """
    try:
        yield
    except (OperationalError, InternalError, PoolTimeoutError) as error:
        if isinstance(error, InternalError) and getattr(error.orig, "sqlstate", "") != _READ_ONLY:
            raise
        # XAPI-00329: what is no fault of the sender is a 5xx (Communication 3.2).
        raise BusyError("the database is busy; send the request again") from error


def beside(
    session: Session, event: str, act: Callable[[], Result], otherwise: Result, **details: object
) -> Result:
    """Return what `act` does beside an answer, which it must not change; where the database fails, log `event`.

    Then the session is rolled back, and `otherwise` returned.
    """
    try:
        return act()
    except SQLAlchemyError:
        session.rollback()
        log.warning(event, exc_info=True, **details)
        return otherwise
