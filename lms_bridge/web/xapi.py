"""The statement door: every xAPI resource under /xapi, for both versions, with one way of checking and refusing.

A request is read (alternate syntax included), its source authenticated, its version decided, and answered by
`xapi_resources`. Every answer, errors too, carries the version it was given in; every error is problem+json, and what
a source tried to write and was refused is kept.

The door stands before Flask's routing, sessions and hooks, which it needs none of: they would take a third of the time
of a page of statements (docs/decisions/0014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, LengthRequired

from lms_bridge import clock
from lms_bridge.errors import BusyError, ForbiddenError, LmsBridgeError, NotFoundError, UnauthenticatedError
from lms_bridge.pipeline.access import (
    AuthenticatedSource,
    presented_key,
)
from lms_bridge.pipeline.querying import StatementMissingError
from lms_bridge.pipeline.receiving import (
    RequestRefusedError,
    as_errors,
    beside,
    busy_when_locked,
    refuse,
)
from lms_bridge.pipeline.refusals import refusal_of
from lms_bridge.store.database import OpenSession, db
from lms_bridge.web.access import TOKENS_BELOW_THE_DOOR, is_statement_door
from lms_bridge.web.problems import INTERNAL_TEXT, PROBLEMS, problem_response, slug_of
from lms_bridge.web.security import TRANSPORT_SECURITY
from lms_bridge.web.xapi_answers import Answer
from lms_bridge.web.xapi_notes import (
    OwnSession,
    Post,
    keep_refused,
    note_denied_attempt,
    note_source_seen,
    post_of,
    post_of_process,
)
from lms_bridge.web.xapi_requests import (
    LENGTH_WANTED,
    VERSION_HEADER,
    XapiRequest,
    alternate_request,
    body_of,
    is_alternate,
    is_surely_whole,
    plain_request,
)
from lms_bridge.web.xapi_resources import CONSISTENT_HEADER, RESOURCES, Call
from lms_bridge.xapi.about import about
from lms_bridge.xapi.instants import format_stored
from lms_bridge.xapi.versions import Version, parse_version
from lms_bridge.xapi.violations import shown

log = structlog.get_logger(__name__)

# A write that came to no resource is kept too: what it brought would be lost, and its sender is told by the page.
_KEPT: Final = frozenset({400, 403, 404, 409})
_WRITES: Final = frozenset({"PUT", "POST"})
_EXPOSED: Final = f"ETag, Last-Modified, Content-Length, {VERSION_HEADER}, {CONSISTENT_HEADER}"
_ALLOWED_HEADERS: Final = f"Authorization, Content-Type, Content-Encoding, Accept, Accept-Language, If-Match, If-None-Match, {VERSION_HEADER}"
_PREFLIGHT: Final = [
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    ("Access-Control-Allow-Headers", _ALLOWED_HEADERS),
    ("Access-Control-Max-Age", "600"),
]
_EVERY_ANSWER: Final = (
    # What a sender chose must not run in a browser that opens it.
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "sandbox; default-src 'none'"),
    # RFC 9111 4.2.2: with Last-Modified alone a browser would take a document for fresh, for a tenth of its age.
    ("Cache-Control", "private, no-store"),
)

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(slots=True)
class Exchange:
    """A request with what has been found out about it so far; errors are answered with as much of it as there is."""

    request: Request
    post: Post
    open_session: OpenSession
    version: Version = Version.V2_0_0
    source: AuthenticatedSource | None = None
    asked: XapiRequest | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Up to where everything was visible before the answer was looked for.
    through: datetime | None = None

    @property
    def origin(self) -> str | None:
        """The web origin of the page that calls, None where no page says so."""
        found: str | None = self.request.environ.get("HTTP_ORIGIN")
        return found


class StatementDoor:
    """The WSGI application before Flask's own: it answers what is below /xapi, and hands on everything else."""

    def __init__(self, app: Flask, pages: WsgiApplication) -> None:
        self._app = app
        self._pages = pages

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; none ends without an answer."""
        path = environ.get("PATH_INFO", "")
        if not is_statement_door(path):
            return self._pages(environ, start_response)
        resource = _resource(path)
        if resource == TOKENS_BELOW_THE_DOOR:
            return self._pages(environ | {"PATH_INFO": f"/xapi/{resource}"}, start_response)
        open_session = OwnSession(self._app)
        try:
            exchange = Exchange(Request(environ), post_of(self._app), open_session)
            try:
                answer = _served(resource, exchange)
                answer.headers += _headers_of_every_answer(exchange, is_for_page=_admits_page(exchange))
            except Exception:  # whatever it is, the sender gets an answer, and the log the fault
                log.exception("unforeseen_error", path=exchange.request.path)
                answer = _problem(exchange, "internal", INTERNAL_TEXT)
                answer.headers += _headers_of_every_answer(exchange, is_for_page=exchange.origin is None)
            return answer.send(exchange.request.method, start_response)
        finally:
            open_session.close()


def _resource(path: str) -> str:
    """Return what stands below the endpoint; slashes count once."""
    return "/".join([part for part in path.split("/") if part][1:])


def open_statement_door(app: Flask) -> None:
    """Put the statement door before `app`; what Flask answers below it, the tokens, gets the door's headers."""
    app.wsgi_app = StatementDoor(app, app.wsgi_app)  # type: ignore[method-assign] # as documented
    app.after_request(_add_headers_to_tokens)


