"""docs/reports.md names every sheet, column and field that a report has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.content.tables import CSV_COLUMNS, report_data
from reports.excel.data import DATA_COLUMNS, EVIDENCE_COLUMNS
from reports.excel.workbook import SHEETS, write_workbook
from tests.docs.pages import codes, page, rows, section
from tests.reports import content_factory

TEXT = page("reports.md")
SHEET_ROWS = {row[0]: row for row in rows(section(TEXT, "## Sheets of the workbook"))}


def test_every_sheet_stands_in_the_order_of_the_workbook() -> None:
    assert list(SHEET_ROWS) == [title for title, _ in SHEETS]


def test_the_columns_of_data_and_evidence_stand_in_their_order() -> None:
    assert SHEET_ROWS["Data"][2] == ", ".join(column.heading for column in DATA_COLUMNS)
    assert SHEET_ROWS["Evidence"][2] == ", ".join(column.heading for column in EVIDENCE_COLUMNS)


@pytest.mark.parametrize("title", ["To do", "Expiring", "Depth"])
def test_the_columns_of_a_list_stand_in_their_order(title: str) -> None:
    target = BytesIO()
    write_workbook(content_factory.report(), target)
    sheet = load_workbook(target)[title]
    listed = [name.removesuffix(" (with `tree`)") for name in SHEET_ROWS[title][2].split(", ")]
    lines = [[cell.value for cell in line if cell.value is not None] for line in sheet.iter_rows(max_row=8)]
    assert any([name for name in listed if name in line] == line for line in lines if len(line) > 5)


def test_the_columns_of_the_csv_stand_in_their_order() -> None:
    columns = codes(re.sub(r"\n", " ", section(TEXT, "## CSV")))
    assert columns[: len(CSV_COLUMNS)] == list(CSV_COLUMNS)


def test_every_field_of_the_json_is_named() -> None:
    named = set(codes(section(TEXT, "## JSON")))
    data = report_data(content_factory.report())
    assert {name for name in _fields(data) if name not in named} == set()


def _fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _fields(item)
    elif isinstance(value, list):
        for item in value:
            yield from _fields(item)
