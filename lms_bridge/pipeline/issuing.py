"""Use case: issue a report as workbook, CSV or JSON: archived with its digest, and audited."""

from __future__ import annotations

from typing import BinaryIO

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.people.scope import Reader
from lms_bridge.settings import Settings
from lms_bridge.store.archive import archive_report
from lms_bridge.store.audit import audit
from lms_bridge.store.database import writing
from reports.content.model import Report
from reports.content.tables import report_csv, report_json
from reports.excel.workbook import write_workbook


def workbook(session: Session, settings: Settings, reader: Reader, report: Report, target: BinaryIO) -> None:
    """Write the workbook of a report to `target`."""
    del settings
    _archive(session, reader, report, "xlsx")
    write_workbook(report, target)


def csv_text(session: Session, settings: Settings, reader: Reader, report: Report) -> str:
    """Return the report as CSV."""
    del settings
    _archive(session, reader, report, "csv")
    return report_csv(report)


def json_bytes(report: Report) -> bytes:
    """Return the report as JSON; reading it through the API issues nothing."""
    return report_json(report)


def issued_json(session: Session, reader: Reader, report: Report) -> bytes:
    """Return the report as JSON and archive that it was issued."""
    return _archive(session, reader, report, "json")


def _archive(session: Session, reader: Reader, report: Report, form: str) -> bytes:
    content, now = report_json(report), clock.now()
    with writing(session):
        archive_report(
            session,
            content,
            kind=f"{report.kind} {form}",
            team_id=report.team_id,
            as_of=report.as_of,
            known_on=report.known_on,
            issued_to=reader.email,
            issued_at=now,
        )
        audit(session, now, reader.email, "download report", f"{report.reference} {form}")
    return content
