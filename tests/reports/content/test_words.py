"""The words of figures."""

from __future__ import annotations

from datetime import date

import pytest

from reports.content.words import day_word, days_word, level_word, percent_word, share_word


@pytest.mark.parametrize(
    ("share", "word"),
    [
        (None, "n/a"),
        (0.0, "0 %"),
        (0.001, "1 %"),
        (1 / 3, "33 %"),
        (0.995, "99 %"),
        (0.9999, "99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_percentage_is_0_or_100_only_where_it_is_exactly_so(share: float | None, word: str) -> None:
    assert percent_word(share) == word


def test_a_share_tells_its_counts_first() -> None:
    assert (share_word(3, 9), share_word(0, 0)) == ("3 of 9 (33 %)", "n/a")


@pytest.mark.parametrize(("level", "word"), [(0, "none"), (1, "1 Aware"), (2, "2"), (3, "3")])
def test_a_level_without_a_name_is_its_number(level: int, word: str) -> None:
    assert level_word(("Aware", ""), level) == word


@pytest.mark.parametrize(
    ("days", "word"),
    [(0, "today"), (1, "in 1 day"), (2, "in 2 days"), (-1, "1 day ago"), (-2, "2 days ago")],
)
def test_days_are_counted_from_today(days: int, word: str) -> None:
    assert days_word(days) == word


def test_a_missing_day_is_no_text() -> None:
    assert (day_word(date(2026, 6, 30)), day_word(None)) == ("2026-06-30", "")
