"""A measured figure with the floor it must reach and the reach it should, and how a table of them is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["reach", "floor", "SHORT", ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Where the figure is a cost, less is better (`is_cost`); else more is.

    `share` says how far the floor is met, 1 or more being met, whichever way is better; None without a floor.
    """

    group: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    reach: float | None = None
    is_cost: bool = False
    note: str = ""

    @property
    def share(self) -> float | None:
        """The floor over the figure for a cost, else the figure over the floor."""
        if self.floor is None or not self.floor or not self.value:
            return None
        return self.floor / self.value if self.is_cost else self.value / self.floor

    @property
    def verdict(self) -> Verdict:
        """Which of the two is met."""
        if self.floor is None:
            return ""
        if self.reach is not None and self._meets(self.reach):
            return "reach"
        return "floor" if self._meets(self.floor) else "SHORT"

    def _meets(self, limit: float) -> bool:
        return self.value <= limit if self.is_cost else self.value >= limit

    def as_json(self) -> dict[str, Any]:
        """Return the figure as it is kept in the results."""
        return {
            "group": self.group,
            "name": self.name,
            "value": round(self.value, 6),
            "unit": self.unit,
            "floor": self.floor,
            "reach": self.reach,
            "is_cost": self.is_cost,
            "share_of_floor": None if self.share is None else round(self.share, 4),
            "verdict": self.verdict,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Omitted:
    """Something that was not measured, and why."""

    what: str
    why: str


Result = Figure | Omitted


def median(values: Iterable[float]) -> float:
    """Return the middle value; the mean of both where there are two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def number(value: float) -> str:
    """Write a value with three digits that matter."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text, a heading before each group, notes below their line."""
    width = max((len(figure.name) for figure in figures), default=0)
    lines: list[str] = []
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            lines += ["", group]
        lines.append(_line(figure, width))
        if figure.note:
            lines.append(f"    {figure.note}")
    return "\n".join(lines)


def _line(figure: Figure, width: int) -> str:
    sign = "≤" if figure.is_cost else "≥"
    limits = ""
    if figure.floor is not None:
        limits = f"floor {sign} {number(figure.floor)}"
        limits += "" if figure.reach is None else f", reach {sign} {number(figure.reach)}"
    share = "" if figure.share is None else f"{figure.share:.2f} ×"
    return (
        f"  {figure.name:<{width}}  {number(figure.value):>9} {figure.unit:<13} {limits:<28} {share:>8}"
        f"  {figure.verdict}"
    ).rstrip()
