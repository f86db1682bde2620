"""The statement door behind the real server, with two worker processes: what a test client in one process cannot see."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.web.xapi.lrs import CONSISTENT, VERSION, Lrs, dispose, open_lrs, settings_for, statement

MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Served:
    """A running service and the credentials of one source."""

    port: int
    authorization: str

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        address = path if path.startswith("/") else f"/xapi/{path}"
        sent = {"Authorization": self.authorization, VERSION: "1.0.3", "Content-Type": "application/json"}
        try:
            connection.request(
                method,
                f"{address}?{urlencode(query)}" if query else address,
                body,
                sent | dict(headers or {}),
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """Send bytes and return everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as wire:
            wire.sendall(request)
            found = b""
            while True:
                part = wire.recv(65536)
                if not part:
                    return found
                found += part

    def post(self, *statements: Mapping[str, Any]) -> int:
        return self.ask("POST", "statements", json.dumps(list(statements)).encode())[0]


@pytest.fixture
def served(migrated_database_url: str, tmp_path: Path) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = settings_for(tmp_path, migrated_database_url)
    lrs: Lrs = open_lrs(settings)
    source = lrs.source().source
    dispose(lrs)
    environ = os.environ | {
        "LMS_BRIDGE_DATA_DIR": str(tmp_path),
        "LMS_BRIDGE_DATABASE_URL": migrated_database_url,
        "LMS_BRIDGE_MAX_BODY_BYTES": str(MOST_BYTES),
        "LMS_BRIDGE_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "1", "--no-ws"]
    with subprocess.Popen(
        [*command, "lms_bridge.app:create_app"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:
        try:
            key = base64.b64encode(f"{source.key}:{source.secret}".encode()).decode()
            found = Served(port, f"Basic {key}")
            _await(found)
            yield found
        finally:
            # A worker that was still starting would not hear a gentler signal.
            os.killpg(server.pid, signal.SIGKILL)


def _await(served: Served) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            assert served.ask("GET", "about")[0] == 200
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        else:
            return


def request_bytes(served: Served, line: str, *headers: str, body: bytes = b"") -> bytes:
    head = [f"{line} HTTP/1.1", "Host: x", f"Authorization: {served.authorization}", f"{VERSION}: 1.0.3"]
    return "\r\n".join([*head, "Connection: close", *headers, "", ""]).encode() + body


@pytest.mark.xapi("XAPI-00125", "XAPI-00126")
def test_head_has_the_headers_of_get_and_no_body(served: Served) -> None:
    served.post(statement())
    for path in ("statements", "about", "activities/state", "nothing"):
        answer = served.raw(request_bytes(served, f"HEAD /xapi/{path}"))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert body == b""
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        assert int(length.split(b":")[1]) > 0
        assert b"x-experience-api-version: 1.0.3" in head.lower()


def test_a_chunked_body_is_read(served: Served) -> None:
    body = json.dumps(statement()).encode()
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])
    headers = ("Content-Type: application/json", "Transfer-Encoding: chunked")
    answer = served.raw(request_bytes(served, "POST /xapi/statements", *headers, body=chunks))
    assert answer.startswith(b"HTTP/1.1 200"), answer


def test_a_sender_that_breaks_off_changes_no_document(served: Served) -> None:
    agent = quote('{"mbox":"mailto:ada@example.com"}')
    address = f"/xapi/activities/state?activityId=https://example.com/a&agent={agent}&stateId=suspend_data"
    plain, chunked = "Content-Type: text/plain", "Transfer-Encoding: chunked"
    good = b"page 7 of 9, score 3"
    assert served.ask("PUT", address, good, headers={"Content-Type": "text/plain"})[0] == 204

    def broken_off(*headers: str, body: bytes, half_close: bool) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
            wire.sendall(request_bytes(served, f"PUT {address}", *headers, body=body))
            if half_close:
                wire.shutdown(socket.SHUT_WR)
                assert b" 400 " in wire.recv(65536).split(b"\r\n")[0]

    for half_close in (False, True):
        broken_off(plain, "Content-Length: 1000", body=b"page 8", half_close=half_close)
    broken_off(plain, chunked, body=b"6\r\npage 8\r\n", half_close=False)
    broken_off("Content-Type: application/json", chunked, body=b'6\r\n{"a":1\r\n', half_close=False)
    form = "Content-Type: application/x-www-form-urlencoded"
    key = quote(served.authorization)
    fields = f"Authorization={key}&X-Experience-API-Version=1.0.3&content=page+8".encode()
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        head = f"POST {address}&method=PUT HTTP/1.1\r\nHost: x\r\n{form}\r\nContent-Length: 1000\r\n\r\n"
        wire.sendall(head.encode() + fields)
    # Whole, but nothing tells so: a text may end anywhere.
    whole = b"6\r\npage 8\r\n0\r\n\r\n"
    assert b" 411 " in served.raw(request_bytes(served, f"PUT {address}", plain, chunked, body=whole))
    time.sleep(0.5)
    assert served.ask("GET", address)[2] == good
    json_whole = b'8\r\n{"a": 1}\r\n0\r\n\r\n'
    kind = "Content-Type: application/json"
    answer = served.raw(request_bytes(served, f"PUT {address}", kind, chunked, body=json_whole))
    assert b" 204 " in answer.split(b"\r\n")[0]
    assert served.ask("GET", address)[2] == b'{"a": 1}'


@pytest.mark.xapi("XAPI-00328")
def test_a_body_over_the_limit_is_a_413_however_it_is_sent(served: Served) -> None:
    body = json.dumps(statement(context={"platform": "x" * MOST_BYTES})).encode()
    assert served.ask("POST", "statements", body)[0] == 413
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    headers = ("Content-Type: application/json", "Transfer-Encoding: chunked")
    answer = served.raw(request_bytes(served, "POST /xapi/statements", *headers, body=chunks))
    assert answer.startswith(b"HTTP/1.1 413"), answer


@pytest.mark.xapi("XAPI-00153")
def test_consistent_through_is_true_and_an_ascending_pull_complete_while_eight_writers_write(
    served: Served,
) -> None:
    stop = threading.Event()
    written: list[str] = []
    failures: list[int] = []

    def write(number: int) -> None:
        while not stop.is_set():
            batch = [statement(f"w{number}") for _ in range(1 + number % 3)]
            status = served.post(*batch)
            if status == 200:
                written.extend(one["id"] for one in batch)
            else:
                failures.append(status)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    promises: list[tuple[str, set[str]]] = []
    pulled: list[str] = []
    seen: set[str] = set()
    more, since = "", "1970-01-01T00:00:00Z"
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        if more:
            status, headers, body = served.ask("GET", more)
        else:
            query = {"since": since, "ascending": "true", "limit": 7}
            status, headers, body = served.ask("GET", "statements", query=query)
        assert status == 200
        page = json.loads(body)
        pulled += [one["id"] for one in page["statements"]]
        seen |= set(pulled)
        if page["statements"]:
            since = page["statements"][-1]["stored"]
        more = page["more"]
        if not more:
            promises.append((headers[CONSISTENT], set(seen)))
    stop.set()
    for writer in writers:
        writer.join()
    stored: dict[str, str] = {}
    more = "/xapi/statements?limit=1000"
    while more:
        page = json.loads(served.ask("GET", more)[2])
        stored |= {one["id"]: one["stored"] for one in page["statements"]}
        more = page["more"]
    assert failures == []
    assert set(stored) == set(written)
    assert len(pulled) == len(set(pulled))
    for through, known in promises:
        assert {one for one, at in stored.items() if at < through} <= known
