"""Timestamps (Data 4.5, RFC 3339) and durations (Data 4.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.instants import (
    comparable_duration,
    duration_seconds,
    format_stored,
    is_duration,
    parse_timestamp,
)
from lms_bridge.xapi.versions import Version


@pytest.mark.parametrize("offset", ["-00", "-0000", "-00:00"])
@pytest.mark.parametrize("version", list(Version))
def test_an_unknown_offset_is_refused(offset: str, version: Version) -> None:
    assert parse_timestamp(f"2008-09-15T15:53:00.601{offset}", version) is None


@pytest.mark.parametrize("offset", ["Z", "+00:00", "z"])
@pytest.mark.parametrize("version", list(Version))
def test_utc_is_accepted(offset: str, version: Version) -> None:
    expected = datetime(2008, 9, 15, 15, 53, 0, 601000, UTC)
    assert parse_timestamp(f"2008-09-15T15:53:00.601{offset}", version) == expected


def test_an_offset_is_the_same_instant() -> None:
    found = parse_timestamp("2023-10-15T10:00:00-05:00", Version.V2_0_0)
    assert found == datetime(2023, 10, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["20150101T120000Z", "2015-01-01T12:00Z", "2015-01-01T12:00:00", "2015-01-01T12:00:00+0100"]
)
def test_iso_8601_forms_are_for_1_0_3_alone(text: str) -> None:
    assert parse_timestamp(text, Version.V1_0_3) is not None
    assert parse_timestamp(text, Version.V2_0_0) is None


@pytest.mark.parametrize(
    "text",
    [
        "2015-02-29T12:00:00Z",
        "2015-13-01T12:00:00Z",
        "2015-04-31T12:00:00Z",
        "2015-04-30T24:00:00Z",
        "2015-04-30T12:60:00Z",
        "2015-04-30T12:00:60Z",
        "2015-04-30T12:00:61Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:60Z",
        "2015-04-30T12:00:00+24:00",
        "2015-04-30T12:00:00+05:60",
        "2015-04-30",
        "2015-W18-4T12:00:00Z",
        "2015-04-30 12:00:00Z",
        "01/011/2015",
        "should fail",
        "",
        "2015-04-30T12:00:00Z ",
        "２０15-04-30T12:00:00Z",
    ],
)
@pytest.mark.parametrize("version", list(Version))
def test_what_no_calendar_or_form_has_is_refused(text: str, version: Version) -> None:
    assert parse_timestamp(text, version) is None


def test_the_leap_second_is_the_next_minute() -> None:
    assert parse_timestamp("2016-12-31T23:59:60.5Z") == datetime(2017, 1, 1, tzinfo=UTC)
    assert parse_timestamp("2016-12-31T15:59:60-08:00") == datetime(2017, 1, 1, tzinfo=UTC)


def test_digits_past_the_microsecond_are_cut() -> None:
    assert parse_timestamp("2026-05-04T09:30:00.1234569Z") == datetime(2026, 5, 4, 9, 30, 0, 123456, UTC)


@given(st.datetimes(timezones=st.just(UTC)))
def test_stored_has_fixed_digits_and_reads_back(instant: datetime) -> None:
    text = format_stored(instant)
    assert len(text) == 27
    assert text.endswith("Z")
    for version in Version:
        assert parse_timestamp(text, version) == instant


def test_stored_is_written_in_utc() -> None:
    instant = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert format_stored(instant) == "2025-12-31T23:00:00.000000Z"


@given(st.text())
def test_reading_a_timestamp_never_raises(text: str) -> None:
    assert parse_timestamp(text) is None or isinstance(parse_timestamp(text), datetime)


@pytest.mark.parametrize(
    "text",
    ["P4W", "P3Y", "PT16559.14S", "PT4H35M59.14S", "P3Y1M29DT4H35M59.14S", "PT1H0M0.1S", "PT1,5H", "P0D"],
)
def test_xapi_00124_durations_with_designators_are_valid(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        "P4W1D",
        "PA1H0M0S",
        "P",
        "PT",
        "P1",
        "1H",
        "P1H",
        "PT1D",
        "P1.5YT1H",
        "-P1D",
        "P0003-00-00",
        "",
        "P1DT",
    ],
)
def test_xapi_00124_other_durations_are_not(text: str) -> None:
    assert not is_duration(text)


def test_a_duration_without_years_and_months_has_a_length() -> None:
    assert duration_seconds("P1DT1H1M1.5S") == Decimal("90061.5")
    assert duration_seconds("P2W") == Decimal(1_209_600)
    assert duration_seconds("P1M") is None
    assert duration_seconds("soon") is None


def test_digits_past_a_hundredth_are_cut_not_rounded() -> None:
    assert comparable_duration("PT1.239S") == "PT1.23S"
    assert comparable_duration("PT1.23S") == "PT1.23S"
    assert comparable_duration("PT1H") == "PT1H"
