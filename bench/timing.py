"""The time that a database takes, apart from the time that Python takes: cursors that look at the clock.

SQLite works while rows are fetched, not only when a query is executed, so both are counted.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine

from lms_bridge.store.database import configure, database_url, engine_options


@dataclass(slots=True)
class SqlClock:
    """What the cursors of one engine have seen since the last reset."""

    seconds: float = 0.0
    queries: int = 0

    def reset(self) -> None:
        """Start again."""
        self.seconds, self.queries = 0.0, 0

    def timed(self, work: Callable[..., Any], *arguments: Any, queries: int = 0) -> Any:
        """Do something and count its time."""
        begin = time.perf_counter()
        try:
            return work(*arguments)
        finally:
            self.seconds += time.perf_counter() - begin
            self.queries += queries


def timed_sqlite(url: str) -> tuple[Engine, SqlClock]:
    """Return an engine on a SQLite database, configured like the service's, and the clock of its cursors."""
    clock = SqlClock()

    class TimedCursor(sqlite3.Cursor):
        def execute(self, *arguments: Any) -> TimedCursor:
            clock.timed(super().execute, *arguments, queries=1)
            return self

        def executemany(self, *arguments: Any) -> TimedCursor:
            clock.timed(super().executemany, *arguments, queries=1)
            return self

        def fetchone(self) -> Any:
            return clock.timed(super().fetchone)

        def fetchmany(self, *arguments: Any) -> Any:
            return clock.timed(super().fetchmany, *arguments)

        def fetchall(self) -> Any:
            return clock.timed(super().fetchall)

    class TimedConnection(sqlite3.Connection):
        def cursor(self, *_: Any) -> TimedCursor:  # type: ignore[override] # SQLAlchemy asks for the plain cursor
            return TimedCursor(self)

    full = database_url(url)
    options = engine_options(full)
    options["connect_args"] = {**options["connect_args"], "factory": TimedConnection}
    engine = create_engine(full, **options)
    configure(engine)
    return engine, clock
