"""Reading causes: the rule book, and everything of one person, with their intervals of knowledge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lms_bridge.evidence.causes import (
    AwardCause,
    ClockCause,
    IdentityCause,
    KnownPattern,
    KnownPolicy,
    KnownRule,
    PersonCauses,
    RuleBook,
)
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.records import LearningRecord, StoredStatement, read_record
from lms_bridge.skills.rules import pattern_from, rule_from
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.models.evidence import Award, AwardRevocation, ClockDecision
from lms_bridge.store.models.people import Identity
from lms_bridge.store.models.skills import ObjectAlias, PatternVersion, Policy, RuleVersion
from lms_bridge.store.models.statements import Agent, Iri, Source, Statement, StatementKey

IN_LIST = 400


def rule_book(session: Session) -> RuleBook:
    """Read all rules, patterns, aliases and policies that ever were known."""
    rules = session.execute(select(RuleVersion).order_by(RuleVersion.row_id)).scalars()
    patterns = session.execute(select(PatternVersion).order_by(PatternVersion.row_id)).scalars()
    aliases = session.execute(select(ObjectAlias).order_by(ObjectAlias.row_id)).scalars()
    policies = session.execute(select(Policy).order_by(Policy.row_id)).scalars()
    return RuleBook(
        rules=tuple(
            KnownRule(
                rule_from(json.loads(row.document)),
                row.version,
                row.applies_from,
                row.applies_to,
                row.known_from,
                row.known_to,
            )
            for row in rules
        ),
        patterns=tuple(
            KnownPattern(pattern_from(json.loads(row.document)), row.known_from, row.known_to)
            for row in patterns
        ),
        aliases=tuple(
            Alias(row.pattern, row.object_key, row.known_from, row.known_to, row.valid_from, row.valid_to)
            for row in aliases
        ),
        policies=tuple(KnownPolicy(row.name, row.value, row.known_from, row.known_to) for row in policies),
    )


def book_stamp(session: Session) -> tuple[Any, ...]:
    """Return what changes exactly when the rule book does: per table the newest row and the last closing."""
    parts: list[Any] = []
    for table in (RuleVersion, PatternVersion, ObjectAlias, Policy):
        parts += session.execute(
            select(func.count(), func.max(table.row_id), func.max(table.known_to), func.count(table.known_to))
        ).one()
    parts += session.execute(select(func.count(), func.max(Source.source_id)).select_from(Source)).one()
    return tuple(parts)


def people_with_causes(session: Session) -> list[str]:
    """Return everybody who ever had an account or award, by id."""
    people = set(session.execute(select(Identity.person_id).distinct()).scalars())
    people |= set(session.execute(select(Award.person_id).distinct()).scalars())
    return sorted(people)


def person_causes(session: Session, person_id: str, verb_ids: Sequence[int] | None) -> PersonCauses:
    """Read all causes of a person: records of every account ever joined, awards, decisions.

    `verb_ids` are those that the rule book names, None for all; other statements cannot be evidence nor be read.
    """
    identities = (
        session.execute(select(Identity).where(Identity.person_id == person_id).order_by(Identity.row_id))
        .scalars()
        .all()
    )
    keys = sorted({row.agent_key for row in identities})
    records = records_of(session, agent_ids(session, keys), verb_ids)
    return PersonCauses(
        person_id=person_id,
        records=records,
        identities=tuple(
            IdentityCause(row.agent_key, row.valid_from, row.valid_to, row.known_from, row.known_to)
            for row in identities
        ),
        awards=_awards(session, person_id),
        decisions=clock_decisions(session, [record.statement_id for record in records]),
    )


def agent_ids(session: Session, keys: Sequence[str]) -> list[int]:
    """Return the dictionary keys of agents; those never seen are absent."""
    found: list[int] = []
    for start in range(0, len(keys), IN_LIST):
        part = keys[start : start + IN_LIST]
        found += session.execute(select(Agent.agent_id).where(Agent.agent_key.in_(part))).scalars().all()
    return sorted(found)


def agents_of_person(session: Session, person_id: str) -> list[int]:
    """Return the accounts that a person ever had, by their numbers."""
    keys = session.execute(select(Identity.agent_key).where(Identity.person_id == person_id).distinct())
    return agent_ids(session, sorted(keys.scalars()))


def verb_ids(session: Session, verbs: frozenset[str] | None) -> list[int] | None:
    """Return the dictionary keys of the verbs that rules name; None stands for any verb."""
    if verbs is None:
        return None
    return list(session.execute(select(Iri.iri_id).where(Iri.value.in_(sorted(verbs)))).scalars())


def records_of(
    session: Session, agents: Sequence[int], verbs: Sequence[int] | None
) -> tuple[LearningRecord, ...]:
    """Read the learning records of some agents, in order of arrival."""
    found: list[LearningRecord] = []
    # A subquery, so that the key is looked up for voided statements alone, however many an agent has.
    voided_at = (
        select(StatementKey.stored)
        .where(StatementKey.statement_id == Statement.voided_by)
        .scalar_subquery()
        .label("voided_at")
    )
    for start in range(0, len(agents), IN_LIST):
        query = (
            select(
                Statement.statement_id,
                Agent.agent_key,
                Source.name,
                Source.kind,
                Statement.stored,
                Statement.timestamp,
                Statement.voided_by,
                voided_at,
                Statement.document,
            )
            .join(Agent, Agent.agent_id == Statement.agent_id)
            .join(Source, Source.source_id == Statement.source_id)
            .where(Statement.agent_id.in_(agents[start : start + IN_LIST]))
            .order_by(Statement.seq)
        )
        if verbs is not None:
            query = query.where(Statement.verb_id.in_(verbs))
        for row in session.execute(query):
            known_to = max(row.voided_at, row.stored) if row.voided_at is not None else None
            found.append(
                read_record(
                    StoredStatement(
                        statement_id=row.statement_id,
                        agent_key=row.agent_key,
                        source=row.name,
                        source_kind=row.kind,
                        stored=row.stored,
                        timestamp=row.timestamp,
                        voided_at=known_to,
                        voiding_id=row.voided_by,
                        document=row.document,
                    )
                )
            )
    return tuple(found)


def clock_decisions(session: Session, statement_ids: Sequence[str]) -> tuple[ClockCause, ...]:
    """Read the decisions on doubtful timestamps of these statements."""
    found: list[ClockCause] = []
    for start in range(0, len(statement_ids), IN_LIST):
        part = statement_ids[start : start + IN_LIST]
        rows = session.execute(
            select(ClockDecision).where(ClockDecision.statement_id.in_(part)).order_by(ClockDecision.row_id)
        ).scalars()
        found += [
            ClockCause(row.statement_id, row.decision, row.achieved_on, row.known_from, row.known_to)
            for row in rows
        ]
    return tuple(found)


def _awards(session: Session, person_id: str) -> tuple[AwardCause, ...]:
    awards = (
        session.execute(select(Award).where(Award.person_id == person_id).order_by(Award.row_id))
        .scalars()
        .all()
    )
    revocations: dict[str, list[AwardRevocation]] = {}
    ids = [award.award_id for award in awards]
    for start in range(0, len(ids), IN_LIST):
        part = ids[start : start + IN_LIST]
        for row in session.execute(
            select(AwardRevocation).where(AwardRevocation.award_id.in_(part)).order_by(AwardRevocation.row_id)
        ).scalars():
            revocations.setdefault(row.award_id, []).append(row)
    return tuple(
        AwardCause(
            award_id=award.award_id,
            kind=award.kind,
            object_key=award.object_key or f"award:{award.skill_iri}",
            skill_iri=award.skill_iri,
            level=award.level,
            strength=strength_from(award.strength),
            achieved_on=award.achieved_on,
            last_valid_day=award.last_valid_day,
            authenticity=award.authenticity,
            known_from=award.known_from,
            known_to=award.known_to,
            revocations=tuple(
                (row.effect, row.revoked_on, row.known_from, row.known_to)
                for row in revocations.get(award.award_id, ())
            ),
        )
        for award in awards
    )


def persons_of_agents(session: Session, agent_keys: Sequence[str]) -> dict[str, list[str]]:
    """Return, per agent key, every person who ever had it, in any state of knowledge."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(agent_keys), IN_LIST):
        part = agent_keys[start : start + IN_LIST]
        rows = session.execute(
            select(Identity.agent_key, Identity.person_id)
            .where(or_(Identity.agent_key.in_(part)))
            .distinct()
            .order_by(Identity.agent_key, Identity.person_id)
        )
        for agent_key, person_id in rows:
            found.setdefault(agent_key, []).append(person_id)
    return found
