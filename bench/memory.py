"""Resident memory of the web process while LMSs post and read: the largest of all samples."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from bench.figures import Figure, Omitted, Result
from bench.rig import Rig
from bench.servers import Served, add_source, serve_bridge
from bench.statements import bodies

_GROUP: Final = "memory of one serve worker under load"
_MEGABYTE: Final = 1 << 20
_CLIENTS: Final = 4
_SAMPLE_SECONDS: Final = 0.2


def measure(rig: Rig) -> Iterator[Result]:
    """Post in batches from several connections while pages of statements are read; sample throughout."""
    folder, url = rig.sqlite("memory")
    with serve_bridge(folder, url, add_source(folder, url)) as server:
        samples: list[int] = []
        stop = threading.Event()

        def sample() -> None:
            while not stop.wait(_SAMPLE_SECONDS):
                samples.append(largest(server.pid))

        watch = threading.Thread(target=sample)
        watch.start()
        try:
            _load(server, rig.times(40, 400, least=2))
        finally:
            stop.set()
            watch.join()
        samples.append(largest(server.pid))
    begin, end = samples[len(samples) // 4], samples[-1]
    note = f"{begin / _MEGABYTE:.0f} MB after a quarter of the load, {end / _MEGABYTE:.0f} MB at its end"
    yield Figure(_GROUP, "resident, most", max(samples) / _MEGABYTE, "MB", 200, is_cost=True, note=note)
    yield Omitted("memory flat over an hour", "python -m bench --only soak --minutes 60")


def _load(server: Served, requests: int) -> None:
    def work(client: int) -> None:
        sent = bodies(f"memory/{client}", 0, requests, 50)
        with closing(server.connect()) as connection:
            for body in sent:
                server.ask(connection, "POST", server.path, body)
                server.ask(connection, "GET", f"{server.path}?limit=100")

    clients = [threading.Thread(target=work, args=(client,)) for client in range(_CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def largest(pid: int) -> int:
    """Return the bytes of the largest process below `pid`, the server's own master included."""
    return max(resident(process) for process in processes(pid))


def processes(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found += [int(child) for child in children.read_text(encoding="ascii").split()]
    return found


def resident(pid: int) -> int:
    """Return the bytes of a process that are in memory, 0 where it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("VmRSS:")), 0)
