"""Sheet "Expiring": what has run out and what runs out within 90 days, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Expiring, Report
from reports.content.words import level_word
from reports.excel.layout import Column, Listed, put, put_list, put_title, set_page
from reports.excel.links import Links
from reports.excel.stream import RowLink, StreamedRows, StreamedValue
from reports.excel.style import ORANGE, ORANGE_LIGHT, YELLOW_LIGHT, coloured

HEADING_ROW = 4
PERSON_COLUMN, PROOF_COLUMN = 3, 9
_COLUMNS = (
    Column("Last valid day", "day", 14, 16),
    Column("Days left", "number", 10, 11),
    Column("Person", "link", 16, 24),
    Column("Team", "text", 12, 22),
    Column("Skill", "text", 20, 32),
    Column("Level", "text", 13, 18),
    Column("Importance", "text", 13, 14),
    Column("What ends", "text", 24, 40),
    Column("Proof", "link centred", 8, 8),
)


def draw_expiring(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    """Draw the sheet; the list itself is streamed."""
    put_title(sheet, report, "Expiring")
    ends = sorted((*report.overdue, *report.expiring), key=lambda end: (end.last_valid_day, end.person_name))
    listed = _listed(report, ends, links)
    rows = put_list(sheet, HEADING_ROW, listed)
    set_page(sheet, report, heading_row=HEADING_ROW)
    if rows is None:
        put(sheet, 3, 1, "Nothing has run out, and nothing runs out within 90 days.", "fact")
        return ()
    put(
        sheet,
        3,
        1,
        f"{len(report.overdue)} ended · {len(report.expiring)} ending within 90 days of {report.as_of.isoformat()}",
        "fact",
    )
    first, last = HEADING_ROW + 1, HEADING_ROW + listed.count
    for formula, colour in (
        (f"$B{first}<0", ORANGE),
        (f"$B{first}<=30", ORANGE_LIGHT),
        (f"$B{first}<=60", YELLOW_LIGHT),
    ):
        rule = Rule(type="expression", formula=[formula], dxf=coloured(colour), stopIfTrue=True)
        sheet.conditional_formatting.add(f"A{first}:B{last}", rule)
    return (rows,)


def _listed(report: Report, ends: list[Expiring], links: Links) -> Listed:
    levels = {skill.skill_iri: skill.levels for skill in report.skills}

    def rows() -> Iterator[tuple[StreamedValue, ...]]:
        for end in ends:
            yield (
                end.last_valid_day,
                end.days_left,
                end.person_name,
                end.team_name,
                end.skill_label,
                level_word(levels.get(end.skill_iri, ()), end.level),
                end.importance or "",
                end.title,
                "open",
            )

    def row_links() -> Iterator[RowLink]:
        for row, end in enumerate(ends):
            pair = links.pair(end.person_id, end.skill_short_id)
            if pair is not None:
                yield RowLink(row, PERSON_COLUMN, pair)
            proof = links.evidence(end.evidence_id)
            if proof is not None:
                yield RowLink(row, PROOF_COLUMN, proof)

    return Listed(_COLUMNS, len(ends), rows, row_links)
