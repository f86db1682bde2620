"""Version headers and statement versions."""

from __future__ import annotations

import pytest

from lms_bridge.xapi.versions import Version, is_statement_version, parse_version


@pytest.mark.parametrize("header", ["1.0", "1.0.0", "1.0.3", "1.0.9", " 1.0.1 "])
def test_every_1_0_x_is_1_0_3(header: str) -> None:
    assert parse_version(header) is Version.V1_0_3


@pytest.mark.parametrize("header", ["2.0", "2.0.0"])
def test_2_0_is_2_0_0(header: str) -> None:
    assert parse_version(header) is Version.V2_0_0


@pytest.mark.parametrize("header", [None, "", "0.95", "1.1.0", "1", "2", "2.1", "1.0.x", "1.0.", "١.0"])
def test_anything_else_is_no_version(header: str | None) -> None:
    assert parse_version(header) is None


def test_xapi_00101_a_statement_version_in_1_0_3_starts_with_1_0() -> None:
    assert is_statement_version("1.0.9", Version.V1_0_3)
    assert not is_statement_version("2.0.0", Version.V1_0_3)
    assert not is_statement_version("0.9.9", Version.V1_0_3)


def test_a_2_0_request_takes_statements_of_both_versions() -> None:
    assert is_statement_version("1.0", Version.V2_0_0)
    assert is_statement_version("2.0.0", Version.V2_0_0)
    assert not is_statement_version("1.1.0", Version.V2_0_0)
