"""What no LMS would send on purpose: odd texts, odd JSON, and the places of a good statement to put them."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import strategies as st

from tests.web.xapi.lrs import agent, statement

WEIRD_TEXT = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "\x00",
            "%",
            "%s",
            "?",
            "{}",
            "a" * 3000,
            "\U0001f600" * 700,
            "NaN",
            "-0",
            "2026-02-30T25:61:61Z",
            "P1Y1W",
        ]
    ),
)
WEIRD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(allow_nan=False, allow_infinity=False),
        WEIRD_TEXT,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WEIRD_TEXT, inner, max_size=3)),
    max_leaves=8,
)
BASE = statement(
    context={
        "registration": str(uuid.UUID(int=7)),
        "instructor": agent("bo"),
        "contextActivities": {"parent": [{"id": "https://example.com/p"}]},
        "extensions": {"https://example.com/e": {"deep": [1]}},
        "statement": {"objectType": "StatementRef", "id": str(uuid.UUID(int=8))},
    },
    result={"score": {"scaled": 0.5}, "duration": "PT1S", "extensions": {"https://example.com/e": None}},
    attachments=[],
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        found += places(child, (*path, key))
    return found
