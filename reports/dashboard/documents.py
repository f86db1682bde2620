"""A JSON document laid out for reading: line breaks and indents only, so that every digit stays as it was sent."""

from __future__ import annotations


def laid_out(text: str, indent: int = 2) -> str:
    """Return the JSON `text` with one member a line; numbers and strings keep their characters."""
    pieces: list[str] = []
    depth = 0
    in_text = False
    escaped = False
    for place, character in enumerate(text):
        if in_text:
            pieces.append(character)
            in_text = escaped or character != '"'
            escaped = character == "\\" and not escaped
            continue
        if character.isspace():
            continue
        if character == '"':
            in_text = True
            pieces.append(character)
        elif character in "{[":
            is_empty = _next_sign(text, place + 1) in {"}", "]"}
            depth += 1
            pieces.append(character if is_empty else f"{character}\n{' ' * indent * depth}")
        elif character in "}]":
            depth -= 1
            is_empty = pieces[-1] in {"{", "["}
            pieces.append(character if is_empty else f"\n{' ' * indent * depth}{character}")
        elif character == ",":
            pieces.append(f",\n{' ' * indent * depth}")
        else:
            pieces.append(": " if character == ":" else character)
    return "".join(pieces)


def _next_sign(text: str, place: int) -> str:
    while place < len(text) and text[place].isspace():
        place += 1
    return text[place : place + 1]
