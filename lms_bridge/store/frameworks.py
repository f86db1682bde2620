"""Reading skill frameworks: which there are, search, labels, levels, hierarchy, and occupations' values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from lms_bridge.skills.frameworks import (
    GROUP_KINDS,
    UNKNOWN_LANGUAGE,
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Level,
    Occupation,
    OccupationTechnology,
    OccupationValue,
)
from lms_bridge.store.models.frameworks import (
    Framework,
    FrameworkLevel,
    FrameworkReleaseRow,
    OccupationRow,
    OccupationTechnologyRow,
    OccupationValueRow,
    Skill,
    SkillCollection,
    SkillLabel,
    SkillLevel,
    SkillParent,
)
from lms_bridge.store.open_rows import IN_LIST, in_chunks


@dataclass(frozen=True, slots=True)
class FrameworkSummary:
    """A framework with its release in force; `skills` counts what persons can have, `concepts` groups too."""

    name: str
    format: str
    version: str
    skills: int
    concepts: int
    digest: str
    known_from: datetime
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredSkill:
    """A skill as it is in force; `is_vanished` where its framework's release no longer has it."""

    skill: FrameworkSkill
    short_id: str
    framework: str
    first_version: str
    last_version: str
    is_vanished: bool


@dataclass(frozen=True, slots=True)
class FoundSkill:
    """A hit of a search: its label in the asked language and the label that was hit."""

    iri: str
    short_id: str
    framework: str
    kind: str
    label: str
    matched: str


def list_frameworks(session: Session) -> tuple[FrameworkSummary, ...]:
    """Return each framework with its release in force, by name."""
    is_skill = Skill.kind.not_in(GROUP_KINDS)
    counted = (
        select(
            Skill.framework_id,
            func.count().label("concepts"),
            func.coalesce(func.sum(case((is_skill, 1), else_=0)), 0).label("skills"),
        )
        .where(Skill.known_to.is_(None))
        .group_by(Skill.framework_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Framework.name,
            Framework.format,
            FrameworkReleaseRow.version,
            FrameworkReleaseRow.digest,
            FrameworkReleaseRow.known_from,
            FrameworkReleaseRow.remarks,
            func.coalesce(counted.c.skills, 0),
            func.coalesce(counted.c.concepts, 0),
        )
        .join(FrameworkReleaseRow, FrameworkReleaseRow.framework_id == Framework.framework_id)
        .outerjoin(counted, counted.c.framework_id == Framework.framework_id)
        .where(FrameworkReleaseRow.known_to.is_(None))
        .order_by(Framework.name)
    )
    return tuple(
        FrameworkSummary(
            name, format_key, version, skills, concepts, digest, known_from, tuple(orjson.loads(remarks))
        )
        for name, format_key, version, digest, known_from, remarks, skills, concepts in rows
    )


# What a search takes of a text: more words make a query that a database refuses.
MOST_SEARCHED: Final = 200
MOST_WORDS: Final = 12


def find_skills(
    session: Session,
    text: str,
    lang: str = "en",
    limit: int = 20,
    *,
    with_groups: bool = False,
) -> tuple[FoundSkill, ...]:
    """Return the skills in force one of whose labels holds every word of `text`, best first.

    Best: the label is the text, starts with it, holds it as whole words, as the beginning of one, anywhere, or only its
    words. Among these a preferred label, then the asked language, then the shorter label come first. Case is folded; every
    language and kind of label is searched.
    """
    folded = " ".join(text[:MOST_SEARCHED].casefold().split()[:MOST_WORDS])
    if not folded:
        return ()
    label = SkillLabel.search_text
    holds_words = and_(*(label.contains(word, autoescape=True) for word in folded.split(" ")))
    rank = case(
        (label == folded, 0),
        (label.startswith(f"{folded} ", autoescape=True), 8),
        ((" " + label + " ").contains(f" {folded} ", autoescape=True), 16),
        (label.startswith(folded, autoescape=True), 24),
        (label.contains(f" {folded}", autoescape=True), 32),
        (label.contains(folded, autoescape=True), 40),
        else_=48,
    )
    is_other_kind = 2 * _kind_rank()
    is_other_language = case((_language_rank(lang) <= 1, 0), else_=1)
    ranked = (
        select(
            SkillLabel.skill_id,
            SkillLabel.text,
            func.row_number()
            .over(
                partition_by=SkillLabel.skill_id,
                order_by=(
                    rank + is_other_kind + is_other_language,
                    func.length(SkillLabel.text),
                    SkillLabel.row_id,
                ),
            )
            .label("place"),
            (rank + is_other_kind + is_other_language).label("rank"),
        )
        .where(SkillLabel.known_to.is_(None), holds_words)
        .subquery()
    )
    query = (
        select(Skill.iri, Skill.short_id, Framework.name, Skill.kind, ranked.c.text)
        .join(ranked, ranked.c.skill_id == Skill.skill_id)
        .join(Framework, Framework.framework_id == Skill.framework_id)
        .where(ranked.c.place == 1, Skill.known_to.is_(None))
        .order_by(ranked.c.rank, func.length(ranked.c.text), Skill.iri)
        .limit(limit)
    )
    if not with_groups:
        query = query.where(Skill.kind.not_in(GROUP_KINDS))
    rows = session.execute(query).all()
    labels = labels_for(session, [iri for iri, *_ in rows], lang)
    return tuple(FoundSkill(iri, short, name, kind, labels[iri], hit) for iri, short, name, kind, hit in rows)


