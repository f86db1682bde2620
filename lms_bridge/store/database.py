"""The database handle: Flask-SQLAlchemy over our own declarative base, and how each database is opened.

SQLite: WAL, synchronous FULL, foreign keys on, busy timeout 10 s; a write use case opens with BEGIN IMMEDIATE, because a
transaction that reads first and writes later fails at once with SQLITE_BUSY_SNAPSHOT whatever the timeout.
PostgreSQL: psycopg 3, `synchronous_commit = on`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from lms_bridge.errors import SettingError
from lms_bridge.store.models import Base

# The session of a use case, by a name for those who know nothing of SQLAlchemy.
DatabaseSession = Session
OpenSession = Callable[[], DatabaseSession]
WRITES = "lms_bridge_writes"
INGEST_APPLICATION = "lms-bridge"
# 12 MB of pages for each connection, of which a web process has one or two a thread, and 32 MB for all of a process: then
# each makes room among its own pages. What it reads again the system caches.
_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-12288",
    f"soft_heap_limit={32 << 20}",
)

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "expire_on_commit": False})


def database_url(value: str) -> str:
    """Return `value` as an SQLAlchemy URL; `postgresql://` and `postgres://` mean psycopg 3.

    Raises:
        SettingError: neither SQLite nor PostgreSQL is named.
    """
    for prefix in ("postgresql://", "postgres://"):
        if value.startswith(prefix):
            return "postgresql+psycopg://" + value.removeprefix(prefix)
    if value.startswith(("postgresql+psycopg://", "sqlite://")):
        return value
    raise SettingError(
        f"database_url: {value.rsplit('@', maxsplit=1)[-1]!r} is neither sqlite:// nor postgresql://; "
        "name one of the two, e.g. postgresql://user@host/database"
    )


def engine_options(url: str) -> dict[str, Any]:
    """Return the keyword arguments of `create_engine` for `url`."""
    # The connection used last has its pages and plans at hand, and those that a rush opened can rest.
    if make_url(url).get_backend_name() == "sqlite":
        return {"pool_use_lifo": True, "connect_args": {"timeout": 10, "check_same_thread": False}}
    return {
        "pool_use_lifo": True,
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 10,
        "connect_args": {"application_name": INGEST_APPLICATION, "options": "-c synchronous_commit=on"},
    }


def open_engine(url: str) -> Engine:
    """Return an engine of its own for `url`, configured like the service's."""
    url = database_url(url)
    engine = create_engine(url, **engine_options(url))
    configure(engine)
    return engine


def configure(engine: Engine) -> None:
    """Attach what SQLite needs on connect and on begin; once for each engine."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)


def _on_sqlite_connect(connection: sqlite3.Connection, record: object) -> None:
    del record
    # The driver's own transaction control would begin late and deferred; we emit BEGIN ourselves.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """Open one write transaction on `session`: committed at the end, rolled back on any error.

    The session must not be in a transaction with unsaved work; a read transaction left open is closed first, so that
    what is read inside is current.
    """
    session.rollback()
    connection = session.connection(execution_options={WRITES: True})
    if connection.dialect.name == "postgresql":
        # Whoever asks for the oldest writer must see this one before it stamps anything.
        connection.exec_driver_sql("SELECT pg_current_xact_id()")
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def claim_tables(session: Session, *tables: str) -> None:
    """Let nobody else change these tables until the transaction ends; called before they are read to be changed.

    Two who read the same and write each their own would leave two truths. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {', '.join(sorted(tables))} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def session_of(engine: Engine) -> Iterator[Session]:
    """Open a session on `engine` that is closed at the end; for the command line, workers and tests."""
    with Session(engine, autoflush=False, expire_on_commit=False) as session:
        yield session
