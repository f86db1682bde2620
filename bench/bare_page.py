"""The bare page: what any Python service on this server and database needs for a page whose statements it knows already.

A WSGI function without a framework, behind the same server with the same settings. It does no more than select the
documents of the page by their keys, and join them: no credentials, no parameters, no search, no header but two.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import local
from typing import Any, Final

import psycopg
from sqlalchemy import make_url

from bench.servers import ROOT, Served, bridge_environment, free_port, running
from lms_bridge.settings import load_settings

_PATH: Final = "/statements"
_URL, _IDS = "LMS_BRIDGE_BENCH_URL", "LMS_BRIDGE_BENCH_IDS"
_open = local()


@contextmanager
def serve_page(folder: Path, url: str, statement_ids: Sequence[str]) -> Iterator[tuple[Served, str]]:
    """Start the bare page of some statements with one process; yield it with its address, and end it."""
    port = free_port()
    threads = load_settings(environ=bridge_environment(folder, url)).threads
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--workers", "1"]
    command += ["--blocking-threads", str(threads), "--host", "127.0.0.1", "--port", str(port)]
    own = {_URL: url, _IDS: " ".join(statement_ids), "PYTHONPATH": str(ROOT)}
    with running([*command, "bench.bare_page:answer"], os.environ | own, folder) as process:
        served = Served(process.pid, port, _PATH, "")
        served.wait(_PATH, process, folder)
        yield served, _PATH


def answer(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """Answer every request with the page: a WSGI application."""
    del environ
    select, seqs = _reader()
    body = b'{"statements":[%s],"more":""}' % b",".join(row[0] for row in select(seqs))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _reader() -> tuple[Callable[[Any], list[Any]], Any]:
    """Return what selects the documents on this thread's own connection, and the keys to select."""
    if not hasattr(_open, "reader"):
        url, ids = os.environ[_URL], os.environ[_IDS].split()
        _open.reader = _sqlite_reader(url, ids) if url.startswith("sqlite") else _postgresql_reader(url, ids)
    found: tuple[Callable[[Any], list[Any]], Any] = _open.reader
    return found


def _sqlite_reader(url: str, ids: Sequence[str]) -> tuple[Callable[[Any], list[Any]], Any]:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    seqs = _seqs(connection.execute, ids, "?")
    sql = f"SELECT document FROM statement WHERE seq IN ({','.join('?' * len(seqs))})"
    return lambda given: connection.execute(sql, given).fetchall(), seqs


def _postgresql_reader(url: str, ids: Sequence[str]) -> tuple[Callable[[Any], list[Any]], Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(plain, autocommit=True, prepare_threshold=1)
    seqs = _seqs(connection.execute, ids, "%s")
    cursor = connection.cursor(binary=True)
    sql = "SELECT document FROM statement WHERE seq = ANY(%s)"
    return lambda given: cursor.execute(sql, (given,)).fetchall(), seqs


def _seqs(execute: Callable[..., Any], ids: Sequence[str], mark: str) -> list[int]:
    marks = ",".join([mark] * len(ids))
    sql = f"SELECT seq FROM statement_key WHERE statement_id IN ({marks})"
    return [int(row[0]) for row in execute(sql, tuple(ids)).fetchall()]
