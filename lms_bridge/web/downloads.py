"""Reports as files: the workbook and the CSV of a team or of the company, drawn from the content that the page draws."""

from __future__ import annotations

import tempfile

from flask import Blueprint, Response, request, send_file

from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import issuing, pages
from lms_bridge.store.database import db
from lms_bridge.web.auth import current_reader
from lms_bridge.web.context import asked_view, is_asked, settings
from reports.content.model import Report

blueprint = Blueprint("downloads", __name__, url_prefix="/reports")
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/team-coverage.xlsx")
def team_workbook() -> Response:
    """Answer with the workbook of the team that `team` names, with the teams below it where `tree` is set."""
    return _workbook(_team_report())


@blueprint.get("/team-coverage.csv")
def team_csv() -> Response:
    """Answer with the rows of the team's report as CSV."""
    return _csv(_team_report())


@blueprint.get("/company.xlsx")
def company_workbook() -> Response:
    """Answer with the workbook of the company, or of the teams that the reader may see."""
    return _workbook(_company_report())


@blueprint.get("/company.csv")
def company_csv() -> Response:
    """Answer with the rows of the company's report as CSV."""
    return _csv(_company_report())


def _team_report() -> Report:
    team_id = request.args.get("team", "")
    if not team_id:
        raise InvalidInputError("team: no team is named; add team=<team id> to the address")
    return pages.team(
        db.session(), settings(), current_reader(), asked_view(), team_id, tree=is_asked("tree")
    )


def _company_report() -> Report:
    return pages.overview(db.session(), settings(), current_reader(), asked_view())


def _workbook(report: Report) -> Response:
    # On disk, not in memory: a company's workbook has many megabytes. The file is gone once it is closed.
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    issuing.workbook(db.session(), settings(), current_reader(), report, target)
    target.seek(0)
    name = f"lms-bridge-{report.reference}.xlsx"
    return send_file(target, mimetype=WORKBOOK_TYPE, as_attachment=True, download_name=name)


def _csv(report: Report) -> Response:
    text = issuing.csv_text(db.session(), settings(), current_reader(), report)
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers.set(
        "Content-Disposition",
        "attachment",
        filename=f"lms-bridge-{report.reference}.csv",
    )
    return response
