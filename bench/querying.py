"""GET of 100 statements by agent, verb, activity and since: at 10 thousand and, in a full run, 1 million stored.

Ralph is compared where it is quickest: its backend holds the 100 statements of the answer ready in memory, so that no
search is counted on its side. On ours the search is. Beside both stand the bare page, which is what server and database
take for the same bytes without any search, check or header, and the bare search, which is that with the search alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from bench import statements
from bench.bare_page import serve_page, serve_search
from bench.figures import Figure, Omitted, Result, median
from bench.filling import ASKED_EVERY, LARGE, SMALL, filled
from bench.ralph import serve_ralph
from bench.rig import Rig
from bench.servers import MeasurementError, Served, add_source, serve_bridge
from lms_bridge.store.database import open_engine
from lms_bridge.store.driver import Driver
from lms_bridge.store.ingest import Dictionaries
from lms_bridge.store.queries import Filters, Reading, Sizes, agent_id_of, iri_id_of, page_of
from lms_bridge.xapi.actors import ifi_key

_GROUP: Final = "GET of 100 statements by agent, verb, activity, since"
_PAGE: Final = 100
# Pages asked one after the other before the next server has its turn: a process that slept wakes first.
_BURST: Final = 20


def measure(rig: Rig) -> Iterator[Result]:
    """Measure p50 against Ralph's, and how it grows with what is stored, on both databases."""
    sizes = [rig.times(SMALL, least=4 * _PAGE * ASKED_EVERY)] + ([rig.times(LARGE)] if rig.is_full else [])
    kinds = ["sqlite"] if isinstance(rig.postgres, str) else ["sqlite", "postgresql"]
    if isinstance(rig.postgres, str):
        yield Omitted("GET on PostgreSQL", rig.postgres)
    if isinstance(rig.ralph, str):
        yield Omitted("GET against Ralph", rig.ralph)
    for kind in kinds:
        yield from _measure(rig, kind, sizes)
    if not rig.is_full:
        yield Omitted("GET at 1 million statements", "only with --full: filling takes minutes")


def _measure(rig: Rig, kind: str, sizes: Sequence[int]) -> Iterator[Result]:
    group = f"{_GROUP}, {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}"
    with ExitStack() as stack:
        served: list[tuple[Served, str]] = []
        for size in sizes:
            folder, url, since = filled(rig, kind, size)
            authorization = add_source(folder, url, f"reader {len(served)}")
            served.append(
                (stack.enter_context(serve_bridge(folder, url, authorization)), _address("/xapi", since))
            )
        page = _page(*served[0])
        ids = [statement["id"] for statement in page]
        bare_url = filled(rig, kind, sizes[0])[1]
        served.append(stack.enter_context(serve_page(rig.new_folder("bare"), bare_url, ids)))
        search = _search(bare_url, filled(rig, kind, sizes[0])[2])
        served.append(stack.enter_context(serve_search(rig.new_folder("search"), bare_url, *search)))
        if not isinstance(rig.ralph, str):
            ralph = serve_ralph(rig.ralph, rig.new_folder("ralph"), "bench_ready", orjson.dumps(page))
            served.append((stack.enter_context(ralph), _address("/xAPI", since)))
        turns = _in_turns(served, rig.times(20, 60, least=2))
    own, bare, searched = turns[: len(sizes)], turns[len(sizes)], turns[len(sizes) + 1]
    for size, bursts in zip(sizes, own, strict=True):
        yield Figure(group, f"p50 at {size:,}", median(bursts) * 1000, "ms", is_cost=True)
    for size, bursts in zip(sizes, own, strict=True):
        note = f"bare page {median(bare) * 1000:.2f} ms"
        yield Figure(group, f"at {size:,} ÷ bare page", _ratio(bursts, bare), "×", is_cost=True, note=note)
    if not isinstance(rig.ralph, str):
        other = turns[-1]
        note = f"Ralph {median(other) * 1000:.1f} ms with the answer ready in memory"
        for size, bursts in zip(sizes, own, strict=True):
            name = f"at {size:,} ÷ Ralph"
            yield Figure(group, name, _ratio(bursts, other), "×", 1 / 5, 1 / 8, is_cost=True, note=note)
        yield Figure(group, "bare page ÷ Ralph", _ratio(bare, other), "×", is_cost=True)
        note = (
            f"bare search {median(searched) * 1000:.2f} ms: no service on this server and driver takes less"
        )
        yield Figure(group, "bare search ÷ Ralph", _ratio(searched, other), "×", is_cost=True, note=note)
    if rig.is_full:
        growth = _ratio(own[1], own[0])
        yield Figure(group, f"at {sizes[1]:,} ÷ at {sizes[0]:,}", growth, "×", 1.5, is_cost=True)


