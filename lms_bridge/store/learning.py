"""What is known of learning objects: their texts in the catalogue and in statements, and statements about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from lms_bridge.skills.frameworks import GROUP_KINDS
from lms_bridge.skills.suggestions import SkillText
from lms_bridge.store.ingest import dictionary_entry
from lms_bridge.store.models.evidence import Evidence, Reading
from lms_bridge.store.models.frameworks import FrameworkReleaseRow, Skill, SkillLabel
from lms_bridge.store.models.skills import LearningObject, RuleVersion
from lms_bridge.store.models.statements import ActivityDefinition, Iri
from lms_bridge.store.open_rows import IN_LIST, in_chunks


@dataclass(frozen=True, slots=True)
class LearningText:
    """Title, description and language of a learning object, as far as they are known."""

    title: str
    description: str
    lang: str


def text_of(session: Session, object_key: str, language: str) -> LearningText:
    """Return what the catalogue, else the activity's own definition, says of a learning object.

    A description is always the definition's: the catalogue has none.
    """
    definition = session.execute(
        select(ActivityDefinition.definition)
        .join(Iri, Iri.iri_id == ActivityDefinition.iri_id)
        .where(Iri.value == dictionary_entry(object_key))
    ).scalar_one_or_none()
    said = orjson.loads(definition) if definition is not None else {}
    name_lang, name = _best(said.get("name"), language)
    _, description = _best(said.get("description"), name_lang or language)
    row = session.execute(
        select(LearningObject.title, LearningObject.lang)
        .where(LearningObject.object_key == object_key, LearningObject.known_to.is_(None))
        .order_by(LearningObject.row_id.desc())
        .limit(1)
    ).one_or_none()
    if row is not None and row.title:
        return LearningText(row.title, description, row.lang or name_lang)
    return LearningText(name or object_key, description, name_lang)


def _best(texts: object, language: str) -> tuple[str, str]:
    if not isinstance(texts, dict) or not texts:
        return "", ""
    for tag, text in texts.items():
        if str(tag).partition("-")[0].lower() == language.partition("-")[0].lower():
            return str(tag), str(text)
    tag, text = next(iter(texts.items()))
    return str(tag), str(text)


def statements_about(session: Session, object_key: str, limit: int) -> tuple[tuple[str, str], ...]:
    """Return statement ids and subjects of the readings of unmapped learning, latest first."""
    rows = session.execute(
        select(Reading.statement_id, Reading.subject)
        .where(Reading.kind == "unmapped", Reading.object_key == object_key)
        .order_by(Reading.occurred_on.desc(), Reading.statement_id)
        .limit(limit)
    )
    return tuple((row[0], row[1]) for row in rows)


def release_stamp(session: Session) -> tuple[int, int]:
    """Return what changes exactly when a framework's release does."""
    row = session.execute(
        select(func.count(), func.coalesce(func.max(FrameworkReleaseRow.release_id), 0))
    ).one()
    return row[0], row[1]


def skill_texts(session: Session) -> tuple[SkillText, ...]:
    """Return the texts of every skill in force, groups left out."""
    labels: dict[int, list[tuple[str, str, str]]] = {}
    for skill_id, lang, kind, text in session.execute(
        select(SkillLabel.skill_id, SkillLabel.lang, SkillLabel.kind, SkillLabel.text)
        .where(SkillLabel.known_to.is_(None))
        .order_by(SkillLabel.row_id)
    ):
        labels.setdefault(skill_id, []).append((lang, kind, text))
    rows = session.execute(
        select(Skill.skill_id, Skill.iri, Skill.description)
        .where(Skill.known_to.is_(None), Skill.kind.not_in(GROUP_KINDS))
        .order_by(Skill.skill_id)
    )
    return tuple(
        SkillText(iri, tuple(labels[skill_id]), description)
        for skill_id, iri, description in rows
        if skill_id in labels
    )


def descriptions_of(session: Session, iris: Iterable[str]) -> dict[str, str]:
    """Return the descriptions of skills by IRI."""
    found: dict[str, str] = {}
    for some in in_chunks(dict.fromkeys(iris), IN_LIST):
        rows = session.execute(select(Skill.iri, Skill.description).where(Skill.iri.in_(some)))
        found.update(rows.tuples().all())
    return found


def facts_by_rule(session: Session) -> dict[str, tuple[int, int]]:
    """Return how many facts of present knowledge, and of how many people, rest on each rule."""
    rows = session.execute(
        select(Evidence.rule_id, func.count(), func.count(distinct(Evidence.person_id)))
        .where(Evidence.reversed_at.is_(None), Evidence.rule_id.is_not(None))
        .group_by(Evidence.rule_id)
    )
    return {str(rule_id): (facts, people) for rule_id, facts, people in rows}


def versions_of(session: Session, rule_id: str) -> tuple[RuleVersion, ...]:
    """Return every version of a rule that was ever known, newest first."""
    rows = session.execute(
        select(RuleVersion)
        .where(RuleVersion.rule_id == rule_id)
        .order_by(RuleVersion.known_from.desc(), RuleVersion.row_id.desc())
    )
    return tuple(rows.scalars())
