"""Writing statements: one transaction stores the documents, every index row, and the work that follows from them.

The hot path speaks SQL through the driver: at a batch of one SQLAlchemy's expression layer costs more than the insert.
Integer keys of agents and IRIs are cached per process; a cache entry is made only after its commit.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Transaction
from sqlalchemy.exc import IntegrityError, OperationalError

from lms_bridge import clock
from lms_bridge.errors import BusyError, ConflictError, ForbiddenError
from lms_bridge.store.activities import merge_definitions_of
from lms_bridge.store.database import WRITES
from lms_bridge.store.driver import Driver
from lms_bridge.store.models.base import from_micros, to_micros
from lms_bridge.store.references import copy_reference_rows
from lms_bridge.xapi.attachments import AttachmentPart
from lms_bridge.xapi.comparison import is_same
from lms_bridge.xapi.instants import format_stored
from lms_bridge.xapi.statements import IncomingStatement
from lms_bridge.xapi.walk import VOIDED_VERB

CACHE_LIMIT = 200_000
RETRIES = 5
TURN_SECONDS = 10.0
LONGEST_ENTRY = 600
# The key of the advisory lock between statements that refer and those they refer to.
REFERENCE_LOCK = 7_146_301


@dataclass(frozen=True, slots=True)
class Sender:
    """Who posts: the source, whether it may touch the statements of others, and the authority written for it.

    What it says of activities changes their canonical definitions only where it `defines`. Who `reads_all` is answered
    for what its references name, whoever sent that.
    """

    source_id: int
    name: str
    reaches_all: bool
    authority: bytes
    defines: bool = True
    reads_all: bool = False


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What a batch did: ids in the order of the request."""

    statement_ids: tuple[str, ...]
    stored: int
    already_stored: int
    stored_at: datetime


def dictionary_entry(value: str) -> str:
    """Return what stands in a dictionary for an IRI or agent key: itself, or its beginning and digest where it is long.

    An index of PostgreSQL takes at most 2,704 bytes, and a character up to four.
    """
    if len(value) <= LONGEST_ENTRY:
        return value
    return f"{value[:200]}…sha256:{hashlib.sha256(value.encode()).hexdigest()}"


@dataclass(slots=True)
class Dictionaries:
    """Per-process caches of agent and IRI keys."""

    agents: dict[str, int] = field(default_factory=dict)
    iris: dict[str, int] = field(default_factory=dict)

    def trim(self) -> None:
        """Keep memory bounded: a cache that is full starts again."""
        if len(self.agents) > CACHE_LIMIT:
            self.agents.clear()
        if len(self.iris) > CACHE_LIMIT:
            self.iris.clear()


