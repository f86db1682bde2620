"""Databases for tests: each test gets one of its own, empty or migrated, on SQLite and on PostgreSQL.

One `Databases` belongs to one process (each process of pytest-xdist has its own) and starts a PostgreSQL cluster when a
test first asks for one. A migrated database is a copy of one that was migrated once in this process.

LMS_BRIDGE_TEST_DATABASES=sqlite (or postgresql) narrows for quick work.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, assert_never, get_args

from tests.postgres import PostgresCluster, start_cluster

DatabaseKind = Literal["sqlite", "postgresql"]
KINDS: tuple[DatabaseKind, ...] = get_args(DatabaseKind)
MIGRATED = "migrated"


def chosen_kinds() -> tuple[DatabaseKind, ...]:
    """Return the kinds of database to test on: all, or those that LMS_BRIDGE_TEST_DATABASES names.

    Raises:
        ValueError: it names something else.
    """
    named = [
        name.strip() for name in os.environ.get("LMS_BRIDGE_TEST_DATABASES", "").split(",") if name.strip()
    ]
    unknown = [name for name in named if name not in KINDS]
    if unknown:
        raise ValueError(f"LMS_BRIDGE_TEST_DATABASES: {unknown[0]!r} is unknown; allowed: {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if not named or kind in named)


class Databases:
    """Makes and removes databases; `folder` keeps the migrated SQLite file that is copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._cluster: PostgresCluster | None = None
        self._migrated: set[DatabaseKind] = set()

    @contextmanager
    def empty(self, kind: DatabaseKind, folder: Path) -> Iterator[str]:
        """Make a database without any table (SQLite: in `folder`) and yield its URL; it is removed at the end.

        Raises:
            PostgresMissingError: PostgreSQL is asked for and not installed.
        """
        match kind:
            case "sqlite":
                yield _sqlite_url(folder / f"empty-{next(self._numbers)}.sqlite3")
            case "postgresql":
                with self._postgres_database("template0") as url:
                    yield url
            case _:
                assert_never(kind)

    @contextmanager
    def migrated(self, kind: DatabaseKind, folder: Path) -> Iterator[str]:
        """Make a database at the newest schema (SQLite: in `folder`) and yield its URL; it is removed at the end.

        Raises:
            PostgresMissingError: PostgreSQL is asked for and not installed.
        """
        if kind not in self._migrated:
            self._migrate_template(kind)
            self._migrated.add(kind)
        match kind:
            case "sqlite":
                file = folder / f"migrated-{next(self._numbers)}.sqlite3"
                shutil.copyfile(self._folder / MIGRATED, file)
                yield _sqlite_url(file)
            case "postgresql":
                with self._postgres_database(MIGRATED) as url:
                    yield url
            case _:
                assert_never(kind)

    def close(self) -> None:
        """End the PostgreSQL cluster, if one was started."""
        if self._cluster is not None:
            self._cluster.stop()
            self._cluster = None

    @property
    def cluster(self) -> PostgresCluster:
        """The cluster of this process, started when first asked for."""
        if self._cluster is None:
            self._cluster = start_cluster()
        return self._cluster

    @contextmanager
    def _postgres_database(self, template: str) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        self.cluster.create(name, template)
        try:
            yield self.cluster.url(name)
        finally:
            self.cluster.drop(name)

    def _migrate_template(self, kind: DatabaseKind) -> None:
        # Imported late: a test that needs no schema runs while the store is broken.
        from lms_bridge.store.migrate import upgrade

        match kind:
            case "sqlite":
                file = self._folder / MIGRATED
                file.unlink(missing_ok=True)
                upgrade(_sqlite_url(file))
                # What still stands in the write-ahead log must be in the one file that is copied.
                with closing(sqlite3.connect(file)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            case "postgresql":
                self.cluster.create(MIGRATED)
                try:
                    upgrade(self.cluster.url(MIGRATED))
                except BaseException:
                    self.cluster.drop(MIGRATED)
                    raise
                self.cluster.disconnect(MIGRATED)
            case _:
                assert_never(kind)


def _sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"
