"""Files of statements that are handed in from elsewhere: JSON lines, and CSV tables read through a template.

In: the lines of a file. Out: for each line the JSON text of one statement, or what is wrong with the line. A line
without an id gets one that follows from its content and from how often that content stood before, so that the same
file brings the same statements however often it is imported. A template is a statement in which `{column}` stands for
a cell: docs/files.md.
"""

from __future__ import annotations

import csv
import re
import tomllib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from lms_bridge.errors import FileProblem, FileRefusedError
from lms_bridge.xapi.parsing import WHITESPACE

_SPACE: Final = uuid.UUID("5f0d7f0e-3c1c-5e0b-9d0a-6a9f2f0f7c51")
_PLACE: Final = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
_UTF_16: Final = frozenset({b"\xff\xfe", b"\xfe\xff"})
_RESULT: Final = re.compile(rb'\{[ \t]*"(?:statements|more)"[ \t]*:')
_TRUE: Final = frozenset({"1", "true", "yes", "y", "ja", "oui", "x"})
_FALSE: Final = frozenset({"0", "false", "no", "n", "nein", "non"})
_THOUSANDS: Final = re.compile(r",[0-9]{3}(?![0-9])")
_MOST_DIGITS: Final = 30
_OPTIONS: Final = frozenset({"delimiter", "encoding", "time_zone", "date_format"})


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a file, counted from 1 as an editor counts: the text as it stands there, and its statement.

    `statement` is JSON text, or None where the line cannot become one; `problem` then says why and what to do.
    """

    number: int
    text: bytes
    statement: bytes | None
    problem: str = ""


class Occurrences:
    """Gives a statement without id the id that follows from its source, its text and how often that text stood before.

    Keeps some hundred bytes for each distinct text; a statement with an id needs none.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._seen: dict[bytes, int] = {}

    def statement_id(self, text: bytes) -> str:
        """Return the id of the next occurrence of `text`."""
        digest = blake2b(text, digest_size=8).digest()
        count = self._seen.get(digest, 0)
        self._seen[digest] = count + 1
        name = f"{self._source}/{blake2b(text, digest_size=16).hexdigest()}/{count}"
        return str(uuid.uuid5(_SPACE, name))


def json_lines(lines: Iterable[bytes], most_bytes: int, file: str = "the file") -> Iterator[StatementLine]:
    """Yield the statements of a file with one JSON object a line; empty lines are passed over.

    So are the brackets of an array that has an element a line, and the commas between. What stands in a line is judged
    by `read_statements`; here only what is no line of its own is refused.

    Raises:
        FileRefusedError: the file begins as one value over all its lines, or in UTF-16; the remedy makes lines of it.
    """
    is_first, in_array = True, False
    for number, line in enumerate(lines, start=1):
        if number == 1 and line[:2] in _UTF_16:
            raise _refused(file, "", "is UTF-16; save it as UTF-8", line=1)
        text = line.strip(WHITESPACE)
        if number == 1:
            text = text.removeprefix(b"\xef\xbb\xbf").lstrip(WHITESPACE)
        if not text or (in_array and text == b"]"):
            continue
        if is_first and not in_array and text == b"[":
            in_array = True
            continue
        if is_first:
            _refuse_one_value(file, number, text)
            is_first = False
        if text[-2:] == b"},":
            text = text[:-1]
        if len(text) > most_bytes:
            yield StatementLine(
                number, text[:200], None, f"the line has more than {most_bytes} bytes; raise max_body_bytes"
            )
        elif text[:1] != b"{":
            yield StatementLine(number, text, None, "the line is no JSON object; write one statement a line")
        else:
            yield StatementLine(number, text, text)


def _refuse_one_value(file: str, number: int, text: bytes) -> None:
    """Refuse a file whose first line shows that its statements do not stand a line each."""
    if _RESULT.match(text):
        remedy = "is a StatementResult; write one statement a line: jq -c '.statements[]'"
    elif text[:1] == b"[":
        remedy = "is one array; write one statement a line: jq -c '.[]'"
    elif text == b"{":
        remedy = "has statements over several lines; write one statement a line: jq -c ."
    else:
        return
    raise _refused(file, text[:80].decode("utf-8", "replace"), remedy, line=number)