class StatementWriter:
    """Stores batches on one engine. Safe to share between threads: state is only the caches."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.known = Dictionaries()
        # Threads of one process take turns: waiting for SQLite's own lock means sleeping in ever longer naps.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    def store(
        self,
        sender: Sender,
        statements: Sequence[IncomingStatement],
        statement_ids: Sequence[str],
        version: str,
        now: datetime,
        attachments: Mapping[str, AttachmentPart] | None = None,
        import_id: int | None = None,
    ) -> IngestResult:
        """Store a batch, all or nothing; `statement_ids` are the sender's or generated, lower case, in order.

        `stored` is a time inside the transaction, never before `now`. What is new belongs to the file import
        `import_id`, where one is named.

        Raises:
            ConflictError: an id is stored with other content.
            ForbiddenError: a statement of another source is voided without the scope for it.
            BusyError: the database stayed locked or cannot be reached; or it was lost while it committed, and the
                message says that the batch may be stored.
        """
        for _ in range(RETRIES):
            try:
                with self._in_turn():
                    return self._store_once(
                        sender, statements, statement_ids, version, now, attachments or {}, import_id
                    )
            except IntegrityError:
                # Another writer stored the same id or dictionary entry since we looked: look again.
                continue
            except OperationalError as error:
                if not _is_deadlock(error):
                    raise BusyError(
                        "the database is busy; nothing was stored, send the request again"
                    ) from error
        raise BusyError(
            "other writers stored the same things meanwhile; nothing was stored, send the request again"
        )

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise BusyError("too many requests are being stored; nothing was stored, send the request again")
        try:
            yield
        finally:
            self._turn.release()

    def _store_once(
        self,
        sender: Sender,
        statements: Sequence[IncomingStatement],
        statement_ids: Sequence[str],
        version: str,
        now: datetime,
        attachments: Mapping[str, AttachmentPart],
        import_id: int | None,
    ) -> IngestResult:
        # XAPI-00182, XAPI-00326: one transaction, so what is refused on the way leaves nothing (Communication 3.2).
        with (
            self.engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin() as transaction,
        ):
            refers = any(statement.refers_to is not None for statement in statements)
            batch = _Batch(Driver.of(connection), self.known, sender, now, refers=refers, import_id=import_id)
            result = batch.write(statements, statement_ids, version, attachments)
            _commit(transaction)
        self.known.agents.update(batch.new_agents)
        self.known.iris.update(batch.new_iris)
        self.known.trim()
        return result


class _Batch:
    """The writing of one batch inside its transaction."""

    def __init__(
        self,
        driver: Driver,
        known: Dictionaries,
        sender: Sender,
        now: datetime,
        *,
        refers: bool,
        import_id: int | None = None,
    ) -> None:
        self.import_id = import_id
        self.driver = driver
        self.known = known
        self.sender = sender
        self.agents: dict[str, int] = {}
        self.iris: dict[str, int] = {}
        self.new_agents: dict[str, int] = {}
        self.new_iris: dict[str, int] = {}
        self.last_seq: int | None = None
        self.stored_at = self._stamp(now, refers=refers)
        self.stored = to_micros(self.stored_at)

    def _stamp(self, now: datetime, *, refers: bool) -> datetime:
        """Return `stored`, a time inside the transaction; what Consistent-Through promises rests on it.

        SQLite has one writer at a time: the stamp is taken under its lock, strictly after what is stored. On PostgreSQL
        the transaction first takes its id, so that whoever looks for open writers sees it before the stamp. A batch
        that voids or refers waits for the other writers and they for it, because the one that arrives second must see
        the first; all others share the lock.
        """
        if self.driver.is_sqlite:
            last, self.last_seq = self.driver.run(
                "SELECT (SELECT max(stored) FROM statement), (SELECT max(seq) FROM statement)"
            ).fetchone()
            return max(now, clock.now(), from_micros(last or 0) + timedelta(microseconds=1))
        lock = "pg_advisory_xact_lock" if refers else "pg_advisory_xact_lock_shared"
        row = self.driver.run(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM"
            f" (SELECT {lock}({REFERENCE_LOCK}) IS NULL AS locked, pg_current_xact_id() AS own OFFSET 0) AS first"
            " WHERE first.own IS NOT NULL AND first.locked IS NOT NULL"
        ).fetchone()
        return from_micros(row[0])

    def write(
        self,
        statements: Sequence[IncomingStatement],
        statement_ids: Sequence[str],
        version: str,
        attachments: Mapping[str, AttachmentPart],
    ) -> IngestResult:
        """Write everything and return the sum."""
        fresh = self._fresh(statements, statement_ids)
        if fresh:
            self._insert(fresh, version, attachments)
        return IngestResult(tuple(statement_ids), len(fresh), len(statements) - len(fresh), self.stored_at)

    def _fresh(
        self, statements: Sequence[IncomingStatement], statement_ids: Sequence[str]
    ) -> list[tuple[str, IncomingStatement]]:
        """Return those not stored yet; an identical repeat changes nothing, a different one is a conflict."""
        rows = self.driver.rows_in(
            "SELECT statement_id, fingerprint FROM statement_key WHERE statement_id IN ({})",
            list(statement_ids),
        )
        stored = {row[0]: bytes(row[1]) for row in rows}
        fresh: list[tuple[str, IncomingStatement]] = []
        for index, (statement_id, statement) in enumerate(zip(statement_ids, statements, strict=True)):
            if statement_id not in stored:
                fresh.append((statement_id, statement))
            elif not is_same(stored[statement_id], statement.fingerprint):
                # XAPI-00142: a stored statement is never changed (Communication 2.1.1).
                raise ConflictError(
                    f"statement {index}: id {statement_id} is stored with other content; "
                    "send the same statement again, or a new one under a new id (XAPI-00142)"
                )
        return fresh

    def _insert(
        self,
        fresh: Sequence[tuple[str, IncomingStatement]],
        version: str,
        attachments: Mapping[str, AttachmentPart],
    ) -> None:
        self._learn_agents(fresh)
        self._learn_iris(fresh)
        agents, iris = self.agents, self.iris
        first = self._sequence(len(fresh))
        stored_text = format_stored(self.stored_at)
        is_v2 = version.startswith("2.")
        statement_rows: list[tuple[Any, ...]] = []
        key_rows: list[tuple[Any, ...]] = []
        agent_rows: list[tuple[Any, ...]] = []
        activity_rows: list[tuple[Any, ...]] = []
        task_rows: list[tuple[Any, ...]] = []
        for offset, (statement_id, statement) in enumerate(fresh):
            seq = first[offset]
            agent_id = agents[dictionary_entry(statement.actor_key)]
            # XAPI-00099: who sent no authority gets that of the credential (Data 2.4.9).
            document = statement.document(
                statement_id=statement_id,
                stored=stored_text,
                timestamp=stored_text,
                authority=self.sender.authority,
                version=version,
            )
            statement_rows.append(
                (
                    seq,
                    agent_id,
                    statement_id,
                    self.stored,
                    to_micros(statement.timestamp) if statement.timestamp is not None else self.stored,
                    self.sender.source_id,
                    iris[dictionary_entry(statement.verb_iri)],
                    iris[dictionary_entry(statement.activity_iri)]
                    if statement.activity_iri is not None
                    else None,
                    statement.registration,
                    None,
                    "\n".join(f"{flag.pointer}: {flag.message}" for flag in statement.flags) or None,
                    is_v2,
                    document,
                )
            )
            key_rows.append(
                (statement_id, seq, agent_id, self.sender.source_id, self.stored, statement.fingerprint)
            )
            agent_rows += [
                (agents[dictionary_entry(key)], seq, direct, self.stored)
                for key, direct in _distinct(statement.agents)
            ]
            activity_rows += [
                (iris[dictionary_entry(iri)], seq, direct, self.stored)
                for iri, direct in _distinct(statement.activities)
            ]
            task_rows.append((f"agent:{agent_id}", "statement", statement_id, self.stored, 0))
        run = self.driver.many
        run(
            "INSERT INTO statement (seq, agent_id, statement_id, stored, timestamp, source_id, verb_id, activity_id,"
            " registration, voided_by, flags, is_v2, document) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            statement_rows,
        )
        run(
            "INSERT INTO statement_key (statement_id, seq, agent_id, source_id, stored, fingerprint)"
            " VALUES (?,?,?,?,?,?)",
            key_rows,
        )
        run("INSERT INTO statement_agent (agent_id, seq, direct, stored) VALUES (?,?,?,?)", agent_rows)
        run("INSERT INTO statement_activity (iri_id, seq, direct, stored) VALUES (?,?,?,?)", activity_rows)
        run(
            "INSERT INTO derive_task (subject, cause_kind, cause_id, caused_at, attempts) VALUES (?,?,?,?,?)",
            task_rows,
        )
        if self.import_id is not None:
            run(
                "INSERT INTO imported_statement (import_id, statement_id) VALUES (?,?)",
                [(self.import_id, statement_id) for statement_id, _ in fresh],
            )
        self._insert_attachments(fresh, first, attachments)
        self._insert_definitions(fresh)
        self._void(fresh)
        awaited = copy_reference_rows(
            self.driver,
            [
                (statement_id, first[offset], item.refers_to)
                for offset, (statement_id, item) in enumerate(fresh)
            ],
            reads_all=self.sender.reads_all or self.sender.reaches_all,
            voids_all=self.sender.reaches_all,
        )
        if awaited:
            self._apply_earlier_voids([target for target in awaited if target not in _voiding_ids(fresh)])

    def _sequence(self, count: int) -> list[int]:
        if self.driver.is_sqlite:
            last = self.last_seq or 0
            return list(range(last + 1, last + 1 + count))
        rows = self.driver.run(
            "SELECT nextval('statement_seq') FROM generate_series(1, ?)", (count,)
        ).fetchall()
        return sorted(row[0] for row in rows)

    def _learn_agents(self, fresh: Sequence[tuple[str, IncomingStatement]]) -> None:
        # Looked up once: the cache of the process may be emptied by another thread at any time.
        cached = self.known.agents
        missing: set[str] = set()
        for _, item in fresh:
            for key in map(dictionary_entry, (item.actor_key, *(key for key, _ in item.agents))):
                found = cached.get(key)
                if found is None:
                    missing.add(key)
                else:
                    self.agents[key] = found
        if not missing:
            return
        groups = {dictionary_entry(item.actor_key) for _, item in fresh if item.actor_is_group}
        select = "SELECT agent_key, agent_id FROM agent WHERE agent_key IN ({})"
        self.new_agents.update((row[0], row[1]) for row in self.driver.rows_in(select, sorted(missing)))
        absent = sorted(missing - self.new_agents.keys())
        if absent:
            self.driver.many(
                "INSERT INTO agent (agent_key, is_group) VALUES (?,?) ON CONFLICT (agent_key) DO NOTHING",
                [(key, key in groups) for key in absent],
            )
            self.new_agents.update((row[0], row[1]) for row in self.driver.rows_in(select, absent))
        self.agents.update(self.new_agents)

    def _learn_iris(self, fresh: Sequence[tuple[str, IncomingStatement]]) -> None:
        cached = self.known.iris
        values = {item.verb_iri for _, item in fresh}
        values |= {iri for _, item in fresh for iri, _ in item.activities}
        values |= {item.activity_iri for _, item in fresh if item.activity_iri is not None}
        missing: set[str] = set()
        for value in map(dictionary_entry, values):
            found = cached.get(value)
            if found is None:
                missing.add(value)
            else:
                self.iris[value] = found
        if not missing:
            return
        select = "SELECT value, iri_id FROM iri WHERE value IN ({})"
        self.new_iris.update((row[0], row[1]) for row in self.driver.rows_in(select, sorted(missing)))
        absent = sorted(missing - self.new_iris.keys())
        if absent:
            self.driver.many(
                "INSERT INTO iri (value) VALUES (?) ON CONFLICT (value) DO NOTHING",
                [(value,) for value in absent],
            )
            self.new_iris.update((row[0], row[1]) for row in self.driver.rows_in(select, absent))
        self.iris.update(self.new_iris)

    def _insert_attachments(
        self,
        fresh: Sequence[tuple[str, IncomingStatement]],
        first: Sequence[int],
        attachments: Mapping[str, AttachmentPart],
    ) -> None:
        links: set[tuple[int, str]] = set()
        for offset, (_, statement) in enumerate(fresh):
            links |= {
                (first[offset], item.sha2) for item in statement.attachments if item.sha2 in attachments
            }
        if links:
            kept = {sha2 for _, sha2 in links}
            self.driver.many("INSERT INTO statement_attachment (seq, sha2) VALUES (?,?)", sorted(links))
            self.driver.many(
                "INSERT INTO attachment_content (sha2, content_type, content) VALUES (?,?,?)"
                " ON CONFLICT (sha2) DO NOTHING",
                [
                    (part.sha2, part.content_type, part.content)
                    for _, part in sorted(attachments.items())
                    if part.sha2 in kept
                ],
            )

    def _insert_definitions(self, fresh: Sequence[tuple[str, IncomingStatement]]) -> None:
        # 1.0.3 Communication 4.2: without the scope `define`, what is said of activities stays in the statement.
        if not self.sender.defines:
            return
        defined = [pair for _, statement in fresh for pair in statement.definitions]
        if defined:
            merge_definitions_of(
                self.driver, [(self.iris[dictionary_entry(iri)], definition) for iri, definition in defined]
            )

    def _void(self, fresh: Sequence[tuple[str, IncomingStatement]]) -> None:
        """Apply the voidings of this batch. A voiding statement cannot be voided (Data 2.3.2): that has no effect."""
        # XAPI-00018: what a voiding statement names is voided, whichever comes first (Data 2.3.2).
        voiding = [(statement_id, item.voids) for statement_id, item in fresh if item.voids is not None]
        for statement_id, target_id in voiding:
            self._void_one(str(target_id), statement_id)

    def _apply_earlier_voids(self, arrived: Sequence[str]) -> None:
        """Void those of this batch that a voiding named before they came; the first whose source may counts."""
        waiting = self.driver.rows_in(
            "SELECT r.target_id, v.statement_id, v.source_id, r.voids_all FROM statement_reference r"
            " JOIN statement v ON v.seq = r.seq JOIN iri i ON i.iri_id = v.verb_id"
            f" WHERE i.value = '{VOIDED_VERB}' AND r.target_id IN ({{}}) ORDER BY v.stored, v.seq",
            arrived,
        )
        for target_id, voiding_id, source_id, voids_all in waiting:
            # Before a statement comes anyone may name it; it is voided by its own source or who might void all.
            if source_id == self.sender.source_id or voids_all:
                self.driver.run(
                    "UPDATE statement SET voided_by = ? WHERE voided_by IS NULL"
                    " AND seq = (SELECT seq FROM statement_key WHERE statement_id = ?)",
                    (voiding_id, target_id),
                )

    def _void_one(self, target_id: str, voiding_id: str) -> None:
        row = self.driver.run(
            "SELECT k.seq, k.agent_id, k.source_id, i.value FROM statement_key k JOIN statement s ON s.seq = k.seq"
            " JOIN iri i ON i.iri_id = s.verb_id WHERE k.statement_id = ?",
            (target_id,),
        ).fetchone()
        if row is None:
            # It waits in statement_reference until its target comes.
            return
        seq, agent_id, source_id, verb = row
        if verb == VOIDED_VERB:
            # XAPI-00016: a voiding statement cannot be voided (Data 2.3.2).
            return
        if source_id != self.sender.source_id and not self.sender.reaches_all:
            raise ForbiddenError(
                f"statement {target_id} came from another source; voiding it needs the scope 'all' (this key: own)"
            )
        self.driver.run(
            "UPDATE statement SET voided_by = ? WHERE seq = ? AND voided_by IS NULL", (voiding_id, seq)
        )
        self.driver.run(
            "INSERT INTO derive_task (subject, cause_kind, cause_id, caused_at, attempts) VALUES (?,?,?,?,?)",
            (f"agent:{agent_id}", "void", target_id, self.stored, 0),
        )


def _commit(transaction: Transaction) -> None:
    """Commit. Where the database is lost meanwhile, nobody knows what became of it, and nobody may say otherwise."""
    try:
        transaction.commit()
    except OperationalError as error:
        if _is_deadlock(error):
            raise
        raise BusyError(
            "the database was lost while it stored the request, which may be stored; "
            "send it again with the same statement ids"
        ) from error


def _voiding_ids(fresh: Sequence[tuple[str, IncomingStatement]]) -> frozenset[str]:
    """Return the ids of those that void."""
    return frozenset(statement_id for statement_id, item in fresh if item.voids is not None)


def _is_deadlock(error: OperationalError) -> bool:
    """Tell a deadlock between two writers, which a retry resolves, from a database that cannot answer."""
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"}


def _distinct(pairs: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Join repeats of a key: direct wins."""
    found: dict[str, bool] = {}
    for key, direct in pairs:
        found[key] = found.get(key, False) or direct
    return list(found.items())
