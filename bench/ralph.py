"""Ralph, the LRS to compare with: installed into an environment of its own, and started as one uvicorn worker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench.servers import Served, basic, free_port, running

ROOT: Final = Path(__file__).resolve().parents[1]
VENV: Final = ROOT / "build" / "bench" / "venv"
REQUIREMENTS: Final = ROOT / "requirements" / "bench.in"
_BACKENDS: Final = {"bench_nothing": "NothingBackend", "bench_ready": "ReadyBackend"}
_KEY, _SECRET = "bench", "bench-secret"
_INSTALL_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class RalphHome:
    """The interpreter of the environment that Ralph is installed in, and its version."""

    python: Path
    version: str


def find_ralph() -> RalphHome | str:
    """Return Ralph, installing it where a package index can be reached; else why there is none."""
    python = VENV / "bin" / "python"
    installed = _version(python)
    if installed is None:
        problem = _install(python)
        if problem:
            return problem
        installed = _version(python)
    return RalphHome(python, installed) if installed else "Ralph was installed and cannot be imported"


def _version(python: Path) -> str | None:
    if not python.exists():
        return None
    code = "import importlib.metadata as m, uvicorn, ralph.api; print(m.version('ralph-malph'))"
    # Ralph opens its backend when it is imported; the one for files is there without more.
    environment = _environment({"RALPH_RUNSERVER_BACKEND": "fs", "RALPH_APP_DIR": str(VENV / "app")})
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=False, cwd=VENV, env=environment
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _install(python: Path) -> str:
    """Make the environment; return "" or what went wrong."""
    VENV.parent.mkdir(parents=True, exist_ok=True)
    commands: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", "--clear", VENV],
        [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-r", REQUIREMENTS],
    )
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS
            )
        except subprocess.TimeoutExpired:
            shutil.rmtree(VENV, ignore_errors=True)
            return f"installing Ralph took more than {_INSTALL_SECONDS} s; is a package index reachable?"
        if done.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            return (
                "Ralph cannot be installed: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            )
    return ""


@contextmanager
def serve_ralph(
    home: RalphHome,
    folder: Path,
    backend: Literal["bench_nothing", "bench_ready"],
    page: bytes = b"[]",
    *,
    plain: bool = False,
) -> Iterator[Served]:
    """Start Ralph with one uvicorn worker on a loopback port and one of our backends; end it.

    Its package brings uvloop and httptools, which uvicorn then uses; `plain` is uvicorn without them. It logs no
    request, as our service logs none.
    """
    _add_backends(folder)
    _add_key(home, folder / "auth.json")
    (folder / "page.json").write_bytes(page)
    port = free_port()
    environment = {
        "RALPH_APP_DIR": str(folder),
        "RALPH_AUTH_FILE": str(folder / "auth.json"),
        "RALPH_RUNSERVER_BACKEND": backend,
        "LMS_BRIDGE_BENCH_PAGE": str(folder / "page.json"),
        "PYTHONPATH": str(folder),
    }
    command: list[str | Path] = [
        home.python,
        "-m",
        "uvicorn",
        "ralph.api:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", "1", "--log-level", "warning", "--no-access-log"]
    command += ["--loop", "asyncio", "--http", "h11"] if plain else []
    with running(command, _environment(environment), folder) as process:
        served = Served(process.pid, port, "/xAPI/statements", basic(_KEY, _SECRET))
        served.wait("/__heartbeat__", process, folder)
        yield served


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("RALPH_")} | dict(more)


def _add_backends(folder: Path) -> None:
    """Put our backends beside the server as an installed package would: Ralph finds them by entry points."""
    shutil.copyfile(Path(__file__).with_name("ralph_backends.py"), folder / "ralph_backends.py")
    info = folder / "lms_bridge_bench-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lms-bridge-bench\nVersion: 1\n")
    lines = [f"{name} = ralph_backends:{cls}" for name, cls in _BACKENDS.items()]
    (info / "entry_points.txt").write_text("\n".join(["[ralph.backends.lrs]", *lines, ""]))


def _add_key(home: RalphHome, file: Path) -> None:
    code = "import bcrypt, sys; print(bcrypt.hashpw(sys.argv[1].encode(), bcrypt.gensalt()).decode())"
    hashed = subprocess.run(
        [home.python, "-c", code, _SECRET], capture_output=True, text=True, check=True
    ).stdout.strip()
    agent = {"mbox": "mailto:bench@bench.example"}
    file.write_text(json.dumps([{"username": _KEY, "hash": hashed, "scopes": ["all"], "agent": agent}]))
