"""Servers under measurement as processes of their own, and the one client that speaks to all of them."""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_START_SECONDS: Final = 60
_END_SECONDS: Final = 20
_LOG: Final = "server.log"
ROOT: Final = Path(__file__).resolve().parents[1]


class MeasurementError(RuntimeError):
    """A measurement cannot be taken; the message says what stood in the way."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its process, its port, where statements go, and the credentials."""

    pid: int
    port: int
    path: str
    authorization: str

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection that is kept alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
    ) -> bytes:
        """Send one request and return the body of its 2xx answer.

        Raises:
            MeasurementError: the answer is another one.
        """
        headers = {"Authorization": self.authorization, "X-Experience-API-Version": "1.0.3"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise MeasurementError(f"{method} {path} was answered {answer.status}: {content[:500]!r}")
        return content

    def post_all(self, bodies: Sequence[bytes]) -> float:
        """POST bodies one after the other on one connection; return the seconds."""
        with closing(self.connect()) as connection:
            connection.connect()
            begin = time.perf_counter()
            for body in bodies:
                self.ask(connection, "POST", self.path, body)
            return time.perf_counter() - begin

    def wait(self, path: str, process: subprocess.Popen[bytes], folder: Path) -> None:
        """Wait until the server, whose log stands in `folder`, answers.

        Raises:
            MeasurementError: it ended, or does not answer in time.
        """
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with closing(self.connect()) as connection:
                    connection.request("GET", path)
                    connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            else:
                return
        written = (folder / _LOG).read_text(errors="replace").strip()[-1500:]
        raise MeasurementError(f"the server on port {self.port} did not start; it wrote: {written}")


def basic(key: str, secret: str) -> str:
    """Return the Authorization header of a key."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program with its output in server.log of `folder`; end it politely, then for certain."""
    with (folder / _LOG).open("ab") as log:
        process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def bridge_environment(folder: Path, url: str, **settings: str) -> dict[str, str]:
    """Return the environment of a service of its own; nothing of the caller's settings reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_BRIDGE_")}
    own = {"data_dir": str(folder), "database_url": url, "log_level": "ERROR", **settings}
    return kept | {f"LMS_BRIDGE_{name.upper()}": value for name, value in own.items()}


def command_line(folder: Path, url: str, *arguments: str) -> str:
    """Run `lms-bridge` to its end and return what it said.

    Raises:
        MeasurementError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "lms_bridge.cli", *arguments],
        env=bridge_environment(folder, url) | {"PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MeasurementError(f"lms-bridge {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
    return done.stdout


def add_source(folder: Path, url: str, name: str = "bench") -> str:
    """Connect a source that reads and writes everything; return its Authorization header."""
    told: dict[str, Any] = json.loads(
        command_line(folder, url, "source", "add", name, "--scope", "all", "--kind", "generic", "--json")
    )
    return basic(told["key"], told["secret"])


@contextmanager
def serve_bridge(folder: Path, url: str, authorization: str, *, worker: bool = False) -> Iterator[Served]:
    """Start `lms-bridge serve --workers 1` as shipped, on a loopback port, with or without a worker beside it."""
    port = free_port()
    environment = bridge_environment(folder, url, embedded_worker="on" if worker else "off")
    command = [sys.executable, "-m", "lms_bridge.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with running([*command, "--workers", "1"], environment | {"PYTHONPATH": str(ROOT)}, folder) as process:
        served = Served(process.pid, port, "/xapi/statements", authorization)
        served.wait("/healthz", process, folder)
        yield served
