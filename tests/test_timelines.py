"""Effective-dated updates of one key."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.timelines import Span, Timeline, before, difference, joined, restated

MONDAY, FRIDAY = date(2026, 6, 1), date(2026, 6, 5)
OLD, NEW = ("old",), ("new",)
ALWAYS_OLD = (Span(OLD, None, None),)


def test_what_is_new_holds_without_a_beginning() -> None:
    assert restated((), [(OLD, None)], MONDAY) == ALWAYS_OLD
    assert restated((), [(OLD, FRIDAY)], MONDAY) == (Span(OLD, FRIDAY, None),)


def test_a_change_holds_from_today_or_its_day() -> None:
    assert restated(ALWAYS_OLD, [(NEW, None)], MONDAY) == (Span(OLD, None, MONDAY), Span(NEW, MONDAY, None))
    assert restated(ALWAYS_OLD, [(NEW, FRIDAY)], MONDAY) == (Span(OLD, None, FRIDAY), Span(NEW, FRIDAY, None))


def test_a_change_on_the_day_of_a_change_replaces_it() -> None:
    changed = restated(ALWAYS_OLD, [(NEW, None)], MONDAY)
    assert restated(changed, [(OLD, None)], MONDAY) == ALWAYS_OLD


def test_what_ended_and_returns_holds_from_today() -> None:
    ended = (Span(OLD, None, MONDAY),)
    assert restated(ended, [(OLD, None)], FRIDAY) == (Span(OLD, None, MONDAY), Span(OLD, FRIDAY, None))


def test_several_rows_are_the_whole_story() -> None:
    told = [(NEW, FRIDAY), (OLD, None)]
    assert restated((Span(("other",), MONDAY, None),), told, MONDAY) == (
        Span(OLD, MONDAY, FRIDAY),
        Span(NEW, FRIDAY, None),
    )


def test_before_cuts_and_drops() -> None:
    timeline = (Span(OLD, None, MONDAY), Span(NEW, FRIDAY, None))
    assert before(timeline, MONDAY) == (Span(OLD, None, MONDAY),)
    assert before(timeline, FRIDAY + timedelta(days=1)) == (
        Span(OLD, None, MONDAY),
        Span(NEW, FRIDAY, FRIDAY + timedelta(days=1)),
    )


def test_joined_makes_touching_equal_spans_one_and_drops_empty_ones() -> None:
    spans = [Span(OLD, MONDAY, FRIDAY), Span(OLD, None, MONDAY), Span(NEW, FRIDAY, FRIDAY)]
    assert joined(spans) == (Span(OLD, None, FRIDAY),)


def test_a_difference_retires_and_adds_whole_spans() -> None:
    wanted = restated(ALWAYS_OLD, [(NEW, None)], MONDAY)
    change = difference("teams", ("T",), ALWAYS_OLD, wanted)
    assert change is not None
    assert (change.retired, change.added) == (ALWAYS_OLD, wanted)
    assert difference("teams", ("T",), wanted, wanted) is None


SAID = st.lists(
    st.tuples(
        st.sampled_from([OLD, NEW, ("third",)]),
        st.one_of(st.none(), st.integers(0, 9).map(lambda number: MONDAY + timedelta(days=number))),
    ),
    min_size=1,
    max_size=6,
)


@given(SAID)
def test_timelines_never_overlap_and_the_same_again_changes_nothing(
    said: list[tuple[tuple[str], date | None]],
) -> None:
    timeline: Timeline = ()
    for number, row in enumerate(said):
        today = MONDAY + timedelta(days=number)
        timeline = restated(timeline, [row], today)
        assert restated(timeline, [row], today) == timeline
        for one, following in itertools.pairwise(timeline):
            assert one.end is not None
            assert following.begin is not None
            assert one.end <= following.begin
        assert timeline[-1].values == row[0]
        assert timeline[-1].end is None
