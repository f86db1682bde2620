"""Answering GET /statements: a checked query in, one page of documents out, with the address of the next.

What is visible is decided by the reader's scopes. Pages neither repeat nor skip a statement while others write: the
cursor is (stored, seq), and an ascending page never ends past the instant up to which nothing can still arrive.
"""

from __future__ import annotations

import hmac
import math
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from lms_bridge.errors import ForbiddenError, NotFoundError
from lms_bridge.pipeline.access import AuthenticatedSource, authority_of
from lms_bridge.pipeline.receiving import refuse
from lms_bridge.settings import Settings
from lms_bridge.store import queries as store
from lms_bridge.store.consistency import through_now
from lms_bridge.store.models.base import from_micros, to_micros
from lms_bridge.store.queries import Filters, Page, Position, Reading
from lms_bridge.store.statement_reader import StatementReader
from lms_bridge.xapi.attachments import as_described, write_multipart
from lms_bridge.xapi.formats import activity_document, as_canonical, as_ids, for_version, statement_result
from lms_bridge.xapi.parsing import exact_json
from lms_bridge.xapi.queries import StatementQuery
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.visiting import activities_of

PAGE: Final = 200
MOST_PER_PAGE: Final = 1_000
_MOST_PAGE_BYTES: Final = 16_000_000
_MOST_ATTACHMENT_BYTES: Final = 64_000_000
_REPEATED_REMEMBERED, _LONGEST_REMEMBERED = 256, 2_000
# What RFC 3986 lets not stand in a query.
_NOT_IN_ADDRESS: Final = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]|%(?![0-9A-Fa-f]{2})")
_WAITS: Final = 50
_WAIT_SECONDS: Final = 0.02
# How old what is known of consistency may be: in the answer to a query, and in other answers.
_LATELY_SECONDS: Final = 0.05
_RECENT_SECONDS: Final = 1.0
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StatementsAnswer:
    """The body of a GET; `last_modified` is set for a single statement, whose `stored` it is.

    Everything stored up to `through` was visible before the body was read.
    """

    content_type: str
    body: bytes
    through: datetime
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """Every parameter of a query but the cursor, as the address of the next page repeats them.

    `encoded` are they percent-encoded and in order; `signed` is what a cursor is tied to: they in JSON, sorted.
    """

    encoded: str
    signed: bytes


def repeated_of(arguments: tuple[tuple[str, str], ...], sent: str) -> Repeated:
    """Return what the next page repeats of a query with these parameters; `sent` is their text in the address.

    What comes again is remembered: whoever follows `more` repeats everything but the cursor, which stands at the end.
    """
    if arguments and arguments[-1][0] == "cursor":
        before, _, last = sent.rpartition("&")
        if last.startswith("cursor="):
            arguments, sent = arguments[:-1], before
    return _remembered(arguments, sent) if len(sent) <= _LONGEST_REMEMBERED else _repeated(arguments, sent)


def _repeated(arguments: tuple[tuple[str, str], ...], sent: str) -> Repeated:
    pairs = [(name, value) for name, value in arguments if name != "cursor"]
    parts = [part for part in sent.split("&") if part and not part.startswith("cursor=")]
    if _NOT_IN_ADDRESS.search(sent) or len(parts) != len(pairs):
        parts = [urlencode([pair]) for pair in pairs]
    return Repeated("&".join(parts), orjson.dumps(sorted(pairs)))


_remembered = lru_cache(_REPEATED_REMEMBERED)(_repeated)


class StatementMissingError(NotFoundError):
    """A single statement is not there for who asks; everything stored up to `through` was looked at."""

    def __init__(self, message: str, through: datetime) -> None:
        super().__init__(message)
        self.through = through


