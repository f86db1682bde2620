"""`python -m bench.kill_rounds`: `kill -9`, round after round, while eight writers write; ends non-zero on any loss.

Each round kills at a random moment, in one way: one web process, all of them, the derivation worker, or the database
(PostgreSQL: the first process and all its children; SQLite: the whole service, which is what has the file open). What
does not come back by itself is started again. Every few rounds the writers pause, and the database is held against
what they were told: `tests/end_to_end/writers.py` says what must be true.

What is killed loses its memory, not the machine its cache: that a commit waits for the disk is shown by
`python -m bench.sync_trace`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Final, Literal, assert_never, get_args

import click
import httpx

from lms_bridge.settings import load_settings
from lms_bridge.store.migrate import upgrade
from tests import postgres
from tests.end_to_end import served
from tests.end_to_end.writers import (
    Faults,
    Writer,
    at_work,
    find_faults,
    found_company,
    listed,
    new_writers,
    read_stored,
    send_unheard,
    unreadable,
)

Kill = Literal["web", "all-web", "worker", "database"]
Database = Literal["sqlite", "postgresql"]
_WRITERS: Final = 8
_PEOPLE: Final = 400
_WEB_PROCESSES: Final = 2
# Recovery otherwise opens and syncs every file of the cluster one by one, which has nothing to do with what is tested.
_SETTINGS: Final = {**postgres.DURABLE_SETTINGS, "recovery_init_sync_method": "syncfs"}
_PAUSE_SECONDS: Final = 0.05
# A worker lives shortly here, with its start on top: with more to derive than it can, each would do the same little.
_PAUSE_FOR_WORKER_SECONDS: Final = 0.4
_READ_BY_ID: Final = 500
_BACK_SECONDS: Final = 90.0
_DERIVED_SECONDS: Final = 600.0


@dataclass(slots=True)
class Tally:
    """What happened, counted; the rows of the table in this order."""

    rounds: int = 0
    processes_killed: int = 0
    service_started_again: int = 0
    statements_acknowledged: int = 0
    statements_voided: int = 0
    batches_sent_again: int = 0
    unheard_and_whole: int = 0
    unheard_and_absent: int = 0
    busy_and_yet_stored: int = 0
    read_by_id: int = 0
    checks: int = 0
    rows_of_evidence: int = 0
    seconds: float = 0.0
    slowest_return_seconds: float = 0.0


@dataclass(slots=True)
class Loss:
    """What must not be: all of these are 0, or the run has failed."""

    lost: int = 0
    doubled: int = 0
    half_batches: int = 0
    of_nobody: int = 0
    voided_wrongly: int = 0
    neither_derived_nor_queued: int = 0
    derived_wrongly: int = 0
    derive_failures: int = 0
    odd_answers: int = 0
    not_readable_by_id: int = 0
    not_listed_once: int = 0
    rebuild_differs: int = 0

    @property
    def total(self) -> int:
        """The sum: 0 where nothing is amiss."""
        return sum(getattr(self, one.name) for one in fields(self))

    def add(self, faults: Faults) -> None:
        """Add what one check found."""
        self.lost += len(faults.lost)
        self.doubled += len(faults.doubled)
        self.half_batches += len(faults.half)
        self.of_nobody += len(faults.unknown)
        self.voided_wrongly += len(faults.voided_wrongly)
        self.neither_derived_nor_queued += len(faults.underived)
        self.derived_wrongly += len(faults.derived_wrongly)
        self.derive_failures += faults.failures
        self.odd_answers += len(faults.odd)


@dataclass(slots=True)
class Place:
    """The service under fire, its database, and the writers; `cluster` is None on SQLite."""

    folder: Path
    url: str
    service: served.Service
    cluster: postgres.PostgresCluster | None
    key: tuple[str, str]
    draws: random.Random
    writers: Sequence[Writer]
    tally: Tally = field(default_factory=Tally)
    loss: Loss = field(default_factory=Loss)
    examined: set[str] = field(default_factory=set)

    @property
    def endpoint(self) -> str:
        """The address of the statement door."""
        return f"{self.service.base_url}/xapi/"

    @property
    def environ(self) -> dict[str, str]:
        """What the service and its commands are told beside their folder."""
        return {"LMS_BRIDGE_DATABASE_URL": self.url, "LMS_BRIDGE_LOG_LEVEL": "ERROR"}

    def round(self, kill: Kill) -> None:
        """Kill at a random moment, wait until the service takes statements again, and let it take some."""
        if kill == "worker":
            self._wait_working()
        time.sleep(self.draws.uniform(0.05, 2.0 if kill == "worker" else 0.8))
        begin = time.monotonic()
        self._kill(kill)
        self._wait_back()
        self.tally.slowest_return_seconds = max(
            self.tally.slowest_return_seconds, round(time.monotonic() - begin, 2)
        )
        time.sleep(self.draws.uniform(0.05, 0.3))
        self.tally.rounds += 1

    def _wait_working(self) -> None:
        """Wait until the worker has its lock or a connection: before that, killing it shows nothing."""
        deadline = time.monotonic() + _BACK_SECONDS
        while not any(map(_is_at_work, self.service.worker_processes())):
            if time.monotonic() > deadline:
                raise click.ClickException(f"no worker works within {_BACK_SECONDS:g} s; {self._complaint()}")
            self._start_where_ended()
            time.sleep(0.02)

    def _kill(self, kill: Kill) -> None:
        match kill:
            case "web":
                # In turns: granian ends the service where the same one dies twice within seconds, see `all-web`.
                self._kill_each((min(self.service.web_processes(), key=_started),))
            case "all-web":
                self._kill_each(self.service.web_processes())
            case "worker":
                self._kill_each(self.service.worker_processes())
            case "database" if self.cluster is not None:
                self.tally.processes_killed += self.cluster.crash()
                time.sleep(self.draws.uniform(0, 0.3))
                self.cluster = self.cluster.started_again()
            case "database":
                self._kill_each(self.service.processes())
            case _:
                assert_never(kill)

    def _kill_each(self, processes: Sequence[int]) -> None:
        for process in processes:
            os.kill(process, signal.SIGKILL)
        self.tally.processes_killed += len(processes)
        served.until("they are dead", lambda: not set(processes) & set(self.service.processes()))

    def _wait_back(self) -> None:
        """Wait until every web process is there again and reaches the database.

        Not only until something answers: granian gives up where one process dies twice within seconds, and the other
        answers until then.
        """
        deadline = time.monotonic() + _BACK_SECONDS
        while len(self.service.web_processes()) < _WEB_PROCESSES or self.service.status_of("/readyz") != 200:
            if time.monotonic() > deadline:
                raise click.ClickException(f"not back within {_BACK_SECONDS:g} s; {self._complaint()}")
            self._start_where_ended()
            time.sleep(0.05)

    def _complaint(self) -> str:
        written = self.service.complained.read_text(encoding="utf-8", errors="replace").strip()
        return f"the service wrote: {written[-1000:] or 'nothing'}"

    def _start_where_ended(self) -> None:
        """Do what systemd or a container does: start the service where its first process has ended."""
        if self.service.process.poll() is None:
            return
        self.service.clean_up()
        self.service = served.start(
            self.folder,
            "serve",
            "--workers",
            str(_WEB_PROCESSES),
            port=self.service.port,
            more=self.environ,
        )
        self.tally.service_started_again += 1

    def check(self) -> None:
        """Hold the database against the writers, send again what they never heard of, and hold it again.

        Nobody writes meanwhile; the worker may derive.
        """
        tally = self.tally
        tally.checks += 1
        stored = read_stored(self.url)
        self.loss.add(find_faults(stored, self.writers))
        for writer in self.writers:
            writer.odd.clear()
            for batch in writer.unheard:
                if batch.ids[0] in stored.times:
                    tally.unheard_and_whole += 1
                    tally.busy_and_yet_stored += batch.ids in writer.told_busy
                else:
                    tally.unheard_and_absent += 1
        if any(writer.unheard for writer in self.writers):
            tally.batches_sent_again += send_unheard(self.writers, self.endpoint, self.key)
            stored = read_stored(self.url)
            self.loss.add(find_faults(stored, self.writers))
        new = [
            (item, item in stored.voided_by)
            for writer in self.writers
            for batch in writer.acknowledged
            for item in batch.ids
            if item not in self.examined
        ]
        # Each is there by its key, as the snapshot has shown; that the door answers it is asked of some hundred.
        asked = self.draws.sample(new, min(_READ_BY_ID, len(new)))
        self.loss.not_readable_by_id += len(unreadable(self.endpoint, self.key, asked))
        tally.read_by_id += len(asked)
        self.examined.update(item for item, _ in new)

    def check_end(self) -> None:
        """Check once more, derive all that waits, and hold the evidence and a rebuild against what was sent."""
        self.check()
        served.until("all is derived", lambda: self._queue_depth() == 0, _DERIVED_SECONDS)
        self._command("derive", "--json")
        stored = read_stored(self.url)
        self.loss.add(find_faults(stored, self.writers))
        sent = {item for writer in self.writers for batch in writer.acknowledged for item in batch.ids}
        voids = {
            item: target
            for writer in self.writers
            for batch in writer.acknowledged
            for item, target in batch.voids.items()
        }
        shown = sent - set(voids.values())
        self.loss.not_listed_once += (listed(self.endpoint, self.key) - Counter(shown)).total()
        self.loss.not_listed_once += (Counter(shown) - listed(self.endpoint, self.key)).total()
        rows = Counter(
            json.loads(line)["statement_id"] for line in self._command("evidence", "export").splitlines()
        )
        proving = Counter(shown - voids.keys())
        self.loss.derived_wrongly += (rows - proving).total()
        self.loss.neither_derived_nor_queued += (proving - rows).total()
        rebuilt = json.loads(self._command("rebuild", "--dry-run", "--json"))
        self.loss.rebuild_differs += rebuilt["appeared"] + rebuilt["vanished"]
        self.tally.rows_of_evidence = rows.total()
        self.tally.statements_acknowledged = len(sent)
        self.tally.statements_voided = len(voids)
        self.tally.batches_sent_again += sum(writer.repeated for writer in self.writers)

    def _queue_depth(self) -> int:
        depth: int = httpx.get(f"{self.service.base_url}/readyz", timeout=30).json()["queue_depth"]
        return depth

    def _command(self, *arguments: str) -> str:
        return served.command(self.folder, *arguments, more=self.environ)

    def close(self) -> None:
        """End what was started."""
        self.service.clean_up()
        if self.cluster is not None:
            self.cluster.stop()


def _started(process: int) -> int:
    """Return when a process started, in ticks since the machine did."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])


