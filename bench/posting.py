"""Durable POSTs of 1, 25 and 100 statements: the service with one worker, Ralph storing nothing, and the bare loop.

The three take turns within one run, each with the same client or rows; what is judged is the median of the ratios.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from bench.bare import BareLoop
from bench.figures import Figure, Omitted, Result, median
from bench.filling import LARGE, filled
from bench.ralph import serve_ralph
from bench.rig import Rig
from bench.servers import Served, add_source, serve_bridge
from bench.statements import bodies

# batch: requests of one turn, and (floor, reach) against Ralph and against the bare loop.
TURNS: Final = {
    1: (160, (2.5, 4.0), (0.15, 0.25)),
    25: (32, (1.3, 2.0), (0.3, 0.5)),
    100: (12, (1.2, 2.0), (0.3, 0.5)),
}


def measure(rig: Rig) -> Iterator[Result]:
    """Measure on SQLite, and on PostgreSQL where there is one."""
    if isinstance(rig.ralph, str):
        yield Omitted("POST against Ralph", rig.ralph)
    for kind in ("sqlite", "postgresql"):
        if kind == "postgresql" and isinstance(rig.postgres, str):
            yield Omitted("POST on PostgreSQL", rig.postgres)
            continue
        yield from _measure(rig, kind)
        if rig.is_full:
            yield from _measure(rig, kind, rig.times(LARGE))


@dataclass(frozen=True, slots=True)
class _Turn:
    """Statements per second of one turn; `ralphs` by the name of the comparison."""

    own: float
    bare: float
    ralphs: Mapping[str, float]


def _measure(rig: Rig, kind: str, stored: int = 0) -> Iterator[Result]:
    group = f"durable POST, one worker, {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}"
    group += f", {stored:,} stored" if stored else ""
    with ExitStack() as stack:
        if stored:
            folder, url, _ = filled(rig, kind, stored)
            bare_url = stack.enter_context(rig.copied(kind, url))
        else:
            folder, url = stack.enter_context(rig.database(kind, "post"))
            _, bare_url = stack.enter_context(rig.database(kind, "bare"))
        bridge = stack.enter_context(serve_bridge(folder, url, add_source(folder, url)))
        ralphs: dict[str, Served] = {}
        if not isinstance(rig.ralph, str):
            for name, plain in (("Ralph", False), ("Ralph without uvloop", True)):
                home = rig.new_folder("ralph")
                ralphs[name] = stack.enter_context(serve_ralph(rig.ralph, home, "bench_nothing", plain=plain))
        bare = BareLoop.beside(url, bare_url) if stored else BareLoop(url, bare_url)
        for server in (bridge, *ralphs.values()):
            server.post_all(bodies(f"warm/{stored}", 0, 10, 100))
        bare.skip()
        for batch, (requests, against_ralph, against_bare) in TURNS.items():
            turns = [
                _turn(bridge, ralphs, bare, f"{stored}/{batch}/{turn}", rig.times(requests), batch, turn)
                for turn in range(rig.times(7, 15))
            ]
            yield Figure(
                group, f"batch {batch}", median(one.own for one in turns), "statements/s", note=_note(turns)
            )
            for name in ralphs:
                ratio = median(one.own / one.ralphs[name] for one in turns)
                note = f"{name} storing nothing {median(one.ralphs[name] for one in turns):,.0f} /s"
                yield Figure(group, f"batch {batch} ÷ {name}", ratio, "×", *against_ralph, note=note)
            ratio = median(one.own / one.bare for one in turns)
            note = f"bare loop {median(one.bare for one in turns):,.0f} /s"
            yield Figure(group, f"batch {batch} ÷ bare loop", ratio, "×", *against_bare, note=note)


def _turn(
    bridge: Served,
    ralphs: Mapping[str, Served],
    bare: BareLoop,
    run: str,
    requests: int,
    batch: int,
    turn: int,
) -> _Turn:
    """Let each store the same, in an order that changes with every turn."""
    sent = bodies(run, 0, requests, batch)
    count = requests * batch
    servers = [("", bridge), *ralphs.items()]
    rates = {
        name: count / server.post_all(sent) for name, server in (servers if turn % 2 else reversed(servers))
    }
    return _Turn(rates.pop(""), count / bare.store(bare.catch_up(batch)), rates)


def _note(turns: Sequence[_Turn]) -> str:
    return f"{len(turns)} turns, {min(one.own for one in turns):,.0f} to {max(one.own for one in turns):,.0f}"