def labels_for(session: Session, iris: Iterable[str], lang: str = "en") -> dict[str, str]:
    """Return a name for each of `iris`: preferred in `lang`, else in English, else in any language.

    "de-AT" takes German where there is no Austrian label. A skill without label shows its code, else its IRI; so does an IRI
    that no framework has. Vanished skills keep the label that they had.
    """
    names = {iri: iri for iri in iris}
    for some in in_chunks(names, IN_LIST):
        rows = session.execute(
            select(Skill.iri, Skill.code, SkillLabel.text)
            .outerjoin(
                SkillLabel,
                and_(
                    SkillLabel.skill_id == Skill.skill_id,
                    SkillLabel.kind == "preferred",
                    SkillLabel.known_to.is_(None),
                ),
            )
            .where(Skill.iri.in_(some))
            # The last row of an IRI wins.
            .order_by(Skill.iri, _language_rank(lang).desc(), SkillLabel.row_id)
        )
        for iri, code, text in rows:
            names[iri] = text or code or iri
    return names


def levels_for(session: Session, iris: Iterable[str]) -> dict[str, tuple[Level, ...]]:
    """Return each skill's own scale, else its framework's; () means the company scale. Unknown IRIs are left out."""
    scales: dict[str, tuple[Level, ...]] = {}
    for some in in_chunks(dict.fromkeys(iris), IN_LIST):
        skills = session.execute(
            select(Skill.iri, Skill.skill_id, Skill.framework_id).where(Skill.iri.in_(some))
        ).all()
        own = _levels_by_owner(
            session,
            select(SkillLevel.skill_id, SkillLevel.step, SkillLevel.name).where(
                SkillLevel.skill_id.in_([skill_id for _, skill_id, _ in skills]),
                SkillLevel.known_to.is_(None),
            ),
        )
        common = _levels_by_owner(
            session,
            select(FrameworkLevel.framework_id, FrameworkLevel.step, FrameworkLevel.name).where(
                FrameworkLevel.framework_id.in_({framework_id for _, _, framework_id in skills}),
                FrameworkLevel.known_to.is_(None),
            ),
        )
        for iri, skill_id, framework_id in skills:
            scales[iri] = own.get(skill_id) or common.get(framework_id, ())
    return scales


