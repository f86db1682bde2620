"""CTDL-ASN frameworks: language maps, hierarchy, and what leads outside the graph."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import Label, preferred_label
from tests.skills.formats.cases import JsonBreak, assert_json_refused, shared_files

URL = "https://registry.example/resources/ce-"
DOCUMENT: dict[str, Any] = {
    "@graph": [
        {
            "@id": URL + "0",
            "@type": "ceasn:CompetencyFramework",
            "ceasn:name": {"en-us": "Cyber"},
            "ceasn:dateModified": "2021-02-18T21:08:58.01Z",
            "ceasn:hasTopChild": [URL + "1", URL + "9"],
        },
        {
            "@id": URL + "1",
            "@type": "ceasn:Competency",
            "ceasn:competencyText": {"en-us": "Manage access.", "de": ["Zugänge verwalten."]},
            "ceasn:isTopChildOf": URL + "0",
            "ceasn:hasChild": [URL + "2"],
        },
        {
            "@id": URL + "2",
            "@type": ["ceasn:Competency"],
            "ceasn:competencyLabel": {"en-us": "Access Creation "},
            "ceasn:competencyText": {"en-us": "Create access."},
            "ceasn:conceptKeyword": {"en-us": ["SafeNet", "SafeNet"]},
            "ceasn:competencyCategory": {"en-us": "Authentications"},
            "ceasn:isChildOf": [{"@id": URL + "1"}],
            "ceasn:exactAlignment": [URL + "elsewhere"],
        },
    ]
}


def test_language_maps_give_labels_and_children_their_parents() -> None:
    release = read_framework("ctdl-asn", {"own.json": json.dumps(DOCUMENT).encode()})
    manage, create = release.skills
    assert (release.name, release.version) == ("Cyber", "2021-02-18")
    assert manage.labels == (
        Label("de", "preferred", "Zugänge verwalten."),
        Label("en-us", "preferred", "Manage access."),
    )
    assert manage.parents == ()
    assert create.labels == (
        Label("en-us", "preferred", "Access Creation"),
        Label("en-us", "hidden", "SafeNet"),
    )
    assert (create.description, create.parents) == ("Create access.", (URL + "1",))
    assert create.collections == ("Authentications",)


def test_american_english_is_english_where_english_is_asked() -> None:
    release = read_framework("ctdl-asn", {"own.json": json.dumps(DOCUMENT).encode()})
    assert preferred_label(release.skills[0], "en") == "Manage access."
    assert preferred_label(release.skills[0], "de-AT") == "Zugänge verwalten."


def test_what_leads_outside_is_remarked() -> None:
    remarks = read_framework("ctdl-asn", {"own.json": json.dumps(DOCUMENT).encode()}).remarks
    assert any(
        "1 competencies are named and not in the file" in remark and URL + "9" in remark for remark in remarks
    )
    assert any("1 exactAlignment" in remark for remark in remarks)


BREAKS = (
    JsonBreak("no graph", "~@graph", "/@graph", "expected is"),
    JsonBreak("graph is no list", "~@graph", "/@graph", "list", {}),
    JsonBreak("no framework", "~@graph~0", "/@graph", "missing"),
    JsonBreak("no id", "~@graph~1~@id", "/@graph/1/@id", "full URL"),
    JsonBreak("bad id", "~@graph~1~@id", "/@graph/1/@id", "full URL", "ce-1"),
    JsonBreak("id twice", "~@graph~2~@id", "/@graph/2/@id", "keep one", URL + "1"),
    JsonBreak("unknown type", "~@graph~2~@type", "/@graph/2/@type", "unknown type", "ceasn:Rubric"),
    JsonBreak("no text", "~@graph~1~ceasn:competencyText", "/@graph/1/ceasn:competencyText", "neither label nor text", {}),
    JsonBreak("node is no object", "~@graph~2", "/@graph/2", "object", "x"),
    JsonBreak("cycle", "~@graph~1~ceasn:isChildOf", "/@graph/2/ceasn:isChildOf", "circle", URL + "2"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_pointer_and_remedy(fault: JsonBreak) -> None:
    assert_json_refused("ctdl-asn", DOCUMENT, fault)


def test_two_frameworks_in_one_graph_are_refused() -> None:
    graph = DOCUMENT["@graph"]
    two = {"@graph": [*graph, {**graph[0], "@id": URL + "7"}]}
    assert_json_refused("ctdl-asn", two, JsonBreak("two", "~@context", "/@graph", "one framework", {}))


def test_the_published_example_is_read() -> None:
    release = read_framework("ctdl-asn", shared_files("ctdl-asn"))
    assert release.name == "Cybersecurity Collection"
    assert [preferred_label(skill, "en") for skill in release.skills] == ["Access Creation"]
