"""Where a person stands on a day, and since when a team's or role's rows bind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.people.placement import Stay, TeamSpan, line_on, parent_on, scopes_since, since_of

Y2020, Y2022, Y2024, Y2026 = (date(year, 1, 1) for year in (2020, 2022, 2024, 2026))
# Payroll lies below Finance, Finance below Company; Sales below Company.
TREE = {
    "company": [TeamSpan(None, None, None)],
    "finance": [TeamSpan("company", None, None)],
    "payroll": [TeamSpan("finance", None, None)],
    "sales": [TeamSpan("company", None, None)],
}


def stay(target: str, begin: date | None = None, end: date | None = None, kind: str = "line") -> Stay:
    return Stay(target, kind, begin, end)


def test_the_line_goes_up_nearest_first() -> None:
    assert line_on(TREE, "payroll", Y2026) == ("payroll", "finance", "company")


def test_the_line_is_that_of_the_day() -> None:
    moved = TREE | {"payroll": [TeamSpan("sales", None, Y2024), TeamSpan("finance", Y2024, None)]}
    assert line_on(moved, "payroll", Y2022) == ("payroll", "sales", "company")
    assert parent_on(moved, "payroll", Y2024) == "finance"


def test_a_circle_in_the_tree_ends() -> None:
    circle = {"a": [TeamSpan("b", None, None)], "b": [TeamSpan("a", None, None)]}
    assert line_on(circle, "a", Y2026) == ("a", "b")


def test_rows_of_all_teams_above_bind() -> None:
    assert dict(scopes_since([stay("payroll", Y2022)], TREE, Y2026)) == {
        "payroll": Y2022,
        "finance": Y2022,
        "company": Y2022,
    }


def test_a_move_inside_a_unit_does_not_begin_its_time_anew() -> None:
    stays = [stay("sales", Y2020, Y2024), stay("payroll", Y2024)]
    assert dict(scopes_since(stays, TREE, Y2026)) == {"payroll": Y2024, "finance": Y2024, "company": Y2020}


def test_a_gap_begins_the_time_anew() -> None:
    stays = [stay("payroll", Y2020, Y2022), stay("payroll", Y2024)]
    assert dict(scopes_since(stays, TREE, Y2026))["company"] == Y2024


def test_a_stay_without_beginning_binds_without_one() -> None:
    assert dict(scopes_since([stay("payroll")], TREE, Y2026))["payroll"] is None


def test_a_change_of_the_tree_begins_the_time_of_the_new_unit() -> None:
    moved = TREE | {"payroll": [TeamSpan("sales", None, Y2024), TeamSpan("finance", Y2024, None)]}
    found = dict(scopes_since([stay("payroll", Y2020)], moved, Y2026))
    assert found == {"payroll": Y2020, "finance": Y2024, "company": Y2020}


def test_nobody_is_bound_before_the_first_day_nor_on_the_day_after_the_last() -> None:
    stays = [stay("payroll", Y2022, Y2024)]
    assert scopes_since(stays, TREE, Y2022 - timedelta(days=1)) == ()
    assert len(scopes_since(stays, TREE, Y2022)) == 3
    assert scopes_since(stays, TREE, Y2024) == ()


def test_a_role_binds_since_its_first_day() -> None:
    assert since_of([stay("cook", Y2022, kind="main")], "cook", Y2026) == Y2022


def test_a_role_in_two_kinds_without_a_gap_is_one_time() -> None:
    stays = [stay("cook", Y2020, Y2022, "acting"), stay("cook", Y2022, None, "main")]
    assert since_of(stays, "cook", Y2026) == Y2020


def test_a_gap_between_roles_begins_anew() -> None:
    stays = [stay("cook", Y2020, Y2022, "main"), stay("cook", Y2024, None, "main")]
    assert since_of(stays, "cook", Y2026) == Y2024


def test_a_target_role_counts_for_nothing() -> None:
    stays = [stay("cook", None, None, "target"), stay("cook", Y2024, None, "main")]
    assert since_of(stays, "cook", Y2026) == Y2024


def test_a_role_to_come_says_nothing_of_today() -> None:
    later = date(2027, 1, 1)
    stays = [stay("cook", later, date(2028, 1, 1), "main"), stay("cook", Y2020, Y2026, "main")]
    assert since_of(stays, "cook", date(2025, 1, 1)) == Y2020


DAYS = st.integers(0, 20).map(lambda number: Y2020 + timedelta(days=number))
STAYS = st.lists(
    st.builds(
        lambda team, begin, length: Stay(
            team, "line", begin, begin + timedelta(days=length) if length is not None else None
        ),
        st.sampled_from(["payroll", "sales", "finance"]),
        DAYS,
        st.one_of(st.none(), st.integers(1, 8)),
    ),
    max_size=4,
)


def brute_force(stays: Sequence[Stay], tree: Mapping[str, Sequence[TeamSpan]], day: date) -> dict[str, date]:
    """Walk back day by day."""

    def bound(on: date) -> set[str]:
        return {team for one in stays if one.covers(on) for team in line_on(tree, one.target, on)}

    found: dict[str, date] = {}
    for team in bound(day):
        first = day
        while team in bound(first - timedelta(days=1)):
            first -= timedelta(days=1)
        found[team] = first
    return found


@given(STAYS, DAYS, DAYS)
def test_since_equals_walking_back_day_by_day(stays: list[Stay], turn: date, day: date) -> None:
    tree = TREE | {"payroll": [TeamSpan("sales", None, turn), TeamSpan("finance", turn, None)]}
    assert dict(scopes_since(stays, tree, day)) == brute_force(stays, tree, day)