def _is_at_work(process: int) -> bool:
    """Tell whether a process holds the worker's lock or a connection: it leads, or is about to."""
    try:
        held = [str(entry.readlink()) for entry in Path(f"/proc/{process}/fd").iterdir()]
    except OSError:
        return False
    return any(name.endswith("worker.lock") or name.startswith("socket:") for name in held)


@contextmanager
def _opened(
    database: Database, folder: Path, port: int | None, seed: int, pause_seconds: float
) -> Iterator[Place]:
    cluster = postgres.start_cluster(_SETTINGS) if database == "postgresql" else None
    try:
        if cluster is None:
            url = f"sqlite:///{folder / 'lms_bridge.sqlite3'}"
        else:
            cluster.create("kills")
            url = cluster.url("kills")
        upgrade(url)
        environ = {"LMS_BRIDGE_DATABASE_URL": url, "LMS_BRIDGE_DATA_DIR": str(folder)}
        key = found_company(load_settings(environ=environ), _PEOPLE)
        more = {"LMS_BRIDGE_DATABASE_URL": url, "LMS_BRIDGE_LOG_LEVEL": "ERROR"}
        service = served.start(folder, "serve", "--workers", str(_WEB_PROCESSES), port=port, more=more)
    except BaseException:
        if cluster is not None:
            cluster.stop()
        raise
    place = Place(
        folder,
        url,
        service,
        cluster,
        key,
        random.Random(seed),  # noqa: S311 -- no secret
        new_writers(_WRITERS, _PEOPLE, seed, pause_seconds),
    )
    try:
        service.wait_ready()
        yield place
    finally:
        place.close()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--kill", type=click.Choice(get_args(Kill)), required=True, help="What dies in each round.")
