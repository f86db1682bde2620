"""Connections that answer queries: every page is one statement of SQL, so they are in no transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from lms_bridge.errors import LmsBridgeError
from lms_bridge.store.database import INGEST_APPLICATION, open_engine
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
# Fewer than a pool has, which keeps some for whoever comes while these are in use.
_MOST_AT_HAND: Final = 5

Found = TypeVar("Found")


class StatementReader:
    """Reads statements of one engine's database. Safe to share between threads; it ends with the engine.

    `known` are the dictionaries of the process: what was written here is found without asking. A few connections stay at
    hand between queries: taking one from SQLAlchemy's pool and giving it back takes an eighth of the time of a page.
    """

    def __init__(self, engine: Engine, known: Dictionaries) -> None:
        self.engine = _reading(engine)
        self._known = known
        self._sizes = Sizes()
        self._at_hand: list[PoolProxiedConnection] = []
        self._waiting = 0
        self._lock = Lock()
        event.listen(engine, "engine_disposed", lambda _: self._forget())

    def run(self, use: Callable[[Reading], Found]) -> Found:
        """Call `use` with a connection; once more with a new one where the database has closed those that were open.

        Raises:
            OperationalError: the database cannot be reached.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            pool = self.engine.pool
            pooled = self._taken()
            is_usable = False
            try:
                found = use(Reading(Driver(self.engine, pooled), self._known, self._sizes))
            except LmsBridgeError:
                # What was asked is not there, or not allowed: the connection is as good as before.
                is_usable = True
                raise
            except OperationalError as error:
                if not error.connection_invalidated or attempt == _ATTEMPTS:
                    raise
                pooled.invalidate()
            else:
                is_usable = True
                return found
            finally:
                if pool is not self.engine.pool:
                    # It was disposed of meanwhile, and what it gave ends with it.
                    pooled.invalidate()
                if is_usable and pooled.is_valid:
                    self._keep(pooled)
                else:
                    pooled.close()
            self._forget()
        raise AssertionError("every attempt returns or raises")

    def _taken(self) -> PoolProxiedConnection:
        """Return a connection that is at hand, else one of the pool."""
        with suppress(IndexError):
            return self._at_hand.pop()
        with self._lock:
            self._waiting += 1
        try:
            # One may have come back before it was known that somebody waits.
            return self._at_hand.pop()
        except IndexError:
            return self._pooled()
        finally:
            with self._lock:
                self._waiting -= 1

    def _keep(self, pooled: PoolProxiedConnection) -> None:
        """Keep a connection at hand, where nobody waits for the pool to have one."""
        self._at_hand.append(pooled)
        if self._waiting or len(self._at_hand) > _MOST_AT_HAND:
            with suppress(IndexError):
                self._at_hand.pop().close()

    def _forget(self) -> None:
        """Close what is at hand and in the pool."""
        with suppress(IndexError):
            while True:
                self._at_hand.pop().close()
        self.engine.dispose()

    def _pooled(self) -> PoolProxiedConnection:
        """Return a connection of the pool, without what SQLAlchemy keeps for transactions; its `close` gives it back."""
        dbapi = self.engine.dialect.loaded_dbapi
        try:
            return self.engine.raw_connection()
        except dbapi.Error as error:
            raise DBAPIError.instance(None, None, error, dbapi.Error, dialect=self.engine.dialect) from error


def _reading(engine: Engine) -> Engine:
    """Return an engine of the same database for connections that are in no transaction and end with `engine`'s.

    PostgreSQL's plan every query as a walk.
    """
    if engine.dialect.name == "sqlite":
        return open_engine(engine.url.render_as_string(hide_password=False))
    options = " ".join(f"-c {name}={value}" for name, value in WALK.items())
    return create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=5,
        max_overflow=10,
        pool_use_lifo=True,
        # In autocommit there is nothing to roll back when a connection is given back.
        pool_reset_on_return=None,
        connect_args={"application_name": INGEST_APPLICATION, "options": options},
    )
