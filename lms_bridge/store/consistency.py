"""Up to which instant everything is visible: the promise of Consistent-Through, true under concurrent writers."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.store.driver import Driver
from lms_bridge.store.models.base import from_micros

_PROBE_SECONDS: Final = 0.025
_OLDEST_WRITER: Final = (
    "SELECT least((extract(epoch FROM statement_timestamp()) * 1000000)::bigint,"
    # What pg_stat_activity shows, without the names that it joins.
    " (SELECT (extract(epoch FROM min(xact_start)) * 1000000)::bigint - 1 FROM pg_stat_get_activity(NULL)"
    " WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()))"
)


def consistent_through(session: Session) -> datetime:
    """Return an instant up to which every statement that has or will have an earlier `stored` is visible from now on.

    Ends the session's read transaction: what is read after this sees all of them. SQLite: if no writer is at work, the
    present (or the newest committed statement, where the clock was set back before it), else the newest committed statement, because a writer stamps strictly after it. PostgreSQL: the present,
    or just before the oldest open transaction that has written.
    """
    session.rollback()
    through = through_now(Driver.of(session.connection()))
    session.rollback()
    return through


def through_now(driver: Driver) -> datetime:
    """Return the same on a connection that is in no transaction, or in one that has read nothing yet."""
    if driver.is_sqlite:
        return _through_sqlite(driver.engine)
    return from_micros(int(driver.run(_OLDEST_WRITER).fetchone()[0]))


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
            # Whoever writes next stamps after this instant, because it needs the lock that is held here, and stamps
            # after the newest statement, to which a clock that was set back has not come again.
            newest = connection.execute("SELECT max(stored) FROM statement").fetchone()[0]
            through = max(clock.now(), from_micros(int(newest or 0)))
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
