"""Sheet "Summary": the key figures, native charts, and the tables that the charts read."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report, Share, SkillContent, TeamLine
from reports.content.words import NOT_AVAILABLE, percent_word
from reports.excel.charts import Figures, Place, put_share_bars, put_share_columns, put_share_line
from reports.excel.depth import SINGLE_POINT, UNCOVERED, depth_state
from reports.excel.heat_rules import add_share_scale
from reports.excel.layout import (
    CellValue,
    fit_row,
    put,
    put_headings,
    put_section,
    put_title,
    set_page,
    share_value,
)
from reports.excel.links import Links

MOST_BARS = 15
MOST_BARS_OF_TWO = 6
"""Where two bar charts share the height of one."""
DAYS_AHEAD = (30, 60, 90)
CHART_ROWS = 26
_WIDTHS = (42, 13, 11, 20, 16, 16, 16, 16, 16)
_SKILL_HEADINGS = (
    "Skill",
    "Met",
    "Coverage",
    "Needed level",
    "Depth",
    "In 30 days",
    "In 60 days",
    "In 90 days",
)
_TEAM_HEADINGS = (
    "Team",
    "Met",
    "Share",
    "Members",
    "Mandatory",
    "Single points",
    "Uncovered",
    "Expiring",
    "In 90 days",
)


def draw_summary(sheet: Worksheet, report: Report, links: Links) -> None:
    """Draw key figures on top, charts beneath, and the tables they read from the second page on."""
    put_title(sheet, report, f"Summary: {report.team_name}")
    for column, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHI"[column]].width = width
    set_page(sheet, report)
    row = _put_key_figures(sheet, 4, report)
    charts_row = row + 1
    row = charts_row + CHART_ROWS
    sheet.row_breaks.append(Break(id=row - 1))
    by_team = report.kind == "company" and bool(report.teams)
    bars = MOST_BARS_OF_TWO if by_team else MOST_BARS
    at_risk, row = _put_at_risk(sheet, row, report)
    trend, row = _put_trend(sheet, row, report)
    skills, row = _put_skills(sheet, row, report, links, bars)
    teams = _put_teams(sheet, row, report.teams, links, bars) if by_team else None
    _put_charts(sheet, charts_row, skills, teams, (trend, at_risk))


def _put_charts(
    sheet: Worksheet,
    row: int,
    skills: Figures | None,
    teams: Figures | None,
    of_time: tuple[Figures | None, Figures | None],
) -> None:
    """Draw the charts in two columns: bars on the left (both kinds above each other), time on the right."""
    trend, at_risk = of_time
    middle, last = row + CHART_ROWS // 2 - 1, row + CHART_ROWS - 2
    if skills is None:
        put(sheet, row, 1, "No chart of coverage: no requirement binds anybody here.", "note")
    else:
        put_share_bars(
            sheet,
            skills,
            Place(1, row, 4, last if teams is None else middle),
            title=f"Coverage by skill, worst {_bars(skills)} first",
            label_title="Skill",
            value_title="Met of needed",
        )
    if teams is not None:
        put_share_bars(
            sheet,
            teams,
            Place(1, middle + 1, 4, last),
            title=f"Requirements met by team, worst {_bars(teams)} first",
            label_title="Team",
            value_title="Share met",
        )
    if trend is None:
        put(sheet, row, 5, "No trend yet: it takes two days with figures.", "note")
    else:
        put_share_line(
            sheet,
            trend,
            Place(5, row, 9, middle),
            title="Requirements met over time",
            label_title="Month",
            value_title="Share met",
        )
    if at_risk is not None:
        put_share_columns(
            sheet,
            at_risk,
            Place(5, middle + 1, 9, last),
            title="Requirements met if nothing is renewed",
            label_title="Day",
            value_title="Share met",
        )


def _bars(figures: Figures) -> int:
    return figures.last_row - figures.first_row + 1


def _put_key_figures(sheet: Worksheet, row: int, report: Report) -> int:
    """Write the figures, counts before percent; return the row after them."""
    states = [depth_state(skill) for skill in report.skills if skill.depth is not None]
    silent = sum(source.is_silent for source in report.health.sources)
    ahead = ", ".join(f"{percent_word(report.at_risk.get(days))} in {days}" for days in DAYS_AHEAD)
    lines: tuple[tuple[str, CellValue, float | str | None, str], ...] = (
        ("Requirements met", _counts(report.met), share_value(report.met.share), _change(report)),
        (
            "Mandatory compliance",
            _counts(report.mandatory),
            share_value(report.mandatory.share),
            "clean"
            if report.mandatory.met == report.mandatory.total
            else f"{report.mandatory.total - report.mandatory.met} not met: sheet Mandatory",
        ),
        ("Skills that nobody holds", states.count(UNCOVERED), None, "sheet Depth"),
        ("Skills that hang on one person", states.count(SINGLE_POINT), None, "sheet Depth"),
        (
            "Run out within 90 days",
            len(report.expiring),
            None,
            f"{len(report.overdue)} have run out already; if nothing is renewed {ahead} days",
        ),
        (
            "Freshness",
            _counts(report.freshness),
            share_value(report.freshness.share),
            "held skills whose latest fact is younger than 12 months",
        ),
        (
            "Silent sources",
            f"{silent} of {len(report.health.sources)}" if report.health.sources else NOT_AVAILABLE,
            None,
            f"learning not mapped to any skill: {percent_word(report.health.unmapped_share)}; sheet About",
        ),
    )
    for at, (label, count, share, note) in enumerate(lines, start=row):
        put(sheet, at, 1, label, "strong")
        put(sheet, at, 2, count, "number" if isinstance(count, int) else "plain centred")
        put(sheet, at, 3, share, "share")
        put(sheet, at, 4, note, "report subtitle")
        sheet.row_dimensions[at].height = 17
    return row + len(lines)


def _counts(share: Share) -> str:
    return f"{share.met} of {share.total}" if share.total else NOT_AVAILABLE


def _change(report: Report) -> str:
    """Return how the share moved over the trend, in points."""
    known = [point for point in report.trend if point.met.share is not None]
    if not known or report.met.share is None:
        return "of the pairs of person and skill that are due"
    first = known[0]
    points = round((report.met.share - (first.met.share or 0)) * 100)
    if points == 0:
        return f"as on {first.day.isoformat()}"
    return f"{abs(points)} points {'more' if points > 0 else 'less'} than on {first.day.isoformat()}"


def _put_at_risk(sheet: Worksheet, row: int, report: Report) -> tuple[Figures | None, int]:
    put_section(sheet, row, "Requirements met if nothing is renewed")
    put_headings(sheet, row + 1, ("Day", "Days ahead", "Share met"), centred_from=2)
    lines = [("today", 0, report.met.share)]
    lines += [(f"in {days} days", days, report.at_risk.get(days)) for days in DAYS_AHEAD]
    for at, (label, days, share) in enumerate(lines, start=row + 2):
        put(sheet, at, 1, label, "plain")
        put(sheet, at, 2, days, "number")
        put(sheet, at, 3, share_value(share), "share")
    last = row + 1 + len(lines)
    charted = all(share is not None for _, _, share in lines)
    return (Figures(1, 3, row + 2, last) if charted else None), last + 2


def _put_trend(sheet: Worksheet, row: int, report: Report) -> tuple[Figures | None, int]:
    put_section(sheet, row, "Requirements met over time (by today's knowledge)")
    put_headings(sheet, row + 1, ("Day", "Met", "Share met", "Note"))
    for at, point in enumerate(report.trend, start=row + 2):
        put(sheet, at, 1, point.day, "day left")
        put(sheet, at, 2, _counts(point.met), "plain centred")
        put(sheet, at, 3, share_value(point.met.share), "share")
        put(sheet, at, 4, point.note, "report subtitle")
    last = row + 1 + len(report.trend)
    known = sum(point.met.share is not None for point in report.trend)
    return (Figures(1, 3, row + 2, last) if known >= 2 else None), last + 2


def worst_first(skills: Sequence[SkillContent]) -> list[SkillContent]:
    """Return the skills by coverage, the lowest first; those without a share at the end."""
    return sorted(
        skills,
        key=lambda skill: (
            skill.coverage_share is None,
            skill.coverage_share or 0.0,
            -(skill.needed or 0),
            skill.label,
            skill.skill_iri,
        ),
    )


def _put_skills(
    sheet: Worksheet, row: int, report: Report, links: Links, bars: int
) -> tuple[Figures | None, int]:
    put_section(sheet, row, "Coverage by skill, worst first")
    put_headings(sheet, row + 1, _SKILL_HEADINGS, centred_from=2)
    first = row + 2
    ordered = worst_first(report.skills)
    for at, skill in enumerate(ordered, start=first):
        url = links.skill(skill.short_id)
        put(sheet, at, 1, skill.label, "text")
        counts = f"{skill.met or 0} of {skill.needed}" if skill.needed else NOT_AVAILABLE
        put(sheet, at, 2, counts, "plain centred" if url is None else "link centred", url)
        put(sheet, at, 3, share_value(skill.coverage_share), "share")
        fit_row(sheet, at, ((skill.label, _WIDTHS[0]),))
        put(sheet, at, 4, skill.required_level, "number")
        put(sheet, at, 5, skill.depth, "number")
        for column, days in enumerate(DAYS_AHEAD, start=6):
            put(sheet, at, column, share_value(skill.at_risk.get(days)), "share")
    last = first + len(ordered) - 1
    charted = min(sum(skill.coverage_share is not None for skill in ordered), bars)
    if charted:
        add_share_scale(sheet, f"C{first}:C{last}")
        add_share_scale(sheet, f"F{first}:H{last}")
    return (Figures(1, 3, first, first + charted - 1) if charted else None), last + 2


def _put_teams(
    sheet: Worksheet, row: int, teams: Sequence[TeamLine], links: Links, bars: int
) -> Figures | None:
    put_section(sheet, row, "Teams, worst first")
    put_headings(sheet, row + 1, _TEAM_HEADINGS, centred_from=2)
    first = row + 2
    ordered = sorted(
        teams, key=lambda team: (team.met.share is None, team.met.share or 0.0, team.name, team.team_id)
    )
    for at, team in enumerate(ordered, start=first):
        url = links.team(team.team_id)
        put(sheet, at, 1, team.name, "text")
        put(sheet, at, 2, _counts(team.met), "plain centred" if url is None else "link centred", url)
        put(sheet, at, 3, share_value(team.met.share), "share")
        put(sheet, at, 4, team.members, "number")
        put(sheet, at, 5, share_value(team.mandatory.share), "share")
        put(sheet, at, 6, team.single_points, "number")
        put(sheet, at, 7, team.uncovered, "number")
        put(sheet, at, 8, team.expiring_90, "number")
        put(sheet, at, 9, share_value(team.at_risk.get(90)), "share")
    last = first + len(ordered) - 1
    add_share_scale(sheet, f"C{first}:C{last}")
    add_share_scale(sheet, f"E{first}:E{last}")
    charted = min(sum(team.met.share is not None for team in ordered), bars)
    return Figures(1, 3, first, first + charted - 1) if charted else None
