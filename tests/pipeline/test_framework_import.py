"""Importing frameworks: all or nothing, once, and no skill is lost with a new release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms_bridge.errors import ConflictError, FileRefusedError
from lms_bridge.pipeline.framework_import import FrameworkImportResult, import_framework
from lms_bridge.skills.frameworks import Label, Level
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.framework_releases import Renamed
from lms_bridge.store.frameworks import labels_for, list_frameworks, skill_by_iri
from lms_bridge.store.models.base import Base
from lms_bridge.store.models.frameworks import FrameworkReleaseRow, Skill, SkillLabel, SkillLevel, SkillParent
from tests.skills.formats.cases import SHIPPED_FRAMEWORKS, folder_files

MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
HEADER = "skill_iri,label,parent_iri,description,levels,alt_labels,lang\n"
WELDING, CUTTING, METAL = "urn:a:weld", "urn:a:cut", "urn:a:metal"
FIRST = (
    f"{METAL},Metal work,,Working metal,1=Aware;2=Working,,en\n"
    f"{WELDING},Welding,{METAL},,,arc welding,en\n"
    f"{WELDING},Schweißen,{METAL},,,,de\n"
    f"{CUTTING},Cutting,{METAL},,1=Instructed,,en\n"
)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = open_engine(database_url)
    Base.metadata.create_all(engine)
    with session_of(engine) as opened:
        yield opened
    engine.dispose()


def import_rows(
    session: Session, rows: str, known_at: datetime, name: str = "Works"
) -> FrameworkImportResult:
    files = {"works-1.2/works.csv": (HEADER + rows).encode()}
    return import_framework(session, format="csv", files=files, name=name, known_at=known_at)


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_first_import_stores_labels_levels_and_parents(session: Session) -> None:
    result = import_rows(session, FIRST, MONDAY)
    assert (result.name, result.version, result.skills) == ("Works", "1.2", 3)
    assert result.appeared == (CUTTING, METAL, WELDING)
    welding = skill_by_iri(session, WELDING)
    assert welding is not None
    assert welding.skill.parents == (METAL,)
    assert welding.skill.levels == (Level(1, "Aware"), Level(2, "Working"))
    assert Label("de", "preferred", "Schweißen") in welding.skill.labels
    assert Label("en", "alternative", "arc welding") in welding.skill.labels
    assert (welding.framework, welding.first_version, welding.is_vanished) == ("Works", "1.2", False)


def test_the_same_content_again_changes_nothing(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    header, *rows = (HEADER + FIRST).splitlines(keepends=True)
    # The first row carries the scale of the framework, the others may be turned round.
    turned = "".join([rows[0], *reversed(rows[1:])])
    again = import_rows(session, turned, MONDAY + DAY)
    assert header == HEADER
    assert again.is_unchanged
    assert (again.appeared, again.vanished, again.renamed) == ((), (), ())
    assert count(session, FrameworkReleaseRow) == 1


def test_a_changed_file_is_a_new_release_with_its_differences(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    second = FIRST.replace("Welding,", "Joining,").replace(f"{CUTTING},Cutting", "urn:a:bend,Bending")
    result = import_rows(session, second, MONDAY + DAY)
    assert result.appeared == ("urn:a:bend",)
    assert result.vanished == (CUTTING,)
    assert result.renamed == (Renamed(WELDING, "en", "Welding", "Joining"),)
    known = session.execute(
        select(FrameworkReleaseRow.known_from, FrameworkReleaseRow.known_to).order_by(
            FrameworkReleaseRow.release_id
        )
    ).all()
    assert [tuple(row) for row in known] == [(MONDAY, MONDAY + DAY), (MONDAY + DAY, None)]


def test_a_vanished_skill_stays_with_its_name_and_levels(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    import_rows(session, FIRST.replace(f"{CUTTING},Cutting,{METAL},,1=Instructed,,en\n", ""), MONDAY + DAY)
    cutting = skill_by_iri(session, CUTTING)
    assert cutting is not None
    assert cutting.is_vanished
    assert cutting.skill.status == "vanished"
    assert cutting.skill.levels == (Level(1, "Instructed"),)
    assert labels_for(session, [CUTTING]) == {CUTTING: "Cutting"}
    assert [framework.skills for framework in list_frameworks(session)] == [2]


def test_a_skill_that_comes_back_is_the_same_row(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    import_rows(session, FIRST.replace(f"{CUTTING},Cutting,{METAL},,1=Instructed,,en\n", ""), MONDAY + DAY)
    result = import_rows(session, FIRST, MONDAY + 2 * DAY)
    cutting = skill_by_iri(session, CUTTING)
    assert result.appeared == (CUTTING,)
    assert cutting is not None
    assert not cutting.is_vanished
    assert cutting.skill.status == ""
    assert count(session, Skill) == 3
    assert count(session, SkillLevel) == 1


def test_a_new_release_writes_only_what_changed(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    import_rows(session, FIRST.replace("Schweißen", "Fügen"), MONDAY + DAY)
    german = session.execute(
        select(SkillLabel.text, SkillLabel.known_from, SkillLabel.known_to)
        .where(SkillLabel.lang == "de")
        .order_by(SkillLabel.row_id)
    ).all()
    assert [tuple(row) for row in german] == [
        ("Schweißen", MONDAY, MONDAY + DAY),
        ("Fügen", MONDAY + DAY, None),
    ]
    assert count(session, SkillLabel) == 6
    assert count(session, SkillParent) == 2


def test_a_refused_file_leaves_everything_as_it_was(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    with pytest.raises(FileRefusedError, match="parent's row"):
        import_rows(session, f"{WELDING},Welding,urn:a:nothing,,,,en\n", MONDAY + DAY)
    assert [(framework.skills, framework.known_from) for framework in list_frameworks(session)] == [
        (3, MONDAY)
    ]


def test_a_skill_belongs_to_one_framework(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    with pytest.raises(ConflictError, match=r"1 skills .* 'urn:a:weld' to 'Works'"):
        import_rows(session, f"{WELDING},Welding,,,,,en\n", MONDAY + DAY, name="Others")
    assert [framework.name for framework in list_frameworks(session)] == ["Works"]


def test_a_name_belongs_to_one_format(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    files = {"skills_en.csv": b"conceptUri,preferredLabel\nurn:x:1,One\n"}
    with pytest.raises(ConflictError, match="was imported as 'csv', not 'esco'"):
        import_framework(session, format="esco", files=files, name="Works", known_at=MONDAY + DAY)


def test_a_release_cannot_be_known_before_the_one_in_force(session: Session) -> None:
    import_rows(session, FIRST, MONDAY)
    with pytest.raises(ConflictError, match="is not after it"):
        import_rows(session, FIRST.replace("Metal work", "Metalwork"), MONDAY)


def test_progress_is_told_while_reading_and_writing(session: Session) -> None:
    told: list[str] = []
    import_framework(
        session,
        format="csv",
        files={"own.csv": (HEADER + FIRST).encode()},
        known_at=MONDAY,
        progress=lambda what, _done, _total: told.append(what),
    )
    assert told == ["read own.csv", "write skills", "write labels", "write occupations", "compare"]


def test_the_shipped_frameworks_are_imported_whole(session: Session) -> None:
    for format_key, folder, skills in (("esco", "esco-1.2.0", 13_939), ("onet", "onet-29.2", 312)):
        files = folder_files(SHIPPED_FRAMEWORKS / folder)
        first = import_framework(session, format=format_key, files=files, known_at=MONDAY)
        again = import_framework(session, format=format_key, files=files, known_at=MONDAY + DAY)
        assert first.skills == skills
        assert again.is_unchanged
    assert [(x.name, x.version, x.skills, x.concepts) for x in list_frameworks(session)] == [
        ("ESCO", "1.2.0", 13_939, 14_579),
        ("O*NET", "29.2", 312, 762),
    ]
