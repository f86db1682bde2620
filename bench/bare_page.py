"""The bare page and the bare search: what any Python service on this server and database needs at least.

A WSGI function without a framework, behind the same server with the same settings: no credentials, no parameters, no
header but two. The bare page knows its statements already and selects them by their keys; the bare search is given the
very SQL that finds them, with its parameters. Both do no more than join the documents.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import local
from typing import Any, Final

import psycopg
from sqlalchemy import make_url

from bench.servers import ROOT, Served, bridge_environment, free_port, running
from lms_bridge.settings import load_settings
from lms_bridge.store.prepared import PreparedSearches
from lms_bridge.store.statement_reader import WALK

_PATH: Final = "/statements"
_URL, _IDS, _SEARCH = "LMS_BRIDGE_BENCH_URL", "LMS_BRIDGE_BENCH_IDS", "LMS_BRIDGE_BENCH_SEARCH"
_open = local()


def serve_page(
    folder: Path, url: str, statement_ids: Sequence[str]
) -> AbstractContextManager[tuple[Served, str]]:
    """Start the bare page of some statements with one process; yield it with its address, and end it."""
    return _serve(folder, url, {_IDS: " ".join(statement_ids)})


def serve_search(
    folder: Path, url: str, sql: str, parameters: Sequence[Any]
) -> AbstractContextManager[tuple[Served, str]]:
    """Start the bare search with one process; rows of `sql` are (stored, seq, document, …), one more than a page has."""
    return _serve(folder, url, {_SEARCH: json.dumps([sql, list(parameters)])})


@contextmanager
def _serve(folder: Path, url: str, asked: dict[str, str]) -> Iterator[tuple[Served, str]]:
    port = free_port()
    threads = load_settings(environ=bridge_environment(folder, url)).threads
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--workers", "1"]
    command += ["--blocking-threads", str(threads), "--host", "127.0.0.1", "--port", str(port)]
    own = {_URL: url, "PYTHONPATH": str(ROOT), **asked}
    with running([*command, "bench.bare_page:answer"], os.environ | own, folder) as process:
        served = Served(process.pid, port, _PATH, "")
        served.wait(_PATH, process, folder)
        yield served, _PATH


def answer(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """Answer every request with the page: a WSGI application."""
    del environ
    body = b'{"statements":[%s],"more":""}' % b",".join(_documents())
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _documents() -> list[bytes]:
    """Return the documents of the page, by this thread's own connection."""
    if not hasattr(_open, "read"):
        url = os.environ[_URL]
        is_sqlite = url.startswith("sqlite")
        if _SEARCH in os.environ:
            sql, parameters = json.loads(os.environ[_SEARCH])
            _open.read = (_sqlite_search if is_sqlite else _postgresql_search)(url, sql, parameters)
        else:
            _open.read = (_sqlite_page if is_sqlite else _postgresql_page)(url, os.environ[_IDS].split())
    read: Callable[[], list[bytes]] = _open.read
    return read()


def _sqlite(url: str) -> sqlite3.Connection:
    return sqlite3.connect(str(make_url(url).database), isolation_level=None)


def _postgresql(url: str, options: str = "") -> psycopg.Connection[Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, prepare_threshold=1, options=options)


def _sqlite_search(url: str, sql: str, parameters: Sequence[Any]) -> Callable[[], list[bytes]]:
    connection = _sqlite(url)
    return lambda: [row[2] for row in connection.execute(sql, parameters).fetchall()[:-1]]


def _postgresql_search(url: str, sql: str, parameters: Sequence[Any]) -> Callable[[], list[bytes]]:
    options = " ".join(f"-c {name}={value}" for name, value in WALK.items())
    searches = PreparedSearches(_postgresql(url, options))
    return lambda: [row[2] for row in searches.rows(sql, parameters)[:-1]]


def _sqlite_page(url: str, ids: Sequence[str]) -> Callable[[], list[bytes]]:
    connection = _sqlite(url)
    seqs = _seqs(connection.execute, ids, "?")
    sql = f"SELECT document FROM statement WHERE seq IN ({','.join('?' * len(seqs))})"
    return lambda: [row[0] for row in connection.execute(sql, seqs).fetchall()]


def _postgresql_page(url: str, ids: Sequence[str]) -> Callable[[], list[bytes]]:
    connection = _postgresql(url)
    seqs = _seqs(connection.execute, ids, "%s")
    cursor = connection.cursor(binary=True)
    sql = "SELECT document FROM statement WHERE seq = ANY(%s)"
    return lambda: [row[0] for row in cursor.execute(sql, (seqs,)).fetchall()]


def _seqs(execute: Callable[..., Any], ids: Sequence[str], mark: str) -> list[int]:
    marks = ",".join([mark] * len(ids))
    sql = f"SELECT seq FROM statement_key WHERE statement_id IN ({marks})"
    return [int(row[0]) for row in execute(sql, tuple(ids)).fetchall()]
