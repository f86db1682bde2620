"""Texts that others chose: what a cell may hold, and what a page footer may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.excel.text import MOST_CHARACTERS, footer_text, looks_like_formula, sheet_text, shown_text


def test_characters_that_xml_forbids_are_taken_out() -> None:
    assert sheet_text("a\x00b\x0bc\x1fd\ud800e\ufffff") == "abcdef"


def test_line_ends_become_line_feeds() -> None:
    assert sheet_text("a\r\nb\rc\nd\te") == "a\nb\nc\nd\te"


def test_excels_escape_is_escaped_and_read_back() -> None:
    assert sheet_text("_x0041_") == "_x005F_x0041_"
    assert shown_text(sheet_text("_x0041_")) == "_x0041_"


def test_a_text_longer_than_a_cell_ends_in_an_ellipsis() -> None:
    made = sheet_text("x" * 40_000)
    assert len(made) == MOST_CHARACTERS
    assert made.endswith("…")


@pytest.mark.parametrize("text", ["=1+1", "+49 170", "-5", "@SUM(A1)", "\t=1"])
def test_texts_that_programs_take_for_formulas_are_known(text: str) -> None:
    assert looks_like_formula(text)


def test_an_ampersand_in_a_footer_is_no_command() -> None:
    assert footer_text("R&D &P") == "R&&D &&P"
    assert len(footer_text("n" * 300)) <= 60


@given(st.text())
def test_any_text_survives_encoding_and_reading(text: str) -> None:
    made = sheet_text(text)
    made.encode("utf-8")
    assert sheet_text(shown_text(made)) == made
