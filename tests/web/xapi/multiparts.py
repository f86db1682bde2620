"""Attachments in a test: what a statement says of them, multipart/mixed bodies, and the parts of an answer."""

from __future__ import annotations

import hashlib
import json
from email import policy
from email.parser import BytesParser
from typing import Any, cast

from tests.web.xapi.lrs import Answer, Caller


def described(content: bytes, **more: Any) -> dict[str, Any]:
    return {
        "usageType": "https://example.com/usage",
        "display": {"en": "A file"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": hashlib.sha256(content).hexdigest(),
        **more,
    }


def multipart(statements: Any, *parts: bytes, digests: tuple[str, ...] | None = None) -> bytes:
    found = [b"--bound\r\nContent-Type:application/json\r\n\r\n" + json.dumps(statements).encode()]
    for number, part in enumerate(parts):
        digest = digests[number] if digests else hashlib.sha256(part).hexdigest()
        head = f"--bound\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {digest}"
        found.append(head.encode() + b"\r\n\r\n" + part)
    return b"\r\n".join(found) + b"\r\n--bound--\r\n"


def post(caller: Caller, body: bytes) -> Answer:
    headers = {"Content-Type": "multipart/mixed; boundary=bound"}
    return caller.request("POST", "statements", body=body, headers=headers)


def parts_of(answer: Answer) -> list[tuple[str | None, bytes]]:
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + answer.data)
    return [
        (part["X-Experience-API-Hash"], bytes(cast("bytes", part.get_payload(decode=True))))
        for part in message.iter_parts()
    ]
