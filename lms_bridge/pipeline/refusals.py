"""Keeping refused requests of authenticated sources, and handing them in again after a correction."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import orjson
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    LmsBridgeError,
    NotFoundError,
    TooLargeError,
)
from lms_bridge.pipeline.access import AuthenticatedSource, source_of
from lms_bridge.pipeline.receiving import (
    RequestRefusedError,
    StatementRequest,
    as_errors,
    new_id,
    receive_statements,
)
from lms_bridge.pipeline.sources import open_source
from lms_bridge.settings import Settings
from lms_bridge.store import refusals as store
from lms_bridge.store.database import writing
from lms_bridge.store.ingest import IngestResult, StatementWriter
from lms_bridge.store.refusals import Refusal
from lms_bridge.xapi.comparison import is_same
from lms_bridge.xapi.queries import read_put_id
from lms_bridge.xapi.statements import IncomingStatement
from lms_bridge.xapi.versions import Version

# Where a token was asked for with scopes that the source has not.
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 -- an address, no secret
_PRUNE_EVERY: Final = timedelta(minutes=1)
_MOST_REMEMBERED: Final = 5_000


def refusal_of(
    source: AuthenticatedSource,
    *,
    error: LmsBridgeError,
    slug: str,
    status: int,
    method: str,
    path: str,
    version: str,
    content_type: str,
    body: bytes,
    now: datetime,
) -> Refusal:
    """Return what is kept of a request that `error` refused."""
    violations = as_errors(error.violations) if isinstance(error, RequestRefusedError) else []
    return Refusal(
        source_id=source.source_id,
        refused_at=now,
        method=method[:10],
        path=path,
        xapi_version=version[:10],
        content_type=content_type,
        status=status,
        slug=slug,
        detail=str(error),
        violations=orjson.dumps(violations).decode(),
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


class Refusals:
    """Keeps refused requests within each source's quota; one per process.

    A sender that repeats one bad request for days must not push its other refused requests out of the quota: a
    repetition renews the row that is kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: OrderedDict[bytes, int] = OrderedDict()
        self._pruned: dict[int, datetime] = {}
        self._lock = Lock()

    def keep(self, session: Session, refusal: Refusal, *, may_be_kept: bool = False) -> None:
        """Keep one refused request, in a transaction of its own; nothing where the settings keep none.

        `may_be_kept`: another process may have kept the same, which is looked for.
        """
        settings = self._settings
        if settings.refused_keep_days == 0 or refusal.size > settings.refused_keep_bytes:
            return
        same = _digest(refusal)
        with self._lock:
            known = self._kept.get(same)
        if known is None and may_be_kept:
            known = store.same_refusal(session, refusal)
        with writing(session):
            if known is None or not store.repeat_refusal(session, known, refusal):
                known = store.insert_refusal(session, refusal)
            if self._is_time_to_prune(refusal.source_id, refusal.refused_at, refusal.size):
                oldest = refusal.refused_at - timedelta(days=settings.refused_keep_days)
                store.prune(session, refusal.source_id, oldest, settings.refused_keep_bytes)
        with self._lock:
            self._kept[same] = known
            self._kept.move_to_end(same)
            while len(self._kept) > _MOST_REMEMBERED:
                self._kept.popitem(last=False)

    def _is_time_to_prune(self, source_id: int, now: datetime, size: int) -> bool:
        """Once a minute, and for every large body: small ones cannot overrun the quota by much in a minute."""
        last = self._pruned.get(source_id)
        if last is not None and now - last < _PRUNE_EVERY and size < self._settings.refused_keep_bytes // 100:
            return False
        self._pruned[source_id] = now
        return True


