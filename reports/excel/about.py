"""Sheets "Definitions" and "About": what every figure means, where it comes from, and what is not counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from openpyxl.worksheet.worksheet import Worksheet

from reports.content.definitions import DEFINITIONS
from reports.content.model import Report
from reports.content.words import percent_word
from reports.excel.data import data_count, data_total
from reports.excel.layout import fit_row, put, put_headings, put_section, put_title, set_page
from reports.excel.stream import MOST_LINKS, MOST_ROWS

_SOURCE_HEADINGS = ("Source", "Kind", "Last seen (UTC)", "Days silent", "State", "Refused requests")
_UNMAPPED_HEADINGS = ("Learning that no rule counts", "Key", "Last on", "People", "Statements")

_BADGE_HEADINGS = ("Badge that counts for nothing", "Issuer, and why", "People", "Gaps that wait")


def draw_definitions(sheet: Worksheet, report: Report) -> None:
    """Draw the definitions, one a row."""
    put_title(sheet, report, "Definitions")
    put_headings(sheet, 4, ("Figure or word", "What it means"))
    for row, (word, meaning) in enumerate(DEFINITIONS, start=5):
        put(sheet, row, 1, word, "strong")
        put(sheet, row, 2, meaning, "text")
        fit_row(sheet, row, ((meaning, 100),))
    sheet.column_dimensions["A"].width = 44
    sheet.column_dimensions["B"].width = 100
    set_page(sheet, report, heading_row=4)


def draw_about(sheet: Worksheet, report: Report) -> None:
    """Draw what the report is of, how far the data can be trusted, and whose frameworks it uses."""
    put_title(sheet, report, "About this report")
    for column, width in zip("ABCDEF", (42, 40, 22, 13, 16, 18), strict=True):
        sheet.column_dimensions[column].width = width
    set_page(sheet, report)
    row = _put_facts(sheet, 4, report)
    row = _put_lines(sheet, row + 1, "Footnotes", report.footnotes, "none")
    row = _put_not_counted(sheet, row + 1, report)
    row = _put_sources(sheet, row + 1, report)
    row = _put_unmapped(sheet, row + 1, report)
    if report.waiting_badges:
        row = _put_waiting_badges(sheet, row + 1, report)
    row = _put_lines(sheet, row + 1, "Frameworks", report.frameworks, "none imported")
    _put_lines(sheet, row + 1, "Attribution", report.attribution, "none needed")


def in_utc(moment: datetime) -> datetime:
    """Return `moment` as Excel can hold it: UTC, without a zone, in whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _put_facts(sheet: Worksheet, row: int, report: Report) -> int:
    scope = "direct members" if not report.tree else "members of the team and of every team below"
    facts: tuple[tuple[str, str | date | datetime], ...] = (
        ("Company", report.company_name),
        ("Team", report.team_name),
        ("Team ID", report.team_id),
        ("Who is counted", scope if report.kind == "team" else "members of every team"),
        ("Manager", report.manager_name or "not named"),
        ("As of", report.as_of),
        ("As known on", report.known_on_text),
        ("As known on (UTC)", in_utc(report.known_on)),
        ("Generated at (UTC)", in_utc(report.generated_at)),
        ("Time zone of all days", report.time_zone),
        ("Least strength that counts", report.least_strength),
        ("People", str(len(report.people))),
        ("Skills", str(len(report.skills))),
        ("Service", report.base_url),
    )
    for at, (label, value) in enumerate(facts, start=row):
        put(sheet, at, 1, label, "strong")
        if isinstance(value, datetime):
            put(sheet, at, 2, value, "moment")
        elif isinstance(value, date):
            put(sheet, at, 2, value, "day left")
        else:
            put(sheet, at, 2, value, "plain")
    return row + len(facts)


