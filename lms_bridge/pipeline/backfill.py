"""Handing in statements from a file: each valid line is stored once, each other line is told with its reason.

A file is read in batches of some hundred lines, one transaction each; a batch that is refused or contradicts what is
stored is taken line by line, so that one bad line costs itself alone. What an import stored first belongs to it, and
undoing the import voids exactly that.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import orjson
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import (
    ConflictError,
    FileRefusedError,
    ForbiddenError,
    InvalidInputError,
    LmsBridgeError,
    NotFoundError,
)
from lms_bridge.pipeline.access import AuthenticatedSource, source_of
from lms_bridge.pipeline.auditing import audit
from lms_bridge.pipeline.receiving import RequestRefusedError
from lms_bridge.pipeline.sources import open_source
from lms_bridge.settings import Settings
from lms_bridge.store import file_imports as store
from lms_bridge.store.database import writing
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.xapi.comparison import is_same
from lms_bridge.xapi.parsing import Limits
from lms_bridge.xapi.statement_files import Occurrences, StatementLine
from lms_bridge.xapi.statements import IncomingStatement, read_statements
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.walk import VOIDED_VERB

KIND: Final = "statements"
BATCH: Final = 500
_SPACE: Final = uuid.UUID("b1f1c0de-52f9-5b3e-9a35-2f8a0f1d0c44")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that was not taken: where it stands, what stands there, and why with the remedy."""

    number: int
    text: bytes
    reason: str


