"""CASE packages: items, their hierarchy, levels of rubrics, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.formats.case_export import case_package, identifier_of
from lms_bridge.skills.frameworks import FrameworkRelease, Label, Level
from tests.skills.formats.cases import (
    DATA,
    JsonBreak,
    assert_json_refused,
    folder_files,
    problems,
    shared_files,
)

URI = "https://standards.example/"
DOCUMENT_ID, ITEM_1, ITEM_2, ELSEWHERE = (f"{number}0000000-0000-4000-8000-000000000000" for number in "d12e")
CHANGED = datetime(2026, 6, 1, 8, tzinfo=UTC)


def link(identifier: str) -> dict[str, str]:
    return {"title": "x", "identifier": identifier, "uri": URI + identifier}


def association(origin: str, kind: str, destination: str) -> dict[str, Any]:
    return {
        "identifier": "a0000000-0000-4000-8000-000000000000",
        "uri": URI + "a",
        "associationType": kind,
        "originNodeURI": link(origin),
        "destinationNodeURI": link(destination),
    }


PACKAGE: dict[str, Any] = {
    "CFDocument": {"identifier": DOCUMENT_ID, "uri": URI + DOCUMENT_ID, "creator": "Ada", "title": "Metal work", "version": "2"},
    "CFItems": [
        {"identifier": ITEM_1, "uri": URI + ITEM_1, "fullStatement": "Working metal", "CFItemType": "Cluster", "language": "en"},
        {
            "identifier": ITEM_2,
            "uri": URI + ITEM_2,
            "fullStatement": "Join parts by welding.",
            "abbreviatedStatement": "Welding",
            "alternativeLabel": "joining",
            "conceptKeywords": ["arc"],
            "humanCodingScheme": "M.1",
            "language": "en",
        },
    ],
    "CFAssociations": [
        association(ITEM_1, "isChildOf", DOCUMENT_ID),
        association(ITEM_2, "isChildOf", ITEM_1),
        association(ITEM_2, "isChildOf", ELSEWHERE),
        association(ITEM_2, "exactMatchOf", ELSEWHERE),
    ],
    "CFRubrics": [
        {
            "CFRubricCriteria": [
                {"CFRubricCriterionLevels": [{"position": 2, "quality": "Expert"}, {"position": 1, "quality": "Aware"}]}
            ]
        }
    ],
}  # fmt: skip


def as_bytes(package: dict[str, Any]) -> dict[str, bytes]:
    return {"package.json": json.dumps(package).encode()}


def test_items_are_skills_with_label_text_code_and_parents() -> None:
    release = read_framework("case", as_bytes(PACKAGE))
    cluster, welding = release.skills
    assert (release.name, release.version) == ("Metal work", "2")
    assert cluster.kind == "group"
    assert cluster.parents == ()
    assert welding.iri == URI + ITEM_2
    assert welding.labels == (
        Label("en", "preferred", "Welding"),
        Label("en", "alternative", "joining"),
        Label("en", "hidden", "arc"),
    )
    assert (welding.description, welding.code, welding.parents) == (
        "Join parts by welding.",
        "M.1",
        (URI + ITEM_1,),
    )


def test_a_rubric_without_item_is_the_scale() -> None:
    assert read_framework("case", as_bytes(PACKAGE)).scale == (Level(1, "Aware"), Level(2, "Expert"))


def test_associations_that_lead_outside_and_mappings_are_remarked() -> None:
    remarks = read_framework("case", as_bytes(PACKAGE)).remarks
    assert any("1 associations exactMatchOf" in remark for remark in remarks)
    assert any("outside the package" in remark and ELSEWHERE in remark for remark in remarks)


BREAKS = (
    JsonBreak("no document", "~CFDocument", "/CFDocument", "no package"),
    JsonBreak("document is a text", "~CFDocument", "/CFDocument", "object", "x"),
    JsonBreak("no title", "~CFDocument~title", "/CFDocument/title", "missing"),
    JsonBreak("no item", "~CFItems", "/CFItems", "no item", []),
    JsonBreak("items are no list", "~CFItems", "/CFItems", "list", {}),
    JsonBreak("no identifier", "~CFItems~0~identifier", "/CFItems/0/identifier", "missing"),
    JsonBreak("bad identifier", "~CFItems~0~identifier", "/CFItems/0/identifier", "UUID", "1"),
    JsonBreak("identifier twice", "~CFItems~1~identifier", "/CFItems/1/identifier", "keep one", ITEM_1),
    JsonBreak("bad uri", "~CFItems~0~uri", "/CFItems/0/uri", "full URI", "item 1"),
    JsonBreak("uri twice", "~CFItems~1~uri", "/CFItems/1/uri", "keep one", URI + ITEM_1),
    JsonBreak("no statement", "~CFItems~0~fullStatement", "/CFItems/0/fullStatement", "empty", " "),
    JsonBreak("statement is a number", "~CFItems~0~fullStatement", "/CFItems/0/fullStatement", "text", 1),
    JsonBreak("unknown association", "~CFAssociations~1~associationType", "/CFAssociations/1/associationType", "unknown", "in"),
    JsonBreak("no origin", "~CFAssociations~1~originNodeURI", "/CFAssociations/1/originNodeURI", "identifier"),
    JsonBreak("cycle", "~CFAssociations~0", "/CFAssociations/1", "circle", association(ITEM_1, "isChildOf", ITEM_2)),
    JsonBreak(
        "level 1.5",
        "~CFRubrics~0~CFRubricCriteria~0~CFRubricCriterionLevels~0~position",
        "/CFRubrics/0/CFRubricCriteria/0/CFRubricCriterionLevels/0/position",
        "whole number",
        1.5,
    ),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_package_is_refused_with_pointer_and_remedy(fault: JsonBreak) -> None:
    assert_json_refused("case", PACKAGE, fault)


def test_two_packages_at_once_are_refused() -> None:
    package = json.dumps(PACKAGE).encode()
    (problem,) = problems("case", {"a.json": package, "b.json": package})
    assert "each on its own" in problem.remedy


def test_other_json_files_beside_a_package_are_ignored() -> None:
    files = {**as_bytes(PACKAGE), "schema.json": b'{"type": "object"}'}
    assert len(read_framework("case", files).skills) == 2


def exported(release: FrameworkRelease) -> dict[str, Any]:
    package = case_package(release, document_uri=URI + DOCUMENT_ID, creator="Rheintal", changed_at=CHANGED)
    document: dict[str, Any] = json.loads(package)
    return document


def test_an_exported_package_is_read_as_it_was() -> None:
    release = read_framework("case", as_bytes(PACKAGE))
    again = read_framework("case", as_bytes(exported(release)))
    assert replace(again, remarks=()) == replace(release, remarks=())


def test_a_company_framework_goes_out_and_comes_back_with_its_levels() -> None:
    company = read_framework("csv", folder_files(DATA / "plain"))
    again = read_framework("case", as_bytes(exported(company)))
    assert again.name == "company"
    assert again.scale == company.scale
    assert [(x.iri, x.parents, x.levels) for x in again.skills] == [
        (x.iri, x.parents, x.levels) for x in company.skills
    ]


def test_an_exported_package_has_what_the_schema_requires() -> None:
    package = exported(read_framework("csv", folder_files(DATA / "plain")))
    required = {
        "CFItems": ("identifier", "fullStatement", "uri", "lastChangeDateTime"),
        "CFAssociations": (
            *(
                "identifier",
                "associationType",
                "uri",
                "originNodeURI",
                "destinationNodeURI",
                "lastChangeDateTime",
            ),
        ),
        "CFRubrics": ("identifier", "uri", "lastChangeDateTime"),
    }
    assert {"identifier", "uri", "creator", "title", "lastChangeDateTime"} <= set(package["CFDocument"])
    for part, keys in required.items():
        assert package[part]
        for node in package[part]:
            assert set(keys) <= set(node)
    identifiers = [node["identifier"] for part in ("CFItems", "CFAssociations") for node in package[part]]
    assert len(identifiers) == len(set(identifiers))


def test_two_exports_of_the_same_release_are_the_same_bytes() -> None:
    company = read_framework("csv", folder_files(DATA / "plain"))
    assert exported(company) == exported(company)


def test_an_identifier_is_the_uuid_of_the_uri_or_made_of_it() -> None:
    assert identifier_of(URI + ITEM_1) == ITEM_1
    assert identifier_of("urn:uuid:" + ITEM_1) == ITEM_1
    assert (
        identifier_of("urn:onet:element:2.A")
        == identifier_of("urn:onet:element:2.A")
        != identifier_of("urn:a:b")
    )


def test_the_samples_of_opensalt_are_read() -> None:
    files = shared_files("case")
    smart = read_framework("case", {"a.json": files["case/SmartLevelFramework.json"]})
    assert (len(smart.skills), sum(len(skill.parents) for skill in smart.skills)) == (14, 12)
    name = next(file for file in files if "opensalt-framework" in file)
    could_be = read_framework("case", {"b.json": files[name]})
    assert len(could_be.skills) == 16
    assert any("16 associations exactMatchOf" in remark for remark in could_be.remarks)
