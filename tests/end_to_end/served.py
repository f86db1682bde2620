"""A served instance for tests: started as an operator starts it, in a data folder of its own, ended by its process id.

The service runs in a session of its own, so that a test can send it what a terminal sends on Ctrl-C and see which of its
processes are left.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

START_SECONDS = 180
END_SECONDS = 30
COMMAND = (sys.executable, "-m", "lms_bridge.cli")
# Plain HTTP on loopback: to load the authorities' certificates takes each new client longer than its requests.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Found = TypeVar("Found")


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data_dir: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a service or command that works in `data_dir`."""
    return (
        os.environ
        | {"LMS_BRIDGE_DATA_DIR": str(data_dir), "LMS_BRIDGE_LOG_LEVEL": "WARNING"}
        | dict(more or {})
    )


def command(data_dir: Path, *arguments: str, more: Mapping[str, str] | None = None, text_in: str = "") -> str:
    """Run `lms-bridge <arguments>` in `data_dir` and return what it printed; a failure shows its sentence."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(data_dir, more),
        input=text_in,
        capture_output=True,
        encoding="utf-8",
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (
        f"lms-bridge {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
    )
    return done.stdout


def until(what: str, found: Callable[[], Found | None], seconds: float = 30) -> Found:
    """Return the first result of `found` that is something, asked for again and again."""
    deadline = time.monotonic() + seconds
    while True:
        result = found()
        if result:
            return result
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def command_line(process: int) -> str:
    """Return what a process was started with, nothing where it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _parent_of(process: int) -> int | None:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Service:
    """A running `lms-bridge` command that serves on `port`, with what it printed in two files."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    printed: Path
    complained: Path

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def status_of(self, path: str) -> int | None:
        """Return the status that a page answers with, None where nobody listens."""
        try:
            return httpx.get(self.base_url + path, timeout=10, verify=NO_AUTHORITIES).status_code
        except httpx.TransportError:
            return None

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until `/readyz` answers 200; a service that ended fails at once with what it said."""

        def ready() -> bool:
            assert self.process.poll() is None, self.complained.read_text(encoding="utf-8")
            return self.status_of("/readyz") == 200

        until("ready", ready, seconds)

    def processes(self) -> tuple[int, ...]:
        """Return the ids of all living processes of the service's session, the first one's included."""
        return tuple(
            int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._has(entry)
        )

    def worker_processes(self) -> tuple[int, ...]:
        """Return the derivation worker's id; nothing while it is being started again."""
        return tuple(found for found in self.processes() if command_line(found).rstrip().endswith(" worker"))

    def web_processes(self) -> tuple[int, ...]:
        """Return the web processes: children of the first which are neither the worker nor Python's own."""
        return tuple(
            found
            for found in self.processes()
            if _parent_of(found) == self.process.pid
            and not command_line(found).rstrip().endswith(" worker")
            and "resource_tracker" not in command_line(found)
        )

    def _has(self, entry: Path) -> bool:
        try:
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            return False
        return int(session) == self.process.pid and state != "Z"

    def end(self, number: signal.Signals, *, whole_group: bool) -> int:
        """Send a signal, to all as a terminal does or to the first process alone, and return the exit code."""
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(END_SECONDS)

    def clean_up(self) -> None:
        """End whatever of the service still lives."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for left in self.processes():
            os.kill(left, signal.SIGKILL)


def start(
    data_dir: Path, *arguments: str, port: int | None = None, more: Mapping[str, str] | None = None
) -> Service:
    """Start `lms-bridge <arguments> --port <port>` in `data_dir`; the caller ends it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    printed, complained = data_dir / "printed.txt", data_dir / "complained.txt"
    with printed.open("wb") as out, complained.open("wb") as err:
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--port", str(chosen)],
            env=environment(data_dir, more),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    return Service(process, chosen, data_dir, printed, complained)
