"""Changes inside a JSON text that leave every other byte as the sender wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from lms_bridge.xapi.parsing import WHITESPACE

_BLANKS = " \t\r\n"
_BETWEEN_OBJECTS = re.compile(rb"\}[ \t\r\n]*+,[ \t\r\n]*+\{")
_SCAN = json.JSONDecoder().raw_decode


def members(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Yield key, begin and end of each value of the object that begins at `start` of a valid JSON text."""
    at = _skip(text, start + 1)
    while text[at] == '"':
        key, at = _SCAN(text, at)
        begin = _skip(text, _skip(text, at) + 1)
        _, end = _SCAN(text, begin)
        yield key, begin, end
        at = _skip(text, end)
        if text[at] == "}":
            return
        at = _skip(text, at + 1)


def elements(text: str) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each element of the array that a valid JSON text is."""
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "]":
        _, end = _SCAN(text, at)
        yield at, end
        at = _skip(text, end)
        if text[at] == "]":
            return
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at


def with_members(document: bytes, added: Mapping[str, bytes]) -> bytes:
    """Return a JSON object, not empty, with further members (JSON values) at its end."""
    if not added:
        return document
    body = document.rstrip()
    tail = b"".join(b',"%s":%s' % (key.encode(), value) for key, value in added.items())
    return b"%s%s}" % (body[:-1], tail)


def with_value(document: bytes, key: str, value: bytes) -> bytes:
    """Return a JSON object in which the existing top-level member `key` has another value."""
    text = document.decode()
    for name, begin, end in members(text, text.index("{")):
        if name == key:
            return f"{text[:begin]}{value.decode()}{text[end:]}".encode()
    return document


def with_activity_arrays(document: bytes) -> bytes:
    """Return a statement in which every single context activity is an array of one, in its SubStatement too.

    XAPI-00096: context activities are returned in arrays (Data 2.4.6.2).
    """
    text = document.decode()
    singles: list[tuple[int, int]] = []
    _find_singles(text, text.index("{"), singles)
    for begin, end in sorted(singles, reverse=True):
        text = f"{text[:begin]}[{text[begin:end]}]{text[end:]}"
    return text.encode()


def _find_singles(text: str, start: int, singles: list[tuple[int, int]]) -> None:
    for key, begin, _ in members(text, start):
        if text[begin] != "{":
            continue
        if key == "context":
            for name, inner, _ in members(text, begin):
                if name == "contextActivities":
                    singles.extend((one, end) for _, one, end in members(text, inner) if text[one] == "{")
        elif key == "object" and any(
            name == "objectType" and json.loads(text[one:end]) == "SubStatement"
            for name, one, end in members(text, begin)
        ):
            _find_singles(text, begin, singles)


def split_batch(body: bytes) -> tuple[bytes, ...] | None:
    """Return the texts of the objects of a JSON array by counting braces, or None where that does not tell.

    A guess that costs little: it is right exactly when every text parses as JSON, which the caller tries; then the
    array is valid and these are its elements. Braces inside strings can lead it astray; `split_exactly` does not
    stray, and costs a parse.
    """
    begin = 1
    depth = 0
    counted = 1
    found: list[bytes] = []
    for between in _BETWEEN_OBJECTS.finditer(body):
        end = between.start() + 1
        depth += body.count(b"{", counted, end) - body.count(b"}", counted, end)
        counted = end
        if depth < 0:
            return None
        if depth == 0:
            found.append(body[begin:end].strip(WHITESPACE))
            begin = counted = between.end() - 1
    found.append(body[begin:-1].strip(WHITESPACE))
    return tuple(found) if all(one[:1] == b"{" and one[-1:] == b"}" for one in found) else None


def split_exactly(body: bytes) -> tuple[bytes, ...]:
    """Return the texts of the elements of a valid JSON array."""
    text = body.decode()
    return tuple(text[begin:end].encode() for begin, end in elements(text))
