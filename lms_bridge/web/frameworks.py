"""Skill frameworks by page: which are loaded, and the company's own edited skill by skill.

A change is shown first with what it would do; the same form, sent with `confirm`, puts it into force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.pipeline import own_frameworks as cases
from lms_bridge.pipeline.own_frameworks import SkillEdit
from lms_bridge.skills.crosswalk_files import RELATIONS
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import is_as_shown, settings, stamp_of
from reports.content.frameworks import FrameworkChange

blueprint = Blueprint("frameworks", __name__, url_prefix="/frameworks")


@blueprint.get("/")
def listed() -> str:
    """Show every loaded framework."""
    return _list_page()


@blueprint.post("/new")
def begin() -> Response | tuple[str, int]:
    """Begin a framework of the company with its first skill; 400 where it would be none."""
    name = request.form.get("framework", "").strip()
    try:
        cases.begin(
            db.session(),
            settings(),
            current_reader(),
            name,
            scale=request.form.get("scale", "").strip(),
            label=request.form.get("label", "").strip(),
        )
    except (InvalidInputError, ConflictError) as error:
        return _list_page(str(error)), 400
    flash(f"{name} is there, with its first skill.", "done")
    return redirect(url_for("frameworks.framework", name=name), 303)


@blueprint.get("/of/<name>")
def framework(name: str) -> str:
    """Show a framework of the company with its skills."""
    page = cases.framework_page(db.session(), settings(), current_reader(), name)
    return render_template("frameworks/framework.html", page=page)


@blueprint.get("/of/<name>/framework.csv")
def file(name: str) -> Response:
    """Download a framework of the company as CSV."""
    content = cases.framework_file(db.session(), settings(), current_reader(), name)
    answer = Response(content, content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return answer


@blueprint.get("/of/<name>/skill")
def skill(name: str) -> str:
    """Show one skill to edit, or an empty form for a new one."""
    return _skill_page(name, request.args.get("iri"))


@blueprint.post("/of/<name>/skill")
def edit(name: str) -> Response | str | tuple[str, int]:
    """Show what a change would do, or put it into force where that is confirmed; 400 where it is not possible."""
    form = request.form
    wanted = SkillEdit(
        framework=name,
        iri=form.get("iri", "").strip(),
        lang=form.get("lang", "").strip().lower(),
        label=form.get("label", "").strip(),
        alternatives=_lines(form.get("alternatives", "")),
        description=form.get("description", ""),
        parents=tuple(form.getlist("parent")),
        levels=form.get("levels", "").strip(),
        is_removed=bool(form.get("remove")),
    )
    is_new = bool(form.get("is_new"))
    try:
        if form.get("confirm") and is_as_shown(wanted):
            done = cases.put_edit(db.session(), settings(), current_reader(), wanted)
            what = "is out of the framework" if wanted.is_removed else "is in force"
            flash(f"{wanted.label or wanted.iri} {what}." if done else "Nothing is changed.", "done")
            return redirect(url_for("frameworks.framework", name=name), 303)
        change = cases.foresee_edit(db.session(), settings(), current_reader(), wanted)
    except (InvalidInputError, ConflictError) as error:
        return _skill_page(name, wanted.iri, is_new=is_new, sent=wanted, problem=str(error)), 400
    return _skill_page(name, wanted.iri, is_new=is_new, sent=wanted, change=change)


@blueprint.post("/of/<name>/align")
def align(name: str) -> Response | tuple[str, int]:
    """Map a skill to one of another framework; 400 where that is not possible."""
    form = request.form
    iri = form.get("iri", "")
    try:
        cases.align(
            db.session(),
            settings(),
            current_reader(),
            name,
            iri,
            form.get("target", ""),
            form.get("relation", ""),
            form.get("levels", "").strip(),
        )
    except InvalidInputError as error:
        return _skill_page(name, iri, problem=str(error)), 400
    flash(
        "The skills are aligned. Evidence of this skill counts for the other from now on where both mean the same.",
        "done",
    )
    return redirect(url_for("frameworks.skill", name=name, iri=iri), 303)


@blueprint.post("/of/<name>/end-alignment")
def end_alignment(name: str) -> Response:
    """Let a mapping of a skill end today, or say that it was an error."""
    form = request.form
    iri, other = form.get("iri", ""), form.get("other", "")
    source, target = (iri, other) if form.get("is_source") else (other, iri)
    is_error = bool(form.get("is_error"))
    cases.end_alignment(
        db.session(), settings(), current_reader(), name, iri, source, target, is_error=is_error
    )
    kept = "reports as known before" if is_error else "reports of earlier days"
    flash(f"The skills are no longer aligned; {kept} keep it.", "done")
    return redirect(url_for("frameworks.skill", name=name, iri=iri), 303)


@blueprint.post("/of/<name>/levels")
def levels(name: str) -> Response | tuple[str, int]:
    """Rename the steps of a framework's scale or add some above; 400 where that is not possible."""
    scale = request.form.get("scale", "").strip()
    try:
        done = cases.edit_scale(db.session(), settings(), current_reader(), name, scale)
    except (InvalidInputError, ConflictError) as error:
        page = cases.framework_page(db.session(), settings(), current_reader(), name)
        shown = render_template("frameworks/framework.html", page=page, problem=str(error), scale=scale)
        return shown, 400
    flash("The levels are in force." if done else "Nothing is changed.", "done")
    return redirect(url_for("frameworks.framework", name=name), 303)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a form was sent with, or what it is first shown with."""

    label: str
    alternatives: str
    description: str
    parents: Sequence[str]
    levels: str


def _skill_page(
    name: str,
    iri: str | None,
    *,
    is_new: bool = False,
    sent: SkillEdit | None = None,
    change: FrameworkChange | None = None,
    problem: str = "",
) -> str:
    query = request.args.get("q", "")
    page = cases.skill_form(
        db.session(),
        settings(),
        current_reader(),
        name,
        None if is_new else iri,
        lang=sent.lang if sent else request.args.get("lang", ""),
        query=query,
    )
    if sent is None:
        shown = _Sent(page.label, page.alternatives, page.description, page.parents, page.levels)
    else:
        alternatives = "\n".join(sent.alternatives)
        shown = _Sent(sent.label, alternatives, sent.description, sent.parents, sent.levels)
    return render_template(
        "frameworks/skill.html",
        page=page,
        iri=sent.iri if sent else page.iri,
        shown=shown,
        change=change,
        stamp=stamp_of(sent),
        is_removed=bool(sent and sent.is_removed),
        problem=problem,
        query=query,
        relations=RELATIONS,
    )


def _list_page(problem: str = "") -> str:
    rows = cases.framework_list(db.session(), settings(), current_reader())
    return render_template(
        "frameworks/list.html",
        rows=rows,
        problem=problem,
        form=request.form,
        scale=settings().company_scale,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
