"""A workbook as stable text: one line a cell, so that a change of a workbook reads as a difference of lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.excel.text import shown_text

HEADER = "sheet\tcell\ttype\tvalue\tnumber format\thyperlink"


def dump(stream: BinaryIO) -> str:
    """Return the workbook in `stream` as text.

    After the header come, sheet by sheet, its settings (lines with `@…` in place of a cell) and its cells by row and
    column: sheet, cell, type (s text, n number or empty, d date, b, e error, f formula), value, number format,
    hyperlink; tab-separated, control characters and backslashes escaped as in Python. Empty cells are left out.
    """
    workbook = load_workbook(stream)
    lines = [HEADER]
    properties = workbook.properties
    lines.append(_line("@title", "", "s", properties.title))
    lines.append(_line("@creator", "", "s", properties.creator))
    for sheet in workbook.worksheets:
        lines.extend(_settings(sheet))
        lines.extend(_cells(sheet))
    return "\n".join(lines) + "\n"


def _line(*parts: object) -> str:
    return "\t".join(_escaped(part) for part in parts)


def _escaped(part: object) -> str:
    if part is None:
        return ""
    if isinstance(part, datetime | date):
        return part.isoformat()
    if isinstance(part, float):
        return f"{part:.15g}"
    return str(part).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _settings(sheet: Worksheet) -> Iterator[str]:
    name = sheet.title
    yield _line(name, "@freeze", "", sheet.freeze_panes)
    yield _line(name, "@filter", "", sheet.auto_filter.ref)
    setup = sheet.page_setup
    yield _line(name, "@page", "", f"{setup.orientation}, {setup.fitToWidth} wide, {setup.fitToHeight} high")
    yield _line(name, "@repeat", "", f"{sheet.print_title_rows or ''} {sheet.print_title_cols or ''}".strip())
    footer = sheet.oddFooter
    if footer is not None:
        texts = (part.text or "" for part in (footer.left, footer.center, footer.right))
        yield _line(name, "@footer", "", " | ".join(texts))
    for table in sheet.tables.values():
        yield _line(name, "@table", "", f"{table.displayName} {table.ref}")
    for area in sheet.merged_cells.ranges:
        yield _line(name, "@merged", "", area)
    for conditional in sheet.conditional_formatting:
        for rule in conditional.rules:
            yield _line(name, "@rule", rule.type, conditional.sqref, " ".join(rule.formula))
    # The attribute is openpyxl's only door to the charts of a sheet that was read.
    for chart in sheet._charts:  # type: ignore[attr-defined] # noqa: SLF001 -- the stubs leave it out
        yield from _chart(name, chart)


def _chart(sheet_title: str, chart: Any) -> Iterator[str]:
    anchor = chart.anchor._from  # noqa: SLF001 -- the attribute of openpyxl's anchors that tells their cell
    kind = type(chart).__name__
    for series in chart.series:
        labels = series.cat.strRef.f if series.cat.strRef is not None else series.cat.numRef.f
        yield _line(
            sheet_title,
            "@chart",
            kind,
            f"row {anchor.row + 1} column {anchor.col + 1}",
            labels,
            series.val.numRef.f,
        )


def _cells(sheet: Worksheet) -> Iterator[str]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            link = cell.hyperlink.target if cell.hyperlink is not None else None
            value = shown_text(cell.value) if isinstance(cell.value, str) else cell.value
            yield _line(sheet.title, cell.coordinate, cell.data_type, value, cell.number_format, link)