@dataclass(frozen=True, slots=True)
class Template:
    """How the rows of a CSV file become statements."""

    statement: Mapping[str, Any]
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    date_format: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the template names, in order, once each."""
        found: dict[str, None] = {}
        for text in _texts(self.statement):
            found.update((match[1].strip(), None) for match in _PLACE.finditer(text))
        return tuple(found)


def read_template(file: str, content: str) -> Template:
    """Read a template: TOML with the table `statement` and, where needed, `read`.

    Raises:
        FileRefusedError: it is no TOML, has no statement, or an option or a kind of value is unknown.
    """
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise _refused(file, "", f"is no TOML: {error}") from error
    unknown = sorted(document.keys() - {"statement", "read"})
    if unknown:
        raise _refused(file, unknown[0], "is no table of a template; use statement and read")
    statement = document.get("statement")
    if not isinstance(statement, dict) or not statement:
        raise _refused(file, "statement", "is missing; write the statement that each row becomes")
    options = document.get("read", {})
    if not isinstance(options, dict):
        raise _refused(file, f"read = {options!r}", "is no table; write [read] and the options below it")
    strange = sorted(options.keys() - _OPTIONS)
    if strange:
        raise _refused(file, strange[0], f"is no option of read; use one of {', '.join(sorted(_OPTIONS))}")
    for name, value in options.items():
        if not isinstance(value, str):
            raise _refused(file, f"{name} = {value!r}", "is no text; put it between quotation marks")
    for text in _texts(statement):
        for match in _PLACE.finditer(text):
            if match[2] is not None and match[2] not in _KINDS:
                raise _refused(file, match[0], f"is no kind of value; use one of {', '.join(sorted(_KINDS))}")
            if match[2] is not None and match[0] != text:
                raise _refused(file, text, "has a kind of value beside other text; let it stand alone")
    zone = str(options.get("time_zone", "UTC"))
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _refused(file, zone, "is no IANA time zone; name one such as Europe/Berlin") from error
    delimiter = str(options.get("delimiter", ","))
    if len(delimiter) != 1 or delimiter in '\r\n"\0':
        raise _refused(file, delimiter, "is no delimiter; give one character")
    encoding = str(options.get("encoding", "utf-8-sig"))
    try:
        "".encode(encoding)
    except LookupError as error:
        raise _refused(file, encoding, "is no encoding; name one such as utf-8 or cp1252") from error
    return Template(statement, delimiter, encoding, found, str(options.get("date_format", "")))


def table_lines(file: str, lines: Iterable[bytes], template: Template) -> Iterator[StatementLine]:
    """Yield a statement for each row of a CSV file; `number` is the line on which the row ends.

    Raises:
        FileRefusedError: the header has a column that the template names not once, or the file is in another encoding.
    """
    try:
        rows = csv.reader(_decoded(lines, template.encoding), delimiter=template.delimiter, strict=True)
        header = [name.strip() for name in next(rows, [])]
        for column in template.columns:
            if column not in header:
                raise _refused(file, column, "is no column of the file; see its first line", line=1)
            if header.count(column) > 1:
                remedy = "is the name of several columns, of which nobody knows which is meant; rename one"
                raise _refused(file, column, remedy, line=1)
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            text = orjson.dumps(row)
            if len(row) != len(header):
                problem = f"the row has {len(row)} cells, the header {len(header)}; give each column a cell"
                yield StatementLine(rows.line_num, text, None, problem)
                continue
            yield _row(rows.line_num, text, dict(zip(header, row, strict=True)), template)
    except UnicodeDecodeError as error:
        wrong = repr(error.object[error.start : error.start + 8])
        raise _refused(
            file, wrong, f"is not {template.encoding}; name the encoding in the template"
        ) from error
    except csv.Error as error:
        raise _refused(file, "", f"is no CSV: {error}", line=rows.line_num) from error


def _row(number: int, text: bytes, cells: Mapping[str, str], template: Template) -> StatementLine:
    try:
        statement = _filled(template.statement, cells, template)
    except ValueError as error:
        return StatementLine(number, text, None, str(error))
    return StatementLine(number, text, orjson.dumps(statement if statement is not _NOTHING else {}))


def _decoded(lines: Iterable[bytes], encoding: str) -> Iterator[str]:
    for place, line in enumerate(lines):
        # Only the first line can begin with a byte order mark; elsewhere it would be a character.
        yield line.decode(encoding if place == 0 else encoding.replace("utf-8-sig", "utf-8"))


class _Nothing:
    """Stands for a value all of whose cells are empty: the property is left out."""


_NOTHING: Final = _Nothing()


def _filled(value: Any, cells: Mapping[str, str], template: Template) -> Any:
    if isinstance(value, dict):
        filled = {_text(key, cells): _filled(child, cells, template) for key, child in value.items()}
        kept = {key: child for key, child in filled.items() if child is not _NOTHING}
        return kept if kept or not value else _NOTHING
    if isinstance(value, list):
        kept_items = [one for child in value if (one := _filled(child, cells, template)) is not _NOTHING]
        return kept_items if kept_items or not value else _NOTHING
    if isinstance(value, str):
        return _value(value, cells, template)
    return value


def _value(text: str, cells: Mapping[str, str], template: Template) -> Any:
    places = list(_PLACE.finditer(text))
    if not places:
        return text
    given = [cells[match[1].strip()].strip() for match in places]
    if not all(given):
        return _NOTHING
    kind = places[0][2]
    if kind is None:
        return _text(text, cells)
    try:
        return _KINDS[kind](given[0], template)
    except (ValueError, InvalidOperation) as error:
        remedy = "correct the cell"
        if kind == "timestamp":
            remedy += f", or date_format of the template (now {template.date_format or 'ISO 8601'})"
        raise ValueError(f"column {places[0][1]!r}: {given[0]!r} is no {kind}; {remedy}") from error


def _text(text: str, cells: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: cells[match[1].strip()].strip(), text)


def _number(text: str, template: Template) -> Any:
    del template
    # A decimal comma, as tables of many countries have it; "1,234" may be either, so it is neither.
    if _THOUSANDS.search(text):
        raise ValueError(text)
    number = Decimal(text.replace(",", "."))
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError(text)
    return orjson.Fragment(format(number, "f"))


def _boolean(text: str, template: Template) -> bool:
    del template
    lowered = text.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError(text)


def _timestamp(text: str, template: Template) -> str:
    if template.date_format:
        # The zone follows: a table tells local time.
        instant = datetime.strptime(text, template.date_format)  # noqa: DTZ007
    else:
        instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=template.zone)
    return instant.isoformat(timespec="milliseconds")


_KINDS: Final[Mapping[str, Callable[[str, Template], Any]]] = {
    "number": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield key
            yield from _texts(child)
    elif isinstance(value, Sequence):
        for child in value:
            yield from _texts(child)


def _refused(file: str, value: str, remedy: str, line: int = 0) -> FileRefusedError:
    return FileRefusedError([FileProblem(file, line, "", value, remedy)])