def _address(root: str, since: datetime) -> str:
    asked = {
        "agent": orjson.dumps(statements.agent(0)).decode(),
        "verb": statements.VERB,
        "activity": statements.quiz_iri(0),
        "since": (since - timedelta(milliseconds=1)).isoformat(),
        "limit": str(_PAGE),
    }
    return f"{root}/statements?{urlencode(asked)}"


class _Told(Driver):
    """A driver that remembers what it was last told to search."""

    told: tuple[str, Sequence[Any]] = ("", ())

    def search(self, sql: str, parameters: Sequence[int | str | bytes] = ()) -> list[Any]:
        self.told = (sql, parameters)
        return super().search(sql, parameters)


def _search(url: str, since: datetime) -> tuple[str, Sequence[Any]]:
    """Return the SQL that finds the page, with its parameters."""
    engine = open_engine(url)
    with engine.connect() as connection:
        driver = _Told(engine, connection.connection)
        filters = Filters(
            agent_id=agent_id_of(driver, str(ifi_key(statements.agent(0)))),
            verb_id=iri_id_of(driver, statements.VERB),
            activity_id=iri_id_of(driver, statements.quiz_iri(0)),
            since=since - timedelta(milliseconds=1),
        )
        reading = Reading(driver, Dictionaries(), Sizes())
        page_of(reading, filters, ascending=False, after=None, limit=_PAGE, most_bytes=sys.maxsize)
        told = driver.told
    engine.dispose()
    return told


def _page(server: Served, address: str) -> Sequence[Any]:
    with closing(server.connect()) as connection:
        page: list[Any] = orjson.loads(server.ask(connection, "GET", address))["statements"]
    if len(page) != _PAGE:
        raise MeasurementError(f"the query was answered with {len(page)} statements instead of {_PAGE}")
    return page


def _in_turns(served: Sequence[tuple[Served, str]], turns: int) -> list[list[float]]:
    """Ask each server in turns, a burst of pages each, as `more` is followed; return the p50 of each burst, seconds."""
    with ExitStack() as stack:
        asked: list[tuple[Served, str, HTTPConnection]] = [
            (server, address, stack.enter_context(closing(server.connect()))) for server, address in served
        ]
        bursts: list[list[float]] = [[] for _ in asked]
        for turn in range(turns + 1):
            for place, (server, address, connection) in enumerate(asked):
                burst = median(_seconds(server, address, connection) for _ in range(_BURST))
                if turn:
                    bursts[place].append(burst)
        return bursts


def _ratio(bursts: Sequence[float], others: Sequence[float]) -> float:
    """Return the middle of the ratios within each turn: a machine that grows slower for a while slows both."""
    return median(one / other for one, other in zip(bursts, others, strict=True))


def _seconds(server: Served, address: str, connection: HTTPConnection) -> float:
    begin = time.perf_counter()
    body = server.ask(connection, "GET", address)
    taken = time.perf_counter() - begin
    if body.count(b'"actor"') < _PAGE:
        raise MeasurementError(f"{address}: the answer is not a page of {_PAGE} statements")
    return taken
