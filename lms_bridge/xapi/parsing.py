"""Strict JSON: bytes in, values out, or the one violation that says why not.

Duplicate keys, invalid UTF-8, unpaired surrogates, NUL, numbers that no IEEE 754 double holds and deep nesting are
refused. A key that stands twice is found without a second parse: a parsed object written again holds exactly as many
colons as the text it came from, unless a key was dropped on the way (or a colon is written as an escape, where the
slow way decides).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from lms_bridge.xapi.violations import Violation, pointer_token, shown

WHITESPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one JSON text: its size in bytes and its nesting (orjson itself stops writing at 254)."""

    max_bytes: int = 32 * 1024 * 1024
    max_depth: int = 100


DEFAULT_LIMITS = Limits()


class _DuplicatesDict(dict[str, Any]):
    """An object of which at least one key stood twice; `duplicate` is the first such key."""

    duplicate: str = ""


def parse_json(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Any | Violation:
    """Return the value of a JSON text, or a Violation (without index) where it is not strict JSON.

    Numbers come as int or float; `exact_json` keeps their digits.
    """
    if len(body) > limits.max_bytes:
        message = (
            f"the JSON text has {len(body)} bytes, more than {limits.max_bytes}; send it in smaller parts"
        )
        return Violation(None, "", "", message)
    try:
        # XAPI-00014, XAPI-00015: one well-formed JSON text, in UTF-8 (Data 2.1, Communication 1.4).
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Violation(
            None, "", "XAPI-00014", f"the body is no valid JSON: {error}; send one JSON text in UTF-8"
        )
    return refused_json(body, value, limits) or value


def refused_json(body: bytes, value: Any, limits: Limits = DEFAULT_LIMITS) -> Violation | None:
    """Return what strict JSON refuses of a text that was parsed to `value`, or None."""
    has_escapes = b"\\" in body and b"\\u00" in body
    try:
        # A colon written as an escape would hide one that a dropped key took away.
        if orjson.dumps(value).count(b":") != body.count(b":") or (has_escapes and b"\\u003" in body):
            duplicate = duplicate_key(body)
            if duplicate is not None:
                return duplicate
    except orjson.JSONEncodeError:
        return _too_deep(limits)
    if has_escapes and b"\\u0000" in body:
        for pointer, text in texts(value):
            if "\x00" in text:
                return Violation(
                    None, pointer, "", r"a text contains \u0000, which cannot be stored; leave it out"
                )
    # One opening bracket is one level at most, so small texts need no walk.
    if (
        body.count(b"{") + body.count(b"[") > limits.max_depth
        and isinstance(value, dict | list)
        and is_deeper(value, limits.max_depth)
    ):
        return _too_deep(limits)
    return None


def _too_deep(limits: Limits) -> Violation:
    return Violation(
        None, "", "", f"the JSON text is nested deeper than {limits.max_depth} levels; flatten it"
    )


def is_deeper(value: Any, levels: int) -> bool:
    """Tell whether `value` nests objects and arrays more than `levels` deep."""
    layer = [value]
    for _ in range(levels):
        below: list[Any] = []
        for one in layer:
            children = one.values() if isinstance(one, dict) else one
            below.extend(child for child in children if isinstance(child, dict | list))
        if not below:
            return False
        layer = below
    return True


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of `value`, keys too, with the JSON pointer at which it stands."""
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        pointer, one = pending.pop()
        if isinstance(one, str):
            yield pointer, one
        elif isinstance(one, dict):
            for key, child in one.items():
                yield pointer, key
                pending.append((f"{pointer}/{pointer_token(key)}", child))
        elif isinstance(one, list):
            pending.extend((f"{pointer}/{place}", child) for place, child in enumerate(one))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    marked = _DuplicatesDict(found)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            marked.duplicate = key
            break
        seen.add(key)
    return marked


def duplicate_key(body: bytes) -> Violation | None:
    """Return the violation for the first key that stands twice in one object of a valid JSON text, or None."""
    pending: list[tuple[str, Any]] = [("", json.loads(body, object_pairs_hook=_pairs))]
    while pending:
        pointer, one = pending.pop()
        if isinstance(one, _DuplicatesDict):
            # XAPI-00021: a property stands at most once in its object (Data 2.4).
            message = f"the key {shown(one.duplicate)} stands twice in one object; keep one"
            return Violation(None, f"{pointer}/{pointer_token(one.duplicate)}", "XAPI-00021", message)
        if isinstance(one, dict):
            pending.extend((f"{pointer}/{pointer_token(key)}", child) for key, child in one.items())
        elif isinstance(one, list):
            pending.extend((f"{pointer}/{place}", child) for place, child in enumerate(one))
    return None


def _digits(text: str) -> orjson.Fragment:
    # XAPI-00002: a number keeps every digit, so more than IEEE 754 asks for (Data 2.2).
    return orjson.Fragment(text)


def _integer(text: str) -> int | orjson.Fragment:
    # "-0" and what 64 bits do not hold would come out of orjson changed or not at all.
    return int(text) if len(text) <= 18 and text != "-0" else orjson.Fragment(text)


def exact_json(body: bytes) -> Any:
    """Return the value of a valid JSON text whose decimal and large numbers write back digit by digit.

    Such numbers are `orjson.Fragment`s: opaque here, verbatim in `orjson.dumps`. Only for texts that `parse_json` or
    `read_statements` has taken.
    """
    return json.loads(body, parse_float=_digits, parse_int=_integer)
