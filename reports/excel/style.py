"""The look of a workbook: colours that colour-blind readers tell apart (blue and orange), fonts, named styles.

A cell takes its look by the name of a style; `style_id` hands the same look to rows that are streamed.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.words import percent_word

NAVY = "1F3B57"
INK = "1E2329"
GREY = "66707A"
LINE = "D5DADF"
PALE = "F2F5F8"
HEADING_LIGHT = "DCE6EF"
LINK = "1B5E9E"
BLUE = "5B9BD5"
BLUE_LIGHT = "BDD9F2"
ORANGE = "F08A24"
ORANGE_LIGHT = "FBD5A8"
YELLOW_LIGHT = "FFF6D6"
WHITE = "FFFFFF"

DAY_FORMAT = "yyyy-mm-dd"
MOMENT_FORMAT = "yyyy-mm-dd hh:mm"
SHARE_FORMAT = "0 %"
FONT = "Calibri"

_LINE = Side(style="thin", color=LINE)
_ROW = Border(bottom=_LINE)
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", start_color=colour, end_color=colour)


def _font(
    *, size: float = 10, colour: str = INK, bold: bool = False, italic: bool = False, line: str | None = None
) -> Font:
    return Font(name=FONT, size=size, color=colour, bold=bold, italic=italic, underline=line)  # type: ignore[arg-type]  # None or "single", which the stub spells as literals


def _place(across: str = "left", up: str = "top", *, wrap: bool = False, turn: int = 0) -> Alignment:
    return Alignment(horizontal=across, vertical=up, wrap_text=wrap, text_rotation=turn)


def _named(
    name: str,
    font: Font,
    *,
    fill: PatternFill | None = None,
    border: Border | None = None,
    alignment: Alignment | None = None,
    number_format: str | None = None,
) -> NamedStyle:
    return NamedStyle(style_name(name), font, fill, border, alignment, number_format)


def style_name(name: str) -> str:
    """Return the name under which Excel lists a style; the prefix keeps it apart from Excel's own, as "Note"."""
    return f"LMS Bridge {name}"


def named_styles() -> tuple[NamedStyle, ...]:
    """Return every style of a workbook, new: a style belongs to one workbook."""
    body = _font()
    return (
        _named("report title", font=_font(size=18, colour=NAVY, bold=True), alignment=_place(up="center")),
        _named("report subtitle", font=_font(size=10, colour=GREY), alignment=_place(up="center")),
        _named("section", font=_font(size=13, colour=NAVY, bold=True), alignment=_place(up="center")),
        _named("note", font=_font(colour=GREY, italic=True), alignment=_place(up="center")),
        _named(
            "heading",
            font=_font(colour=WHITE, bold=True),
            fill=_fill(NAVY),
            alignment=_place(up="center", wrap=True),
            border=_GRID,
        ),
        _named(
            "heading centred",
            font=_font(colour=WHITE, bold=True),
            fill=_fill(NAVY),
            alignment=_place("center", "center", wrap=True),
            border=_GRID,
        ),
        _named(
            "heading light",
            font=_font(colour=NAVY, bold=True),
            fill=_fill(HEADING_LIGHT),
            alignment=_place(up="bottom", wrap=True),
            border=_GRID,
        ),
        _named(
            "heading turned",
            font=_font(size=9, colour=NAVY, bold=True),
            fill=_fill(HEADING_LIGHT),
            alignment=_place("center", "bottom", wrap=True, turn=90),
            border=_GRID,
        ),
        _named("label", font=_font(colour=GREY), alignment=_place(up="center")),
        _named("fact", font=_font(size=11, bold=True), alignment=_place(up="center")),
        _named(
            "fact day",
            font=_font(size=11, bold=True),
            alignment=_place(up="center"),
            number_format=DAY_FORMAT,
        ),
        _named(
            "fact share",
            font=_font(size=11, bold=True),
            alignment=_place("center", "center"),
            number_format=SHARE_FORMAT,
        ),
        _named("text", font=body, alignment=_place(wrap=True), border=_ROW),
        _named("plain", font=body, alignment=_place(), border=_ROW),
        _named("plain centred", font=body, alignment=_place("center"), border=_ROW),
        _named("day left", font=body, alignment=_place("left"), border=_ROW, number_format=DAY_FORMAT),
        _named("wide text", font=body, alignment=_place(wrap=True)),
        _named("strong", font=_font(bold=True), alignment=_place(wrap=True), border=_ROW),
        _named("link", font=_font(colour=LINK, line="single"), alignment=_place(wrap=True), border=_ROW),
        _named(
            "link centred",
            font=_font(colour=LINK, line="single"),
            alignment=_place("center"),
            border=_ROW,
        ),
        _named("day", font=body, alignment=_place(), border=_ROW, number_format=DAY_FORMAT),
        _named("moment", font=body, alignment=_place(), border=_ROW, number_format=MOMENT_FORMAT),
        _named("number", font=body, alignment=_place("center"), border=_ROW, number_format="#,##0"),
        _named("share", font=body, alignment=_place("center"), border=_ROW, number_format=SHARE_FORMAT),
        _named("centred", font=body, alignment=_place("center"), border=_ROW),
        _named("heat", font=body, alignment=_place("center", "center"), border=_GRID),
        _named(
            "heat share",
            font=body,
            alignment=_place("center", "center"),
            border=_GRID,
            number_format=SHARE_FORMAT,
        ),
        _named("heat name", font=_font(bold=True), alignment=_place(up="center"), border=_GRID),
        _named("heat text", font=body, alignment=_place(up="center", wrap=True), border=_GRID),
        _named("total", font=_font(bold=True), fill=_fill(PALE), alignment=_place(up="center"), border=_GRID),
        _named(
            "total centred",
            font=_font(bold=True),
            fill=_fill(PALE),
            alignment=_place("center", "center"),
            border=_GRID,
            number_format=SHARE_FORMAT,
        ),
        _named("data", font=body),
        _named("data day", font=body, number_format=DAY_FORMAT),
        _named("data number", font=body, alignment=_place("center"), number_format="0"),
        _named("data link", font=_font(colour=LINK, line="single")),
    )


def style_id(sheet: Worksheet, name: str, *, number_format: str | None = None, quoted: bool = False) -> int:
    """Return the number under which the workbook of `sheet` knows style `name`, before the workbook is saved.

    `quoted` marks the text as one that stays text when somebody edits the cell (Excel's leading apostrophe).
    """
    cell = Cell(sheet, row=1, column=1)
    cell.style = style_name(name)
    if number_format is not None:
        cell.number_format = number_format
    if quoted:
        cell.quotePrefix = True
    return int(cell.style_id)


def share_format(share: float) -> str:
    """Return the number format under which Excel shows `share` exactly as `percent_word` says it.

    Excel rounds halves up and shows 0.996 as 100 %; where the words differ, the word itself is the format.
    """
    word = percent_word(share)
    shown = (Decimal(f"{share:.15g}") * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return SHARE_FORMAT if word == f"{shown} %" else f'"{word}"'


def coloured(colour: str, *, ink: str = INK, bold: bool = False, italic: bool = False) -> DifferentialStyle:
    """Return what a conditional rule changes: the fill and the font's colour and weight."""
    return DifferentialStyle(font=Font(color=ink, bold=bold, italic=italic), fill=_fill(colour))


def add_styles(workbook: Workbook) -> None:
    """Make the named styles known to `workbook`, and its default font that of the report."""
    for style in named_styles():
        workbook.add_named_style(style)
