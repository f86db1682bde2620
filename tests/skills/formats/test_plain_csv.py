"""A plain framework in CSV, as design.md and docs name its columns."""

from __future__ import annotations

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Label, Level
from tests.skills.formats.cases import DATA, Break, assert_refused, folder_files, problems

FILES = folder_files(DATA / "plain")
COMPANY = "plain/company.csv"
SKILLS = "https://rheintal.example/skills/"
HEADER = "skill_iri,label,parent_iri,description,levels,alt_labels,lang\n"


def skill(release: FrameworkRelease, iri: str) -> FrameworkSkill:
    return next(skill for skill in release.skills if skill.iri == iri)


def one_row(row: str) -> FrameworkRelease:
    return read_framework("csv", {"own.csv": (HEADER + row + "\n").encode()})


@pytest.fixture(scope="module")
def release() -> FrameworkRelease:
    return read_framework("csv", FILES)


def test_levels_on_the_first_row_are_the_scale_of_the_framework(release: FrameworkRelease) -> None:
    assert release.scale == (Level(1, "Aware"), Level(2, "Working"), Level(3, "Expert"))
    assert skill(release, SKILLS + "machines").levels == ()


def test_levels_on_another_row_are_those_of_its_skill(release: FrameworkRelease) -> None:
    assert skill(release, SKILLS + "sling").levels == (Level(1, "Instructed"), Level(2, "Examined"))


def test_steps_may_leave_gaps_as_sfia_does() -> None:
    assert one_row("urn:a:b,Programming,,,2=Assist;5=Ensure,,en").scale == (
        Level(2, "Assist"),
        Level(5, "Ensure"),
    )


def test_several_rows_of_one_iri_are_several_languages(release: FrameworkRelease) -> None:
    labels = skill(release, SKILLS + "lathe").labels
    assert Label("en", "preferred", "Turning on the lathe") in labels
    assert Label("de", "preferred", "Drehen") in labels
    assert Label("en", "alternative", "turning") in labels
    assert Label("de", "alternative", "Drehbank") in labels


def test_a_skill_may_have_several_parents_in_any_order_of_rows(release: FrameworkRelease) -> None:
    assert skill(release, SKILLS + "sling").parents == (SKILLS + "machines", SKILLS + "safety")


def test_a_label_without_language_is_of_unknown_language() -> None:
    assert one_row("urn:a:b,Programming,,,,,").skills[0].labels == (Label("und", "preferred", "Programming"),)


def test_the_name_is_the_files_name_or_the_callers(release: FrameworkRelease) -> None:
    assert release.name == "company"
    assert read_framework("csv", FILES, name="Rheintal").name == "Rheintal"


def test_columns_may_stand_in_any_order_and_optional_ones_be_absent() -> None:
    release = read_framework("csv", {"own.csv": b"label,skill_iri\nWelding,urn:a:weld\n"})
    assert release.skills[0].iri == "urn:a:weld"


BREAKS = (
    Break("empty file", COMPANY, b"", b"\xef\xbb\xbf", 0, "", "", "complete file"),
    Break("only a header", COMPANY, b"", HEADER.encode(), 1, "", "", "no row"),
    Break("cut inside a quoted text", COMPANY, b'check a lathe",,lathe work; turning,en', b"check", 4, "", "lathe", "no CSV"),
    Break("cut inside a row", COMPANY, b",1=Instructed;2=Examined,,en", b"", 6, "levels", "Slinging", "truncated"),
    Break("Windows-1252", COMPANY, b"Drehen", "Fräsen".encode("cp1252"), 5, "", "0xe4", "UTF-8"),
    Break("missing column", COMPANY, b"skill_iri,label", b"skill_iri,description", 1, "label", "", "missing"),
    Break("unknown column", COMPANY, b"alt_labels", b"synonyms", 1, "synonyms", "synonyms", "allowed are"),
    Break("column twice", COMPANY, b"alt_labels", b"label", 1, "label", "label", "twice"),
    Break("semicolons", COMPANY, b"", b"skill_iri;label\nurn:a:b;B\n", 1, "", "skill_iri;label", "';'"),
    Break("ragged row", COMPANY, b"Safety at work", b"Safety, health", 7, "", "health", "8 cells"),
    Break("duplicate id", COMPANY, b"Drehbank,de", b"Drehbank,en", 5, "skill_iri", SKILLS + "lathe", "line 4"),
    Break("bad IRI", COMPANY, b"https://rheintal.example/skills/sling,", b"sling loads,", 6, "skill_iri", "sling loads", "IRI"),
    Break("no IRI", COMPANY, b"https://rheintal.example/skills/sling,", b",", 6, "skill_iri", "", "IRI"),
    Break("empty label", COMPANY, b"Safety at work", b"  ", 7, "label", "", "empty"),
    Break("unknown parent", COMPANY, b";https://rheintal.example/skills/safety", b";urn:a:safe", 6, "parent_iri", "urn:a:safe",
          "parent's row"),
    Break("cycle", COMPANY, b"Running machines,,", b"Running machines,https://rheintal.example/skills/lathe,", 4, "parent_iri",
          SKILLS + "machines", "circle"),
    Break("own parent", COMPANY, b"Safety at work,,", b"Safety at work,https://rheintal.example/skills/safety,", 7, "parent_iri",
          SKILLS + "safety", "circle"),
    Break("levels without names", COMPANY, b"1=Instructed;2=Examined", b"1;2", 6, "levels", "1;2", "1=Aware"),
    Break("levels falling", COMPANY, b"1=Instructed;2=Examined", b"2=Examined;1=Instructed", 6, "levels", "2=", "rising"),
    Break("level of step 0", COMPANY, b"1=Instructed", b"0=None", 6, "levels", "0=None", "from 1"),
    Break("level name twice", COMPANY, b"2=Examined", b"2=instructed", 6, "levels", "instructed", "own name"),
    Break("bad language", COMPANY, b"Drehbank,de", b"Drehbank,Deutsch", 5, "lang", "Deutsch", "pt-BR"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_line_column_value_and_remedy(fault: Break) -> None:
    assert_refused("csv", FILES, fault)


def test_all_faults_are_told_at_once() -> None:
    rows = "sql,SQL,,,,,en\nurn:a:b,,,,,,en\nurn:a:c,C,urn:a:d,,,,en\n"
    found = problems("csv", {"own.csv": (HEADER + rows).encode()})
    assert [(problem.line, problem.column) for problem in found] == [
        (2, "skill_iri"),
        (3, "label"),
        (4, "parent_iri"),
    ]


def test_no_more_than_200_faults_are_collected() -> None:
    rows = "".join(f"sql {number},SQL,,,,,en\n" for number in range(5_000))
    assert len(problems("csv", {"own.csv": (HEADER + rows).encode()})) == 200
