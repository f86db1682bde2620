"""Strict JSON."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.parsing import Limits, duplicate_key, exact_json, parse_json
from lms_bridge.xapi.violations import Violation

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_valid_json_is_read_as_it_is(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        if "\\u0000" not in text:
            assert parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1, "a" :1}',
        b'{"a" : {"b":1 , "b" : 2}}',
        rb'{"a":1,"\u0061":1}',
        rb'{"a":":","\u0061":"\u003a"}',
        rb'{"x":"\u003A","a":1,"a":2}',
        b'[{"a":[{"b":1,"b":{}}]}]',
    ],
)
def test_a_key_that_stands_twice_is_refused(body: bytes) -> None:
    refused = parse_json(body)
    assert isinstance(refused, Violation)
    assert "twice" in refused.message


def test_the_second_key_is_pointed_at() -> None:
    refused = duplicate_key(b'{"a":[0,{"b/c":1,"b/c":2}]}')
    assert refused is not None
    assert refused.pointer == "/a/1/b~1c"


@given(_JSON, st.text(min_size=1, max_size=5))
def test_no_duplicate_hides_behind_other_content(value: Any, key: str) -> None:
    name = json.dumps(key)
    text = f'{{"rest":{json.dumps(value)},{name}:0,{name}:{json.dumps(value)}}}'
    assert isinstance(parse_json(text.encode()), Violation)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 400 + b"}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        rb'{"a":"\ud800"}',
        rb'{"a":"\udc00\ud800"}',
        b'{"a":"\x00"}',
        rb'{"a":"\u0000"}',
        rb'{"a\u0000":1}',
        b"\xef\xbb\xbf{}",
        b"[" * 101 + b"]" * 101,
        b"[" * 300 + b"]" * 300,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_no_strict_json_is_a_violation(body: bytes) -> None:
    assert isinstance(parse_json(body), Violation)


def test_a_pointer_never_holds_what_a_store_refuses() -> None:
    refused = parse_json(rb'{"a\u0000b":1}')
    assert isinstance(refused, Violation)
    assert "\x00" not in refused.pointer + refused.message


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert parse_json(rb'{"a":"\\u0000"}') == {"a": r"\u0000"}


def test_size_is_bounded() -> None:
    refused = parse_json(b"[1,2,3]", Limits(max_bytes=6))
    assert isinstance(refused, Violation)
    assert "7 bytes" in refused.message


@given(st.binary())
def test_parsing_never_raises(body: bytes) -> None:
    parse_json(body)


@pytest.mark.parametrize(
    "number", ["1.0000", "0.1000000000000000055", "1E5", "-0", "-0.0", "123456789012345678901234567890"]
)
def test_exact_json_keeps_the_digits_of_numbers(number: str) -> None:
    body = b'{"a":[%s],"b":7}' % number.encode()
    assert orjson.dumps(exact_json(body)) == body
