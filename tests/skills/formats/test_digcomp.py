"""DigComp's data supplement: areas, competences, statements and outcomes in several languages, eight levels."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import Label, Level
from tests.skills.formats.cases import JsonBreak, assert_json_refused, shared_files

DOCUMENT: dict[str, Any] = {
    "@context": {},
    "@graph": [
        {"@type": "CompetenceArea", "@id": "CompetenceArea/1", "name": "Information search", "name_nl": "Informatie zoeken"},
        {
            "@type": "Competence",
            "@id": "Competence/1.1",
            "name": "Browsing ",
            "description": "To articulate information needs.",
            "competence_area_id": "CompetenceArea/1",
        },
        {
            "@type": "LearningOutcome",
            "@id": "LearningOutcome/LO1.1.01",
            "description": "Acknowledge the benefits.",
            "description_nl": "De voordelen erkennen.",
            "type": "Attitude",
            "ai_label": "AI-Implicit",
            "competence_id": "Competence/1.1",
            "four_levels_proficiency_name": "ProficiencyLevel/Basic",
        },
        {"@type": "ProficiencyLevel", "@id": "ProficiencyLevel/Basic_1", "four_levels_name": "Basic", "eight_levels_mapping": 1},
        {"@type": "ProficiencyLevel", "@id": "ProficiencyLevel/Basic_2", "four_levels_name": "Basic", "eight_levels_mapping": "2"},
        {"@type": "Glossary", "@id": "Glossary/Accessibility", "explanation": "Extent to which products can be used."},
    ],
}  # fmt: skip


def test_relative_ids_become_iris_and_suffixes_languages() -> None:
    release = read_framework(
        "digcomp", {"own.jsonld": JsonBreak("", "~@context", "", "", {}).applied(DOCUMENT)}
    )
    skills = {skill.iri: skill for skill in release.skills}
    outcome = skills["urn:digcomp:LearningOutcome/LO1.1.01"]
    assert outcome.kind == "attitude"
    assert outcome.labels == (
        Label("en", "preferred", "Acknowledge the benefits."),
        Label("nl", "preferred", "De voordelen erkennen."),
    )
    assert outcome.parents == ("urn:digcomp:Competence/1.1",)
    assert outcome.collections == ("AI-Implicit", "Basic")
    competence = skills["urn:digcomp:Competence/1.1"]
    assert (competence.kind, competence.code, competence.description) == (
        "skill",
        "1.1",
        "To articulate information needs.",
    )
    assert skills["urn:digcomp:CompetenceArea/1"].kind == "group"
    assert release.scale == (Level(1, "Basic 1"), Level(2, "Basic 2"))
    assert release.remarks == ("1 glossary entries are no skills and were not read",)


BREAKS = (
    JsonBreak("no graph", "~@graph", "/@graph", "expected is"),
    JsonBreak("graph is no list", "~@graph", "/@graph", "list", {}),
    JsonBreak("empty graph", "~@graph", "/@graph", "empty", []),
    JsonBreak("node is no object", "~@graph~0", "/@graph/0", "object", "Competence"),
    JsonBreak("no id", "~@graph~0~@id", "/@graph/0/@id", "missing"),
    JsonBreak("id twice", "~@graph~1~@id", "/@graph/1/@id", "keep one", "CompetenceArea/1"),
    JsonBreak("unknown type", "~@graph~0~@type", "/@graph/0/@type", "unknown type", "Area"),
    JsonBreak("no name", "~@graph~1~name", "/@graph/1/name", "empty", ""),
    JsonBreak("unknown parent", "~@graph~1~competence_area_id", "/@graph/1/competence_area_id", "no node", "CompetenceArea/9"),
    JsonBreak("no parent", "~@graph~2~competence_id", "/@graph/2/competence_id", "missing"),
    JsonBreak("unknown kind", "~@graph~2~type", "/@graph/2/type", "attitude", "Mood"),
    JsonBreak("level 9", "~@graph~3~eight_levels_mapping", "/@graph/3/eight_levels_mapping", "1 to 8", 9),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_pointer_and_remedy(fault: JsonBreak) -> None:
    assert_json_refused("digcomp", DOCUMENT, fault)


def test_the_complete_supplement_3_0_is_read_in_two_languages() -> None:
    release = read_framework("digcomp", shared_files("digcomp-3.0"))
    kinds = Counter(skill.iri.split(":")[2].partition("/")[0] for skill in release.skills)
    assert kinds == {
        "CompetenceArea": 5,
        "Competence": 21,
        "CompetenceStatement": 362,
        "LearningOutcome": 523,
    }
    assert release.version == "3.0"
    assert len(release.scale) == 8
    assert sum(any(label.lang == "nl" for label in skill.labels) for skill in release.skills) == 911
    assert release.remarks == ("126 glossary entries are no skills and were not read",)
