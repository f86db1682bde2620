"""Calendar arithmetic by duration."""

from __future__ import annotations

from datetime import date

import pytest

from lms_bridge.errors import InvalidInputError
from lms_bridge.periods import Period, parse_period, period_words


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P1Y", Period(12, 0)),
        ("P1Y6M", Period(18, 0)),
        ("P90D", Period(0, 90)),
        ("P2W", Period(0, 14)),
        ("P1M2W3D", Period(1, 17)),
        (" P6M ", Period(6, 0)),
    ],
)
def test_durations_are_read(text: str, period: Period) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text", ["", "P", "1Y", "P1.5Y", "PT1H", "P1DT1H", "P-1D", "p1y", "P1D1Y", "P201Y", "P١Y"]
)
def test_what_is_no_duration_of_whole_days_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="duration"):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "day", "after", "before"),
    [
        ("P1Y", date(2024, 2, 29), date(2025, 2, 28), date(2023, 2, 28)),
        ("P4Y", date(2024, 2, 29), date(2028, 2, 29), date(2020, 2, 29)),
        ("P1M", date(2025, 1, 31), date(2025, 2, 28), date(2024, 12, 31)),
        ("P1M1D", date(2025, 1, 31), date(2025, 3, 1), date(2024, 12, 30)),
        ("P13M", date(2025, 12, 15), date(2027, 1, 15), date(2024, 11, 15)),
        ("P90D", date(2026, 1, 1), date(2026, 4, 1), date(2025, 10, 3)),
    ],
)
def test_months_come_first_clipped_to_the_months_end(text: str, day: date, after: date, before: date) -> None:
    assert parse_period(text).after(day) == after
    assert parse_period(text).before(day) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P1Y", "1 year"),
        ("P2Y6M", "2 years 6 months"),
        ("P90D", "90 days"),
        ("P1W", "1 week"),
        ("P0D", "0 days"),
        ("P0Y1M", "1 month"),
    ],
)
def test_a_period_in_words(text: str, words: str) -> None:
    assert period_words(text) == words


def test_what_is_no_duration_has_no_words() -> None:
    with pytest.raises(InvalidInputError, match="duration"):
        period_words("soon")
