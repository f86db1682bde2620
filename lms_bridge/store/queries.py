"""GET /statements: every filter answered by index rows in the order of (stored, seq), whatever the size of the store.

A filter that stands alone walks its own index up to the limit. Where several stand together (a reader's own source is
one), the one that matches the fewest statements is walked and the others are looked up by key. Index rows copied from the targets of StatementRefs
make a referring statement answer for what its target says (`references`).
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, Final, NamedTuple

from lms_bridge.store.driver import Driver
from lms_bridge.store.ingest import Dictionaries, dictionary_entry
from lms_bridge.store.models.base import to_micros
from lms_bridge.xapi.attachments import AttachmentPart

# Beyond so many rows two filters count as equally common.
_SAMPLE: Final = 2_000
_MOST_REMEMBERED: Final = 10_000
# How long it counts as known how many statements a filter matches: it decides what is walked, not what is found.
_SIZES_HOLD_SECONDS: Final = 60.0
# A document up to this size comes with its place; longer ones are read one by one, so that a page stays bounded.
_SHORT: Final = 65_536
_TEXTS_REMEMBERED: Final = 256
_AUTHORITY: Final = ("authority_source", "authority_text")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a statement stands in the order of all: `stored` in microseconds since the epoch, then `seq`."""

    stored: int
    seq: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What statements must match; ids are those of the dictionaries, `own_source` bounds what may be seen.

    Where the agent is also the authority that this LRS gives the statements of a source, `authority` is that source and
    the text of the authority in their documents; an agent that nothing else names has the id 0 then.
    """

    agent_id: int | None = None
    related_agents: bool = False
    verb_id: int | None = None
    activity_id: int | None = None
    related_activities: bool = False
    registration: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    own_source: int | None = None
    authority: tuple[int, bytes] | None = None


class Found(NamedTuple):
    """A statement of a page: where it stands, and the document as GET returns it; `is_v2`: it came by 2.0."""

    stored: int
    seq: int
    document: bytes
    is_v2: bool

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.stored, self.seq)


@dataclass(frozen=True, slots=True)
class Page:
    """The first matching statements, and whether more match.

    The statements stand in columns, those of `Found`: most readers want all documents, and of the others one place.
    """

    stored: Sequence[int] = ()
    seqs: Sequence[int] = ()
    documents: Sequence[bytes] = ()
    are_v2: Sequence[bool] = ()
    has_more: bool = False

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, bytes, bool]], *, has_more: bool) -> Page:
        """Return the page of some rows with the columns of `Found`."""
        if not rows:
            return cls(has_more=has_more)
        stored, seqs, documents, are_v2 = zip(*rows, strict=True)
        return cls(stored, seqs, documents, are_v2, has_more)

    @property
    def last(self) -> Position:
        """Where the last statement stands; there must be one."""
        return Position(self.stored[-1], self.seqs[-1])

    @property
    def found(self) -> list[Found]:
        """The statements one by one."""
        columns = (self.stored, self.seqs, self.documents, self.are_v2)
        return [Found(*row) for row in zip(*columns, strict=True)]

    def first(self, count: int, *, has_more: bool) -> Page:
        """Return the page that ends after `count` statements."""
        stored, seqs = self.stored[:count], self.seqs[:count]
        return Page(stored, seqs, self.documents[:count], self.are_v2[:count], has_more)


class Sizes:
    """How many statements a filter matches, at most `_SAMPLE`, and until when (monotonic) that counts as known."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, Any], tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, entry: tuple[str, Any]) -> tuple[int, float]:
        """Return what is known of a filter; (0, 0.0) where nothing is."""
        return self._known.get(entry, (0, 0.0))

    def put(self, entry: tuple[str, Any], size: int, until: float) -> None:
        """Note the size of a filter."""
        with self._lock:
            self._known[entry] = (size, until)
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """A connection to read on, with what its process knows of dictionaries and sizes."""

    driver: Driver
    known: Dictionaries
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class OneStatement:
    """A statement found by its id, voided or not."""

    found: Found
    is_voided: bool


