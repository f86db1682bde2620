"""The bare loop: the rows that the service stored, inserted again by the driver alone, one transaction per batch.

No HTTP, no JSON, no check, no look-up: what the database itself costs for these rows in these tables with these
indexes. SQLite as the service opens it (WAL, synchronous FULL), PostgreSQL with synchronous_commit on.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection, make_url

from lms_bridge.store.database import open_engine
from lms_bridge.store.models import Base

# What a steady stream of statements does not add to any more; copied before the clock runs.
_DICTIONARIES: Final = ("source", "iri", "agent", "activity_definition")
Rows = dict[str, list[tuple[Any, ...]]]


def _statement_tables() -> tuple[Table, ...]:
    return tuple(
        table for table in Base.metadata.sorted_tables if "seq" in table.c or table.name == "derive_task"
    )


@dataclass(slots=True)
class BareLoop:
    """Follows the database of a service: takes what came since the last look, and stores it in one of its own."""

    source_url: str
    target_url: str
    _last_seq: int = 0
    _last_task: int = 0
    _known: dict[str, set[Any]] = field(default_factory=dict)

    @classmethod
    def beside(cls, source_url: str, target_url: str) -> BareLoop:
        """Return a loop whose database is a copy of the service's as it stands: only what comes from now on is new."""
        loop = cls(source_url, target_url)
        engine = open_engine(source_url)
        with engine.connect() as connection:
            tables = Base.metadata.tables
            loop._last_seq = connection.execute(select(func.max(tables["statement"].c.seq))).scalar_one() or 0
            tasks = tables["derive_task"]
            loop._last_task = connection.execute(select(func.max(tasks.c.task_id))).scalar_one() or 0
            for name in _DICTIONARIES:
                key = next(iter(tables[name].primary_key.columns))
                loop._known[name] = set(connection.execute(select(key)).scalars())
        engine.dispose()
        return loop

    def catch_up(self, batch: int) -> list[Rows]:
        """Copy new dictionary rows, and return the other new rows by table, `batch` statements together."""
        engine = open_engine(self.source_url)
        with engine.connect() as connection:
            self._copy_dictionaries(connection)
            statements = self._new_rows(connection)
        engine.dispose()
        return [_joined(statements[start : start + batch]) for start in range(0, len(statements), batch)]

    def store(self, batches: Sequence[Rows]) -> float:
        """Insert each batch in its own transaction; return the seconds."""
        if make_url(self.target_url).get_backend_name() == "sqlite":
            return self._store_sqlite(batches)
        return self._store_postgres(batches)

    def skip(self) -> None:
        """Take note of what is there, without storing it: the statements of a warm-up."""
        self.store(self.catch_up(100))

    def _copy_dictionaries(self, connection: Connection) -> None:
        found: Rows = {}
        for name in _DICTIONARIES:
            table = Base.metadata.tables[name]
            key = next(iter(table.primary_key.columns)).name
            place = list(table.c.keys()).index(key)
            known = self._known.setdefault(name, set())
            rows = [row for row in _raw(connection, table) if row[place] not in known]
            known.update(row[place] for row in rows)
            found[name] = rows
        self.store([found])

    def _new_rows(self, connection: Connection) -> list[Rows]:
        """Return new rows by table for each statement, in order."""
        by_seq: dict[int, Rows] = {}
        seq_of: dict[str, int] = {}
        tables = sorted(_statement_tables(), key=lambda table: table.name == "derive_task")
        for table in tables:
            columns = list(table.c.keys())
            if table.name == "derive_task":
                continue
            place = columns.index("seq")
            for row in _raw(connection, table, table.c.seq > self._last_seq):
                by_seq.setdefault(row[place], {}).setdefault(table.name, []).append(row)
                if table.name == "statement_key":
                    seq_of[row[columns.index("statement_id")]] = row[place]
        tasks = Base.metadata.tables["derive_task"]
        columns = list(tasks.c.keys())
        for row in _raw(connection, tasks, tasks.c.task_id > self._last_task):
            seq = seq_of.get(row[columns.index("cause_id")])
            if seq is not None:
                by_seq[seq].setdefault("derive_task", []).append(row)
        self._last_task = connection.execute(select(func.max(tasks.c.task_id))).scalar_one() or 0
        self._last_seq = max(by_seq, default=self._last_seq)
        return [by_seq[seq] for seq in sorted(by_seq)]

    def _store_sqlite(self, batches: Sequence[Rows]) -> float:
        connection = sqlite3.connect(make_url(self.target_url).database or "", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-12288"):
            connection.execute(f"PRAGMA {pragma}")
        inserts = _inserts("?")
        cursor = connection.cursor()
        begin = time.perf_counter()
        for batch in batches:
            cursor.execute("BEGIN IMMEDIATE")
            for name, rows in batch.items():
                cursor.executemany(inserts[name], rows)
            cursor.execute("COMMIT")
        seconds = time.perf_counter() - begin
        connection.close()
        return seconds

    def _store_postgres(self, batches: Sequence[Rows]) -> float:
        inserts = _inserts("%s")
        with psycopg.connect(self.target_url, options="-c synchronous_commit=on") as connection:
            cursor = connection.cursor()
            begin = time.perf_counter()
            for batch in batches:
                for name, rows in batch.items():
                    if rows:
                        cursor.executemany(inserts[name], rows)
                connection.commit()
            return time.perf_counter() - begin


def _raw(connection: Connection, table: Table, *where: Any) -> list[tuple[Any, ...]]:
    """Read rows as the driver gives them, so that the driver takes them back unchanged."""
    query = select(table).where(*where).order_by(*table.primary_key.columns)
    text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    return [tuple(row) for row in connection.exec_driver_sql(text)]


def _inserts(mark: str) -> Mapping[str, str]:
    return {
        name: f"INSERT INTO {name} ({', '.join(table.c.keys())}) VALUES ({', '.join(mark for _ in table.c)})"
        for name, table in Base.metadata.tables.items()
    }


def _joined(statements: Sequence[Rows]) -> Rows:
    """Put the rows of several statements together, table by table, parents before children."""
    joined: Rows = {}
    for table in _statement_tables():
        rows = [row for one in statements for row in one.get(table.name, ())]
        if rows:
            joined[table.name] = rows
    return joined
