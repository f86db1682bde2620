"""Sheet "Heat map" of a team: people × skills; every cell tells mark and levels, and opens the person at the skill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import HeadcountContent, Report, SkillContent
from reports.content.words import NOT_AVAILABLE, percent_word
from reports.excel.depth import names_word
from reports.excel.heat_rules import LEGEND, LEGEND_LINE, add_share_scale, add_status_rules, heat_text
from reports.excel.layout import (
    Listed,
    fit_row,
    put,
    put_section,
    put_title,
    set_page,
    share_value,
    shown_shares,
    stream_rows,
)
from reports.excel.links import Links
from reports.excel.stream import RowLink, StreamedRows, StreamedValue

HEADING_ROW = 4
FIRST_ROW = HEADING_ROW + 1
SKILL_WIDTH = 8.6
SKILLS_A_PAGE = 18
ROW_HEIGHT = 19.0
HEADING_HEIGHT = 150
NO_VALUE = "–"
LEAD_WIDTHS = {"Person": 24.0, "Team": 18.0, "Roles": 24.0, "Met": 10.0, "Share": 8.0}


def draw_heatmap(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    """Draw the map: the people's rows are streamed, coverage, head-counts and legend stand beneath."""
    put_title(sheet, report, "Heat map")
    put(sheet, 3, 1, LEGEND_LINE, "note")
    with_team = len({person.team_names for person in report.people}) > 1
    lead = ("Person", "Team", "Roles", "Met", "Share") if with_team else ("Person", "Roles", "Met", "Share")
    put_skill_headings(sheet, report.skills, lead)
    for column, heading in enumerate(lead, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = LEAD_WIDTHS[heading]
    set_page(
        sheet,
        report,
        heading_row=HEADING_ROW,
        heading_columns=len(lead),
        pages_wide=max(1, ceil(len(report.skills) / SKILLS_A_PAGE)),
    )
    if not report.people:
        put(sheet, FIRST_ROW, 1, "This team has no members on this day.", "fact")
        next_row = FIRST_ROW + 1
        streamed: tuple[StreamedRows, ...] = ()
    else:
        streamed = (_people(sheet, report, links, with_team=with_team),)
        next_row = FIRST_ROW + len(report.people)
    if report.skills and report.people:
        first = f"{get_column_letter(len(lead) + 1)}{FIRST_ROW}"
        last_column = get_column_letter(len(lead) + len(report.skills))
        add_status_rules(sheet, first, f"{first}:{last_column}{next_row - 1}")
        sheet.auto_filter.ref = f"A{HEADING_ROW}:{last_column}{next_row - 1}"
        put_skill_totals(sheet, next_row, report.skills, len(lead))
        next_row += 3
    next_row = put_headcounts(
        sheet, next_row + 1, report.headcounts, [LEAD_WIDTHS[name] for name in lead], with_team=with_team
    )
    put_status_legend(sheet, next_row + 1)
    return streamed


def put_skill_headings(sheet: Worksheet, skills: tuple[SkillContent, ...], lead: tuple[str, ...]) -> None:
    """Write the row of headings, the skills turned by a quarter.

    They carry no links: LibreOffice does not wrap a linked text.
    """
    sheet.row_dimensions[HEADING_ROW].height = HEADING_HEIGHT
    for column, heading in enumerate(lead, start=1):
        put(sheet, HEADING_ROW, column, heading, "heading light")
    for column, skill in enumerate(skills, start=len(lead) + 1):
        put(sheet, HEADING_ROW, column, skill.label, "heading turned")
        sheet.column_dimensions[get_column_letter(column)].width = SKILL_WIDTH


def _people(sheet: Worksheet, report: Report, links: Links, *, with_team: bool) -> StreamedRows:
    shares = shown_shares(sheet, "heat share", (person.met.share for person in report.people))
    lead_count = 5 if with_team else 4

    def rows() -> Iterator[list[StreamedValue]]:
        for person in report.people:
            row: list[StreamedValue] = [f"{person.name} (on leave)" if person.on_leave else person.name]
            if with_team:
                row.append(", ".join(person.team_names))
            row.append(", ".join(person.role_names))
            row.append(f"{person.met.met} of {person.met.total}" if person.met.total else NOT_AVAILABLE)
            row.append(shares[person.met.share])
            row.extend(heat_text(cell) for cell in person.cells)
            yield row

    def row_links() -> Iterator[RowLink]:
        short_ids = [skill.short_id for skill in report.skills]
        for row, person in enumerate(report.people):
            page = links.person(person.person_id)
            if page is not None:
                yield RowLink(row, 1, page)
            for column, (short_id, cell) in enumerate(
                zip(short_ids, person.cells, strict=True), start=lead_count + 1
            ):
                # A cell that neither asks nor shows anything has nothing to open.
                url = (
                    links.pair(person.person_id, short_id)
                    if cell.required is not None or cell.attained
                    else None
                )
                if url is not None:
                    yield RowLink(row, column, url)

    names = ["heat name", *(["heat text"] if with_team else []), "heat text", "heat", "heat share"]
    styles = [*names, *("heat" for _ in report.skills)]
    wrapped = (
        ((1, LEAD_WIDTHS["Team"]), (2, LEAD_WIDTHS["Roles"])) if with_team else ((1, LEAD_WIDTHS["Roles"]),)
    )
    return stream_rows(
        sheet, FIRST_ROW, styles, Listed((), len(report.people), rows, row_links), wrapped, ROW_HEIGHT
    )


def put_skill_totals(sheet: Worksheet, row: int, skills: tuple[SkillContent, ...], lead_count: int) -> None:
    """Write three rows beneath the map: met of needed, coverage as a coloured share, and depth."""
    for offset, label in enumerate(("Met / needed", "Coverage", "Depth (holders)")):
        for column in range(1, lead_count + 1):
            put(sheet, row + offset, column, label if column == 1 else None, "total")
    for column, skill in enumerate(skills, start=lead_count + 1):
        counts = f"{skill.met or 0}/{skill.needed}" if skill.needed else NO_VALUE
        put(sheet, row, column, counts, "total centred")
        put(sheet, row + 1, column, share_value(skill.coverage_share), "total centred")
        put(sheet, row + 2, column, NO_VALUE if skill.depth is None else skill.depth, "total centred")
        if skill.depth is not None:
            sheet.cell(row + 2, column).number_format = "0"
    first, last = get_column_letter(lead_count + 1), get_column_letter(lead_count + len(skills))
    add_share_scale(sheet, f"{first}{row + 1}:{last}{row + 1}")


def put_headcounts(
    sheet: Worksheet,
    row: int,
    lines: tuple[HeadcountContent, ...],
    widths: Sequence[float],
    *,
    with_team: bool,
) -> int:
    """Write the head-count lines in the lead columns, which have `widths`; return the row after them."""
    lead_count = len(widths)
    if not lines:
        return row
    put_section(sheet, row, "Head-counts")
    headings = ("Skill", *(("Team",) if with_team else ()), "Asked", "Held", "Share")
    for column, heading in enumerate(headings, start=1):
        put(sheet, row + 1, column, heading, "heading light")
    put(sheet, row + 1, lead_count + 1, "Held by", "label")
    for at, line in enumerate(lines, start=row + 2):
        asked = f"{line.asked} at {line.level_name or line.level}"
        values = (
            line.skill_label,
            *((line.team_name,) if with_team else ()),
            asked,
            f"{line.holders} of {line.needed}",
        )
        for column, value in enumerate(values, start=1):
            put(sheet, at, column, value, "heat" if column == lead_count - 1 else "heat text")
        put(sheet, at, lead_count, share_value(line.coverage_share), "heat share")
        fit_row(sheet, at, zip(values, widths, strict=False))
        put(sheet, at, lead_count + 1, names_word(line.holder_names) or "nobody", "report subtitle")
    last = row + 1 + len(lines)
    letter = get_column_letter(lead_count)
    add_share_scale(sheet, f"{letter}{row + 2}:{letter}{last}")
    return last + 1


def put_status_legend(sheet: Worksheet, row: int) -> None:
    """Write samples of every kind of cell, coloured by the same rules, with what they mean."""
    put_section(sheet, row, "Legend")
    for at, (sample, meaning) in enumerate(LEGEND, start=row + 1):
        put(sheet, at, 1, sample, "heat")
        put(sheet, at, 2, meaning, "report subtitle")
    add_status_rules(sheet, f"A{row + 1}", f"A{row + 1}:A{row + len(LEGEND)}")
    scale = row + len(LEGEND) + 1
    put(sheet, scale, 1, 0.75, "heat share")
    explained = (
        f"coverage: met / needed, orange at {percent_word(0)}, white at {percent_word(0.6)}, "
        f"blue at {percent_word(1)}; {NOT_AVAILABLE}: nobody needs it"
    )
    put(sheet, scale, 2, explained, "report subtitle")
    add_share_scale(sheet, f"A{scale}")