def release_in_force(session: Session, name: str) -> tuple[FrameworkRelease, datetime] | None:
    """Return what the framework of that name says now, and since when; None where there is none.

    Occupations and their values are not read. A constant number of queries.
    """
    head = session.execute(
        select(
            Framework, FrameworkReleaseRow.version, FrameworkReleaseRow.digest, FrameworkReleaseRow.known_from
        )
        .join(FrameworkReleaseRow, FrameworkReleaseRow.framework_id == Framework.framework_id)
        .where(Framework.name == name, FrameworkReleaseRow.known_to.is_(None))
    ).one_or_none()
    if head is None:
        return None
    framework, version, digest, known_from = head
    own = select(Skill.skill_id).where(Skill.framework_id == framework.framework_id, Skill.known_to.is_(None))
    labels: dict[int, list[Label]] = {}
    for skill_id, lang, kind, text in session.execute(
        select(SkillLabel.skill_id, SkillLabel.lang, SkillLabel.kind, SkillLabel.text)
        .where(SkillLabel.skill_id.in_(own), SkillLabel.known_to.is_(None))
        .order_by(SkillLabel.skill_id, SkillLabel.lang, _kind_rank(), SkillLabel.text)
    ):
        labels.setdefault(skill_id, []).append(Label(lang, kind, text))
    parent = Skill.__table__.alias("parent")
    parents = _texts_by_skill(
        session,
        select(SkillParent.skill_id, parent.c.iri)
        .join(parent, parent.c.skill_id == SkillParent.parent_skill_id)
        .where(SkillParent.skill_id.in_(own), SkillParent.known_to.is_(None), parent.c.known_to.is_(None))
        .order_by(SkillParent.skill_id, parent.c.iri),
    )
    collections = _texts_by_skill(
        session,
        select(SkillCollection.skill_id, SkillCollection.name)
        .where(SkillCollection.skill_id.in_(own), SkillCollection.known_to.is_(None))
        .order_by(SkillCollection.skill_id, SkillCollection.name),
    )
    levels = _levels_by_owner(
        session,
        select(SkillLevel.skill_id, SkillLevel.step, SkillLevel.name).where(
            SkillLevel.skill_id.in_(own), SkillLevel.known_to.is_(None)
        ),
    )
    scale = _levels_by_owner(
        session,
        select(FrameworkLevel.framework_id, FrameworkLevel.step, FrameworkLevel.name).where(
            FrameworkLevel.framework_id == framework.framework_id, FrameworkLevel.known_to.is_(None)
        ),
    )
    skills = session.execute(
        select(Skill)
        .where(Skill.framework_id == framework.framework_id, Skill.known_to.is_(None))
        .order_by(Skill.iri)
    ).scalars()
    release = FrameworkRelease(
        format=framework.format,
        name=framework.name,
        version=version,
        scale=scale.get(framework.framework_id, ()),
        skills=tuple(
            FrameworkSkill(
                iri=skill.iri,
                kind=skill.kind,
                labels=tuple(labels.get(skill.skill_id, ())),
                description=skill.description,
                parents=tuple(parents.get(skill.skill_id, ())),
                levels=levels.get(skill.skill_id, ()),
                collections=tuple(collections.get(skill.skill_id, ())),
                code=skill.code,
                status=skill.status,
            )
            for skill in skills
        ),
        digest=digest,
    )
    return release, known_from


