"""Days of the demo, written for 2026-06-30 and shifted by whole days so that another day takes its place.

A shift by days keeps every distance between two days. Validity periods are calendar years, so around a leap day an
expiry may move by one day against its neighbours: the demo keeps at least three days between any planned expiry and a
bound that a figure looks at (today, in 30, 60 and 90 days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

WRITTEN_FOR = date(2026, 6, 30)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The demo's days as seen from `today`."""

    today: date

    def on(self, written: str) -> date:
        """Return the day that takes the place of `written` (ISO, as if today were 2026-06-30)."""
        return date.fromisoformat(written) + (self.today - WRITTEN_FOR)

    def text(self, written: str) -> str:
        """Return that day as ISO text for a CSV cell; "" stays "" (no date)."""
        return self.on(written).isoformat() if written else ""

    def written(self, day: date) -> date:
        """Return the day as the tables of the demo write it: the inverse of `on`."""
        return day - (self.today - WRITTEN_FOR)


def instant(day: date, second_of_day: int, millisecond: int = 0) -> datetime:
    """Return an instant of `day` in UTC.

    The demo's learning happens between 6 and 16 hours UTC, so the calendar day is the same in the company's zone.
    """
    return datetime.combine(day, time(), UTC) + timedelta(seconds=second_of_day, milliseconds=millisecond)


def stamp(moment: datetime) -> str:
    """Return an RFC 3339 timestamp with milliseconds, as Moodle and most senders write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
