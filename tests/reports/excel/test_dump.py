"""A workbook as text: stable, and equal to the golden one but for deliberate changes."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest

from reports.excel.dump import HEADER, dump
from tests.reports import content_factory as factory
from tests.reports.excel.reading import written

GOLDEN = Path(__file__).parent / "golden"
"""UPDATE_GOLDEN=1 writes these files anew; read the difference before committing it."""


def dumped(kind: str) -> str:
    report = (
        factory.report(kind="company", people=3, skills=factory.SKILLS[8:14])
        if kind == "company"
        else factory.report(people=9, skills=factory.SKILLS[:8])
    )
    text = dump(BytesIO(written(report)))
    # The definitions have a test of their own and change with the product's words.
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("Definitions\t"))


@pytest.mark.parametrize("kind", ["team", "company"])
def test_workbook_equals_the_golden_dump(kind: str) -> None:
    golden = GOLDEN / f"{kind}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_text(dumped(kind), encoding="utf-8")
    assert dumped(kind) == golden.read_text(encoding="utf-8")


def test_a_line_tells_sheet_cell_type_value_format_and_link() -> None:
    lines = dumped("team").splitlines()

    assert lines[0] == HEADER
    assert "Data\tB9\ts\tAda Lovelace\tGeneral\t" in lines
    assert 'Data\tB58\ts\t=HYPERLINK("http://evil.example","click")\tGeneral\t' in lines
    assert any(line.startswith("Summary\t@chart\tLineChart\t") for line in lines)
    assert any(line.startswith("Data\t@table\t\tDataTable A1:P73") for line in lines)
