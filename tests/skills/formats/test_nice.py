"""NICE Framework CSV: KSAs below competencies, listed by work roles."""

from __future__ import annotations

from collections import Counter

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkSkill, Label, Occupation, OccupationValue
from tests.skills.formats.cases import Break, assert_refused, shared_files

HEADER = (
    "Skills Community,Category,Specialty Area,Work Role,Competency Group ID,Competency Group,Competency ID,Competency,"
    "K S or A,KSA ID,KSA\n"
)
ROLE = "Investigate (IN),Cyber Investigation (INV),Cyber Crime Investigator (IN-INV-001)"
TEXT = (
    HEADER
    + f"Cross Functional,{ROLE},CG01,Technical,C005,Computer Forensics,Knowledge,K0118,Knowledge of digital evidence. \n"
    + f'Cross Functional,{ROLE},CG01,Technical,C005,Computer Forensics,Skill,S0047,"Skill in preserving evidence, safely."\n'
    + "Cybersecurity,Investigate (IN),Digital Forensics (FOR),Forensics Analyst (IN-FOR-002),CG01,Technical,C005,"
    "Computer Forensics,Knowledge,K0118,Knowledge of digital evidence.\n"
)
FILES = {"nice.csv": TEXT.encode()}


def test_a_ksa_of_several_roles_is_one_skill_below_its_competency() -> None:
    release = read_framework("nice", FILES)
    assert (
        FrameworkSkill(
            "urn:nice:ksa:K0118",
            "knowledge",
            (Label("en", "preferred", "Knowledge of digital evidence."),),
            parents=("urn:nice:competency:C005",),
            code="K0118",
        )
        in release.skills
    )
    assert Occupation(
        "IN-INV-001", "Cyber Crime Investigator", "Investigate (IN), Cyber Investigation (INV)"
    ) in (release.occupations)
    listed = [(value.occupation_code, value.skill_iri) for value in release.occupation_values]
    assert listed.count(("IN-FOR-002", "urn:nice:ksa:K0118")) == 1
    assert OccupationValue("IN-INV-001", "urn:nice:ksa:S0047", "listed", 1) in release.occupation_values


BREAKS = (
    Break("missing column", "nice.csv", b"KSA ID", b"KSA No", 1, "KSA ID", "", "missing"),
    Break("bad id", "nice.csv", b"K0118", b"118", 2, "KSA ID", "118", "K0001"),
    Break("bad kind", "nice.csv", b",Skill,", b",Talent,", 3, "K S or A", "Talent", "Ability"),
    Break("no text", "nice.csv", b"Knowledge of digital evidence. ", b"", 2, "KSA", "", "empty"),
    Break("two texts", "nice.csv", b"digital evidence. ", b"evidence.", 4, "KSA", "digital", "line 2"),
    Break("role without id", "nice.csv", b" (IN-FOR-002)", b"", 4, "Work Role", "Forensics Analyst", "IN-INV-001"),
    Break("ragged row", "nice.csv", b'"Skill in preserving evidence, safely."', b"Skill in a, b", 3, "", "Cross", "12 cells"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_line_column_value_and_remedy(fault: Break) -> None:
    assert_refused("nice", FILES, fault)


def test_the_complete_set_of_2017_is_read() -> None:
    release = read_framework("nice", shared_files("nice"))
    kinds = Counter(skill.kind for skill in release.skills)
    assert kinds["knowledge"] + kinds["skill"] + kinds["ability"] == 1_084
    assert kinds["group"] == 60 + 4
    assert len(release.occupations) == 52
    assert len(release.occupation_values) == 3_266
