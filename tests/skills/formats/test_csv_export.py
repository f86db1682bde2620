"""Frameworks as plain CSV: what goes out is read again as it was, and going out twice is the same bytes."""

from __future__ import annotations

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.formats.csv_export import framework_csv
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Label, Level
from tests.skills.formats.cases import shared_files

STEPS = (Level(1, "Aware"), Level(2, "Working"))
REAL = (
    ("esco", "esco-1.2.0"),
    ("onet", "onet-29.2"),
    ("nice", "nice"),
    ("dcwf", "dcwf"),
    ("digcomp", "digcomp-3.0"),
    ("ctdl-asn", "ctdl-asn"),
    ("moodle", "moodle-competency"),
)


def again(release: FrameworkRelease) -> FrameworkRelease:
    return read_framework("csv", {"out.csv": framework_csv(release)})


@pytest.mark.parametrize(("format_key", "folder"), REAL)
def test_real_frameworks_come_back_with_names_parents_and_levels(format_key: str, folder: str) -> None:
    release = read_framework(format_key, shared_files(folder))
    back = again(release)
    assert framework_csv(back) == framework_csv(release)
    assert [(skill.iri, skill.description) for skill in back.skills] == [
        (skill.iri, skill.description) for skill in release.skills
    ]
    known = {skill.iri for skill in release.skills}
    assert [skill.parents for skill in back.skills] == [
        tuple(parent for parent in skill.parents if parent in known) for skill in release.skills
    ]


def skill(name: str, *levels: Level, labels: tuple[Label, ...] = ()) -> FrameworkSkill:
    return FrameworkSkill(
        f"urn:x:{name}", "skill", labels=labels or (Label("en", "preferred", name),), levels=levels
    )


@pytest.mark.parametrize("scale", [(), STEPS])
def test_levels_of_a_framework_and_of_single_skills_are_kept_apart(scale: tuple[Level, ...]) -> None:
    own = (Level(1, "No"), Level(2, "Yes"))
    release = FrameworkRelease("csv", "x", "", scale, (skill("a", *own), skill("b"), skill("c", *own)))
    back = again(release)
    assert back.scale == scale
    assert [item.levels for item in back.skills] == [own, (), own]


def test_what_has_no_name_or_no_language_is_called_something() -> None:
    labels = (Label("de", "alternative", "Erste; Hilfe"), Label("und", "preferred", "Help"))
    back = again(FrameworkRelease("csv", "x", "", (), (skill("a", labels=labels),)))
    assert back.skills[0].labels == (
        Label("de", "preferred", "Erste, Hilfe"),
        Label("und", "preferred", "Help"),
    )
    bare = FrameworkSkill("urn:x:bare", "skill")
    assert again(FrameworkRelease("csv", "x", "", (), (bare,))).skills[0].labels[0].text == "urn:x:bare"
