"""The statement door: every xAPI resource under /xapi, for both versions, with one way of checking and refusing.

A request is read (alternate syntax included), its source authenticated, its version decided, and answered by
`xapi_resources`. Every answer, errors too, carries the version it was given in; every error is problem+json, and what
a source tried to write and was refused is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog
from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from lms_bridge import clock
from lms_bridge.errors import BusyError, ForbiddenError, LmsBridgeError, NotFoundError, UnauthenticatedError
from lms_bridge.pipeline.access import (
    AuthenticatedSource,
    Door,
    note_denied,
    note_seen,
    presented_key,
)
from lms_bridge.pipeline.querying import Consistency
from lms_bridge.pipeline.receiving import RequestRefusedError, as_errors, busy_when_locked, refuse
from lms_bridge.pipeline.refusals import Refusals, refusal_of
from lms_bridge.settings import Settings
from lms_bridge.store.database import db
from lms_bridge.web.access import is_statement_door
from lms_bridge.web.problems import PROBLEMS, problem_response, slug_of
from lms_bridge.web.xapi_requests import (
    VERSION_HEADER,
    XapiRequest,
    alternate_request,
    body_of,
    is_alternate,
    plain_request,
)
from lms_bridge.web.xapi_resources import JSON, RESOURCES, Call
from lms_bridge.xapi.about import about
from lms_bridge.xapi.instants import format_stored
from lms_bridge.xapi.versions import Version, parse_version
from lms_bridge.xapi.violations import shown

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
log = structlog.get_logger(__name__)

CONSISTENT_HEADER: Final = "X-Experience-API-Consistent-Through"
_KEPT: Final = frozenset({400, 403, 409})
_WRITES: Final = frozenset({"PUT", "POST"})
_EXPOSED: Final = f"ETag, Last-Modified, Content-Length, {VERSION_HEADER}, {CONSISTENT_HEADER}"
_ALLOWED_HEADERS: Final = f"Authorization, Content-Type, Content-Encoding, Accept, Accept-Language, If-Match, If-None-Match, {VERSION_HEADER}"
_EVERY_ANSWER: Final = (
    # What a sender chose must not run in a browser that opens it.
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "sandbox; default-src 'none'"),
    # RFC 9111 4.2.2: with Last-Modified alone a browser would take a document for fresh, for a tenth of its age.
    ("Cache-Control", "private, no-store"),
)
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


@dataclass(slots=True)
class Exchange:
    """What has been found out about the request so far; errors are answered with as much of it as there is."""

    version: Version = Version.V2_0_0
    source: AuthenticatedSource | None = None
    asked: XapiRequest | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """What this process keeps between requests."""

    door: Door
    refusals: Refusals
    consistency: Consistency


def post_of_process() -> Post:
    """Return what this process keeps between requests, made with the first of them."""
    post = current_app.extensions.get("lms_bridge_xapi")
    if not isinstance(post, Post):
        own = _settings()
        post = Post(Door(own), Refusals(own), Consistency())
        current_app.extensions["lms_bridge_xapi"] = post
    return post


def _settings() -> Settings:
    found: Settings = current_app.extensions["lms_bridge"].settings
    return found


@blueprint.route("/about", methods=_METHODS, provide_automatic_options=False)
def show_about() -> Response:
    """Answer which versions are spoken; needs neither credentials nor a version (Communication 2.8)."""
    if request.method == "OPTIONS":
        return Response(status=204)
    # XAPI-00315, XAPI-00319, XAPI-00321: about is answered to everyone, without a version header too.
    exchange = _exchange()
    exchange.version = parse_version(request.headers.get(VERSION_HEADER)) or exchange.version
    if request.method not in {"GET", "HEAD"}:
        return _not_allowed({"GET"})
    return Response(orjson.dumps(about()), mimetype=JSON)


@blueprint.route("/", defaults={"resource": ""}, methods=_METHODS, provide_automatic_options=False)
@blueprint.route("/<path:resource>", methods=_METHODS, provide_automatic_options=False)
def serve(resource: str) -> Response:
    """Answer one request to one resource."""
    if request.method == "OPTIONS":
        # A browser asks without credentials; the answer tells only what headers it may send.
        return Response(status=204)
    exchange = _exchange()
    try:
        with busy_when_locked():
            response = _answer(resource.rstrip("/"), exchange)
    except HTTPException as error:
        response = problem_response("invalid-input", error.description or str(error), status=error.code)
    except LmsBridgeError as error:
        response = _refusal(error, exchange)
    if resource.startswith("statements"):
        _add_consistency(response, exchange)
    if exchange.source is not None:
        note_source_seen(exchange.source)
    return response


@blueprint.record
def forgive_doubled_slash(state: BlueprintSetupState) -> None:
    """Serve /xapi//statements too: some clients put a slash between an endpoint that ends in one and the resource.

    A redirect to the one slash would lose their POST.
    """
    state.app.add_url_rule(
        "/xapi//<path:resource>",
        "xapi.serve",
        serve,
        methods=_METHODS,
        provide_automatic_options=False,
        merge_slashes=False,
    )


def _exchange() -> Exchange:
    if "xapi" not in g:
        g.xapi = Exchange()
    exchange: Exchange = g.xapi
    return exchange


def _answer(resource: str, exchange: Exchange) -> Response:
    services = current_app.extensions["lms_bridge"]
    settings: Settings = services.settings
    asked, body = plain_request(request), None
    exchange.version = asked.version or exchange.version
    exchange.asked = asked
    if is_alternate(request):
        asked, body = alternate_request(request, settings)
        if asked.version is Version.V2_0_0:
            # The form names 2.0, which has no alternate syntax: then `method` is a parameter that is not known.
            asked = plain_request(request)
        exchange.asked = asked
    exchange.version = asked.version or exchange.version
    source = _authenticated(asked, exchange)
    version = asked.version
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
        return _not_allowed(set(handlers))
    if method in _WRITES:
        exchange.body = body_of(request, settings) if body is None else body
    call = Call(
        settings=settings,
        writer=services.writer,
        reader=services.reader,
        consistency=post_of_process().consistency,
        source=source,
        version=version,
        request=asked,
        body=exchange.body,
        now=clock.now(),
    )
    return handler(call)


def _authenticated(asked: XapiRequest, exchange: Exchange) -> AuthenticatedSource:
    now = clock.now()
    door = post_of_process().door
    source = door.authenticate(db.session, asked.headers.get("authorization"), now)
    if source is None:
        _note_denied(asked.headers.get("authorization"))
        if asked.headers.get("authorization") and door.is_hammered(request.remote_addr or "", now):
            exchange.headers["Retry-After"] = "60"
            raise BusyError(
                "too many failed attempts from this address; check key and secret, then wait a minute", 60
            )
        # XAPI-00334: missing or wrong credentials are a 401 (Communication 4.0).
        raise UnauthenticatedError(
            "key or secret is missing or wrong; send those of a source that is not revoked"
        )
    exchange.source = source
    exchange.version = asked.version or source.version
    origin = request.headers.get("Origin")
    if not source.admits(origin):
        raise ForbiddenError(
            f"pages of {shown(origin)} may not use this source's keys; add the origin to the source, or send without a browser"
        )
    return source


def _refusal(error: LmsBridgeError, exchange: Exchange) -> Response:
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
    return problem_response(slug, str(error), errors, headers, status)


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
        exchange.body = _late_body()
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
    try:
        with busy_when_locked():
            post_of_process().refusals.keep(db.session(), refusal)
    except BusyError:
        # The sender has its answer, which is more than the row.
        log.warning("refused_request_not_kept", source_id=exchange.source.source_id, slug=slug)


def _late_body() -> bytes:
    """Return the body of a request that was refused before it was read, for what is kept of it."""
    try:
        return body_of(request, _settings())
    except LmsBridgeError:
        return b""


def _not_allowed(methods: set[str]) -> Response:
    allowed = sorted(methods | ({"HEAD"} if "GET" in methods else set()))
    detail = f"{request.method} is not allowed here; use {', '.join(allowed)}"
    return problem_response("invalid-input", detail, headers={"Allow": ", ".join(allowed)}, status=405)


def _add_consistency(response: Response, exchange: Exchange) -> None:
    """Add Consistent-Through to an answer of the statement resource.

    A query has asked the database already. For other answers what is known is true as well, only earlier.
    """
    consistency = post_of_process().consistency
    through = consistency.known
    if exchange.source is not None:
        try:
            with busy_when_locked():
                through = consistency.recent(current_app.extensions["lms_bridge"].reader, clock.now())
        except BusyError:
            log.warning("consistency_not_known")
    # XAPI-00153, XAPI-00160: on every answer of the resource, errors too, as a timestamp (Communication 2.1.3).
    response.headers[CONSISTENT_HEADER] = format_stored(through)


def _note_denied(authorization: str | None) -> None:
    key = presented_key(authorization)
    if key is not None:
        note_denied_attempt(key)


def note_denied_attempt(key: str) -> None:
    """Note that a key came with a wrong secret, so that the page of its source can say so; once a minute for each."""
    now = clock.now()
    if not post_of_process().door.is_news_of_denial(key, now):
        return
    try:
        with busy_when_locked():
            note_denied(db.session(), key, now)
    except BusyError:
        log.warning("denied_attempt_not_noted")


def note_source_seen(source: AuthenticatedSource) -> None:
    """Note once a minute that a source was seen, after its request was answered."""
    now = clock.now()
    if not post_of_process().door.is_news(source.source_id, now):
        return
    try:
        with busy_when_locked():
            note_seen(db.session(), source.source_id, now)
    except BusyError:
        log.warning("last_seen_not_noted", source_id=source.source_id)


@blueprint.after_app_request
def add_headers(response: Response) -> Response:
    """Add the headers of every answer below /xapi, also where no route was found."""
    if not is_statement_door(request.path):
        return response
    headers = response.headers
    # XAPI-00333: every answer says its version (Communication 3.3).
    headers.add(VERSION_HEADER, _exchange().version.value)
    # No answer has any of these yet, so that they are added, which takes half as long as setting them.
    headers.extend(_EVERY_ANSWER)
    if _admits_page():
        _add_cors(headers)
    return response


def _admits_page() -> bool:
    """Tell whether the page that calls, if it is one, may read the answer.

    A preflight comes without credentials: then some source must admit the page. No cookie opens this door, so a page
    needs a key in any case.
    """
    origin = request.headers.get("Origin")
    source = _exchange().source
    if origin is None:
        return True
    if source is not None:
        return source.admits(origin)
    if request.method != "OPTIONS":
        return True
    try:
        with busy_when_locked():
            return post_of_process().door.admits_origin(db.session(), origin, clock.now())
    except BusyError:
        return False


def _add_cors(headers: Headers) -> None:
    source = _exchange().source
    origin = request.headers.get("Origin")
    if source is not None and source.origins and origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
        headers.add("Vary", "Origin")
    else:
        headers.add("Access-Control-Allow-Origin", "*")
    headers.add("Access-Control-Expose-Headers", _EXPOSED)
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
        headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = "600"
