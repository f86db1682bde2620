"""Databases with many statements: filled once in a run, without HTTP, and shared by what measures on them.

PostgreSQL is vacuumed then, as its autovacuum does within minutes of such a load: nothing is measured on a state that no
server is long in.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import orjson

from bench import statements
from bench.rig import Rig
from lms_bridge import clock
from lms_bridge.store.database import open_engine
from lms_bridge.store.ingest import Sender, StatementWriter
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version

SMALL, LARGE = 10_000, 1_000_000
# Every 50th statement is of the person and quiz that is asked for.
ASKED_EVERY: Final = 50
_BATCH: Final = 500


def filled(rig: Rig, kind: str, size: int) -> tuple[Path, str, datetime]:
    """Return data folder and URL of a database with `size` statements, and an instant with half of them before it."""
    known = rig.filled.get((kind, size))
    if known is None:
        if size >= LARGE:
            click.echo(f"filling {kind} with {size:,} statements", err=True)
        folder, url = rig.stack.enter_context(rig.database(kind, f"filled{size}"))
        known = rig.filled[kind, size] = (folder, url, fill(url, size))
    return known


def fill(url: str, count: int) -> datetime:
    """Store `count` statements without HTTP; return an instant with half of them before it."""
    engine = open_engine(url)
    writer = StatementWriter(engine)
    sender = Sender(1, "bench", reaches_all=True, authority=b'{"mbox":"mailto:bench@bench.example"}')
    middle = clock.now()
    for start in range(0, count, _BATCH):
        made = [_statement(number) for number in range(start, min(start + _BATCH, count))]
        batch = read_statements(orjson.dumps(made), version=Version.V1_0_3)
        ids = [one["id"] for one in made]
        result = writer.store(sender, batch.statements, ids, "1.0.0", clock.now())
        if start < count // 2:
            middle = result.stored_at
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
    engine.dispose()
    return middle


def _statement(number: int) -> dict[str, Any]:
    if number % ASKED_EVERY:
        return statements.statement("query", number, people=2000)
    made = statements.statement("query", number, quiz=0)
    return {**made, "actor": statements.agent(0)}
