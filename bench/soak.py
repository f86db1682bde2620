"""An hour under load: the memory of the web process and of the worker, which should stay where it is.

Four LMSs post batches of 1, 5 and 25 statements, repeat some, send broken ones, keep State documents, and read by every
filter, at a pace that leaves the machine room; the worker derives meanwhile. Only in a run that asks for it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import orjson

from bench import statements
from bench.figures import Figure, Result, median
from bench.memory import processes, resident
from bench.rig import Rig
from bench.servers import MeasurementError, Served, add_source, serve_bridge

_MEGABYTE: Final = 1 << 20
_CLIENTS: Final = 4
_SAMPLE_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.15
_WARM_SHARE: Final = 0.2
_BATCHES: Final = (1, 5, 25)


@dataclass(slots=True)
class _Sum:
    """What the load has done so far."""

    requests: int = 0
    statements: int = 0
    refused: int = 0
    odd: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def measure(rig: Rig) -> Iterator[Result]:
    """Load the service for `rig.minutes` and tell where the memory of each of its processes went."""
    seconds = rig.minutes * 60
    folder, url = rig.sqlite("soak")
    done = _Sum()
    samples: dict[str, list[int]] = {"web": [], "worker": []}
    with serve_bridge(folder, url, add_source(folder, url), worker=True) as server:
        end = time.monotonic() + seconds
        clients = [
            threading.Thread(target=_play, args=(server, number, end, done)) for number in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        while time.monotonic() < end:
            time.sleep(_SAMPLE_SECONDS)
            for name, size in _sizes(server.pid).items():
                samples[name].append(size)
        for client in clients:
            client.join()
    if done.odd:
        raise MeasurementError(f"{len(done.odd)} answers are not as they should be, such as {done.odd[0]}")
    group = f"memory over {rig.minutes:g} minutes, {done.requests:,} requests, {done.statements:,} statements"
    for name, sizes in samples.items():
        warm = sizes[int(len(sizes) * _WARM_SHARE) :]
        tenth = max(1, len(warm) // 10)
        first, last = median(warm[:tenth]), median(warm[-tenth:])
        most = 200 if name == "web" else None
        note = f"{first / _MEGABYTE:.0f} MB after a fifth of the time, {last / _MEGABYTE:.0f} MB at its end"
        yield Figure(group, f"{name}: most", max(sizes) / _MEGABYTE, "MB", most, is_cost=True, note=note)
        yield Figure(group, f"{name}: end ÷ after a fifth", last / first, "×", 1.1, is_cost=True)


def _sizes(pid: int) -> dict[str, int]:
    """Return the largest web process and the worker: the worker is the child that runs that command."""
    found = {"web": 0, "worker": 0}
    for process in processes(pid):
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            continue
        name = "worker" if b"worker" in command else "web"
        found[name] = max(found[name], resident(process))
    return found


def _play(server: Served, number: int, end: float, done: _Sum) -> None:
    choose = random.Random(number)  # noqa: S311 -- no secret is drawn
    posted = 0
    sent: list[bytes] = []
    with closing(server.connect()) as connection:
        while time.monotonic() < end:
            batch = choose.choice(_BATCHES)
            (body,) = statements.bodies(f"soak/{number}", posted, 1, batch, people=2000)
            posted += batch
            repeated = choose.choice(sent) if sent and choose.random() < 0.1 else body
            sent = [*sent[-20:], body]
            asked: list[tuple[str, str, bytes | None, int]] = [
                ("POST", server.path, repeated, 200),
                ("GET", f"{server.path}?{urlencode(_filters(choose))}", None, 200),
            ]
            if choose.random() < 0.2:
                asked += [
                    ("POST", server.path, body.replace(b'"verb"', b'"Verb"'), 400),
                    ("PUT", _state(choose), b'{"bookmark":"%d"}' % posted, 204),
                    ("GET", f"/xapi/activities/state?{urlencode(_place(choose))}", None, 200),
                ]
            for method, path, content, expected in asked:
                connection.request(method, path, content, _headers(server))
                answer = connection.getresponse()
                told = answer.read()
                with done.lock:
                    done.requests += 1
                    done.refused += expected == 400
                    if answer.status != expected and not (method == "GET" and answer.status == 404):
                        done.odd.append(f"{method} {path}: {answer.status} {told[:200]!r}")
            with done.lock:
                done.statements += batch
            time.sleep(_PAUSE_SECONDS)


def _headers(server: Served) -> dict[str, str]:
    return {
        "Authorization": server.authorization,
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }


def _filters(choose: random.Random) -> dict[str, str]:
    asked = {"limit": str(choose.choice((1, 20, 100)))}
    if choose.random() < 0.5:
        asked["agent"] = orjson.dumps(statements.agent(choose.randrange(2000))).decode()
    if choose.random() < 0.3:
        asked["activity"] = statements.quiz_iri(choose.randrange(statements.QUIZZES))
    if choose.random() < 0.3:
        asked["verb"] = statements.VERB
    if choose.random() < 0.2:
        asked["format"] = choose.choice(("ids", "canonical"))
    return asked


def _place(choose: random.Random) -> dict[str, str]:
    return {
        "activityId": statements.quiz_iri(choose.randrange(statements.QUIZZES)),
        "agent": orjson.dumps(statements.agent(choose.randrange(50))).decode(),
        "stateId": "bookmark",
    }


def _state(choose: random.Random) -> str:
    return f"/xapi/activities/state?{urlencode(_place(choose))}"
