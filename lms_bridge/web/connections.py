"""Connecting an LMS by page: choose the product, fill its form, see the first statement arrive, or learn why not.

A secret stands in the answer to the form that made it and nowhere else. The page of a source asks again every two
seconds until something has arrived (`waiting.js`); without scripts a link does.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.pipeline import connections
from lms_bridge.pipeline.sources import SourceChange
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import settings
from reports.content.connections import NewConnection

blueprint = Blueprint("connections", __name__, url_prefix="/sources")


@blueprint.get("/connect")
def products() -> str:
    """Show the products that are guided through."""
    return render_template("connections/products.html", products=connections.products(settings()))


@blueprint.get("/connect/<slug>")
def product(slug: str) -> str:
    """Show the form of one product."""
    return _product_page(slug)


@blueprint.post("/connect/<slug>")
def connect(slug: str) -> str | tuple[str, int]:
    """Connect an LMS and show what to paste where, the secret for this once; 400 where a value is wrong."""
    name, origins = request.form.get("name", ""), request.form.get("origins", "")
    try:
        new = connections.connect(db.session(), settings(), current_reader(), slug, name, origins)
    except (InvalidInputError, ConflictError) as error:
        return _product_page(slug, name, origins, str(error)), 400
    return _shown_once(new)


@blueprint.get("/<int:source_id>")
def source(source_id: int) -> str:
    """Show one source: what it sends, what is wrong with it, and what can be changed."""
    page = connections.source_page(db.session(), settings(), current_reader(), source_id)
    return render_template("connections/source.html", page=page)


@blueprint.get("/<int:source_id>/check")
def check(source_id: int) -> str:
    """Show what arrived last and what is wrong, as the part of the source's page that is asked for again."""
    page = connections.connection_check(db.session(), settings(), current_reader(), source_id)
    return render_template("connections/check.html", page=page)


@blueprint.post("/<int:source_id>/secret")
def renew(source_id: int) -> Response | str:
    """Renew a source's secret and show it for this once; what leaked ends at once."""
    at_once = request.form.get("leaked") == "1"
    return _once(
        source_id,
        lambda: connections.renew_secret(
            db.session(), settings(), current_reader(), source_id, at_once=at_once
        ),
    )


@blueprint.post("/<int:source_id>/content-key")
def content_key(source_id: int) -> Response | str:
    """Make a key for content in a browser and show its secret for this once."""
    text = request.form.get("hours", "8")
    hours = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    return _once(
        source_id,
        lambda: connections.content_key(db.session(), settings(), current_reader(), source_id, hours),
    )


@blueprint.post("/<int:source_id>/change")
def change(source_id: int) -> Response:
    """Change what a source is held to."""
    form = request.form

    def act() -> str:
        wanted = SourceChange(
            xapi_version=form.get("xapi_version") or None,
            validation=form.get("validation") or None,
            score_scale=form.get("score_scale") or None,
            origins=(form["origins"].split() or ("*",)) if "origins" in form else (),
        )
        changed = connections.change(db.session(), current_reader(), source_id, wanted)
        return f"Changed: {', '.join(changed)}." if changed else "Nothing changed."

    return _act(source_id, act)


@blueprint.post("/<int:source_id>/close")
def close(source_id: int) -> Response:
    """Revoke a source: its keys open nothing any more, what it sent stays."""

    def act() -> str:
        return f"{connections.close(db.session(), current_reader(), source_id)} is revoked."

    return _act(source_id, act)


def _product_page(slug: str, name: str = "", origins: str = "", problem: str = "") -> str:
    found = connections.product_named(settings(), slug)
    return render_template(
        "connections/product.html", product=found, name=name, origins=origins, problem=problem
    )


def _shown_once(new: NewConnection) -> str:
    page = connections.source_page(db.session(), settings(), current_reader(), new.source_id)
    return render_template("connections/new.html", new=new, page=page)


def _once(source_id: int, make: Callable[[], NewConnection]) -> Response | str:
    try:
        return _shown_once(make())
    except (InvalidInputError, ConflictError) as error:
        flash(str(error), "problem")
        return redirect(url_for("connections.source", source_id=source_id), 303)


def _act(source_id: int, act: Callable[[], str]) -> Response:
    try:
        flash(act(), "done")
    except (InvalidInputError, ConflictError) as error:
        flash(str(error), "problem")
    return redirect(url_for("connections.source", source_id=source_id), 303)
