"""The O*NET database's text files: elements and commodities as skills, values as the occupations' own."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import pytest
from openpyxl import Workbook

from lms_bridge.errors import FileRefusedError
from lms_bridge.skills import formats
from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Occupation,
    OccupationTechnology,
    OccupationValue,
    ValueAnchor,
    ValueScale,
)
from tests.skills.formats.cases import (
    DATA,
    SHIPPED_FRAMEWORKS,
    Break,
    assert_refused,
    folder_files,
    problems,
    shared_files,
)

FILES = folder_files(DATA / "onet")
READING = "urn:onet:element:2.A.1.a"
TROUBLESHOOTING = "urn:onet:element:2.B.3.k"
SPREADSHEETS = "urn:onet:commodity:43232110"


def skill(release: FrameworkRelease, iri: str) -> FrameworkSkill:
    return next(skill for skill in release.skills if skill.iri == iri)


@pytest.fixture(scope="module")
def release() -> FrameworkRelease:
    return read_framework("onet", FILES)


def test_elements_of_skills_and_knowledge_are_skills_below_their_groups(release: FrameworkRelease) -> None:
    assert skill(release, TROUBLESHOOTING).kind == "skill"
    assert skill(release, TROUBLESHOOTING).code == "2.B.3.k"
    assert skill(release, TROUBLESHOOTING).parents == ("urn:onet:element:2.B.3",)
    assert skill(release, "urn:onet:element:2.B.3").kind == "group"
    assert skill(release, "urn:onet:element:2.C.9.a").kind == "knowledge"
    assert skill(release, "urn:onet:element:2").parents == ()


def test_the_rest_of_the_content_model_is_read_too(release: FrameworkRelease) -> None:
    assert skill(release, "urn:onet:element:1.A.1.a.1").kind == "ability"
    assert skill(release, "urn:onet:element:1.A.1").kind == "group"


def test_commodities_are_skills_found_by_their_products(release: FrameworkRelease) -> None:
    spreadsheets = skill(release, SPREADSHEETS)
    assert spreadsheets.kind == "technology"
    assert spreadsheets.labels == (
        Label("en", "preferred", "Spreadsheet software"),
        Label("en", "hidden", "Microsoft Excel"),
    )
    assert spreadsheets.parents == ("urn:onet:element:5.F.1",)


def test_values_keep_their_flags_and_month(release: FrameworkRelease) -> None:
    assert OccupationValue("49-2094.00", READING, "LV", 3.62, date="2019-08") in release.occupation_values
    flagged = OccupationValue(
        "49-2094.00", TROUBLESHOOTING, "LV", 3.88, suppress=True, not_relevant=True, date="2019-08"
    )
    assert flagged in release.occupation_values


def test_values_and_anchors_are_nobodys_step(release: FrameworkRelease) -> None:
    assert release.scale == ()
    assert all(skill.levels == () for skill in release.skills)
    assert ValueScale("LV", "Level", 0, 7) in release.value_scales
    assert release.value_anchors[0] == ValueAnchor(
        READING, "LV", 2, "Read step-by-step instructions for completing a form"
    )


def test_occupations_carry_title_and_job_zone(release: FrameworkRelease) -> None:
    developers = Occupation(
        "15-1252.00", "Software Developers", "Research, design, and develop computer software."
    )
    assert developers in release.occupations
    assert [occupation.job_zone for occupation in release.occupations] == [None, 3]


def test_technologies_name_the_product(release: FrameworkRelease) -> None:
    in_demand = OccupationTechnology("49-2094.00", SPREADSHEETS, "Microsoft Excel", hot=True, in_demand=True)
    assert in_demand in release.occupation_technologies


def test_quotation_marks_are_text_not_quoting(release: FrameworkRelease) -> None:
    assert '"broadcasting"' in skill(release, "urn:onet:element:2.C.9.a").description


def test_the_version_stands_in_the_read_me(release: FrameworkRelease) -> None:
    assert (release.name, release.version) == ("O*NET", "29.2")


def test_one_table_alone_names_its_own_elements_and_occupations() -> None:
    alone = read_framework("onet", {"Skills.txt": FILES["onet/Skills.txt"]})
    assert skill(alone, READING).labels == (Label("en", "preferred", "Reading Comprehension"),)
    assert len(alone.occupations) == 1


MODEL = "onet/Content Model Reference.txt"
SKILLS = "onet/Skills.txt"
TECHNOLOGY = "onet/Technology Skills.txt"
OCCUPATIONS = "onet/Occupation Data.txt"
BREAKS = (
    Break("empty file", SKILLS, b"", b"\r\n", 0, "", "", "complete file"),
    Break("only a header", OCCUPATIONS, b"", b"O*NET-SOC Code\tTitle\tDescription\n", 1, "", "", "no row"),
    Break("cut inside a row", SKILLS, b"\tY\tY\t08/2019\tAnalyst\r\n", b"\tY", 4, "Not Relevant", "Troubleshooting", "truncated"),
    Break("ragged row", TECHNOLOGY, b"Microsoft Excel", b"Microsoft\tExcel", 2, "", "Excel", "7 cells"),
    Break("Latin-1", OCCUPATIONS, b"Repairers", "Réparateurs".encode("latin-1"), 3, "", "0xe9", "UTF-8"),
    Break("missing column", SKILLS, b"Data Value", b"Value", 1, "Data Value", "", "missing"),
    Break("commas", OCCUPATIONS, b"", b"O*NET-SOC Code,Title,Description\n1,2,3\n", 1, "", "O*NET-SOC Code,", "tab"),
    Break("duplicate element", MODEL, b"2.B.3.k", b"2.A.1.a", 8, "Element ID", "2.A.1.a", "keep one"),
    Break("duplicate occupation", OCCUPATIONS, b"15-1252.00", b"49-2094.00", 3, "O*NET-SOC Code", "49-2094.00", "keep one"),
    Break("duplicate value", SKILLS, b"\tIM\tImportance", b"\tLV\tLevel", 3, "Element ID", "2.A.1.a", "keep one"),
    Break("bad element id", MODEL, b"2.B.3.k", b"2-B-3", 8, "Element ID", "2-B-3", "2.A.1.a"),
    Break("bad occupation code", OCCUPATIONS, b"15-1252.00", b"15-1252", 2, "O*NET-SOC Code", "15-1252", "49-2094.00"),
    Break("unknown element", SKILLS, b"2.B.3.k", b"2.B.3.z", 4, "Element ID", "2.B.3.z", "one release"),
    Break("unknown occupation", TECHNOLOGY, b"15-1252.00", b"15-1253.00", 2, "O*NET-SOC Code", "15-1253.00", "one release"),
    Break("unknown scale", SKILLS, b"\tIM\t", b"\tXX\t", 2, "Scale ID", "XX", "Scales Reference"),
    Break("no number", SKILLS, b"\t3.62\t", b"\t3,62\t", 3, "Data Value", "3,62", "number"),
    Break("not a number at all", SKILLS, b"\t3.62\t", b"\tnan\t", 3, "Data Value", "nan", "number"),
    Break("value above its scale", SKILLS, b"\t3.62\t", b"\t36.2\t", 3, "Data Value", "36.2", "0 to 7"),
    Break("bad flag", SKILLS, b"\tY\tY\t", b"\tyes\tY\t", 4, "Recommend Suppress", "yes", "neither Y nor N"),
    Break("bad month", SKILLS, b"08/2019", b"2019-08", 2, "Date", "2019-08", "08/2023"),
    Break("bad commodity", TECHNOLOGY, b"43231602", b"4323160", 4, "Commodity Code", "4323160", "8 digits"),
    Break("two titles", TECHNOLOGY, b"Spreadsheet software", b"Sheets", 3, "Commodity Title", "Spreadsheet software", "'Sheets'"),
    Break("bad job zone", "onet/Job Zones.txt", b"\t3\t", b"\t9\t", 2, "Job Zone", "9", "1 to 5"),
    Break("bad anchor", "onet/Level Scale Anchors.txt", b"\t6\t", b"\tsix\t", 3, "Anchor Value", "six", "number"),
    Break("scale upside down", "onet/Scales Reference.txt", b"\t0\t7", b"\t7\t0", 3, "Maximum", "0", "minimum"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_line_column_value_and_remedy(fault: Break) -> None:
    assert_refused("onet", FILES, fault)


def test_a_folder_with_the_read_me_alone_is_refused() -> None:
    (problem,) = problems("onet", {"Read Me.txt": FILES["onet/Read Me.txt"]})
    assert "Content Model Reference.txt" in problem.remedy


def test_tables_of_two_releases_at_once_are_refused() -> None:
    found = problems("onet", {**FILES, "db_30_0/Skills.txt": FILES["onet/Skills.txt"]})
    assert any("given twice" in problem.remedy for problem in found)


def test_the_complete_release_29_2_is_read() -> None:
    release = read_framework("onet", shared_files("onet-29.2"))
    kinds = Counter(skill.kind for skill in release.skills)
    assert release.version == "29.2"
    assert (kinds["skill"], kinds["knowledge"], kinds["technology"]) == (35, 33, 135)
    assert len(release.skills) == 627 + 135
    assert len(release.occupations) == 1_016
    assert len(release.occupation_values) == 61_530 + 58_014
    assert len(release.occupation_technologies) == 32_627
    assert len(release.value_anchors) == 483
    assert sum(occupation.job_zone is not None for occupation in release.occupations) == 923
    skill_iris = {skill.iri for skill in release.skills if skill.kind == "skill"}
    with_skills = {
        value.occupation_code for value in release.occupation_values if value.skill_iri in skill_iris
    }
    assert len(with_skills) == 879
    assert not {"15-1252.00", "41-3091.00"} & with_skills


def test_the_shipped_copy_says_the_same_as_the_complete_release() -> None:
    shipped = read_framework("onet", folder_files(SHIPPED_FRAMEWORKS / "onet-29.2"))
    assert len(shipped.skills) == 762
    assert shipped.digest == read_framework("onet", shared_files("onet-29.2")).digest


def workbook(text: str) -> bytes:
    """Return a table as O*NET's workbooks have it: numbers as numbers, empty cells left out."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in text.rstrip("\r\n").splitlines():
        sheet.append([_cell(cell) for cell in line.split("\t")])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cell(text: str) -> object:
    if re.fullmatch(r"[0-9]+\.[0-9]+", text):
        return float(text)
    return int(text) if re.fullmatch(r"[0-9]{1,8}", text) else (text or None)


