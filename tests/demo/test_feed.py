"""The feed against a small LRS on loopback that answers as a bridge does."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from lms_bridge.demo.feed import feed
from lms_bridge.demo.statements import sources
from lms_bridge.errors import LmsBridgeError
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from tests.demo.seen import WRITTEN_FOR, everything

CREDENTIALS = {source.name: (f"key-{source.name}", "secret") for source in sources()}
NAME_OF = {
    "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode(): name
    for name, (key, secret) in CREDENTIALS.items()
} | {"Bearer token-1": "skillstream"}


@dataclass
class Seen:
    """What the small LRS saw."""

    stored: dict[str, Any] = field(default_factory=dict)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    authorizations: Counter[str] = field(default_factory=Counter)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    busy: int = 0
    broken: bool = False


class SmallLrs(BaseHTTPRequestHandler):
    """Accepts what the bridge's own reader accepts; Open edX is lenient."""

    seen: Seen

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/oauth/token":
            self.seen.forms.append(parse_qs(body.decode()))
            self.answer(200, {"access_token": "token-1", "token_type": "Bearer"})
            return
        authorization = self.headers["Authorization"]
        source = NAME_OF[authorization]
        self.seen.authorizations[authorization.split(" ")[0] + " " + source] += 1
        self.seen.versions[source, self.headers["X-Experience-API-Version"]] += 1
        if self.seen.broken:
            self.answer(403, {"title": "no scope"})
        elif self.seen.busy:
            self.seen.busy -= 1
            self.answer(503, {"title": "busy"}, retry_after="0")
        else:
            found = read_statements(body, version=Version.V1_0_3, lenient=source == "openedx")
            if found.violations:
                self.answer(400, {"title": "refused"})
            else:
                statements = json.loads(body)
                self.seen.stored |= {item["id"]: item for item in statements}
                self.answer(200, [item["id"] for item in statements])

    def answer(self, status: int, content: Any, retry_after: str = "") -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""


@pytest.fixture
def lrs() -> Iterator[tuple[str, Seen]]:
    seen = Seen()
    handler = type("Handler", (SmallLrs,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


def test_the_feed_plays_four_lmss_and_tells_what_became_of_it(lrs: tuple[str, Seen]) -> None:
    address, seen = lrs
    seen.busy = 1
    steps: list[tuple[int, int]] = []
    result = feed(
        f"{address}/xapi/", CREDENTIALS, WRITTEN_FOR, progress=lambda done, total: steps.append((done, total))
    )
    stored = {item.statement["id"] for item in everything() if item.expected == "stored"}
    assert set(seen.stored) == stored
    assert (result.accepted, result.refused) == (len(everything()) - 51, 51)
    assert result.batches == everything()[-1].batch
    assert steps[-1] == (len(everything()), len(everything()))
    assert {version for source, version in seen.versions if source == "skillstream"} == {"1.0.0"}
    assert {version for source, version in seen.versions if source != "skillstream"} == {"1.0.3"}
    assert any(item["object"].get("objectType") == "GroupActivity" for item in seen.stored.values())


def test_the_library_fetches_a_token_where_there_is_one(lrs: tuple[str, Seen]) -> None:
    address, seen = lrs
    feed(f"{address}/xapi/", CREDENTIALS, WRITTEN_FOR, token_url=f"{address}/oauth/token")
    assert seen.forms == [{"grant_type": ["client_credentials"], "scope": ["xapi:write"]}]
    assert {name for name in seen.authorizations if "skillstream" in name} == {"Bearer skillstream"}


def test_an_answer_that_the_story_does_not_have_stops_the_feed(lrs: tuple[str, Seen]) -> None:
    address, seen = lrs
    seen.broken = True
    with pytest.raises(LmsBridgeError, match=r"batch 1 of source \w+ .* answered 403"):
        feed(f"{address}/xapi/", CREDENTIALS, WRITTEN_FOR)
