"""Reading another LRS into a source: what it holds is here once, however often the reading is cut off.

A page is stored, then the place is noted up to which everything is here; a run that dies between the two reads a page
again, which changes nothing. The place lies a little before the last statement of the page and never past what the
other LRS calls consistent, because statements that it stores in one instant may stand on two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError, ForbiddenError, LmsBridgeError
from lms_bridge.pipeline.access import AuthenticatedSource, source_of
from lms_bridge.pipeline.auditing import audit
from lms_bridge.pipeline.receiving import RequestRefusedError
from lms_bridge.pipeline.refusals import Refusals, refusal_of
from lms_bridge.pipeline.sources import open_source
from lms_bridge.remote.lrs_reading import LrsReader, OtherLrs, OtherLrsError, Page
from lms_bridge.settings import Settings
from lms_bridge.store import sources as store
from lms_bridge.store.database import writing
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.xapi.attachments import AttachmentPart
from lms_bridge.xapi.instants import format_stored, parse_timestamp
from lms_bridge.xapi.parsing import Limits
from lms_bridge.xapi.statements import IncomingStatement, read_statements
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.walk import VOIDED_VERB

__all__ = ["OtherLrs", "Pulled", "pull"]

# LRSs keep `stored` to the millisecond at least; two of them lie safely before whatever shares the last instant.
_OVERLAP: Final = timedelta(milliseconds=2)


@dataclass(slots=True)
class Pulled:
    """What one run did; `since` is where the next one begins."""

    pages: int = 0
    stored: int = 0
    already_stored: int = 0
    refused: int = 0
    since: str = ""


@dataclass(frozen=True, slots=True)
class _Job:
    session: Session
    settings: Settings
    writer: StatementWriter
    source: AuthenticatedSource
    lrs: OtherLrs
    reader: LrsReader
    refusals: Refusals
    result: Pulled


def pull(
    session: Session,
    settings: Settings,
    writer: StatementWriter,
    source_name: str,
    lrs: OtherLrs,
    since: datetime | None = None,
    *,
    progress: Callable[[int], None] = lambda _: None,
    who: str = "command line",
) -> Pulled:
    """Read what another LRS stored after `since`, or after the place where the last run ended, into a source.

    A statement that breaks the specification is kept as a refused request of the source. Statements that the other LRS
    has voided are read with their voidings.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: the source is revoked.
        OtherLrsError: the other LRS cannot be read; what came before is here.
    """
    source = source_of(session, settings, open_source(session, source_name).source_id)
    begin = since or store.pull_of(session, source.source_id, lrs.address)
    session.rollback()
    reader = LrsReader(lrs)
    job = _Job(session, settings, writer, source, lrs, reader, Refusals(settings), Pulled())
    known = store.pull_of(session, source.source_id, lrs.address)
    session.rollback()
    # Read from a later instant on request, the place stays: the next run must not pass over what lies between.
    skips = since is not None and (known is None or since > known)
    place, last = known if skips else begin, begin
    try:
        for page in reader.pages(begin):
            before = job.result.stored
            last = _in_order(lrs, page, last)
            _take(job, page)
            if not skips:
                place = max(filter(None, (place, _place_after(page))), default=None)
            now = clock.now()
            with writing(session):
                store.set_pull(session, source.source_id, lrs.address, place, job.result.stored - before, now)
            job.result.pages += 1
            job.result.since = format_stored(place) if place else ""
            progress(job.result.stored + job.result.already_stored)
    finally:
        reader.close()
        with writing(session):
            told = f"{source_name}: {job.result.stored} statements of {lrs.address}"
            audit(session, clock.now(), who, "source.pull", told)
    return job.result


def _in_order(lrs: OtherLrs, page: Page, last: datetime | None) -> datetime | None:
    """Return the last `stored` of a page; a place is right only where the LRS keeps the order that was asked for."""
    for text in page.statements:
        stored = _stored(text)
        if stored is not None and last is not None and stored < last:
            raise OtherLrsError(
                f"{lrs.address}: it does not sort by stored, oldest first, as ascending=true asks; so it cannot be "
                "read in parts"
            )
        last = stored or last
    return last


def _place_after(page: Page) -> datetime | None:
    stored = [instant for text in page.statements if (instant := _stored(text)) is not None]
    if not stored:
        return None
    # Of an LRS whose clock is wrong too: what it stores from now on must not lie before the place.
    return min(max(stored), page.through or clock.now(), clock.now()) - _OVERLAP


def _stored(text: bytes) -> datetime | None:
    value = _member(_loaded(text), "stored")
    return parse_timestamp(value) if isinstance(value, str) else None


def _loaded(text: bytes) -> Any:
    """Return a statement of the other LRS; None where it is no JSON, which is refused where it is read as a statement."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _member(value: Any, name: str) -> Any:
    """Return a member of an object; None of anything else, which is refused where it is read as a statement."""
    return value.get(name) if isinstance(value, dict) else None


