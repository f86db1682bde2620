"""Role profiles by page: all of them, started from an occupation or another role, edited, and put into force.

A profile is one form. Its buttons say what is done with it: `show` tells what it would change, `search` looks for a skill
to add, `add` adds it, `confirm` puts the profile into force.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.pipeline import pages
from lms_bridge.pipeline import role_making as cases
from lms_bridge.pipeline.role_making import DraftRow, RoleDraft
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import is_as_shown, settings, stamp_of
from reports.content.roles import RoleChange, RoleForm

blueprint = Blueprint("roles", __name__, url_prefix="/roles")

LEFT_OUT: Final = "left out"


@blueprint.get("/")
def listed() -> str:
    """Show every role."""
    page = pages.role_list(db.session(), settings(), current_reader())
    return render_template("roles/list.html", page=page)


@blueprint.get("/edit/occupations")
def occupations() -> str:
    """Search an occupation to start from."""
    page = cases.occupations(db.session(), settings(), current_reader(), request.args.get("q", ""))
    return render_template("roles/occupations.html", page=page)


@blueprint.get("/edit/profile")
def draft() -> str | tuple[str, int]:
    """Show a profile to edit: of `role`, of an occupation (`framework`, `code`), or a variant of `based_on`."""
    args = request.args
    named = {name: args.get(name, "") for name in ("framework", "code", "based_on")}
    try:
        form = cases.role_form(
            db.session(), settings(), current_reader(), role_id=args.get("role", ""), **named
        )
    except InvalidInputError as error:
        page = cases.occupations(db.session(), settings(), current_reader(), "")
        return render_template("roles/occupations.html", page=page, problem=str(error)), 400
    return _form_page(form)


@blueprint.post("/edit/profile")
def edit() -> Response | str | tuple[str, int]:
    """Do with a profile what its button says; 400 where that is not possible."""
    try:
        sent = _draft(request.form)
    except ValueError as error:
        raise InvalidInputError(
            "the form is not whole: each skill has a level, an importance, a strength and a time"
        ) from error
    action = request.form.get("do", "show")
    query = request.form.get("q", "").strip()
    added = request.form.get("added", "")
    if action == "add" and added:
        sent = replace(sent, rows=(DraftRow(added, "1", "required"), *sent.rows))
    change, problem = None, ""
    try:
        if action == "confirm" and is_as_shown(_unstamped(sent)):
            done = cases.put_role(db.session(), settings(), current_reader(), sent)
            flash(f"{sent.name} is in force." if done else "Nothing is changed.", "done")
            return redirect(url_for("dashboard.role", role_id=sent.role_id), 303)
        if action in {"show", "confirm"}:
            change = cases.foresee_role(db.session(), settings(), current_reader(), sent)
    except (InvalidInputError, ConflictError) as error:
        problem = str(error)
    searched = query if action == "search" else ""
    form = cases.form_of(db.session(), settings(), current_reader(), sent, query=searched)
    shown = stamp_of(_unstamped(sent))
    page = _form_page(form, change=change, shown=shown, problem=problem, query=query, searched=searched)
    return (page, 400) if problem else page


def _draft(form: MultiDict[str, str]) -> RoleDraft:
    """Read the form; rows whose importance is "left out" are."""
    columns = (form.getlist(name) for name in ("iri", "level", "importance", "strength", "due"))
    rows = tuple(
        DraftRow(iri, level.strip(), importance, strength, due.strip().upper())
        for iri, level, importance, strength, due in zip(*columns, strict=True)
        if importance != LEFT_OUT
    )
    names = ("role_id", "name", "framework", "code", "based_on", "stamp")
    texts = {name: form.get(name, "").strip() for name in names}
    return RoleDraft(rows=rows, **texts)


def _unstamped(draft: RoleDraft) -> RoleDraft:
    """Return what a form says without what it was made from, which the page that is shown says anew."""
    return replace(draft, stamp="")


def _form_page(
    form: RoleForm,
    *,
    change: RoleChange | None = None,
    shown: str = "",
    problem: str = "",
    query: str = "",
    searched: str = "",
) -> str:
    return render_template(
        "roles/profile.html",
        page=form,
        change=change,
        shown=shown,
        problem=problem,
        query=query,
        searched=searched,
        left_out=LEFT_OUT,
    )