def agent_id_of(driver: Driver, key: str, known: Dictionaries | None = None) -> int | None:
    """Return the id of an agent key, or None where no statement or document names it; `known` spares the asking."""
    sql = "SELECT agent_id FROM agent WHERE agent_key = ?"
    return _dictionary_id(driver, sql, key, {} if known is None else known.agents)


def iri_id_of(driver: Driver, iri: str, known: Dictionaries | None = None) -> int | None:
    """Return the id of a verb's or activity's IRI, or None where nothing names it."""
    sql = "SELECT iri_id FROM iri WHERE value = ?"
    return _dictionary_id(driver, sql, iri, {} if known is None else known.iris)


def source_id_of(driver: Driver, name: str) -> int | None:
    """Return the id of a source by its name."""
    row = driver.run("SELECT source_id FROM source WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _dictionary_id(driver: Driver, sql: str, value: str, known: dict[str, int]) -> int | None:
    entry = dictionary_entry(value)
    found = known.get(entry)
    if found is None:
        row = driver.run(sql, (entry,)).fetchone()
        if row is None:
            return None
        found = known[entry] = int(row[0])
    return found


def statement_by_id(driver: Driver, statement_id: str, own_source: int | None) -> OneStatement | None:
    """Return a statement by its id in lower case, voided or not; of one source alone where `own_source` names it."""
    row = driver.run(
        "SELECT s.seq, s.stored, s.voided_by, s.document, s.source_id, s.is_v2 FROM statement_key k"
        " JOIN statement s ON s.seq = k.seq AND s.agent_id = k.agent_id WHERE k.statement_id = ?",
        (statement_id,),
    ).fetchone()
    if row is None or (own_source is not None and row[4] != own_source):
        return None
    return OneStatement(Found(row[1], row[0], bytes(row[3]), bool(row[5])), is_voided=row[2] is not None)


def page_of(
    reading: Reading,
    filters: Filters,
    *,
    ascending: bool,
    after: Position | None,
    limit: int,
    most_bytes: int,
) -> Page:
    """Return the first `limit` matching statements after `after`, newest first unless `ascending`.

    Fewer where their documents exceed `most_bytes`, at least one. One statement of SQL, so that a page is of one moment.
    """
    driver = reading.driver
    driving = _driving_filter(driver, reading.sizes, filters)
    sql, parameters = _sql(
        filters, driving, ascending=ascending, after=after, limit=limit + 1, is_sqlite=driver.is_sqlite
    )
    rows = driver.search(sql, parameters)
    page = Page.of(rows[:limit], has_more=len(rows) > limit)
    # Few short documents fit whatever they are.
    may_exceed = len(page.documents) * _SHORT > most_bytes
    if None in page.documents or (may_exceed and sum(map(len, page.documents)) > most_bytes):
        shown = _bounded(driver, rows[:limit], most_bytes)
        return Page.of(shown, has_more=len(rows) > len(shown))
    return page


def _bounded(driver: Driver, rows: Sequence[Any], most_bytes: int) -> list[tuple[int, int, bytes, bool]]:
    """Return as many of `rows` as fit, at least one, with the long documents that the query left out."""
    page: list[tuple[int, int, bytes, bool]] = []
    total = 0
    for stored, seq, short, is_v2 in rows:
        document = short if short is not None else _long_document(driver, seq)
        total += len(document)
        if page and total > most_bytes:
            break
        page.append((stored, seq, document, is_v2))
    return page


def _long_document(driver: Driver, seq: int) -> bytes:
    return bytes(driver.run("SELECT document FROM statement WHERE seq = ?", (seq,)).fetchone()[0])


def attachment_bytes(driver: Driver, seqs: Sequence[int]) -> Mapping[int, int]:
    """Return how many bytes of attachments each statement carries; those without any are absent."""
    rows = driver.rows_in(
        "SELECT l.seq, sum(length(c.content)) FROM statement_attachment l"
        " JOIN attachment_content c ON c.sha2 = l.sha2 WHERE l.seq IN ({}) GROUP BY l.seq",
        seqs,
    )
    return {int(row[0]): int(row[1]) for row in rows}


def attachments_of(driver: Driver, seqs: Sequence[int]) -> tuple[AttachmentPart, ...]:
    """Return the attachments that the given statements carry, once each, in the order of their digests."""
    rows = driver.rows_in(
        "SELECT DISTINCT c.sha2, c.content_type, c.content FROM statement_attachment l"
        " JOIN attachment_content c ON c.sha2 = l.sha2 WHERE l.seq IN ({})",
        seqs,
    )
    parts = {row[0]: AttachmentPart(row[0], row[1], bytes(row[2])) for row in rows}
    return tuple(parts[sha2] for sha2 in sorted(parts))


def definitions_of(driver: Driver, iris: Sequence[str]) -> Mapping[str, bytes]:
    """Return the canonical definitions of activities by IRI; those without one are absent."""
    asked = {dictionary_entry(iri): iri for iri in iris}
    rows = driver.rows_in(
        "SELECT i.value, d.definition FROM iri i JOIN activity_definition d ON d.iri_id = i.iri_id"
        " WHERE i.value IN ({})",
        sorted(asked),
    )
    return {asked[value]: bytes(definition) for value, definition in rows}


def _driving_filter(driver: Driver, sizes: Sizes, filters: Filters) -> str:
    """Return the name of the filter whose index is walked, "" for none."""
    given: list[tuple[str, str, Any]] = [
        (name, table, value)
        for name, table, value in (
            ("registration", "statement", filters.registration),
            ("agent", "statement_agent", filters.agent_id),
            ("activity", "statement_activity", filters.activity_id),
            ("verb", "statement", filters.verb_id),
            ("own", "statement", filters.own_source),
        )
        if value is not None
    ]
    if len(given) < 2:
        return given[0][0] if given else ""
    found = [_size(driver, sizes, *one) for one in given]
    if filters.authority is not None:
        place = next(place for place, (name, _, _) in enumerate(given) if name == "agent")
        found[place] += _size(driver, sizes, "own", "statement", filters.authority[0])
    return given[found.index(min(found))][0]


_COLUMNS: Final = {
    "registration": "registration",
    "agent": "agent_id",
    "activity": "iri_id",
    "verb": "verb_id",
    "own": "source_id",
}


def _size(driver: Driver, sizes: Sizes, name: str, table: str, value: Any) -> int:
    """Return how many statements a filter matches, at most `_SAMPLE`."""
    now = time.monotonic()
    size, known_until = sizes.get((name, value))
    if known_until <= now:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {_COLUMNS[name]} = ? LIMIT {_SAMPLE}) AS sample"
        size = int(driver.run(sql, (value,)).fetchone()[0])
        # A filter that matches many statements will never match few, because statements stay.
        sizes.put((name, value), size, math.inf if size >= _SAMPLE else now + _SIZES_HOLD_SECONDS)
    return size