def _take(job: _Job, page: Page) -> None:
    for text, parts in _voided_targets(job, page):
        _store(job, [text], parts)
    if page.statements:
        _store(job, page.statements, page.parts)


def _voided_targets(job: _Job, page: Page) -> list[tuple[bytes, Mapping[str, AttachmentPart]]]:
    """Read what the voidings of a page took back, attachments too: a query does not return it (Data 2.3.2)."""
    found: list[tuple[bytes, Mapping[str, AttachmentPart]]] = []
    for text in page.statements:
        statement = _loaded(text)
        target_id = _member(_member(statement, "object"), "id")
        if _member(_member(statement, "verb"), "id") == VOIDED_VERB and isinstance(target_id, str):
            target = job.reader.voided(target_id)
            found += [target] if target is not None else []
    return found


def _store(job: _Job, texts: Sequence[bytes], parts: Mapping[str, AttachmentPart]) -> None:
    """Store statements together; where one of them cannot be, each alone, and keep that one as refused."""
    try:
        _write(job, texts, parts)
    except (RequestRefusedError, ConflictError, ForbiddenError) as error:
        if len(texts) == 1:
            _keep(job, texts[0], error)
            return
        for text in texts:
            _store(job, [text], parts)


def _write(job: _Job, texts: Sequence[bytes], parts: Mapping[str, AttachmentPart]) -> None:
    named = {
        sha2: part for sha2, part in parts.items() if any(sha2.encode() in text.lower() for text in texts)
    }
    batch = read_statements(
        b"[%s]" % b",".join(texts),
        version=_version(texts, job.lrs.version),
        lenient=job.source.is_lenient,
        attachments=named or None,
        limits=Limits(max_depth=job.settings.max_json_depth, max_bytes=sum(map(len, texts)) + len(texts) + 2),
    )
    if batch.violations:
        raise RequestRefusedError(batch.violations)
    ids = [_id_of(statement, text) for statement, text in zip(batch.statements, texts, strict=True)]
    version = _version(texts, job.lrs.version).statement_default
    done = job.writer.store(job.source.sender, batch.statements, ids, version, clock.now(), named)
    job.result.stored += done.stored
    job.result.already_stored += done.already_stored


def _version(texts: Sequence[bytes], asked: Version) -> Version:
    """A statement of 2.0 among those of 1.0.3 is read by the rules of its own version."""
    return Version.V2_0_0 if any(b'"2.0' in text for text in texts) else asked


def _id_of(statement: IncomingStatement, text: bytes) -> str:
    if statement.statement_id is None:
        # XAPI-00026: an LRS gives every statement an id, so this is none.
        message = f"a statement of the other LRS has no id: {text[:80].decode('utf-8', 'replace')}"
        raise ConflictError(message)
    return statement.statement_id


def _keep(job: _Job, text: bytes, error: LmsBridgeError) -> None:
    job.result.refused += 1
    refusal = refusal_of(
        job.source,
        error=error,
        slug=error.slug,
        status=409 if isinstance(error, ConflictError) else 400,
        method="POST",
        path="/xapi/statements",
        version=job.lrs.version.value,
        content_type="application/json",
        body=text,
        now=clock.now(),
    )
    job.refusals.keep(job.session, refusal, may_be_kept=True)
