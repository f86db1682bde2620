"""The pages of skills: overview, teams, people, skills, roles, what runs out, proof cards, statements, sources."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms_bridge.errors import InvalidInputError, LmsBridgeError, NotFoundError
from lms_bridge.pipeline import confirmations, pages
from lms_bridge.pipeline.confirmations import METHODS, ON_PAPER, Paper
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import asked_view, calendar_day, is_asked, settings
from lms_bridge.web.filters import person_link
from reports.content.definitions import DEFINITIONS
from reports.dashboard import charts, heatmap
from reports.dashboard import overview as overview_model
from reports.dashboard import team as team_model
from reports.dashboard.documents import laid_out
from reports.dashboard.person import skill_groups
from reports.dashboard.trust import trust

blueprint = Blueprint("dashboard", __name__)
OVERVIEW_COLUMNS = 18


@blueprint.get("/")
def overview() -> Response | str:
    """Show whether the company is clean today, what got worse, where to look first, and what ends in 90 days."""
    reader = current_reader()
    if reader.role == "employee":
        return redirect(person_link(reader.person_id or ""), 303)
    report = pages.overview(db.session(), settings(), reader, asked_view())
    return render_template(
        "overview.html",
        report=report,
        model=overview_model,
        grid=heatmap.team_grid(report.teams, report.skills, OVERVIEW_COLUMNS),
        trend=charts.trend_chart(report.trend),
        risk=charts.risk_bars(report.met.share, report.at_risk),
        trust=trust(report.health),
    )


@blueprint.get("/teams/")
def teams() -> str:
    """Show the teams that the reader may see, as a tree with figures and as a heat map."""
    tree = pages.teams(db.session(), settings(), current_reader(), asked_view())
    return render_template("teams.html", tree=tree, grid=heatmap.team_grid(tree.lines, tree.skills))


@blueprint.get("/teams/<team_id>")
def team(team_id: str) -> str:
    """Show a manager's page of one team, with the teams below it where `tree` is set."""
    report = pages.team(
        db.session(), settings(), current_reader(), asked_view(), team_id, tree=is_asked("tree")
    )
    urgency = request.args.get("urgency", "")
    return render_template(
        "team.html",
        report=report,
        model=team_model,
        singles=overview_model.single_points(report),
        verdict=overview_model.verdict(report),
        todo=team_model.todo_list(
            report.todo, int(urgency) if urgency in {"0", "1", "2", "3", "4"} else None, is_asked("all")
        ),
        grid=heatmap.person_grid(report),
        risk=charts.risk_bars(report.met.share, report.at_risk),
        trust=trust(report.health),
    )


@blueprint.get("/people/<person_id>")
def person(person_id: str) -> Response | str:
    """Show a person's skills with their proofs; `skill` names the one to highlight."""
    reader = current_reader()
    if reader.role == "employee":
        if person_id != reader.person_id:
            raise NotFoundError(f"{person_id}: no such person")
        return redirect(person_link(person_id, request.args.get("skill", "")), 303)
    return _person_page(person_id)


@blueprint.get("/me")
def me() -> str:
    """Show the reader's own skills."""
    person_id = current_reader().person_id
    if person_id is None:
        raise NotFoundError("/me: this sign-in belongs to no person of the roster")
    return _person_page(person_id)


@blueprint.post("/people/<person_id>/confirmations")
def confirm(person_id: str) -> Response | tuple[str, int]:
    """Write down that the reader saw a person show a skill; what cannot be accepted is told beside the form."""
    form = request.form
    try:
        confirmations.confirm(
            db.session(),
            settings(),
            current_reader(),
            person_id,
            form.get("skill_iri", ""),
            _whole_number("level", form.get("level", "")),
            calendar_day("achieved_on", form.get("achieved_on", "")),
            form.get("method", ""),
            form.get("reference", "").strip(),
        )
    except InvalidInputError as error:
        return _person_page(person_id, form, str(error)), 400
    flash("Confirmed. The skill is counted as soon as the confirmation has been read.", "done")
    return redirect(person_link(person_id), 303)


@blueprint.post("/people/<person_id>/certificates")
def record(person_id: str) -> Response | tuple[str, int]:
    """Write down a certificate on paper; what cannot be accepted is told beside the form."""
    form = request.form
    try:
        paper = Paper(
            skill_iri=form.get("skill_iri", ""),
            level=_whole_number("level", form.get("level", "")),
            strength=strength_from(form.get("strength", "")),
            achieved_on=calendar_day("achieved_on", form.get("achieved_on", "")),
            last_valid_day=calendar_day("last_valid_day", form["last_valid_day"])
            if form.get("last_valid_day")
            else None,
            issuer=form.get("issuer", ""),
            reference=form.get("reference", ""),
        )
        confirmations.record_certificate(db.session(), settings(), current_reader(), person_id, paper)
    except InvalidInputError as error:
        return _person_page(person_id, form, str(error)), 400
    flash("Written down. The skill is counted as soon as the certificate has been read.", "done")
    return redirect(person_link(person_id), 303)