class Consistency:
    """The latest instant known to be consistent in this process: true once is true for ever.

    What is read after an instant was known here sees everything up to it; what was read before may not.
    """

    def __init__(self) -> None:
        self._through = _BEGINNING
        self._asked = -math.inf
        self._lock = Lock()
        self._asking = Lock()

    def fresh(self, reading: Reading) -> datetime:
        """Ask the database."""
        asked = time.monotonic()
        through = through_now(reading.driver)
        with self._lock:
            self._through = max(self._through, through)
            self._asked = max(self._asked, asked)
            return self._through

    def lately(self, reading: Reading) -> datetime:
        """Return what is known, asking only where nobody asked for a twentieth of a second: many readers ask once."""
        if self._is_known_for(_LATELY_SECONDS):
            return self._through
        # Beside a writer that holds SQLite each question takes a while: one asks, and the others take its answer.
        with self._asking:
            return self._through if self._is_known_for(_LATELY_SECONDS) else self.fresh(reading)

    def recent(self, reader: StatementReader) -> datetime:
        """Return what is known, asking only where nobody asked for a second: enough for a write and for an error."""
        return self._through if self._is_known_for(_RECENT_SECONDS) else reader.run(self.fresh)

    def outdate(self) -> None:
        """Note that something was stored here: the next page asks again, so that who wrote it finds it promised."""
        self._asked = -math.inf

    def _is_known_for(self, seconds: float) -> bool:
        return time.monotonic() - self._asked < seconds

    @property
    def known(self) -> datetime:
        """What is known without asking."""
        return self._through


def answer_query(
    reader: StatementReader,
    settings: Settings,
    source: AuthenticatedSource,
    consistency: Consistency,
    query: StatementQuery,
    asked: Repeated,
    version: Version,
    languages: Sequence[str],
) -> StatementsAnswer:
    """Answer one query; the address of the next page repeats what was `asked`.

    Raises:
        ForbiddenError: the credential may not read statements.
        StatementMissingError: the single statement asked for is not there for this reader, voided, or not voided.
        RequestRefusedError: the cursor is not one of this query's.
    """
    if source.rights.reads_statements == "none":
        raise ForbiddenError(
            f"the scopes of this key ({', '.join(source.scopes)}) do not allow reading statements; "
            "ask for one with statements/read/mine or statements/read"
        )
    own = None if source.rights.reads_statements == "all" else source.source_id

    def answer(reading: Reading) -> StatementsAnswer:
        if query.statement_id is not None or query.voided_statement_id is not None:
            # Who waits for a statement asks for it again and again, and is told the present.
            return _one(reading, consistency.fresh(reading), query, own, version, languages)
        page, through = _page(reading, settings, consistency, query, own, asked)
        # XAPI-00109, XAPI-00114: what does not fit goes on at `more`, which is empty at the end (Data 2.5).
        more = _more(settings, asked, page.last) if page.has_more else ""
        return _answer(reading, through, query, page, version, languages, more)

    return reader.run(answer)


def _page(
    reading: Reading,
    settings: Settings,
    consistency: Consistency,
    query: StatementQuery,
    own: int | None,
    asked: Repeated,
) -> tuple[Page, datetime]:
    """Return a page, and the instant up to which everything was visible before it was read."""
    through = consistency.lately(reading)
    # XAPI-00173: limit bounds the page, 0 leaves it to the LRS (Communication 2.1.3).
    limit = min(query.limit or PAGE, MOST_PER_PAGE)
    after = None if query.cursor is None else _read_cursor(settings, query.cursor, asked)
    filters = _filters(reading, query, own)
    if filters is None:
        # XAPI-00149: what nothing matches is an empty result, and no error (Communication 2.1.3).
        return Page(), through

    def read() -> Page:
        return store.page_of(
            reading,
            filters,
            ascending=query.ascending,
            after=after,
            limit=limit,
            most_bytes=_MOST_PAGE_BYTES,
        )

    page = read()
    if page.stored and max(page.stored[0], page.stored[-1]) > to_micros(through):
        # It has what was just stored: who wrote it and asks for it is told that it is consistent.
        later = consistency.fresh(reading)
        if later > through:
            through, page = later, read()
    if query.ascending:
        page, through = _settled(reading, consistency, through, page, read)
    return (_within_attachments(reading, page) if query.attachments else page), through


