"""Rows streamed into a package: equal to what was handed in, whatever the values."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.excel import stream
from reports.excel.stream import RowLink, StreamedRows, StreamedValue, save_streamed
from reports.excel.style import add_styles, style_id
from reports.excel.text import sheet_text

SAVED_AT = datetime(2026, 6, 30, 6, 20, tzinfo=UTC)


def streamed_sheet(
    rows: Sequence[Sequence[StreamedValue]],
    links: Sequence[RowLink] = (),
    styles: Sequence[str] = ("data", "data day", "data number"),
    announced: int | None = None,
) -> bytes:
    """A workbook with a heading, the rows from row 2 on, and a line beneath."""
    workbook = Workbook()
    add_styles(workbook)
    sheet = workbook.worksheets[0]
    sheet.title = "Long"
    sheet["A1"] = "heading"
    sheet.cell(2, 1).value = 0
    count = len(rows) if announced is None else announced
    sheet.cell(count + 3, 1).value = "beneath"
    made = StreamedRows(
        sheet_title="Long",
        first_row=2,
        count=count,
        styles=tuple((style_id(sheet, name), style_id(sheet, name, quoted=True)) for name in styles),
        rows=lambda: rows,
        links=lambda: links,
    )
    target = BytesIO()
    save_streamed(workbook, [made], target, saved_at=SAVED_AT)
    return target.getvalue()


def read(content: bytes) -> Worksheet:
    sheet = load_workbook(BytesIO(content))["Long"]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_values_keep_their_types_and_formats() -> None:
    sheet = read(streamed_sheet([("a", date(2024, 2, 29), 3), (None, None, 0.5), ("", date(1900, 3, 1), -7)]))

    assert [[cell.value for cell in row] for row in sheet["A2:C4"]] == [
        ["a", datetime(2024, 2, 29), 3],  # noqa: DTZ001 -- Excel knows no zones
        [None, None, 0.5],
        [None, datetime(1900, 3, 1), -7],  # noqa: DTZ001 -- likewise
    ]
    assert sheet["B2"].number_format == "yyyy-mm-dd"
    assert sheet["A6"].value == "beneath"
    assert sheet.dimensions == "A1:C6"


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_any_text_comes_back_as_the_cell_may_hold_it(texts: list[str]) -> None:
    sheet = read(streamed_sheet([(text, None, None) for text in texts]))

    for row, text in enumerate(texts, start=2):
        assert sheet.cell(row, 1).value == (sheet_text(text) or None)
        assert sheet.cell(row, 1).data_type in {"s", "n"}


def test_a_text_that_looks_like_a_formula_is_quoted_and_stays_text() -> None:
    sheet = read(streamed_sheet([("=1+1", None, None), ("plain", None, None)]))

    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    assert sheet["A2"].quotePrefix is True
    assert sheet["A3"].quotePrefix is False


def test_links_stand_where_the_schema_wants_them_and_share_relationships() -> None:
    content = streamed_sheet(
        [("a", None, None), ("b", None, None), ("c", None, None)],
        [RowLink(0, 1, "https://x.example/?a=1&b=2"), RowLink(2, 1, "https://x.example/?a=1&b=2")],
    )
    sheet = read(content)

    assert sheet["A2"].hyperlink.target == sheet["A4"].hyperlink.target == "https://x.example/?a=1&b=2"
    assert sheet["A3"].hyperlink is None
    with ZipFile(BytesIO(content)) as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
        relations = package.read("xl/worksheets/_rels/sheet1.xml.rels").decode()
    assert xml.index("</sheetData>") < xml.index("<hyperlinks") < xml.index("<pageMargins")
    assert relations.count("<Relationship ") == 1


def test_links_beyond_excels_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_LINKS", 2)
    rows = [("a", None, None)] * 4
    links = [RowLink(row, 1, f"https://x.example/{row}") for row in range(4)]

    sheet = read(streamed_sheet(rows, links))

    assert [sheet.cell(row, 1).hyperlink is not None for row in range(2, 6)] == [True, True, False, False]


def test_more_values_than_are_remembered_come_back_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CACHED_VALUES", 3)
    monkeypatch.setattr(stream, "CHUNK_ROWS", 4)
    rows = [(f"text {number % 11}", None, number) for number in range(50)]

    sheet = read(streamed_sheet(rows))

    assert [(sheet.cell(row, 1).value, sheet.cell(row, 3).value) for row in range(2, 52)] == [
        (text, number) for text, _, number in rows
    ]


def test_readers_that_stream_see_every_row_and_column() -> None:
    rows = [(f"text {number}", None, number) for number in range(30)]
    content = streamed_sheet(rows)

    # The heading of this sheet is one column wide; such readers take the width from the dimension.
    book = load_workbook(BytesIO(content), read_only=True)
    assert list(book["Long"].iter_rows(min_row=2, max_row=31, values_only=True)) == rows
    book.close()
    with ZipFile(BytesIO(content)) as package:
        assert b'<dimension ref="A1:C33"/>' in package.read("xl/worksheets/sheet1.xml")


def test_equal_input_gives_equal_bytes() -> None:
    rows = [("a", date(2026, 1, 1), 1)]
    assert streamed_sheet(rows) == streamed_sheet(rows)


def test_the_saving_time_is_the_reports_own() -> None:
    with ZipFile(BytesIO(streamed_sheet([("a", None, None)]))) as package:
        core = package.read("docProps/core.xml").decode()
    modified = re.search(r"<dcterms:modified[^>]*>([^<]*)<", core)
    assert modified is not None
    assert modified[1] == "2026-06-30T06:20:00Z"


def test_rows_that_do_not_come_are_an_error() -> None:
    with pytest.raises(ValueError, match="announced 2 rows and got 1"):
        streamed_sheet([("a", None, None)], announced=2)


def test_streaming_takes_less_time_than_the_floor() -> None:
    # The floor is openpyxl's write-only mode, side by side; the reach, a third of it, is for `make bench`.
    rows = [(f"person {number % 97}", date(2026, 1, 1), number) for number in range(8_000)]

    started = time.process_time()
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Long")
    for row in rows:
        sheet.append(row)
    workbook.save(BytesIO())
    floor_seconds = time.process_time() - started

    started = time.process_time()
    streamed_sheet(rows)
    assert time.process_time() - started < floor_seconds
