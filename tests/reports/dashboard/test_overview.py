"""The overview in five seconds."""

from __future__ import annotations

from datetime import date

from reports.content.model import MandatoryLine, Share, TrendPoint
from reports.dashboard.overview import (
    change,
    ended_lately,
    ending,
    missing,
    single_points,
    verdict,
    worst_skills,
    worst_units,
)
from tests.web.content import (
    PRIVACY,
    company_report,
    expiring,
    headcount,
    report,
    skill,
    team_line,
)


def test_a_short_mandatory_headcount_alone_is_not_clean() -> None:
    found = verdict(company_report(mandatory=Share(3, 3), mandatory_lines=()))
    assert found.is_clean is False
    assert found.detail == "short of provide first aid in Payroll (1 of 2)."


def test_a_short_headcount_that_is_no_law_does_not_spoil_the_verdict() -> None:
    lines = (headcount(importance="required"),)
    assert verdict(company_report(mandatory=Share(3, 3), headcounts=lines)).is_clean is True


def test_several_short_headcounts_are_counted() -> None:
    lines = (headcount(), headcount(team_id="REC", team_name="Recruiting"))
    assert "and 1 more" in verdict(company_report(headcounts=lines)).detail


def test_people_who_lack_several_skills_count_once() -> None:
    lines = tuple(
        MandatoryLine(iri, iri, iri, Share(0, 1), 0, (("p-bo", "Bo Lindqvist", "has run out"),))
        for iri in ("a", "b")
    )
    found = verdict(company_report(mandatory=Share(0, 2), mandatory_lines=lines, headcounts=()))
    assert found.detail == "2 mandatory requirements are not met, by 1 person."


def test_no_mandatory_requirement_is_neither_clean_nor_not() -> None:
    assert verdict(company_report(mandatory=Share(0, 0), headcounts=())).is_clean is None


def test_the_change_is_told_in_points_against_the_point_before() -> None:
    days = [date(2026, 5, 31), date(2026, 6, 30)]
    course = {(70, 68): "down 2 points", (68, 69): "up 1 point", (68, 68): "unchanged"}
    for (before, now), words in course.items():
        points = tuple(
            TrendPoint(day, Share(met, 100), "") for day, met in zip(days, (before, now), strict=True)
        )
        found = change(company_report(trend=points))
        assert found is not None
        assert (found.text, found.since) == (words, date(2026, 5, 31))
    assert change(company_report(trend=())) is None


def test_what_ran_out_longer_ago_is_not_what_got_worse_lately() -> None:
    lines = (expiring(-31), expiring(-30), expiring(-1))
    assert [line.days_left for line in ended_lately(report(overdue=lines))] == [-1, -30]


def test_the_worst_units_are_the_smallest_ones_that_lack_something() -> None:
    assert [unit.team_id for unit in worst_units(company_report())] == ["PAY", "REC"]
    whole = team_line("REC", "Recruiting", met=Share(9, 9))
    assert [unit.team_id for unit in worst_units(company_report(teams=(whole,)))] == []


def test_a_unit_with_hardly_anything_asked_does_not_lead_the_list() -> None:
    tiny = team_line("TMP", "Temporary", met=Share(0, 1))
    assert "TMP" not in {
        unit.team_id for unit in worst_units(company_report(teams=(tiny, team_line("PAY", "Payroll"))))
    }


def test_the_worst_skills_say_what_closes_them() -> None:
    skills = (
        skill("a", "first", needed=10, met=2, coverage_share=0.2, closing_titles=("Course A",)),
        skill("b", "second", needed=10, met=1, coverage_share=0.1),
        skill("c", "third", needed=2, met=0, coverage_share=0.0),
        skill("d", "fourth", needed=10, met=10, coverage_share=1.0),
    )
    found = worst_skills(company_report(skills=skills))
    assert [(one.label, one.hint) for one in found] == [
        ("second", "nothing of the catalogue closes it"),
        ("first", "closed by Course A"),
    ]


def test_a_single_point_names_holder_and_next_best() -> None:
    (found,) = single_points(report())
    assert (found.holder_name, found.next_name, found.next_level) == ("Ada Okafor", "Bo Lindqvist", "1 Aware")
    assert found.asked == "1 Aware"


def test_a_single_point_of_a_headcount_takes_its_level() -> None:
    lone = skill(
        PRIVACY,
        "plc",
        required_level=None,
        is_single_point=True,
        headcounts=(headcount(level_name="4 Expert"),),
    )
    (found,) = single_points(report(skills=(lone,), people=()))
    assert found.asked == "4 Expert"
    assert found.next_level == ""


def test_what_ends_is_counted_by_skill_and_window() -> None:
    lines = (
        expiring(10),
        expiring(40, person_id="p-bo"),
        expiring(80, person_id="p-bo"),
        expiring(5, skill_iri="x", skill_label="x", importance=None),
    )
    first, second = ending(lines)
    assert (first.label, first.within, first.importance) == ("x", (1, 1, 1), "")
    assert (second.people, second.within, second.importance) == (2, (1, 2, 3), "mandatory")


def test_missing_people_are_grouped_by_reason_and_cut() -> None:
    names = tuple(
        (f"p{number}", f"Person {number}", "never shown" if number % 2 else "has run out")
        for number in range(11)
    )
    found = missing(MandatoryLine(PRIVACY, "x", "x", Share(0, 11), 0, names))
    assert [group.reason for group in found.groups] == ["has run out", "never shown"]
    assert sum(len(group.people) for group in found.groups) == 8
    assert found.more == 3