def _put_lines(sheet: Worksheet, row: int, title: str, lines: Iterable[str], nothing: str) -> int:
    put_section(sheet, row, title)
    at = row
    for at, line in enumerate(tuple(lines) or (nothing,), start=row + 1):
        put(sheet, at, 1, line, "wide text")
        sheet.merge_cells(start_row=at, start_column=1, end_row=at, end_column=6)
        sheet.row_dimensions[at].height = 14 * max(1, -(-len(line) // 140))
    return at + 1


def _put_not_counted(sheet: Worksheet, row: int, report: Report) -> int:
    """Write what stands in no figure, with the place in the service where it waits."""
    health = report.health
    put_section(sheet, row, "What is not counted")
    put_headings(sheet, row + 1, ("What", "Where to look", "How many"))
    lines: list[tuple[str, str, int]] = [
        ("Learning objects that no rule counts", "/queues/unmapped", health.unmapped_objects),
        ("People with such learning", "/queues/unmapped", health.unmapped_people),
        ("Accounts that belong to nobody known", "/queues/unknown-actors", health.unknown_actors),
        ("Statements with a doubtful clock", "/queues/clocks", health.doubtful_clocks),
        ("Requests that were refused", "/queues/rejected", health.refused_requests),
        ("Statements that prove nothing by rule", "not attached to a skill", health.not_proof),
        ("Failures while deriving", "/queues/failures", health.failures),
        ("Statements waiting to be derived", "lms-bridge status", health.queue_depth),
    ]
    left_out = data_total(report) - data_count(report)
    if left_out:
        lines.append(
            ("Cells left out of sheet Data: Excel has too few rows", "CSV and JSON hold all", left_out)
        )
    if len(report.proofs) >= MOST_ROWS:
        lines.append(
            (
                "Proofs left out of sheet Evidence: Excel has too few rows",
                "CSV and JSON hold all",
                len(report.proofs) - MOST_ROWS + 1,
            )
        )
    if len(report.proofs) > MOST_LINKS:
        lines.append(
            (
                "Rows of sheet Evidence without a link: Excel has too few",
                "/evidence/<id>",
                len(report.proofs) - MOST_LINKS,
            )
        )
    for at, (what, where, count) in enumerate(lines, start=row + 2):
        put(sheet, at, 1, what, "strong")
        put(sheet, at, 2, where, "plain")
        put(sheet, at, 3, count, "number")
    at = row + 2 + len(lines)
    put(sheet, at, 1, "Share of learning not mapped to any skill", "strong")
    put(sheet, at, 2, "/queues/unmapped", "plain")
    put(sheet, at, 3, percent_word(None) if health.unmapped_share is None else health.unmapped_share, "share")
    return at + 1


def _put_sources(sheet: Worksheet, row: int, report: Report) -> int:
    put_section(sheet, row, "Sources")
    if not report.health.sources:
        put(sheet, row + 1, 1, "No source is connected.", "plain")
        return row + 2
    put_headings(sheet, row + 1, _SOURCE_HEADINGS)
    for at, source in enumerate(report.health.sources, start=row + 2):
        put(sheet, at, 1, source.name, "strong")
        put(sheet, at, 2, source.kind, "plain")
        put(sheet, at, 3, "never" if source.last_seen is None else in_utc(source.last_seen), "moment")
        put(sheet, at, 4, source.silent_days, "number")
        put(sheet, at, 5, "silent" if source.is_silent else "sending", "plain")
        put(sheet, at, 6, source.refused, "number")
    return row + 2 + len(report.health.sources)


def _put_waiting_badges(sheet: Worksheet, row: int, report: Report) -> int:
    put_section(sheet, row, "Badges held that are not recognised")
    put_headings(sheet, row + 1, _BADGE_HEADINGS)
    for at, badge in enumerate(report.waiting_badges, start=row + 2):
        put(sheet, at, 1, badge.name, "strong")
        why = f"{badge.issuer_name}: {badge.doubt}"
        put(sheet, at, 2, why, "text")
        put(sheet, at, 3, badge.people, "number")
        put(sheet, at, 4, badge.gaps, "number")
        fit_row(sheet, at, ((badge.name, 42), (why, 40)))
    return row + 2 + len(report.waiting_badges)


def _put_unmapped(sheet: Worksheet, row: int, report: Report) -> int:
    put_section(sheet, row, "Learning that no rule counts")
    if not report.unmapped:
        put(sheet, row + 1, 1, "All learning of these people is mapped.", "plain")
        return row + 2
    put_headings(sheet, row + 1, _UNMAPPED_HEADINGS)
    for at, learning in enumerate(report.unmapped, start=row + 2):
        put(sheet, at, 1, learning.title, "strong")
        put(sheet, at, 2, learning.object_key, "text")
        put(sheet, at, 3, learning.last_on, "day left")
        put(sheet, at, 4, learning.people, "number")
        put(sheet, at, 5, learning.statements, "number")
    return row + 2 + len(report.unmapped)
