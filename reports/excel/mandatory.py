"""Sheet "Mandatory": each mandatory requirement, who is clean and who is missing, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import MandatoryLine, Report
from reports.content.words import NOT_AVAILABLE, share_word
from reports.excel.layout import (
    Column,
    Listed,
    fit_row,
    put,
    put_headings,
    put_list,
    put_section,
    put_title,
    set_page,
    share_value,
)
from reports.excel.links import Links
from reports.excel.stream import RowLink, StreamedRows, StreamedValue
from reports.excel.style import BLUE_LIGHT, ORANGE_LIGHT, coloured

FIRST_LINE = 6
_HEADINGS = ("Mandatory requirement", "Met", "State", "Share", "Not met", "Not yet due")
_WIDTHS = (42, 26, 40, 11, 11, 13)
_COLUMNS = (
    Column("Mandatory requirement", "text", 42, 42),
    Column("Person", "link", 26, 26),
    Column("Why missing", "text", 40, 40),
)


def draw_mandatory(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    """Draw the summary by requirement, and beneath it the people who are missing (streamed)."""
    put_title(sheet, report, "Mandatory requirements")
    put(
        sheet,
        3,
        1,
        f"Mandatory compliance {share_word(report.mandatory.met, report.mandatory.total)}",
        "fact",
    )
    lines = report.mandatory_lines
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions["ABCDEF"[column - 1]].width = width
    set_page(sheet, report)
    if not lines:
        put(sheet, FIRST_LINE - 1, 1, "No mandatory requirement binds anybody here on this day.", "fact")
        return ()
    put_headings(sheet, FIRST_LINE - 1, _HEADINGS, centred_from=4)
    for row, line in enumerate(lines, start=FIRST_LINE):
        _put_line(sheet, row, line, links)
    last = FIRST_LINE + len(lines) - 1
    for word, colour in (("clean", BLUE_LIGHT), ("not clean", ORANGE_LIGHT)):
        rule = Rule(type="expression", formula=[f'$C{FIRST_LINE}="{word}"'], dxf=coloured(colour, bold=True))
        sheet.conditional_formatting.add(f"C{FIRST_LINE}:C{last}", rule)
    return _draw_missing(sheet, report, links, last + 2)


def _put_line(sheet: Worksheet, row: int, line: MandatoryLine, links: Links) -> None:
    url = links.skill(line.skill_short_id)
    put(sheet, row, 1, line.skill_label, "text")
    counts = f"{line.met.met} of {line.met.total}" if line.met.total else NOT_AVAILABLE
    put(sheet, row, 2, counts, "plain" if url is None else "link", url)
    put(sheet, row, 4, share_value(line.met.share), "share")
    put(sheet, row, 5, line.met.total - line.met.met, "number")
    put(sheet, row, 6, line.open_pairs, "number")
    fit_row(sheet, row, ((line.skill_label, _WIDTHS[0]),))
    if line.met.total == 0:
        state = "nobody due"
    else:
        state = "clean" if line.met.met == line.met.total else "not clean"
    put(sheet, row, 3, state, "plain")


def _draw_missing(sheet: Worksheet, report: Report, links: Links, row: int) -> tuple[StreamedRows, ...]:
    missing = [(line, person) for line in report.mandatory_lines for person in line.missing]
    if not missing:
        put(sheet, row, 1, "Nobody is missing.", "fact")
        return ()
    put_section(sheet, row, f"Who is missing ({len(missing)})")

    def rows() -> Iterator[tuple[StreamedValue, ...]]:
        for line, (_, name, reason) in missing:
            yield (line.skill_label, name, reason)

    def row_links() -> Iterator[RowLink]:
        for index, (line, (person_id, _, _)) in enumerate(missing):
            url = links.pair(person_id, line.skill_short_id)
            if url is not None:
                yield RowLink(index, 2, url)

    listed = Listed(_COLUMNS, len(missing), rows, row_links)
    streamed = put_list(sheet, row + 1, listed)
    return () if streamed is None else (streamed,)
