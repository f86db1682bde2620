"""The fuzzer's inputs: seeds that the door takes, changes that leave JSON, and a cover that is one."""

from __future__ import annotations

import json

from bench.fuzz_inputs import JsonChanges, seeds, smallest_cover
from tests.fuzz.door import Door, attempt_of, input_of


def test_every_seed_is_answered_clearly_and_most_are_taken(door: Door) -> None:
    assert {name: door.fault(attempt_of(data)) for name, data in seeds().items()} == dict.fromkeys(
        seeds(), ""
    )
    # What was taken is read back: more requests than seeds.
    assert door.requests > len(seeds()) * 1.5


def test_a_change_leaves_json_and_what_stands_around_it() -> None:
    data = input_of(
        b'--x\r\n\r\n{"actor": {"name": "\xc3\xa9"}, "list": [1, {"a": 2}]}\r\n--x--',
        "multipart/mixed; boundary=x",
    )
    for number in range(200):
        changed = JsonChanges(number).changed(data)
        assert changed is not None
        head, _, rest = changed.partition(b"\r\n\r\n")
        assert head == b"\0multipart/mixed; boundary=x\n--x"
        assert json.loads(rest.removesuffix(b"\r\n--x--").decode()) is not None


def test_what_is_no_json_is_left_to_the_fuzzer() -> None:
    assert JsonChanges(1).changed(input_of(b"{never closed")) is None
    assert JsonChanges(1).changed(b"") is None


def test_a_cover_reaches_what_all_reach_with_the_smaller_inputs() -> None:
    reached = {"a": frozenset({1, 2}), "b": frozenset({2, 1}), "c": frozenset({3}), "d": frozenset({2})}
    assert smallest_cover(reached, {"a": 9, "b": 5, "c": 1, "d": 1}) == ["b", "c"]
