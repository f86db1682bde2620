"""The colours: text on every one of them has a contrast of at least 4.5:1, in light, in dark and on paper (WCAG 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from lms_bridge.web.filters import STATIC

TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b")
CELLS = (*(f"q{step}" for step in range(9)), "open", "exempt", "desirable")
# Text, and what it stands on.
TEXTS = (
    ("text", "paper"),
    ("text", "card"),
    ("text", "sunken"),
    ("text-soft", "paper"),
    ("text-soft", "card"),
    ("text-soft", "sunken"),
    ("link", "paper"),
    ("link", "card"),
    ("link", "sunken"),
    ("accent-text", "accent"),
    ("poor", "card"),
    ("poor", "poor-paper"),
    ("text", "poor-paper"),
    ("fair", "card"),
    ("fair", "fair-paper"),
    ("text", "fair-paper"),
    ("good", "card"),
    ("good", "good-paper"),
    ("text", "good-paper"),
    ("link", "fair-paper"),
    ("link", "poor-paper"),
    *(("cell-text", cell) for cell in CELLS),
)
# Borders of fields and the mark of the focus need 3:1 (WCAG 1.4.11).
SHAPES = (
    ("line-strong", "card"),
    ("line-strong", "paper"),
    ("focus", "card"),
    ("focus", "paper"),
    ("chart", "card"),
)


def _schemes() -> dict[str, Mapping[str, str]]:
    light, _, dark = (STATIC / "tokens.css").read_text(encoding="utf-8").partition("@media")
    base = dict(TOKEN.findall(light))
    paper = dict(TOKEN.findall((STATIC / "print.css").read_text(encoding="utf-8")))
    return {"light": base, "dark": {**base, **dict(TOKEN.findall(dark))}, "print": {**base, **paper}}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    colours = _schemes()[scheme]
    faint = {
        (text, ground): round(_contrast(colours[text], colours[ground]), 2)
        for text, ground in TEXTS
        if _contrast(colours[text], colours[ground]) < 4.5
    }
    assert faint == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_shape_that_carries_meaning_can_be_seen(scheme: str) -> None:
    colours = _schemes()[scheme]
    faint = {pair for pair in SHAPES if _contrast(colours[pair[0]], colours[pair[1]]) < 3}
    assert faint == set()


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_the_scale_goes_one_way_from_lacking_to_almost_met(scheme: str) -> None:
    colours = _schemes()[scheme]
    steps = [_luminance(colours[f"q{step}"]) for step in range(8)]
    assert steps == sorted(steps, reverse=scheme == "dark")


def test_no_colour_stands_outside_the_tokens() -> None:
    assert (
        re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])", (STATIC / "site.css").read_text(encoding="utf-8")) == []
    )
