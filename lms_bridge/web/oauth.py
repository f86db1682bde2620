"""The token endpoint: OAuth 2.0 client credentials (RFC 6749 section 4.4), for libraries that ask for it.

A source's key and secret are client id and secret, in the header or in the body. The answer is a bearer token (RFC
6750) for /xapi; errors have the form of RFC 6749 section 5.2.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import unquote_plus

import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from lms_bridge import clock
from lms_bridge.errors import BusyError
from lms_bridge.pipeline.access import by_secret, grant_token
from lms_bridge.pipeline.receiving import busy_when_locked
from lms_bridge.settings import Settings
from lms_bridge.store.database import db
from lms_bridge.web.access import TOKENS, TOKENS_BELOW_THE_DOOR
from lms_bridge.web.xapi_notes import (
    keep_scope_refused,
    note_denied_attempt,
    note_source_seen,
    post_of_process,
)
from lms_bridge.xapi.violations import shown

blueprint = Blueprint(TOKENS, __name__)

_MOST_BYTES: Final = 10_000
_FORM: Final = "application/x-www-form-urlencoded"


@blueprint.post("/oauth/token")
@blueprint.post(f"/xapi/{TOKENS_BELOW_THE_DOOR}")
def token() -> Response:
    """Answer a bearer token for a source's credentials; below the endpoint too, for forms that ask for one address."""
    request.max_content_length = _MOST_BYTES
    try:
        fields = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        return _error("invalid_request", f"the body has more than {_MOST_BYTES} bytes; send the form alone")
    form = dict(fields)
    if request.mimetype != _FORM or len(form) != len(fields):
        return _error("invalid_request", f"send {_FORM}, each parameter once")
    has_header = "Authorization" in request.headers
    credentials = _of_header() if has_header else (form.get("client_id", ""), form.get("client_secret", ""))
    if has_header and "client_secret" in form:
        return _error("invalid_request", "send the credentials in the header or in the body, not in both")
    if not form.get("grant_type"):
        # RFC 6749 section 3.2: a parameter without a value is one that is left out.
        return _error("invalid_request", "grant_type is missing; send client_credentials")
    if form["grant_type"] != "client_credentials":
        return _error("unsupported_grant_type", "only client_credentials is granted here")
    return _grant(credentials, form.get("scope", "").split(), has_header=has_header)


def _grant(credentials: tuple[str, str] | None, asked: list[str], *, has_header: bool) -> Response:
    settings: Settings = current_app.extensions["lms_bridge"].settings
    now = clock.now()
    try:
        with busy_when_locked():
            source = None if credentials is None else by_secret(db.session(), settings, *credentials, now=now)
    except BusyError as error:
        return _error(
            "temporarily_unavailable", str(error), 503, {"Retry-After": str(error.retry_after_seconds)}
        )
    if source is None:
        if credentials is not None:
            note_denied_attempt(post_of_process(), db.session, credentials[0])
        if post_of_process().door.is_hammered(request.remote_addr or "", now):
            return _error(
                "invalid_client", "too many failed attempts; wait a minute", 429, {"Retry-After": "60"}
            )
        challenge = {"WWW-Authenticate": 'Basic realm="LMS Bridge", charset="UTF-8"'} if has_header else {}
        return _error("invalid_client", "client id or secret is missing or wrong", 401, challenge)
    if not source.admits(request.headers.get("Origin")):
        return _error("unauthorized_client", "pages of this origin may not use this client's keys", 400)
    note_source_seen(post_of_process(), db.session, source)
    granted = grant_token(settings, source, asked, now)
    if granted is None:
        told = f"this client has the scopes {' '.join(source.scopes)}; ask for some of them"
        detail = f"the token was asked for with the scope {shown(' '.join(asked))}; {told}"
        keep_scope_refused(post_of_process(), db.session, source, detail)
        return _error("invalid_scope", told)
    return _answer(
        200,
        {
            "access_token": granted.token,
            "token_type": "Bearer",
            "expires_in": granted.expires_in_seconds,
            "scope": " ".join(granted.scopes),
        },
    )


def _of_header() -> tuple[str, str] | None:
    """Return the credentials of a Basic header, decoded as RFC 6749 section 2.3.1 has them encoded."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (unquote_plus(key), unquote_plus(secret)) if colon else None


def _error(code: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> Response:
    return _answer(status, {"error": code, "error_description": description}, headers)


def _answer(status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    response = Response(orjson.dumps(body), status=status, mimetype="application/json")
    response.headers.update(headers or {})
    # RFC 6749 section 5.1: tokens are not stored by anything on the way.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response
