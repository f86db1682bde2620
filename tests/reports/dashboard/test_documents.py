"""A JSON document laid out for reading."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reports.dashboard.documents import laid_out

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_the_layout_is_that_of_the_standard_library(value: Any) -> None:
    expected = json.dumps(value, indent=2, ensure_ascii=False)
    assert laid_out(json.dumps(value, ensure_ascii=False)) == expected
    assert laid_out(expected) == expected


def test_numbers_keep_their_digits() -> None:
    assert (
        laid_out('{"a":0.70000000000000000001,"b":1E400}')
        == '{\n  "a": 0.70000000000000000001,\n  "b": 1E400\n}'
    )
