"""Sheet "To do": who must do what by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from tests.reports import content_factory as factory
from tests.reports.excel.reading import links_of_sheet, sheet_of, table_of, texts_of

HEADING_ROW = 6


def test_the_list_is_the_contents_in_its_order() -> None:
    report = factory.report()
    rows = table_of(sheet_of(report, "To do"), HEADING_ROW)

    assert len(rows) == len(report.todo)
    for row, todo in zip(rows, report.todo, strict=True):
        assert row["Person"] == todo.person_name
        assert row["Skill"] == todo.skill_label
        assert row["Importance"] == todo.importance
        assert row["Why"] == todo.reason_text
        assert row["What to do"] == todo.action
        assert row["Urgency"].startswith(str(todo.urgency + 1))
        due = row["Due by"]
        assert (due.date() if isinstance(due, datetime) else due) == (todo.due_on or "now")


def test_the_block_above_tells_team_day_and_the_two_figures() -> None:
    report = factory.report()
    sheet = sheet_of(report, "To do")

    assert sheet["C3"].value == "Assembly & Test (manager: Ada Lovelace)"
    assert sheet["H3"].value.date() == report.as_of
    assert sheet["C4"].value == f"{report.met.met} of {report.met.total} (70 %)"
    assert sheet["H4"].value == f"{report.mandatory.met} of {report.mandatory.total} (76 %)"
    assert sheet["C5"].value.startswith(f"{len(report.todo)} in all: 3 overdue, mandatory")


def test_every_person_opens_at_the_skill_on_the_reports_day() -> None:
    report = factory.report()
    links = links_of_sheet(sheet_of(report, "To do"))

    assert len(links) == len(report.todo)
    first = report.todo[0]
    assert links["C7"] == (
        f"https://bridge.example/people/{first.person_id}?skill={first.skill_short_id}"
        "&as_of=2026-06-30&known_on=2026-06-30T06%3A15%3A30.250000Z"
    )


def test_the_team_is_a_column_where_there_are_several() -> None:
    report = factory.report()
    moved = replace(report.todo[0], team_name="Maintenance")
    rows = table_of(sheet_of(replace(report, todo=(moved, *report.todo[1:])), "To do"), HEADING_ROW)

    assert [row["Team"] for row in rows[:2]] == ["Maintenance", "Assembly & Test"]


def test_nothing_to_do_is_said() -> None:
    done = replace(factory.report(), todo=())
    assert "Nothing to do: every requirement is met, and none runs out within 90 days." in texts_of(
        sheet_of(done, "To do")
    )
    assert "Nothing to do: no requirement binds anybody here on this day." in texts_of(
        sheet_of(factory.empty_report(), "To do")
    )


def test_due_days_are_dates_with_an_iso_format() -> None:
    sheet = sheet_of(factory.report(), "To do")
    assert isinstance(sheet["B7"].value, datetime)
    assert sheet["B7"].value.date() < date(2026, 6, 30)
    assert sheet["B7"].number_format == "yyyy-mm-dd"
    assert sheet.auto_filter.ref == f"A6:J{6 + len(factory.report().todo)}"
