"""Timestamps and durations of xAPI: text in, UTC instants and seconds out.

Sources: 1.0.3 Data 4.5 (ISO 8601 date and time) and 4.6; 2.0 takes RFC 3339. Both refuse a negative offset of zero,
which says that the offset is unknown. Dates that no calendar has are refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from lms_bridge.xapi.versions import Version

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,64})?"
    r"(?:[Zz]|(?!-00:00)[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_ISO_8601 = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,64})?)?"
    r"(?:Z|(?!-00(?::?00)?$)[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?"
    r"|[0-9]{8}T(?:[01][0-9]|2[0-3])[0-9]{2}(?:[0-9]{2}(?:[.,][0-9]{1,64})?)?"
    r"(?:Z|(?!-00(?:00)?$)[+-](?:[01][0-9]|2[0-3])(?:[0-5][0-9])?)?)"
)
_LEAP_SECOND = re.compile(r"(T[0-9]{2}:[0-9]{2}:|T[0-9]{4})60(?![0-9])")

_NUMBER = r"[0-9]{1,64}(?:[.,][0-9]{1,64})?"
_DURATION = re.compile(
    rf"P(?:(?P<weeks>{_NUMBER})W|(?=[0-9T])(?:(?P<years>{_NUMBER})Y)?(?:(?P<months>{_NUMBER})M)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=[0-9])(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?)"
)
# ISO 8601 4.4.3.2: only the lowest-order number may have a fraction.
_FRACTION_BEFORE_END = re.compile(r"[.,][0-9]+[A-Z].")
_FINE_SECONDS = re.compile(r"([.,][0-9]{2})[0-9]+S$")


def parse_timestamp(text: str, version: Version = Version.V1_0_3) -> datetime | None:
    """Return the UTC instant that `text` names, or None where it is no valid timestamp.

    1.0.3 takes ISO 8601 date and time, extended or basic, and reads a missing time zone as UTC (it SHOULD be there);
    2.0 takes RFC 3339. Digits past the microsecond are cut. A leap second is the first instant of the next minute.
    """
    # XAPI-00123: a timestamp is ISO 8601, with a known offset (Data 4.5).
    if _RFC_3339.fullmatch(text) is None:
        if version is not Version.V1_0_3 or _ISO_8601.fullmatch(text) is None:
            return None
    elif "t" in text or "z" in text:
        text = text.upper()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return _leap_second(text)
    return _in_utc(instant)


def _in_utc(instant: datetime) -> datetime | None:
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return None


def _leap_second(text: str) -> datetime | None:
    """Read 23:59:60 UTC, the only leap second there is; anything else that a calendar refuses stays None."""
    replaced, count = _LEAP_SECOND.subn(r"\g<1>59", text)
    if count != 1:
        return None
    try:
        instant = _in_utc(datetime.fromisoformat(replaced))
        if instant is None or (instant.hour, instant.minute) != (23, 59):
            return None
        return instant.replace(microsecond=0) + timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None


# Readers are told the same instant many times a second.
@lru_cache(64)
def format_stored(instant: datetime) -> str:
    """Return `instant` as the LRS writes it everywhere: UTC, six digits of a second, `Z`.

    The same digits stand in the index and in the answer, so that `since` with a read value never repeats a row.
    """
    # XAPI-00122: at least milliseconds are kept (Data 4.5); a sender's own timestamp keeps its text.
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def is_duration(text: str) -> bool:
    """Tell whether `text` is an ISO 8601 duration with designators (Data 4.6); weeks stand alone."""
    return _DURATION.fullmatch(text) is not None and _FRACTION_BEFORE_END.search(text) is None


def duration_seconds(text: str) -> Decimal | None:
    """Return the length of a duration in seconds, or None where it is invalid or counts years or months.

    A day counts 24 hours; years and months have no fixed length (Data 2.3.1).
    """
    match = _DURATION.fullmatch(text)
    if match is None or _FRACTION_BEFORE_END.search(text) is not None or match["years"] or match["months"]:
        return None
    parts = (("weeks", 604_800), ("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
    return sum(
        (Decimal(match[name].replace(",", ".")) * unit for name, unit in parts if match[name]), Decimal(0)
    )


def comparable_duration(text: str) -> str:
    """Return `text` without what a comparison ignores: digits past 0.01 seconds are cut, never rounded (Data 4.6)."""
    return _FINE_SECONDS.sub(r"\1S", text)
