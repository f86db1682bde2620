"""Rules and patterns as stored: what is in force, writing a plan, and whom a change touches."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.skills.catalogue import Alias, AliasView
from lms_bridge.skills.matching import forms_of
from lms_bridge.skills.rulebook import PatternRow, RulePlan, RuleRow
from lms_bridge.skills.rules import canonical_json
from lms_bridge.skills.text_patterns import matches_any
from lms_bridge.store.causes import IN_LIST
from lms_bridge.store.models.skills import ObjectAlias, PatternVersion, RuleVersion
from lms_bridge.store.models.statements import Iri, Statement, StatementActivity


def rules_in_force(session: Session) -> tuple[RuleRow, ...]:
    """Return every rule version that is known now."""
    rows = session.execute(
        select(RuleVersion).where(RuleVersion.known_to.is_(None)).order_by(RuleVersion.row_id)
    ).scalars()
    return tuple(
        RuleRow(
            row.row_id,
            row.pack,
            row.rule_id,
            row.version,
            row.applies_from,
            row.applies_to,
            json.loads(row.document),
        )
        for row in rows
    )


def patterns_in_force(session: Session) -> tuple[PatternRow, ...]:
    """Return every pattern that is known now."""
    rows = session.execute(
        select(PatternVersion).where(PatternVersion.known_to.is_(None)).order_by(PatternVersion.row_id)
    ).scalars()
    return tuple(
        PatternRow(row.row_id, row.pack, row.pattern_id, row.version, json.loads(row.document))
        for row in rows
    )


def write_plan(session: Session, plan: RulePlan, known_at: datetime) -> None:
    """End and begin the knowledge of rules and patterns at `known_at`."""
    for row_id in plan.retired_rules:
        session.execute(update(RuleVersion).where(RuleVersion.row_id == row_id).values(known_to=known_at))
    for row_id in plan.retired_patterns:
        session.execute(
            update(PatternVersion).where(PatternVersion.row_id == row_id).values(known_to=known_at)
        )
    if plan.added_rules:
        session.execute(
            insert(RuleVersion),
            [
                {
                    "pack": row.pack,
                    "rule_id": row.rule_id,
                    "version": row.version,
                    "applies_from": row.applies_from,
                    "applies_to": row.applies_to,
                    "document": canonical_json(row.document),
                    "known_from": known_at,
                    "known_to": None,
                }
                for row in plan.added_rules
            ],
        )
    if plan.added_patterns:
        session.execute(
            insert(PatternVersion),
            [
                {
                    "pack": row.pack,
                    "pattern_id": row.pattern_id,
                    "version": row.version,
                    "document": canonical_json(row.document),
                    "known_from": known_at,
                    "known_to": None,
                }
                for row in plan.added_patterns
            ],
        )


def agents_touched(session: Session, keys: Iterable[str], patterns: Iterable[str]) -> set[int]:
    """Return the agents with a statement on an activity that `patterns` match or that means one of `keys`.

    One pass over the dictionary of IRIs, then index reads; related activities count, because the learning object may be
    a statement's parent or grouping, and so do the course of a run and the main content of a part. `patterns` may also
    name keys of the catalogue.
    """
    wanted, asked = frozenset(keys), tuple(patterns)
    aliases = [
        Alias(row.pattern, row.object_key, row.known_from, row.known_to, row.valid_from, row.valid_to)
        for row in session.execute(select(ObjectAlias)).scalars()
        if row.object_key in wanted or matches_any(asked, row.object_key)
    ]
    view = AliasView.of(aliases)
    iris = [
        iri_id
        for iri_id, value in session.execute(select(Iri.iri_id, Iri.value))
        if any(
            view.key_of(form) is not None or form in wanted or matches_any(asked, form)
            for form in forms_of(value)
        )
    ]
    agents: set[int] = set()
    for start in range(0, len(iris), IN_LIST):
        part = iris[start : start + IN_LIST]
        agents.update(
            session.execute(
                select(Statement.agent_id)
                .join(StatementActivity, StatementActivity.seq == Statement.seq)
                .where(StatementActivity.iri_id.in_(part))
                .distinct()
            ).scalars()
        )
    return agents


def documents_of(
    session: Session, rule_ids: Iterable[str], retired: Iterable[int]
) -> list[dict[str, object]]:
    """Return the documents of rules by id that are in force, and of rows that were just retired."""
    ids, rows = sorted(rule_ids), sorted(retired)
    found = session.execute(
        select(RuleVersion.document).where(
            (RuleVersion.rule_id.in_(ids) & RuleVersion.known_to.is_(None)) | RuleVersion.row_id.in_(rows)
        )
    ).scalars()
    return [json.loads(document) for document in found]
