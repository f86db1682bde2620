"""The only place that asks the time. Everything else is handed instants and dates as arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo


def now() -> datetime:
    """Return the current instant in UTC, with microseconds."""
    return datetime.now(UTC)


def today(zone: tzinfo) -> date:
    """Return the current calendar day in `zone`, the company's time zone."""
    return datetime.now(zone).date()
