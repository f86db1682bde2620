"""`python -m bench.sync_trace`: what the kernel is asked between a POST and its 200, to see that the disk comes first.

A process that is killed loses nothing that it handed to the kernel; a machine that loses power does. So strace watches
the web process (and on PostgreSQL the backends that it speaks to), and for each POST the order must be: the request is
read, the write-ahead log is written, it is synced, the 200 is written. Any other order ends non-zero.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, get_args

import click
import orjson
import psycopg

from bench.postgres import find_postgres
from bench.rig import PostgresServer, Rig
from bench.servers import MeasurementError, Served, add_source, serve_bridge
from bench.statements import statement
from lms_bridge.store.database import INGEST_APPLICATION

Database = Literal["sqlite", "postgresql"]
Step = Literal["request", "log written", "log synced", "commit answered", "answer"]

_CALLS: Final = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync"
_ATTACH_SECONDS: Final = 20.0
# 1234 1764166000.123456 fdatasync(9</folder/lms_bridge.sqlite3-wal>) = 0 <0.009021>
_LINE: Final = re.compile(r"^(?P<pid>\d+) +(?P<at>\d+\.\d+) (?P<rest>.*?)(?: <(?P<seconds>\d+\.\d+)>)?$")
_CALL: Final = re.compile(r"^(?P<name>\w+)\((?P<fd>\d+)(?:<(?P<file>.*?)>)?(?P<more>[,)].*)$")
_LOGS: Final = {"sqlite": re.compile(r"-wal$"), "postgresql": re.compile(r"/pg_wal/[0-9A-F]{24}$")}
_MORE: Final = f"{'…':>8}"
_UNFINISHED: Final = " <unfinished ...>"
_RESUMED: Final = re.compile(r"^<\.\.\. \w+ resumed>")


@dataclass(frozen=True, slots=True)
class Seen:
    """One call that matters: when it began and ended (seconds), by whom, on what, and what it was as strace told it."""

    begun_at: float
    ended_at: float
    process: int
    step: Step
    file: str
    text: str


def read_trace(lines: Iterable[str], database: Database) -> tuple[Seen, ...]:
    """Return the calls of a trace that are steps of a POST, in the order of their ends; failed ones are left out."""
    found = []
    begun: dict[str, tuple[float, str]] = {}
    for line in lines:
        matched = _LINE.match(line.rstrip("\n"))
        if matched is None:
            continue
        pid, at, rest = matched["pid"], float(matched["at"]), matched["rest"]
        if rest.endswith(_UNFINISHED):
            begun[pid] = (at, rest.removesuffix(_UNFINISHED))
            continue
        if _RESUMED.match(rest) and pid in begun:
            at, head = begun.pop(pid)
            rest = head + _RESUMED.sub("", rest)
        call = _CALL.match(rest)
        if call is None or " = -1 " in rest:
            continue
        step = _step(call["name"], call["file"] or "", call["more"], database)
        if step is not None:
            ended_at = at + float(matched["seconds"] or 0)
            found.append(Seen(at, ended_at, int(pid), step, call["file"] or "", rest))
    return tuple(sorted(found, key=lambda seen: seen.ended_at))


def _step(name: str, file: str, more: str, database: Database) -> Step | None:
    """Tell which step a call is; None for all that is of no interest."""
    if _LOGS[database].search(file):
        return "log synced" if name in {"fsync", "fdatasync"} else "log written"
    if name in {"read", "recvfrom", "recvmsg"}:
        return "request" if '"POST /xapi/statements' in more else None
    if "HTTP/1.1 200" in more:
        return "answer"
    return "commit answered" if "COMMIT\\0Z" in more else None


def posts_of(seen: Sequence[Seen]) -> Iterator[tuple[Seen, ...]]:
    """Yield the steps of each POST, from its request to its answer on the same connection."""
    for place, request in enumerate(seen):
        if request.step != "request":
            continue
        for end, answer in enumerate(seen[place:], start=place + 1):
            if answer.step == "answer" and answer.file == request.file:
                yield tuple(seen[place:end])
                break


def fault_of(post: Sequence[Seen], database: Database) -> str:
    """Return what is wrong with the order of one POST, "" where it holds.

    A sync counts where it began after the last write to the log had ended, and ended before what it must precede began.
    """
    end: Step = "answer" if database == "sqlite" else "commit answered"
    written = [one for one in post if one.step == "log written"]
    if not written:
        return "nothing was written to the log"
    if not any(one.step == end for one in post):
        return f"no step '{end}'"
    for last in (one for one in post if one.step == end):
        own = [
            one
            for one in written
            if one.ended_at <= last.begun_at and (database == "sqlite" or one.process == last.process)
        ]
        if not own:
            continue
        if not any(
            one.step == "log synced" and own[-1].ended_at <= one.begun_at and one.ended_at <= last.begun_at
            for one in post
        ):
            return f"'{end}' without a sync of the log after its last write"
        if database == "postgresql" and last.begun_at > post[-1].begun_at:
            return "the 200 was written before the commit was answered"
        written = [one for one in written if one not in own]
    return "the log was written after the last commit was answered" if written else ""


def told(post: Sequence[Seen]) -> str:
    """Return the steps of one POST as lines: milliseconds since its request, process, step, call.

    Of several writes to the log in a row the first and the last are shown.
    """
    lines = []
    for place, one in enumerate(post):
        around = {other.step for other in post[place - 1 : place + 2]} if 0 < place < len(post) - 1 else set()
        if around != {"log written"}:
            lines.append(_line(one, post[0].begun_at))
        elif lines[-1] != _MORE:
            lines.append(_MORE)
    return "\n".join(lines)


def _line(one: Seen, zero: float) -> str:
    short = re.sub(r"<[^>]*/([^/>]+)>", r"<\1>", one.text)
    if len(short) > 100:
        short = f"{short[:70]} … {short[-26:]}"
    begun, ended = (one.begun_at - zero) * 1000, (one.ended_at - zero) * 1000
    return f"{begun:8.2f} – {ended:6.2f} ms  {one.process:>7}  {one.step:<15}  {short}"


@contextmanager
def _traced(strace: str, processes: Sequence[int], file: Path) -> Iterator[None]:
    """Watch processes with all their threads meanwhile; what they ask the kernel is written to `file`."""
    command = [strace, "-f", "-ttt", "-T", "-yy", "-s", "48", "-e", f"trace={_CALLS}", "-e", "signal=none"]
    command += ["-o", str(file), *(word for one in processes for word in ("-p", str(one)))]
    complained = file.with_suffix(".stderr")
    with complained.open("wb") as errors:
        watcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
    try:
        deadline = time.monotonic() + _ATTACH_SECONDS
        while any(f"Process {one} attached" not in complained.read_text() for one in processes):
            if watcher.poll() is not None or time.monotonic() > deadline:
                raise MeasurementError(f"strace does not attach: {complained.read_text().strip()[-500:]}")
            time.sleep(0.05)
        yield
    finally:
        watcher.send_signal(signal.SIGINT)
        watcher.wait(_ATTACH_SECONDS)


def _web_processes(first: int) -> tuple[int, ...]:
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return tuple(
        int(child)
        for child in children
        if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    )


def _backends(url: str) -> tuple[int, ...]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            [INGEST_APPLICATION],
        ).fetchall()
    return tuple(row[0] for row in rows)


def _post(served: Served, run: str, first: int, count: int) -> None:
    with closing(served.connect()) as connection:
        for number in range(first, first + count):
            served.ask(connection, "POST", served.path, orjson.dumps([statement(run, number)]))


def trace(rig: Rig, database: Database, strace: str, posts: int) -> tuple[tuple[Seen, ...], ...]:
    """Serve with the default settings, watch a number of POSTs, and return the steps of each.

    Raises:
        MeasurementError: something of it does not start.
    """
    with rig.database(database, "sync") as (folder, url):
        authorization = add_source(folder, url)
        with serve_bridge(folder, url, authorization) as served:
            # The first requests open connections and note that the source was seen: they are not what is shown.
            _post(served, "sync", 0, 5)
            processes = _web_processes(served.pid)
            if database == "postgresql":
                processes += _backends(url)
            file = folder / "trace"
            with _traced(strace, processes, file):
                _post(served, "sync", 5, posts)
                time.sleep(0.2)
        seen = read_trace(file.read_text(errors="replace").splitlines(), database)
    return tuple(posts_of(seen))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--database",
    "chosen",
    type=click.Choice([*get_args(Database), "both"]),
    default="both",
    show_default=True,
)
@click.option("--posts", type=click.IntRange(1), default=5, show_default=True, help="How many are watched.")
def main(*, chosen: str, posts: int) -> None:
    """Show that no POST is answered 200 before its log is on the disk; exit code 1 where one is."""
    strace = shutil.which("strace")
    if strace is None:
        raise click.ClickException("strace is not installed; on Debian: apt-get install strace")
    databases: tuple[Database, ...] = get_args(Database)
    has_fault = False
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lms-bridge-sync-")))
        rig = Rig(folder, False, "not compared", "not asked for")
        for database in (one for one in databases if chosen in {one, "both"}):
            if database == "postgresql":
                server: PostgresServer | str = stack.enter_context(find_postgres(None))
                rig = replace(rig, postgres=server)
            try:
                found = trace(rig, database, strace, posts)
            except MeasurementError as error:
                raise click.ClickException(f"{database}: {error}") from error
            has_fault |= not _tell(database, found, posts)
    if has_fault:
        sys.exit(1)


def _tell(database: Database, found: Sequence[Sequence[Seen]], posts: int) -> bool:
    """Print the last POST and the verdict on all; return whether the order was held by each."""
    click.echo(f"\n{database}: the last of {len(found)} POSTs")
    if found:
        click.echo(told(found[-1]))
    faults = [fault for post in found if (fault := fault_of(post, database))]
    if len(found) != posts:
        faults.append(f"{len(found)} of {posts} POSTs were seen from request to answer")
    for fault in faults:
        click.echo(f"NOT HELD: {fault}")
    if not faults:
        click.echo(f"held by all {posts}: the log is written and synced before the answer")
    return not faults


if __name__ == "__main__":
    main()
