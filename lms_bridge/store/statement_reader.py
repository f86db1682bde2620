"""Connections that answer queries: every page is one statement of SQL, so they are in no transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from lms_bridge.store.database import INGEST_APPLICATION
from lms_bridge.store.driver import Driver
from lms_bridge.store.ingest import Dictionaries
from lms_bridge.store.queries import Reading, Sizes

# A page is a walk along one index with look-ups by key. PostgreSQL takes filters for independent of each other, and
# where it knows how common each is would rather join all their rows than walk: seven times as long at a million. And it
# would plan each page anew, which takes longer than reading it.
WALK: Final = {
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_material": "off",
    "enable_mergejoin": "off",
    "enable_sort": "off",
    "enable_seqscan": "off",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}
_ATTEMPTS: Final = 3

Found = TypeVar("Found")


class StatementReader:
    """Reads statements of one engine's database. Safe to share between threads; it ends with the engine.

    `known` are the dictionaries of the process: what was written here is found without asking.
    """

    def __init__(self, engine: Engine, known: Dictionaries) -> None:
        self.engine = engine if engine.dialect.name == "sqlite" else _walking(engine)
        self._known = known
        self._sizes = Sizes()

    def run(self, use: Callable[[Reading], Found]) -> Found:
        """Call `use` with a connection; once more with a new one where the database has closed those that were open.

        Raises:
            OperationalError: the database cannot be reached.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            pooled = self._pooled()
            try:
                return use(Reading(Driver(self.engine, pooled), self._known, self._sizes))
            except OperationalError as error:
                if not error.connection_invalidated or attempt == _ATTEMPTS:
                    raise
                pooled.invalidate()
            finally:
                pooled.close()
            self.engine.dispose()
        raise AssertionError("every attempt returns or raises")

    def _pooled(self) -> PoolProxiedConnection:
        """Return a connection of the pool, without what SQLAlchemy keeps for transactions; its `close` gives it back."""
        dbapi = self.engine.dialect.loaded_dbapi
        try:
            return self.engine.raw_connection()
        except dbapi.Error as error:
            raise DBAPIError.instance(None, None, error, dbapi.Error, dialect=self.engine.dialect) from error


def _walking(engine: Engine) -> Engine:
    """Return an engine of the same PostgreSQL database whose connections plan every query as a walk."""
    options = " ".join(f"-c {name}={value}" for name, value in WALK.items())
    walking = create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=5,
        max_overflow=10,
        pool_use_lifo=True,
        # In autocommit there is nothing to roll back when a connection is given back.
        pool_reset_on_return=None,
        connect_args={"application_name": INGEST_APPLICATION, "options": options},
    )
    event.listen(engine, "engine_disposed", lambda _: walking.dispose())
    return walking
