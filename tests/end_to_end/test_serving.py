"""The demo as a program: it starts from nothing, says when it is ready, ends with all its processes, and starts again."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.demo.seen import ROOT
from tests.end_to_end import served

AGAIN_SECONDS = 30
ENDED_BY_THE_TERMINAL = {0, 128 + signal.SIGINT}
ENDED_BY_THE_SYSTEM = {0, 128 + signal.SIGTERM}


@dataclass(slots=True)
class Life:
    """What was seen of a demo from its first start to its end."""

    data_dir: Path
    port: int
    while_loading: list[httpx.Response] = field(default_factory=list)
    first_printed: str = ""
    exit_code: int = -1
    left: tuple[int, ...] = ()
    evidence: str = ""


def ready_answer(port: int) -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
    except httpx.TransportError:
        return None


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A demo of today, watched while it loads, then ended as Ctrl-C ends it."""
    found = Life(tmp_path_factory.mktemp("serving") / "data", served.free_port())
    service = served.start(found.data_dir, "demo", port=found.port)
    try:
        deadline = time.monotonic() + served.START_SECONDS
        while not (found.while_loading and found.while_loading[-1].status_code == 200):
            assert service.process.poll() is None, service.complained.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "the demo was not ready in time"
            answer = ready_answer(found.port)
            if answer is not None:
                found.while_loading.append(answer)
            time.sleep(0.2)
        served.until("printed", lambda: "Ctrl-C" in service.printed.read_text(encoding="utf-8"))
        found.first_printed = service.printed.read_text(encoding="utf-8")
        found.evidence = served.command(found.data_dir, "evidence", "export", "--history")
        found.exit_code = service.end(signal.SIGINT, whole_group=True)
        found.left = service.processes()
        yield found
    finally:
        service.clean_up()


def test_it_is_not_ready_until_its_first_load_is_derived(life: Life) -> None:
    *before, last = life.while_loading
    assert before
    assert {answer.status_code for answer in before} == {503}
    assert all(answer.json()["ready"] is False for answer in before)
    assert "running" in {answer.json().get("demo") for answer in before}
    assert last.json()["ready"] is True
    assert last.json()["queue_depth"] == 0


def test_it_prints_addresses_sign_ins_and_keys(life: Life) -> None:
    assert f"http://127.0.0.1:{life.port}/" in life.first_printed
    for role in ("admin", "hr", "manager", "auditor", "employee"):
        assert re.search(rf"^  {role} +\S+@\S+ +\S+$", life.first_printed, re.MULTILINE), role
    assert re.search(r"^  moodle +key \S+ +secret \S+$", life.first_printed, re.MULTILINE)


def test_ctrl_c_ends_it_with_all_its_processes(life: Life) -> None:
    assert life.exit_code in ENDED_BY_THE_TERMINAL
    assert life.left == ()
    assert ready_answer(life.port) is None


def test_it_starts_again_in_seconds_on_the_same_data_and_sigterm_ends_it(life: Life) -> None:
    started = time.monotonic()
    again = served.start(life.data_dir, "demo", port=life.port)
    try:
        again.wait_ready(AGAIN_SECONDS)
        sys.stdout.write(f"\nthe second start took {time.monotonic() - started:.1f} s\n")
        served.until("printed", lambda: "Ctrl-C" in again.printed.read_text(encoding="utf-8"))
        told = again.printed.read_text(encoding="utf-8")
        assert told.partition("Sign in with")[2] == life.first_printed.partition("Sign in with")[2]
        code = again.end(signal.SIGTERM, whole_group=False)
        assert code in ENDED_BY_THE_SYSTEM
        assert again.processes() == ()
    finally:
        again.clean_up()
    history = served.command(life.data_dir, "evidence", "export", "--history")
    assert history == life.evidence


def test_everything_lies_in_the_data_folder(life: Life) -> None:
    names = {path.name for path in life.data_dir.iterdir()}
    assert {"lms_bridge.sqlite3", "secret_key"} <= names
    for secret in ("secret_key", "demo_sign_ins", "demo_keys"):
        assert (life.data_dir / secret).stat().st_mode & 0o077 == 0, secret


def test_another_day_in_the_same_folder_is_refused(life: Life) -> None:
    other = served.start(life.data_dir, "demo", "--today", "2025-01-31", port=life.port)
    try:
        assert other.process.wait(60) == 1
        assert "this data folder holds the demo of" in other.complained.read_text(encoding="utf-8")
    finally:
        other.clean_up()


def test_a_future_day_is_refused(tmp_path: Path) -> None:
    service = served.start(tmp_path, "demo", "--today", "2999-01-01")
    try:
        assert service.process.wait(60) == 1
        assert "--today: 2999-01-01 lies after today" in service.complained.read_text(encoding="utf-8")
    finally:
        service.clean_up()


@pytest.mark.parametrize("port", ["8765", "8000"])
def test_make_run_takes_the_port(port: str) -> None:
    given = () if port == "8000" else (f"PORT={port}",)
    told = subprocess.run(
        ["make", "-n", "run", *given], cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=60
    ).stdout
    assert f"lms-bridge demo --port {port}" in told


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another server of this kind answers."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_port_in_use_is_told_in_one_sentence(command: str, taken_port: int, tmp_path: Path) -> None:
    served.command(tmp_path, "db", "upgrade")
    service = served.start(tmp_path, command, port=taken_port)
    try:
        code = service.process.wait(60)
        said = service.complained.read_text(encoding="utf-8")
        assert code == 1
        assert f"port {taken_port}" in said
        assert "in use" in said
        assert "--port" in said
        assert "Traceback" not in said
        assert service.processes() == ()
    finally:
        service.clean_up()


def test_a_demo_that_found_its_port_in_use_starts_on_another(taken_port: int, tmp_path: Path) -> None:
    first = served.start(tmp_path, "demo", port=taken_port)
    try:
        assert first.process.wait(60) == 1
    finally:
        first.clean_up()
    second = served.start(tmp_path, "demo")
    try:
        served.until(
            "it loads", lambda: "importing ESCO" in second.complained.read_text(encoding="utf-8"), 60
        )
    finally:
        second.clean_up()
