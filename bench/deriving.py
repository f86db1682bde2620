"""Deriving: how one worker keeps up with what one web worker takes in, and how soon a statement is on a page.

A bulk of statements is posted with nobody deriving, then derived with nobody posting, several times: what a person has
learned before is read again each time, so later turns are dearer. Everybody in it is known and every quiz has a rule.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import orjson

from bench import company, statements
from bench.figures import Figure, Omitted, Result, median, percentile
from bench.rig import Rig
from bench.servers import MeasurementError, Served, add_source, command_line, serve_bridge
from lms_bridge import clock
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.store.database import open_engine, session_of

_GROUP: Final = "derive, one worker"
_PEOPLE: Final = 400
_BATCH: Final = 100
_POLL_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 20


def measure(rig: Rig) -> Iterator[Result]:
    """Measure the rates side by side, then the way of single statements to a page."""
    yield from _compared(rig, "sqlite")
    if isinstance(rig.postgres, str):
        yield Omitted("derive on PostgreSQL", rig.postgres)
    else:
        yield from _compared(rig, "postgresql")
    delays = _delays(rig)
    note = f"{len(delays)} tries, p50 {median(delays) * 1000:,.0f} ms; looked every {_POLL_SECONDS * 1000:.0f} ms"
    yield Figure(_GROUP, "statement → page, p95", percentile(delays, 0.95), "s", 1.0, is_cost=True, note=note)


def _compared(rig: Rig, kind: str) -> Iterator[Figure]:
    group = f"{_GROUP}, {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}"
    with rig.database(kind, "derive") as (folder, url):
        turns = list(_rates(rig, folder, url))
    ratio = median(derived / taken for taken, derived in turns)
    first, last = turns[0], turns[-1]
    note = f"POST {median(taken for taken, _ in turns):,.0f} /s in batches of {_BATCH}; derive {first[1]:,.0f} /s at first"
    note += f", {last[1]:,.0f} /s with {len(turns)} times as much per person"
    rate = median(derived for _, derived in turns)
    yield Figure(group, "statements derived", rate, "statements/s", note=note)
    yield Figure(group, "derive ÷ ingest", ratio, "×", 1.0)


def _rates(rig: Rig, folder: Path, url: str) -> Iterator[tuple[float, float]]:
    """Yield (statements taken in per second, statements derived per second), turn by turn."""
    authorization = add_source(folder, url)
    _found(folder, url, _PEOPLE)
    engine = open_engine(url)
    requests = rig.times(40, 100, least=2)
    # One deriver for all turns, as a worker is: it need not read again what it has read.
    deriver = Deriver(engine)
    with serve_bridge(folder, url, authorization) as server:
        for turn in range(rig.times(3, 5)):
            first = turn * requests * _BATCH
            sent = statements.bodies("derive", first, requests, _BATCH, _PEOPLE)
            taken = server.post_all(sent)
            begin = time.perf_counter()
            done = deriver.drain()
            derived = time.perf_counter() - begin
            # A later turn may only repeat what is proved already: then nothing is written, and the work is the same.
            if done.failed or done.subjects < min(_PEOPLE, requests * _BATCH):
                raise MeasurementError(f"deriving failed: {done}")
            yield requests * _BATCH / taken, requests * _BATCH / derived
    engine.dispose()


def _found(folder: Any, url: str, people: int) -> None:
    """Import the company and a rule for each quiz."""
    engine = open_engine(url)
    settings = company.settings_for(folder, url)
    company.found_company(engine, settings, people, role_skills=statements.QUIZZES)
    with session_of(engine) as session:
        rules = rules_of_quizzes("bench", range(statements.QUIZZES))
        imports.import_rules(session, {"bench.toml": rules}, clock.now())
    Deriver(engine).drain()
    engine.dispose()


def rules_of_quizzes(pack: str, quizzes: Iterable[int]) -> bytes:
    """Return a pack with a rule for each quiz."""
    rules = [
        f"""
[[rule]]
id = "{pack}-quiz-{quiz}"
[rule.when]
verb = ["{statements.VERB}"]
activity = "{statements.quiz_iri(quiz)}"
score_min = 0.7
[[rule.gives]]
skill = "{company.skill_iri(quiz % statements.QUIZZES)}"
level = 2
strength = "assessed"
valid_for = "P2Y"
renew_window = "P90D"
"""
        for quiz in quizzes
    ]
    return "\n".join([f'pack = "{pack}"', *rules]).encode()


def _delays(rig: Rig) -> list[float]:
    """Return the seconds from the POST of a statement until the team's coverage shows what it proves."""
    people = company.TEAM_SIZE * 2
    folder, url = rig.sqlite("delay")
    authorization = add_source(folder, url)
    _found(folder, url, people)
    token = command_line(folder, url, "token", "add", "bench", "--role", "hr").strip().split()[-1]
    tries = rig.times(50, least=3)
    with serve_bridge(folder, url, authorization, worker=True) as server, closing(server.connect()) as posts:
        return [_delay(server, posts, token, number, number % people) for number in range(tries)]


def _delay(server: Served, posts: HTTPConnection, token: str, number: int, person: int) -> float:
    quiz = number % 20
    made = statements.statement(f"delay/{number}", person, people=100_000, quiz=quiz)
    made["result"]["score"] = {"raw": 90, "min": 0, "max": 100, "scaled": 0.9}
    made["timestamp"] = clock.now().isoformat()
    address = f"/api/v1/teams/{company.team_id(person // company.TEAM_SIZE)}/coverage"
    reader = Served(server.pid, server.port, address, f"Bearer {token}")
    with closing(reader.connect()) as pages:
        if _attained(reader, pages, person, quiz):
            raise MeasurementError(f"person {person} has skill {quiz} already")
        begin = time.perf_counter()
        server.ask(posts, "POST", server.path, orjson.dumps(made))
        while not _attained(reader, pages, person, quiz):
            if time.perf_counter() - begin > _PATIENCE_SECONDS:
                raise MeasurementError(f"a statement was on no page after {_PATIENCE_SECONDS} s")
            time.sleep(_POLL_SECONDS)
        return time.perf_counter() - begin


def _attained(reader: Served, pages: HTTPConnection, person: int, quiz: int) -> bool:
    report: dict[str, Any] = orjson.loads(reader.ask(pages, "GET", reader.path))
    wanted, skill = company.person_id(person), company.skill_iri(quiz)
    cells = [cell for one in report["people"] if one["person_id"] == wanted for cell in one["cells"]]
    levels = [cell["attained"] for cell in cells if cell["skill_iri"] == skill]
    if not levels:
        raise MeasurementError(f"the team's coverage has no cell of {wanted} in {skill}")
    return any(levels)
