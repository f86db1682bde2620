"""Commands that read: evidence as JSON lines, and reports as workbook, CSV or JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from lms_bridge.cli.options import Operator, pass_operator, tells_errors
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import issuing, pages
from lms_bridge.pipeline.exporting import export_evidence
from lms_bridge.pipeline.scoping import OPERATOR
from lms_bridge.pipeline.viewing import read_date, read_view
from reports.content.model import Report

as_of_option = click.option("--as-of", default="", help="Day (YYYY-MM-DD), default today.")
known_on_option = click.option("--known-on", default="", help="RFC 3339 instant or a date (its end).")


@click.group()
def evidence() -> None:
    """Evidence."""


@evidence.command("export")
@as_of_option
@known_on_option
@click.option("--history", is_flag=True, help="Also reversed rows, with recorded_at and reversed_at.")
@pass_operator
@tells_errors
def evidence_export(operator: Operator, as_of: str, known_on: str, *, history: bool) -> None:
    """Write evidence as JSON lines in total order: two equal states give equal bytes."""
    with operator.session() as session:
        view = read_view(session, operator.settings, {"known_on": known_on})
        day = read_date("as_of", as_of) if as_of else None
        for line in export_evidence(session, day, view.known_on, with_history=history):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


@click.group()
def report() -> None:
    """Reports."""


@report.command("team-coverage")
@click.option("--team", "team_id", required=True)
@click.option("--tree", is_flag=True, help="The whole subtree.")
@as_of_option
@known_on_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="FILE.xlsx, .csv or .json")
@pass_operator
@tells_errors
def report_team(
    operator: Operator, team_id: str, as_of: str, known_on: str, out: Path, *, tree: bool
) -> None:
    """Write a team's report."""
    with operator.session() as session:
        view = read_view(session, operator.settings, {"as_of": as_of, "known_on": known_on})
        found = pages.team(session, operator.settings, OPERATOR, view, team_id, tree)
        _write(operator, session, found, out)


@report.command("company")
@as_of_option
@known_on_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="FILE.xlsx, .csv or .json")
@pass_operator
@tells_errors
def report_company(operator: Operator, as_of: str, known_on: str, out: Path) -> None:
    """Write the company's report."""
    with operator.session() as session:
        view = read_view(session, operator.settings, {"as_of": as_of, "known_on": known_on})
        _write(operator, session, pages.overview(session, operator.settings, OPERATOR, view), out)


def _write(operator: Operator, session: Session, found: Report, out: Path) -> None:
    if out.suffix == ".xlsx":
        with out.open("wb") as target:
            issuing.workbook(session, operator.settings, OPERATOR, found, target)
    elif out.suffix == ".csv":
        out.write_text(
            issuing.csv_text(session, operator.settings, OPERATOR, found), encoding="utf-8", newline=""
        )
    elif out.suffix == ".json":
        out.write_bytes(issuing.issued_json(session, OPERATOR, found))
    else:
        raise InvalidInputError(f"--out {str(out)!r}: end the name with .xlsx, .csv or .json")
    click.echo(f"{out}: {found.team_name}, {found.met.met} of {found.met.total} requirements met")


GROUPS = (evidence, report)
