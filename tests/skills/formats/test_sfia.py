"""SFIA's table: the layout as published, with skills that are invented, because SFIA's text may not be passed on."""

from __future__ import annotations

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkSkill, Label, Level, step_names
from tests.skills.formats.cases import Break, assert_refused

HEADER = (
    "#,Level 1,Level 2,Level 3,Level 4,Level 5,Level 6,Level 7,Code,URL,Skill,Category,Subcategory,Overall description,"
    "Guidance notes," + ",".join(f"Level {step} description" for step in range(1, 8)) + "\n"
)
ROOT = "https://sfia-online.org/en/skillcode/9/"
TEXT = (
    HEADER
    + f'1,,2,3,4,,,,TEAS,{ROOT}TEAS,Making tea,Hospitality,Hot drinks,"Making tea, for many.","Notes,\nof two lines.",'
    ",Boils water.,Brews.,Teaches brewing.,,,\n"
    + f"2,,,,,5,6,7,COFE,{ROOT}COFE,Coffee strategy,Hospitality,Hot drinks,Deciding on beans.,,,,,,Buys.,Plans.,Leads.\n"
)
FILES = {"skills.csv": TEXT.encode()}


def test_each_skill_has_its_own_steps_of_the_seven() -> None:
    release = read_framework("sfia", FILES)
    assert (release.name, release.version, release.scale) == ("SFIA", "9", ())
    assert (
        FrameworkSkill(
            f"{ROOT}TEAS",
            "skill",
            (Label("en", "preferred", "Making tea"),),
            description="Making tea, for many.",
            parents=("urn:sfia:category:hospitality/hot-drinks",),
            levels=(Level(2, "Level 2"), Level(3, "Level 3"), Level(4, "Level 4")),
            code="TEAS",
        )
        in release.skills
    )
    steps = {skill.code: [level.step for level in skill.levels] for skill in release.skills if skill.code}
    assert steps == {"TEAS": [2, 3, 4], "COFE": [5, 6, 7]}


def test_the_highest_step_of_a_skill_is_not_the_number_of_its_steps() -> None:
    (coffee,) = (skill for skill in read_framework("sfia", FILES).skills if skill.code == "COFE")
    assert step_names(coffee.levels) == ("", "", "", "", "Level 5", "Level 6", "Level 7")
    assert step_names(()) == ()


def test_categories_are_groups_and_no_skills() -> None:
    groups = {
        skill.iri: skill.parents for skill in read_framework("sfia", FILES).skills if skill.kind == "group"
    }
    assert groups == {
        "urn:sfia:category:hospitality": (),
        "urn:sfia:category:hospitality/hot-drinks": ("urn:sfia:category:hospitality",),
    }


BREAKS = (
    Break("missing column", "skills.csv", b"Subcategory", b"Sub", 1, "Subcategory", "", "missing"),
    Break("bad code", "skills.csv", b",COFE,", b",Coffee,", 4, "Code", "Coffee", "PROG"),
    Break("twice", "skills.csv", b",COFE,", b",TEAS,", 4, "Code", "TEAS", "line 2"),
    Break("no address", "skills.csv", f",{ROOT}COFE,".encode(), b",,", 4, "URL", "", "address"),
    Break("no name", "skills.csv", b",Making tea,", b",,", 2, "Skill", "", "name"),
    Break("no level", "skills.csv", b"Buys.,Plans.,Leads.", b",,", 4, "Level 1 description", "", "no level"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_line_column_value_and_remedy(fault: Break) -> None:
    assert_refused("sfia", FILES, fault)
