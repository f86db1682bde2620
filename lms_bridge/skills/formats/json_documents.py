"""JSON framework files: parsing without losing a key, and reading fields that may have the wrong type.

A fault of the syntax has its line; a fault of the content has line 0 and the JSON pointer (RFC 6901) as column.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lms_bridge.skills.formats.tables import Faults

JsonObject = Mapping[str, Any]


class _RefusedJsonError(ValueError):
    """A key stands twice in an object, or a number is none."""


def parse_json(file: str, text: str, faults: Faults, *, first_line: int = 1) -> Any | None:
    """Return the document, or None with a fault when it is no JSON; `first_line` is where `text` begins in the file."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        shown = text.splitlines()[error.lineno - 1].strip() if text.splitlines() else ""
        faults.add(
            file, line, "", shown, f"this is no JSON ({error.msg}); is the file truncated? Export it again"
        )
    except _RefusedJsonError as error:
        faults.add(file, 0, "", "", f"{error}; export the file again")
    except RecursionError:
        faults.add(file, 0, "", "", "the document is nested too deeply; export the file again")
    except ValueError:
        faults.add(file, 0, "", "", "a number has too many digits; export the file again")
    return None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise _RefusedJsonError(f"the key {twice!r} stands twice in one object")
    return found


def _no_number(text: str) -> float:
    raise _RefusedJsonError(f"{text} is no JSON number")


def objects(
    file: str, pointer: str, value: Any, faults: Faults, *, what: str
) -> Iterator[tuple[str, JsonObject]]:
    """Yield the pointer and each object of the list `value`; anything else is a fault."""
    if value is None:
        return
    if not isinstance(value, list):
        faults.add(file, 0, pointer, shown(value), f"this must be a list of {what}")
        return
    for place, item in enumerate(value):
        if isinstance(item, dict):
            yield f"{pointer}/{place}", item
        else:
            faults.add(
                file, 0, f"{pointer}/{place}", shown(item), f"this must be an object, one of the {what}"
            )


def text_of(
    file: str, pointer: str, item: JsonObject, key: str, faults: Faults, *, required: bool = False
) -> str:
    """Return the stripped text of `key`; "" where it is absent or null, with a fault where it is required or no text."""
    value = item.get(key)
    if isinstance(value, str) and value.strip():
        return value.strip()
    if value is not None and not isinstance(value, str):
        faults.add(file, 0, f"{pointer}/{key}", shown(value), "this must be a text")
    elif required:
        faults.add(file, 0, f"{pointer}/{key}", "", f"{key} is missing or empty; give it")
    return ""


def texts_of(value: Any) -> tuple[str, ...]:
    """Return the stripped texts of a value that is one text or a list of texts; other values are left out."""
    values = value if isinstance(value, list) else [value]
    return tuple(text.strip() for text in values if isinstance(text, str) and text.strip())


def shown(value: Any) -> str:
    """Return `value` as the short text that a fault shows."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:120]
