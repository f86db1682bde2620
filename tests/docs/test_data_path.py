"""docs/data_path.md tells what the demo's own statement becomes, computed here again from the shipped packs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from lms_bridge.demo.statements import statements
from lms_bridge.evidence.causes import IdentityCause, KnownPolicy, KnownRule, PersonCauses, RuleBook
from lms_bridge.evidence.history import derive
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.matching import explain
from lms_bridge.skills.records import LearningRecord, StoredStatement, read_record
from lms_bridge.skills.rules import digest, read_pack, rule_from
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from tests.docs.pages import ROOT, codes, examples, page, rows, section
from tests.docs.test_examples import shipped_patterns

TEXT = page("data_path.md")
SENT = examples("data_path.md")["statement.json"]
STATEMENT: Mapping[str, Any] = json.loads(SENT)
AGENT = "account:https://moodle.rheintal.example|3145"
STORED = datetime(2026, 11, 23, 16, 56, 50, 64824, tzinfo=UTC)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
RULE_ID = "demo-m-11"


@pytest.fixture(scope="module")
def record() -> LearningRecord:
    parts = (
        STATEMENT["id"],
        AGENT,
        "moodle",
        "moodle",
        STORED,
        datetime(2025, 9, 10, 12, 58, 21, 488000, UTC),
    )
    return read_record(StoredStatement(*parts, voided_at=None, voiding_id=None, document=SENT.encode()))


@pytest.fixture(scope="module")
def book() -> RuleBook:
    text = (ROOT / "config" / "demo" / "rules.toml").read_text(encoding="utf-8")
    document = read_pack("demo.toml", text, shipped_patterns()).rules[RULE_ID]
    quiz = "https://moodle.rheintal.example/mod/quiz/view.php?id=111"
    return RuleBook(
        rules=(KnownRule(rule_from(document), digest(document), None, None, BEGINNING, None),),
        patterns=(),
        aliases=(Alias(quiz, "m-11", BEGINNING, None),),
        policies=(KnownPolicy("time_zone", "Europe/Berlin", BEGINNING, None),),
    )


def table(heading: str) -> dict[str, str]:
    """Return a table of two columns under a heading, blanks and code marks gone."""
    return {row[0].replace("`", ""): row[1].replace("`", "") for row in rows(section(TEXT, heading))}


def test_the_statement_is_the_demo_s_own() -> None:
    sent = [item for item in statements(date(2026, 6, 30)) if item.statement["id"] == STATEMENT["id"]]
    assert [(item.source, item.statement) for item in sent] == [("moodle", STATEMENT)]


def test_the_statement_has_no_violation() -> None:
    assert read_statements(SENT.encode(), version=Version.V1_0_3).violations == ()


def test_the_record_is_as_told(record: LearningRecord) -> None:
    told = table("## 5. The learning record")
    assert told["verb"] == record.verb
    assert told["activity"] == record.activity
    assert told["activity_type"] == record.activity_type
    assert len(record.parents) == 3
    assert record.score.ratio("-1..1") == Decimal("0.88")
    assert (record.completion, record.success) == (True, True)


def test_the_clauses_are_as_told(record: LearningRecord, book: RuleBook) -> None:
    view = book.view_at(STORED)
    clauses = explain(view.rules[0].rule, record, view.aliases, "-1..1")
    assert all(clause.holds for clause in clauses)
    told = table("## 6. The clauses that match")
    assert list(told) == [f"{clause.name}: {clause.asked}" for clause in clauses]
    assert [found for found in told.values() if found != "the same"] == [
        clause.found for clause in clauses if clause.found != clause.asked or clause.name == "object"
    ]


def test_the_evidence_is_as_told(record: LearningRecord, book: RuleBook) -> None:
    own = IdentityCause(AGENT, None, None, BEGINNING, None)
    (row,) = derive(PersonCauses("P045", (record,), (own,)), book).rows
    told = table("## 7. The evidence row")
    fact = row.fact
    assert row.evidence_id == told["evidence_id"]
    assert told["person_id, skill_iri"] == f"{row.person_id}, {fact.skill_iri}"
    assert told["level, strength"] == f"{fact.level}, {int(fact.strength)} ({fact.strength.label})"
    ended = f"{fact.achieved_on}, {fact.ended_on}, {fact.end_kind}"
    assert told["achieved_on, ended_on, end_kind"].startswith(ended)
    assert told["cited_kind, cited_id"] == f"{fact.cited_kind} {fact.cited_id}"
    assert (
        told["object_key, rule_id, rule_version"] == f"{fact.object_key}, {fact.rule_id}, {fact.rule_version}"
    )
    assert told["authenticity"] == fact.authenticity
    assert row.reversed_at is None


def test_voiding_the_statement_annuls_the_evidence(record: LearningRecord, book: RuleBook) -> None:
    own = IdentityCause(AGENT, None, None, BEGINNING, None)
    voided = replace(record, voided_at=STORED + timedelta(days=1), voiding_id=str(uuid4()))
    (row,) = derive(PersonCauses("P045", (voided,), (own,)), book).rows
    assert (row.reversed_at, row.reversal_kind) == (voided.voided_at, "void")


def test_one_version_of_the_rule_is_named_throughout() -> None:
    found = {code for line in TEXT.splitlines() for code in codes(line) if len(code) == 16 and code.isalnum()}
    assert len(found) == 1
