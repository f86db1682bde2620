"""A person's skills in groups by what they need."""

from __future__ import annotations

from datetime import date

from reports.dashboard.person import skill_groups
from tests.web.content import PAYROLL, cell, unmet
from tests.web.page_content import person_page, person_skill


def test_what_must_be_done_stands_first_and_empty_groups_are_left_out() -> None:
    groups = skill_groups(person_page().skills, None)
    assert [(group.key, len(group.lines)) for group in groups] == [("act", 2), ("soon", 1)]


def test_every_state_has_its_group() -> None:
    states = {
        "act": unmet("p", PAYROLL),
        "open": cell("p", PAYROLL, status="open", due_on=date(2026, 7, 14)),
        "soon": cell("p", PAYROLL, days_left=90),
        "met": cell("p", PAYROLL, days_left=91),
        "other": cell("p", PAYROLL, status="desirable", required=None),
    }
    for key, one in states.items():
        (group,) = skill_groups([person_skill(one, "x")], None)
        assert group.key == key


def test_the_steps_of_the_scale_tell_held_and_missing() -> None:
    (group,) = skill_groups([person_skill(unmet("p", PAYROLL, attained=1), "x")], None)
    line = group.lines[0]
    assert line.steps == ("held", "missing", "missing", "above")
    assert (line.held_word, line.required_word) == ("1 Aware", "3 Independent required")


def test_a_scale_without_names_is_as_long_as_its_levels() -> None:
    (group,) = skill_groups([person_skill(cell("p", PAYROLL), "x", levels=())], None)
    assert group.lines[0].steps == ("held", "held", "held")
    assert group.lines[0].required_word == "as required"


def test_the_chosen_skill_is_marked() -> None:
    groups = skill_groups(person_page().skills, "payroll-accounting")
    assert [line.skill.short_id for group in groups for line in group.lines if line.is_chosen] == [
        "payroll-accounting"
    ]


def test_the_reason_in_full_stands_before_its_short_word() -> None:
    one = unmet("p", PAYROLL, due_on=date(2025, 1, 15))
    (group,) = skill_groups(
        [person_skill(one, "x", reason_text="has run out, last valid day 2026-04-10")], None
    )
    assert group.lines[0].explanation == "has run out, last valid day 2026-04-10"
    assert group.lines[0].due_text == "was due 2025-01-15"
    (plain,) = skill_groups([person_skill(one, "x")], None)
    assert plain.lines[0].explanation == "not met: shown at a lower level"
