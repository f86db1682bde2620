"""Deriving and rebuilding a large store: time and memory, a kill in the middle, and who is derived after a rule changed.

The commands run as an operator runs them, in processes of their own. Statements are stored without HTTP, because only
what comes after it is measured.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import text

from bench import company, statements
from bench.deriving import rules_of_quizzes
from bench.figures import Figure, Omitted, Result
from bench.memory import resident
from bench.rig import Rig
from bench.servers import ROOT, MeasurementError, add_source, bridge_environment
from lms_bridge import clock
from lms_bridge.pipeline import imports
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.ingest import Sender, StatementWriter
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version

_MEGABYTE: Final = 1 << 20
_SMALL, _LARGE = 20_000, 1_000_000
_PER_PERSON: Final = 100
_BATCH: Final = 500
# One person of so many has taken the quiz that the changed rule names.
_ONE_OF: Final = 100
_RARE_QUIZ: Final = statements.QUIZZES


def measure(rig: Rig) -> Iterator[Result]:
    """Measure on both databases."""
    kinds = ["sqlite"] if isinstance(rig.postgres, str) else ["sqlite", "postgresql"]
    if isinstance(rig.postgres, str):
        yield Omitted("rebuild on PostgreSQL", rig.postgres)
    for kind in kinds:
        with rig.database(kind, "rebuild") as (folder, url):
            yield from _measure(rig, kind, folder, url)
    if not rig.is_full:
        yield Omitted("rebuild of 1 million statements", "only with --full: it takes minutes")


def _measure(rig: Rig, kind: str, folder: Path, url: str) -> Iterator[Result]:
    count = rig.times(_SMALL, _LARGE, least=_PER_PERSON * _ONE_OF)
    people = count // _PER_PERSON
    group = f"rebuild of {count:,} statements of {people:,} people, {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}"
    _fill(folder, url, count, people)
    derived = _run(folder, url, "derive", "--json")
    note = f"{derived.seconds:,.0f} s, {derived.peak / _MEGABYTE:.0f} MB at most, {derived.said['written']:,} rows written"
    yield Figure(group, "first derivation", count / derived.seconds, "statements/s", note=note)
    whole = _run(folder, url, "rebuild", "--json")
    _require_unchanged(whole.said)
    note = f"{whole.said['unchanged']:,} rows unchanged, none appeared or vanished"
    yield Figure(group, "rebuild", whole.seconds, "s", is_cost=True, note=note)
    yield Figure(group, "rebuild, resident at most", whole.peak / _MEGABYTE, "MB", is_cost=True)
    yield _resumed(group, folder, url, whole)
    yield _rule_change(group, url, people)


def _resumed(group: str, folder: Path, url: str, whole: _Run) -> Figure:
    """Kill a rebuild in the middle, and let another go on."""
    mark = folder / "rebuild.json"

    def through() -> int:
        try:
            return int(json.loads(mark.read_bytes())["people"])
        except FileNotFoundError:
            return 0

    half = whole.said["people"] // 2
    first = _run(folder, url, "rebuild", kill_when=lambda: through() >= half)
    reached = through()
    rest = _run(folder, url, "rebuild", "--resume", "--json")
    _require_unchanged(rest.said)
    if rest.said != whole.said:
        raise MeasurementError(
            f"the rebuild that was broken off found {rest.said}, the whole one {whole.said}"
        )
    note = f"killed after {first.seconds:,.1f} s and {reached:,} people, the rest took {rest.seconds:,.1f} s; same result"
    return Figure(
        group, "killed and resumed ÷ whole", (first.seconds + rest.seconds) / whole.seconds, "×", note=note
    )


def _rule_change(group: str, url: str, people: int) -> Figure:
    """Bring a rule for what one person of a hundred has done; return how many are queued for it."""
    engine = open_engine(url)
    rule = _rare_rule()
    with session_of(engine) as session:
        begin = time.perf_counter()
        imports.import_rules(session, {"rare.toml": rule}, clock.now())
        seconds = time.perf_counter() - begin
        queued = session.execute(text("SELECT count(DISTINCT subject) FROM derive_task")).scalar_one()
    engine.dispose()
    expected = len(range(0, people, _ONE_OF))
    note = f"{queued:,} of {people:,} queued, {expected:,} have such a record; {seconds * 1000:,.0f} ms"
    return Figure(
        group, "queued ÷ touched by a new rule", queued / expected, "×", 1.0, is_cost=True, note=note
    )


def _require_unchanged(said: Any) -> None:
    if said["appeared"] or said["vanished"] or not said["unchanged"]:
        raise MeasurementError(f"the rebuild does not find what was derived: {said}")


def _rare_rule() -> bytes:
    return rules_of_quizzes("rare", [_RARE_QUIZ])


def _fill(folder: Path, url: str, count: int, people: int) -> None:
    """Found the company with its rules, and store the statements; the last one of a few people is of the rare quiz."""
    add_source(folder, url)
    engine = open_engine(url)
    company.found_company(engine, company.settings_for(folder, url), people, role_skills=statements.QUIZZES)
    with session_of(engine) as session:
        imports.import_rules(
            session, {"bench.toml": rules_of_quizzes("bench", range(statements.QUIZZES))}, clock.now()
        )
    writer = StatementWriter(engine)
    sender = Sender(1, "bench", reaches_all=True, authority=b'{"mbox":"mailto:bench@bench.example"}')
    for start in range(0, count, _BATCH):
        made = [_statement(number, count, people) for number in range(start, min(start + _BATCH, count))]
        batch = read_statements(orjson.dumps(made), version=Version.V1_0_3)
        writer.store(sender, batch.statements, [one["id"] for one in made], "1.0.0", clock.now())
    engine.dispose()


def _statement(number: int, count: int, people: int) -> dict[str, Any]:
    is_rare = number >= count - people and number % people % _ONE_OF == 0
    return statements.statement("rebuild", number, people, _RARE_QUIZ if is_rare else None)


@dataclass(frozen=True, slots=True)
class _Run:
    """What one command took and said; `peak` is its largest resident memory in bytes."""

    seconds: float
    peak: int
    said: Any


def _run(folder: Path, url: str, *arguments: str, kill_when: Callable[[], bool] | None = None) -> _Run:
    """Run `lms-bridge` to its end, or kill it where it is told to.

    Raises:
        MeasurementError: it failed, or ended before it was to be killed.
    """
    out = folder / "command.out"
    begin = time.perf_counter()
    peak = 0
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "lms_bridge.cli", *arguments],
            env=bridge_environment(folder, url) | {"PYTHONPATH": str(ROOT)},
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            if kill_when is not None and kill_when():
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                return _Run(time.perf_counter() - begin, peak, None)
            time.sleep(0.02)
    seconds = time.perf_counter() - begin
    written = out.read_text(errors="replace")
    if kill_when is not None or process.returncode != 0:
        raise MeasurementError(
            f"lms-bridge {' '.join(arguments)} ended with {process.returncode}: {written[-500:]}"
        )
    return _Run(seconds, peak, json.loads(written))