class _Shape(NamedTuple):
    """All that the SQL of a page depends on; `given` names the parameters that have a value, in the order of `_values`."""

    driving: str
    given: tuple[str, ...]
    related_agents: bool
    related_activities: bool
    ascending: bool
    limit: int
    is_sqlite: bool


def _sql(
    filters: Filters, driving: str, *, ascending: bool, after: Position | None, limit: int, is_sqlite: bool
) -> tuple[str, list[Any]]:
    """Return the SQL of one page with its parameters; `limit` is that of its rows."""
    values = _values(filters, after)
    related = (filters.related_agents, filters.related_activities)
    text, names = _text(_Shape(driving, tuple(values), *related, ascending, limit, is_sqlite))
    return text, [values[name] for name in names]


def _values(filters: Filters, after: Position | None) -> dict[str, Any]:
    """Return the parameters that have a value, by their names."""
    values: dict[str, Any] = {}
    for name in ("agent_id", "verb_id", "activity_id", "registration", "own_source"):
        value = getattr(filters, name)
        if value is not None:
            values[name] = value
    if filters.since is not None:
        values["since"] = to_micros(filters.since)
    if filters.until is not None:
        values["until"] = to_micros(filters.until)
    if filters.authority is not None:
        values["authority_source"], values["authority_text"] = filters.authority
    if after is not None:
        values["after_stored"], values["after_seq"] = after.stored, after.seq
    return values