def _digest(refusal: Refusal) -> bytes:
    """Return what equal requests of one source share, in 16 bytes: the path of one may be as long as a body."""
    told = f"{refusal.source_id} {refusal.method} {refusal.body_sha256} {refusal.path}"
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class _Resent:
    """Gives a statement without id that of an equal one which its source has stored since it was refused, else a new one.

    An LMS that sends a refused batch again gives it no ids either: each equal statement is taken for one of them.
    """

    def __init__(self, session: Session, source_id: int, since: datetime) -> None:
        self._session = session
        self._source_id = source_id
        self._since = since
        self._taken: set[str] = set()

    def __call__(self, statement: IncomingStatement) -> str:
        stored = store.stored_since(self._session, self._source_id, statement.actor_key, self._since)
        self._session.rollback()
        for statement_id, fingerprint in stored:
            if statement_id not in self._taken and is_same(fingerprint, statement.fingerprint):
                self._taken.add(statement_id)
                return statement_id
        return new_id(statement)


@dataclass(slots=True)
class Replayed:
    """What came of handing in all refused requests of a source; `reason` is why the last of them is still refused."""

    taken: int = 0
    stored: int = 0
    already_stored: int = 0
    refused: int = 0
    reason: str = ""

    @property
    def summary(self) -> str:
        """One sentence."""
        told = f"requests taken: {self.taken}; statements stored: {self.stored}, already there: {self.already_stored}"
        still = f"; still refused: {self.refused}, such as: {self.reason}" if self.refused else ""
        return told + still


def replay_source(
    session: Session, settings: Settings, writer: StatementWriter, source_name: str, *, limit: int
) -> Replayed:
    """Hand in what a source was refused, the oldest first, at most `limit` requests; each stands for itself.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: it is revoked.
    """
    source_id = open_source(session, source_name).source_id
    waiting = store.waiting_refusals(session, source_id, limit)
    session.rollback()
    found = Replayed()
    for refused_id in waiting:
        try:
            done = replay_refused(session, settings, writer, refused_id, clock.now())
        except (ConflictError, ForbiddenError, InvalidInputError, TooLargeError) as error:
            session.rollback()
            found.refused += 1
            found.reason = str(error)
        else:
            found.taken += 1
            found.stored += done.stored
            found.already_stored += done.already_stored
    return found


def replay_refused(
    session: Session, settings: Settings, writer: StatementWriter, refused_id: int, now: datetime
) -> IngestResult:
    """Hand a refused request of statements in again, under the source's present settings; return what came of it.

    What its source has stored in the meantime is not stored twice, without ids neither.

    Raises:
        NotFoundError: it is not kept (any more), or its source is gone.
        ConflictError: it was replayed already, or contradicts what is stored.
        InvalidInputError: it is no request of statements, or is still refused.
    """
    kept = store.refusal_by_id(session, refused_id)
    if kept is None:
        raise NotFoundError(f"refused request {refused_id} is not kept")
    refusal = kept.refusal
    if kept.replayed_at is not None:
        raise ConflictError(f"refused request {refused_id} was handed in again already and taken")
    parts = urlsplit(refusal.path)
    version = Version(refusal.xapi_version) if refusal.xapi_version in set(Version) else None
    # What was posted to no resource at all may be statements too: a wrong address is the commonest mistake.
    is_lost = refusal.status == store.NOT_FOUND and refusal.method == "POST"
    is_for_statements = parts.path.rstrip("/").endswith("/xapi/statements")
    if not is_lost and (not is_for_statements or refusal.method not in {"POST", "PUT"}):
        raise InvalidInputError(
            f"refused request {refused_id} is no request of statements; only these can be replayed"
        )
    source = source_of(session, settings, refusal.source_id)
    put_id = None
    if refusal.method == "PUT":
        found = read_put_id(parse_qsl(parts.query, keep_blank_values=True), version or source.version)
        if isinstance(found, tuple):
            raise RequestRefusedError(found)
        put_id = found
    session.rollback()
    request = StatementRequest(refusal.body, refusal.content_type, version or source.version, put_id)
    resent = _Resent(session, refusal.source_id, refusal.refused_at)
    result = receive_statements(writer, settings, source, request, now, resent)
    with writing(session):
        store.mark_replayed(session, refused_id, now)
    return result
