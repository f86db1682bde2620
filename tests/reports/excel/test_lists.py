"""Sheets Expiring, Depth, Mandatory, Definitions and About against the content."""

from __future__ import annotations

from typing import Any

from reports.content.definitions import DEFINITIONS
from tests.reports import content_factory as factory
from tests.reports.excel.reading import links_of_sheet, sheet_of, table_of, texts_of


def test_expiring_starts_with_what_has_run_out_and_links_the_proof() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Expiring")
    rows = table_of(sheet, 4)

    assert len(rows) == len(report.overdue) + len(report.expiring)
    days = [row["Days left"] for row in rows]
    assert days == sorted(days)
    assert days[0] < 0
    first = report.overdue[0]
    assert rows[0]["Last valid day"].date() == first.last_valid_day
    assert f"{factory.BASE_URL}/evidence/{first.evidence_id}" in links_of_sheet(sheet).values()


def test_depth_names_uncovered_skills_then_single_points_with_the_next_best() -> None:
    report = factory.report()
    rows = table_of(sheet_of(report, "Depth"), 4)

    assert [row["State"] for row in rows[:3]] == ["uncovered", "single point of failure", "covered"]
    assert rows[0]["Held by"] == "nobody"
    single = next(skill for skill in report.skills if skill.is_single_point)
    assert rows[1]["Skill"] == single.label
    assert rows[1]["Depth (holders)"] == 1
    assert rows[1]["Held by"] == single.holder_names[0]
    assert rows[1]["Next best"] == single.next_best_name
    assert len(rows) == sum(skill.depth is not None for skill in report.skills)


def test_mandatory_tells_who_is_missing_and_why() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Mandatory")
    lines = table_of(sheet, 5)

    assert [(line["Mandatory requirement"], line["Met"]) for line in lines] == [
        (line.skill_label, f"{line.met.met} of {line.met.total}") for line in report.mandatory_lines
    ]
    people = table_of(sheet, 5 + len(lines) + 3)
    assert [(row["Person"], row["Why missing"]) for row in people] == [
        (name, reason) for line in report.mandatory_lines for _, name, reason in line.missing
    ]


def test_every_definition_stands_in_the_workbook() -> None:
    rows = table_of(sheet_of(factory.report(), "Definitions"), 4)
    assert tuple((row["Figure or word"], row["What it means"]) for row in rows) == DEFINITIONS


def test_about_tells_what_the_report_is_of_and_what_is_not_counted() -> None:
    report = factory.report()
    sheet = sheet_of(report, "About")
    facts: dict[Any, Any] = {sheet.cell(row, 1).value: sheet.cell(row, 2).value for row in range(4, 18)}

    assert facts["Company"] == report.company_name
    assert facts["As of"].date() == report.as_of
    assert facts["As known on"] == report.known_on_text
    assert facts["Time zone of all days"] == "Europe/Berlin"
    assert facts["Least strength that counts"] == "completed"
    texts = texts_of(sheet)
    assert report.footnotes[0] in texts
    assert report.attribution[0] in texts
    assert "=cmd|' /C calc'!A0" in texts
    assert "silent" in texts
    counts = {row["What"]: row["How many"] for row in table_of(sheet, texts_row(sheet, "What"))}
    assert counts["Accounts that belong to nobody known"] == 3
    assert counts["Share of learning not mapped to any skill"] == 0.125


def texts_row(sheet: object, heading: str) -> int:
    """The row in which column A holds `heading`."""
    rows = sheet.iter_rows(max_col=1)  # type: ignore[attr-defined]  # any sheet of openpyxl
    return int(next(cell.row for (cell,) in rows if cell.value == heading))


def test_empty_sheets_say_that_they_are_empty() -> None:
    report = factory.empty_report()

    assert "Nothing has run out, and nothing runs out within 90 days." in texts_of(
        sheet_of(report, "Expiring")
    )
    assert "No skill is asked of this team on this day." in texts_of(sheet_of(report, "Depth"))
    assert "No mandatory requirement binds anybody here on this day." in texts_of(
        sheet_of(report, "Mandatory")
    )
    assert "No source is connected." in texts_of(sheet_of(report, "About"))
