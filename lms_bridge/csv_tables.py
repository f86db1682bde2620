"""Reading the CSV files that people bring, and writing such files: UTF-8, a header, named columns; every fault with line, column, value, remedy."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from lms_bridge.errors import FileProblem, InvalidInputError

Value = TypeVar("Value")
MOST_PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its line in the file and its cells by column, blanks stripped, absent columns as empty text."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class Table:
    """A file's rows, and the problems found so far; readers add theirs."""

    file: str
    lines: list[Line] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    problems: list[FileProblem] = field(default_factory=list)

    def complain(self, line: Line, column: str, remedy: str) -> None:
        """Record a fault of one cell."""
        self.problems.append(FileProblem(self.file, line.number, column, line[column], remedy))

    def read(self, line: Line, column: str, reader: Callable[[str], Value], default: Value) -> Value:
        """Read a cell; an empty one is `default`, a wrong one is a problem and `default`."""
        text = line[column]
        if not text:
            return default
        try:
            return reader(text)
        except (InvalidInputError, ValueError) as error:
            self.complain(line, column, str(error))
            return default

    def need(self, line: Line, column: str) -> str:
        """Return a cell that must not be empty."""
        if not line[column]:
            self.complain(line, column, "must not be empty")
        return line[column]

    def one_of(self, line: Line, column: str, allowed: Sequence[str], default: str) -> str:
        """Return a cell that must be one of `allowed`; empty is `default`."""
        text = line[column] or default
        if text not in allowed:
            self.complain(line, column, f"use one of {', '.join(allowed)}")
            return default
        return text

    def day(self, line: Line, column: str) -> date | None:
        """Return a date cell, None where it is empty."""
        return self.read(line, column, read_day, None)

    def last_day(self, line: Line, column: str) -> date | None:
        """Return an inclusive last day as the first day on which it no longer holds.

        The calendar's last day, 9999-12-31, is how other systems write "without end".
        """
        day = self.day(line, column)
        return None if day is None or day == date.max else day + timedelta(days=1)


def read_day(text: str) -> date:
    """Read YYYY-MM-DD.

    Raises:
        InvalidInputError: it is no such date.
    """
    wrong = InvalidInputError("is no date; write YYYY-MM-DD, a day that exists")
    if len(text) != 10:
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong from None


def read_table(
    file: str,
    content: bytes,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    *,
    attributes: bool = False,
) -> Table:
    """Parse a file. `columns` must be there, `optional` may be; with `attributes` also any `x_…`; no others."""
    table = Table(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        table.problems.append(
            FileProblem(
                file,
                line,
                "",
                repr(content[error.start : error.start + 8]),
                "is no UTF-8; save the file as UTF-8",
            )
        )
        return table
    if "\x00" in text:
        table.problems.append(
            FileProblem(file, text[: text.index("\x00")].count("\n") + 1, "", "NUL", "remove it")
        )
        return table
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        _read_rows(table, reader, columns, optional, attributes=attributes)
    except csv.Error as error:
        table.problems.append(
            FileProblem(file, reader.line_num, "", "", f"is no CSV here: {error}; check the quotes")
        )
    del table.problems[MOST_PROBLEMS:]
    return table


def _read_rows(
    table: Table, reader: object, columns: Sequence[str], optional: Sequence[str], *, attributes: bool
) -> None:
    rows = iter(reader)  # type: ignore[call-overload] # csv.reader has no public type to name
    header = [name.strip() for name in next(rows, [])]
    table.columns = tuple(header)
    if not header:
        table.problems.append(
            FileProblem(table.file, 0, "", "", "is empty; the first line names the columns")
        )
        return
    missing = [name for name in columns if name not in header]
    for name in missing:
        hint = " (is the separator a comma?)" if len(header) == 1 else ""
        table.problems.append(FileProblem(table.file, 1, name, "", f"this column is missing{hint}; add it"))
    known = {*columns, *optional}
    for name in header:
        if name in known or (attributes and name.startswith("x_") and len(name) > 2):
            continue
        allowed = ", ".join([*columns, *optional]) + (" and x_…" if attributes else "")
        table.problems.append(
            FileProblem(table.file, 1, name, "", f"this column is unknown; allowed: {allowed}")
        )
    for name in sorted({name for name in header if header.count(name) > 1}):
        table.problems.append(FileProblem(table.file, 1, name, "", "this column stands twice; remove one"))
    if table.problems:
        return
    for cells in rows:
        number = reader.line_num  # type: ignore[attr-defined] # csv.reader has it
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            remedy = f"the row has {len(cells)} cells, the header {len(header)}; a row may be cut off or need quotes"
            table.problems.append(FileProblem(table.file, number, "", "", remedy))
            continue
        table.lines.append(Line(number, dict(zip(header, (cell.strip() for cell in cells), strict=True))))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as UTF-8 CSV with a header; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
