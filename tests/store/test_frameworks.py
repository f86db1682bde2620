"""Reading frameworks from the store: search, names in a language, scales, occupations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.pipeline.exporting import export_framework, propose_requirements
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.imports import import_requirements
from lms_bridge.settings import load_settings
from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import Level, Occupation, OccupationTechnology, short_id
from lms_bridge.store.crosswalks import stale_mappings
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.frameworks import (
    children_of,
    find_skills,
    known_iris,
    labels_for,
    levels_for,
    list_frameworks,
    occupation_by_code,
    occupation_technologies,
    occupation_values,
    release_in_force,
    skill_by_iri,
    skill_by_short_id,
)
from lms_bridge.store.models.base import Base
from lms_bridge.store.models.skills import Crosswalk
from tests.skills.formats.cases import DATA, folder_files
from tests.skills.formats.test_esco import ANALYST, DRIVER, OCCUPATION_FILES

KNOWN_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
ESCO = "http://data.europa.eu/esco/skill/"
FORKLIFT = ESCO + "28cb374e-6261-4133-8371-f9a5470145da"
SQL = ESCO + "598de5b0-5b58-4ea7-8058-a4bc4d18c742"
QUERY_LANGUAGES = ESCO + "aaaaaaaa-0000-4000-8000-000000000001"
NO_LABEL = ESCO + "aaaaaaaa-0000-4000-8000-000000000002"
DRIVING = ESCO + "a60b664f-bb07-4dd1-8dfa-134a0827f8da"
OWN = "https://rheintal.example/skills/"


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = open_engine(database_url)
    Base.metadata.create_all(engine)
    with session_of(engine) as opened:
        for format_key, folder in (("esco", "esco"), ("onet", "onet"), ("csv", "plain")):
            import_framework(opened, format=format_key, files=folder_files(DATA / folder), known_at=KNOWN_AT)
        yield opened
    engine.dispose()


def test_frameworks_are_listed_with_what_is_odd_about_them(session: Session) -> None:
    listed = {framework.name: framework for framework in list_frameworks(session)}
    assert set(listed) == {"ESCO", "O*NET", "company"}
    assert listed["O*NET"].version == "29.2"
    assert (listed["ESCO"].skills, listed["ESCO"].concepts) == (5, 8)
    assert any("no label" in remark for remark in listed["ESCO"].remarks)


def test_a_search_looks_at_every_kind_and_language_of_label(session: Session) -> None:
    for text in ("operate fork", "FORK-LIFT truck", "Gabelstapler führen", "chariot élévateur"):
        assert [found.iri for found in find_skills(session, text)] == [FORKLIFT]
    assert find_skills(session, "Microsoft Excel")[0].iri == "urn:onet:commodity:43232110"


def test_a_hit_shows_the_name_in_the_asked_language_and_what_was_hit(session: Session) -> None:
    (found,) = find_skills(session, "fork-lift", "de")
    assert (found.label, found.matched) == ("Gabelstapler fahren", "operate a fork-lift truck")
    assert (found.framework, found.short_id) == ("ESCO", short_id(FORKLIFT))


def test_the_exact_name_comes_first_and_groups_only_where_asked(session: Session) -> None:
    assert find_skills(session, "sql")[0].iri == SQL
    assert find_skills(session, "driving vehicles") == ()
    assert [found.iri for found in find_skills(session, "driving vehicles", with_groups=True)] == [DRIVING]


def test_signs_of_a_pattern_are_searched_as_they_stand(session: Session) -> None:
    assert find_skills(session, "%") == ()
    assert find_skills(session, "_") == ()
    assert find_skills(session, "  ") == ()


def test_a_search_is_bounded(session: Session) -> None:
    assert len(find_skills(session, "e", limit=2)) == 2


def test_names_fall_back_to_the_language_to_english_and_to_any(session: Session) -> None:
    names = labels_for(session, [FORKLIFT, QUERY_LANGUAGES, NO_LABEL, "urn:x:unknown"], "de-AT")
    assert names == {
        FORKLIFT: "Gabelstapler fahren",
        QUERY_LANGUAGES: "query languages",
        NO_LABEL: NO_LABEL,
        "urn:x:unknown": "urn:x:unknown",
    }
    assert labels_for(session, [FORKLIFT], "fr") == {FORKLIFT: "utiliser un chariot élévateur"}
    assert labels_for(session, [FORKLIFT], "pl") == {FORKLIFT: "operate forklift"}


def test_scales_are_the_skills_own_the_frameworks_or_the_companys(session: Session) -> None:
    scales = levels_for(session, [OWN + "sling", OWN + "lathe", SQL, "urn:x:unknown"])
    assert scales == {
        OWN + "sling": (Level(1, "Instructed"), Level(2, "Examined")),
        OWN + "lathe": (Level(1, "Aware"), Level(2, "Working"), Level(3, "Expert")),
        SQL: (),
    }


def test_a_skill_is_found_by_its_iri_and_its_short_id(session: Session) -> None:
    by_iri = skill_by_iri(session, SQL)
    assert by_iri is not None
    assert by_iri == skill_by_short_id(session, by_iri.short_id)
    assert by_iri.skill.collections == ("digital", "research")
    assert skill_by_iri(session, "urn:x:unknown") is None
    assert skill_by_short_id(session, "aaaaaaaaaaaa") is None


def test_the_hierarchy_is_read_downwards(session: Session) -> None:
    assert children_of(session, QUERY_LANGUAGES) == (SQL,)
    assert children_of(session, SQL) == ()


def test_rules_can_ask_which_iris_are_skills(session: Session) -> None:
    assert known_iris(session, [SQL, "urn:x:unknown", OWN + "lathe"]) == {SQL, OWN + "lathe"}


def test_an_occupation_has_values_and_technologies(session: Session) -> None:
    repairers = occupation_by_code(session, "O*NET", "49-2094.00")
    assert isinstance(repairers, Occupation)
    assert repairers.job_zone == 3
    values = occupation_values(session, "O*NET", "49-2094.00")
    assert [(value.skill_iri, value.scale_id, value.value) for value in values] == [
        ("urn:onet:element:2.A.1.a", "IM", 3.5),
        ("urn:onet:element:2.A.1.a", "LV", 3.62),
        ("urn:onet:element:2.B.3.k", "LV", 3.88),
        ("urn:onet:element:2.C.9.a", "IM", 2.93),
    ]
    excel = OccupationTechnology(
        "49-2094.00", "urn:onet:commodity:43232110", "Microsoft Excel", hot=True, in_demand=True
    )
    assert excel in occupation_technologies(session, "O*NET", "49-2094.00")


def test_an_occupation_without_values_is_empty_not_an_error(session: Session) -> None:
    assert occupation_values(session, "O*NET", "15-1252.00") == ()
    assert occupation_by_code(session, "O*NET", "00-0000.00") is None


def test_names_of_many_skills_take_as_many_queries_as_of_one(session: Session) -> None:
    assert queries_of(session, [SQL]) == queries_of(session, [SQL, FORKLIFT, OWN + "lathe", OWN + "sling"])


def queries_of(session: Session, iris: list[str]) -> int:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    labels_for(session, iris)
    levels_for(session, iris)
    event.remove(engine, "before_cursor_execute", note)
    return len([statement for statement in seen if statement.startswith("SELECT")])


@pytest.mark.parametrize(
    ("name", "format_key", "folder"), [("ESCO", "esco", "esco"), ("company", "csv", "plain")]
)
def test_the_release_in_force_is_what_was_read(
    session: Session, name: str, format_key: str, folder: str
) -> None:
    found = release_in_force(session, name)
    assert found is not None
    read = read_framework(format_key, folder_files(DATA / folder))
    assert (found[0].skills, found[0].scale, found[0].version) == (read.skills, read.scale, read.version)
    assert found[1] == KNOWN_AT
    assert release_in_force(session, "SFIA") is None


def test_what_is_exported_comes_back_as_it_was(session: Session) -> None:
    settings = load_settings(None, {})
    for name in ("ESCO", "O*NET", "company"):
        for kind in ("csv", "case"):
            once = export_framework(session, settings, name, kind)
            again = read_framework(kind, {f"out.{'csv' if kind == 'csv' else 'json'}": once}, name=name)
            found = release_in_force(session, name)
            assert found is not None
            assert [skill.iri for skill in again.skills] == [skill.iri for skill in found[0].skills]
            assert [skill.parents for skill in again.skills] == [skill.parents for skill in found[0].skills]
    company = read_framework("csv", folder_files(DATA / "plain"))
    again = read_framework("csv", {"company.csv": export_framework(session, settings, "company", "csv")})
    assert again.digest == company.digest
    with pytest.raises(NotFoundError, match="loaded are: ESCO, O\\*NET, company"):
        export_framework(session, settings, "SFIA", "csv")


def test_mappings_whose_skill_a_newer_release_leaves_out_are_listed(session: Session) -> None:
    assert stale_mappings(session) == ()
    row = {"source_release": "1", "target_release": "1.0", "relation": "exactMatch", "levels": ""}
    known = {"valid_from": None, "valid_to": None, "known_from": KNOWN_AT, "known_to": None}
    kept, gone = (f"{OWN}{name}" for name in ("kept", "gone"))
    header = "skill_iri,label,parent_iri,description,levels,alt_labels,lang\n"
    lines = {"kept": f"{kept},Kept,,,,,en\n", "gone": f"{gone},Gone,,,,,en\n"}
    for version, names in (("1.0", ("kept", "gone")), ("2.0", ("kept",))):
        content = (header + "".join(lines[name] for name in names)).encode()
        import_framework(
            session,
            format="csv",
            files={"crossed.csv": content},
            name="Crossed",
            version=version,
            known_at=KNOWN_AT + timedelta(days=int(version[0])),
        )
    session.execute(
        insert(Crosswalk),
        [{"source_iri": SQL, "target_iri": target, **row, **known} for target in (kept, gone)],
    )
    (stale,) = stale_mappings(session)
    assert (stale.target_iri, stale.side, stale.framework) == (gone, "target", "Crossed")
    assert (stale.named_release, stale.last_release, stale.release_in_force) == ("1.0", "1.0", "2.0")


def test_an_occupation_proposes_a_file_that_the_importer_takes(session: Session) -> None:
    settings = load_settings(None, {})
    made = propose_requirements(session, settings, "O*NET", "15-1252.00", "dev")
    assert made.proposal.rows
    done = import_requirements(session, settings, made.content)
    assert len([line for line in done.lines if "dev" in line]) >= len(made.proposal.rows)
    assert b"(O*NET 29.2 15-1252.00)" in made.content
    with pytest.raises(NotFoundError, match=r"'99-9999\.99'"):
        propose_requirements(session, settings, "O*NET", "99-9999.99", "dev")


def test_a_crosswalk_leads_from_an_occupation_to_one_that_is_loaded(session: Session) -> None:
    settings = load_settings(None, {})
    header = "concept_uri,esco_occupation,onet_code,onet_occupation,semantic_similarity\n"
    rows = "urn:e:dev,web developer,15-1252.00,software developers,0.9\nurn:e:x,x,99-9999.99,y,0.5\n"
    nesta = ("nesta.csv", (header + rows).encode())
    led = propose_requirements(session, settings, "O*NET", "urn:e:dev", "dev", nesta)
    assert led == propose_requirements(session, settings, "O*NET", "15-1252.00", "dev")
    with pytest.raises(
        NotFoundError, match=r"leads to 99-9999\.99 \(y\), which the framework 'O\*NET' does not have"
    ):
        propose_requirements(session, settings, "O*NET", "urn:e:x", "dev", nesta)
    with pytest.raises(NotFoundError, match="has no occupation 'urn:e:none'"):
        propose_requirements(session, settings, "O*NET", "urn:e:none", "dev", nesta)


def test_escos_occupations_propose_and_several_matches_are_named(session: Session) -> None:
    settings = load_settings(None, {})
    files = folder_files(DATA / "esco") | OCCUPATION_FILES
    import_framework(session, format="esco", files=files, known_at=KNOWN_AT + timedelta(days=1))
    made = propose_requirements(session, settings, "ESCO", DRIVER, "driver")
    (row,) = made.proposal.rows
    assert (row.skill_iri, row.importance, made.occupation.title) == (
        FORKLIFT,
        "required",
        "forklift operator",
    )
    header = "concept_uri,esco_occupation,onet_code,onet_occupation,semantic_similarity\n"
    rows = f"{DRIVER},forklift operator,53-7051.00,operators,0.8\n{ANALYST},data analyst,53-7051.00,operators,0.9\n"
    nesta = ("nesta.csv", (header + rows).encode())
    with pytest.raises(
        InvalidInputError, match=r"leads to 2 occupations, nearest first: .*data analyst, 0\.90.*forklift"
    ):
        propose_requirements(session, settings, "ESCO", "53-7051.00", "driver", nesta)
