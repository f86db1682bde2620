"""Requests to the statement door, as they came or by the alternate request syntax of 1.0.3, in one form.

1.0.3 Communication 1.3: where a browser cannot send a request, it POSTs a form to `?method=…` that holds the
parameters, the headers and, as `content`, the body. 2.0 has no such syntax: there `method` is an unknown parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlencode

from flask import Request
from werkzeug.exceptions import ClientDisconnected, LengthRequired, RequestEntityTooLarge

from lms_bridge.errors import TooLargeError
from lms_bridge.pipeline.receiving import RequestRefusedError, refuse, unpacked
from lms_bridge.settings import Settings
from lms_bridge.xapi.parsing import parse_json
from lms_bridge.xapi.versions import Version, parse_version
from lms_bridge.xapi.violations import Violation, shown

FORM: Final = "application/x-www-form-urlencoded"
LENGTH_WANTED: Final = (
    "the body has no Content-Length, so that one cut off on the way would be taken for whole; send its length"
)
VERSION_HEADER: Final = "X-Experience-API-Version"
# Browsers that need the syntax cannot set the header (Communication 1.3): they say text/plain, or nothing.
_FORM_TYPES: Final = frozenset({FORM, "text/plain", ""})
# What anybody can send is remembered in bounded size: a query has fifteen parameters, and each stands there once.
_PARTS_REMEMBERED, _LONGEST_REMEMBERED, _MOST_PARTS = 512, 2_000, 16
_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_FORM_HEADERS: Final = frozenset(
    {
        "authorization",
        "x-experience-api-version",
        "content-type",
        "content-length",
        "if-match",
        "if-none-match",
        "accept",
        "accept-language",
        "accept-encoding",
    }
)
# WSGI's names of the headers that most requests have.
_HEADERS: Final = {
    f"HTTP_{name.upper().replace('-', '_')}": name
    for name in (*_FORM_HEADERS, "host", "user-agent", "connection", "origin")
}
# What tells of the form, and nothing of what stands in it.
_OF_THE_FORM: Final = ("content-type", "content-length", "content-encoding", "transfer-encoding")
# WSGI keeps these two headers without the prefix of the others.
_UNPREFIXED: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
# What JSON ends with as it begins: a number cut short is a number.
_OPENING: Final = frozenset({b"{", b"[", b'"'})
# RFC 9110 5.5: what no header may hold. HTTP servers refuse it, and a form can say it all the same.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class XapiRequest:
    """One request: `arguments` are its parameters in order, names of `headers` are lower case.

    `query` are the parameters percent-encoded, as they were sent.
    """

    method: str
    path: str
    arguments: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    query: str

    @property
    def address(self) -> str:
        """The path with its parameters, as it is kept of a refused request."""
        return f"{self.path}?{urlencode(self.arguments)}" if self.arguments else self.path

    @property
    def version(self) -> Version | None:
        """The version that the header asks for, None where it is missing or not one that is spoken."""
        return parse_version(self.headers.get("x-experience-api-version"))


def is_alternate(request: Request) -> bool:
    """Tell whether a request may be one of the alternate syntax: a POST that names a method, and no other version."""
    return (
        request.method == "POST"
        and "method" in request.args
        and parse_version(request.headers.get(VERSION_HEADER)) is not Version.V2_0_0
    )


def plain_request(request: Request) -> XapiRequest:
    """Return a request as it came, without its body.

    Raises:
        RequestRefusedError: a header holds a control character.
    """
    # Straight from WSGI's names (PEP 3333): werkzeug's headers are a view that builds each name twice.
    environ = request.environ
    headers = {
        _HEADERS.get(key) or key[5:].replace("_", "-").lower(): environ[key]
        for key in environ
        if key.startswith("HTTP_")
    }
    headers |= {name: environ[key] for name, key in _UNPREFIXED.items() if environ.get(key)}
    _refuse_control_characters(headers)
    query = environ.get("QUERY_STRING", "")
    return XapiRequest(request.method, request.path, _arguments(query), headers, query)


def _arguments(query: str) -> tuple[tuple[str, str], ...]:
    """Return names and values of a query, as werkzeug decodes them; what comes again is remembered.

    Whoever follows `more` repeats everything but the last part, which is the cursor.
    """
    if len(query) > _LONGEST_REMEMBERED or query.count("&") > _MOST_PARTS:
        return _decoded.__wrapped__(query)
    before, _, last = query.rpartition("&")
    return _decoded(before) + _decoded(last)


@lru_cache(_PARTS_REMEMBERED)
def _decoded(parts: str) -> tuple[tuple[str, str], ...]:
    text = parts.encode("latin-1").decode()
    return tuple(parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote"))


def _refuse_control_characters(headers: Mapping[str, str]) -> None:
    together = "".join(headers.values())
    # What can be printed has none, and that is told at once.
    if together.isprintable() or not _CONTROL.search(together):
        return
    for name, value in headers.items():
        if _CONTROL.search(value):
            raise refuse(f"the header {name} is {shown(value)}; send it without control characters")


def alternate_request(request: Request, settings: Settings) -> tuple[XapiRequest, bytes]:
    """Return the request that a form describes, and its body.

    Raises:
        RequestRefusedError: the form is not one of the alternate syntax.
        TooLargeError: it exceeds the limit.
        LengthRequired: it has no Content-Length.
    """
    names = list(request.args.items(multi=True))
    method = request.args["method"].upper()
    if len(names) != 1:
        # XAPI-00336: the query string has `method` alone (Communication 1.3).
        raise refuse(
            "the alternate request syntax has the parameter 'method' alone in the address; "
            "put the others into the form",
            "XAPI-00336",
        )
    if method not in _METHODS:
        raise refuse(
            f"method is {shown(method)}; give GET, HEAD, PUT, POST or DELETE", "XAPI-00336", "method"
        )
    if request.mimetype not in _FORM_TYPES:
        message = f"Content-Type is {shown(request.mimetype)}; the alternate request syntax sends {FORM}"
        raise refuse(message, "XAPI-00336")
    form = body_of(request, settings)
    if not is_surely_whole(request, form):
        raise LengthRequired(LENGTH_WANTED)
    fields = _form_fields(form)
    # XAPI-00336: what does not stand in the form is sent as a header as always (Communication 1.3).
    headers = dict(plain_request(request).headers)
    for name in _OF_THE_FORM:
        headers.pop(name, None)
    arguments: list[tuple[str, str]] = []
    content: str | None = None
    for name, value in fields:
        if name == "content":
            content = value
        elif name.lower() in _FORM_HEADERS:
            headers[name.lower()] = value
        else:
            arguments.append((name, value))
    if method in {"PUT", "POST"} and content is None:
        # XAPI-00336: the body is the form's parameter `content` (Communication 1.3).
        raise refuse(f"the form has no 'content', which {method} needs; put the body there", "XAPI-00336")
    if method in {"PUT", "POST"}:
        headers.setdefault("content-type", "application/json")
    _refuse_control_characters(headers)
    # XAPI-00148: whatever method the form names, GET too, is answered as if it had been sent so.
    asked = XapiRequest(method, request.path, tuple(arguments), headers, urlencode(arguments))
    return asked, (content or "").encode()


def _form_fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise refuse(f"the form cannot be read: {error}; send it percent-encoded, in UTF-8") from error


def body_of(request: Request, settings: Settings) -> bytes:
    """Read the body of a request, unpacked where it is compressed; size before and after is bounded.

    A body without Content-Length can have been cut off (`is_surely_whole`).

    Raises:
        TooLargeError: it exceeds the limit; the message names it.
        RequestRefusedError: it is not what its Content-Length or Content-Encoding says.
    """
    most = settings.max_body_bytes
    # Of a body without Content-Length the stream gives what the limit allows and says nothing of the rest.
    request.max_content_length = most + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise _too_large(most) from error
    except ClientDisconnected as error:
        raise _too_short() from error
    # A server that ends the stream by itself says nothing of a sender that broke off.
    if request.content_length is not None and len(body) < request.content_length:
        raise _too_short()
    if len(body) > most:
        raise _too_large(most)
    return unpacked(body, request.headers.get("Content-Encoding", ""), most)


def _too_short() -> RequestRefusedError:
    return refuse("the body is shorter than Content-Length says; send it whole")


def is_surely_whole(request: Request, body: bytes) -> bool:
    """Tell whether a body, as `body_of` read it, can be told from one that was cut off on the way.

    It can by its length, by the end that compressed data has, and by that of a JSON object, array or text.
    """
    if request.content_length is not None or request.headers.get("Content-Encoding"):
        return True
    if not body and "Transfer-Encoding" not in request.headers:
        return True
    return body.lstrip()[:1] in _OPENING and not isinstance(parse_json(body), Violation)


def _too_large(most: int) -> TooLargeError:
    # XAPI-00328: a body over the limit is a 413 (Communication 3.2).
    return TooLargeError(f"the body has more than {most} bytes; send the statements in several requests")