def _settled(
    reading: Reading, consistency: Consistency, through: datetime, page: Page, read: Callable[[], Page]
) -> tuple[Page, datetime]:
    """Return an ascending page of which no earlier statement can still arrive, read again until it is one.

    A writer that began before the page's last statement was stored, and has not committed, would be skipped by the
    next page. Writers end within milliseconds, so waiting for them is shorter than it sounds; one that does not end
    leaves the page short, and what follows for the next query.
    """
    for _ in range(_WAITS):
        if not page.stored or page.stored[-1] <= to_micros(through):
            return page, through
        time.sleep(_WAIT_SECONDS)
        through = consistency.fresh(reading)
        page = read()
    settled = bisect_right(page.stored, to_micros(through))
    return page.first(settled, has_more=page.has_more and settled == len(page.stored)), through


def _filters(reading: Reading, query: StatementQuery, own: int | None) -> Filters | None:
    """Return the filters by dictionary ids, or None where one of them names what no statement has."""
    driver, known = reading.driver, reading.known
    agent = None if query.agent_key is None else store.agent_id_of(driver, query.agent_key, known)
    verb = None if query.verb_iri is None else store.iri_id_of(driver, query.verb_iri, known)
    activity = None if query.activity_iri is None else store.iri_id_of(driver, query.activity_iri, known)
    known.trim()
    authority = _authority(reading, query)
    if authority is not None and agent is None:
        agent = 0
    for wanted, found in ((query.agent_key, agent), (query.verb_iri, verb), (query.activity_iri, activity)):
        if wanted is not None and found is None:
            return None
    return Filters(
        agent_id=agent,
        related_agents=query.related_agents,
        authority=authority,
        verb_id=verb,
        activity_id=activity,
        related_activities=query.related_activities,
        registration=query.registration,
        since=query.since,
        until=query.until,
        own_source=own,
    )


def _authority(reading: Reading, query: StatementQuery) -> tuple[int, bytes] | None:
    """Return the source whose statements have the agent as the authority that this LRS gave them, and its text there."""
    # XAPI-00176: among the places of a related agent is the authority (Communication 2.1.3).
    if not query.related_agents or query.agent_key is None or not query.agent_key.startswith("account:"):
        return None
    home_page, _, name = query.agent_key.removeprefix("account:").partition("|")
    source_id = store.source_id_of(reading.driver, name)
    return None if source_id is None else (source_id, b'"authority":' + authority_of(home_page, name))


def _one(
    reading: Reading,
    through: datetime,
    query: StatementQuery,
    own: int | None,
    version: Version,
    languages: Sequence[str],
) -> StatementsAnswer:
    statement_id = query.statement_id or query.voided_statement_id or ""
    found = store.statement_by_id(reading.driver, statement_id, own)
    # XAPI-00155, XAPI-00156, XAPI-00163: a voided statement is found by voidedStatementId alone, others never by it.
    if found is None or found.is_voided != (query.voided_statement_id is not None):
        raise StatementMissingError(f"statement {statement_id} is not there", through)
    document = _formatted(reading, query, Page.of([found.found], has_more=False), version, languages)[0]
    stored = from_micros(found.found.stored)
    if not query.attachments:
        return StatementsAnswer("application/json", document, through, stored)
    parts = as_described(store.attachments_of(reading.driver, (found.found.seq,)), (found.found.document,))
    content_type, body = write_multipart(document, parts)
    return StatementsAnswer(content_type, body, through, stored)


