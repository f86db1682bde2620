"""Headers, cookies and the token against forged requests (CSRF), for every answer of the service."""

from __future__ import annotations

from typing import Final

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

from lms_bridge.errors import InvalidInputError
from lms_bridge.settings import Settings
from lms_bridge.web.access import TOKENS, is_statement_door

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
)
TRANSPORT_SECURITY: Final = ("Strict-Transport-Security", "max-age=31536000")
SESSION_SECONDS: Final = 12 * 3600
ASSET_SECONDS: Final = 365 * 24 * 3600
MOST_FORM_BYTES: Final = 6_000_000

# Blueprints that no cookie opens are exempted with `csrf.exempt(blueprint)`.
csrf = CSRFProtect()


class _PageSessions(SecureCookieSessionInterface):
    """Sessions of pages: what is below the statement door knows no cookie, and reads none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a page; None below the statement door, where Flask then takes an empty one."""
        if is_statement_door(request.path):
            return None
        return super().open_session(app, request)


def protect(app: Flask, settings: Settings) -> None:
    """Set the cookies' flags, demand a CSRF token of every form, and add the security headers."""
    is_secure = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="lms_bridge_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        # The token lives as long as the session: a form left open over lunch still works.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = _PageSessions()
    # Before the check of tokens, which reads the form.
    app.before_request(_bound_form)
    app.before_request(_refuse_nul)
    csrf.init_app(app)
    app.extensions["lms_bridge_https"] = is_secure
    app.after_request(_add_headers)
    if is_secure:
        app.after_request(_add_transport_security)


def _refuse_nul() -> None:
    """Refuse what a page is sent with a NUL in it, which PostgreSQL keeps in no text.

    Raises:
        InvalidInputError: a field has one.
    """
    if request.blueprint == TOKENS:
        return
    sent = [request.args] if request.method in {"GET", "HEAD"} else [request.args, request.form]
    if any("\x00" in value for fields in sent for _, values in fields.lists() for value in values):
        raise InvalidInputError("a field has a NUL character in it; write the text without it")


def _bound_form() -> None:
    """Bound what a page takes in, files too, which would be written to disk; the doors of LMSs have limits of their own."""
    if request.blueprint != TOKENS:
        request.max_content_length = MOST_FORM_BYTES


def _add_headers(response: Response) -> Response:
    if is_statement_door(request.path):
        return response
    # A view that answers with what a sender chose sets a stricter policy of its own; it stands.
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint == "site.static":
        # The address carries a digest of the file, so that a new file has a new address.
        headers["Cache-Control"] = f"public, max-age={ASSET_SECONDS}, immutable"
    elif request.blueprint != TOKENS:
        headers.setdefault("Cache-Control", "private, no-store")
    return response


def _add_transport_security(response: Response) -> Response:
    response.headers.setdefault(*TRANSPORT_SECURITY)
    return response
