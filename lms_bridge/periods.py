"""Calendar arithmetic by ISO 8601 duration: whole years, months, weeks and days, clipped to the month's end."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from lms_bridge.errors import InvalidInputError

_PATTERN = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of calendar time."""

    months: int
    days: int

    def after(self, day: date) -> date:
        """Return `day` plus this period; months first, clipped to the month's end, then days."""
        return _shifted(day, self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """Return `day` minus this period, clipped likewise."""
        return _shifted(day, -self.months) - timedelta(days=self.days)


@lru_cache(maxsize=1024)
def parse_period(text: str) -> Period:
    """Read a duration such as `P1Y`, `P90D` or `P1Y6M`.

    Raises:
        InvalidInputError: it is none, or longer than the calendar reaches.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(
            f"duration {text!r} is not understood; write whole units such as P2Y, P6M or P90D"
        )
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    if years > 200:
        raise InvalidInputError(
            f"duration {text!r} is longer than 200 years; leave it out where nothing ends"
        )
    return Period(years * 12 + months, weeks * 7 + days)


def period_words(text: str) -> str:
    """Return a duration in words: `P1Y6M` is "1 year 6 months".

    Raises:
        InvalidInputError: it is no duration.
    """
    parse_period(text)
    match = _PATTERN.fullmatch(text.strip())
    counts = [int(part or 0) for part in match.groups()] if match else []
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in zip(counts, ("year", "month", "week", "day"), strict=True)
        if count
    ]
    return " ".join(parts) or "0 days"


def _shifted(day: date, months: int) -> date:
    if not months:
        return day
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
