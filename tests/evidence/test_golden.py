"""Golden pairs: what real senders' statements prove under the shipped packs, and what is said of the rest.

`tests/golden/statements/<sender>-<case>.json` → `tests/golden/evidence/<same>.json`. The statements are invented in each
sender's shape, one pair a trap. LMS_BRIDGE_TEST_WRITE_GOLDEN=1 writes the second anew; review the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from lms_bridge.evidence.causes import KnownPattern, KnownPolicy, KnownRule, PersonCauses, RuleBook
from lms_bridge.evidence.history import Derived, derive
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.records import StoredStatement, read_record
from lms_bridge.skills.rules import digest, pattern_from, read_pack, rule_from
from lms_bridge.xapi.actors import agent_key
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from tests.evidence.builders import identity

GOLDEN = Path(__file__).parents[1] / "golden"
RULES = Path(__file__).parents[2] / "config" / "rules"
KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
CATALOGUE = {
    "https://moodle.example/mod/quiz/view.php?id=5": "first-aid-quiz",
    "https://moodle.example/badges/badgeclass.php?id=4": "first-aid-badge",
    "https://moodle.example/course/view.php?id=3": "first-aid",
    "https://moodle.example/mod/assign/view.php?id=6": "report",
    "https://lms.edx.example/course/course-v1:Works+Welding": "welding",
    "https://publisher.example/safety/au1": "safety-unit",
    "https://blog.example/wp-admin/admin-ajax.php?action=h5p_embed&id=3": "fire-drill",
    "https://badges.example/class/welder": "welder-badge",
    "https://player.example/packages/ladder/sco1": "ladder",
}
# What a lenient source is allowed: these senders' known defects.
LENIENT = {"h5p-undefined-object"}
CASES = sorted(path.stem for path in (GOLDEN / "statements").glob("*.json"))


def rule_book() -> RuleBook:
    patterns: dict[str, Mapping[str, Any]] = {}
    rules: dict[str, Mapping[str, Any]] = {}
    for file in (*sorted(RULES.glob("*.toml")), GOLDEN / "rules.toml"):
        pack = read_pack(file.name, file.read_text(encoding="utf-8"), patterns)
        patterns |= pack.patterns
        rules |= pack.rules
    return RuleBook(
        rules=tuple(
            KnownRule(rule_from(item), digest(item), None, None, KNOWN, None) for item in rules.values()
        ),
        patterns=tuple(KnownPattern(pattern_from(item), KNOWN, None) for item in patterns.values()),
        aliases=tuple(Alias(pattern, key, KNOWN, None) for pattern, key in CATALOGUE.items()),
        policies=(KnownPolicy("score_scale:moodle", "-1..1", KNOWN, None),),
    )


BOOK = rule_book()


def derived(case: str) -> Derived:
    """Derive one person's evidence from a case; a statement arrives a minute after it happened unless it says when."""
    statements = json.loads((GOLDEN / "statements" / f"{case}.json").read_text(encoding="utf-8"))
    sender = case.partition("-")[0]
    records = []
    for number, statement in enumerate(statements):
        body = orjson.dumps(statement)
        batch = read_statements(body, version=Version.V1_0_3, lenient=case in LENIENT)
        assert batch.violations == ()
        assert bool(batch.statements[0].flags) is (case in LENIENT)
        happened = batch.statements[0].timestamp
        assert happened is not None
        arrived = statement.get("stored")
        records.append(
            read_record(
                StoredStatement(
                    # Moodle sends no id: the bridge gives one.
                    statement_id=statement.get("id", f"00000000-0000-4000-8000-{number:012d}"),
                    agent_key=agent_key(statement["actor"]),
                    source=sender,
                    source_kind=sender,
                    stored=datetime.fromisoformat(arrived) if arrived else happened + timedelta(minutes=1),
                    timestamp=happened,
                    voided_at=None,
                    voiding_id=None,
                    document=body,
                )
            )
        )
    identities = tuple(identity(key, known=KNOWN) for key in sorted({item.agent_key for item in records}))
    return derive(PersonCauses("ada", tuple(records), identities), BOOK)


def told(found: Derived) -> dict[str, list[dict[str, object]]]:
    """Return what a golden file says: facts known in the end, and readings. Rule versions are left out."""
    return {
        "evidence": [
            {
                "skill_iri": row.fact.skill_iri,
                "level": row.fact.level,
                "strength": row.fact.strength.label,
                "achieved_on": row.fact.achieved_on.isoformat(),
                "ended_on": row.fact.ended_on.isoformat() if row.fact.ended_on else None,
                "end": row.fact.end_kind,
                "statement_id": row.fact.cited_id,
                "object": row.fact.object_key,
                "rule_id": row.fact.rule_id,
            }
            for row in found.rows
            if row.reversed_at is None
        ],
        "readings": [
            {
                "statement_id": reading.statement_id,
                "kind": reading.kind,
                "object": reading.object_key,
                "on": reading.occurred_on.isoformat(),
                "reason": reading.reason,
            }
            for reading in found.readings
        ],
    }


@pytest.mark.parametrize("case", CASES)
def test_what_a_sender_proves(case: str) -> None:
    found = told(derived(case))
    file = GOLDEN / "evidence" / f"{case}.json"
    if os.environ.get("LMS_BRIDGE_TEST_WRITE_GOLDEN") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(file.read_text(encoding="utf-8"))


def test_every_pair_has_both_halves() -> None:
    assert sorted(path.stem for path in (GOLDEN / "evidence").glob("*.json")) == CASES
