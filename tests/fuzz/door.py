"""The statement door as a fuzzer sees it: bytes become a request, and every answer must be a clear one.

The first byte of an input holds flags, the rest up to the first newline is the content type, what follows is the body.
Both fuzzers and the replay of the corpus use this; it needs nothing but the product.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import orjson

from tests.web.xapi.lrs import VERSION, Answer, Caller, Lrs, ask, basic

STATEMENT_ID: Final = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
MOST_SECONDS: Final = 10.0
IS_2_0, IS_PUT, IS_LENIENT, IS_GZIP, IS_FORM = 1, 2, 4, 8, 16
FORM: Final = "application/x-www-form-urlencoded"
_PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request at the door."""

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    version: str = "1.0.3"
    is_lenient: bool = False


def attempt_of(data: bytes) -> Attempt:
    """Return the request that an input of the fuzzer stands for; every input stands for one."""
    flags = data[0] if data else 0
    content_type, _, body = data[1:].partition(b"\n")
    # The client would refuse a header with a line break; other bytes reach the door as they would over HTTP.
    headers = {"Content-Type": content_type.replace(b"\r", b"").decode("latin-1")}
    if flags & IS_GZIP:
        headers["Content-Encoding"] = "gzip"
    if flags & IS_FORM:
        # The alternate syntax of 1.0.3: a form names the headers, the parameters and the body.
        method = "PUT" if flags & IS_PUT else "POST"
        return Attempt("POST", "statements", (("method", method),), {"Content-Type": FORM}, body)
    return Attempt(
        method="PUT" if flags & IS_PUT else "POST",
        path="statements",
        parameters=(("statementId", STATEMENT_ID),) if flags & IS_PUT else (),
        headers=headers,
        body=body,
        version="2.0.0" if flags & IS_2_0 else "1.0.3",
        is_lenient=bool(flags & IS_LENIENT),
    )


def input_of(body: bytes, content_type: str = "application/json", flags: int = 0) -> bytes:
    """Return the input that stands for a request."""
    return bytes([flags]) + content_type.encode("latin-1") + b"\n" + body


@dataclass(slots=True)
class Door:
    """A strict and a lenient source before one application; counts the requests and keeps the slowest."""

    lrs: Lrs
    strict: Caller
    lenient: Caller
    requests: int = 0
    slowest_seconds: float = 0.0

    def fault(self, attempt: Attempt) -> str:
        """Send a request and return what is wrong with the answer, "" where it is clear.

        What was stored is read back by its id, because a stored statement that cannot be answered is as bad.
        """
        caller = self.lenient if attempt.is_lenient else self.strict
        answer, found = self._asked(caller, attempt)
        if found or attempt.path != "statements" or answer.status_code not in {200, 204}:
            return found
        if attempt.method == "POST" and "method" not in dict(attempt.parameters):
            ids = answer.json
        else:
            ids = [STATEMENT_ID] if attempt.method == "PUT" else []
        for statement_id in ids[:2]:
            found = self._unread(caller, attempt.version, statement_id)
            if found:
                return found
        return ""

    def _unread(self, caller: Caller, version: str, statement_id: str) -> str:
        for name in ("statementId", "voidedStatementId"):
            answer, found = self._asked(
                caller, Attempt("GET", "statements", ((name, statement_id),), version=version)
            )
            if found:
                return found
            if answer.status_code == 200:
                # The document keeps its id as it was sent; UUIDs are compared without case (RFC 9562 section 4).
                return (
                    ""
                    if orjson.loads(answer.data)["id"].lower() == statement_id.lower()
                    else "another statement was answered"
                )
        return f"{statement_id} was acknowledged and cannot be read"

    def _asked(self, caller: Caller, attempt: Attempt) -> tuple[Answer, str]:
        address = f"/xapi/{attempt.path}"
        if attempt.parameters:
            address += f"?{urlencode(attempt.parameters)}"
        headers = {
            "Authorization": basic(caller.source.key, caller.source.secret),
            VERSION: attempt.version,
            **attempt.headers,
        }
        begin = time.monotonic()
        answer = ask(caller.app, attempt.method, address, attempt.body, headers)
        seconds = time.monotonic() - begin
        self.requests += 1
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        return answer, _unclear(attempt, answer, seconds)


def _unclear(attempt: Attempt, answer: Answer, seconds: float) -> str:
    if answer.status_code >= 500:
        return f"answered {answer.status_code}: {answer.text[:500]}"
    if seconds > MOST_SECONDS:
        return f"took {seconds:.1f} s"
    if VERSION not in answer.headers:
        return f"answered {answer.status_code} without {VERSION}"
    if answer.status_code >= 400 and attempt.method != "HEAD":
        if answer.mimetype != _PROBLEM:
            return f"answered {answer.status_code} as {answer.mimetype}"
        if not orjson.loads(answer.data)["detail"]:
            return f"answered {answer.status_code} without a reason"
    return ""


def door_of(lrs: Lrs) -> Door:
    """Return the door of an application on an empty database.

    Both sources read everything: what one stored, the other is told of as stored when it sends the same.
    """
    return Door(lrs, lrs.source("strict", ["all"]), lrs.source("lenient", ["all"], validation="lenient"))


def corpus(folder: Path) -> dict[str, bytes]:
    """Return the inputs of a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
