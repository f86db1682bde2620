"""Rules by page: which there are and how often each counted, one tried on a statement, changed, or made for new learning.

Every change is shown first with who would gain or lose what; the same form, sent with `confirm`, puts it into force.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.periods import parse_period
from lms_bridge.pipeline import rule_making, rule_pages
from lms_bridge.pipeline.rule_making import Draft, RuleChange
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import calendar_day, is_as_shown, settings, stamp_of
from reports.content.rules import Foresight, RuleTrial

blueprint = Blueprint("rules", __name__, url_prefix="/rules")

STRENGTHS: Final = tuple(strength.label for strength in Strength if strength > Strength.SELF_ASSERTED)


@blueprint.get("/")
def listed() -> str:
    """Show the rules in force."""
    return render_template(
        "rules/list.html", rows=rule_pages.rule_list(db.session(), settings(), current_reader())
    )


@blueprint.get("/of/<path:rule_id>")
def rule(rule_id: str) -> str:
    """Show one rule."""
    return _rule_page(rule_id)


@blueprint.post("/try/<path:rule_id>")
def attempt(rule_id: str) -> str:
    """Try a rule on the statement that is pasted; nothing is stored."""
    form = request.form
    text, source = form.get("statement", ""), form.get("source", "")
    trial = rule_pages.try_rule(db.session(), settings(), current_reader(), rule_id, text, source)
    return _rule_page(rule_id, trial=trial, statement=text, source=source)


@blueprint.post("/change/<path:rule_id>")
def change(rule_id: str) -> Response | str | tuple[str, int]:
    """Show what a changed rule would do, or put it into force where that is confirmed; 400 where it is no rule.

    409 where somebody else has changed it since the text was read.
    """
    form = request.form
    text = form.get("text", "").replace("\r\n", "\n")
    try:
        wanted = RuleChange(
            rule_id,
            text,
            calendar_day("new_from", form["new_from"])
            if form.get("past") == "from" and form.get("new_from")
            else None,
            is_correction=form.get("past") == "correction",
            replaces=form.get("replaces", ""),
        )
        if form.get("confirm") and is_as_shown(wanted):
            rule_making.put_change(db.session(), settings(), current_reader(), wanted)
            flash("The rule is changed; whoever it concerns is derived again.", "done")
            return redirect(url_for("rules.rule", rule_id=rule_id), 303)
        foresight = rule_making.foresee_change(db.session(), settings(), current_reader(), wanted)
    except ConflictError as error:
        return _rule_page(rule_id, text=text, problem=str(error)), 409
    except InvalidInputError as error:
        return _rule_page(rule_id, text=text, problem=str(error), replaces=form.get("replaces", "")), 400
    return _rule_page(
        rule_id, text=text, foresight=foresight, shown=stamp_of(wanted), replaces=form.get("replaces", "")
    )


@blueprint.get("/new")
def learning() -> str:
    """Show learning that no rule counts, with skills that it may be about."""
    return _learning_page(request.args.get("object", ""), wanted=request.args.get("q", ""))


@blueprint.post("/new")
def make() -> Response | str | tuple[str, int]:
    """Show what a new rule would do, or put it into force where that is confirmed; 400 where a value is wrong."""
    form = request.form
    try:
        draft = _draft()
        if form.get("confirm") and is_as_shown(draft):
            rule_id = rule_making.put_draft(db.session(), settings(), current_reader(), draft)
            flash("The rule is in force; whoever it concerns is derived again.", "done")
            return redirect(url_for("rules.rule", rule_id=rule_id), 303)
        foresight = rule_making.foresee_draft(db.session(), settings(), current_reader(), draft)
    except (InvalidInputError, ConflictError) as error:
        return _learning_page(form.get("object", ""), form.get("q", ""), problem=str(error)), 400
    object_key, wanted = form.get("object", ""), form.get("q", "")
    return _learning_page(object_key, wanted, foresight=foresight, shown=stamp_of(draft))


def _draft() -> Draft:
    form = request.form
    skill = form.get("skill", "")
    # Each suggestion has its own list of levels: the chosen skill says which counts.
    level = form.get(f"level:{skill}", "")
    if not skill:
        raise InvalidInputError("skill: none is chosen; choose one of the suggestions, or search another")
    if not level.isascii() or not level.isdigit():
        raise InvalidInputError(f"level: {level!r} is no step; choose one of the skill's levels")
    return Draft(
        object_key=form.get("object", ""),
        title=form.get("title", "").strip() or form.get("object", ""),
        pattern_id=form.get("pattern", ""),
        skill_iri=skill,
        level=int(level),
        strength=form.get("strength", ""),
        valid_for=_period(form.get("valid_for", "").strip()),
        score_min=_share(form.get("score_min", "").strip()),
    )


def _period(text: str) -> str:
    """Return a period as rules write it; empty stays empty."""
    if not text:
        return ""
    try:
        parse_period(text.upper())
    except InvalidInputError as error:
        raise InvalidInputError(
            f"valid for: {text!r} is no period; write P2Y for two years, P6M for six months, P90D for ninety days"
        ) from error
    return text.upper()


def _share(text: str) -> str:
    """Return a percentage as the share that rules say; empty stays empty."""
    if not text:
        return ""
    number = text.removesuffix("%").strip()
    if not number.isascii() or not number.isdigit() or int(number) > 100:
        raise InvalidInputError(f"score: {text!r} is no percentage; give a whole number from 0 to 100")
    return "1" if int(number) == 100 else f"0.{int(number):02d}"


def _learning_page(
    object_key: str,
    wanted: str = "",
    *,
    foresight: Foresight | None = None,
    shown: str = "",
    problem: str = "",
) -> str:
    page = rule_making.learning_page(db.session(), settings(), current_reader(), object_key, wanted)
    return render_template(
        "rules/learning.html",
        page=page,
        wanted=wanted,
        form=request.form,
        strengths=STRENGTHS,
        foresight=foresight,
        shown=shown,
        problem=problem,
    )


def _rule_page(
    rule_id: str,
    *,
    text: str | None = None,
    statement: str = "",
    source: str = "",
    trial: RuleTrial | None = None,
    foresight: Foresight | None = None,
    shown: str = "",
    problem: str = "",
    replaces: str = "",
) -> str:
    session = db.session()
    page = rule_pages.rule_page(session, settings(), current_reader(), rule_id)
    return render_template(
        "rules/rule.html",
        page=page,
        text=page.text if text is None else text,
        form=request.form,
        statement=statement,
        source=source,
        sources=rule_pages.source_names(session),
        trial=trial,
        foresight=foresight,
        shown=shown,
        problem=problem,
        replaces=replaces or page.in_force,
    )
