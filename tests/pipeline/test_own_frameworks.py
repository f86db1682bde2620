"""Company frameworks edited by page: every change a release, shown first, with what uses a skill that vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import own_frameworks as cases
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.own_frameworks import SkillEdit
from lms_bridge.store.company import read_company
from lms_bridge.store.crosswalks import mappings_of
from lms_bridge.store.database import session_of
from lms_bridge.store.frameworks import release_in_force, skill_by_iri
from tests.pipeline.company import OTHER_SKILL, SKILL, Company, statement

HR = Reader("hr@example.com", "hr", None)
AUDITOR = Reader("auditor@example.com", "auditor", None)
COURSE = "https://lms.example/quiz/1"
RULES = f"""pack = "test"
[[rule]]
id = "aid"
[rule.when]
object = "aid"
[[rule.gives]]
skill = "{SKILL}"
level = 2
strength = "assessed"
"""


@pytest.fixture
def company(migrated_database_url: str, tmp_path: Path) -> Iterator[Company]:
    opened = Company.open(migrated_database_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def session(company: Company) -> Iterator[Session]:
    with session_of(company.engine) as opened:
        yield opened


@pytest.fixture
def name() -> str:
    """The name of the framework that the company has."""
    return "Company"


def edit(name: str, iri: str = SKILL, **changes: Any) -> SkillEdit:
    """Return the first skill as it stands, changed."""
    return replace(SkillEdit(name, iri, lang="en", label="First aid"), **changes)


def labels(session: Session, iri: str) -> dict[str, str]:
    stored = skill_by_iri(session, iri)
    assert stored is not None
    return {label.lang: label.text for label in stored.skill.labels if label.kind == "preferred"}


def test_a_skill_is_renamed_in_one_language_and_the_others_stay(
    session: Session, company: Company, name: str
) -> None:
    german = edit(name, lang="de", label="Erste Hilfe", alternatives=("EH",))
    change = cases.foresee_edit(session, company.settings, HR, german)
    assert labels(session, SKILL) == {"en": "First aid"}
    assert not change.is_unchanged
    assert cases.put_edit(session, company.settings, HR, german)
    assert cases.put_edit(session, company.settings, HR, edit(name, label="Help"))
    assert labels(session, SKILL) == {"de": "Erste Hilfe", "en": "Help"}
    again = cases.foresee_edit(session, company.settings, HR, edit(name, label="Help"))
    assert again.is_unchanged
    assert not cases.put_edit(session, company.settings, HR, edit(name, label="Help"))
    assert cases.foresee_edit(session, company.settings, HR, edit(name, label="Aid")).renamed == (
        ("en", "Help", "Aid"),
    )


def test_a_new_skill_stands_where_it_is_put_and_the_scale_stays(
    session: Session, company: Company, name: str
) -> None:
    before = cases.framework_page(session, company.settings, HR, name)
    new = SkillEdit(name, "urn:own:bandage", lang="en", label="Bandaging", parents=(SKILL,), levels="1=Seen")
    assert cases.foresee_edit(session, company.settings, HR, new).appeared == ("Bandaging",)
    cases.put_edit(session, company.settings, HR, new)
    page = cases.framework_page(session, company.settings, HR, name)
    assert page.scale == before.scale
    (made,) = [skill for skill in page.skills if skill.iri == "urn:own:bandage"]
    assert (made.parents, made.levels, made.languages) == (("First aid",), "1=Seen", ("en",))
    form = cases.skill_form(session, company.settings, HR, name, "urn:own:bandage")
    assert (form.label, form.parents, form.is_new) == ("Bandaging", (SKILL,), False)
    # Its file says the same, so that importing it changes nothing.
    content = cases.framework_file(session, company.settings, HR, name)
    session.rollback()
    result = import_framework(
        session, format="csv", files={"w.csv": content}, name=name, known_at=datetime.now(UTC)
    )
    assert result.is_unchanged


def test_what_uses_a_skill_is_told_before_it_goes_and_its_proof_stays(
    session: Session, company: Company, name: str
) -> None:
    session.rollback()
    company.roster({"ada": ["ada"], "bo": []})
    company.catalogue({"aid": [COURSE]})
    company.rules(RULES)
    company.post(statement(1, "ada", COURSE, day=3))
    company.drain()
    assert len(company.facts()) == 1
    gone = SkillEdit(name, SKILL, is_removed=True)
    change = cases.foresee_edit(session, company.settings, HR, gone)
    assert (change.vanished, change.holders, change.rules) == (("First aid",), 1, ("aid",))
    cases.put_edit(session, company.settings, HR, gone)
    company.drain()
    assert len(company.facts()) == 1
    stored = skill_by_iri(session, SKILL)
    assert stored is not None
    assert stored.is_vanished


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": " "}, "name: it is empty"),
        ({"levels": "2=B;1=A"}, "step 1 does not follow step 2"),
        ({"lang": "english!"}, "is no language tag"),
        ({"parents": (SKILL,)}, "circle"),
        ({"parents": ("urn:nowhere",)}, "no row has this skill_iri"),
        ({"iri": "no iri"}, "this is no IRI"),
    ],
)
def test_what_would_be_no_framework_is_refused_and_nothing_is_changed(
    session: Session, company: Company, name: str, changes: dict[str, Any], said: str
) -> None:
    before = release_in_force(session, name)
    with pytest.raises(InvalidInputError, match=said):
        cases.put_edit(session, company.settings, HR, edit(name, **changes))
    session.rollback()
    assert release_in_force(session, name) == before


def test_a_skill_that_others_stand_under_and_the_last_one_stay(
    session: Session, company: Company, name: str
) -> None:
    cases.put_edit(
        session, company.settings, HR, SkillEdit(name, OTHER_SKILL, "en", "Fire drill", parents=(SKILL,))
    )
    with pytest.raises(InvalidInputError, match="these skills stand under it: Fire drill"):
        cases.put_edit(session, company.settings, HR, SkillEdit(name, SKILL, is_removed=True))
    cases.begin(session, company.settings, HR, "Shop", scale="", label="Tills")
    (only,) = cases.framework_page(session, company.settings, HR, "Shop").skills
    with pytest.raises(InvalidInputError, match="this is its last skill"):
        cases.put_edit(session, company.settings, HR, SkillEdit("Shop", only.iri, is_removed=True))


def test_a_framework_is_begun_once_with_its_levels(session: Session, company: Company) -> None:
    cases.begin(session, company.settings, HR, "Shop", scale="1=Seen;2=Done", label="Tills")
    page = cases.framework_page(session, company.settings, AUDITOR, "Shop")
    assert (page.scale, [skill.label for skill in page.skills]) == ("1=Seen;2=Done", ["Tills"])
    assert page.skills[0].iri.startswith("urn:uuid:")
    with pytest.raises(ConflictError, match="is there already"):
        cases.begin(session, company.settings, HR, "Shop", scale="", label="Shelves")
    for wrong in ("", "a/b", " x"):
        with pytest.raises(InvalidInputError, match="is none for a framework"):
            cases.begin(session, company.settings, HR, wrong, scale="", label="Shelves")


def test_a_change_made_from_an_older_release_is_refused(
    session: Session, company: Company, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = cases._own

    def read_and_be_overtaken(session: Session, name: str) -> object:
        found = read(session, name)
        monkeypatch.setattr(cases, "_own", read)
        cases.put_edit(session, company.settings, HR, edit(name, OTHER_SKILL, label="Fire"))
        return found

    monkeypatch.setattr(cases, "_own", read_and_be_overtaken)
    with pytest.raises(ConflictError, match="was changed meanwhile"):
        cases.put_edit(session, company.settings, HR, edit(name, label="Help"))
    session.rollback()
    assert labels(session, OTHER_SKILL) == {"en": "Fire"}
    assert labels(session, SKILL) == {"en": "First aid"}


def test_skills_of_two_frameworks_are_aligned(session: Session, company: Company, name: str) -> None:
    cases.begin(session, company.settings, HR, "Shop", scale="", label="Plasters")
    (other,) = cases.framework_page(session, company.settings, HR, "Shop").skills
    form = cases.skill_form(session, company.settings, HR, name, SKILL, query="plast")
    assert form.hits == ((other.iri, "Plasters", "Shop"),)
    cases.align(session, company.settings, HR, name, SKILL, other.iri, "closeMatch")
    (mapping,) = mappings_of(session, SKILL, clock.today(company.settings.zone))
    assert (mapping.target_iri, mapping.relation) == (other.iri, "closeMatch")
    for where, skill, is_source in ((name, SKILL, True), ("Shop", other.iri, False)):
        (aligned,) = cases.skill_form(session, company.settings, HR, where, skill).aligned
        assert (aligned.relation, aligned.is_source) == ("closeMatch", is_source)
    with pytest.raises(InvalidInputError, match="relation: 'same' is none"):
        cases.align(session, company.settings, HR, name, SKILL, other.iri, "same")
    with pytest.raises(InvalidInputError, match="is in no loaded framework"):
        cases.align(session, company.settings, HR, name, SKILL, "urn:nowhere", "exactMatch")
    with pytest.raises(InvalidInputError, match="is the source itself"):
        cases.align(session, company.settings, HR, name, SKILL, SKILL, "exactMatch")


def test_a_publishers_framework_is_not_edited(session: Session, company: Company) -> None:
    files = {"a.csv": b"skill_iri,label\nurn:x,X\n"}
    import_framework(session, format="csv", files=files, name="Own", known_at=datetime.now(UTC))
    for reader in (Reader("m@example.com", "manager", "ada"), Reader("e@example.com", "employee", "ada")):
        with pytest.raises(NotFoundError):
            cases.framework_list(session, company.settings, reader)
    with pytest.raises(NotFoundError):
        cases.put_edit(session, company.settings, AUDITOR, edit("Own", "urn:x"))
    with pytest.raises(NotFoundError, match="no framework of the company has that name"):
        cases.put_edit(session, company.settings, HR, edit("ESCO"))
    with pytest.raises(NotFoundError, match="has no such skill"):
        cases.put_edit(session, company.settings, HR, SkillEdit("Own", "urn:y", is_removed=True))


def test_an_alignment_ends_and_earlier_days_keep_it(session: Session, company: Company, name: str) -> None:
    other = b"skill_iri,label,parent_iri,description,levels,alt_labels,lang\nurn:o:aid,Aid,,,1=A;2=B,,en\n"
    import_framework(session, format="csv", files={"o/o.csv": other}, name="Other", known_at=clock.now())
    cases.align(session, company.settings, HR, name, SKILL, "urn:o:aid", "exactMatch", "1=1;2=2")
    today = clock.today(company.settings.zone)

    def held(day: date) -> list[tuple[str, str, tuple[tuple[int, int], ...]]]:
        walks = read_company(session, day, clock.now(), team_ids=None).crosswalks
        return [(walk.source_iri, walk.target_iri, walk.levels) for walk in walks]

    assert held(today) == [(SKILL, "urn:o:aid", ((1, 1), (2, 2)))]
    (line,) = cases.skill_form(session, company.settings, HR, name, SKILL).aligned
    with pytest.raises(NotFoundError):
        cases.end_alignment(session, company.settings, HR, name, SKILL, line.iri, SKILL)
    session.rollback()
    with pytest.raises(NotFoundError):
        cases.end_alignment(session, company.settings, HR, name, OTHER_SKILL, SKILL, line.iri)
    session.rollback()
    cases.end_alignment(session, company.settings, HR, name, SKILL, SKILL, line.iri)
    assert held(today) == []
    assert len(held(today - timedelta(days=1))) == 1
    assert cases.skill_form(session, company.settings, HR, name, SKILL).aligned == ()
    with pytest.raises(NotFoundError, match="are not aligned"):
        cases.end_alignment(session, company.settings, HR, name, SKILL, SKILL, line.iri)


def test_an_alignment_that_was_an_error_is_kept_by_reports_as_known_before_alone(
    session: Session, company: Company, name: str
) -> None:
    other = b"skill_iri,label\nurn:o:aid,Aid\n"
    import_framework(session, format="csv", files={"o/o.csv": other}, name="Other", known_at=clock.now())
    cases.align(session, company.settings, HR, name, SKILL, "urn:o:aid", "exactMatch")
    known, today = clock.now(), clock.today(company.settings.zone)

    def held(day: date, instant: datetime) -> int:
        session.rollback()
        return len(read_company(session, day, instant, team_ids=None).crosswalks)

    cases.end_alignment(session, company.settings, HR, name, SKILL, SKILL, "urn:o:aid", is_error=True)
    for day in (today, today - timedelta(days=1), date(2020, 1, 1)):
        assert held(day, clock.now()) == 0
        assert held(day, known) == 1
    with pytest.raises(NotFoundError, match="are not aligned"):
        cases.end_alignment(session, company.settings, HR, name, SKILL, SKILL, "urn:o:aid", is_error=True)


def test_an_alignment_is_changed_from_today_and_what_ended_before_stays(
    session: Session, company: Company, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = b"skill_iri,label\nurn:o:aid,Aid\n"
    import_framework(session, format="csv", files={"o/o.csv": other}, name="Other", known_at=clock.now())
    begin, first = clock.now(), clock.today(company.settings.zone)

    def on(days: int) -> None:
        session.rollback()
        monkeypatch.setattr(clock, "now", lambda: begin + timedelta(days=days, seconds=1))

    def held(days: int) -> list[str]:
        session.rollback()
        day = first + timedelta(days=days)
        return [walk.relation for walk in read_company(session, day, clock.now(), team_ids=None).crosswalks]

    def align(relation: str) -> None:
        cases.align(session, company.settings, HR, name, SKILL, "urn:o:aid", relation)

    def end(*, is_error: bool = False) -> None:
        cases.end_alignment(session, company.settings, HR, name, SKILL, SKILL, "urn:o:aid", is_error=is_error)

    align("exactMatch")
    on(5)
    align("closeMatch")
    assert (held(4), held(5)) == (["exactMatch"], ["closeMatch"])
    on(10)
    end()
    on(20)
    align("exactMatch")
    assert [held(day) for day in (4, 9, 15, 20)] == [["exactMatch"], ["closeMatch"], [], ["exactMatch"]]
    on(21)
    align("exactMatch")
    assert [held(day) for day in (4, 9, 15, 20)] == [["exactMatch"], ["closeMatch"], [], ["exactMatch"]]
    end(is_error=True)
    assert [held(day) for day in (4, 9, 15, 20, 21)] == [["exactMatch"], ["closeMatch"], [], [], []]


def test_an_alignment_with_an_impossible_level_table_is_refused(
    session: Session, company: Company, name: str
) -> None:
    with pytest.raises(InvalidInputError, match="must rise together"):
        cases.align(session, company.settings, HR, name, SKILL, OTHER_SKILL, "exactMatch", "1=2;2=1")


def test_levels_are_renamed_and_added_and_never_taken_away(
    session: Session, company: Company, name: str
) -> None:
    cases.begin(session, company.settings, HR, "Shop", scale="1=New;2=Able", label="Tills")

    def scale() -> str:
        return cases.framework_page(session, company.settings, HR, "Shop").scale

    assert cases.edit_scale(session, company.settings, HR, "Shop", "1=Beginner;2=Able;3=Master")
    assert scale() == "1=Beginner;2=Able;3=Master"
    assert not cases.edit_scale(session, company.settings, HR, "Shop", "1=Beginner;2=Able;3=Master")
    for text, said in (("1=Beginner;2=Able", "2 steps instead of 3"), ("1=A;1=B", "levels: ")):
        with pytest.raises(InvalidInputError, match=said):
            cases.edit_scale(session, company.settings, HR, "Shop", text)
    assert scale() == "1=Beginner;2=Able;3=Master"
    with pytest.raises(InvalidInputError, match="1 steps instead of"):
        cases.edit_scale(session, company.settings, HR, name, "1=A")
    with pytest.raises(NotFoundError):
        cases.edit_scale(session, company.settings, AUDITOR, "Shop", "1=A;2=B;3=C")


def test_what_else_of_a_skill_changes_is_told(session: Session, company: Company, name: str) -> None:
    def also(**changes: Any) -> tuple[str, ...]:
        return cases.foresee_edit(session, company.settings, HR, edit(name, **changes)).also

    assert also(label="Help") == ()
    assert also(description="What to do first", alternatives=("Aid",)) == (
        "other names",
        "description",
    )
    assert also(levels="1=A;2=B") == ("levels",)
    assert also(parents=(OTHER_SKILL,)) == ("place",)
    assert also(is_removed=True) == ()
