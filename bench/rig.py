"""What the measurements share: a folder, how large they may be, the databases and the other server to compare with."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from bench.ralph import RalphHome
from bench.servers import MeasurementError
from lms_bridge.store.migrate import upgrade


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server on which databases may be made: its URL without a database's name matters not."""

    url: str


@dataclass(frozen=True, slots=True)
class Rig:
    """Handed to every measurement. `ralph` and `postgres` are the reason where there is none."""

    folder: Path
    is_full: bool
    ralph: RalphHome | str
    postgres: PostgresServer | str
    scale: float = 1.0
    minutes: float = 60
    # Filled databases that measurements share, by kind and size: filling a large one takes minutes.
    filled: dict[tuple[str, int], tuple[Path, str, datetime]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def times(self, usual: int, full: int | None = None, least: int = 1) -> int:
        """Return how often something is done: `usual`, or `full` in a full run, scaled down in a smoke run."""
        return max(least, round((full if self.is_full and full is not None else usual) * self.scale))

    def new_folder(self, name: str) -> Path:
        """Return an empty folder of its own."""
        folder = self.folder / f"{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def sqlite(self, name: str) -> tuple[Path, str]:
        """Return a data folder with a migrated SQLite database in it, and its URL."""
        folder = self.new_folder(name)
        url = f"sqlite:///{folder / 'lms_bridge.sqlite3'}"
        upgrade(url)
        return folder, url

    @contextmanager
    def postgresql(self, name: str) -> Iterator[tuple[Path, str]]:
        """Make a migrated database on the server, yield a data folder and its URL; it is dropped at the end."""
        match self.postgres:
            case str(reason):
                raise MeasurementError(reason)
            case PostgresServer(server):
                pass
        database = f"lms_bridge_bench_{name}_{next(self._numbers)}"
        url = make_url(server).set(database=database).render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        try:
            upgrade(url)
            yield self.new_folder(name), url
        finally:
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    @contextmanager
    def copied(self, kind: str, url: str) -> Iterator[str]:
        """Copy a database that nobody is using; the copy is dropped at the end."""
        if kind == "sqlite":
            source = Path(str(make_url(url).database))
            target = self.new_folder("copy") / source.name
            shutil.copyfile(source, target)
            yield f"sqlite:///{target}"
            target.unlink()
            return
        match self.postgres:
            case str(reason):
                raise MeasurementError(reason)
            case PostgresServer(server):
                pass
        name = f"lms_bridge_bench_copy_{next(self._numbers)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(str(make_url(url).database))
        )
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(made)
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, kind: str, name: str) -> Iterator[tuple[Path, str]]:
        """Make a migrated database of `kind`, "sqlite" or "postgresql"."""
        if kind == "sqlite":
            yield self.sqlite(name)
        else:
            with self.postgresql(name) as made:
                yield made