def as_workbooks(files: Mapping[str, bytes]) -> dict[str, bytes]:
    tables = {name: content for name, content in files.items() if not name.endswith("Read Me.txt")}
    return {
        f"db_29_2_excel/{name.rpartition('/')[2].removesuffix('.txt')}.xlsx": workbook(
            content.decode("utf-8-sig")
        )
        for name, content in tables.items()
    }


def test_the_workbooks_say_what_the_text_files_say() -> None:
    books = read_framework("onet", as_workbooks(FILES))
    texts = read_framework("onet", FILES)
    assert (books.digest, books.version) == (texts.digest, "29.2")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 not a workbook", "cannot be read"),
        (b"", "cannot be read"),
        (workbook(""), "the first sheet is empty"),
        (workbook("Element ID\tElement Name\n2.A\tx"), "the column 'Description' is missing"),
        (workbook("Element ID\tElement Name\tDescription\nzz\tx\ty"), "this is no id of an element"),
    ],
)
def test_a_broken_workbook_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(FileRefusedError, match=said):
        read_framework("onet", {"Content Model Reference.xlsx": content})


def _changed(content: bytes, part: str, new: bytes) -> bytes:
    """Return a workbook of which one part says something else."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as book:
        for name in old.namelist():
            book.writestr(name, new if name == part else old.read(name))
    return target.getvalue()


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_damaged_part_of_a_workbook_is_a_fault_and_no_crash(part: str) -> None:
    whole = workbook("Element ID\tElement Name\tDescription\n2.A\tx\ty")
    for new in (b"", b"<a", b"<a><b></a>", b"\xff\xfe", b"<a/>"):
        with pytest.raises(FileRefusedError, match=r"cannot be read|is empty"):
            read_framework("onet", {"Content Model Reference.xlsx": _changed(whole, part, new)})


def test_a_workbook_whose_packed_bytes_are_damaged_is_a_fault_and_no_crash() -> None:
    whole = workbook("Element ID\tElement Name\tDescription\n2.A\tx\ty")
    for place in range(40, len(whole), 97):
        broken = whole[:place] + bytes([whole[place] ^ 0xFF]) * 3 + whole[place + 3 :]
        # Some places carry nothing that is read: then the workbook is good.
        with suppress(FileRefusedError):
            read_framework("onet", {"Content Model Reference.xlsx": broken})


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_FILE_BYTES", 2_000)
    rows = "\n".join(f"2.A.1.{letter}\tx\ty" for letter in "abcdefgh")
    with pytest.raises(FileRefusedError, match=r"unpacks to more than|larger than"):
        read_framework(
            "onet",
            {"Content Model Reference.xlsx": workbook(f"Element ID\tElement Name\tDescription\n{rows}")},
        )
