"""Text and tables of framework files: decoding, columns, rows with line numbers, and the list of faults.

In goes the text of one file, out comes a `Table`; what is wrong is added to `Faults` with line, column, value and remedy.
Nothing here opens a file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lms_bridge.errors import FileProblem, FileRefusedError

MAX_PROBLEMS = 200
"""A file set is refused at once when so many faults are found: more would not be read by anyone."""

MAX_CELL_CHARS = 4 * 1024 * 1024
"""ESCO's conceptSchemes keeps 9,175 IRIs in one cell (700 kB); the csv module stops at 131,072 characters."""

Progress = Callable[[str, int, int], None]
"""Told of progress as (what is being done, files done, files in all)."""

# The limit of the csv module is global to the process; it has no parameter of a reader.
csv.field_size_limit(MAX_CELL_CHARS)

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")
_SHOWN_CHARS = 120


def is_iri(text: str) -> bool:
    """Whether `text` is an absolute IRI: a scheme, a colon, and no blank or forbidden character (RFC 3987)."""
    return _IRI.fullmatch(text) is not None


class Faults:
    """The faults found so far in a set of files."""

    def __init__(self) -> None:
        self._problems: list[FileProblem] = []

    def __bool__(self) -> bool:
        return bool(self._problems)

    def add(self, file: str, line: int, column: str, value: str, remedy: str) -> None:
        """Note one fault; `line` is 1-based, 0 for the whole file.

        Raises:
            FileRefusedError: this was the `MAX_PROBLEMS`th.
        """
        shown = value if len(value) <= _SHOWN_CHARS else value[:_SHOWN_CHARS] + "…"
        self._problems.append(FileProblem(file, line, column, shown, remedy))
        if len(self._problems) >= MAX_PROBLEMS:
            raise FileRefusedError(self._problems)

    def raise_if_any(self) -> None:
        """Refuse the files if a fault was noted.

        Raises:
            FileRefusedError: with all faults, ordered by file and line.
        """
        if self._problems:
            raise FileRefusedError(sorted(self._problems, key=lambda problem: (problem.file, problem.line)))


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file under its header; each row has as many cells as the header (see `short_rows`)."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, Sequence[str]], ...]

    def has(self, column: str) -> bool:
        """Whether the header names `column`."""
        return column in self.header

    def cells(self, *columns: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield the line and the stripped cells of `columns` for each row; an absent column gives ""."""
        places = [self.header.index(column) if column in self.header else -1 for column in columns]
        for line, row in self.rows:
            yield line, tuple(row[place].strip() if 0 <= place < len(row) else "" for place in places)


def decode(file: str, content: bytes, faults: Faults) -> str | None:
    """Return the text of a UTF-8 file without its byte order mark, or None when it is empty or not UTF-8."""
    if not content.strip(b"\xef\xbb\xbf\r\n\t "):
        faults.add(file, 0, "", "", "the file is empty; import the complete file")
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.add(file, 1, "", content[:2].hex(" "), "the file is UTF-16; save it as UTF-8")
        return None
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        # The first byte of the fault tells an editor what to look for: 0xe9 is é in Windows-1252.
        faults.add(
            file, line, "", f"byte 0x{content[error.start]:02x}", "this is not UTF-8; save the file as UTF-8"
        )
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        faults.add(file, line, "", "NUL", "a NUL character is no text; export the file again")
        return None
    return text


def read_csv(
    file: str,
    text: str,
    faults: Faults,
    *,
    required: Collection[str],
    known: Collection[str] | None = None,
    short_rows: bool = False,
) -> Table | None:
    """Return the rows of a comma-separated file (RFC 4180), or None when its header cannot be used.

    `known`: any other column is a fault (None: other columns are ignored). `short_rows`: cells missing at the end of a row
    are empty, as in ESCO's skillsHierarchy; otherwise every row has as many cells as the header.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, Sequence[str]]] = []
    header: tuple[str, ...] | None = None
    line = 1
    try:
        for row in reader:
            started, line = line, reader.line_num + 1
            if not row:
                continue
            if header is None:
                header = _checked_header(
                    file, started, row, faults, required=required, known=known, delimiter=","
                )
                if header is None:
                    return None
            elif len(row) == len(header) or (short_rows and len(row) < len(header)):
                rows.append((started, row))
            else:
                _add_ragged(faults, file, started, row, header)
    except csv.Error as error:
        faults.add(
            file,
            line,
            "",
            _line_text(text, line),
            f"this row is no CSV ({error}); a quotation mark is not closed or the file is truncated: export it again",
        )
    return _with_rows(file, header, rows, faults)


def read_tabbed(file: str, text: str, faults: Faults, *, required: Collection[str]) -> Table | None:
    """Return the rows of a tab-separated file in which no cell is quoted (O*NET), or None when its header cannot be used."""
    lines = text.rstrip("\r\n").split("\n")
    header = _checked_header(
        file, 1, lines[0].rstrip("\r").split("\t"), faults, required=required, known=None, delimiter="\t"
    )
    if header is None:
        return None
    rows: list[tuple[int, Sequence[str]]] = []
    for line, row_text in enumerate(lines[1:], start=2):
        row = row_text.rstrip("\r").split("\t")
        if len(row) == len(header):
            rows.append((line, row))
        else:
            _add_ragged(faults, file, line, row, header)
    return _with_rows(file, header, rows, faults)


def _with_rows(
    file: str,
    header: tuple[str, ...] | None,
    rows: Sequence[tuple[int, Sequence[str]]],
    faults: Faults,
) -> Table | None:
    if header is None:
        faults.add(file, 0, "", "", "the file is empty; import the complete file")
        return None
    if not rows and not faults:
        faults.add(file, 1, "", "", "the file has a header and no row; import the complete file")
    return Table(file, header, tuple(rows))


def _checked_header(
    file: str,
    line: int,
    cells: Sequence[str],
    faults: Faults,
    *,
    required: Collection[str],
    known: Collection[str] | None,
    delimiter: str,
) -> tuple[str, ...] | None:
    header = tuple(cell.strip() for cell in cells)
    missing = [column for column in required if column not in header]
    named = "tab" if delimiter == "\t" else f"{delimiter!r}"
    if missing and len(header) == 1 and (other := _other_delimiter(header[0], delimiter)):
        faults.add(
            file, line, "", header[0], f"the columns are separated by {other}; save the file with {named}"
        )
        return None
    for column in missing:
        faults.add(
            file, line, column, "", f"the column {column!r} is missing; the header has: {', '.join(header)}"
        )
    usable = not missing
    for place, column in enumerate(header):
        if column and column in header[:place]:
            faults.add(file, line, column, column, "the column stands twice in the header; remove one")
            usable = False
        if known is not None and column not in known:
            faults.add(file, line, column, column, f"unknown column; allowed are: {', '.join(known)}")
    return header if usable else None


def _other_delimiter(header: str, expected: str) -> str:
    names = {"\t": "tab", ";": "';'", "|": "'|'", ",": "','"}
    return next((name for sign, name in names.items() if sign != expected and sign in header), "")


def _add_ragged(faults: Faults, file: str, line: int, row: Sequence[str], header: Sequence[str]) -> None:
    what = f"the row has {len(row)} cells, the header {len(header)}"
    hint = (
        "quote texts that contain the separator"
        if len(row) > len(header)
        else "the row is incomplete: is the file truncated?"
    )
    column = header[len(row)] if len(row) < len(header) else ""
    faults.add(file, line, column, " | ".join(row), f"{what}; {hint}")


def _line_text(text: str, line: int) -> str:
    lines = text.split("\n", line)
    return lines[line - 1].rstrip("\r") if len(lines) >= line else ""


def cycles(parents: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each cycle of a hierarchy as the path from a concept over its parents back to itself.

    One cycle for every relation that closes one, in the order of `parents`; the last two of a path are that relation.
    """
    done: set[str] = set()
    for start in parents:
        if start in done:
            continue
        path: dict[str, None] = {start: None}
        stack = [(start, iter(parents[start]))]
        while stack:
            concept, remaining = stack[-1]
            parent = next(remaining, None)
            if parent is None:
                stack.pop()
                del path[concept]
                done.add(concept)
            elif parent in path:
                walked = list(path)
                yield (*walked[walked.index(parent) :], parent)
            elif parent not in done:
                path[parent] = None
                stack.append((parent, iter(parents.get(parent, ()))))
