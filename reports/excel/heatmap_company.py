"""Sheet "Heat map" of the company: teams × skills as shares, and beneath the counts behind every share."""

from __future__ import annotations

from math import ceil

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report, TeamLine
from reports.content.words import NOT_AVAILABLE, percent_word
from reports.excel.heat_rules import add_share_scale
from reports.excel.heatmap import (
    FIRST_ROW,
    HEADING_ROW,
    NO_VALUE,
    SKILLS_A_PAGE,
    put_headcounts,
    put_skill_headings,
    put_skill_totals,
)
from reports.excel.layout import put, put_section, put_title, set_page, share_value
from reports.excel.links import Links

LEAD = ("Team", "Members", "Met", "Share", "Mandatory")
_WIDTHS = (32.0, 18.0, 20.0, 9.0, 12.0)
LEGEND_LINE = (
    f"Coverage of a skill in a team and the teams below it: met / needed. Orange {percent_word(0)}, "
    f"white {percent_word(0.6)}, blue {percent_word(1)}; {NO_VALUE} nobody there needs the skill. "
    "The counts stand beneath."
)


def draw_company_heatmap(sheet: Worksheet, report: Report, links: Links) -> None:
    """Draw the map, the company's own coverage, the head-counts, and the counts of every cell."""
    put_title(sheet, report, "Heat map")
    put(sheet, 3, 1, LEGEND_LINE, "note")
    put_skill_headings(sheet, report.skills, LEAD)
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    set_page(
        sheet,
        report,
        heading_row=HEADING_ROW,
        heading_columns=len(LEAD),
        pages_wide=max(1, ceil(len(report.skills) / SKILLS_A_PAGE)),
    )
    if not report.teams:
        put(sheet, FIRST_ROW, 1, "The company has no teams on this day.", "fact")
        return
    for row, team in enumerate(report.teams, start=FIRST_ROW):
        _put_team(sheet, row, report, team, links)
    next_row = FIRST_ROW + len(report.teams)
    if report.skills:
        first = get_column_letter(len(LEAD) + 1)
        last = get_column_letter(len(LEAD) + len(report.skills))
        add_share_scale(sheet, f"D{FIRST_ROW}:E{next_row - 1}")
        add_share_scale(sheet, f"{first}{FIRST_ROW}:{last}{next_row - 1}")
        sheet.auto_filter.ref = f"A{HEADING_ROW}:{last}{next_row - 1}"
        put_skill_totals(sheet, next_row, report.skills, len(LEAD))
        next_row += 3
    next_row = put_headcounts(sheet, next_row + 1, report.headcounts, _WIDTHS, with_team=True)
    _put_counts(sheet, next_row + 1, report)


def _put_team(sheet: Worksheet, row: int, report: Report, team: TeamLine, links: Links) -> None:
    put(sheet, row, 1, indented(team), "heat name", links.team(team.team_id))
    put(sheet, row, 2, team.members, "heat")
    put(sheet, row, 3, f"{team.met.met} of {team.met.total}" if team.met.total else NOT_AVAILABLE, "heat")
    put(sheet, row, 4, share_value(team.met.share), "heat share")
    put(sheet, row, 5, share_value(team.mandatory.share), "heat share")
    for column, skill in enumerate(report.skills, start=len(LEAD) + 1):
        met, total = team.skill_shares.get(skill.skill_iri, (0, 0))
        put(sheet, row, column, met / total if total else NO_VALUE, "heat share")


def _put_counts(sheet: Worksheet, row: int, report: Report) -> None:
    put_section(sheet, row, "The counts behind the shares: met / needed")
    for at, team in enumerate(report.teams, start=row + 1):
        put(sheet, at, 1, indented(team), "heat name")
        put(sheet, at, 2, None, "heat")
        put(sheet, at, 3, f"{team.met.met}/{team.met.total}" if team.met.total else NO_VALUE, "heat")
        put(sheet, at, 4, None, "heat")
        mandatory = team.mandatory
        put(sheet, at, 5, f"{mandatory.met}/{mandatory.total}" if mandatory.total else NO_VALUE, "heat")
        for column, skill in enumerate(report.skills, start=len(LEAD) + 1):
            met, total = team.skill_shares.get(skill.skill_iri, (0, 0))
            put(sheet, at, column, f"{met}/{total}" if total else NO_VALUE, "heat")


def indented(team: TeamLine) -> str:
    """Return a team's name, moved in by its depth in the tree of teams."""
    return f"{'    ' * team.depth}{team.name}"
