"""GET /statements: every filter answered by index rows in the order of (stored, seq), whatever the size of the store.

A filter that stands alone walks its own index up to the limit. Where several stand together (a reader's own source is
one), the one that matches the fewest statements is walked and the others are looked up by key. Index rows copied from the targets of StatementRefs
make a referring statement answer for what its target says (`references`).
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.store.ingest import Driver, dictionary_entry
from lms_bridge.store.models.base import from_micros, to_micros
from lms_bridge.store.models.statements import ActivityDefinition, Iri
from lms_bridge.xapi.attachments import AttachmentPart

# Beyond so many rows two filters count as equally common.
_SAMPLE = 2_000
_MOST_REMEMBERED = 10_000
_PROBE_SECONDS = 0.025
_IN_LIST = 400
# A page is a walk along one index with look-ups by key. PostgreSQL takes filters for independent of each other, and
# where it knows how common each is would rather join all their rows than walk: seven times as long at a million.
_WALK = (
    "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
    " set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a statement stands in the order of all: `stored` in microseconds since the epoch, then `seq`."""

    stored: int
    seq: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What statements must match; ids are those of the dictionaries, `own_source` bounds what may be seen."""

    agent_id: int | None = None
    related_agents: bool = False
    verb_id: int | None = None
    activity_id: int | None = None
    related_activities: bool = False
    registration: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    own_source: int | None = None


class StoredDocument(NamedTuple):
    """A statement as GET returns it; `is_v2`: it came in a request of 2.0."""

    text: bytes
    is_v2: bool


@dataclass(frozen=True, slots=True)
class OneStatement:
    """A statement found by its id."""

    seq: int
    stored: datetime
    is_voided: bool
    document: StoredDocument


def agent_id_of(session: Session, key: str) -> int | None:
    """Return the id of an agent key, or None where no statement or document names it."""
    return _dictionary_id(session, "SELECT agent_id FROM agent WHERE agent_key = ?", key)


def iri_id_of(session: Session, iri: str) -> int | None:
    """Return the id of a verb's or activity's IRI, or None where nothing names it."""
    return _dictionary_id(session, "SELECT iri_id FROM iri WHERE value = ?", iri)


def _dictionary_id(session: Session, sql: str, value: str) -> int | None:
    row = Driver(session.connection()).run(sql, (dictionary_entry(value),)).fetchone()
    return None if row is None else int(row[0])


def statement_by_id(session: Session, statement_id: str, own_source: int | None) -> OneStatement | None:
    """Return a statement by its id in lower case, voided or not; of one source alone where `own_source` names it."""
    row = (
        Driver(session.connection())
        .run(
            "SELECT s.seq, s.stored, s.voided_by, s.document, s.source_id, s.is_v2 FROM statement_key k"
            " JOIN statement s ON s.seq = k.seq AND s.agent_id = k.agent_id WHERE k.statement_id = ?",
            (statement_id,),
        )
        .fetchone()
    )
    if row is None or (own_source is not None and row[4] != own_source):
        return None
    document = StoredDocument(bytes(row[3]), bool(row[5]))
    return OneStatement(row[0], from_micros(row[1]), row[2] is not None, document)


def positions(
    session: Session, filters: Filters, *, ascending: bool, after: Position | None, limit: int
) -> list[Position]:
    """Return where the first `limit` matching statements after `after` stand, newest first unless `ascending`."""
    driver = Driver(session.connection())
    query = _Query(filters, ascending=ascending, after=after, limit=limit)
    if not driver.is_sqlite:
        driver.run(_WALK)
    sql, parameters = query.sql(_driving_filter(driver, filters))
    return [Position(int(row[0]), int(row[1])) for row in driver.run(sql, parameters).fetchall()]


def documents_at(session: Session, found: Sequence[Position], most_bytes: int) -> list[StoredDocument]:
    """Return the documents at the given positions, in their order; fewer where they exceed `most_bytes`, at least one."""
    driver = Driver(session.connection())
    documents: list[StoredDocument] = []
    total = 0
    for start in range(0, len(found), 100):
        part = [position.seq for position in found[start : start + 100]]
        rows = driver.rows_in("SELECT seq, document, is_v2 FROM statement WHERE seq IN ({})", part)
        by_seq = {row[0]: StoredDocument(bytes(row[1]), bool(row[2])) for row in rows}
        for seq in part:
            total += len(by_seq[seq].text)
            if documents and total > most_bytes:
                return documents
            documents.append(by_seq[seq])
    return documents


def attachment_bytes(session: Session, seqs: Sequence[int]) -> Mapping[int, int]:
    """Return how many bytes of attachments each statement carries; those without any are absent."""
    rows = Driver(session.connection()).rows_in(
        "SELECT l.seq, sum(length(c.content)) FROM statement_attachment l"
        " JOIN attachment_content c ON c.sha2 = l.sha2 WHERE l.seq IN ({}) GROUP BY l.seq",
        seqs,
    )
    return {int(row[0]): int(row[1]) for row in rows}


def attachments_of(session: Session, seqs: Sequence[int]) -> tuple[AttachmentPart, ...]:
    """Return the attachments that the given statements carry, once each, in the order of their digests."""
    rows = Driver(session.connection()).rows_in(
        "SELECT DISTINCT c.sha2, c.content_type, c.content FROM statement_attachment l"
        " JOIN attachment_content c ON c.sha2 = l.sha2 WHERE l.seq IN ({})",
        seqs,
    )
    parts = {row[0]: AttachmentPart(row[0], row[1], bytes(row[2])) for row in rows}
    return tuple(parts[sha2] for sha2 in sorted(parts))


def definitions_of(session: Session, iris: Sequence[str]) -> Mapping[str, bytes]:
    """Return the canonical definitions of activities by IRI; those without one are absent."""
    found: dict[str, bytes] = {}
    asked = {dictionary_entry(iri): iri for iri in iris}
    entries = sorted(asked)
    for start in range(0, len(entries), _IN_LIST):
        rows = session.execute(
            select(Iri.value, ActivityDefinition.definition)
            .join(ActivityDefinition, ActivityDefinition.iri_id == Iri.iri_id)
            .where(Iri.value.in_(entries[start : start + _IN_LIST]))
        )
        found.update((asked[value], definition) for value, definition in rows)
    return found


def consistent_through(session: Session) -> datetime:
    """Return an instant up to which every statement that has or will have an earlier `stored` is visible from now on.

    Ends the session's read transaction: what is read after this sees all of them. SQLite: if no writer is at work, the
    present, else the newest committed statement, because a writer stamps strictly after it. PostgreSQL: the present,
    or just before the oldest open transaction that has written.
    """
    session.rollback()
    engine = session.get_bind()
    if isinstance(engine, Engine) and engine.dialect.name == "sqlite":
        return _through_sqlite(engine)
    micros = (
        session.connection()
        .exec_driver_sql(
            "SELECT least((extract(epoch FROM statement_timestamp()) * 1000000)::bigint,"
            # What pg_stat_activity shows, without the names that it joins.
            " (SELECT (extract(epoch FROM min(xact_start)) * 1000000)::bigint - 1 FROM pg_stat_get_activity(NULL)"
            " WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()))"
        )
        .scalar_one()
    )
    session.rollback()
    return from_micros(int(micros))


class _Probe:
    """A connection of its own that looks whether a writer is at work; one for each SQLite database of the process."""

    def __init__(self, path: str) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(
            path, timeout=_PROBE_SECONDS, check_same_thread=False, isolation_level=None
        )

    def through(self) -> datetime:
        """Return an instant up to which everything is visible from now on."""
        with self._lock:
            connection = self._connection
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                newest = connection.execute("SELECT max(stored) FROM statement").fetchone()[0]
                return from_micros(int(newest or 0))
            # Whoever writes next stamps after this instant, because it needs the lock that is held here.
            through = clock.now()
            connection.execute("ROLLBACK")
            return through


_probes: WeakKeyDictionary[Engine, _Probe] = WeakKeyDictionary()
_probes_lock = Lock()


def _through_sqlite(engine: Engine) -> datetime:
    with _probes_lock:
        probe = _probes.get(engine)
        if probe is None:
            probe = _probes[engine] = _Probe(str(engine.url.database))
    return probe.through()


def _driving_filter(driver: Driver, filters: Filters) -> str:
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
    columns = {
        "registration": "registration",
        "agent": "agent_id",
        "activity": "iri_id",
        "verb": "verb_id",
        "own": "source_id",
    }
    sizes: list[int] = []
    for name, table, value in given:
        entry = (driver.database, name, value)
        size = _common.get(entry)
        if size is None:
            sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {columns[name]} = ? LIMIT {_SAMPLE}) AS sample"
            size = int(driver.run(sql, (value,)).fetchone()[0])
            if size >= _SAMPLE:
                _remember(entry)
        sizes.append(size)
    return given[sizes.index(min(sizes))][0]


# Filters that match many statements: they will never match few, because statements stay.
_common: OrderedDict[tuple[str, str, Any], int] = OrderedDict()


def _remember(entry: tuple[str, str, Any]) -> None:
    with _probes_lock:
        _common[entry] = _SAMPLE
        while len(_common) > _MOST_REMEMBERED:
            _common.popitem(last=False)


class _Query:
    """The SQL of one page of positions: the branches of the driving filter, each in order and bounded, joined."""

    def __init__(self, filters: Filters, *, ascending: bool, after: Position | None, limit: int) -> None:
        self.filters = filters
        self.after = after
        self.ascending = ascending
        self.limit = limit
        # XAPI-00166: by stored, newest first unless ascending is asked for (Communication 2.1.3).
        self.direction = "ASC" if ascending else "DESC"

    def sql(self, driving: str) -> tuple[str, list[Any]]:
        branches = self._branches(driving)
        if len(branches) == 1:
            return self._branch(driving, *branches[0])
        texts: list[str] = []
        parameters: list[Any] = []
        for table, condition, values in branches:
            text, bound = self._branch(driving, table, condition, values)
            texts.append(f"SELECT * FROM ({text}) AS branch_{len(texts)}")
            parameters += bound
        joined = " UNION ".join(texts)
        return f"{joined} ORDER BY 1 {self.direction}, 2 {self.direction} LIMIT {self.limit}", parameters

    def _branches(self, driving: str) -> list[tuple[str, str, list[Any]]]:
        """Return (table, condition on it as x, its values); together they are all rows that match the filter."""
        filters = self.filters
        if driving == "agent":
            return self._index_rows("statement_agent", "agent_id", filters.agent_id, filters.related_agents)
        if driving == "activity":
            return self._index_rows(
                "statement_activity", "iri_id", filters.activity_id, filters.related_activities
            )
        if driving == "verb":
            return [(table, "x.verb_id = ?", [filters.verb_id]) for table in ("statement", "statement_verb")]
        if driving == "registration":
            return [
                (table, "x.registration = ?", [filters.registration])
                for table in ("statement", "statement_registration")
            ]
        if driving == "own":
            return [("statement", "x.source_id = ?", [filters.own_source])]
        return [("statement", "", [])]

    def _index_rows(
        self, table: str, column: str, value: int | None, related: bool
    ) -> list[tuple[str, str, list[Any]]]:
        # XAPI-00176, XAPI-00177: alone, agent and activity find what is direct; related ones every place.
        # `direct` stands before `stored` in the index: both kinds in order are two walks.
        kinds = ("TRUE", "FALSE") if related else ("TRUE",)
        return [(table, f"x.{column} = ? AND x.direct = {kind}", [value]) for kind in kinds]

    def _branch(self, driving: str, table: str, condition: str, values: list[Any]) -> tuple[str, list[Any]]:
        conditions = [condition] if condition else []
        parameters = list(values)
        self._bound(conditions, parameters)
        if table == "statement":
            source, row = "statement x", "x"
        else:
            # CROSS JOIN, because SQLite takes it as the order of the walk; PostgreSQL as any other join.
            source, row = f"{table} x CROSS JOIN statement s", "s"
            conditions.append("s.seq = x.seq")
        # XAPI-00163: a voided statement is in no result (Communication 2.1.3).
        conditions.append(f"{row}.voided_by IS NULL")
        if self.filters.own_source is not None and driving != "own":
            # The sign keeps the index of sources out of it: the driving filter decides which index is walked.
            conditions.append(f"+{row}.source_id = ?")
            parameters.append(self.filters.own_source)
        self._look_up(driving, row, conditions, parameters)
        text = (
            f"SELECT x.stored, x.seq FROM {source} WHERE {' AND '.join(conditions)}"
            f" ORDER BY x.stored {self.direction}, x.seq {self.direction} LIMIT {self.limit}"
        )
        return text, parameters

    def _bound(self, conditions: list[str], parameters: list[Any]) -> None:
        # XAPI-00174, XAPI-00175: since is exclusive, until inclusive, both on stored (Communication 2.1.3).
        if self.filters.since is not None:
            conditions.append("x.stored > ?")
            parameters.append(to_micros(self.filters.since))
        if self.filters.until is not None:
            conditions.append("x.stored <= ?")
            parameters.append(to_micros(self.filters.until))
        if self.after is not None:
            conditions.append(f"(x.stored, x.seq) {'>' if self.ascending else '<'} (?, ?)")
            parameters += [self.after.stored, self.after.seq]

    def _look_up(self, driving: str, row: str, conditions: list[str], parameters: list[Any]) -> None:
        """Add the filters that do not drive, as look-ups by key."""
        # XAPI-00164, XAPI-00178 to XAPI-00181: a statement of the result matches every filter.
        filters = self.filters
        if filters.agent_id is not None and driving != "agent":
            direct = "" if filters.related_agents else " AND a.direct = TRUE"
            conditions.append(
                f"EXISTS (SELECT 1 FROM statement_agent a WHERE a.agent_id = ? AND a.seq = {row}.seq{direct})"
            )
            parameters.append(filters.agent_id)
        if filters.activity_id is not None and driving != "activity":
            direct = "" if filters.related_activities else " AND t.direct = TRUE"
            conditions.append(
                f"EXISTS (SELECT 1 FROM statement_activity t WHERE t.iri_id = ? AND t.seq = {row}.seq{direct})"
            )
            parameters.append(filters.activity_id)
        if filters.verb_id is not None and driving != "verb":
            conditions.append(
                f"(+{row}.verb_id = ? OR EXISTS"
                f" (SELECT 1 FROM statement_verb v WHERE v.verb_id = ? AND v.seq = {row}.seq))"
            )
            parameters += [filters.verb_id, filters.verb_id]
        if filters.registration is not None and driving != "registration":
            conditions.append(
                f"({row}.registration = ? OR EXISTS"
                f" (SELECT 1 FROM statement_registration g WHERE g.registration = ? AND g.seq = {row}.seq))"
            )
            parameters += [filters.registration, filters.registration]
