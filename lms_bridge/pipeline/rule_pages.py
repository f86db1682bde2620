"""Use cases that read rules: the list with how often each matched, one with its versions, and a rule tried on a statement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.rule_making import text_of_rule
from lms_bridge.settings import Settings
from lms_bridge.skills.matching import explain, level_given
from lms_bridge.skills.records import StoredStatement, read_record
from lms_bridge.skills.rulebook import RuleRow, latest
from lms_bridge.skills.rules import Gives, Rule, rule_from
from lms_bridge.store import causes as cause_store
from lms_bridge.store import frameworks, learning, rules
from lms_bridge.store.sources import all_sources
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from reports.content.rules import ClauseLine, RuleLine, RulePage, RuleTrial, RuleVersionLine

READERS = frozenset({"admin", "hr", "auditor"})


def rule_list(session: Session, settings: Settings, reader: Reader) -> tuple[RuleLine, ...]:
    """Return the rules in force, by pack and id; a constant number of queries.

    Raises:
        NotFoundError: the reader sees no rules.
    """
    _gate(reader)
    by_id: dict[str, list[RuleRow]] = {}
    for row in rules.rules_in_force(session):
        by_id.setdefault(row.rule_id, []).append(row)
    newest = [latest(rows) for rows in by_id.values()]
    counts = learning.facts_by_rule(session)
    read = {row.rule_id: rule_from(row.document) for row in newest}
    labels = frameworks.labels_for(
        session, {gives.skill_iri for rule in read.values() for gives in rule.gives}, settings.language
    )
    lines = [_line(row, read[row.rule_id], labels, counts.get(row.rule_id, (0, 0))) for row in newest]
    return tuple(sorted(lines, key=lambda line: (line.pack, line.rule_id)))


def rule_page(session: Session, settings: Settings, reader: Reader, rule_id: str) -> RulePage:
    """Return one rule with its text and every version that was ever known.

    Raises:
        NotFoundError: there is no such rule in force, or the reader sees none.
    """
    _gate(reader)
    row = _row(session, rule_id)
    rule = rule_from(row.document)
    labels = frameworks.labels_for(session, {gives.skill_iri for gives in rule.gives}, settings.language)
    counts = learning.facts_by_rule(session).get(rule_id, (0, 0))
    return RulePage(
        line=_line(row, rule, labels, counts),
        text=text_of_rule(row.document),
        versions=tuple(
            RuleVersionLine(
                version.version,
                version.applies_from,
                version.applies_to,
                version.known_from,
                version.known_to,
            )
            for version in learning.versions_of(session, rule_id)
        ),
    )


def try_rule(
    session: Session, settings: Settings, reader: Reader, rule_id: str, text: str, source_name: str
) -> RuleTrial:
    """Try a rule on a statement that is handed in, clause by clause, as if `source_name` had sent it; nothing is stored.

    Raises:
        NotFoundError: there is no such rule, or the reader sees none.
    """
    _gate(reader)
    rule = rule_from(_row(session, rule_id).document)
    source = next((item for item in all_sources(session) if item.name == source_name), None)
    if source is None:
        return RuleTrial(
            (), (), holds=False, problem=f"source {source_name!r} does not exist; choose one of the list"
        )
    read = read_statements(text.encode(), version=Version.V2_0_0, lenient=True)
    if read.violations:
        first = read.violations[0]
        return RuleTrial((), (), holds=False, problem=f"this is no statement: {first.message}")
    if len(read.statements) != 1:
        return RuleTrial((), (), holds=False, problem="paste one statement")
    now = clock.now()
    incoming = read.statements[0]
    record = read_record(
        StoredStatement(
            statement_id=incoming.statement_id or str(uuid.uuid4()),
            agent_key=incoming.actor_key,
            source=source.name,
            source_kind=source.kind,
            stored=now,
            timestamp=incoming.timestamp or now,
            voided_at=None,
            voiding_id=None,
            document=incoming.source,
        )
    )
    view = cause_store.rule_book(session).view_at(now)
    scale = view.scale_of(source.name)
    clauses = explain(rule, record, view.aliases, scale)
    labels = frameworks.labels_for(session, {gives.skill_iri for gives in rule.gives}, settings.language)
    holds = all(clause.holds for clause in clauses)
    levels = [(gives, level_given(gives, record, scale)) for gives in rule.gives] if holds else []
    return RuleTrial(
        clauses=tuple(
            ClauseLine(clause.name, clause.asked, clause.found, clause.holds) for clause in clauses
        ),
        gives=tuple(
            f"{labels[gives.skill_iri]} at level {level}, {gives.strength}"
            for gives, level in levels
            if level
        ),
        holds=holds,
    )


def source_names(session: Session) -> tuple[str, ...]:
    """Return the names of the sources in use, for the choice of whose statement is tried."""
    return tuple(source.name for source in all_sources(session) if source.revoked_at is None)


def _row(session: Session, rule_id: str) -> RuleRow:
    rows = [row for row in rules.rules_in_force(session) if row.rule_id == rule_id]
    if not rows:
        raise NotFoundError(f"rule {rule_id!r} is not in force")
    return latest(rows)


def _line(row: RuleRow, rule: Rule, labels: Mapping[str, str], counts: tuple[int, int]) -> RuleLine:
    return RuleLine(
        rule_id=row.rule_id,
        pack=row.pack,
        title=rule.title or row.rule_id,
        concerns=_concerns(rule, row.document),
        gives=tuple(_gives(gives, labels) for gives in rule.gives),
        facts=counts[0],
        people=counts[1],
        counts=rule.counts,
    )


def _concerns(rule: Rule, document: Mapping[str, Any]) -> str:
    """Say in a few words what a rule looks at: its learning objects, its activities, or its conditions."""
    if rule.needs is not None:
        return f"{rule.needs.at_least} of {', '.join(rule.needs.of)}"
    named = rule.when.text("object") or rule.when.text("activity")
    if named:
        return ", ".join(named)
    return json.dumps(document["rule"].get("when", {}), ensure_ascii=False)


def _gives(gives: Gives, labels: Mapping[str, str]) -> str:
    level = (
        f"level {gives.level}"
        if gives.level is not None
        else " or ".join(
            f"level {level} from {threshold * 100:f} %" for threshold, level in gives.levels_by_score
        )
    )
    valid = f", for {gives.valid_for}" if gives.valid_for else ""
    return f"{labels[gives.skill_iri]} at {level}, {gives.strength}{valid}"


def _gate(reader: Reader) -> None:
    if reader.role not in READERS:
        raise NotFoundError("this page is not here")
