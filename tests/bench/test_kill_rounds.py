"""The judge of the kill rounds finds each kind of loss: without that, no fault found would mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.kill_rounds import Loss
from tests.end_to_end.writers import Batch, Faults, Stored, Writer, find_faults, new_writers

ONE, TWO, THREE, VOIDING, ABSENT = "one", "two", "three", "voiding", "absent"


def batch(*ids: str, voids: dict[str, str] | None = None) -> Batch:
    return Batch(tuple({"id": item} for item in ids), voids or {})


@pytest.fixture
def writers() -> Sequence[Writer]:
    """One writer: two batches acknowledged, the second of which voids; one unheard that is there, one that is not."""
    (writer,) = new_writers(1, 1, 1)
    writer.acknowledged = [batch(ONE, TWO), batch(VOIDING, voids={VOIDING: TWO})]
    writer.unheard = [batch(THREE), batch(ABSENT)]
    return (writer,)


GOOD = Stored(
    times={ONE: 1, TWO: 1, THREE: 1, VOIDING: 1},
    keys=frozenset({ONE, TWO, THREE, VOIDING}),
    voided_by={TWO: VOIDING},
    evidence={ONE: 1},
    waiting=frozenset({THREE}),
    failures=0,
)


def test_all_is_well(writers: Sequence[Writer]) -> None:
    assert find_faults(GOOD, writers) == Faults()


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        (replace(GOOD, times={TWO: 1, THREE: 1, VOIDING: 1}), "lost"),
        (replace(GOOD, keys=GOOD.keys - {ONE}), "lost"),
        (replace(GOOD, times={TWO: 1, THREE: 1, VOIDING: 1}), "half"),
        (replace(GOOD, times={**GOOD.times, ONE: 2}), "doubled"),
        (replace(GOOD, times={**GOOD.times, "of nobody": 1}), "unknown"),
        (replace(GOOD, voided_by={}), "voided_wrongly"),
        (replace(GOOD, voided_by={TWO: VOIDING, ONE: VOIDING}), "voided_wrongly"),
        (replace(GOOD, waiting=frozenset()), "underived"),
        (replace(GOOD, evidence={ONE: 2}), "derived_wrongly"),
        (replace(GOOD, evidence={ONE: 1, TWO: 1}), "derived_wrongly"),
        (replace(GOOD, failures=1), "failures"),
    ],
)
def test_each_loss_is_found_and_counted(writers: Sequence[Writer], stored: Stored, name: str) -> None:
    faults = find_faults(stored, writers)
    assert getattr(faults, name)
    loss = Loss()
    loss.add(faults)
    assert loss.total > 0


def test_an_answer_that_is_neither_200_nor_503_is_a_fault(writers: Sequence[Writer]) -> None:
    writers[0].odd.append((500, "oh"))
    assert find_faults(GOOD, writers).odd == ((500, "oh"),)


def test_what_a_writer_sends_follows_from_the_seed() -> None:
    first, again, other = (new_writers(2, 8, seed)[1].batch().statements for seed in (1, 1, 2))
    assert first == again
    assert first != other
