"""Charts as numbers for inline SVG."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.content.model import Share, TrendPoint
from reports.dashboard.charts import BAR_WIDTH, HEIGHT, WIDTH, band, risk_bars, share_bar, trend_chart

POINTS = (
    TrendPoint(date(2026, 4, 30), Share(55, 100), ""),
    TrendPoint(date(2026, 5, 31), Share(0, 0), "no requirements yet"),
    TrendPoint(date(2026, 6, 30), Share(68, 100), "Warehouse moved to Operations"),
)


def test_a_trend_needs_two_days_with_figures() -> None:
    assert trend_chart(()) is None
    assert trend_chart(POINTS[:2]) is None


def test_a_trend_tells_its_course_and_its_footnotes() -> None:
    chart = trend_chart(POINTS)
    assert chart is not None
    assert chart.summary == "Requirements met went from 55 % on 2026-04-30 to 68 % on 2026-06-30."
    assert [(dot.footnote, dot.note) for dot in chart.footnotes] == [(1, "Warehouse moved to Operations")]
    assert chart.last_text == "68 %"
    assert [dot.text for dot in chart.dots] == ["55 of 100 (55 %)", "68 of 100 (68 %)"]


def test_later_is_further_right_and_more_is_higher() -> None:
    chart = trend_chart(POINTS)
    assert chart is not None
    first, last = chart.dots
    assert first.x < last.x
    assert first.y > last.y
    assert chart.line == f"M{first.x:g} {first.y:g} L{last.x:g} {last.y:g}"


@given(st.lists(st.integers(0, 100), min_size=2, max_size=24))
def test_every_point_lies_inside_the_chart(percents: list[int]) -> None:
    points = [
        TrendPoint(date.fromordinal(739000 + 30 * place), Share(percent, 100), "")
        for place, percent in enumerate(percents)
    ]
    chart = trend_chart(points)
    assert chart is not None
    assert all(chart.left <= dot.x <= WIDTH and 0 <= dot.y <= chart.bottom <= HEIGHT for dot in chart.dots)
    assert len(chart.x_ticks) <= 6
    assert all(0 <= tick.at <= HEIGHT for tick in chart.y_ticks)


@pytest.mark.parametrize(
    ("share", "length", "text", "shade"),
    [
        (None, 0.0, "n/a", "none"),
        (0.0, 0.0, "0 %", "poor"),
        (0.5, BAR_WIDTH / 2, "50 %", "poor"),
        (0.9, BAR_WIDTH * 0.9, "90 %", "fair"),
        (1.0, BAR_WIDTH, "100 %", "good"),
    ],
)
def test_a_bar_is_as_long_as_its_share(share: float | None, length: float, text: str, shade: str) -> None:
    bar = share_bar("x", share)
    assert (bar.length, bar.text, bar.shade) == (length, text, shade)


def test_the_days_ahead_follow_today() -> None:
    bars = risk_bars(0.7, {90: None, 30: 0.6, 60: 0.5})
    assert [(bar.label, bar.text) for bar in bars] == [
        ("today", "70 %"),
        ("in 30 days", "60 %"),
        ("in 60 days", "50 %"),
        ("in 90 days", "n/a"),
    ]


def test_only_all_of_it_is_good() -> None:
    assert (band(0.999), band(1.0), band(0.79)) == ("fair", "good", "poor")