def _answer(
    reading: Reading,
    through: datetime,
    query: StatementQuery,
    page: Page,
    version: Version,
    languages: Sequence[str],
    more: str,
) -> StatementsAnswer:
    # XAPI-00154: a query without an id is answered with a result (Communication 2.1.3).
    body = statement_result(_formatted(reading, query, page, version, languages), more)
    # XAPI-00161, XAPI-00167: attachments come only where they are asked for, then as multipart/mixed.
    if not query.attachments:
        return StatementsAnswer("application/json", body, through)
    parts = as_described(
        store.attachments_of(reading.driver, page.seqs),
        page.documents,
    )
    content_type, body = write_multipart(body, parts)
    return StatementsAnswer(content_type, body, through)


def _formatted(
    reading: Reading,
    query: StatementQuery,
    page: Page,
    version: Version,
    languages: Sequence[str],
) -> Sequence[bytes]:
    readable = page.documents
    if any(page.are_v2):
        pairs = zip(page.documents, page.are_v2, strict=True)
        readable = [for_version(document, version) if is_v2 else document for document, is_v2 in pairs]
    # XAPI-00168 to XAPI-00171: as stored, identifiers alone, or with canonical definitions (Communication 2.1.3).
    match query.format:
        case "exact":
            return readable
        case "ids":
            return [as_ids(document) for document in readable]
        case "canonical":
            iris = sorted({iri for document in readable for iri in _activity_iris(document)})
            definitions = store.definitions_of(reading.driver, iris)
            return [as_canonical(document, languages, definitions) for document in readable]


def _activity_iris(document: bytes) -> list[str]:
    activities: list[dict[str, Any]] = list(activities_of(exact_json(document)))
    return [activity["id"] for activity in activities if isinstance(activity.get("id"), str)]


def _within_attachments(reading: Reading, page: Page) -> Page:
    """Cut a page so that the attachments sent with it stay bounded; at least one statement remains."""
    sizes = store.attachment_bytes(reading.driver, page.seqs)
    total = 0
    for count, seq in enumerate(page.seqs):
        total += sizes.get(seq, 0)
        if count and total > _MOST_ATTACHMENT_BYTES:
            return page.first(count, has_more=True)
    return page


def _more(settings: Settings, asked: Repeated, last: Position) -> str:
    """Return the address of the next page from the root of the server (Data 2.5)."""
    # XAPI-00108, XAPI-00111: the next page is the same query from the place where this page ends.
    place = f"{last.stored:x}.{last.seq:x}"
    path = urlsplit(settings.base_url).path.rstrip("/")
    repeated = f"{asked.encoded}&" if asked.encoded else ""
    return f"{path}/xapi/statements?{repeated}cursor={place}.{_seal(settings, place, asked)}"


def _read_cursor(settings: Settings, cursor: str, asked: Repeated) -> Position:
    place, _, seal = cursor.rpartition(".")
    if not cursor.isascii() or not hmac.compare_digest(seal, _seal(settings, place, asked)):
        raise refuse(
            "the cursor is not one that this query was answered with; follow 'more' as it was given",
            "",
            "cursor",
        )
    stored, _, seq = place.partition(".")
    return Position(int(stored, 16), int(seq, 16))


def _seal(settings: Settings, place: str, asked: Repeated) -> str:
    """Return what ties a place to its query, so that a cursor can be used only where it is right."""
    sealed = b"more:[%s,%s]" % (orjson.dumps(place), asked.signed)
    # RFC 7693 2.9: with a key it is a MAC; a tenth of the time of an HMAC by OpenSSL.
    return blake2b(sealed, key=_sealing_key(settings.secret_key), digest_size=16).hexdigest()


@lru_cache(4)
def _sealing_key(secret_key: str) -> bytes:
    return blake2b(secret_key.encode(), digest_size=32).digest()


def activity_document_of(reader: StatementReader, iri: str) -> bytes:
    """Return the Activity object of an IRI with its canonical definition; one that nothing names is its id alone."""
    found = reader.run(lambda reading: store.definitions_of(reading.driver, [iri]))
    return activity_document(iri, found.get(iri))