@blueprint.post("/me/assertions")
def assert_own() -> Response | tuple[str, int]:
    """Write down what the reader says of their own skill; what cannot be accepted is told beside the form."""
    reader = current_reader()
    if reader.person_id is None:
        raise NotFoundError("/me: this sign-in belongs to no person of the roster")
    form = request.form
    try:
        confirmations.assert_own(
            db.session(),
            settings(),
            reader,
            form.get("skill_iri", ""),
            _whole_number("level", form.get("level", "")),
            calendar_day("achieved_on", form.get("achieved_on", "")),
            form.get("reference", "").strip(),
        )
    except InvalidInputError as error:
        return _person_page(reader.person_id, form, str(error)), 400
    flash(
        "Written down as your own word: it stands here as soon as it has been read, and counts only where that is enough.",
        "done",
    )
    return redirect(url_for("dashboard.me"), 303)


@blueprint.get("/skills/")
def skills() -> str:
    """Show the skills that are asked or held, or those that a search finds."""
    query = request.args.get("q", "").strip()
    page = pages.skills(db.session(), settings(), current_reader(), asked_view(), query)
    return render_template("skills.html", page=page)


@blueprint.get("/skills/<short_id>")
def skill(short_id: str) -> str:
    """Show one skill: who holds it, who asks for it, and what gives it."""
    page = pages.skill(db.session(), settings(), current_reader(), asked_view(), short_id)
    bars = [charts.share_bar(name, share.share) for _, name, share in page.teams]
    return render_template("skill.html", page=page, bars=bars)


@blueprint.get("/roles/<role_id>")
def role(role_id: str) -> str:
    """Show a role profile and how ready its people are."""
    page = pages.role(db.session(), settings(), current_reader(), asked_view(), role_id)
    bars = [charts.share_bar(name, share.share) for _, name, _, share, _ in page.people]
    return render_template("role.html", page=page, bars=bars)


@blueprint.get("/expiring")
def expiring() -> str:
    """Show what has run out, and what runs out within 90 days."""
    page = pages.expiring(db.session(), settings(), current_reader(), asked_view())
    return render_template("expiring.html", page=page, by_skill=overview_model.ending(page.expiring))


@blueprint.get("/evidence/<evidence_id>")
def evidence(evidence_id: str) -> str:
    """Show a proof card."""
    card = pages.proof(db.session(), settings(), current_reader(), evidence_id)
    return render_template("evidence.html", card=card)


@blueprint.post("/evidence/<evidence_id>/take-back")
def take_back(evidence_id: str) -> Response | tuple[str, int]:
    """Take back the award that a proof cites; what cannot be accepted is told beside the form."""
    form = request.form
    try:
        done = confirmations.take_back(
            db.session(),
            settings(),
            current_reader(),
            evidence_id,
            form.get("award_id", ""),
            form.get("effect", ""),
            calendar_day("day", form["day"]) if form.get("day") else None,
            form.get("reason", ""),
        )
    except InvalidInputError as error:
        card = pages.proof(db.session(), settings(), current_reader(), evidence_id)
        return render_template("evidence.html", card=card, problem=str(error), form=form), 400
    if done.still_by:
        flash(f"Taken back. The same still stands by the word of {', '.join(done.still_by)}.", "done")
    else:
        flash("Taken back. Figures show it as soon as it has been read.", "done")
    return redirect(person_link(done.person_id), 303)


@blueprint.get("/statements/<uuid:statement_id>")
def statement(statement_id: UUID) -> str | tuple[str, int]:
    """Show a raw statement to those whom the works agreement allows; an auditor is asked for a reason first."""
    return _statement_page(statement_id, None)


@blueprint.post("/statements/<uuid:statement_id>")
def statement_with_reason(statement_id: UUID) -> str | tuple[str, int]:
    """Show a raw statement for the reason given, which is logged."""
    return _statement_page(statement_id, request.form.get("reason", "").strip() or None)


@blueprint.get("/sources")
def sources() -> str:
    """Show the connected LMSs: what they send, what is refused, how fresh they are."""
    rows = pages.sources(db.session(), settings(), current_reader())
    return render_template("sources.html", rows=rows)


@blueprint.get("/definitions")
def definitions() -> str:
    """Show what every figure means."""
    return render_template("definitions.html", definitions=DEFINITIONS)


def _person_page(person_id: str, form: Mapping[str, str] | None = None, problem: str = "") -> str:
    page = pages.person(db.session(), settings(), current_reader(), asked_view(), person_id)
    groups = skill_groups(page.skills, request.args.get("skill"))
    query = request.args.get("q", "").strip()
    return render_template(
        "person.html",
        page=page,
        groups=groups,
        form=form or {},
        problem=problem,
        strengths=[strength.label for strength in ON_PAPER],
        methods=METHODS,
        query=query,
        hits=confirmations.skills_found(db.session(), settings(), query) if page.is_self else (),
    )


def _statement_page(statement_id: UUID, reason: str | None) -> str | tuple[str, int]:
    try:
        page = pages.statement(db.session(), settings(), current_reader(), str(statement_id), reason)
    except LmsBridgeError as error:
        if error.slug != "reason-needed":
            raise
        return render_template("statement_reason.html", statement_id=statement_id, problem=str(error)), 403
    return render_template("statement.html", page=page, document=laid_out(page.document_text))


def _whole_number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise InvalidInputError(f"{name}: {text!r} is no whole number; choose a level")
    return int(text)
