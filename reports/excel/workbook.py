"""The workbook of a report: content in, a package of Office Open XML out; opens nothing and asks no clock.

Sheets, in order: To do, Heat map, Expiring, Summary, Depth, Mandatory, Data, Evidence, Definitions, About.
"""

from __future__ import annotations

from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report
from reports.excel.about import draw_about, draw_definitions, in_utc
from reports.excel.data import draw_data, draw_evidence
from reports.excel.depth import draw_depth
from reports.excel.expiring import draw_expiring
from reports.excel.heatmap import draw_heatmap
from reports.excel.heatmap_company import draw_company_heatmap
from reports.excel.links import Links, links_of
from reports.excel.mandatory import draw_mandatory
from reports.excel.stream import StreamedRows, save_streamed
from reports.excel.style import BLUE, GREY, NAVY, ORANGE, add_styles
from reports.excel.summary import draw_summary
from reports.excel.text import sheet_text
from reports.excel.todo import draw_todo

CREATOR = "LMS Bridge"
SHEETS = (
    ("To do", ORANGE),
    ("Heat map", BLUE),
    ("Expiring", ORANGE),
    ("Summary", NAVY),
    ("Depth", BLUE),
    ("Mandatory", BLUE),
    ("Data", GREY),
    ("Evidence", GREY),
    ("Definitions", GREY),
    ("About", GREY),
)


def write_workbook(report: Report, target: BinaryIO) -> None:
    """Write the workbook of `report` to `target`; equal reports give equal bytes.

    Cost: a team of 30 people and 60 skills about half a second; a hundred thousand cells about two seconds.
    """
    workbook, sheets = _empty_workbook(report)
    links = links_of(report)
    streamed: list[StreamedRows] = []
    streamed += draw_todo(sheets["To do"], report, links)
    streamed += _draw_map(sheets["Heat map"], report, links)
    streamed += draw_expiring(sheets["Expiring"], report, links)
    draw_summary(sheets["Summary"], report, links)
    streamed += draw_depth(sheets["Depth"], report, links)
    streamed += draw_mandatory(sheets["Mandatory"], report, links)
    streamed += draw_data(sheets["Data"], report)
    streamed += draw_evidence(sheets["Evidence"], report, links)
    draw_definitions(sheets["Definitions"], report)
    draw_about(sheets["About"], report)
    save_streamed(workbook, streamed, target, saved_at=report.generated_at)


def _draw_map(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    if report.kind == "company":
        draw_company_heatmap(sheet, report, links)
        return ()
    return draw_heatmap(sheet, report, links)


def _empty_workbook(report: Report) -> tuple[Workbook, dict[str, Worksheet]]:
    """Return a workbook with named styles, properties and the empty sheets by title."""
    workbook = Workbook()
    add_styles(workbook)
    for sheet in workbook.worksheets:
        workbook.remove(sheet)
    sheets: dict[str, Worksheet] = {}
    for title, colour in SHEETS:
        sheet = workbook.create_sheet(title)
        sheet.sheet_properties.tabColor = colour
        sheets[title] = sheet
    properties = workbook.properties
    names = " · ".join(dict.fromkeys(name for name in (report.company_name, report.team_name) if name))
    properties.title = sheet_text(f"Skill coverage: {names}, as of {report.as_of.isoformat()}")
    properties.subject = sheet_text(f"As known on {report.known_on_text}")
    properties.creator = CREATOR
    properties.lastModifiedBy = CREATOR
    properties.created = in_utc(report.generated_at)
    return workbook, sheets
