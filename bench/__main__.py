"""`python -m bench`: run the measurements, print them, and keep them in bench/results/<time>.json."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import structlog

from bench import (
    deriving,
    memory,
    pages,
    posting,
    querying,
    rebuilding,
    soak,
    suggesting,
    validation,
    workbooks,
)
from bench.figures import Figure, Omitted, Result, table
from bench.machine import machine, told
from bench.postgres import find_postgres
from bench.ralph import find_ralph
from bench.rig import Rig
from bench.servers import MeasurementError

MEASUREMENTS: Final[Mapping[str, Callable[[Rig], Iterator[Result]]]] = {
    "validation": validation.measure,
    "posting": posting.measure,
    "querying": querying.measure,
    "deriving": deriving.measure,
    "rebuilding": rebuilding.measure,
    "pages": pages.measure,
    "workbooks": workbooks.measure,
    "memory": memory.measure,
    "suggesting": suggesting.measure,
    "soak": soak.measure,
}
# Runs only where it is named.
_ON_REQUEST: Final = frozenset({"soak"})
RESULTS: Final = Path(__file__).with_name("results")
_NEEDS_RALPH: Final = frozenset({"posting", "querying"})
_NEEDS_POSTGRES: Final = frozenset({"posting", "querying", "deriving", "rebuilding"})
_ELSEWHERE: Final = (
    Omitted("no double fire of schedules with several processes", "a property, held by the tests"),
    Omitted("several web workers at once", "one worker is compared with one worker"),
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--full", is_flag=True, help="The sizes of the design: a million statements and facts; takes long."
)
@click.option(
    "--only",
    "names",
    multiple=True,
    type=click.Choice(sorted(MEASUREMENTS)),
    help="Repeatable; default: all.",
)
@click.option(
    "--database-url",
    envvar="LMS_BRIDGE_BENCH_DATABASE_URL",
    help="A PostgreSQL to make databases on; default: one of its own, where PostgreSQL is installed.",
)
@click.option(
    "--scale", type=click.FloatRange(0.001, 1.0), default=1.0, help="Do less: only to see that it works."
)
@click.option("--minutes", type=click.FloatRange(0.1, 600), default=60, help="How long the soak lasts.")
def main(
    *, full: bool, names: tuple[str, ...], database_url: str | None, scale: float, minutes: float
) -> None:
    """Measure speed and size on this machine: every figure with its floor and reach, and how far it is met."""
    chosen = [name for name in MEASUREMENTS if name in names or (not names and name not in _ON_REQUEST)]
    here = machine()
    click.echo(told(here))
    if scale < 1:
        click.echo(f"Scaled down to {scale:g}: these figures show that the measurements work, nothing else.")
    results: list[Result] = []
    seconds: dict[str, float] = {}
    with ExitStack() as stack:
        rig = _rig(stack, chosen, database_url, is_full=full, scale=scale, minutes=minutes)
        for name in chosen:
            begin = time.monotonic()
            click.echo(f"measuring: {name}", err=True)
            found = _measured(name, rig)
            results += found
            seconds[name] = round(time.monotonic() - begin, 1)
            click.echo(table([one for one in found if isinstance(one, Figure)]))
    omitted = [one for one in results if isinstance(one, Omitted)]
    omitted += [Omitted(name, "not among --only") for name in MEASUREMENTS if name not in chosen]
    omitted += _ELSEWHERE
    _tell_end(results, omitted)
    file = _keep({"machine": here, "full": full, "scale": scale, "seconds": seconds}, results, omitted)
    click.echo(f"\nkept in {os.path.relpath(file)}")


def _rig(
    stack: ExitStack,
    chosen: list[str],
    database_url: str | None,
    *,
    is_full: bool,
    scale: float,
    minutes: float,
) -> Rig:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lms-bridge-bench-")))
    needs_ralph = _NEEDS_RALPH & set(chosen)
    needs_postgres = _NEEDS_POSTGRES & set(chosen)
    return Rig(
        folder,
        is_full,
        find_ralph() if needs_ralph else "nothing is compared with it",
        stack.enter_context(find_postgres(database_url)) if needs_postgres else "nothing is measured on it",
        scale,
        minutes,
        stack=stack,
    )


def _measured(name: str, rig: Rig) -> list[Result]:
    """Return what a measurement found; where it fails, what it found before, and why."""
    found: list[Result] = []
    try:
        for one in MEASUREMENTS[name](rig):
            found.append(one)  # noqa: PERF402 -- what was found before a failure is kept
    except MeasurementError as error:
        found.append(Omitted(f"{name}, from here on", str(error)))
    return found


def _tell_end(results: list[Result], omitted: list[Omitted]) -> None:
    verdicts = [one.verdict for one in results if isinstance(one, Figure)]
    click.echo(
        f"\n{verdicts.count('reach')} figures within reach, {verdicts.count('floor')} on the floor, "
        f"{verdicts.count('SHORT')} short of it (× is how far the floor is met; 1 or more is met)"
    )
    click.echo("\nnot measured")
    for one in omitted:
        click.echo(f"  {one.what}: {one.why}")


def _keep(run: dict[str, Any], results: list[Result], omitted: list[Omitted]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    content = {
        "at": now.isoformat(timespec="seconds"),
        **run,
        "figures": [one.as_json() for one in results if isinstance(one, Figure)],
        "omitted": [{"what": one.what, "why": one.why} for one in omitted],
    }
    file = RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    main()
