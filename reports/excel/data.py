"""Sheets "Data" (one row per person and skill) and "Evidence" (one per proof): tables to filter, pivot and join.

The headings stand in row 1, so that other programs read the sheets as they are; levels are steps, 0 is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import CellContent, ProofLine, Report
from reports.content.words import REASON_WORDS, STATUS_WORDS
from reports.excel.layout import Column, Listed, put_headings, set_page, set_widths, stream_rows
from reports.excel.links import Links
from reports.excel.stream import MOST_ROWS, RowLink, StreamedRows, StreamedValue

DATA_COLUMNS = (
    Column("Person ID", "data", 12, 24),
    Column("Person", "data", 16, 28),
    Column("Team", "data", 12, 26),
    Column("Roles", "data", 14, 34),
    Column("Skill", "data", 20, 40),
    Column("Skill IRI", "data", 20, 40),
    Column("Importance", "data", 13, 13),
    Column("Required level", "data number", 11, 17),
    Column("Attained level", "data number", 11, 17),
    Column("Status", "data", 12, 14),
    Column("Gap", "data number", 8, 8),
    Column("Reason", "data", 14, 38),
    Column("Due on", "data day", 12, 12),
    Column("Last valid day", "data day", 12, 17),
    Column("Days left", "data number", 10, 13),
    Column("Proofs", "data number", 10, 10),
)
EVIDENCE_COLUMNS = (
    Column("Proof", "data link", 14, 40),
    Column("Person ID", "data", 12, 24),
    Column("Person", "data", 16, 28),
    Column("Skill", "data", 20, 40),
    Column("Skill IRI", "data", 20, 40),
    Column("Level", "data number", 9, 9),
    Column("Level name", "data", 13, 20),
    Column("Strength", "data", 13, 14),
    Column("Authenticity", "data", 14, 18),
    Column("Achieved on", "data day", 14, 15),
    Column("Last valid day", "data day", 12, 17),
    Column("Ended by", "data", 12, 13),
    Column("State", "data", 10, 12),
    Column("Title", "data", 20, 50),
    Column("Source", "data", 14, 24),
    Column("Rule", "data", 14, 30),
    Column("Rule version", "data", 14, 18),
    Column("Cites", "data", 11, 11),
    Column("Cited ID", "data", 14, 40),
)


def draw_data(sheet: Worksheet, report: Report) -> tuple[StreamedRows, ...]:
    """Draw one row per person and skill, in the order of the heat map."""

    def rows() -> Iterator[tuple[StreamedValue, ...]]:
        skills = tuple((skill.label, skill.skill_iri) for skill in report.skills)
        written = 0
        whole = data_count(report) == data_total(report)
        for person in report.people:
            lead = (person.person_id, person.name, ", ".join(person.team_names), ", ".join(person.role_names))
            for (label, iri), cell in zip(skills, person.cells, strict=True):
                if not (whole or says_something(cell)):
                    continue
                if written == MOST_ROWS - 1:
                    return
                written += 1
                yield (
                    *lead,
                    label,
                    iri,
                    cell.importance,
                    cell.required,
                    cell.attained,
                    STATUS_WORDS.get(cell.status, cell.status),
                    cell.gap,
                    reason_of(cell),
                    cell.due_on,
                    cell.last_valid_day,
                    cell.days_left,
                    len(cell.evidence),
                )

    listed = Listed(DATA_COLUMNS, data_count(report), rows)
    return _draw_table(sheet, report, listed, "DataTable", kept_columns=2)


def data_total(report: Report) -> int:
    """Return the number of person-skill cells of the report."""
    return sum(len(person.cells) for person in report.people)


def data_count(report: Report) -> int:
    """Return the number of rows of Data.

    That is every cell, unless Excel has too few rows for them: then those that are not required and not attained
    are left out, and the rest is cut at Excel's limit; the sheet About says so.
    """
    total = data_total(report)
    if total < MOST_ROWS:
        return total
    return min(sum(says_something(cell) for person in report.people for cell in person.cells), MOST_ROWS - 1)


def says_something(cell: CellContent) -> bool:
    """Tell whether the skill is asked of the person or shown by them."""
    return cell.status != "not_required" or cell.attained > 0


def reason_of(cell: CellContent) -> str | None:
    """Return why a cell is as it is: the gap's reason in words, or the exemption's."""
    if cell.status == "exempt":
        return cell.exempt_reason
    return None if cell.reason is None else REASON_WORDS.get(cell.reason, cell.reason)


def draw_evidence(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    """Draw one row per proof; the first column opens the proof card."""
    proofs = evidence_lines(report)

    def rows() -> Iterator[tuple[StreamedValue, ...]]:
        for proof in proofs:
            yield (
                proof.evidence_id,
                proof.person_id,
                proof.person_name,
                proof.skill_label,
                proof.skill_iri,
                proof.level,
                proof.level_name,
                proof.strength,
                proof.authenticity,
                proof.achieved_on,
                proof.last_valid_day,
                proof.end_kind,
                proof.state,
                proof.title,
                proof.source,
                proof.rule_id,
                proof.rule_version,
                proof.cited_kind,
                proof.cited_id,
            )

    def row_links() -> Iterator[RowLink]:
        for row, proof in enumerate(proofs):
            url = links.evidence(proof.evidence_id)
            if url is not None:
                yield RowLink(row, 1, url)

    return _draw_table(sheet, report, Listed(EVIDENCE_COLUMNS, len(proofs), rows, row_links), "EvidenceTable")


def evidence_lines(report: Report) -> tuple[ProofLine, ...]:
    """Return the proofs by person, skill and day, as many as a sheet holds."""
    proofs = sorted(
        report.proofs.values(),
        key=lambda line: (
            line.person_name,
            line.person_id,
            line.skill_label,
            line.achieved_on,
            line.evidence_id,
        ),
    )
    return tuple(proofs[: MOST_ROWS - 1])


def _draw_table(
    sheet: Worksheet, report: Report, listed: Listed, name: str, *, kept_columns: int = 1
) -> tuple[StreamedRows, ...]:
    put_headings(sheet, 1, [column.heading for column in listed.columns])
    sheet.row_dimensions[1].height = 20
    set_widths(sheet, listed)
    last_column = get_column_letter(len(listed.columns))
    # A table of Excel has at least one row beneath its headings, be it empty.
    table = Table(displayName=name, name=name, ref=f"A1:{last_column}{max(listed.count, 1) + 1}")
    # Said here, for openpyxl would create every cell of the range to read the headings from row 1.
    table.tableColumns = [
        TableColumn(id=number, name=column.heading) for number, column in enumerate(listed.columns, start=1)
    ]
    table.autoFilter = AutoFilter(ref=table.ref)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)
    set_page(sheet, report, heading_row=1, heading_columns=kept_columns, gridlines=True)
    if not listed.count:
        return ()
    return (stream_rows(sheet, 2, [column.style for column in listed.columns], listed),)
