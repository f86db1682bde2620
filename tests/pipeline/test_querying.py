"""What the address of the next page repeats of a query."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from lms_bridge.pipeline.querying import repeated_of


@pytest.mark.xapi("XAPI-00108", "XAPI-00111")
@pytest.mark.parametrize(
    ("sent", "encoded"),
    [
        ("", ""),
        ("cursor=1.2.3", ""),
        ("limit=1&verb=a:b", "limit=1&verb=a:b"),
        ("limit=1&cursor=1.2.3", "limit=1"),
        ("cursor=1.2.3&limit=1", "limit=1"),
        ("&&limit=1&&cursor=1.2.3&", "limit=1"),
        # A value that looks like a cursor is none, and one whose name is disguised is one.
        ("verb=a:cursor=1", "verb=a:cursor=1"),
        ("verb=a:cursor=1&cursor=2&cursor=3", "verb=a:cursor=1"),
        ("verb=a:cursor=1&%63ursor=2", "verb=a:cursor%3D1"),
        ("verb=a:b&cursor=xcursor=2", "verb=a:b"),
        ("l%69mit=1&cursor=2", "l%69mit=1"),
        # What may not stand in an address is escaped.
        ('agent={"a"}&limit=1', "agent=%7B%22a%22%7D&limit=1"),
    ],
)
def test_the_next_page_repeats_everything_but_the_cursor(sent: str, encoded: str) -> None:
    arguments = tuple(parse_qsl(sent, keep_blank_values=True))
    repeated = repeated_of(arguments, sent)
    assert parse_qsl(repeated.encoded) == [pair for pair in arguments if pair[0] != "cursor"]
    assert repeated.encoded.replace("%3A", ":") == encoded


def test_a_cursor_is_tied_to_the_parameters_and_neither_to_their_order_nor_to_their_escapes() -> None:
    def signed(sent: str) -> bytes:
        return repeated_of(tuple(parse_qsl(sent)), sent).signed

    long = "x" * 5_000
    same = (
        "limit=1&verb=a:b",
        "verb=a:b&limit=1",
        "verb=a%3Ab&limit=1&cursor=5",
        "cursor=5&limit=1&verb=a:b",
    )
    assert len({signed(sent) for sent in same}) == 1
    assert signed("limit=1&verb=a:b") != signed("limit=1&verb=a:c")
    assert signed(f"limit=1&verb={long}&cursor=5") == signed(f"verb={long}&limit=1") != signed("limit=1")
