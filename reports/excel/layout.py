"""How the sheets are set: cells that stay what they are, lists with headings, widths, and pages that print well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from math import ceil

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report
from reports.content.words import NOT_AVAILABLE
from reports.excel.stream import RowLink, Shown, StreamedRows, StreamedValue
from reports.excel.style import share_format, style_id, style_name
from reports.excel.text import footer_text, looks_like_formula, sheet_text

CellValue = str | int | float | date | None
A4 = 9
SAMPLED_ROWS = 400
FOOTER_POINTS = 8
LINE_POINTS = 15.0
CENTRED_STYLES = frozenset({"link centred", "number", "share", "centred", "plain centred"})
WRAPPED_STYLES = frozenset({"text", "strong", "link", "heat text"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its heading, the style of its cells, and the bounds of its width in characters."""

    heading: str
    style: str
    least: float = 9
    most: float = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """A list on a sheet: `count` rows, read afresh by each call of `rows`; `links` in the order of the rows."""

    columns: tuple[Column, ...]
    count: int
    rows: Callable[[], Iterable[Sequence[StreamedValue]]]
    links: Callable[[], Iterable[RowLink]] = tuple


def put(
    sheet: Worksheet, row: int, column: int, value: CellValue, style: str, url: str | None = None
) -> None:
    """Write one cell. A text is a text whatever it begins with; a share (style "… share") shows its percent word."""
    cell = sheet.cell(row, column)
    cell.style = style_name(style)
    if url is not None:
        cell.hyperlink = url
    if isinstance(value, str):
        value = sheet_text(value) or None
    cell.value = value
    if isinstance(value, str):
        # Without this "=1+1" is a formula and "#N/A" an error.
        cell.data_type = "s"
        cell.quotePrefix = looks_like_formula(value)
    if isinstance(value, float):
        cell.number_format = share_format(value)


def share_value(share: float | None) -> float | str:
    """Return a share as the number it is, or "n/a"."""
    return NOT_AVAILABLE if share is None else float(share)


def shown_shares(
    sheet: Worksheet, style: str, shares: Iterable[float | None]
) -> dict[float | None, Shown | str]:
    """Return how streamed rows hold each share: as number under its own percent word, or as "n/a"."""
    known = {share for share in shares if share is not None}
    shown: dict[float | None, Shown | str] = {None: NOT_AVAILABLE}
    for share in sorted(known):
        look = style_id(sheet, style, number_format=share_format(share))
        shown[share] = Shown(float(share), look)
    return shown


def put_headings(
    sheet: Worksheet, row: int, headings: Sequence[str], centred_from: int | None = None
) -> None:
    """Write a row of headings from column A; from the column `centred_from` (from 1) on they stand in the middle."""
    for column, heading in enumerate(headings, start=1):
        is_centred = centred_from is not None and column >= centred_from
        put(sheet, row, column, heading, "heading centred" if is_centred else "heading")


def put_title(sheet: Worksheet, report: Report, title: str, subtitle: str | None = None) -> None:
    """Write the two rows with which every sheet opens: what it is, and for whom, as of when."""
    put(sheet, 1, 1, title, "report title")
    put(sheet, 2, 1, subtitle or heading_line(report), "report subtitle")
    sheet.row_dimensions[1].height = 27
    sheet.row_dimensions[2].height = 17


def heading_line(report: Report) -> str:
    """Return company, team and times in one line; a company's report names the company once."""
    names = dict.fromkeys(name for name in (report.company_name, report.team_name) if name)
    below = " and the teams below" if report.tree and report.kind == "team" else ""
    return (
        f"{' · '.join(names)}{below} · as of {report.as_of.isoformat()} · as known on {report.known_on_text}"
    )


def put_list(sheet: Worksheet, row: int, listed: Listed, *, filtered: bool = True) -> StreamedRows | None:
    """Write the headings of a list in `row`, set widths and filter, and return its rows for streaming.

    With no rows there is nothing to stream: the caller says so in words.
    """
    for number, column in enumerate(listed.columns, start=1):
        style = "heading centred" if column.style in CENTRED_STYLES else "heading"
        put(sheet, row, number, column.heading, style)
    widths = set_widths(sheet, listed)
    fit_row(sheet, row, zip((column.heading for column in listed.columns), widths, strict=True))
    last_column = get_column_letter(len(listed.columns))
    if filtered and listed.count:
        sheet.auto_filter.ref = f"A{row}:{last_column}{row + listed.count}"
    if not listed.count:
        return None
    styles = [column.style for column in listed.columns]
    wrapped = tuple((index, widths[index]) for index, style in enumerate(styles) if style in WRAPPED_STYLES)
    return stream_rows(sheet, row + 1, styles, listed, wrapped)


