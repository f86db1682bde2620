"""Content: the to-do list, what runs out, what has run out, and the lines of teams."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lms_bridge.coverage.inputs import CrosswalkRow, UnrecognisedBadge
from lms_bridge.skills.strengths import Strength
from reports.content.build import NOTHING_CLOSES, Closing
from tests.factories import DAY, SKILL, company, evidence, fact, person, requirement
from tests.reports.content.building import report_of

COURSE = Closing("The course", 2, Strength.COMPLETED)
EXAM = Closing("The exam", 4, Strength.CERTIFIED)


def day(days: int) -> date:
    return DAY + timedelta(days=days)


def test_urgency_orders_the_list() -> None:
    rows = [
        requirement(skill="skill:late", importance="mandatory"),
        requirement(skill="skill:strict", importance="mandatory"),
        requirement(skill="skill:plain"),
        requirement(skill="skill:open", due_within="P90D", importance="mandatory"),
        requirement(skill="skill:ends"),
        requirement(skill="skill:fine"),
        requirement(skill="skill:wish", importance="desirable"),
    ]
    facts = [
        evidence(fact(skill="skill:late", ended=day(-3))),
        evidence(fact(skill="skill:ends", ended=day(90))),
        evidence(fact(skill="skill:fine", ended=day(91))),
    ]
    report = report_of(company([person(since=DAY)], rows, facts))
    assert [(line.urgency, line.skill_label, line.due_on) for line in report.todo] == [
        (0, "late", day(-4)),
        (1, "strict", None),
        (2, "plain", None),
        (3, "open", day(90)),
        (4, "ends", day(89)),
    ]


def test_a_mandatory_row_that_is_met_makes_no_other_row_urgent() -> None:
    rows = [requirement(1, importance="mandatory"), requirement(2)]
    report = report_of(company([person()], rows, [evidence(fact(1))]))
    assert [(line.urgency, line.reason) for line in report.todo] == [(2, "too_low")]


def test_what_has_run_out_is_told_with_the_day_of_the_level_asked() -> None:
    facts = [evidence(fact(2, ended=day(-10))), evidence(fact(1, ended=day(-1)))]
    report = report_of(company([person()], [requirement(2)], facts))
    last = day(-11)
    assert [(line.last_valid_day, line.days_left, line.level) for line in report.overdue] == [(last, -11, 2)]
    assert report.todo[0].reason_text == f"has run out, last valid day {last}"


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ([], "never shown"),
        ([fact(1)], "shown at a lower level: 1 Aware"),
        ([fact(2, strength=Strength.ATTENDED)], "shown, but not by proof that counts (only attended)"),
        ([fact(2, ended=DAY, end_kind="withdrawn")], "was taken back"),
    ],
)
def test_every_gap_says_why(facts: list[object], text: str) -> None:
    made = company([person()], [requirement(2)], [evidence(known) for known in facts])  # type: ignore[arg-type]
    assert report_of(made).todo[0].reason_text == text


def test_a_badge_that_does_not_count_is_named_beside_a_lower_level_too() -> None:
    badge = UnrecognisedBadge("a", SKILL, "First aid", "Academy", "undecided", DAY, None)
    lower = evidence(fact(1, strength=Strength.CERTIFIED))
    for rows in ([], [lower]):
        made = company([person()], [requirement(2)], rows, badges={person().person_id: [badge]})
        (line,) = report_of(made).todo
        assert line.reason == "not_recognised"
        assert line.reason_text.endswith("(badge First aid of Academy: nobody has decided on its issuer)")


def test_the_strength_told_is_that_of_what_reaches_the_level() -> None:
    rows = [evidence(fact(1, strength=Strength.CERTIFIED)), evidence(fact(2, strength=Strength.ATTENDED))]
    assert "(only attended)" in report_of(company([person()], [requirement(2)], rows)).todo[0].reason_text


def test_the_action_is_what_reaches_every_row_that_is_not_met() -> None:
    rows = [requirement(2), requirement(1, strength=Strength.CERTIFIED, importance="mandatory")]
    closing = {SKILL: [COURSE, EXAM]}
    assert report_of(company([person()], rows), closing=closing).todo[0].action == "The exam"
    certified = evidence(fact(1, strength=Strength.CERTIFIED))
    assert (
        report_of(company([person()], rows, [certified]), closing=closing).todo[0].action
        == "The course or The exam"
    )
    assert report_of(company([person()], rows)).todo[0].action == NOTHING_CLOSES


def test_expiring_is_what_is_met_today_and_not_after_90_days() -> None:
    people = [person("p-today"), person("p-last"), person("p-later"), person("p-covered")]
    facts = [
        evidence(fact(ended=day(1)), person="p-today"),
        evidence(fact(ended=day(90)), person="p-last"),
        evidence(fact(ended=day(91)), person="p-later"),
        evidence(fact(3, ended=day(1)), person="p-covered"),
        evidence(fact(1), person="p-covered"),
    ]
    report = report_of(company(people, [requirement()], facts))
    assert [(line.person_id, line.days_left) for line in report.expiring] == [("p-today", 0), ("p-last", 89)]


def test_mandatory_lines_name_who_is_missing_and_why() -> None:
    rows = [requirement(2, importance="mandatory")]
    report = report_of(company([person(), person("p-bo")], rows, [evidence(fact(2))]))
    (line,) = report.mandatory_lines
    assert (line.met.met, line.met.total, line.missing) == (1, 2, (("p-bo", "p-bo", "never shown"),))


def test_the_worst_mandatory_requirement_stands_first() -> None:
    rows = [requirement(skill=f"skill:{name}", importance="mandatory") for name in ("a", "b", "c")]
    rows[2] = requirement(skill="skill:c", importance="mandatory", due_within="P90D")
    report = report_of(company([person(since=DAY)], rows, [evidence(fact(skill="skill:a"))]))
    lines = [(line.skill_label, line.met.total, line.open_pairs) for line in report.mandatory_lines]
    assert lines == [("b", 1, 0), ("a", 1, 0), ("c", 0, 1)]


def test_a_company_has_a_line_for_each_team_with_all_below() -> None:
    made = company(
        [person(teams=["LOW"]), person("p-bo", teams=["TOP"])],
        [requirement(scope_id="TOP"), requirement(scope_id="LOW", skill="skill:b", headcount="2")],
        [evidence(fact())],
        parents={"LOW": "TOP", "TOP": None},
    )
    report = report_of(made, "TOP", tree=True, kind="company")
    lines = {
        line.team_id: (line.depth, line.members, line.met.met, line.met.total, line.uncovered)
        for line in report.teams
    }
    # Nobody holds skill:b: uncovered where it is asked, not in the team above.
    assert lines == {"TOP": (0, 2, 1, 2, 0), "LOW": (1, 1, 1, 1, 1)}
    for line in report.teams:
        own = report_of(made, line.team_id, tree=True)
        assert line.uncovered == sum(skill.depth == 0 for skill in own.skills)
        assert line.single_points == sum(skill.is_single_point for skill in own.skills)


def test_badges_that_would_close_gaps_are_counted_once_for_each_gap() -> None:
    def badge(award: str, name: str = "First aid", skill: str = SKILL, **given: object) -> UnrecognisedBadge:
        usual: dict[str, object] = {"doubt": "undecided", "awarded_on": DAY, "ended_on": None}
        return UnrecognisedBadge(award, skill, name, "Academy", **(usual | given))  # type: ignore[arg-type]

    ada, bo, cem = person("p-ada"), person("p-bo"), person("p-cem")
    held = {
        # Twice the same badge in one gap, and one in a skill that nobody asks for.
        ada.person_id: [badge("a"), badge("b"), badge("c", skill="skill:unasked")],
        bo.person_id: [badge("d"), badge("e", "Rescue", doubt="known"), badge("f", "Old", ended_on=DAY)],
        # Met without it.
        cem.person_id: [badge("g")],
    }
    made = company([ada, bo, cem], [requirement(2)], [evidence(fact(2), person=cem.person_id)], badges=held)
    assert [
        (line.name, line.issuer_name, line.doubt, line.people, line.gaps)
        for line in report_of(made).waiting_badges
    ] == [
        ("First aid", "Academy", "nobody has decided on its issuer", 2, 2),
        ("Rescue", "Academy", "its issuer is known and not trusted", 1, 1),
    ]
    # What an exact mapping would carry waits too, what is only close does not.
    for relation, count in (("exactMatch", 1), ("closeMatch", 0)):
        walk = CrosswalkRow("skill:other", SKILL, relation, ())
        carried = {ada.person_id: [badge("h", skill="skill:other")]}
        made = company([ada], [requirement(2)], badges=carried, crosswalks=[walk])
        report = report_of(made)
        assert [line.gaps for line in report.waiting_badges] == [1] * count
        assert report.todo[0].reason == ("not_recognised" if count else "never")
    # One who calls himself like another issuer is not that one.
    held[bo.person_id] = [badge("d", issuer_id="did:key:z")]
    made = company([ada, bo], [requirement(2)], badges=held)
    assert [(line.name, line.people) for line in report_of(made).waiting_badges] == [("First aid", 1)] * 2
