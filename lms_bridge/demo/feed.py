"""Plays the four LMSs: posts the demo's statements to a running bridge over HTTP, batch by batch.

What the client library tincan can model goes through it, voidings included, as an LMS built on it would send. What it
refuses to model (object types that do not exist, an account without homePage) goes through `http.client` as it stands.
tincan knows no time limit, so the process's default for new sockets is set while it works, and put back afterwards.
"""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from itertools import groupby
from operator import attrgetter
from typing import assert_never
from urllib.parse import urlencode, urlsplit

from tincan import RemoteLRS, Statement

from lms_bridge.demo import skillstream
from lms_bridge.demo.company import SEED
from lms_bridge.demo.statements import DemoStatement, statements
from lms_bridge.errors import LmsBridgeError

TIMEOUT_SECONDS = 60.0
_TRIES = 4
_BUSY = frozenset({429, 503})

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What the bridge answered: statements by outcome, a replayed duplicate counting as accepted."""

    accepted: int
    refused: int
    batches: int


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str
    retry_after_seconds: float


def feed(
    endpoint: str,
    credentials: Mapping[str, tuple[str, str]],
    today: date,
    seed: int = SEED,
    progress: Progress | None = None,
    token_url: str | None = None,
) -> FeedResult:
    """Post every statement of the demo to `endpoint` (…/xapi/) and return what became of them.

    `credentials` holds (key, secret) by source name, for every source of `sources()`. `progress` is called with the
    number of statements done and in all. With `token_url`, SkillStream fetches a bearer token there by OAuth 2 client
    credentials, as the libraries it stands for do; without, it uses Basic like the others.

    Raises:
        LmsBridgeError: the bridge answered a batch in another way than a demo bridge must.
        OSError: the bridge does not answer.
    """
    everything = list(statements(today, seed))
    accepted = refused = batches = 0
    with _socket_time_limit(TIMEOUT_SECONDS):
        senders = _senders(endpoint, credentials, token_url)
        for _, items in groupby(everything, key=attrgetter("batch")):
            batch = list(items)
            answer = _patiently(senders[batch[0].source], batch)
            if _is_stored(batch, answer):
                accepted += len(batch)
            else:
                refused += len(batch)
            batches += 1
            if progress is not None:
                progress(accepted + refused, len(everything))
    return FeedResult(accepted, refused, batches)


@dataclass(frozen=True, slots=True)
class _Sender:
    """One LMS: where it posts to and how it signs in."""

    endpoint: str
    authorization: str
    version: str

    def post(self, batch: Sequence[DemoStatement]) -> _Answer:
        """Post one batch and return the answer."""
        match batch[0].via:
            case "tincan":
                return self._post_by_client(batch)
            case "raw":
                return self._post_as_it_stands(batch)
            case other:
                assert_never(other)

    def _post_by_client(self, batch: Sequence[DemoStatement]) -> _Answer:
        lrs = RemoteLRS(endpoint=self.endpoint, auth=self.authorization, version=self.version)
        answer = lrs.save_statements([Statement.from_json(json.dumps(item.statement)) for item in batch])
        return _answer(answer.response, answer.data)

    def _post_as_it_stands(self, batch: Sequence[DemoStatement]) -> _Answer:
        headers = {
            "Authorization": self.authorization,
            "Content-Type": "application/json",
            "X-Experience-API-Version": self.version,
        }
        body = json.dumps([item.statement for item in batch], ensure_ascii=False).encode()
        return _post(self.endpoint.rstrip("/") + "/statements", headers, body)


def _senders(
    endpoint: str, credentials: Mapping[str, tuple[str, str]], token_url: str | None
) -> dict[str, _Sender]:
    senders: dict[str, _Sender] = {}
    for source, (key, secret) in credentials.items():
        is_library = source == skillstream.SOURCE
        version = skillstream.HEADER_VERSION if is_library else "1.0.3"
        basic = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
        authorization = _bearer(token_url, basic) if is_library and token_url else basic
        senders[source] = _Sender(endpoint, authorization, version)
    return senders


def _bearer(token_url: str, basic: str) -> str:
    form = urlencode({"grant_type": "client_credentials", "scope": "xapi:write"}).encode()
    headers = {"Authorization": basic, "Content-Type": "application/x-www-form-urlencoded"}
    answer = _post(token_url, headers, form)
    if answer.status != 200:
        raise LmsBridgeError(
            f"{token_url} answered {answer.status} to SkillStream's client credentials: {answer.text[:300]}; "
            "check that the source exists and its secret is not revoked"
        )
    return f"Bearer {json.loads(answer.text)['access_token']}"


def _post(url: str, headers: Mapping[str, str], body: bytes) -> _Answer:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path, body, dict(headers))
        response = connection.getresponse()
        return _answer(response, response.read())
    finally:
        connection.close()


def _answer(response: HTTPResponse, data: bytes | str) -> _Answer:
    wait = response.getheader("Retry-After") or ""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    return _Answer(response.status, text, float(wait) if wait.isdigit() else 1.0)


def _patiently(sender: _Sender, batch: Sequence[DemoStatement]) -> _Answer:
    """Post a batch, again where the bridge says that it is busy: ids make the repeat harmless."""
    answer = sender.post(batch)
    for _ in range(_TRIES - 1):
        if answer.status not in _BUSY:
            break
        time.sleep(min(answer.retry_after_seconds, 10.0))
        answer = sender.post(batch)
    return answer


def _is_stored(batch: Sequence[DemoStatement], answer: _Answer) -> bool:
    """Tell whether the batch was accepted, and refuse an answer that the demo's story does not have."""
    was_stored = 200 <= answer.status < 300
    was_refused = answer.status == 400
    expected = batch[0].expected
    if (was_stored and expected != "refused") or (was_refused and expected != "stored"):
        return was_stored
    raise LmsBridgeError(
        f"batch {batch[0].batch} of source {batch[0].source} ({len(batch)} statements) was to be {expected}, but the "
        f"bridge answered {answer.status}: {answer.text[:500]}; check the source's validation and scopes"
    )


@contextmanager
def _socket_time_limit(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
