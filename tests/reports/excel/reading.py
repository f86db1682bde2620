"""Writes and reads workbooks in memory for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report
from reports.excel.workbook import write_workbook


def written(report: Report) -> bytes:
    """The bytes of the report's workbook."""
    target = BytesIO()
    write_workbook(report, target)
    return target.getvalue()


def opened(report: Report) -> Workbook:
    """The report's workbook as openpyxl reads it back."""
    return load_workbook(BytesIO(written(report)))


def sheet_of(report: Report, title: str) -> Worksheet:
    """One sheet of the report's workbook."""
    sheet = opened(report)[title]
    assert isinstance(sheet, Worksheet)
    return sheet


def table_of(sheet: Worksheet, heading_row: int) -> list[dict[str, Any]]:
    """The rows beneath a row of headings, up to the first row without a value in column A."""
    headings = [cell.value for cell in sheet[heading_row] if cell.value is not None]
    found = []
    for row in sheet.iter_rows(min_row=heading_row + 1):
        if row[0].value is None:
            break
        found.append(
            {str(heading): cell.value for heading, cell in zip(headings, row[: len(headings)], strict=True)}
        )
    return found


def texts_of(sheet: Worksheet) -> list[str]:
    """Every text of a sheet, row by row."""
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def links_of_sheet(sheet: Worksheet) -> dict[str, str]:
    """The address behind each linked cell."""

    def found() -> Iterator[tuple[str, str]]:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None and cell.hyperlink.target is not None:
                    yield cell.coordinate, cell.hyperlink.target

    return dict(found())