@dataclass(slots=True)
class Backfill:
    """What came of a file; `import_id` is None for a dry run. Rejected lines are handed out while it runs.

    Of those already stored, `already_voided` are voided and stay so. `undated` lines say no time: they count as of now.
    """

    import_id: int | None
    lines: int = 0
    stored: int = 0
    already_stored: int = 0
    already_voided: int = 0
    undated: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One sentence."""
        head = "would be " if self.import_id is None else ""
        voided = f" ({self.already_voided} of them voided, and so they stay)" if self.already_voided else ""
        undated = (
            f"; {self.undated} have no timestamp and count as of now: give them the day of the event"
            if self.undated
            else ""
        )
        return (
            f"{self.lines} lines: {self.stored} {head}stored, {self.already_stored} already there{voided}, "
            f"{self.rejected} rejected{undated}"
        )


@dataclass(frozen=True, slots=True)
class _Job:
    session: Session
    writer: StatementWriter
    source: AuthenticatedSource
    version: Version
    limits: Limits
    ids: Occurrences
    reject: Callable[[RejectedLine], None]
    result: Backfill
    # Of a dry run: what the lines before would have stored, by the bytes of their ids.
    foreseen: dict[bytes, bytes] = field(default_factory=dict)


def import_statements(
    session: Session,
    settings: Settings,
    writer: StatementWriter,
    *,
    name: str,
    source_name: str,
    lines: Iterable[StatementLine],
    version: Version,
    digest: hashlib._Hash,
    reject: Callable[[RejectedLine], None],
    progress: Progress,
    dry_run: bool,
    who: str = "command line",
) -> Backfill:
    """Hand in the statements of a file as a source would; `digest` is that of the file once its lines are read.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: the source is revoked.
        FileRefusedError: the file cannot be read as what it is said to be; what was read before it stays, and a second
            import continues.
        BusyError: the database cannot take it now; a second import continues.
    """
    source = source_of(session, settings, open_source(session, source_name).source_id)
    import_id = None if dry_run else _begin(session, name, source_name, who)
    result = Backfill(import_id)
    limits = Limits(settings.max_body_bytes, settings.max_json_depth)
    job = _Job(session, writer, source, version, limits, Occurrences(source_name), reject, result)
    outcome = "interrupted after "
    try:
        for batch in _batches(lines):
            _take(job, batch)
            progress(result.lines)
        outcome = ""
    finally:
        if import_id is not None:
            with writing(session):
                store.set_import_outcome(session, import_id, outcome + result.summary, digest.hexdigest())
    return result


def _begin(session: Session, name: str, source_name: str, who: str) -> int:
    now = clock.now()
    with writing(session):
        import_id = store.record_import(
            session, kind=KIND, name=name, digest="", outcome="interrupted", who=who, imported_at=now
        )
        audit(session, now, who, "statement.import", f"import {import_id}: {name} for {source_name}")
    return import_id


def _batches(lines: Iterable[StatementLine]) -> Iterator[list[StatementLine]]:
    batch: list[StatementLine] = []
    problem: LmsBridgeError | None = None
    try:
        for line in lines:
            batch.append(line)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except (FileRefusedError, InvalidInputError) as error:
        # What could be read of the file is handed in before.
        problem = error
    if batch:
        yield batch
    if problem is not None:
        raise problem


def _take(job: _Job, batch: Sequence[StatementLine]) -> None:
    job.result.lines += len(batch)
    good: list[tuple[StatementLine, IncomingStatement, str]] = []
    for line, incoming in _read(job, batch):
        statement_id = incoming.statement_id or job.ids.statement_id(line.statement or b"")
        good.append((line, incoming, statement_id))
    voided = store.voided_among(job.session, [statement_id for _, _, statement_id in good])
    job.session.rollback()
    job.result.already_voided += sum(statement_id in voided for _, _, statement_id in good)
    job.result.undated += sum(incoming.timestamp is None for _, incoming, _ in good)
    _store(job, _without_repeats(job, good))


def _read(job: _Job, batch: Sequence[StatementLine]) -> list[tuple[StatementLine, IncomingStatement]]:
    """Return the lines that are valid statements; the others are rejected with every rule that they break."""
    readable = [line for line in batch if line.statement is not None]
    for line in batch:
        if line.statement is None:
            _reject(job, line, line.problem, line.problem.partition(";")[0])
    # The statements are told apart by their own brackets: parsed together they cost one pass.
    together = read_statements(
        b"[%s]" % b",".join(line.statement or b"" for line in readable),
        version=job.version,
        lenient=job.source.is_lenient,
        limits=replace(job.limits, max_bytes=job.limits.max_bytes * (len(readable) + 1)),
    )
    if not together.violations and len(together.statements) == len(readable):
        return list(zip(readable, together.statements, strict=True))
    good: list[tuple[StatementLine, IncomingStatement]] = []
    for line in readable:
        alone = read_statements(
            line.statement or b"", version=job.version, lenient=job.source.is_lenient, limits=job.limits
        )
        if alone.violations:
            first = alone.violations[0]
            _reject(job, line, str(RequestRefusedError(alone.violations)), first.requirement or first.message)
        else:
            good += [(line, statement) for statement in alone.statements]
    return good


def _without_repeats(
    job: _Job, found: Sequence[tuple[StatementLine, IncomingStatement, str]]
) -> list[tuple[StatementLine, IncomingStatement, str]]:
    """Pass over what stands twice in one batch: a batch of the store must not repeat an id."""
    first: dict[str, IncomingStatement] = {}
    kept: list[tuple[StatementLine, IncomingStatement, str]] = []
    for line, incoming, statement_id in found:
        before = first.setdefault(statement_id, incoming)
        if before is incoming:
            kept.append((line, incoming, statement_id))
        elif is_same(before.fingerprint, incoming.fingerprint):
            job.result.already_stored += 1
        else:
            _reject(
                job,
                line,
                f"id {statement_id} stands above with other content; give it an id of its own",
                "conflict",
            )
    return kept


def _store(job: _Job, found: Sequence[tuple[StatementLine, IncomingStatement, str]]) -> None:
    if not found:
        return
    if job.result.import_id is None:
        _foresee(job, found)
        return
    try:
        _write(job, found)
    except (ConflictError, ForbiddenError):
        for one in found:
            try:
                _write(job, [one])
            except (ConflictError, ForbiddenError) as error:
                _reject(job, one[0], str(error).removeprefix("statement 0: "), error.slug)


def _write(job: _Job, found: Sequence[tuple[StatementLine, IncomingStatement, str]]) -> None:
    stored = job.writer.store(
        job.source.sender,
        [incoming for _, incoming, _ in found],
        [statement_id for _, _, statement_id in found],
        job.version.statement_default,
        clock.now(),
        import_id=job.result.import_id,
    )
    job.result.stored += stored.stored
    job.result.already_stored += stored.already_stored


def _foresee(job: _Job, found: Sequence[tuple[StatementLine, IncomingStatement, str]]) -> None:
    known = store.stored_fingerprints(job.session, [statement_id for _, _, statement_id in found])
    targets = [incoming.voids for _, incoming, _ in found if incoming.voids is not None]
    foreign = (
        frozenset()
        if job.source.rights.reaches_all
        else store.foreign_among(job.session, targets, job.source.source_id)
    )
    job.session.rollback()
    for line, incoming, statement_id in found:
        before = known.get(statement_id) or job.foreseen.get(uuid.UUID(statement_id).bytes)
        if before is not None and not is_same(before, incoming.fingerprint):
            remedy = "is stored or stands above with other content; give it a new id"
            _reject(job, line, f"id {statement_id} {remedy}", ConflictError.slug)
        elif before is not None:
            job.result.already_stored += 1
        elif incoming.voids in foreign:
            remedy = "came from another source; voiding it needs the scope 'all'"
            _reject(job, line, f"statement {incoming.voids} {remedy}", ForbiddenError.slug)
        else:
            job.foreseen[uuid.UUID(statement_id).bytes] = incoming.fingerprint
            job.result.stored += 1


def _reject(job: _Job, line: StatementLine, reason: str, kind: str) -> None:
    job.result.rejected += 1
    job.result.reasons[kind] = job.result.reasons.get(kind, 0) + 1
    job.reject(RejectedLine(line.number, line.text, reason))


def undo_import(
    session: Session,
    settings: Settings,
    writer: StatementWriter,
    import_id: int,
    *,
    dry_run: bool,
    who: str = "command line",
    progress: Progress = lambda _: None,
) -> int:
    """Void what an import stored first and nothing has voided since; return how many statements that are.

    Each voiding is a statement of the source itself, by the operator. Interrupted, it goes on when it is called again.
    What the import had found already stored stays, and a later import of the same file stays undone: voided
    statements are not stored again.

    Raises:
        NotFoundError: there is no such import.
    """
    if import_id not in {item.import_id for item in store.statement_imports(session, KIND)}:
        raise NotFoundError(f"import {import_id} does not exist; see 'lms-bridge statement imports'")
    voided, after = 0, ""
    while rows := store.standing_statements(session, import_id, after, BATCH):
        session.rollback()
        after = rows[-1][0]
        for source_id in sorted({source_id for _, source_id in rows}):
            targets = [statement_id for statement_id, own in rows if own == source_id]
            voided += (
                len(targets) if dry_run else _void(session, settings, writer, import_id, source_id, targets)
            )
        progress(voided)
    session.rollback()
    if not dry_run:
        now = clock.now()
        with writing(session):
            store.mark_undone(session, import_id, now)
            audit(session, now, who, "statement.undo", f"import {import_id}: {voided} statements voided")
    return voided


def _void(
    session: Session,
    settings: Settings,
    writer: StatementWriter,
    import_id: int,
    source_id: int,
    targets: Sequence[str],
) -> int:
    source = source_of(session, settings, source_id, may_be_revoked=True)
    session.rollback()
    actor = {
        "objectType": "Agent",
        "account": {"homePage": settings.base_url, "name": f"undo of import {import_id}"},
    }
    voidings = [
        {
            "id": str(uuid.uuid5(_SPACE, f"{import_id}/{target}")),
            "actor": actor,
            "verb": {"id": VOIDED_VERB, "display": {"en": "voided"}},
            "object": {"objectType": "StatementRef", "id": target},
        }
        for target in targets
    ]
    batch = read_statements(orjson.dumps(voidings), version=source.version)
    ids = [str(voiding["id"]) for voiding in voidings]
    before = writer.store(source.sender, batch.statements, ids, source.version.statement_default, clock.now())
    return before.stored


def imports_of_statements(session: Session) -> tuple[store.StatementImport, ...]:
    """Return every import of statements, newest first."""
    return store.statement_imports(session, KIND)
