"""How a database is opened: what its connections may take of a process's memory."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

_READERS = 12
_MEGABYTE = 1 << 20
# Each connection reads 20 MB, of which its cache holds 12; the growth of the process is written out.
_READ = f"""
import sys
from contextlib import ExitStack
from pathlib import Path
from lms_bridge.store.database import open_engine

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * {os.sysconf("SC_PAGE_SIZE")}

engine = open_engine(sys.argv[1])
with ExitStack() as stack:
    connections = [stack.enter_context(engine.connect()) for _ in range({_READERS})]
    before = resident()
    for connection in connections:
        connection.exec_driver_sql("SELECT sum(length(content)) FROM page").fetchall()
    print(resident() - before)
"""


def test_many_readers_of_sqlite_share_the_memory_of_a_few(tmp_path: Path) -> None:
    path = tmp_path / "pages.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE page (content BLOB)")
    database.executemany("INSERT INTO page VALUES (?)", ((os.urandom(2_000),) for _ in range(10_000)))
    database.commit()
    database.close()
    command = [sys.executable, "-c", _READ, f"sqlite:///{path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown = int(done.stdout)
    # 12 MB each would be 144 MB.
    assert 12 * _MEGABYTE < grown < 44 * _MEGABYTE
