"""A table in an Excel workbook as tab-separated text, for publishers that give the same tables both ways (O*NET).

The first sheet alone is read, values and not formulas, and bounded: a small workbook can hold a great deal.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from openpyxl import load_workbook

from lms_bridge.skills.formats.tables import Faults

MOST_COLUMNS: Final = 100
MOST_ROWS: Final = 1_000_000


def is_workbook(file: str) -> bool:
    """Whether a file is one by its name."""
    return file.lower().endswith(".xlsx")


def as_tabbed(file: str, content: bytes, faults: Faults, most_bytes: int) -> str | None:
    """Return the first sheet as text, a line a row, or None where it cannot be read: then a fault says why.

    `most_bytes` bounds what the workbook unpacks to, and the text.
    """
    unreadable = "the workbook cannot be read; open it, save it as .xlsx and import it again"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(item.file_size for item in packed.infolist())
        # XML says each value in many more bytes than text does.
        if unpacked > 4 * most_bytes:
            remedy = f"the workbook unpacks to more than {4 * most_bytes // 2**20} MiB; import the text files"
            faults.add(file, 0, "", "", remedy)
            return None
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            rows = workbook.worksheets[0].iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS, values_only=True)
            return _joined(rows, file, faults, most_bytes)
        finally:
            workbook.close()
    except Exception as error:  # noqa: BLE001 -- zipfile, zlib, two XML parsers and openpyxl each raise what they like
        faults.add(file, 0, "", type(error).__name__, unreadable)
        return None


def _joined(rows: Iterator[Sequence[Any]], file: str, faults: Faults, most_bytes: int) -> str | None:
    lines: list[str] = []
    width = 0
    size = 0
    for row in rows:
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        # The header says how wide the table is; a row may leave its last cells empty.
        width = width or len(cells)
        cells += [""] * (width - len(cells))
        lines.append("\t".join(cells))
        size += len(lines[-1]) + 1
        if size > most_bytes:
            faults.add(file, len(lines), "", "", f"the sheet has more than {most_bytes // 2**20} MiB of text")
            return None
    while lines and not lines[-1].strip("\t"):
        lines.pop()
    if not lines:
        faults.add(file, 0, "", "", "the first sheet is empty; import the complete file")
        return None
    return "\n".join(lines)


def _text(value: Any) -> str:
    """Return a cell as the text files write it: no digits that Excel added, and no sign that parts cells or rows."""
    match value:
        case None:
            return ""
        case bool():
            return "Y" if value else "N"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return f"{value:%m/%Y}"
        case _:
            return " ".join(str(value).split())