def _add_headers_to_tokens(response: Response) -> Response:
    if is_statement_door(request.path):
        exchange = Exchange(request, post_of_process(), db.session)
        for name, value in _headers_of_every_answer(exchange, is_for_page=_admits_page(exchange)):
            response.headers.setdefault(name, value)
    return response


def _served(resource: str, exchange: Exchange) -> Answer:
    """Answer one request to one resource."""
    if exchange.request.method == "OPTIONS":
        # A browser asks without credentials; the answer tells only what headers it may send.
        return Answer(204)
    if resource == "about":
        return _about(exchange)
    try:
        with busy_when_locked():
            answer = _answer(resource, exchange)
    except HTTPException as error:
        answer = _problem(exchange, "invalid-input", error.description or str(error), status=error.code)
    except LmsBridgeError as error:
        if isinstance(error, StatementMissingError):
            exchange.through = error.through
        answer = _refusal(error, exchange)
    except Exception:  # of a source that is known, so that what follows is said and done too
        log.exception("unforeseen_error", path=exchange.request.path)
        answer = _problem(exchange, "internal", INTERNAL_TEXT)
    if resource == "statements" and not answer.has_header(CONSISTENT_HEADER):
        # XAPI-00153, XAPI-00160: on every answer of the resource, errors too, as a timestamp (Communication 2.1.3).
        through = exchange.through or exchange.post.consistency.known
        answer.headers.append((CONSISTENT_HEADER, format_stored(through)))
    if exchange.source is not None:
        note_source_seen(exchange.post, exchange.open_session, exchange.source)
    return answer


def _about(exchange: Exchange) -> Answer:
    """Answer which versions are spoken; needs neither credentials nor a version (Communication 2.8)."""
    # XAPI-00315, XAPI-00319, XAPI-00321: about is answered to everyone, without a version header too.
    exchange.version = parse_version(exchange.request.headers.get(VERSION_HEADER)) or exchange.version
    if exchange.request.method not in {"GET", "HEAD"}:
        return _not_allowed({"GET"}, exchange)
    return Answer.of_json(about())


def _answer(resource: str, exchange: Exchange) -> Answer:
    post = exchange.post
    settings = post.settings
    request = exchange.request
    asked, body = plain_request(request), None
    version = asked.version
    exchange.version = version or exchange.version
    exchange.asked = asked
    if is_alternate(request):
        asked, body = alternate_request(request, settings)
        if asked.version is Version.V2_0_0:
            # The form names 2.0, which has no alternate syntax: then `method` is a parameter that is not known.
            asked = plain_request(request)
        exchange.asked = asked
        version = asked.version
        exchange.version = version or exchange.version
    source = _authenticated(asked, version, exchange)
    if resource == "statements":
        exchange.through = _known_through(exchange, asked.method)
    if version is None:
        # XAPI-00321, XAPI-00331: a request without version, or with one that is not spoken, is refused.
        given = asked.headers.get("x-experience-api-version")
        name, requirement = ("missing", "XAPI-00321") if given is None else (shown(given), "XAPI-00331")
        raise refuse(f"{VERSION_HEADER} is {name}; send 1.0.3 or 2.0.0", requirement)
    handlers = RESOURCES.get(resource)
    if handlers is None:
        raise NotFoundError(f"{request.path}: no such resource")
    # XAPI-00125, XAPI-00126: HEAD is GET without its body, which the server leaves out (Communication 1.1).
    method = "GET" if asked.method == "HEAD" else asked.method
    handler = handlers.get(method)
    if handler is None:
        return _not_allowed(set(handlers), exchange)
    if method in _WRITES:
        exchange.body = body_of(request, settings) if body is None else body
        # A statement cut off is no JSON, and a multipart body has its last boundary: documents can be anything.
        if body is None and resource != "statements" and not is_surely_whole(request, exchange.body):
            raise LengthRequired(LENGTH_WANTED)
    call = Call(
        settings=settings,
        writer=post.writer,
        reader=post.reader,
        consistency=post.consistency,
        open_session=exchange.open_session,
        source=source,
        version=version,
        request=asked,
        body=exchange.body,
        now=clock.now(),
    )
    return handler(call)


def _known_through(exchange: Exchange, method: str) -> datetime:
    """Return up to where everything is visible before the request is looked at; what is known is true, only earlier."""
    consistency, reader = exchange.post.consistency, exchange.post.reader
    if method in {"GET", "HEAD"}:
        return consistency.recent(reader)
    # What is written needs none of the reader's connections.
    return beside(
        exchange.open_session(),
        "consistency_not_known",
        lambda: consistency.recent(reader),
        consistency.known,
    )


