"""`python -m bench.fuzz_statement_door`: bytes at the statement door, guided by the lines of lms_bridge that they reach.

Atheris is installed into an environment of its own (build/fuzz/venv, requirements/fuzz.in), where bench/fuzz_inside.py
runs. It begins with the seeds of bench/fuzz_inputs.py and the inputs of tests/fuzz/corpus, keeps what reaches something
new in build/fuzz/corpus, and stops at the first answer that is not a clear one, at a request of more than ten seconds,
or where it takes more memory than it may. `--minimise` writes the smallest inputs that reach the same to
tests/fuzz/corpus, which `make test` replays.
"""

from __future__ import annotations

import logging
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

import click

from bench.fuzz_inputs import (
    MOST_BYTES,
    ROOT,
    FreshDoors,
    lines_reached,
    memory_folder,
    seeds,
    smallest_cover,
)
from tests.fuzz.door import corpus

HOME: Final = ROOT / "build" / "fuzz"
VENV: Final = HOME / "venv"
FOUND: Final = HOME / "corpus"
KEPT: Final = ROOT / "tests" / "fuzz" / "corpus"
_INSTALL_SECONDS: Final = 600


def _venv_python() -> Path:
    """Return the interpreter that has Atheris and the product's libraries, installing them where they are not.

    Raises:
        ClickException: they cannot be installed.
    """
    python = VENV / "bin" / "python"
    if (
        python.exists()
        and subprocess.run([python, "-c", "import atheris, orjson"], check=False).returncode == 0
    ):
        return python
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    commands: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", "--clear", VENV],
        [*pip, "--require-hashes", "-r", ROOT / "requirements" / "run.txt"],
        [*pip, "-r", ROOT / "requirements" / "fuzz.in"],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
        if done.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise click.ClickException(f"the fuzzer's environment cannot be made: {said}")
    return python


def minimise() -> tuple[int, int, int]:
    """Write the smallest cover of all inputs that are known to tests/fuzz/corpus; return files, bytes, steps."""
    logging.disable(logging.CRITICAL)
    inputs = seeds()
    for folder in (KEPT, FOUND):
        if folder.is_dir():
            inputs |= corpus(folder)
    with tempfile.TemporaryDirectory(prefix="lms-bridge-fuzz-", dir=memory_folder()) as place:
        doors = FreshDoors(Path(place))
        reached = {}
        for number, (name, data) in enumerate(sorted(inputs.items(), key=lambda item: len(item[1]))):
            reached[name] = lines_reached(doors, data)
            if number % 200 == 0:
                click.echo(f"{number} of {len(inputs)} inputs", err=True)
    chosen = smallest_cover(reached, {name: len(data) for name, data in inputs.items()})
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(parents=True)
    for name in chosen:
        (KEPT / name).write_bytes(inputs[name])
    steps = len(frozenset[object]().union(*(reached[name] for name in chosen)))
    return len(chosen), sum(len(inputs[name]) for name in chosen), steps


def _figures(output: str) -> dict[str, str]:
    """Return what libFuzzer said at its first and its last count, and its final figures."""
    told: dict[str, str] = defaultdict(str)
    counts = re.findall(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", output, re.MULTILINE)
    if counts:
        told["coverage at the start"] = (
            f"{counts[0][1]} edges, {counts[0][2]} features, {counts[0][3]} inputs"
        )
        told["coverage at the end"] = (
            f"{counts[-1][1]} edges, {counts[-1][2]} features, {counts[-1][3]} inputs"
        )
        told["executions"] = counts[-1][0]
    for name, value in re.findall(r"^stat::(\w+):\s+(\d+)", output, re.MULTILINE):
        told[name.replace("_", " ")] = value
    return told


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", type=click.IntRange(1), default=600, show_default=True, help="How long.")
@click.option("--memory", type=click.IntRange(100), default=1024, show_default=True, help="MB it may take.")
@click.option("--minimise", "only_minimise", is_flag=True, help="Only write tests/fuzz/corpus anew.")
def main(*, seconds: int, memory: int, only_minimise: bool) -> None:
    """Fuzz the statement door, guided by coverage; exit code 1 where an answer was not a clear one."""
    if only_minimise:
        files, size, steps = minimise()
        click.echo(
            f"{files} inputs of {size} bytes reach {steps} steps; they are in {KEPT.relative_to(ROOT)}"
        )
        return
    python = _venv_python()
    crashes = HOME / "crashes"
    for folder in (FOUND, crashes, HOME / "seeds"):
        folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (HOME / "seeds" / name).write_bytes(data)
    command: list[str | Path] = [python, "-m", "bench.fuzz_inside", FOUND, HOME / "seeds"]
    command += [KEPT] if KEPT.is_dir() else []
    command += [f"-max_total_time={seconds}", f"-rss_limit_mb={memory}", f"-max_len={MOST_BYTES}"]
    command += ["-timeout=10", "-print_final_stats=1", f"-artifact_prefix={crashes}/"]
    begin = time.monotonic()
    with (HOME / "output.txt").open("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False)
        output.seek(0)
        said = output.read()
    for name, value in _figures(said).items():
        click.echo(f"{name:<30}{value}")
    click.echo(f"{'seconds':<30}{time.monotonic() - begin:.0f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    click.echo(f"{'peak resident memory':<30}{peak:.0f} MB")
    click.echo(f"{'inputs that broke it':<30}{len(list(crashes.iterdir()))}")
    if done.returncode != 0:
        click.echo(said[-4000:], err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
