"""Pages of a synthetic company: time in the database and time in Python, both by p95, and the number of queries.

A full run has 10,000 people, 500 skills and a million facts; a usual one a tenth of the people, with as many facts each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from bench import company
from bench.figures import Figure, Omitted, Result, percentile
from bench.rig import Rig
from bench.timing import SqlClock, timed_sqlite
from lms_bridge import clock
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import pages
from lms_bridge.pipeline.viewing import View
from lms_bridge.settings import Settings
from lms_bridge.store.database import open_engine, session_of

PEOPLE: Final = 10_000
_READER: Final = Reader("hr@bench.example", "hr")
_TENTH: Final = 10


@dataclass(frozen=True, slots=True)
class _Timed:
    sql: float
    total: float
    queries: int


def measure(rig: Rig) -> Iterator[Result]:
    """Measure a team's page, a person's, the matrix of 50 × 50, and the whole company."""
    people = (
        PEOPLE if rig.is_full else max(4 * company.TEAM_SIZE, round(PEOPLE // _TENTH * min(rig.scale, 1.0)))
    )
    folder, url = rig.sqlite("pages")
    settings = company.settings_for(folder, url)
    engine = open_engine(url)
    teams = company.found_company(engine, settings, people)
    facts = company.prove(engine, people)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    group = f"pages: {people:,} people, {company.SKILLS} skills, {facts:,} facts (SQLite)"
    timed, sql = timed_sqlite(url)
    with session_of(timed) as session:
        reads = _Reads(session, settings, sql)
        tries = rig.times(20, 40, least=3)
        plain = [reads.team(company.team_id(number * 7 % (teams - 2) + 2)) for number in range(tries)]
        person = [reads.person(company.person_id(number * 53 % people)) for number in range(tries)]
        matrix = [reads.team(company.MATRIX_TEAM) for _ in range(tries)]
        whole = [reads.company() for _ in range(rig.times(1, 3))]
    timed.dispose()
    for name, found, floor in (
        (f"team of {company.TEAM_SIZE}", plain, 10.0),
        ("person", person, 10.0),
        ("matrix 50 × 50", matrix, 15.0),
        (f"whole company, {teams} teams × {company.SKILLS} skills", whole, 400.0),
    ):
        note = f"Python beside it {_p95([one.total - one.sql for one in found]):,.0f} ms; {_queries(found)}"
        yield Figure(
            group, f"{name}, SQL p95", _p95([one.sql for one in found]), "ms", floor, is_cost=True, note=note
        )
    more = max(one.queries for one in matrix) - max(one.queries for one in plain)
    note = "a constant number of queries"
    yield Figure(group, "queries for 50 people more than for 25", more, "queries", 0, is_cost=True, note=note)
    if people < PEOPLE:
        yield Omitted(
            f"pages with {PEOPLE:,} people and a million facts", "only with --full: filling takes minutes"
        )
    yield Omitted("pages on PostgreSQL", "measured on SQLite only")


@dataclass(frozen=True, slots=True)
class _Reads:
    session: Session
    settings: Settings
    sql: SqlClock

    def team(self, team_id: str) -> _Timed:
        return self._timed(
            lambda view: pages.team(self.session, self.settings, _READER, view, team_id, tree=False)
        )

    def person(self, person_id: str) -> _Timed:
        return self._timed(lambda view: pages.person(self.session, self.settings, _READER, view, person_id))

    def company(self) -> _Timed:
        return self._timed(lambda view: pages.overview(self.session, self.settings, _READER, view))

    def _timed(self, read: Callable[[View], Any]) -> _Timed:
        self.session.rollback()
        # A request has a session of its own: nothing that was read before helps.
        self.session.expunge_all()
        self.sql.reset()
        begin = time.perf_counter()
        read(View(clock.today(self.settings.zone)))
        return _Timed(self.sql.seconds, time.perf_counter() - begin, self.sql.queries)


def _p95(seconds: Sequence[float]) -> float:
    return percentile(seconds, 0.95) * 1000


def _queries(found: Sequence[_Timed]) -> str:
    counts = sorted({one.queries for one in found})
    return f"{counts[0]} queries" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} queries"