def _texts_by_skill(session: Session, query: Select[tuple[int, str]]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    for skill_id, text in session.execute(query):
        found.setdefault(skill_id, []).append(text)
    return found


def skill_by_iri(session: Session, iri: str) -> StoredSkill | None:
    """Return the skill of `iri`, vanished ones too, or None."""
    return _stored_skill(session, Skill.iri == iri)


def skill_by_short_id(session: Session, short_id: str) -> StoredSkill | None:
    """Return the skill whose pages have `short_id` in their address, or None."""
    return _stored_skill(session, Skill.short_id == short_id)


def known_iris(session: Session, iris: Iterable[str]) -> frozenset[str]:
    """Return those of `iris` that a framework has or had: what rules and requirements may name."""
    found: set[str] = set()
    for some in in_chunks(dict.fromkeys(iris), IN_LIST):
        found.update(session.scalars(select(Skill.iri).where(Skill.iri.in_(some))))
    return frozenset(found)


def children_of(session: Session, iri: str) -> tuple[str, ...]:
    """Return the IRIs of the concepts in force directly below `iri`, sorted."""
    parent = select(Skill.skill_id).where(Skill.iri == iri).scalar_subquery()
    return tuple(
        session.scalars(
            select(Skill.iri)
            .join(SkillParent, SkillParent.skill_id == Skill.skill_id)
            .where(
                SkillParent.parent_skill_id == parent,
                SkillParent.known_to.is_(None),
                Skill.known_to.is_(None),
            )
            .order_by(Skill.iri)
        )
    )


def occupation_by_code(session: Session, framework: str, code: str) -> Occupation | None:
    """Return the occupation in force of the framework of that name, or None."""
    row = session.scalar(
        select(OccupationRow)
        .join(Framework, Framework.framework_id == OccupationRow.framework_id)
        .where(Framework.name == framework, OccupationRow.code == code, OccupationRow.known_to.is_(None))
    )
    return None if row is None else Occupation(row.code, row.title, row.description, row.job_zone)


def occupation_values(session: Session, framework: str, code: str) -> tuple[OccupationValue, ...]:
    """Return the values in force of an occupation, by skill and scale; they propose requirements, no levels."""
    value = OccupationValueRow
    rows = session.execute(
        select(
            Skill.iri, value.scale_id, value.value, value.is_suppressed, value.is_not_relevant, value.month
        )
        .join(Skill, Skill.skill_id == value.skill_id)
        .where(value.occupation_id == _occupation_id(framework, code), value.known_to.is_(None))
        .order_by(Skill.iri, value.scale_id, value.row_id)
    )
    return tuple(OccupationValue(code, *row) for row in rows)


def occupation_technologies(session: Session, framework: str, code: str) -> tuple[OccupationTechnology, ...]:
    """Return the products in force of an occupation, by commodity and product."""
    tech = OccupationTechnologyRow
    rows = session.execute(
        select(Skill.iri, tech.example, tech.is_hot, tech.is_in_demand)
        .join(Skill, Skill.skill_id == tech.skill_id)
        .where(tech.occupation_id == _occupation_id(framework, code), tech.known_to.is_(None))
        .order_by(Skill.iri, tech.example, tech.row_id)
    )
    return tuple(OccupationTechnology(code, *row) for row in rows)


def _occupation_id(framework: str, code: str) -> ColumnElement[int]:
    return (
        select(OccupationRow.occupation_id)
        .join(Framework, Framework.framework_id == OccupationRow.framework_id)
        .where(Framework.name == framework, OccupationRow.code == code, OccupationRow.known_to.is_(None))
        .scalar_subquery()
    )


def _stored_skill(session: Session, is_asked: ColumnElement[bool]) -> StoredSkill | None:
    first, last = FrameworkReleaseRow.__table__.alias("first"), FrameworkReleaseRow.__table__.alias("last")
    row = session.execute(
        select(Skill, Framework.name, first.c.version, last.c.version)
        .join(Framework, Framework.framework_id == Skill.framework_id)
        .join(first, first.c.release_id == Skill.first_release_id)
        .join(last, last.c.release_id == Skill.last_release_id)
        .where(is_asked)
    ).one_or_none()
    if row is None:
        return None
    skill, framework, first_version, last_version = row
    labels = session.execute(
        select(SkillLabel.lang, SkillLabel.kind, SkillLabel.text)
        .where(SkillLabel.skill_id == skill.skill_id, SkillLabel.known_to.is_(None))
        .order_by(SkillLabel.lang, _kind_rank(), SkillLabel.text, SkillLabel.row_id)
    )
    parents = session.scalars(
        select(Skill.iri)
        .join(SkillParent, SkillParent.parent_skill_id == Skill.skill_id)
        .where(SkillParent.skill_id == skill.skill_id, SkillParent.known_to.is_(None))
        .order_by(Skill.iri)
    )
    collections = session.scalars(
        select(SkillCollection.name)
        .where(SkillCollection.skill_id == skill.skill_id, SkillCollection.known_to.is_(None))
        .order_by(SkillCollection.name)
    )
    return StoredSkill(
        skill=FrameworkSkill(
            iri=skill.iri,
            kind=skill.kind,
            labels=tuple(Label(lang, kind, text) for lang, kind, text in labels),
            description=skill.description,
            parents=tuple(parents),
            levels=levels_for(session, [skill.iri])[skill.iri],
            collections=tuple(collections),
            code=skill.code,
            status=skill.status,
        ),
        short_id=skill.short_id,
        framework=framework,
        first_version=first_version,
        last_version=last_version,
        is_vanished=skill.known_to is not None,
    )


def _levels_by_owner(
    session: Session, query: Select[tuple[int, int, str]]
) -> Mapping[int, tuple[Level, ...]]:
    """Return the steps in rising order of each owner of `query`'s rows (owner, step, name)."""
    levels: dict[int, list[Level]] = {}
    for owner, step, name in session.execute(query):
        levels.setdefault(owner, []).append(Level(step, name))
    return {owner: tuple(sorted(steps, key=lambda level: level.step)) for owner, steps in levels.items()}


def _language_rank(lang: str) -> ColumnElement[int]:
    """Least for the asked language, then without or with another region, then English likewise, then unknown, then others."""
    asked = lang.lower()
    base = asked.partition("-")[0]
    return case(
        (SkillLabel.lang == asked, 0),
        (SkillLabel.lang == base, 1),
        (SkillLabel.lang.startswith(f"{base}-", autoescape=True), 1),
        (SkillLabel.lang == "en", 2),
        (SkillLabel.lang.startswith("en-"), 3),
        (SkillLabel.lang == UNKNOWN_LANGUAGE, 4),
        else_=5,
    )


def _kind_rank() -> ColumnElement[int]:
    return case((SkillLabel.kind == "preferred", 0), (SkillLabel.kind == "alternative", 1), else_=2)
