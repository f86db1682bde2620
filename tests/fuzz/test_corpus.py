"""The inputs that the coverage-guided fuzzer found worth keeping: each is answered clearly.

`python -m bench.fuzz_statement_door` finds them, and with `--minimise` writes them. One that broke the door stays here
by the name of what it broke.
"""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.door import Door, attempt_of, corpus

CORPUS = Path(__file__).with_name("corpus")
MOST_FILES = 200
MOST_BYTES = 300_000


def test_every_input_is_answered_clearly(door: Door) -> None:
    faults = {name: door.fault(attempt_of(data)) for name, data in corpus(CORPUS).items()}
    assert {name: fault for name, fault in faults.items() if fault} == {}


def test_the_corpus_is_small() -> None:
    inputs = corpus(CORPUS)
    assert 0 < len(inputs) <= MOST_FILES
    assert sum(map(len, inputs.values())) <= MOST_BYTES