def _authenticated(asked: XapiRequest, version: Version | None, exchange: Exchange) -> AuthenticatedSource:
    now = clock.now()
    door = exchange.post.door
    source = door.authenticate(exchange.open_session, asked.headers.get("authorization"), now)
    if source is None:
        _note_denied(exchange, asked.headers.get("authorization"))
        remote = exchange.request.remote_addr or ""
        if asked.headers.get("authorization") and door.is_hammered(remote, now):
            exchange.headers["Retry-After"] = "60"
            raise BusyError(
                "too many failed attempts from this address; check key and secret, then wait a minute", 60
            )
        # XAPI-00334: missing or wrong credentials are a 401 (Communication 4.0).
        raise UnauthenticatedError(
            "key or secret is missing or wrong; send those of a source that is not revoked"
        )
    exchange.source = source
    exchange.version = version or source.version
    origin = exchange.origin
    if not source.admits(origin):
        raise ForbiddenError(
            f"pages of {shown(origin)} may not use this source's keys; add the origin to the source, or send without a browser"
        )
    return source


def _refusal(error: LmsBridgeError, exchange: Exchange) -> Answer:
    """Answer an error; keep what an authenticated source could not write."""
    # XAPI-00323: the table has the specification's status codes, and 405 and 503 of HTTP (Communication 3.2).
    slug = slug_of(error)
    status = PROBLEMS[slug].status
    headers = {}
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(error.retry_after_seconds)
        # 429 Too Many Requests is for one sender, 503 for all.
        status = 429 if exchange.headers else status
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = challenge(exchange.asked)
    errors = as_errors(error.violations) if isinstance(error, RequestRefusedError) else ()
    _keep(error, slug, status, exchange)
    return _problem(exchange, slug, str(error), errors, headers, status)


def challenge(asked: XapiRequest | None) -> str:
    """Return how to prove who one is: a token that is not good is told so in its own scheme (RFC 6750 section 3)."""
    given = "" if asked is None else asked.headers.get("authorization", "")
    if given.partition(" ")[0].lower() == "bearer":
        return 'Bearer realm="LMS Bridge", error="invalid_token"'
    return 'Basic realm="LMS Bridge", charset="UTF-8"'


def _keep(error: LmsBridgeError, slug: str, status: int, exchange: Exchange) -> None:
    asked = exchange.asked
    if exchange.source is None or asked is None or status not in _KEPT or asked.method not in _WRITES:
        return
    if not exchange.body:
        exchange.body = _late_body(exchange)
    refusal = refusal_of(
        exchange.source,
        error=error,
        slug=slug,
        status=status,
        method=asked.method,
        path=asked.address,
        version=exchange.version.value,
        content_type=asked.headers.get("content-type", ""),
        body=exchange.body,
        now=clock.now(),
    )
    keep_refused(exchange.post, exchange.open_session, refusal)


def _late_body(exchange: Exchange) -> bytes:
    """Return the body of a request that was refused before it was read, for what is kept of it."""
    try:
        return body_of(exchange.request, exchange.post.settings)
    except LmsBridgeError:
        return b""


def _not_allowed(methods: set[str], exchange: Exchange) -> Answer:
    allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    detail = f"{exchange.request.method} is not allowed here; use {allowed}"
    return _problem(exchange, "invalid-input", detail, headers={"Allow": allowed}, status=405)


def _problem(
    exchange: Exchange,
    slug: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
) -> Answer:
    found = problem_response(slug, detail, errors, headers, status, instance=exchange.request.path)
    return Answer.of_flask(found)


def _note_denied(exchange: Exchange, authorization: str | None) -> None:
    key = presented_key(authorization)
    if key is not None:
        note_denied_attempt(exchange.post, exchange.open_session, key)


def _headers_of_every_answer(exchange: Exchange, *, is_for_page: bool) -> list[tuple[str, str]]:
    """Return the headers of every answer below /xapi; with those of CORS where the page that calls may read it."""
    # XAPI-00333: every answer says its version (Communication 3.3).
    found = [(VERSION_HEADER, exchange.version.value), *_EVERY_ANSWER]
    if exchange.post.is_https:
        found.append(TRANSPORT_SECURITY)
    return found + _cors(exchange) if is_for_page else found


def _admits_page(exchange: Exchange) -> bool:
    """Tell whether the page that calls, if it is one, may read the answer.

    A preflight comes without credentials: then some source must admit the page. No cookie opens this door, so a page
    needs a key in any case.
    """
    origin = exchange.origin
    if origin is None:
        return True
    if exchange.source is not None:
        return exchange.source.admits(origin)
    if exchange.request.method != "OPTIONS":
        return True
    door, open_session = exchange.post.door, exchange.open_session
    return beside(
        open_session(),
        "origin_not_known",
        lambda: door.admits_origin(open_session(), origin, clock.now()),
        otherwise=False,
    )


def _cors(exchange: Exchange) -> list[tuple[str, str]]:
    source, origin = exchange.source, exchange.origin
    if source is not None and source.origins and origin is not None:
        found = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    else:
        found = [("Access-Control-Allow-Origin", "*")]
    found.append(("Access-Control-Expose-Headers", _EXPOSED))
    return found + _PREFLIGHT if exchange.request.method == "OPTIONS" else found