def stream_rows(
    sheet: Worksheet,
    first_row: int,
    styles: Sequence[str],
    listed: Listed,
    wrapped: Sequence[tuple[int, float]] = (),
    least_height: float = LINE_POINTS,
) -> StreamedRows:
    """Leave a placeholder in `first_row` and return the rows of `listed` that take its place.

    `wrapped` are the columns (from 0) whose texts wrap, with their widths; without any, rows keep the default height.
    """

    def height(values: Sequence[StreamedValue]) -> float:
        lines = 1
        for index, width in wrapped:
            value = values[index]
            if isinstance(value, str) and (len(value) > width or "\n" in value):
                lines = max(lines, lines_of(value, width))
        return max(least_height, height_of_lines(lines))

    sheet.cell(first_row, 1).value = 0
    return StreamedRows(
        sheet_title=sheet.title,
        first_row=first_row,
        count=listed.count,
        styles=tuple((style_id(sheet, style), style_id(sheet, style, quoted=True)) for style in styles),
        rows=listed.rows,
        links=listed.links,
        height=height if wrapped else None,
    )


def lines_of(text: str, width: float) -> int:
    """Return how many lines a wrapped text takes in a column of the given width, by estimate.

    Programs differ in when they fit rows themselves (LibreOffice keeps what the file says), so the file says it. A
    column holds about 1.2 letters for each unit of its width, and a line loses about four to the wrapping of words.
    """
    letters = max(1.2 * width - 4, 1)
    return sum(max(1, ceil(len(part) / letters)) for part in text.split("\n"))


def height_of_lines(lines: int) -> float:
    """Return the height in points of a row of so many lines."""
    return lines * (LINE_POINTS - 2) + 2


def fit_row(sheet: Worksheet, row: int, texts: Iterable[tuple[str, float]]) -> None:
    """Set the height of a row for texts in columns of the given widths."""
    sheet.row_dimensions[row].height = height_of_lines(max(lines_of(text, width) for text, width in texts))


def set_widths(sheet: Worksheet, listed: Listed) -> list[float]:
    """Fit each column to its heading and its first few hundred values, within its bounds; return the widths."""
    needed = [max(column.least, min(len(column.heading) + 3, column.most)) for column in listed.columns]
    for values in islice(listed.rows(), SAMPLED_ROWS):
        for index, value in enumerate(values):
            if isinstance(value, str):
                needed[index] = max(needed[index], len(value) * 1.05 + 2)
    widths = [min(wide, column.most) for wide, column in zip(needed, listed.columns, strict=True)]
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    return widths


def put_section(sheet: Worksheet, row: int, title: str) -> None:
    """Write the heading of a part of a sheet."""
    put(sheet, row, 1, title, "section")
    sheet.row_dimensions[row].height = 21


def set_page(
    sheet: Worksheet,
    report: Report,
    *,
    heading_row: int | None = None,
    heading_columns: int = 0,
    pages_wide: int = 1,
    gridlines: bool = False,
) -> None:
    """Set how the sheet prints: A4 landscape, fitted to its width, headings repeated, footer with team, day and page.

    `heading_row` is repeated on every page, and it and what is above stay in view; without one these are the two
    rows of the title. So do the first `heading_columns` columns.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth = pages_wide
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = 0.5
    sheet.page_margins.bottom = 0.65
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    sheet.sheet_view.showGridLines = gridlines
    if heading_row is not None:
        sheet.print_title_rows = f"{heading_row}:{heading_row}"
        sheet.freeze_panes = f"{get_column_letter(heading_columns + 1)}{heading_row + 1}"
    else:
        sheet.print_title_rows = "1:2"
        sheet.freeze_panes = "A3"
    if heading_columns:
        sheet.print_title_cols = f"A:{get_column_letter(heading_columns)}"
    sheet.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(
            f"{footer_text(report.team_name)} · as of {report.as_of.isoformat()}", size=FOOTER_POINTS
        ),
        center=_HeaderFooterPart(footer_text(sheet.title), size=FOOTER_POINTS),
        right=_HeaderFooterPart("Page &P of &N", size=FOOTER_POINTS),
    )
