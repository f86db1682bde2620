"""Competency frameworks of Moodle, in the layout of its own import and export."""

from __future__ import annotations

import pytest

from lms_bridge.errors import FileRefusedError
from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Level, preferred_label
from tests.skills.formats.cases import shared_files

HEADER = (
    '"Parent ID number","ID number",Shortname,Description,"Description format","Scale values",'
    '"Scale configuration","Rule type","Rule outcome","Rule config","Is framework",Taxonomy\n'
)
ROWS = (
    ',WEB,"Web work",,1,"Not yet,Competent","[]",,,,1,\n'
    ',W1,HTML,"<p>Writes &amp; reads <b>HTML</b></p>",1,,,,0,,,\n'
    'W1,W1.1,"HTML tables","HTML tables",1,,,,0,,,\n'
    "W9,W2,Orphan,,1,,,,0,,,\n"
)


def read(text: str) -> FrameworkRelease:
    return read_framework("moodle", {"web.csv": text.encode()})


def skill(release: FrameworkRelease, code: str) -> FrameworkSkill:
    return next(one for one in release.skills if one.code == code)


def test_the_framework_row_gives_name_and_scale() -> None:
    release = read(HEADER + ROWS)
    assert release.name == "Web work"
    assert release.scale == (Level(1, "Not yet"), Level(2, "Competent"))
    assert len(release.skills) == 3


def test_competencies_stand_below_their_parents_and_their_descriptions_are_text() -> None:
    release = read(HEADER + ROWS)
    assert skill(release, "W1.1").parents == (skill(release, "W1").iri,)
    assert skill(release, "W1").description == "Writes & reads HTML"
    assert skill(release, "W1.1").description == ""
    assert preferred_label(skill(release, "W1.1"), "en") == "HTML tables"


def test_an_unknown_parent_makes_a_root_and_a_remark() -> None:
    release = read(HEADER + ROWS)
    assert skill(release, "W2").parents == ()
    assert "W9" in release.remarks[0]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (HEADER + ROWS.replace(",WEB,", ",,"), 2, "ID number", "empty"),
        (HEADER + ROWS.replace('"Web work"', ""), 2, "Shortname", "name of 'WEB' is empty"),
        (
            HEADER + ROWS.replace(",,1,\n", ",,0,\n", 1).replace('[]",,,,1', '[]",,,,0'),
            0,
            "Is framework",
            "no row is the framework",
        ),
        (HEADER + ROWS + ROWS.splitlines()[1] + "\n", 6, "ID number", "stands in line 3"),
        (HEADER + ROWS.replace("\n,W1,", "\nW1.1,W1,"), 4, "Parent ID number", "circle"),
        (HEADER + ROWS.replace("Not yet,Competent", "Competent,Competent"), 2, "Scale values", "twice"),
        (HEADER.replace("Shortname", "Short"), 1, "Shortname", "missing"),
        (HEADER + ROWS[:-20], 5, "", "truncated"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_remedy(text: str, line: int, column: str, said: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        read(text)
    told = [(one.line, said in one.remedy) for one in caught.value.problems if column in (one.column, "")]
    assert (line, True) in told, caught.value.problems


def test_two_files_are_two_frameworks() -> None:
    with pytest.raises(FileRefusedError, match="several frameworks"):
        read_framework("moodle", {"a.csv": (HEADER + ROWS).encode(), "b.csv": (HEADER + ROWS).encode()})


def test_the_published_example_has_as_many_competencies_as_rows() -> None:
    files = shared_files("moodle-competency")
    release = read_framework("moodle", files)
    ((_, content),) = files.items()
    import csv
    import io

    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(release.skills) == len(rows) - 2
    assert release.name == "Pharmacy"
    assert next(level.name for level in release.scale) == "Mostly separate knowing"
