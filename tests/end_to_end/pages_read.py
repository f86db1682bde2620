"""Reading a page as a reader does: its visible words, and its tables cell by cell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_NEVER_SEEN = frozenset({"script", "style", "head"})
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass(slots=True)
class Cell:
    """A cell: its words, the address that it leads to, and the classes that draw it."""

    text: str = ""
    address: str = ""
    classes: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """A table: its caption, its heads, and its other rows; a row's heads are cells like the others."""

    caption: str = ""
    heads: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    def row(self, start: str) -> list[Cell]:
        """Return the one row whose first cell starts with `start`."""
        found = [row for row in self.rows if row[0].text.startswith(start)]
        assert len(found) == 1, f"{self.caption}: {len(found)} rows start with {start!r}"
        return found[0]

    def cell(self, row_start: str, head: str) -> Cell:
        """Return a cell by the start of its row and its head."""
        return self.row(row_start)[self.heads.index(head)]

    def column(self, head: str) -> list[Cell]:
        """Return the cells below a head, those of the foot too."""
        place = self.heads.index(head)
        return [row[place] for row in self.rows]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tables: list[Table] = []
        self._hidden = 0
        self._into: list[str] | None = None
        self._in_head = False
        self._cell: Cell | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _NEVER_SEEN:
            self._hidden += 1
        elif tag == "table":
            self.tables.append(Table())
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr" and self.tables and not self._in_head:
            self.tables[-1].rows.append([])
        elif tag == "caption":
            self._into = []
        elif tag in {"td", "th"} and self.tables:
            self._cell, self._into = Cell(classes=tuple(values.get("class", "").split())), []
        elif tag == "a" and self._cell is not None and not self._cell.address:
            self._cell.address = values.get("href", "")
        if tag not in _VOID or tag == "br":
            self._say(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _NEVER_SEEN:
            self._hidden -= 1
        elif tag == "thead":
            self._in_head = False
        elif tag == "caption" and self._into is not None:
            self.tables[-1].caption, self._into = _joined(self._into), None
        elif tag in {"td", "th"} and self._cell is not None and self._into is not None:
            self._cell.text = _joined(self._into)
            if self._in_head:
                self.tables[-1].heads.append(self._cell.text)
            else:
                self.tables[-1].rows[-1].append(self._cell)
            self._cell = self._into = None
        self._say(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._say(data)

    def _say(self, text: str) -> None:
        self.words.append(text)
        if self._into is not None:
            self._into.append(text)


def _joined(parts: list[str]) -> str:
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def words(page: str) -> str:
    """Return the words of a page in one line."""
    return _joined(_read(page).words)


def table(page: str, caption: str) -> Table:
    """Return the one table of a page whose caption starts with `caption`."""
    found = [item for item in _read(page).tables if item.caption.startswith(caption)]
    assert len(found) == 1, f"{len(found)} tables are called {caption!r}"
    return found[0]


def token_of(page: str) -> str:
    """Return the token that the forms of a page carry against forged requests."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, "no form on this page"
    return found[1]
