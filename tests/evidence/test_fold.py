"""One rule over one person's matches: repeats, renewals, validity, counted groups, taking back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.evidence.facts import Fact
from lms_bridge.evidence.fold import Folding, Gain, Withdrawal, fold
from lms_bridge.skills.rules import Effect, Gives, Needs
from tests.evidence.builders import OTHER_SKILL, SKILL, at, on

FOREVER = Gives(SKILL, 2, (), "completed", None, None, None, "achievement")
YEARLY = Gives(SKILL, 2, (), "completed", "P1Y", None, "P90D", "achievement")


def gain(
    statement_id: str,
    day: int,
    gives: Gives = FOREVER,
    *,
    hour: int = 12,
    level: int = 2,
    of: str = "quiz",
    version: str = "v1",
    needs: Needs | None = None,
    ordinal: int = 0,
) -> Gain:
    return Gain(at(day, hour), statement_id, on(day), of, ordinal, gives, level, version, needs)


def taken(
    statement_id: str,
    day: int,
    effect: Effect = "ended",
    *,
    hour: int = 12,
    of: str = "quiz",
    version: str = "v1",
) -> Withdrawal:
    return Withdrawal(at(day, hour), statement_id, on(day), of, effect, version)


def folded(*events: Gain | Withdrawal, last_day: str = "day_before") -> tuple[Fact, ...]:
    gains = [event for event in events if isinstance(event, Gain)]
    return fold("r1", gains, [event for event in events if isinstance(event, Withdrawal)], last_day)


def days(*events: Gain | Withdrawal, last_day: str = "day_before") -> list[tuple[date, date | None]]:
    return [(fact.achieved_on, fact.ended_on) for fact in folded(*events, last_day=last_day)]


def yearly(**changes: object) -> Gives:
    values = {name: getattr(YEARLY, name) for name in YEARLY.__dataclass_fields__}
    return Gives(**(values | changes))


def test_a_repeat_is_no_new_fact_while_one_holds() -> None:
    assert days(gain("a", 1), gain("b", 50), gain("c", 400)) == [(on(1), None)]


def test_forty_repeats_renew_nothing_without_a_window() -> None:
    gives = yearly(renew_window=None)
    events = [gain(f"s{day:03}", day, gives) for day in range(1, 360, 9)]
    assert days(*events) == [(on(1), date(2026, 1, 2))]


def test_after_its_end_a_repeat_is_a_new_fact() -> None:
    gives = yearly(renew_window=None)
    assert days(gain("a", 0, gives), gain("b", 365, gives)) == [
        (date(2025, 1, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2027, 1, 1)),
    ]


def test_a_higher_level_is_a_new_fact_and_a_lower_one_is_not() -> None:
    found = folded(gain("a", 1, level=2), gain("b", 2, level=3), gain("c", 3, level=1))
    assert [(fact.level, fact.cited_id) for fact in found] == [(2, "a"), (3, "b")]


def test_equal_facts_of_one_day_cite_the_smallest_id() -> None:
    found = folded(gain("c", 1, hour=8), gain("a", 1, hour=10), gain("b", 1, hour=9))
    assert [(fact.achieved_on, fact.cited_id) for fact in found] == [(on(1), "a")]


def test_a_repeat_inside_the_window_renews_from_its_own_day() -> None:
    assert days(gain("a", 0, YEARLY), gain("b", 300, YEARLY)) == [
        (on(0), date(2026, 1, 1)),
        (on(300), date(2026, 10, 28)),
    ]


@pytest.mark.parametrize(("day", "facts"), [(274, 1), (275, 2), (364, 2)])
def test_the_window_opens_ninety_days_before_the_end(day: int, facts: int) -> None:
    # The fact ends on 1 January 2026; ninety days before is 3 October 2025, day 275.
    assert len(folded(gain("a", 0, YEARLY), gain("b", day, YEARLY))) == facts


def test_a_renewal_may_count_from_the_previous_expiry() -> None:
    gives = yearly(renew_from="previous_expiry")
    assert days(gain("a", 0, gives), gain("b", 300, gives))[1] == (on(300), date(2027, 1, 1))


def test_a_renewal_from_the_previous_expiry_keeps_the_anniversary_where_that_counts() -> None:
    gives = yearly(renew_from="previous_expiry")
    found = days(gain("a", 0, gives), gain("b", 300, gives), last_day="anniversary")
    assert found == [(on(0), date(2026, 1, 2)), (on(300), date(2027, 1, 2))]


def test_a_renewal_on_the_same_day_is_no_second_fact() -> None:
    gives = yearly(renew_window="P5Y")
    assert days(gain("a", 0, gives, hour=9), gain("b", 0, gives, hour=10)) == [(on(0), date(2026, 1, 1))]


def test_validity_is_clipped_to_the_end_of_the_month() -> None:
    day = (date(2028, 2, 29) - date(2025, 1, 1)).days
    assert days(gain("a", day, yearly(valid_for="P1Y"))) == [(date(2028, 2, 29), date(2029, 2, 28))]
    assert days(gain("a", 30, yearly(valid_for="P1M"))) == [(date(2025, 1, 31), date(2025, 2, 28))]


def test_the_last_valid_day_is_the_day_before_the_anniversary_or_the_anniversary() -> None:
    day = (date(2025, 6, 30) - date(2025, 1, 1)).days
    assert days(gain("a", day, yearly())) == [(date(2025, 6, 30), date(2026, 6, 30))]
    assert days(gain("a", day, yearly()), last_day="anniversary") == [(date(2025, 6, 30), date(2026, 7, 1))]


@pytest.mark.parametrize(
    ("achieved", "ended"),
    [
        (date(2025, 3, 1), date(2026, 1, 1)),
        (date(2025, 12, 31), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_valid_until_a_day_of_the_year(achieved: date, ended: date) -> None:
    gives = yearly(valid_for=None, valid_until=(12, 31), renew_window=None)
    assert days(gain("a", (achieved - date(2025, 1, 1)).days, gives)) == [(achieved, ended)]


def test_valid_until_the_leap_day_is_the_28th_in_other_years() -> None:
    gives = yearly(valid_for=None, valid_until=(2, 29))
    assert days(gain("a", 0, gives)) == [(on(0), date(2025, 3, 1))]


@pytest.mark.parametrize("last_day", ["day_before", "anniversary"])
def test_a_renewal_until_a_day_of_the_year_reaches_the_next_one(last_day: str) -> None:
    gives = yearly(valid_for=None, valid_until=(12, 31), renew_from="previous_expiry")
    found = days(gain("a", 10, gives), gain("b", 340, gives), last_day=last_day)
    assert found == [(on(10), date(2026, 1, 1)), (on(340), date(2027, 1, 1))]


# Several gives


def test_a_new_version_that_gives_another_skill_first_is_no_repeat_of_the_old() -> None:
    other = Gives(OTHER_SKILL, 2, (), "completed", None, None, None, "achievement")
    found = folded(gain("a", 1, version="v1"), gain("b", 9, other, version="v2"), gain("b", 9, version="v2"))
    assert {(fact.skill_iri, fact.cited_id) for fact in found} == {(SKILL, "a"), (OTHER_SKILL, "b")}


def test_one_statement_gives_several_rows() -> None:
    strong = Gives(SKILL, 1, (), "assessed", None, None, None, "achievement")
    found = folded(gain("a", 1), gain("a", 1, strong, level=1, ordinal=1))
    assert [(fact.level, fact.strength.label) for fact in found] == [(1, "assessed"), (2, "completed")]


# Taking back


def test_an_ended_fact_holds_up_to_the_day_of_the_taking_back() -> None:
    (fact,) = folded(gain("a", 1), taken("w", 9))
    assert (fact.ended_on, fact.end_kind, fact.end_cause_id) == (on(9), "withdrawn", "w")
    assert fact.holds_on(on(8))
    assert not fact.holds_on(on(9))


def test_a_fact_never_held_where_the_rule_says_so() -> None:
    assert folded(gain("a", 1), taken("w", 9, "never_held")) == ()


def test_the_first_pass_after_the_last_fail_counts() -> None:
    events = (gain("a", 1), taken("w", 2, "never_held"), gain("b", 3), gain("c", 4))
    assert [fact.cited_id for fact in folded(*events)] == ["b"]


def test_at_equal_timestamps_the_award_stands() -> None:
    assert days(gain("z", 1), taken("a", 1)) == [(on(1), None)]
    assert days(gain("z", 1), taken("a", 1, "never_held")) == [(on(1), None)]


def test_a_taking_back_that_came_first_takes_nothing() -> None:
    assert days(taken("w", 1), gain("a", 2)) == [(on(2), None)]


def test_a_taking_back_concerns_its_own_learning_object_only() -> None:
    assert len(folded(gain("a", 1, of="quiz"), taken("w", 2, "never_held", of="other"))) == 1


def test_a_taking_back_leaves_what_had_run_out() -> None:
    (fact,) = folded(gain("a", 0, YEARLY), taken("w", 800))
    assert (fact.ended_on, fact.end_kind) == (date(2026, 1, 1), "expiry")


def test_after_a_taking_back_a_repeat_is_a_new_fact() -> None:
    assert days(gain("a", 1), taken("w", 5), gain("b", 9)) == [(on(1), on(5)), (on(9), None)]


def test_a_fact_taken_back_and_regained_on_one_day_counts_once() -> None:
    assert days(gain("a", 1, hour=8), taken("w", 1, hour=9), gain("b", 1, hour=10)) == [(on(1), None)]


def test_a_taking_back_is_judged_by_the_version_that_judged_the_achievement() -> None:
    assert days(gain("a", 1, version="v1"), taken("w", 5, version="v2")) == [(on(1), None)]
    assert days(gain("a", 1, version="v1"), taken("w", 5, version="v1")) == [(on(1), on(5))]


# Counted groups

TWO_OF_THREE = Needs(2, ("a", "b", "c"), None)
WITHIN_A_MONTH = Needs(2, ("a", "b", "c"), "P1M")


def part(key: str, day: int, needs: Needs = TWO_OF_THREE, gives: Gives = FOREVER, hour: int = 12) -> Gain:
    return gain(f"s-{key}-{day}-{hour}", day, gives, of=key, needs=needs, hour=hour)


def test_a_group_is_achieved_with_the_nth_distinct_part_and_cites_it() -> None:
    (fact,) = folded(part("a", 1), part("a", 2), part("b", 5), part("c", 9))
    assert (fact.achieved_on, fact.cited_id, fact.object_key) == (on(5), "s-b-5-12", "group:r1")


def test_too_few_distinct_parts_are_no_fact() -> None:
    assert folded(part("a", 1), part("a", 2), part("a", 3)) == ()


def test_the_nth_part_is_cited_though_another_of_that_day_has_a_smaller_id() -> None:
    needs = Needs(1, ("b", "a"), None)
    (fact,) = folded(part("b", 1, needs, hour=8), part("a", 1, needs, hour=9))
    assert fact.cited_id == "s-b-1-8"


def test_parts_count_only_within_the_time_that_the_group_allows() -> None:
    assert folded(part("a", 1, WITHIN_A_MONTH), part("b", 60, WITHIN_A_MONTH)) == ()
    (fact,) = folded(
        part("a", 1, WITHIN_A_MONTH), part("b", 60, WITHIN_A_MONTH), part("c", 70, WITHIN_A_MONTH)
    )
    assert fact.achieved_on == on(70)


def test_exactly_the_time_allowed_is_inside() -> None:
    # From 1 January to 1 February is one month.
    assert len(folded(part("a", 0, WITHIN_A_MONTH), part("b", 31, WITHIN_A_MONTH))) == 1
    assert folded(part("a", 0, WITHIN_A_MONTH), part("b", 32, WITHIN_A_MONTH)) == ()


def test_a_group_is_renewed_by_the_whole_group() -> None:
    gives = yearly()
    one = [part("a", 0, gives=gives), part("b", 1, gives=gives)]
    assert len(folded(*one, part("c", 300, gives=gives))) == 1
    assert len(folded(*one, part("c", 300, gives=gives), part("a", 301, gives=gives))) == 2


def test_a_part_reopened_while_the_group_holds_does_not_count_for_the_next() -> None:
    gives = yearly(renew_window=None)
    events = [part("a", 0, gives=gives), part("b", 1, gives=gives), part("a", 100, gives=gives)]
    assert len(folded(*events, part("b", 400, gives=gives))) == 1
    assert len(folded(*events, part("b", 400, gives=gives), part("a", 401, gives=gives))) == 2


def test_a_part_taken_back_ends_the_group() -> None:
    assert days(part("a", 1), part("b", 2), taken("w", 9, of="a")) == [(on(2), on(9))]


def test_a_part_taken_back_that_is_not_needed_ends_nothing() -> None:
    events = (part("a", 1), part("b", 2), part("c", 3), taken("w", 9, of="a"))
    assert days(*events) == [(on(2), None)]
    assert days(*events, taken("x", 10, of="b")) == [(on(2), on(10))]


def test_a_part_taken_back_and_regained_makes_the_group_anew() -> None:
    events = (part("a", 1), part("b", 2), taken("w", 9, of="a"), part("a", 12))
    assert days(*events) == [(on(2), on(9)), (on(12), None)]


def test_a_part_never_held_was_never_counted() -> None:
    events = (part("a", 1), part("b", 2), part("c", 5), taken("w", 9, "never_held", of="a"))
    assert days(*events) == [(on(5), None)]


def test_the_order_in_which_gains_are_handed_in_does_not_matter() -> None:
    old, new = Needs(2, ("a", "b"), None), Needs(1, ("a", "b"), None)
    events = [part("a", 1, old), part("b", 2, old), gain("z", 5, of="a", needs=new, version="v2")]
    assert folded(*events, taken("w", 9, of="a")) == folded(*reversed(events), taken("w", 9, of="a"))


PAIR = Needs(2, ("a", "b", "c"), "P1Y")
EVENTS = st.lists(
    st.one_of(
        st.builds(
            lambda number, day, of, gives, version: gain(f"g{number}", day, gives, of=of, version=version),
            st.integers(0, 9),
            st.integers(0, 800),
            st.sampled_from("ab"),
            st.sampled_from((FOREVER, YEARLY)),
            st.sampled_from(("v1", "v2")),
        ),
        st.builds(
            lambda number, day, of: part(of, day, PAIR) if number else part(of, day, PAIR, gives=YEARLY),
            st.integers(0, 1),
            st.integers(0, 800),
            st.sampled_from("abc"),
        ),
        st.builds(
            lambda number, day, of, effect, version: taken(f"w{number}", day, effect, of=of, version=version),
            st.integers(0, 9),
            st.integers(0, 800),
            st.sampled_from("abc"),
            st.sampled_from(("ended", "ended", "ended", "never_held")),
            st.sampled_from(("v1", "v2")),
        ),
    ),
    max_size=14,
)


@given(EVENTS)
def test_what_becomes_known_little_by_little_comes_to_what_all_of_it_does(
    events: list[Gain | Withdrawal],
) -> None:
    folding = Folding("r1", "day_before")
    for number, event in enumerate(events, 1):
        before = folding.facts()
        folding.add((event,))
        assert folding.facts() == folded(*events[:number]) == folded(*reversed(events[:number]))
        assert before == folded(*events[: number - 1]), "what was answered before must not change"
