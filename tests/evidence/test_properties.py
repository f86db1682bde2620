"""What holds for all causes: order of arrival, repeats, and rows that are exactly what was known at each instant."""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lms_bridge.evidence.history import derive
from tests.evidence.builders import LATER
from tests.evidence.worlds import World, known_in, naive, reordered, worlds

# LMS_BRIDGE_TEST_EXAMPLES=5000 for a long night.
EXAMPLES = int(os.environ.get("LMS_BRIDGE_TEST_EXAMPLES", "150"))
DELAYS = st.lists(st.integers(0, 2000), min_size=9, max_size=9)


@settings(max_examples=EXAMPLES)
@given(worlds())
def test_rows_are_what_a_naive_evaluation_knows_at_every_instant(world: World) -> None:
    found = derive(world.causes, world.book).rows
    instants = world.instants()
    between = [one + (two - one) / 2 for one, two in pairwise(instants)]
    for instant in (*instants, *between, instants[0] - timedelta(days=1), LATER):
        assert known_in(found, instant) == naive(world, instant), instant


@settings(max_examples=EXAMPLES)
@given(worlds())
def test_every_interval_is_maximal_and_has_a_length(world: World) -> None:
    found = derive(world.causes, world.book).rows
    ends = {(row.fact, row.reversed_at) for row in found}
    for row in found:
        assert row.reversed_at is None or row.recorded_at < row.reversed_at
        assert (row.fact, row.recorded_at) not in ends
    assert len({row.evidence_id for row in found}) == len(found)


@settings(max_examples=EXAMPLES)
@given(worlds())
def test_a_row_that_ends_says_why_and_names_a_row_that_begins_then(world: World) -> None:
    found = derive(world.causes, world.book).rows
    by_id = {row.evidence_id: row for row in found}
    for row in found:
        assert (row.reversed_at is None) == (row.reversal_kind is None)
        if row.successor_id is not None:
            heir = by_id[row.successor_id]
            assert heir.recorded_at == row.reversed_at
            assert heir.fact.skill_iri == row.fact.skill_iri


@settings(max_examples=EXAMPLES)
@given(worlds(), DELAYS)
def test_the_order_of_arrival_does_not_change_what_is_known_in_the_end(
    world: World, delays: list[int]
) -> None:
    one, two = (derive(each.causes, each.book).rows for each in (world, reordered(world, delays)))
    assert known_in(one, LATER) == known_in(two, LATER)


@settings(max_examples=EXAMPLES)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_in_which_causes_are_read_changes_nothing(world: World, random: object) -> None:
    shuffled = list(world.records)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis hands in a random.Random
    causes = world.causes
    other = type(causes)(causes.person_id, tuple(shuffled), tuple(reversed(causes.identities)))
    book = world.book
    turned = type(book)(tuple(reversed(book.rules)), (), tuple(reversed(book.aliases)), book.policies)
    assert derive(causes, book) == derive(other, turned)


@settings(max_examples=EXAMPLES)
@given(worlds())
def test_the_same_statement_twice_changes_nothing(world: World) -> None:
    causes = world.causes
    twice = type(causes)(causes.person_id, causes.records + causes.records[:2], causes.identities)
    assert derive(causes, world.book).rows == derive(twice, world.book).rows
