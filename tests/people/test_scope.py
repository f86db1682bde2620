"""Who may see whom."""

from __future__ import annotations

import pytest

from lms_bridge.people.scope import Reader, Role, Vision, vision_of

# Company has no manager; Eve leads Finance, Ada leads Payroll below it, nobody leads Sales.
PARENTS = {"company": None, "finance": "company", "payroll": "finance", "sales": "company"}
MANAGERS = {"company": None, "finance": "eve", "payroll": "ada", "sales": None}
MEMBERS = {
    "finance": frozenset({"eve"}),
    "payroll": frozenset({"ada", "bo"}),
    "sales": frozenset({"cem"}),
}
PERSONAL = {"bo": "cem", "cem": "dora", "fay": "dora", "ada": None}


def vision(role: Role, person_id: str | None = None) -> Vision:
    return vision_of(Reader("r@x.example", role, person_id), PARENTS, MANAGERS, MEMBERS, PERSONAL)


@pytest.mark.parametrize("role", ["admin", "hr", "auditor"])
def test_admin_hr_and_auditor_see_everybody(role: Role) -> None:
    seen = vision(role)
    assert seen.sees_all
    assert seen.sees_team("sales")
    assert seen.sees_person("nobody-knows")


def test_a_manager_sees_the_team_and_its_people() -> None:
    seen = vision("manager", "ada")
    assert seen.team_ids == {"payroll"}
    assert seen.person_ids == {"ada", "bo"}
    assert not seen.sees_team("finance")
    assert not seen.sees_person("eve")
    assert not seen.sees_person("cem")


def test_a_manager_sees_everything_below() -> None:
    seen = vision("manager", "eve")
    assert seen.team_ids == {"finance", "payroll"}
    assert seen.person_ids == {"eve", "ada", "bo"}


def test_a_personal_manager_counts_for_people_without_a_team() -> None:
    assert vision("manager", "dora").sees_person("fay")


def test_a_personal_manager_counts_where_no_teams_manager_sees_the_person() -> None:
    assert vision("manager", "dora").sees_person("cem")
    assert not vision("manager", "dora").sees_team("sales")


def test_a_personal_manager_does_not_count_beside_a_teams_manager() -> None:
    assert not vision("manager", "cem").sees_person("bo")


def test_a_manager_above_is_a_teams_manager_too() -> None:
    seen = vision_of(
        Reader("r@x.example", "manager", "cem"),
        {"top": None, "low": "top"},
        {"top": "eve", "low": None},
        {"low": frozenset({"bo"})},
        {"bo": "cem"},
    )
    assert not seen.sees_person("bo")


def test_an_employee_sees_only_themselves_even_as_a_teams_manager() -> None:
    seen = vision("employee", "eve")
    assert seen.is_limited_to_self
    assert seen.sees_person("eve")
    assert not seen.sees_person("bo")
    assert not seen.sees_team("finance")


def test_a_manager_without_a_person_sees_nobody() -> None:
    seen = vision("manager", None)
    assert seen.is_limited_to_self
    assert not seen.sees_person("ada")


def test_a_circle_of_teams_ends() -> None:
    circle: dict[str, str | None] = {"a": "b", "b": "a"}
    seen = vision_of(
        Reader("r@x.example", "manager", "eve"), circle, {"a": "eve"}, {"b": frozenset({"bo"})}, {}
    )
    assert seen.sees_person("bo")
