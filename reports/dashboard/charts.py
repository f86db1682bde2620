"""Charts as numbers for inline SVG: paths, points and labels in the units of the view box; nothing is styled here.

The template writes them as attributes and sets the same numbers beside them as a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reports.content.model import TrendPoint
from reports.content.words import percent_word, share_word

WIDTH = 420.0
HEIGHT = 168.0
LEFT, RIGHT, TOP, BOTTOM = 36.0, 22.0, 20.0, 26.0
BAR_WIDTH = 200.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale with its word, at `at` units from the chart's top (y) or left edge (x)."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the trend; `footnote` is its number below the chart, 0 without one."""

    x: float
    y: float
    day: date
    text: str
    note: str
    footnote: int


@dataclass(frozen=True, slots=True)
class TrendChart:
    """Requirements met over time. `line` and `area` are SVG path data; `dots` are in the order of time."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    line: str
    area: str
    dots: tuple[Dot, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    last_text: str
    summary: str

    @property
    def footnotes(self) -> tuple[Dot, ...]:
        """The points that carry a note, in the order of their numbers."""
        return tuple(dot for dot in self.dots if dot.footnote)


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar of `length` units out of `BAR_WIDTH`; `text` is its figure, `share` 0..1 or None."""

    label: str
    length: float
    text: str
    shade: str
    share: float | None


def trend_chart(points: Sequence[TrendPoint]) -> TrendChart | None:
    """Return the trend of `points` that have a figure, or None where fewer than two have one.

    The scale starts at a round ten per cent below the lowest share and is never cut at the top below the highest.
    """
    known = [(point, point.met.share) for point in points]
    drawn = [(point, share) for point, share in known if share is not None]
    if len(drawn) < 2:
        return None
    low, high = _bounds([share for _, share in drawn])
    first, last = drawn[0][0].day, drawn[-1][0].day
    dots: list[Dot] = []
    for point, share in drawn:
        numbered = sum(1 for dot in dots if dot.footnote) + 1 if point.note else 0
        dots.append(
            Dot(
                x=_x(point.day, first, last),
                y=_y(share, low, high),
                day=point.day,
                text=share_word(point.met.met, point.met.total),
                note=point.note,
                footnote=numbered,
            )
        )
    line = "M" + " L".join(f"{dot.x:g} {dot.y:g}" for dot in dots)
    floor = HEIGHT - BOTTOM
    return TrendChart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=floor,
        line=line,
        area=f"{line} L{dots[-1].x:g} {floor:g} L{dots[0].x:g} {floor:g} Z",
        dots=tuple(dots),
        y_ticks=_y_ticks(low, high),
        x_ticks=_x_ticks(dots),
        last_text=percent_word(drawn[-1][1]),
        summary=(
            f"Requirements met went from {percent_word(drawn[0][1])} on {first.isoformat()} "
            f"to {percent_word(drawn[-1][1])} on {last.isoformat()}."
        ),
    )


def share_bar(label: str, share: float | None, text: str | None = None) -> Bar:
    """Return a bar for `share`; without one the bar is empty and says n/a."""
    known = 0.0 if share is None else min(1.0, max(0.0, share))
    return Bar(
        label=label,
        length=round(known * BAR_WIDTH, 1),
        text=percent_word(share) if text is None else text,
        shade="none" if share is None else band(share),
        share=share,
    )


def risk_bars(today: float | None, at_risk: Mapping[int, float | None]) -> tuple[Bar, ...]:
    """Return today's share and those 30, 60 and 90 days ahead if nothing is renewed."""
    return (
        share_bar("today", today),
        *(share_bar(f"in {days} days", at_risk[days]) for days in sorted(at_risk)),
    )


def band(share: float) -> str:
    """Return how a share is to be read: `good` (all), `fair` (at least 80 %) or `poor`."""
    if share >= 1:
        return "good"
    return "fair" if share >= 0.8 else "poor"


def _bounds(shares: Sequence[float]) -> tuple[float, float]:
    low = max(0, int(min(shares) * 10) - 1) / 10
    high = min(10, int(max(shares) * 10) + 1) / 10
    return (low, high) if high > low else (max(0.0, high - 0.1), high)


def _x(day: date, first: date, last: date) -> float:
    span = max(1, (last - first).days)
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / span, 1)


def _y(share: float, low: float, high: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (share - low) / (high - low), 1)


def _y_ticks(low: float, high: float) -> tuple[Tick, ...]:
    steps = round((high - low) * 10)
    stride = 1 if steps <= 4 else 2
    return tuple(
        Tick(_y(low + step / 10, low, high), f"{round((low + step / 10) * 100)} %")
        for step in range(0, steps + 1, stride)
    )


def _x_ticks(dots: Sequence[Dot]) -> tuple[Tick, ...]:
    stride = max(1, -(-len(dots) // 6))
    chosen = [dot for place, dot in enumerate(reversed(dots)) if place % stride == 0]
    return tuple(Tick(dot.x, dot.day.strftime("%Y-%m")) for dot in reversed(chosen))
