"""Sheets "Data" and "Evidence" equal the content, cell by cell, and are tables to filter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from reports.content.words import STATUS_WORDS
from reports.excel import data
from reports.excel.data import DATA_COLUMNS, EVIDENCE_COLUMNS, evidence_lines, reason_of
from tests.reports import content_factory as factory
from tests.reports.excel.reading import links_of_sheet, sheet_of, table_of, texts_of


def day(value: Any) -> date | None:
    """The day of a cell that holds one."""
    assert value is None or isinstance(value, datetime)
    return None if value is None else value.date()


@pytest.mark.parametrize("kind", ["team", "company"])
def test_data_holds_every_person_and_skill(kind: Any) -> None:
    report = factory.report(kind=kind)
    rows = iter(table_of(sheet_of(report, "Data"), 1))

    for person in report.people:
        for skill, cell in zip(report.skills, person.cells, strict=True):
            row = next(rows)
            assert (row["Person ID"], row["Person"]) == (person.person_id, person.name)
            assert (row["Skill"], row["Skill IRI"]) == (skill.label, skill.skill_iri)
            assert row["Required level"] == cell.required
            assert row["Attained level"] == cell.attained
            assert row["Status"] == STATUS_WORDS[cell.status]
            assert row["Importance"] == cell.importance
            assert row["Gap"] == cell.gap
            assert row["Reason"] == reason_of(cell)
            assert day(row["Due on"]) == cell.due_on
            assert day(row["Last valid day"]) == cell.last_valid_day
            assert row["Days left"] == cell.days_left
            assert row["Proofs"] == len(cell.evidence)
    assert next(rows, None) is None


def test_data_is_a_table_with_filter_that_stays_under_its_heading() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Data")

    table = sheet.tables["DataTable"]
    assert table.ref == f"A1:P{12 * 18 + 1}"
    assert table.autoFilter is not None
    assert table.autoFilter.ref == table.ref
    assert [column.name for column in table.tableColumns] == [column.heading for column in DATA_COLUMNS]
    assert sheet.freeze_panes == "C2"
    assert sheet.print_title_rows == "$1:$1"


def test_evidence_holds_every_proof_and_opens_its_card() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Evidence")
    rows = table_of(sheet, 1)
    links = links_of_sheet(sheet)

    assert len(rows) == len(report.proofs)
    for number, (row, proof) in enumerate(zip(rows, evidence_lines(report), strict=True), start=2):
        assert row["Proof"] == proof.evidence_id
        assert links[f"A{number}"] == f"https://bridge.example/evidence/{proof.evidence_id}"
        assert (row["Level"], row["Strength"]) == (proof.level, proof.strength)
        assert day(row["Achieved on"]) == proof.achieved_on
        assert day(row["Last valid day"]) == proof.last_valid_day
        assert row["Cited ID"] == proof.cited_id
    assert sheet.tables["EvidenceTable"].ref == f"A1:S{len(rows) + 1}"
    assert len(EVIDENCE_COLUMNS) == 19


def test_empty_tables_keep_one_row_beneath_their_headings() -> None:
    report = factory.empty_report()
    assert sheet_of(report, "Data").tables["DataTable"].ref == "A1:P2"
    assert sheet_of(report, "Evidence").tables["EvidenceTable"].ref == "A1:S2"


def test_where_excel_has_too_few_rows_the_sheet_says_what_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = factory.report()
    asked = sum(data.says_something(cell) for person in report.people for cell in person.cells)
    monkeypatch.setattr(data, "MOST_ROWS", asked + 1)

    rows = table_of(sheet_of(report, "Data"), 1)

    assert len(rows) == asked < 12 * 18
    assert "Cells left out of sheet Data: Excel has too few rows" in texts_of(sheet_of(report, "About"))


def test_rows_beyond_excels_limit_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    report = factory.report()
    monkeypatch.setattr(data, "MOST_ROWS", 11)

    assert len(table_of(sheet_of(report, "Data"), 1)) == 10
    assert len(table_of(sheet_of(report, "Evidence"), 1)) == 10


def test_a_long_sheet_comes_back_as_it_was() -> None:
    report = factory.large_report(300, 20)
    rows = table_of(sheet_of(report, "Data"), 1)

    assert len(rows) == 6_000
    expected = [(person.person_id, cell.attained) for person in report.people for cell in person.cells]
    assert [(row["Person ID"], row["Attained level"]) for row in rows] == expected
