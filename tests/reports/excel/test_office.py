"""LibreOffice as a reader: it opens what was written, with the same values, and prints it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from reports.content.model import Report
from tests.office import Office
from tests.reports import content_factory as factory
from tests.reports.excel.reading import opened, written


def saved(report: Report, folder: Path) -> Path:
    file = folder / f"{report.kind}.xlsx"
    file.write_bytes(written(report))
    return file


@pytest.mark.parametrize("kind", ["team", "company"])
def test_libreoffice_reads_the_same_values(kind: str, office: Office, tmp_path: Path) -> None:
    report = factory.report(kind="company" if kind == "company" else "team")
    copy = office.convert(saved(report, tmp_path), "xlsx", tmp_path / "copy")

    copied = load_workbook(BytesIO(copy.read_bytes()))
    for sheet in opened(report).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                other = copied[sheet.title][cell.coordinate]
                # LibreOffice writes numbers with 15 digits.
                expected = pytest.approx(cell.value) if isinstance(cell.value, float) else cell.value
                assert other.value == expected, (sheet.title, cell.coordinate)
                assert other.data_type != "f"


def test_a_team_prints_page_by_page(office: Office, tmp_path: Path, artefacts: Path) -> None:
    pages = office.pages(saved(factory.report(), tmp_path), artefacts)

    assert 10 <= len(pages) <= 24
