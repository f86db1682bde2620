"""Sign-in by a session cookie, the reader of a request, and the gate before every page.

The cookie holds the e-mail alone; role and person are read anew with each request, so a right that is taken away is
gone with the next click.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from lms_bridge.errors import BusyError, NotFoundError, UnauthenticatedError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import accounts
from lms_bridge.store.database import db
from lms_bridge.web.access import ACCESS, BEARER, PUBLIC, TOKENS, is_open_to

blueprint = Blueprint("auth", __name__)
_EMAIL = "email"


def install_gate(app: Flask) -> None:
    """Let every request through the gate; register it before the CSRF check, so that signed out leads to sign-in."""
    app.before_request(_gate)


def current_reader() -> Reader:
    """Return who reads this page.

    Raises:
        UnauthenticatedError: nobody is signed in.
    """
    reader = signed_in()
    if reader is None:
        raise UnauthenticatedError("Nobody is signed in; sign in first")
    return reader


def signed_in() -> Reader | None:
    """Return the reader whose cookie this is, or None; asked of the database once in a request."""
    if "reader" not in g:
        email = session.get(_EMAIL)
        g.reader = accounts.reader_of(db.session(), email) if isinstance(email, str) else None
    found: Reader | None = g.reader
    return found


def local_address(address: str | None) -> str:
    """Return `address` where it is a path of this site, else `/`: nobody is led elsewhere after signing in."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    # Browsers drop control characters before they read an address: "/\t/elsewhere" would lead away.
    if any(ord(character) < 33 or character == "\\" for character in address):
        return "/"
    parts = urlsplit(address)
    return "/" if parts.scheme or parts.netloc else address


@blueprint.get("/sign-in")
def sign_in() -> Response | str:
    """Show the form; a reader who is signed in is led on."""
    target = local_address(request.args.get("next"))
    if signed_in() is not None:
        return redirect(target, 303)
    return render_template("sign_in.html", target=target, email="", problem="")


@blueprint.post("/sign-in")
def sign_in_submit() -> Response | tuple[str, int, dict[str, str]]:
    """Check e-mail and password, open a new session and answer 303; 401 where they do not fit, 503 where too many tried."""
    email = request.form.get("email", "").strip()
    target = local_address(request.form.get("next") or request.args.get("next"))
    try:
        reader = accounts.sign_in(
            db.session(), email, request.form.get("password", ""), request.remote_addr or ""
        )
    except (UnauthenticatedError, BusyError) as error:
        page = render_template("sign_in.html", target=target, email=email, problem=str(error))
        if isinstance(error, BusyError):
            return page, 503, {"Retry-After": str(error.retry_after_seconds)}
        return page, 401, {}
    session.clear()
    session.permanent = True
    session[_EMAIL] = reader.email
    return redirect(target, 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Forget the session."""
    session.clear()
    return redirect(url_for("auth.sign_in"), 303)


def _gate() -> Response | None:
    """Answer 303 to the sign-in where nobody is signed in, and 404 where the role may not open the page."""
    endpoint = request.endpoint
    if endpoint is None or request.blueprint == TOKENS or ACCESS.get(endpoint) in {PUBLIC, BEARER}:
        return None
    reader = signed_in()
    if reader is None:
        return redirect(sign_in_address(), 303)
    if not is_open_to(reader.role, endpoint):
        raise NotFoundError(f"{request.path}: no such page")
    return None


def sign_in_address() -> str:
    """Return the address of the sign-in that leads back here; a form's own address leads to the overview."""
    if request.method not in {"GET", "HEAD"}:
        return url_for("auth.sign_in")
    target = request.full_path if request.query_string else request.path
    return url_for("auth.sign_in", next=target)
