"""A throw-away PostgreSQL cluster: one server process with a temporary folder of its own, on a loopback port.

It ends with the process that started it, even where that is killed. On purpose it is set up less comfortably than a
fresh server would be: an ICU collation, a time zone other than UTC and an owner who is no superuser, so that a query
which leans on any of them fails here and not at a customer. `fsync` is off: what the tests kill are processes, and
what a killed process wrote is with the kernel. `DURABLE_SETTINGS` is for what measures, or kills the server itself.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

OWNER = "lms_bridge"
START_SECONDS = 60.0
START_TRIES = 3
SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "Europe/Berlin",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
}
DURABLE_SETTINGS: Mapping[str, str] = {
    **SERVER_SETTINGS,
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}


class PostgresMissingError(RuntimeError):
    """PostgreSQL's server programs are not on this machine."""


class PostgresStartError(RuntimeError):
    """A cluster did not start; the message ends with what the server wrote."""


def postgres_programs() -> Path:
    """Return the folder of `initdb` and `postgres`: the newest of Debian's, else the one on the PATH.

    Raises:
        PostgresMissingError: there is none.
    """
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise PostgresMissingError("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    return Path(found).resolve().parent


@dataclass(frozen=True, slots=True)
class PostgresCluster:
    """One running server; made by `start_cluster`, ended by `stop`."""

    folder: Path
    port: int
    password: str = field(repr=False)
    server: subprocess.Popen[bytes]
    admin: psycopg.Connection[tuple[Any, ...]]
    settings: Mapping[str, str] = field(repr=False)

    def url(self, database: str) -> str:
        """Return the URL of `database` for its owner, as an operator would write it."""
        return f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template0") -> None:
        """Create `database` as a copy of `template`; about 20 ms. Nobody may be connected to the template."""
        self.admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template)
            )
        )

    def disconnect(self, database: str) -> None:
        """End every session on `database` and allow no new one, so that it can be copied."""
        self.admin.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(database))
        )
        self.admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [database]
        )

    def drop(self, database: str) -> None:
        """Drop `database`, with the sessions that a test left open."""
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def processes(self) -> tuple[int, ...]:
        """Return the ids of the server's processes, that of the first, which starts all others, at the front."""
        entries = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
        children = [int(entry.name) for entry in entries if _parent_of(entry) == self.server.pid]
        return (self.server.pid, *children)

    def crash(self) -> int:
        """Kill every process of the server at one moment, none of which can say goodbye; return how many."""
        # Held first: it could otherwise start another, or tell its children to end in order.
        self.server.send_signal(signal.SIGSTOP)
        killed = 0
        for process in reversed(self.processes()):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed += 1
        self.server.wait()
        self.admin.close()
        return killed

    def started_again(self) -> PostgresCluster:
        """Start a crashed server on its folder and port and wait until it has recovered.

        Raises:
            PostgresStartError: it does not come back.
        """
        server = _run_server(postgres_programs(), self.folder, self.port, self.settings)
        admin = _connect_when_ready(server, self.port, self.password)
        if admin is None:
            written = (self.folder / "server.log").read_text(errors="replace")[-4000:]
            raise PostgresStartError(f"PostgreSQL did not recover; it wrote:\n{written}")
        return replace(self, server=server, admin=admin)

    def stop(self) -> None:
        """End the server and remove its folder."""
        self.admin.close()
        _end(self.server)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_cluster(settings: Mapping[str, str] = SERVER_SETTINGS) -> PostgresCluster:
    """Create a cluster and start its server with `settings`; about two seconds.

    PostgreSQL refuses to run as root: there it runs as the user `postgres`, whom Debian's package makes.

    Raises:
        PostgresMissingError: the server is not installed.
        PostgresStartError: it is, and does not start.
    """
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="lms-bridge-postgres-"))
    password = secrets.token_urlsafe(16)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _initialise(programs, folder, password)
        # The port is free when it is looked for and may be taken before the server binds it: then another is tried.
        for _ in range(START_TRIES):
            port = _free_port()
            server = _run_server(programs, folder, port, settings)
            admin = _connect_when_ready(server, port, password)
            if admin is not None:
                admin.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(OWNER), sql.Literal(password)
                    )
                )
                return PostgresCluster(folder, port, password, server, admin, settings)
        written = (folder / "server.log").read_text(errors="replace")[-4000:]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    raise PostgresStartError(f"PostgreSQL did not start in {START_TRIES} tries; it wrote:\n{written}")


def _as_server_user() -> dict[str, Any]:
    """Return the arguments that make `subprocess` run a program as the server's user."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _initialise(programs: Path, folder: Path, password: str) -> None:
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if os.geteuid() == 0:
        shutil.chown(password_file, "postgres", "postgres")
    command: Sequence[str | Path] = (
        programs / "initdb",
        f"--pgdata={folder / 'data'}",
        "--username=postgres",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--no-sync",
    )
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, **_as_server_user()
    )
    if done.returncode != 0:
        raise PostgresStartError(
            f"initdb ended with {done.returncode}; it wrote:\n{done.stdout}{done.stderr}"
        )


def _run_server(
    programs: Path, folder: Path, port: int, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    options = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
    # setpriv (util-linux) replaces itself by the server, which then gets SIGINT when we die, however we die.
    setpriv = shutil.which("setpriv")
    command: list[str | Path] = [setpriv, "--pdeathsig", "INT"] if setpriv else []
    command += [programs / "postgres", "-D", folder / "data", "-p", str(port), *options]
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as_server_user(),
        )


def _connect_when_ready(
    server: subprocess.Popen[bytes], port: int, password: str
) -> psycopg.Connection[tuple[Any, ...]] | None:
    """Return a superuser's connection, or None where the server ended or did not answer in time (and is ended)."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            return psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="postgres",
                password=password,
                dbname="postgres",
                autocommit=True,
                connect_timeout=5,
            )
        except psycopg.OperationalError:
            time.sleep(0.05)
    _end(server)
    return None


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server without waiting for its clients (SIGINT: fast shutdown), by force after 30 seconds."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _parent_of(entry: Path) -> int | None:
    """Return the parent of the process at an entry of /proc; None where it has ended."""
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
