"""A team on a day: ratios, holders, depth, head-counts, risk, freshness and readiness at their edges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lms_bridge.coverage.teams import (
    Ratio,
    Sheet,
    SkillCoverage,
    TeamCoverage,
    met_ratio,
    readiness,
    team_coverage,
)
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.strengths import Strength
from tests.factories import DAY, ROLE, SKILL, TEAM, company, evidence, exemption, fact, person, requirement

TREE = {"TOP": None, TEAM: "TOP", "OTHER": "TOP"}
NONE_AHEAD = {30: None, 60: None, 90: None}


def holds(person_id: str, level: int = 1, **more: object) -> EvidenceRow:
    return evidence(fact(level, **more), person=person_id)  # type: ignore[arg-type] # as `fact` takes them


def only(coverage: TeamCoverage) -> SkillCoverage:
    assert len(coverage.skills) == 1
    return coverage.skills[0]


def test_a_team_of_nobody_has_no_share() -> None:
    empty = team_coverage(company([], [requirement()]), TEAM)
    assert (empty.met, empty.met.share, empty.freshness.share, empty.at_risk) == (
        Ratio(0, 0),
        None,
        None,
        NONE_AHEAD,
    )
    assert empty.skills == ()


def test_a_team_of_which_nothing_is_asked_has_no_share() -> None:
    found = team_coverage(company([person()], rows=[holds("p-ada")]), TEAM)
    assert (found.member_ids, found.met.share, found.skills) == (("p-ada",), None, ())


def test_open_exempt_and_desirable_pairs_are_in_no_ratio() -> None:
    rows = [
        requirement(skill="skill:open", due_within="P90D"),
        requirement(skill="skill:exempt"),
        requirement(skill="skill:desirable", importance="desirable"),
        requirement(skill="skill:met"),
    ]
    found = team_coverage(
        company(
            [person(since=DAY)],
            rows,
            [evidence(fact(1, skill="skill:met"))],
            exemptions=[exemption(skill="skill:exempt")],
        ),
        TEAM,
    )
    assert found.met == Ratio(1, 1)
    assert {skill.skill_iri: (skill.pairs.total, skill.open_pairs) for skill in found.skills} == {
        "skill:open": (0, 1),
        "skill:exempt": (0, 0),
        "skill:desirable": (0, 0),
        "skill:met": (1, 0),
    }


def test_compliance_asks_only_mandatory_rows() -> None:
    rows = [requirement(1, importance="mandatory"), requirement(3)]
    found = team_coverage(company([person()], rows, [holds("p-ada", 1)]), TEAM)
    assert (found.met, found.mandatory) == (Ratio(0, 1), Ratio(1, 1))


def test_a_member_of_two_teams_counts_once_in_their_union() -> None:
    people = [person(teams=[TEAM, "OTHER"]), person("p-bo", teams=["OTHER"])]
    made = company(people, [requirement(scope_id="TOP")], [holds("p-ada")], parents=TREE)
    assert team_coverage(made, TEAM).met == Ratio(1, 1)
    assert team_coverage(made, "OTHER").met == Ratio(1, 2)
    assert team_coverage(made, "TOP", tree=True).met == Ratio(1, 2)
    assert team_coverage(made, "TOP").member_ids == ()


def test_holders_are_active_members_of_any_role_at_the_highest_level_asked() -> None:
    people = [
        person("p-asked", roles=[ROLE]),
        person("p-free"),
        person("p-leave", on_leave=True),
        person("p-low", roles=[ROLE]),
    ]
    rows = [
        requirement(2, scope="role", scope_id=ROLE),
        requirement(1, scope="role", scope_id=ROLE, importance="mandatory"),
    ]
    facts = [holds("p-asked", 1), holds("p-free", 2), holds("p-leave", 3), holds("p-low", 1)]
    skill = only(team_coverage(company(people, rows, facts), TEAM))
    assert (skill.required_level, skill.holder_ids, skill.depth) == (2, ("p-free",), 1)
    assert skill.pairs == Ratio(0, 2)


def test_holders_are_judged_at_the_strength_of_the_highest_rows() -> None:
    rows = [requirement(2, strength=Strength.CERTIFIED), requirement(1, importance="mandatory")]
    facts = [holds("p-ada", 2), holds("p-bo", 2, strength=Strength.CERTIFIED)]
    skill = only(team_coverage(company([person(), person("p-bo")], rows, facts), TEAM))
    assert (skill.min_strength, skill.holder_ids) == (Strength.CERTIFIED, ("p-bo",))


def test_a_stronger_proof_asked_at_a_lower_level_does_not_bind_the_holders_of_the_highest() -> None:
    rows = [requirement(2), requirement(1, strength=Strength.CERTIFIED, importance="mandatory")]
    skill = only(team_coverage(company([person()], rows, [holds("p-ada", 2)]), TEAM))
    assert (skill.min_strength, skill.holder_ids) == (Strength.COMPLETED, ("p-ada",))


def test_desirable_rows_ask_for_no_holders() -> None:
    skill = only(
        team_coverage(company([person()], [requirement(importance="desirable")], [holds("p-ada")]), TEAM)
    )
    assert (skill.required_level, skill.depth, skill.is_single_point) == (None, None, False)


def depth_of(people: int, holders: int, **row: object) -> SkillCoverage:
    ids = [f"p-{number}" for number in range(people)]
    made = company(
        [person(person_id) for person_id in ids],
        [requirement(**row)],  # type: ignore[arg-type] # as `requirement` takes them
        [holds(person_id) for person_id in ids[:holders]],
    )
    return only(team_coverage(made, TEAM))


@pytest.mark.parametrize(
    ("people", "holders", "row", "is_single"),
    [
        (2, 1, {}, True),
        (2, 0, {}, False),
        (2, 2, {}, False),
        (1, 1, {}, False),
        (1, 1, {"importance": "mandatory"}, True),
        (1, 1, {"headcount": "1"}, True),
    ],
)
def test_a_skill_hangs_on_one_person_where_two_are_asked_or_it_is_mandatory_or_a_head_count(
    people: int, holders: int, row: dict[str, object], is_single: bool
) -> None:
    assert depth_of(people, holders, **row).is_single_point is is_single


def test_two_are_asked_even_where_one_is_not_yet_due() -> None:
    people = [person("p-new", since=DAY), person("p-old")]
    rows = [requirement(due_within="P90D")]
    skill = only(team_coverage(company(people, rows, [holds("p-old")]), TEAM))
    assert (skill.pairs, skill.open_pairs, skill.is_single_point) == (Ratio(1, 1), 1, True)


def test_next_best_is_the_highest_level_below_then_the_latest() -> None:
    people = [person(f"p-{name}") for name in ("a", "b", "c", "holder")]
    facts = [
        holds("p-a", 1, achieved=date(2025, 6, 1)),
        holds("p-b", 2, achieved=date(2025, 1, 1)),
        holds("p-c", 2, achieved=date(2025, 2, 1)),
        holds("p-holder", 3),
    ]
    best = only(team_coverage(company(people, [requirement(3)], facts), TEAM)).next_best
    assert best is not None
    assert (best.person_id, best.level, best.since) == ("p-c", 2, date(2025, 2, 1))


# Head-counts


@pytest.mark.parametrize(
    ("asked", "active", "needed"),
    [
        ("10%", 0, 0),
        ("10%", 1, 1),
        ("10%", 10, 1),
        ("10%", 11, 2),
        ("29%", 100, 29),
        ("100%", 7, 7),
        ("3", 1, 3),
    ],
)
def test_a_share_of_active_members_is_rounded_up(asked: str, active: int, needed: int) -> None:
    people = [person(f"p-{number}") for number in range(active)] + [person("p-leave", on_leave=True)]
    skill = only(team_coverage(company(people, [requirement(headcount=asked)]), TEAM))
    assert skill.headcounts[0].needed == needed
    assert skill.headcounts[0].coverage_share == (0.0 if needed else None)


def test_people_on_leave_hold_nothing_for_a_head_count() -> None:
    people = [person(), person("p-leave", on_leave=True)]
    skill = only(
        team_coverage(company(people, [requirement(headcount="1")], [holds("p-ada"), holds("p-leave")]), TEAM)
    )
    assert skill.headcounts[0].holder_ids == ("p-ada",)


def test_more_holders_than_asked_are_covered_once() -> None:
    skill = depth_of(3, 3, headcount="2")
    assert (skill.headcounts[0].coverage_share, skill.depth) == (1.0, 3)


def test_a_head_count_is_over_the_team_and_all_below_also_without_the_tree() -> None:
    made = company([person()], [requirement(scope_id="TOP", headcount="1")], [holds("p-ada")], parents=TREE)
    skill = only(team_coverage(made, "TOP"))
    assert (skill.required_level, skill.holder_ids, skill.headcounts[0].coverage_share) == (
        1,
        ("p-ada",),
        1.0,
    )


def test_a_head_count_of_a_team_below_is_a_line_and_no_figure_of_the_team_above() -> None:
    made = company(
        [person()], [requirement(headcount="2", importance="mandatory")], [holds("p-ada")], parents=TREE
    )
    above = only(team_coverage(made, "TOP", tree=True))
    assert (above.required_level, above.depth, above.is_single_point, above.own_headcount) == (
        None,
        None,
        False,
        None,
    )
    assert [(count.team_id, count.needed) for count in above.headcounts] == [(TEAM, 2)]
    assert team_coverage(made, "TOP").skills == ()


def test_without_pairs_the_own_head_count_alone_tells_level_and_holders() -> None:
    rows = [requirement(1, scope_id="TOP", headcount="1"), requirement(3, headcount="1")]
    skill = only(
        team_coverage(company([person()], rows, [holds("p-ada", 2)], parents=TREE), "TOP", tree=True)
    )
    assert (skill.required_level, skill.holder_ids) == (1, ("p-ada",))


def test_a_desirable_head_count_is_a_line_and_no_figure() -> None:
    skill = depth_of(2, 1, headcount="1", importance="desirable")
    assert (skill.required_level, skill.depth, skill.headcounts[0].coverage_share) == (None, None, 1.0)


# Risk


@pytest.mark.parametrize(
    ("last", "ahead"),
    [(29, (0, 0, 0)), (30, (1, 0, 0)), (60, (1, 1, 0)), (90, (1, 1, 1))],
)
def test_at_risk_is_the_share_that_still_holds_on_the_day(last: int, ahead: tuple[int, ...]) -> None:
    ended = DAY + timedelta(days=last + 1)
    for row in ({}, {"headcount": "1"}):
        made = company([person()], [requirement(**row)], [holds("p-ada", ended=ended)])  # type: ignore[arg-type]
        assert tuple(only(team_coverage(made, TEAM)).at_risk.values()) == ahead


def test_what_is_achieved_later_is_no_renewal() -> None:
    facts = [holds("p-ada", ended=DAY + timedelta(days=10)), holds("p-ada", achieved=DAY + timedelta(days=1))]
    assert team_coverage(company([person()], [requirement()], facts), TEAM).at_risk[30] == 0.0


def test_an_unmet_pair_never_becomes_met_ahead() -> None:
    facts = [holds("p-ada", 2)]
    assert team_coverage(company([person()], [requirement(3)], facts), TEAM).at_risk == {30: 0, 60: 0, 90: 0}


# Freshness


@pytest.mark.parametrize(
    ("day", "achieved", "is_fresh"),
    [
        (DAY, date(2024, 6, 30), False),
        (DAY, date(2024, 7, 1), True),
        # A leap day lies between: 365 days are not yet 12 months.
        (date(2024, 5, 31), date(2023, 6, 1), True),
        (date(2024, 6, 1), date(2023, 6, 1), False),
    ],
)
def test_fresh_is_younger_than_twelve_months(day: date, achieved: date, is_fresh: bool) -> None:
    made = company([person()], [requirement()], [holds("p-ada", achieved=achieved)], day=day)
    assert team_coverage(made, TEAM).freshness == Ratio(int(is_fresh), 1)


def test_the_latest_fact_tells_how_fresh_a_skill_is() -> None:
    facts = [holds("p-ada", 3, achieved=date(2020, 1, 1)), holds("p-ada", 1, achieved=date(2025, 5, 1))]
    assert team_coverage(company([person()], [requirement()], facts), TEAM).freshness == Ratio(1, 1)


def test_what_does_not_hold_or_not_count_is_in_no_freshness() -> None:
    facts = [holds("p-ada", ended=DAY), holds("p-ada", strength=Strength.ATTENDED)]
    assert team_coverage(company([person()], [requirement()], facts), TEAM).freshness == Ratio(0, 0)


# Readiness


def test_strength_in_one_skill_never_hides_a_gap_in_another() -> None:
    rows = [
        requirement(1, scope="role", scope_id=ROLE, skill="skill:a"),
        requirement(2, scope="role", scope_id=ROLE, skill="skill:b"),
        requirement(4, scope="role", scope_id=ROLE, skill="skill:c", importance="desirable"),
    ]
    facts = [holds("p-ada", 4), evidence(fact(1, skill="skill:b"))]
    found = readiness(Sheet(company([person(targets=[ROLE])], rows, facts)), "p-ada", ROLE, "target")
    assert (found.met, found.blocking) == (Ratio(1, 2), ("skill:b",))


def test_a_role_without_requirements_has_no_readiness() -> None:
    found = readiness(Sheet(company([person()])), "p-ada", ROLE, "target")
    assert (found.met.share, found.blocking) == (None, ())


def test_the_trend_counts_as_the_report_does() -> None:
    rows = [requirement(2), requirement(due_within="P90D", skill="skill:b", importance="mandatory")]
    made = company([person(since=DAY), person("p-bo")], rows, [holds("p-bo", 2)])
    assert met_ratio(Sheet(made), TEAM, tree=False) == team_coverage(made, TEAM).met


def test_every_level_of_a_skill_is_told_by_its_iri() -> None:
    found = team_coverage(company([person()], [requirement(skill="skill:z"), requirement()]), TEAM)
    assert [skill.skill_iri for skill in found.skills] == [SKILL, "skill:z"]
