"""ESCO's CSV package: what is read, what is kept although it looks wrong, and what is refused."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest

from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Label, preferred_label
from tests.skills.formats.cases import (
    DATA,
    SHIPPED_FRAMEWORKS,
    Break,
    assert_refused,
    folder_files,
    shared_files,
)

ESCO = "http://data.europa.eu/esco/skill/"
FORKLIFT = ESCO + "28cb374e-6261-4133-8371-f9a5470145da"
SQL = ESCO + "598de5b0-5b58-4ea7-8058-a4bc4d18c742"
PYTHON = ESCO + "ccd0a1d9-afda-43d9-b901-96344886e14d"
QUERY_LANGUAGES = ESCO + "aaaaaaaa-0000-4000-8000-000000000001"
NO_LABEL = ESCO + "aaaaaaaa-0000-4000-8000-000000000002"
GONE = ESCO + "aaaaaaaa-0000-4000-8000-000000000003"
DRIVING = ESCO + "a60b664f-bb07-4dd1-8dfa-134a0827f8da"
SOFTWARE = "http://data.europa.eu/esco/isced-f/0613"

FILES = folder_files(DATA / "esco")


def skill(release: FrameworkRelease, iri: str) -> FrameworkSkill:
    return next(skill for skill in release.skills if skill.iri == iri)


@pytest.fixture(scope="module")
def release() -> FrameworkRelease:
    return read_framework("esco", FILES)


def test_labels_of_several_languages_are_joined_and_stripped(release: FrameworkRelease) -> None:
    labels = skill(release, FORKLIFT).labels
    assert Label("en", "preferred", "operate forklift") in labels
    assert Label("en", "alternative", "operate a fork-lift truck") in labels
    assert Label("de", "preferred", "Gabelstapler fahren") in labels
    assert Label("de", "alternative", "Gabelstapler führen") in labels
    assert Label("fr", "preferred", "utiliser un chariot élévateur") in labels


def test_hidden_labels_and_labels_separated_by_bars_are_read(release: FrameworkRelease) -> None:
    labels = skill(release, SQL).labels
    assert Label("en", "hidden", "sequel") in labels
    assert Label("en", "alternative", "SQL database language") in labels
    assert labels.count(Label("en", "alternative", "structured query language")) == 1


def test_kind_follows_the_official_files_not_the_merged_one(release: FrameworkRelease) -> None:
    assert skill(release, FORKLIFT).kind == "skill"
    assert skill(release, SQL).kind == "knowledge"
    assert skill(release, SOFTWARE).kind == "group"


def test_mixed_up_alternative_labels_of_the_merged_file_are_left_out_with_a_remark(
    release: FrameworkRelease,
) -> None:
    assert "connect dishwashers" not in {label.text for label in skill(release, FORKLIFT).labels}
    assert any("alternative labels of 1 rows" in remark for remark in release.remarks)


def test_a_skill_may_have_several_parents(release: FrameworkRelease) -> None:
    assert set(skill(release, SQL).parents) == {QUERY_LANGUAGES, SOFTWARE}


def test_groups_carry_their_code_and_stand_in_the_hierarchy(release: FrameworkRelease) -> None:
    assert skill(release, DRIVING).code == "S8.5"
    assert preferred_label(skill(release, DRIVING), "de") == "driving vehicles"


def test_collections_come_from_their_files_the_merged_file_and_the_schemes() -> None:
    assert skill(read_framework("esco", FILES), SQL).collections == ("digital", "research")
    without_merged = {file: content for file, content in FILES.items() if "merged" not in file}
    assert skill(read_framework("esco", without_merged), PYTHON).collections == ("research",)


def test_description_is_the_english_one_else_the_definition(release: FrameworkRelease) -> None:
    assert skill(release, PYTHON).description == "Programming in Python.\nWith a second line."
    assert skill(release, SQL).description == "A query language."


def test_a_concept_without_label_is_kept_and_listed(release: FrameworkRelease) -> None:
    assert skill(release, NO_LABEL).labels == ()
    assert preferred_label(skill(release, NO_LABEL), "en") == NO_LABEL
    assert any("1 concepts have no label" in remark and NO_LABEL in remark for remark in release.remarks)


def test_a_concept_whose_parent_no_file_describes_is_kept_as_a_root(release: FrameworkRelease) -> None:
    assert skill(release, NO_LABEL).parents == ()
    assert any(
        "1 relations point at 1 parents that no file describes" in remark for remark in release.remarks
    )
    assert any(GONE in remark for remark in release.remarks)


def test_there_are_no_levels_so_the_company_scale_holds(release: FrameworkRelease) -> None:
    assert release.scale == ()
    assert all(skill.levels == () for skill in release.skills)


def test_the_hierarchy_file_alone_gives_groups_and_parents() -> None:
    alone = {file: content for file, content in FILES.items() if "Hierarchy" in file}
    release = read_framework("esco", alone)
    assert skill(release, DRIVING).parents == (ESCO + "335228d2-297d-4e0e-a6ee-bc6a8dc110d9",)


def test_other_files_of_the_folder_are_ignored() -> None:
    more = {**FILES, "esco/readme.pdf": b"\x00\xff", "esco/ISCOGroups_en.csv": b"\xff"}
    assert read_framework("esco", more).digest == read_framework("esco", FILES).digest


def test_packed_files_and_another_order_of_rows_give_the_same_digest() -> None:
    packed = {f"{file}.gz": gzip.compress(content) for file, content in FILES.items()}
    relations = "esco/broaderRelationsSkillPillar_en.csv"
    header, *rows = FILES[relations].decode().splitlines()
    turned = {**FILES, relations: "\n".join([header, *reversed(rows)]).encode()}
    digests = {read_framework("esco", files).digest for files in (FILES, packed, turned)}
    assert len(digests) == 1


def test_another_label_gives_another_digest() -> None:
    renamed = {
        **FILES,
        "esco/skills_en.csv": FILES["esco/skills_en.csv"].replace(b"query languages", b"query lingos"),
    }
    assert read_framework("esco", renamed).digest != read_framework("esco", FILES).digest


def test_the_version_comes_from_the_folder_or_the_caller() -> None:
    named = {
        file.replace("esco/", "ESCO dataset - v1.2.0 - classification - en - csv/"): FILES[file]
        for file in FILES
    }
    assert read_framework("esco", named).version == "1.2.0"
    assert read_framework("esco", named, version="1.3", name="ESCO intern").version == "1.3"
    assert read_framework("esco", FILES).version == ""


SKILLS = "esco/skills_en.csv"
RELATIONS = "esco/broaderRelationsSkillPillar_en.csv"
FORKLIFT_ROW = b"KnowledgeSkillCompetence," + FORKLIFT.encode()
BREAKS = (
    Break("empty file", SKILLS, b"", b"", 0, "", "", "complete file"),
    Break("only a header", RELATIONS, b"", b"conceptType,conceptUri,broaderUri\n", 1, "", "", "no row"),
    Break("cut inside a quoted text", SKILLS, b'lifting and carrying loads."', b"lifting", 2, "", FORKLIFT, "no CSV"),
    Break("cut inside a row", RELATIONS, b"KnowledgeSkillCompetence," + NO_LABEL.encode() + b",KnowledgeSkillCompetence,",
          b"KnowledgeSkillCompetence," + NO_LABEL.encode(), 9, "broaderType", "", "truncated"),
    Break("cut inside an IRI", RELATIONS, b"aaaaaaaa-0000-4000-8000-000000000003\n", b"aaaaaaaa-00", 9, "broaderUri",
          "aaaaaaaa-00", "truncated"),
    Break("Windows-1252", "esco/skills_de.csv", "führen".encode(), "führen".encode("cp1252"), 3, "", "0xfc", "UTF-8"),
    Break("UTF-16", SKILLS, b"", "conceptUri,preferredLabel\n".encode("utf-16"), 1, "", "ff fe", "UTF-8"),
    Break("NUL characters", SKILLS, b"SQL", b"S\0L", 5, "", "NUL", "export"),
    Break("missing column", SKILLS, b"preferredLabel", b"prefLabel", 1, "preferredLabel", "", "missing"),
    Break("column twice", SKILLS, b"hiddenLabels", b"altLabels", 1, "altLabels", "altLabels", "twice"),
    Break("semicolons", RELATIONS, b"", b"conceptType;conceptUri;broaderUri\na;b;c\n", 1, "", "conceptType;", "';'"),
    Break("duplicate id", SKILLS, SQL.encode(), FORKLIFT.encode(), 5, "conceptUri", FORKLIFT, "line 2"),
    Break("bad IRI", SKILLS, SQL.encode(), b"SQL", 5, "conceptUri", "SQL", "full IRI"),
    Break("no IRI", SKILLS, SQL.encode(), b"", 5, "conceptUri", "", "full IRI"),
    Break("ragged row", SKILLS, b"Languages for asking", b"Languages, for asking", 10, "", "aaaaaaaa", "14 cells"),
    Break("cycle", RELATIONS, NO_LABEL.encode() + b",KnowledgeSkillCompetence," + GONE.encode(),
          NO_LABEL.encode() + b",KnowledgeSkillCompetence," + PYTHON.encode(), 9, "broaderUri", PYTHON, "circle"),
    Break("own parent", RELATIONS, DRIVING.encode() + b",SkillGroup," + ESCO.encode() + b"335228d2-297d-4e0e-a6ee-bc6a8dc110d9",
          DRIVING.encode() + b",SkillGroup," + DRIVING.encode(), 2, "broaderUri", DRIVING, "circle"),
    Break("merged without labels", "esco/skills_merged_en_fr.csv", b"preferredLabel_en,preferredLabel_fr", b"en,fr", 1,
          "preferredLabel_<lang>", "", "preferredLabel_en"),
    Break("hierarchy without group", "esco/skillsHierarchy_en.csv", ESCO.encode() + b"335228d2-297d-4e0e-a6ee-bc6a8dc110d9,skills,,",
          b",,,", 2, "Level 0 URI", "", "IRI of its group"),
    Break("bad scheme", "esco/conceptSchemes_en.csv", b"http://data.europa.eu/esco/concept-scheme/research", b"research", 2,
          "conceptSchemeUri", "research", "full IRI"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.name for fault in BREAKS])
def test_a_broken_file_is_refused_with_line_column_value_and_remedy(fault: Break) -> None:
    assert_refused("esco", FILES, fault)


def test_the_complete_release_1_2_0_is_read() -> None:
    release = read_framework("esco", shared_files("esco-1.2.0"))
    kinds = Counter(skill.kind for skill in release.skills)
    in_official_collections = {"digComp", "digital", "green", "language", "transversal"}
    assert release.version == "1.2.0"
    assert kinds["group"] == 640
    assert kinds["skill"] + kinds["knowledge"] == 13_939
    assert sum(len(skill.parents) for skill in release.skills) == 20_822
    assert sum(bool(in_official_collections & set(skill.collections)) for skill in release.skills) == 2_307
    assert sum(not skill.labels for skill in release.skills) == 266
    assert sum(any(label.lang == "fr" for label in skill.labels) for skill in release.skills) == 12_904
    assert any(remark.startswith("16 relations point at 7 parents") for remark in release.remarks)
    texts = [label.text for skill in release.skills for label in skill.labels]
    assert all(text == text.strip() and text for text in texts)
    assert {"R", "English", "sustainable development goals"} <= set(texts)


def test_the_shipped_copy_says_the_same_as_the_complete_release() -> None:
    shipped = read_framework("esco", folder_files(SHIPPED_FRAMEWORKS / "esco-1.2.0"))
    assert len(shipped.skills) == 14_579
    assert preferred_label(skill(shipped, FORKLIFT), "fr") == "utiliser un chariot élévateur"
    assert shipped.version == "1.2.0"
    assert shipped.digest == read_framework("esco", shared_files("esco-1.2.0")).digest


OCCUPATION = "http://data.europa.eu/esco/occupation/"
DRIVER = OCCUPATION + "bbbbbbbb-0000-4000-8000-000000000001"
ANALYST = OCCUPATION + "bbbbbbbb-0000-4000-8000-000000000002"
OCCUPATION_FILES = {
    "esco/occupations_en.csv": (
        "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,description,code\n"
        f"Occupation,{DRIVER},8344,forklift operator,,Drives forklifts.,8344.1\n"
        f"Occupation,{ANALYST},2521,data analyst,,,2521.4\n"
    ).encode(),
    "esco/occupations_de.csv": (
        f"conceptType,conceptUri,preferredLabel\nOccupation,{DRIVER},Gabelstaplerfahrer\n"
    ).encode(),
    "esco/occupationSkillRelations_en.csv": (
        "occupationUri,relationType,skillType,skillUri\n"
        f"{DRIVER},essential,skill/competence,{FORKLIFT}\n"
        f"{ANALYST},optional,knowledge,{SQL}\n"
        f"{ANALYST},essential,knowledge,{ESCO}cccccccc-0000-4000-8000-000000000009\n"
    ).encode(),
}


def test_occupations_are_read_with_what_they_need() -> None:
    release = read_framework("esco", {**FILES, **OCCUPATION_FILES})
    assert [(one.code, one.title, one.description) for one in release.occupations] == [
        (DRIVER, "forklift operator", "Drives forklifts."),
        (ANALYST, "data analyst", ""),
    ]
    assert {(one.occupation_code, one.skill_iri, one.scale_id) for one in release.occupation_values} == {
        (DRIVER, FORKLIFT, "essential"),
        (ANALYST, SQL, "optional"),
    }
    assert {scale.scale_id for scale in release.value_scales} == {"essential", "optional"}
    assert any("1 of 3 relations of occupations" in remark for remark in release.remarks)


_NEEDED = "esco/occupationSkillRelations_en.csv"


@pytest.mark.parametrize(
    "fault",
    [
        Break(
            "no relation",
            _NEEDED,
            b"essential",
            b"nice",
            2,
            "relationType",
            "nice",
            "write essential or optional",
        ),
        Break(
            "cut IRI",
            _NEEDED,
            b"28cb374e-6261-4133-8371-f9a5470145da",
            b"28cb374e-6261",
            2,
            "skillUri",
            "28cb374e-6261",
            "truncated",
        ),
        Break("no column", _NEEDED, b"relationType", b"relation", 1, "relationType", "", "relationType"),
        Break(
            "no title",
            "esco/occupations_en.csv",
            b"forklift operator",
            b"",
            2,
            "preferredLabel",
            "",
            "has no title",
        ),
        Break(
            "twice",
            "esco/occupations_en.csv",
            ANALYST.encode(),
            DRIVER.encode(),
            3,
            "conceptUri",
            DRIVER,
            "line 2",
        ),
    ],
    ids=lambda fault: fault.name,
)
def test_broken_occupation_files_are_refused_with_line_and_remedy(fault: Break) -> None:
    assert_refused("esco", {**FILES, **OCCUPATION_FILES}, fault)
