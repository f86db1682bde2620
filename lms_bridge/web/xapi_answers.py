"""Answers of the statement door, in the form in which WSGI takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Response

_STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_WITHOUT_BODY: Final = frozenset({204})

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """Status, headers and body; the length of the body is added when it is sent.

    What a sender chose stands in headers only after it was checked for control characters (`plain_request`).
    """

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of_json(cls, content: object) -> Answer:
        """Return a 200 with `content` as JSON."""
        return cls(headers=[("Content-Type", "application/json")], body=orjson.dumps(content))

    @classmethod
    def of_flask(cls, response: Response) -> Answer:
        """Return the same answer as one of Flask's."""
        headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
        return cls(response.status_code, headers, response.get_data())

    def has_header(self, name: str) -> bool:
        """Tell whether a header of exactly this spelling is there."""
        return any(one == name for one, _ in self.headers)

    def send(self, method: str, start_response: Callable[[str, Headers], Any]) -> list[bytes]:
        """Send it by WSGI, as a list of bytes: a server sends that in one go, and an iterator part by part."""
        has_body = self.status not in _WITHOUT_BODY
        headers = [*self.headers, ("Content-Length", str(len(self.body)))] if has_body else self.headers
        start_response(_STATUS_LINES[self.status], headers)
        # RFC 9110 9.3.2: HEAD has the headers of GET, its length too, and no body.
        return [self.body] if has_body and method != "HEAD" else []