@lru_cache(_TEXTS_REMEMBERED)
def _text(shape: _Shape) -> tuple[str, tuple[str, ...]]:
    """Return the SQL of pages of one shape, and the names of its parameters in order."""
    text, names = _Query(shape).sql()
    return text, tuple(names)


class _Query:
    """The SQL of pages of one shape: the branches of the driving filter, each in order and bounded, joined.

    A row is (stored, seq, document, is_v2); the document is NULL where it is long. Parameters are told by name.
    """

    def __init__(self, shape: _Shape) -> None:
        self.shape = shape
        # XAPI-00166: by stored, newest first unless ascending is asked for (Communication 2.1.3).
        self.direction = "ASC" if shape.ascending else "DESC"

    def sql(self) -> tuple[str, list[str]]:
        branches = self._branches()
        if len(branches) == 1:
            return self._branch(*branches[0], has_documents=True)
        texts: list[str] = []
        parameters: list[str] = []
        for table, condition, names in branches:
            text, bound = self._branch(table, condition, names, has_documents=False)
            texts.append(f"SELECT * FROM ({text}) AS branch_{len(texts)}")
            parameters += bound
        order = f"ORDER BY 1 {self.direction}, 2 {self.direction}"
        joined = f"{' UNION '.join(texts)} {order} LIMIT {self.shape.limit}"
        # CROSS JOIN, because SQLite takes it as the order of the walk; PostgreSQL as any other join.
        text = f"SELECT p.stored, p.seq, {_columns('d')} FROM ({joined}) AS p CROSS JOIN statement d WHERE d.seq = p.seq"
        return f"{text} {order}", parameters

    def _has(self, name: str) -> bool:
        return name in self.shape.given

    def _branches(self) -> list[tuple[str, str, list[str]]]:
        """Return (table, condition on it as x, its parameters); together they are all rows that match the filter."""
        match self.shape.driving:
            case "agent":
                rows = self._index_rows("statement_agent", "agent_id", "agent_id", self.shape.related_agents)
                if self._has("authority_text"):
                    rows.append(("statement", self._has_authority("x"), [*_AUTHORITY]))
                return rows
            case "activity":
                related = self.shape.related_activities
                return self._index_rows("statement_activity", "iri_id", "activity_id", related)
            case "verb":
                return [(table, "x.verb_id = ?", ["verb_id"]) for table in ("statement", "statement_verb")]
            case "registration":
                tables = ("statement", "statement_registration")
                return [(table, "x.registration = ?", ["registration"]) for table in tables]
            case "own":
                return [("statement", "x.source_id = ?", ["own_source"])]
            case _:
                return [("statement", "", [])]

    def _index_rows(
        self, table: str, column: str, name: str, related: bool
    ) -> list[tuple[str, str, list[str]]]:
        # XAPI-00176, XAPI-00177: alone, agent and activity find what is direct; related ones every place.
        # `direct` stands before `stored` in the index: both kinds in order are two walks.
        kinds = ("TRUE", "FALSE") if related else ("TRUE",)
        return [(table, f"x.{column} = ? AND x.direct = {kind}", [name]) for kind in kinds]

    def _branch(
        self, table: str, condition: str, names: list[str], *, has_documents: bool
    ) -> tuple[str, list[str]]:
        conditions = [condition] if condition else []
        parameters = list(names)
        self._bound(conditions, parameters)
        if table == "statement":
            source, row = "statement x", "x"
        else:
            source, row = f"{table} x CROSS JOIN statement s", "s"
            conditions.append("s.seq = x.seq")
        # XAPI-00163: a voided statement is in no result (Communication 2.1.3).
        conditions.append(f"{row}.voided_by IS NULL")
        if self._has("own_source") and self.shape.driving != "own":
            # The sign keeps the index of sources out of it: the driving filter decides which index is walked.
            conditions.append(f"+{row}.source_id = ?")
            parameters.append("own_source")
        self._look_up(row, conditions, parameters)
        columns = f"x.stored, x.seq, {_columns(row)}" if has_documents else "x.stored, x.seq"
        text = (
            f"SELECT {columns} FROM {source} WHERE {' AND '.join(conditions)}"
            f" ORDER BY x.stored {self.direction}, x.seq {self.direction} LIMIT {self.shape.limit}"
        )
        return text, parameters

    def _bound(self, conditions: list[str], parameters: list[str]) -> None:
        # XAPI-00174, XAPI-00175: since is exclusive, until inclusive, both on stored (Communication 2.1.3).
        if self._has("since"):
            conditions.append("x.stored > ?")
            parameters.append("since")
        if self._has("until"):
            conditions.append("x.stored <= ?")
            parameters.append("until")
        if self._has("after_seq"):
            conditions.append(f"(x.stored, x.seq) {'>' if self.shape.ascending else '<'} (?, ?)")
            parameters += ["after_stored", "after_seq"]

    def _has_authority(self, row: str) -> str:
        """Return the condition that a statement has the authority that this LRS gives; it stands in no index."""
        is_sqlite = self.shape.is_sqlite
        found = f"instr({row}.document, ?)" if is_sqlite else f"position(? in {row}.document)"
        return f"{row}.source_id = ? AND {found} > 0"

    def _look_up(self, row: str, conditions: list[str], parameters: list[str]) -> None:
        """Add the filters that do not drive: what most statements say themselves first, then as look-ups by key."""
        # XAPI-00164, XAPI-00178 to XAPI-00181: a statement of the result matches every filter.
        driving = self.shape.driving
        if self._has("agent_id") and driving != "agent":
            placed = _exists("statement_agent", "agent_id", row, is_related=self.shape.related_agents)
            has_authority = self._has("authority_text")
            given = f" OR ({self._has_authority(row)})" if has_authority else ""
            conditions.append(f"(+{row}.agent_id = ? OR {placed}{given})")
            parameters += ["agent_id", "agent_id", *(_AUTHORITY if has_authority else ())]
        if self._has("activity_id") and driving != "activity":
            placed = _exists("statement_activity", "iri_id", row, is_related=self.shape.related_activities)
            conditions.append(f"(+{row}.activity_id = ? OR {placed})")
            parameters += ["activity_id", "activity_id"]
        if self._has("verb_id") and driving != "verb":
            conditions.append(f"(+{row}.verb_id = ? OR {_exists('statement_verb', 'verb_id', row)})")
            parameters += ["verb_id", "verb_id"]
        if self._has("registration") and driving != "registration":
            copied = _exists("statement_registration", "registration", row)
            conditions.append(f"({row}.registration = ? OR {copied})")
            parameters += ["registration", "registration"]


def _columns(row: str) -> str:
    return f"CASE WHEN length({row}.document) <= {_SHORT} THEN {row}.document END, {row}.is_v2"


def _exists(table: str, column: str, row: str, *, is_related: bool = True) -> str:
    """Return the look-up of an index row by its key; OFFSET keeps PostgreSQL from joining what is to be looked up."""
    direct = "" if is_related else " AND e.direct = TRUE"
    return f"EXISTS (SELECT 1 FROM {table} e WHERE e.{column} = ? AND e.seq = {row}.seq{direct} LIMIT 1 OFFSET 0)"
