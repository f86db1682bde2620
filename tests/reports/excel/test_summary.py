"""Sheet "Summary": key figures, and charts that read cells which hold what the chart says."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report
from reports.excel.summary import MOST_BARS, worst_first
from tests.reports import content_factory as factory
from tests.reports.excel.reading import sheet_of, texts_of


def charts_of(sheet: Worksheet) -> dict[str, Any]:
    """The charts by their title."""
    made: Any = sheet
    return {
        "".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r): chart
        for chart in made._charts
    }


def values_of(sheet: Worksheet, reference: str) -> list[Any]:
    """The cells of a chart's range, which is on the sheet itself."""
    title, _, area = reference.partition("!")
    assert title.strip("'") == sheet.title
    left, top, right, bottom = range_boundaries(area.replace("$", ""))
    assert left == right
    assert top is not None
    assert bottom is not None
    return [sheet.cell(row, int(left or 0)).value for row in range(top, bottom + 1)]


def test_key_figures_tell_counts_before_shares() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Summary")

    assert [cell.value for cell in sheet["A4:C4"][0]] == [
        "Requirements met",
        f"{report.met.met} of {report.met.total}",
        pytest.approx(report.met.share),
    ]
    assert sheet["B5"].value == f"{report.mandatory.met} of {report.mandatory.total}"
    assert sheet["B6"].value == 1
    assert sheet["B8"].value == len(report.expiring)


@pytest.mark.parametrize("kind", ["team", "company"])
def test_charts_read_real_cells_and_show_their_axes(kind: Any) -> None:
    report = factory.report(kind=kind)
    sheet = sheet_of(report, "Summary")
    charts = charts_of(sheet)

    assert len(charts) == (4 if kind == "company" else 3)
    for chart in charts.values():
        series = chart.series[0]
        labels = series.cat.strRef.f if series.cat.strRef is not None else series.cat.numRef.f
        values = values_of(sheet, series.val.numRef.f)
        assert len(values_of(sheet, labels)) == len(values) >= 2
        assert all(isinstance(value, float | int) and 0 <= value <= 1 for value in values)
        assert not chart.x_axis.delete
        assert not chart.y_axis.delete
        assert chart.x_axis.title is not None
        assert chart.y_axis.title is not None


def test_the_bars_are_the_worst_skills_worst_first() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Summary")
    series = charts_of(sheet)[f"Coverage by skill, worst {MOST_BARS} first"].series[0]
    worst = worst_first(report.skills)[:MOST_BARS]

    assert values_of(sheet, series.cat.strRef.f) == [skill.label for skill in worst]
    assert values_of(sheet, series.val.numRef.f) == pytest.approx([skill.coverage_share for skill in worst])


def test_the_trend_is_a_line_without_smoothing() -> None:
    report = factory.report()
    sheet = sheet_of(report, "Summary")
    series = charts_of(sheet)["Requirements met over time"].series[0]

    assert not series.smooth
    assert values_of(sheet, series.val.numRef.f) == pytest.approx([point.met.share for point in report.trend])
    days = values_of(sheet, series.cat.numRef.f)
    assert [day.date() for day in days] == [point.day for point in report.trend]


@pytest.mark.parametrize("kind", ["team", "company"])
def test_charts_do_not_cover_each_other_or_any_cell(kind: Any) -> None:
    sheet = sheet_of(factory.report(kind=kind), "Summary")
    covered: set[tuple[int, int]] = set()
    for chart in charts_of(sheet).values():
        first, last = chart.anchor._from, chart.anchor.to
        cells = {
            (row + 1, column + 1)
            for row in range(first.row, last.row)
            for column in range(first.col, last.col)
        }
        assert not covered & cells
        covered |= cells
    assert all(sheet.cell(row, column).value is None for row, column in covered)


def test_an_empty_report_says_why_there_are_no_charts() -> None:
    sheet = sheet_of(factory.empty_report(), "Summary")

    assert charts_of(sheet) == {}
    texts = texts_of(sheet)
    assert "No chart of coverage: no requirement binds anybody here." in texts
    assert "n/a" in texts


def shown_percents(report: Report, title: str) -> set[tuple[float, str]]:
    return {
        (cell.value, cell.number_format)
        for row in sheet_of(report, title).iter_rows()
        for cell in row
        if isinstance(cell.value, float)
    }


@pytest.mark.parametrize("title", ["Summary", "Depth", "Heat map"])
def test_shares_are_numbers_that_show_the_percent_word(title: str) -> None:
    for share, number_format in shown_percents(factory.report(), title):
        assert number_format == "0 %" or (number_format.startswith('"') and number_format.endswith(' %"')), (
            share
        )
    assert (0.625, "0 %") in shown_percents(factory.report(), title)
