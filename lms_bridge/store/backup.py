"""Backup and restore: SQLite's online backup, pg_dump and pg_restore for PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.store.database import database_url, open_engine


def backup_database(url: str, file: Path) -> int:
    """Write a consistent copy to `file` and return its bytes; the service may run meanwhile.

    Raises:
        InvalidInputError: `file` exists, or the tool of PostgreSQL is missing or fails.
    """
    if file.exists():
        raise InvalidInputError(f"{file} exists; name a new file")
    target = make_url(database_url(url))
    if target.get_backend_name() == "sqlite":
        source = sqlite3.connect(str(target.database))
        copy = sqlite3.connect(file)
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()
    else:
        _run_tool(["pg_dump", "--format=custom", f"--file={file}", *_connection(target)], target)
    return file.stat().st_size


def restore_database(url: str, file: Path, *, replace: bool) -> None:
    """Replace the database by the copy in `file`.

    Raises:
        InvalidInputError: `file` is missing or no backup.
        ConflictError: the database is not empty and `replace` is not set.
    """
    if not file.is_file():
        raise InvalidInputError(f"{file}: no such file")
    target = make_url(database_url(url))
    engine = open_engine(url)
    try:
        is_empty = not inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if not is_empty and not replace:
        raise ConflictError("the database is not empty; stop the service and say --yes to replace it")
    if target.get_backend_name() == "sqlite":
        source = sqlite3.connect(file)
        copy = sqlite3.connect(str(target.database))
        try:
            if source.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise InvalidInputError(f"{file} is damaged; restore from another copy")
            source.backup(copy)
        except sqlite3.DatabaseError as error:
            raise InvalidInputError(f"{file} is no SQLite database: {error}") from error
        finally:
            copy.close()
            source.close()
        return
    arguments = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"]
    _run_tool([*arguments, f"--dbname={target.database}", *_connection(target)[:-1], str(file)], target)


def _connection(target: URL) -> list[str]:
    parts = [f"--host={target.host}"] if target.host else []
    host = target.query.get("host")
    if not parts and isinstance(host, str):
        parts = [f"--host={host}"]
    if target.port:
        parts.append(f"--port={target.port}")
    if target.username:
        parts.append(f"--username={target.username}")
    return [*parts, str(target.database)]


def _run_tool(command: list[str], target: URL) -> None:
    if shutil.which(command[0]) is None:
        raise InvalidInputError(f"{command[0]} is not installed; install PostgreSQL's client tools")
    environment = {**os.environ, **({"PGPASSWORD": target.password} if target.password else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InvalidInputError(f"{command[0]} failed: {done.stderr.strip()[:500]}")
