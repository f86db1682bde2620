"""Micro-credentials by page: what became of each, taking one in, and deciding on issuers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms_bridge.credentials.open_badges import TIERS, Standing
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import credential_pages, issuer_decisions
from lms_bridge.pipeline import credentials as cases
from lms_bridge.pipeline.naming import company_levels
from lms_bridge.skills.strengths import Strength, strength_from
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import settings
from lms_bridge.web.filters import plural
from reports.content.rules import Foresight

blueprint = Blueprint("credentials", __name__, url_prefix="/credentials")

# What ends a decision on one badge.
AS_ISSUER: Final = "as its issuer"
STRENGTHS: Final = tuple(strength.label for strength in Strength)


@blueprint.get("/")
def listed() -> str:
    """Show all credentials and issuers."""
    return _page()


@blueprint.post("/take-in")
def take_in() -> Response | tuple[str, int]:
    """Verify the file that is sent; 400 where none is."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page("choose a file: the badge as JSON, JWT, PNG or SVG"), 400
    result = cases.take_in(db.session(), settings(), current_reader(), file.filename, file.read())
    flash(
        f"{result.file}: {result.outcome}: {result.reason}",
        "problem" if result.outcome == "refused" else "done",
    )
    return redirect(url_for("credentials.listed"), 303)


@blueprint.post("/issuers")
def decide() -> Response | str | tuple[str, int]:
    """Decide on an issuer, or show what that would do; 400 where the decision is not possible."""
    form = request.form
    # An issuer, or one of its badges after a line's end, which stands in neither.
    issuer_id, _, achievement_id = (part.strip() for part in form.get("issuer", "").partition("\n"))
    try:
        standing = _standing(form)
        if form.get("foresee"):
            foresight = issuer_decisions.foresee(
                db.session(), settings(), current_reader(), issuer_id, achievement_id, standing
            )
            return _page(foresight=foresight)
        concerned = issuer_decisions.decide(
            db.session(),
            settings(),
            current_reader(),
            issuer_id,
            achievement_id,
            standing,
            form.get("reason", ""),
        )
    except InvalidInputError as error:
        return _page(str(error)), 400
    people = plural(concerned, "person who holds", "people who hold")
    flash(f"Decided: {form['tier']}. {people} such a badge will be looked at again in a moment.", "done")
    return redirect(url_for("credentials.listed"), 303)


def _standing(form: Mapping[str, str]) -> Standing | None:
    """Read a decision; None where a badge shall be as its issuer.

    Raises:
        InvalidInputError: tier, strength or level is none.
    """
    if form.get("tier") == AS_ISSUER:
        return None
    tier = next((tier for tier in TIERS if tier == form.get("tier")), None)
    if tier is None:
        raise InvalidInputError(f"tier: choose one of {', '.join((*TIERS, AS_ISSUER))}")
    level = form.get("level", "1")
    if not (level.isascii() and level.isdecimal()):
        raise InvalidInputError(f"level: {level!r} is no step of a scale; write 1, 2, 3 …")
    return Standing(tier, strength_from(form.get("strength", "completed")), int(level))


def _page(problem: str = "", foresight: Foresight | None = None) -> str:
    page = credential_pages.credentials_page(db.session(), settings(), current_reader())
    return render_template(
        "credentials.html",
        page=page,
        problem=problem,
        foresight=foresight,
        form=request.form,
        tiers=(*TIERS, AS_ISSUER),
        strengths=STRENGTHS,
        levels=company_levels(settings()),
    )