@click.option("--database", type=click.Choice(get_args(Database)), default="sqlite", show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=100, show_default=True, help="How often.")
@click.option(
    "--check-every", type=click.IntRange(1), default=5, show_default=True, help="Rounds to a check."
)
@click.option("--seed", type=int, help="Of the moments and the statements; default: another every time.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of the service; default: a free one.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def main(
    *,
    kill: Kill,
    database: Database,
    rounds: int,
    check_every: int,
    seed: int | None,
    port: int | None,
    as_json: bool,
) -> None:
    """Kill -9, round after round, while eight writers write; count what was acknowledged and what was lost."""
    for name in [name for name in os.environ if name.startswith("LMS_BRIDGE_")]:
        del os.environ[name]
    chosen = int.from_bytes(os.urandom(4)) if seed is None else seed
    pause_seconds = _PAUSE_FOR_WORKER_SECONDS if kill == "worker" else _PAUSE_SECONDS
    # Whoever ends this ends the service and the database with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begin = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="lms-bridge-kills-") as folder,
        _opened(database, Path(folder), port, chosen, pause_seconds) as place,
    ):
        while place.tally.rounds < rounds:
            with at_work(place.writers, place.endpoint, place.key):
                for _ in range(min(check_every, rounds - place.tally.rounds)):
                    place.round(kill)
            place.check()
            if not as_json:
                click.echo(_told(place), err=True)
        place.check_end()
    place.tally.seconds = round(time.monotonic() - begin, 1)
    answer = {"kill": kill, "database": database, "seed": chosen, **asdict(place.tally), **asdict(place.loss)}
    click.echo(json.dumps(answer) if as_json else _table(answer))
    if place.loss.total:
        click.echo("FAILED: see the counts that must be 0", err=True)
        sys.exit(1)


def _told(place: Place) -> str:
    acknowledged = sum(len(batch.ids) for writer in place.writers for batch in writer.acknowledged)
    return f"{place.tally.rounds} rounds, {acknowledged} statements acknowledged, {place.loss.total} faults"


def _table(answer: dict[str, object]) -> str:
    must_be_none = {one.name for one in fields(Loss)}
    lines = []
    for name, value in answer.items():
        mark = ("  ok" if value == 0 else "  MUST BE 0") if name in must_be_none else ""
        lines.append(f"{name.replace('_', ' '):<30}{value!s:>12}{mark}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
