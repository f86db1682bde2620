"""What ids are called: learning objects, skills, senders of cited statements, issuers of awards, people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms_bridge.store.company import in_chunks, known
from lms_bridge.store.models.credentials import Credential
from lms_bridge.store.models.evidence import Award
from lms_bridge.store.models.frameworks import Framework, Skill
from lms_bridge.store.models.skills import LearningObject
from lms_bridge.store.models.statements import ActivityDefinition, Iri, Source, Statement, StatementKey


def titles_of(session: Session, keys: Iterable[str], lang: str, instant: datetime) -> dict[str, str]:
    """Return titles: from the catalogue by key, else the activity's or the credential's own name by IRI.

    Absent where none says it.
    """
    wanted = {key.removeprefix("group:") for key in keys}
    found: dict[str, str] = {}
    query = select(LearningObject.object_key, LearningObject.title).where(known(LearningObject, instant))
    for part in in_chunks(query.order_by(LearningObject.row_id), LearningObject.object_key, wanted):
        found.update(session.execute(part).tuples().all())
    named = select(Iri.value, ActivityDefinition.definition).join(
        ActivityDefinition, ActivityDefinition.iri_id == Iri.iri_id
    )
    for part in in_chunks(named, Iri.value, wanted - set(found)):
        for value, definition in session.execute(part):
            name = _name_in(definition, lang)
            if name:
                found[value] = name
    badges = select(Credential.achievement_id, Credential.name).order_by(Credential.row_id)
    for part in in_chunks(badges, Credential.achievement_id, wanted - set(found)):
        found.update(session.execute(part).tuples().all())
    return found


def _name_in(definition: bytes, lang: str) -> str:
    names = orjson.loads(definition).get("name")
    if not isinstance(names, dict) or not names:
        return ""
    for tag in (
        lang,
        *(key for key in names if key.split("-")[0] == lang),
        *(key for key in names if key[:2] == "en"),
    ):
        if tag in names:
            return str(names[tag])
    return str(next(iter(names.values())))


def skill_origins(session: Session, iris: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the framework's name and the description of skills; an empty text where there is no description."""
    query = select(Skill.iri, Framework.name, Skill.description).join(
        Framework, Framework.framework_id == Skill.framework_id
    )
    return {
        iri: (framework, description or "")
        for part in in_chunks(query, Skill.iri, set(iris))
        for iri, framework, description in session.execute(part)
    }


def senders_of(session: Session, statement_ids: Iterable[str], award_ids: Iterable[str]) -> dict[str, str]:
    """Return the source of each statement and the issuer of each award, by cited id."""
    found: dict[str, str] = {}
    query = select(StatementKey.statement_id, Source.name).join(
        Source, Source.source_id == StatementKey.source_id
    )
    for part in in_chunks(query, StatementKey.statement_id, set(statement_ids)):
        found.update(session.execute(part).tuples().all())
    awards = set(award_ids)
    for part in in_chunks(select(Award.award_id, Award.issuer), Award.award_id, awards):
        found.update(session.execute(part).tuples().all())
    badges = select(Credential.award_id, Credential.issuer_name)
    for part in in_chunks(badges, Credential.award_id, awards - set(found)):
        found.update(session.execute(part).tuples().all())
    return found


def actor_names(session: Session, statement_ids: Iterable[str]) -> dict[str, str]:
    """Return the actor's own name in statements that say one."""
    found: dict[str, str] = {}
    for part in in_chunks(
        select(Statement.statement_id, Statement.document), Statement.statement_id, set(statement_ids)
    ):
        for statement_id, document in session.execute(part):
            actor = orjson.loads(document).get("actor")
            if isinstance(actor, dict) and isinstance(actor.get("name"), str):
                found[statement_id] = actor["name"]
    return found
