"""Sheet "Heat map": mark and levels in every cell, colour by rule, links to the proof."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.excel.heat_rules import heat_text
from reports.excel.layout import share_value
from tests.reports import content_factory as factory
from tests.reports.excel.reading import links_of_sheet, sheet_of, texts_of

LEAD = 4
FIRST_ROW = 5


def test_every_cell_says_status_and_levels() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Heat map")

    for row, person in enumerate(report.people, start=FIRST_ROW):
        for column, cell in enumerate(person.cells, start=LEAD + 1):
            assert sheet.cell(row, column).value == heat_text(cell)
    statuses = {cell.status for person in report.people for cell in person.cells}
    assert statuses == {"met", "unmet", "open", "exempt", "desirable", "not_required"}


@pytest.mark.parametrize(
    ("status", "required", "attained", "importance", "text"),
    [
        ("met", 3, 3, "required", "✓ 3/3"),
        ("unmet", 3, 2, "mandatory", "✗ 2/3 M"),
        ("open", 2, 0, "required", "◷ 0/2"),
        ("exempt", 2, 0, "mandatory", "E 0/2"),
        ("desirable", 2, 1, "desirable", "D 1/2"),
        ("not_required", None, 0, None, "–"),
        ("not_required", None, 2, None, "– 2"),
    ],
)
def test_a_cells_text(
    status: str, required: int | None, attained: int, importance: str | None, text: str
) -> None:
    cell = replace(
        factory.report().people[0].cells[0],
        status=status,
        required=required,
        attained=attained,
        importance=importance,
    )
    assert heat_text(cell) == text


def test_people_lead_their_rows_with_counts_before_the_share() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Heat map")

    for row, person in enumerate(report.people, start=FIRST_ROW):
        assert sheet.cell(row, 3).value == f"{person.met.met} of {person.met.total}"
        assert sheet.cell(row, 4).value == pytest.approx(person.met.share)
    assert sheet["A8"].value == "Dora Weiß (on leave)"


def test_coverage_and_depth_stand_beneath() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Heat map")
    row = FIRST_ROW + len(report.people)

    assert [sheet.cell(row + offset, 1).value for offset in range(3)] == [
        "Met / needed",
        "Coverage",
        "Depth (holders)",
    ]
    for column, skill in enumerate(report.skills, start=LEAD + 1):
        assert sheet.cell(row + 1, column).value == share_value(skill.coverage_share)
        if skill.needed:
            assert sheet.cell(row, column).value == f"{skill.met}/{skill.needed}"
            assert sheet.cell(row + 2, column).value == skill.depth


def test_colour_comes_from_rules_over_the_texts_not_from_fills() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Heat map")
    last = sheet.cell(FIRST_ROW + len(report.people) - 1, LEAD + len(report.skills)).coordinate

    areas = {str(item.sqref): [rule.type for rule in item.rules] for item in sheet.conditional_formatting}
    assert areas[f"E5:{last}"] == ["expression"] * 7
    assert "colorScale" in areas["E18:V18"]
    assert all(cell.fill.fill_type is None for cell in sheet[FIRST_ROW])


def test_cells_that_say_something_open_person_and_skill() -> None:
    report = factory.report()
    links = links_of_sheet(sheet_of(report, "Heat map"))
    saying = sum(
        cell.required is not None or cell.attained > 0 for person in report.people for cell in person.cells
    )

    assert len(links) == saying + len(report.people)
    assert links["F5"].startswith("https://bridge.example/people/p-00000?skill=s001&")
    assert links["A5"].startswith("https://bridge.example/people/p-00000?as_of=2026-06-30")


def test_names_and_headings_stay_in_view_and_on_every_page() -> None:
    sheet = sheet_of(factory.large_report(30, 60), "Heat map")

    assert sheet.freeze_panes == "E5"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.print_title_cols == "$A:$D"
    assert sheet.page_setup.fitToWidth == 4
    assert sheet["E4"].alignment.textRotation == 90


def test_head_counts_and_legend_explain_themselves() -> None:
    texts = texts_of(sheet_of(factory.report(), "Heat map"))

    assert "10 % of 12 active members at 2 Working" in texts
    assert "1 of 2" in texts
    assert "exempt: stands in no ratio" in texts


def test_a_company_shows_teams_as_shares_with_their_counts() -> None:
    report = factory.report(kind="company")
    sheet = sheet_of(report, "Heat map")

    for row, team in enumerate(report.teams, start=FIRST_ROW):
        assert sheet.cell(row, 1).value == f"{'    ' * team.depth}{team.name}"
        for column, skill in enumerate(report.skills, start=6):
            met, total = team.skill_shares.get(skill.skill_iri, (0, 0))
            assert sheet.cell(row, column).value == (pytest.approx(met / total) if total else "–")
    texts = texts_of(sheet)
    assert "The counts behind the shares: met / needed" in texts
    assert "7/10" in texts
    assert links_of_sheet(sheet)["A5"].startswith("https://bridge.example/teams/t-0?")


def test_a_team_without_members_says_so() -> None:
    assert "This team has no members on this day." in texts_of(sheet_of(factory.empty_report(), "Heat map"))
