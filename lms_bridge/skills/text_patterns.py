"""Text patterns of rules and catalogue: exact, `…*` for a prefix, `re:…` for an RE2 pattern (linear time)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2

from lms_bridge.errors import InvalidInputError

MAX_PATTERN_CHARACTERS = 2000


@lru_cache(maxsize=50_000)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Return the test that `pattern` means.

    Raises:
        InvalidInputError: the RE2 pattern does not compile, or the text is too long.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise InvalidInputError(
            f"pattern of {len(pattern)} characters: at most {MAX_PATTERN_CHARACTERS} are allowed"
        )
    if pattern.startswith("re:"):
        try:
            compiled = re2.compile(pattern[3:])
        except re2.error as error:
            raise InvalidInputError(
                f"pattern {pattern!r} is no RE2 pattern: {error}; correct or escape it"
            ) from error
        return lambda text: compiled.search(text) is not None
    if pattern.endswith("*"):
        prefix = pattern[:-1]
        return lambda text: text.startswith(prefix)
    return lambda text: text == pattern


def matches_any(patterns: tuple[str, ...], text: str) -> bool:
    """Tell whether one of `patterns` matches `text`."""
    return any(matcher(pattern)(text) for pattern in patterns)
