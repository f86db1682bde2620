"""Rich skill descriptors: CSV import and export layouts, JSON and JSON lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import Label, Occupation, OccupationValue
from tests.skills.formats.cases import (
    Break,
    JsonBreak,
    assert_json_refused,
    assert_refused,
    problems,
    shared_files,
)

IMPORT = (
    "Collection,Skill Name,Skill Category,Contextualized Skill Statement,Keywords,BLS Detailed Occupation,O*NET Job Role,"
    "Alignment Title,Alignment\n"
    "Web;Data,Data Access,.NET Framework,Access data using the .NET Framework.,ADO.NET; XML,15-1251; 15-1252,,"
    ".NET,https://skills.example/KS1\n"
    "Web,Web Build,.NET Framework,Build large web applications.,,15-1252,,.NET,https://skills.example/KS1\n"
)
EXPORT = (
    "Canonical URL,RSD Name,Authors,Skill Statement,Categories,Keywords,Detailed Occupations\n"
    "https://osmt.example/api/skills/1,Data Access,WGU,Access data.,Data,XML,15-1252\n"
)
DESCRIPTOR: dict[str, Any] = {
    "id": "https://osmt.example/api/skills/c9d819b3-de84-401e-808a-ddcbfbdd4953",
    "uuid": "c9d819b3-de84-401e-808a-ddcbfbdd4953",
    "skillName": "Access Standardization ",
    "skillStatement": "Standardize levels of access.",
    "category": "Security;Walls of Fire",
    "collections": [{"uuid": "x", "name": "Software"}],
    "keywords": ["Risk"],
    "status": "Published",
    "occupations": [{"code": "15-1244", "targetNodeName": "Network Administrators"}, {"code": "15-1259"}],
}
FILES = {"import.csv": IMPORT.encode()}


def test_skills_that_share_an_alignment_stay_two() -> None:
    release = read_framework("rsd", FILES)
    assert len({skill.iri for skill in release.skills}) == 2
    assert all(skill.iri.startswith("urn:uuid:") for skill in release.skills)
    data = next(skill for skill in release.skills if skill.labels[0].text == "Data Access")
    assert data.collections == (".NET Framework", "Data", "Web")
    assert Label("en", "hidden", "ADO.NET") in data.labels
    assert [occupation.code for occupation in release.occupations] == ["15-1251", "15-1252"]
    assert any("2 rows carry no id" in remark for remark in release.remarks)


def test_the_ids_of_rows_are_the_same_at_every_import() -> None:
    turned = "\n".join([IMPORT.splitlines()[0], *reversed(IMPORT.splitlines()[1:])])
    assert read_framework("rsd", FILES).digest == read_framework("rsd", {"x.csv": turned.encode()}).digest


def test_the_export_layout_has_canonical_urls() -> None:
    (skill,) = read_framework("rsd", {"export.csv": EXPORT.encode()}).skills
    assert skill.iri == "https://osmt.example/api/skills/1"
    assert skill.description == "Access data."


def test_a_descriptor_in_json_is_one_skill() -> None:
    release = read_framework("rsd", {"one.json": json.dumps(DESCRIPTOR).encode()})
    (skill,) = release.skills
    assert skill.iri == DESCRIPTOR["id"]
    assert skill.labels == (Label("en", "preferred", "Access Standardization"), Label("en", "hidden", "Risk"))
    assert skill.collections == ("Security", "Software", "Walls of Fire")
    assert skill.status == "published"
    assert Occupation("15-1259", "15-1259") in release.occupations
    assert OccupationValue("15-1244", skill.iri, "listed", 1) in release.occupation_values


def test_a_descriptor_repeated_word_by_word_is_taken_once() -> None:
    line = json.dumps(DESCRIPTOR).encode() + b"\n"
    release = read_framework("rsd", {"many.jsonl": line + b"\n" + line})
    assert len(release.skills) == 1
    assert any("1 descriptors repeat" in remark for remark in release.remarks)


def test_another_descriptor_of_the_same_id_is_refused_with_its_line() -> None:
    lines = [json.dumps({**DESCRIPTOR, "skillName": name}) for name in ("One", "Two")]
    (problem,) = problems("rsd", {"many.jsonl": "\n".join(lines).encode()})
    assert (problem.line, problem.value) == (2, DESCRIPTOR["id"])


def test_a_cut_line_is_refused_with_its_number() -> None:
    line = json.dumps(DESCRIPTOR)
    (problem,) = problems("rsd", {"many.jsonl": f"{line}\n{line[:40]}".encode()})
    assert problem.line == 2


BREAKS = (
    Break("missing column", "import.csv", b"Skill Name", b"Title", 1, "Skill Name", "", "RSD Name"),
    Break("no name", "import.csv", b"Web Build", b"", 3, "Skill Name", "", "empty"),
    Break("no statement", "import.csv", b"Build large web applications.", b"", 3, "Contextualized Skill Statement", "", "empty"),
    Break("ragged row", "import.csv", b"large web", b"large, web", 3, "", "Web", "10 cells"),
    Break("bad URL", "import.csv", b"", EXPORT.replace("https://osmt.example", "osmt").encode(), 2, "Canonical URL",
          "osmt/api", "full canonical URL"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_table_is_refused_with_line_column_value_and_remedy(fault: Break) -> None:
    assert_refused("rsd", FILES, fault)


JSON_BREAKS = (
    JsonBreak("no name", "~0~skillName", "/0/skillName", "missing"),
    JsonBreak("no statement", "~0~skillStatement", "/0/skillStatement", "empty", ""),
    JsonBreak("no URL as id", "~0~id", "/0/id", "give one", "c9d8"),
    JsonBreak("unknown status", "~0~status", "/0/status", "published", "ready"),
    JsonBreak("no object", "~0", "/0", "object", 5),
)


@pytest.mark.parametrize("fault", JSON_BREAKS, ids=[fault.name for fault in JSON_BREAKS])
def test_a_broken_descriptor_is_refused_with_pointer_and_remedy(fault: JsonBreak) -> None:
    assert_json_refused("rsd", [DESCRIPTOR], fault)


def test_the_230_descriptors_of_wgu_are_200_skills() -> None:
    files = shared_files("rsd")
    release = read_framework("rsd", {"rsd/rsd_230.jsonl": files["rsd/rsd_230.jsonl"]})
    assert len(release.skills) == 200
    assert release.remarks == ("30 descriptors repeat one above word by word and were taken once",)
    everything = read_framework("rsd", files)
    assert len(everything.skills) == 200 + 2 + 1
