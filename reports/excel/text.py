"""Texts that others chose, made fit for a workbook: what XML or Excel cannot carry is taken out, nothing is a formula.

Sources: XML 1.0 section 2.2 (characters), ECMA-376 part 1, 22.9.2.19 (ST_Xstring: `_xHHHH_`), Excel's limits.
"""

from __future__ import annotations

import re

MOST_CHARACTERS = 32_767
"""What one cell of Excel holds."""

# Controls, lone surrogates and the two non-characters are no XML characters; a file with them does not open.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads `_x0041_` in a text as "A"; the underscore itself is written `_x005F_`.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def sheet_text(text: str) -> str:
    """Return `text` as a cell may hold it: without illegal characters, at most 32,767 long, lines end in LF."""
    if text.isprintable() and "_x" not in text and len(text) <= MOST_CHARACTERS:
        return text
    clean = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    clean = _ESCAPE.sub("_x005F_", clean)
    return clean if len(clean) <= MOST_CHARACTERS else clean[: MOST_CHARACTERS - 1] + "…"


def shown_text(text: str) -> str:
    """Return what Excel shows of a cell's text: `_x005F_` read back as an underscore."""
    return text.replace("_x005F_", "_")


def looks_like_formula(text: str) -> bool:
    """Tell whether a program might take `text` for a formula once somebody edits the cell or saves it as CSV."""
    return text.startswith(_FORMULA_STARTS)


def footer_text(text: str, most: int = 60) -> str:
    """Return `text` for a page footer, where `&` starts a command and all parts together hold 255 characters."""
    clean = " ".join(_ILLEGAL.sub("", text).split())
    clean = clean if len(clean) <= most else clean[: most - 1] + "…"
    return clean.replace("&", "&&")
