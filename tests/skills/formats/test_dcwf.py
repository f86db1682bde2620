"""DoD Cyber Workforce Framework JSON: KSATs and the roles that need them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkSkill, Label, Occupation, OccupationValue
from tests.skills.formats.cases import JsonBreak, assert_json_refused, problems, shared_files

DOCUMENT: dict[str, Any] = {
    "elements": {"it-cyberspace": {"id": "it-cyberspace", "name": "IT (Cyberspace)", "roles": ["421"]}},
    "roles": {
        "421": {
            "id": "421",
            "name": "Database Administrator",
            "description": "Administers databases.",
            "core_ksats": ["22", "401"],
            "additional_ksats": ["401"],
        }
    },
    "ksats": {
        "22": {"id": "22", "kind": "Knowledge", "description": "Knowledge of computer networking."},
        "401": {"id": "401", "kind": "TAsk", "description": "Back up databases. "},
    },
}


def test_roles_need_core_and_additional_ksats() -> None:
    release = read_framework("dcwf", {"own.json": JsonBreak("", "~elements", "", "", {}).applied(DOCUMENT)})
    task = FrameworkSkill(
        "urn:dcwf:ksat:401", "task", (Label("en", "preferred", "Back up databases."),), code="401"
    )
    assert task in release.skills
    assert release.occupations == (Occupation("421", "Database Administrator", "Administers databases."),)
    assert OccupationValue("421", "urn:dcwf:ksat:401", "need", 2) in release.occupation_values
    assert release.remarks == ("role 421 lists 401 as core and as additional: core was taken",)


BREAKS = (
    JsonBreak("no ksats", "~ksats", "", "expected is"),
    JsonBreak("empty ksats", "~ksats", "/ksats", "one object for each id", {}),
    JsonBreak("another id", "~ksats~22~id", "/ksats/22/id", "another id", "23"),
    JsonBreak("no kind", "~ksats~22~kind", "/ksats/22/kind", "missing"),
    JsonBreak("bad kind", "~ksats~22~kind", "/ksats/22/kind", "ability", "Talent"),
    JsonBreak("no text", "~ksats~22~description", "/ksats/22/description", "empty", "  "),
    JsonBreak("text is a number", "~ksats~22~description", "/ksats/22/description", "text", 5),
    JsonBreak("no name", "~roles~421~name", "/roles/421/name", "missing"),
    JsonBreak("unknown ksat", "~roles~421~core_ksats~0", "/roles/421/core_ksats/0", "no such id", "99"),
    JsonBreak("no list", "~roles~421~core_ksats", "/roles/421/core_ksats", "list", "22"),
    JsonBreak("no role", "~roles~421", "/roles/421", "object", []),
)


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_pointer_and_remedy(fault: JsonBreak) -> None:
    assert_json_refused("dcwf", DOCUMENT, fault)


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        (b'{"roles": {},\n "ksats": {', 2, "no JSON"),
        (b'{"roles": {}, "roles": {}}', 0, "twice"),
        (b'{"roles": NaN}', 0, "no JSON number"),
        (b"[" * 100_000, 0, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes, line: int, remedy: str) -> None:
    (problem,) = problems("dcwf", {"own.json": text})
    assert problem.line == line
    assert remedy in problem.remedy


def test_the_complete_framework_is_read() -> None:
    release = read_framework("dcwf", shared_files("dcwf"))
    kinds = Counter(skill.kind for skill in release.skills)
    assert kinds == {"task": 1_060, "knowledge": 666, "skill": 373, "ability": 122}
    assert len(release.occupations) == 68
    assert len(release.occupation_values) == 2_076 + 3_100 - 2
    assert len(release.remarks) == 2
