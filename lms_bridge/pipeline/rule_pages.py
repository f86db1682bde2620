"""Use cases that read rules: the list with how often each matched, one with its versions, and a rule tried on a statement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.periods import period_words
from lms_bridge.pipeline.naming import company_levels
from lms_bridge.pipeline.rule_making import in_force, text_of_rule
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import step_names
from lms_bridge.skills.matching import explain, level_given
from lms_bridge.skills.records import StoredStatement, read_record
from lms_bridge.skills.rulebook import RuleRow, latest
from lms_bridge.skills.rules import Gives, Rule, rule_from
from lms_bridge.store import causes as cause_store
from lms_bridge.store import frameworks, learning, rules
from lms_bridge.store.naming import titles_of
from lms_bridge.store.sources import all_sources
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from reports.content.rules import ClauseLine, RuleLine, RulePage, RuleTrial, RuleVersionLine
from reports.content.words import level_word

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
    words = _words_for(session, settings, read.values())
    lines = [_line(row, read[row.rule_id], words, counts.get(row.rule_id, (0, 0))) for row in newest]
    return tuple(sorted(lines, key=lambda line: (line.pack, line.rule_id)))


def rule_page(session: Session, settings: Settings, reader: Reader, rule_id: str) -> RulePage:
    """Return one rule with its text and every version that was ever known.

    Raises:
        NotFoundError: there is no such rule in force, or the reader sees none.
    """
    _gate(reader)
    rows = _rows(session, rule_id)
    row = latest(rows)
    rule = rule_from(row.document)
    words = _words_for(session, settings, [rule])
    counts = learning.facts_by_rule(session).get(rule_id, (0, 0))
    return RulePage(
        line=_line(row, rule, words, counts),
        text=text_of_rule(row.document),
        in_force=in_force(rows),
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
    rule = rule_from(latest(_rows(session, rule_id)).document)
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
    words = _words_for(session, settings, [rule])
    holds = all(clause.holds for clause in clauses)
    levels = [(gives, level_given(gives, record, scale)) for gives in rule.gives] if holds else []
    return RuleTrial(
        clauses=tuple(
            ClauseLine(clause.name, clause.asked, clause.found, clause.holds) for clause in clauses
        ),
        gives=tuple(
            f"{words.label(gives)} at {words.level(gives, level)}, {gives.strength}"
            for gives, level in levels
            if level
        ),
        holds=holds,
    )


def source_names(session: Session) -> tuple[str, ...]:
    """Return the names of the sources in use, for the choice of whose statement is tried."""
    return tuple(source.name for source in all_sources(session) if source.revoked_at is None)


def _rows(session: Session, rule_id: str) -> list[RuleRow]:
    rows = [row for row in rules.rules_in_force(session) if row.rule_id == rule_id]
    if not rows:
        raise NotFoundError(f"rule {rule_id!r} is not in force")
    return rows


@dataclass(frozen=True, slots=True)
class _Words:
    """What skills, their levels and learning objects are called."""

    labels: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str]

    def label(self, gives: Gives) -> str:
        return self.labels[gives.skill_iri]

    def level(self, gives: Gives, step: int) -> str:
        """Return `level 3 Independent`; the number alone where the skill has no names for its levels."""
        return f"level {level_word(self.levels[gives.skill_iri], step)}"


def _words_for(session: Session, settings: Settings, read: Collection[Rule]) -> _Words:
    iris = {gives.skill_iri for rule in read for gives in rule.gives}
    scales = frameworks.levels_for(session, iris)
    keys = {key for rule in read for key in _objects(rule)}
    return _Words(
        labels=frameworks.labels_for(session, iris, settings.language),
        levels={iri: step_names(scales.get(iri, ())) or company_levels(settings) for iri in iris},
        titles=titles_of(session, keys, settings.language, clock.now()),
    )


def _line(row: RuleRow, rule: Rule, words: _Words, counts: tuple[int, int]) -> RuleLine:
    titles = [words.titles[key] for key in _objects(rule) if key in words.titles]
    # A rule about one learning object is called like it, unless it has a title of its own.
    called = titles[0] if len(titles) == 1 and rule.needs is None else ""
    return RuleLine(
        rule_id=row.rule_id,
        pack=row.pack,
        title=rule.title or called or row.rule_id,
        concerns=_concerns(rule, row.document),
        titles=tuple(title for title in titles if rule.title or title != called),
        gives=tuple(_gives(gives, words) for gives in rule.gives),
        facts=counts[0],
        people=counts[1],
        counts=rule.counts,
    )


def _objects(rule: Rule) -> tuple[str, ...]:
    """Return the keys of the learning objects, or the IRIs of the activities, that a rule names."""
    if rule.needs is not None:
        return rule.needs.of
    return tuple(rule.when.text("object") or rule.when.text("activity") or ())


def _concerns(rule: Rule, document: Mapping[str, Any]) -> str:
    """Say in a few words what a rule looks at: its learning objects, its activities, or its conditions."""
    named = ", ".join(_objects(rule))
    if rule.needs is not None:
        return f"{rule.needs.at_least} of {named}"
    return named or json.dumps(document["rule"].get("when", {}), ensure_ascii=False)


def _gives(gives: Gives, words: _Words) -> str:
    level = (
        words.level(gives, gives.level)
        if gives.level is not None
        else " or ".join(
            f"{words.level(gives, level)} from {_percent(threshold)}"
            for threshold, level in gives.levels_by_score
        )
    )
    valid = f", for {period_words(gives.valid_for)}" if gives.valid_for else ""
    return f"{words.label(gives)} at {level}, {gives.strength}{valid}"


def _percent(threshold: Decimal) -> str:
    """Return `75 %` or `62.5 %`."""
    digits = f"{threshold * 100:f}"
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits} %"


def _gate(reader: Reader) -> None:
    if reader.role not in READERS:
        raise NotFoundError("this page is not here")
