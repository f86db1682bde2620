"""The queues: what was refused, whose account is unknown, what no rule counts, whose clock is doubtful, what failed.

Nothing is dropped in silence: each row tells its reason and its remedy. HR and auditors read, administrators act; HR
also joins accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms_bridge.errors import ConflictError, InvalidInputError, NotFoundError
from lms_bridge.pipeline import queues
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import calendar_day, settings
from reports.dashboard.rules import rule_draft

blueprint = Blueprint("queues", __name__, url_prefix="/queues")


@blueprint.get("/")
def first() -> Response:
    """Lead to the first queue."""
    return redirect(url_for("queues.rejected"), 303)


@blueprint.get("/rejected")
def rejected() -> str:
    """Show the requests that were refused, of one source where `source` names it."""
    source = request.args.get("source") or None
    rows = queues.refused(db.session(), settings(), current_reader(), source)
    return render_template("queues/rejected.html", rows=rows, source=source)


@blueprint.get("/unknown-actors")
def unknown_actors() -> str:
    """Show the accounts that no person claims."""
    rows = queues.unknown_actors(db.session(), settings(), current_reader())
    return render_template("queues/unknown_actors.html", rows=rows)


@blueprint.get("/unmapped")
def unmapped() -> str:
    """Show the learning that no rule counts, and mapped learning whose statements prove nothing."""
    rows, not_proof = queues.unmapped(db.session(), settings(), current_reader())
    drafts = {row.object_key: rule_draft(row.object_key, row.title) for row in rows}
    return render_template("queues/unmapped.html", rows=rows, not_proof=not_proof, drafts=drafts)


@blueprint.get("/clocks")
def clocks() -> str:
    """Show the statements whose timestamp cannot be."""
    rows = queues.clocks(db.session(), settings(), current_reader())
    return render_template("queues/clocks.html", rows=rows)


@blueprint.get("/failures")
def failures() -> str:
    """Show the work of derivation that failed five times."""
    rows = queues.failures(db.session(), settings(), current_reader())
    return render_template("queues/failures.html", rows=rows)


@blueprint.post("/rejected/<int:refused_id>/replay")
def replay(refused_id: int) -> Response:
    """Hand a refused request in again, as its source sent it."""
    return _act(
        "queues.rejected",
        lambda: (
            f"Request {refused_id}: " + queues.replay(db.session(), settings(), current_reader(), refused_id)
        ),
    )


@blueprint.post("/rejected/replay")
def replay_all() -> Response:
    """Hand in all refused requests of a source, as it sent them."""
    source = request.form.get("source", "")
    return _act(
        "queues.rejected",
        lambda: f"{source}: {queues.replay_all(db.session(), settings(), current_reader(), source)}.",
        source=source,
    )


@blueprint.post("/unknown-actors/join")
def join() -> Response:
    """Give an account to a person; all its past evidence moves with it."""
    agent_key = request.form.get("agent_key", "")
    person_id = request.form.get("person_id", "").strip()

    def act() -> str:
        queues.join_actor(db.session(), settings(), current_reader(), agent_key, person_id)
        return f"The account now belongs to {person_id}; its statements are being read again."

    return _act("queues.unknown_actors", act)


@blueprint.post("/unknown-actors/part")
def part() -> Response:
    """Undo a join: the account never was this person's, and the former figures come back."""
    agent_key = request.form.get("agent_key", "")
    person_id = request.form.get("person_id", "").strip()

    def act() -> str:
        queues.part_actor(db.session(), settings(), current_reader(), agent_key, person_id)
        return f"The account no longer belongs to {person_id}; its statements are being read again."

    return _act("queues.unknown_actors", act)


@blueprint.post("/clocks/<uuid:statement_id>")
def decide(statement_id: UUID) -> Response:
    """Accept the time of a statement, with the true day where another is given, or reject it; each with a reason."""
    form = request.form
    decision = form.get("decision", "")

    def act() -> str:
        true_day = calendar_day("achieved_on", form["achieved_on"]) if form.get("achieved_on") else None
        reason = form.get("reason", "").strip()
        queues.decide_clock(
            db.session(), settings(), current_reader(), str(statement_id), decision, reason, true_day
        )
        return f"Statement {statement_id}: decided, and being read again."

    return _act("queues.clocks", act)


@blueprint.post("/failures/<int:failure_id>/retry")
def retry(failure_id: int) -> Response:
    """Put failed work into the queue again."""

    def act() -> str:
        queues.retry_failure(db.session(), settings(), current_reader(), failure_id)
        return f"Work {failure_id} is queued again."

    return _act("queues.failures", act)


def _act(endpoint: str, act: Callable[[], str], source: str | None = None) -> Response:
    """Do `act` and lead back to the queue with what came of it; what cannot be done is told there too.

    Who comes here sees every person and every row, so that a row or person that is not there may be told by name.
    """
    try:
        flash(act(), "done")
    except (InvalidInputError, ConflictError, NotFoundError) as error:
        flash(str(error), "problem")
    return redirect(url_for(endpoint, source=source), 303)
