"""The documents as tests read them: pages, the rows of their tables, and examples marked with their file name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """Return the text of a page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands under `heading`, up to the next heading of any depth."""
    start = text.index(f"{heading}\n") + len(heading)
    following = re.search(r"^#{1,6} ", text[start:], re.MULTILINE)
    return text[start:] if following is None else text[start : start + following.start()]


def examples(name: str) -> dict[str, str]:
    """Return the examples of a page: the file each stands for, and its text."""
    return {found[1]: found[2] for found in _EXAMPLE.finditer(page(name))}


def rows(text: str) -> list[tuple[str, ...]]:
    r"""Return the rows of all tables of a text, headings and rules left out; `\|` is a bar inside a cell."""
    found: list[tuple[str, ...]] = []
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        is_rule = re.fullmatch(r"[|\-: ]+", line) is not None
        is_heading = re.fullmatch(r"\|[|\-: ]+\|", following) is not None
        if line.startswith("|") and not is_rule and not is_heading:
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            found.append(tuple(cell.strip().replace("\\|", "|") for cell in cells))
    return found


def codes(cell: str) -> list[str]:
    """Return what a cell sets in code, in order."""
    return re.findall(r"`([^`]+)`", cell)
