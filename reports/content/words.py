"""The words of figures, once for page and workbook: statuses, reasons, shares, levels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

STATUS_WORDS = {
    "met": "met",
    "unmet": "not met",
    "open": "not yet due",
    "exempt": "exempt",
    "desirable": "desirable",
    "not_required": "not required",
}
REASON_WORDS = {
    "reversed": "was taken back",
    "expired": "has run out",
    "not_recognised": "shown, but not by proof that counts",
    "too_low": "shown at a lower level",
    "never": "never shown",
}
DOUBT_WORDS = {
    "undecided": "nobody has decided on its issuer",
    "known": "its issuer is known and not trusted",
    "unanchored": "nothing shows that its issuer gave it",
}
IMPORTANCE_WORDS = {"mandatory": "mandatory", "required": "required", "desirable": "desirable"}
NOT_AVAILABLE = "n/a"


def level_word(levels: Sequence[str], level: int) -> str:
    """Return `3 Independent`, or `none` for 0; a step without a name is its number."""
    if level == 0:
        return "none"
    return f"{level} {levels[level - 1]}" if level <= len(levels) and levels[level - 1] else str(level)


def percent_word(share: float | None) -> str:
    """Return `33 %`; never 100 % or 0 % unless exactly so."""
    if share is None:
        return NOT_AVAILABLE
    # Half up, as spreadsheets round, so that sheet and page agree.
    percent = int(share * 100 + 0.5)
    if percent == 100 and share < 1:
        percent = 99
    if percent == 0 and share > 0:
        percent = 1
    return f"{percent} %"


def share_word(met: int, total: int) -> str:
    """Return `3 of 9 (33 %)`, or `n/a`."""
    return f"{met} of {total} ({percent_word(met / total)})" if total else NOT_AVAILABLE


def day_word(day: date | None) -> str:
    """Return `2026-06-30`, or an empty text."""
    return day.isoformat() if day is not None else ""


def days_word(days: int) -> str:
    """Return `today`, `in 5 days` or `5 days ago`."""
    if days == 0:
        return "today"
    return (
        f"in {days} day{'s' if days != 1 else ''}"
        if days > 0
        else f"{-days} day{'s' if days != -1 else ''} ago"
    )
