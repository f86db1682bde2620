"""Statements that real senders wrote, posted through the door: each ends stored, or refused and kept with its reason.

The files stand beside the project (`../shared`) and are read there. Every sender's learning objects are mapped to one
skill by rules that ask nothing beyond the sender's pattern, so whatever a pack lets through becomes evidence: what must
prove nothing has to fail by the pack alone. With `-s` the table of the closing note is printed.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from lms_bridge import clock
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.pipeline.sources import add_source
from lms_bridge.settings import load_settings
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.migrate import upgrade
from lms_bridge.xapi.actors import agent_key
from tests.demo.seen import ROOT, SHARED
from tests.end_to_end import served

FILES = SHARED / "data" / "statements"
pytestmark = pytest.mark.skipif(
    not FILES.is_dir(), reason="the senders' statements are not beside the project"
)

PACKS = ("moodle", "openedx", "cmi5", "h5p", "openbadges")
SKILL = "https://example.com/skills/anything"
BATCH = 25
FRAMEWORK = f"skill_iri,label,parent_iri,description,levels,alt_labels,lang\n{SKILL},anything,,,,,en\n"
# One rule for each pattern of the packs that counts; the scores are those that senders.md asks of an `earned`.
PATTERNS: Mapping[str, str] = {
    "moodle-quiz": "",
    "moodle-assignment-scored": "",
    "moodle-lesson": "",
    "moodle-scorm-score": "",
    "moodle-course-completed": "",
    "moodle-module-completed": "",
    "moodle-badge": "",
    "moodle-attended": "",
    "openedx-passed": "",
    "openedx-earned": "score_min = 0.6",
    "cmi5-passed": "",
    "cmi5-completed": "",
    "h5p-completed": "",
    "openbadges-earned": "",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """A file with the source that its sender would be."""

    file: str
    kind: str
    validation: str
    stored: int
    refused: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, int] = field(default_factory=dict)


SENDERS = (
    Sender(
        "moodle_logstore_xapi.jsonl",
        "moodle",
        "lenient",
        stored=101,
        evidence={
            "moodle-assignment-scored": 1,
            "moodle-attended": 1,
            "moodle-badge": 1,
            "moodle-lesson": 1,
            "moodle-scorm-score": 1,
        },
    ),
    # Three ids stand twice with other content; what is refused has no object id, an id that is no IRI or min = max.
    Sender(
        "openedx_event_routing_backends.jsonl",
        "openedx",
        "lenient",
        stored=41,
        refused={"400 XAPI-00047": 5, "400 XAPI-00081": 2, "409 Conflict": 3},
        evidence={"openedx-earned": 1},
    ),
    # Six launches of one course: its passes and its completions are one fact each.
    Sender(
        "cmi5_xapijs_client.jsonl",
        "cmi5",
        "strict",
        stored=20,
        evidence={"cmi5-completed": 1, "cmi5-passed": 1},
    ),
    Sender("ralph_video_2000.jsonl", "generic", "strict", stored=500),
    Sender("datasim_tccc.jsonl", "generic", "strict", stored=1408),
    # Two speak of attachments whose bytes are not sent, one has a property that the specification does not know.
    Sender(
        "xapi_spec.jsonl",
        "generic",
        "strict",
        stored=10,
        refused={"400 XAPI-00010": 1, "400 XAPI-00129": 2},
    ),
    Sender(
        "openbadges_recipe_template_no_actor.json",
        "generic",
        "strict",
        stored=0,
        refused={"400 XAPI-00003": 1},
    ),
)


@dataclass(slots=True)
class Outcome:
    """What became of a file: the answers by status, statements by id, refusals by reason, evidence by pattern."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kept: Counter[int] = field(default_factory=Counter)
    evidence: dict[str, list[str]] = field(default_factory=dict)


def source_name(file: str) -> str:
    return file.partition(".")[0].replace("_", "-")


def read(file: str) -> list[dict[str, Any]]:
    text = (FILES / file).read_text(encoding="utf-8")
    if file.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return [json.loads(text)]


def people() -> bytes:
    """Return a roster in which every actor of the files is a person: nothing is spared because it is nobody's."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        (
            "person_id",
            "name",
            "email",
            "team_id",
            "manager_id",
            "role_ids",
            "identities",
            "start_date",
            "end_date",
            "valid_from",
        )
    )
    keys: dict[str, None] = {}
    for sender in SENDERS:
        for statement in read(sender.file):
            actor = statement.get("actor", {})
            if actor.get("objectType", "Agent") == "Agent" and ("account" in actor or "mbox" in actor):
                keys[agent_key(actor)] = None
    for number, key in enumerate(sorted(keys), start=1):
        writer.writerow(
            (
                f"P{number}",
                f"Person {number}",
                f"p{number}@example.com",
                "T",
                "",
                "",
                key,
                "2000-01-01",
                "",
                "",
            )
        )
    return text.getvalue().encode()


def own_rules() -> bytes:
    rules = (
        f'[[rule]]\nid = "{pattern}"\nuses = "{pattern}"\n[rule.when]\n{when}\n'
        f'[[rule.gives]]\nskill = "{SKILL}"\nlevel = 1\nstrength = "completed"\n'
        for pattern, when in PATTERNS.items()
    )
    return ('pack = "everything"\n' + "\n".join(rules)).encode()


def prepare(data_dir: Path) -> Mapping[str, tuple[str, str]]:
    """Set up the bridge as its administrator would and return key and secret by source."""
    settings = load_settings(environ={"LMS_BRIDGE_DATA_DIR": str(data_dir)})
    upgrade(settings.database_url)
    engine = open_engine(settings.database_url)
    try:
        with session_of(engine) as session:
            now = clock.now()
            publish_policy(session, settings, now)
            files = {"own/skills.csv": FRAMEWORK.encode()}
            import_framework(session, format="csv", files=files, name="own", version="1", known_at=now)
            roster = {
                "teams.csv": b"team_id,name,parent_team_id,manager_id\nT,Team,,\n",
                "people.csv": people(),
            }
            imports.import_roster(session, settings, roster, now)
            packs = {
                f"{name}.toml": (ROOT / "config" / "rules" / f"{name}.toml").read_bytes() for name in PACKS
            }
            imports.import_rules(session, packs | {"everything.toml": own_rules()}, now)
            keys = {}
            for sender in SENDERS:
                new = add_source(
                    session,
                    settings,
                    source_name(sender.file),
                    sender.kind,
                    validation=sender.validation,
                    now=now,
                )
                keys[new.name] = (new.key, new.secret)
            return keys
    finally:
        engine.dispose()


def send(client: httpx.Client, file: str, outcome: Outcome) -> None:
    """Post a file as its sender would: one statement a request, long recordings in batches."""
    waiting = read(file)
    size = BATCH if len(waiting) > BATCH * 10 else 1
    for start in range(0, len(waiting), size):
        batch = waiting[start : start + size]
        outcome.sent += len(batch)
        answer = client.post("statements", json=batch)
        outcome.statuses[answer.status_code] += len(batch)
        if answer.status_code == 200:
            for statement_id, statement in zip(answer.json(), batch, strict=True):
                outcome.repeated += statement_id in outcome.stored
                outcome.stored[statement_id] = statement
        else:
            problem = answer.json()
            assert problem["status"] == answer.status_code
            assert problem["detail"]
            first = (problem.get("errors") or [{}])[0]
            reason = f"{answer.status_code} {first.get('requirement') or problem['title']}"
            outcome.refused[reason] += len(batch)


def everything_stored(client: httpx.Client, base_url: str) -> frozenset[str]:
    found: set[str] = set()
    address = "statements?limit=500"
    while address:
        page = client.get(address).json()
        found |= {item["id"] for item in page["statements"]}
        address = base_url + page["more"] if page.get("more") else ""
    return frozenset(found)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """Everything of every file posted to a served bridge, one statement a request, and derived."""
    data_dir = tmp_path_factory.mktemp("senders") / "data"
    keys = prepare(data_dir)
    service = served.start(data_dir, "serve", "--workers", "2")
    found = {sender.file: Outcome() for sender in SENDERS}
    try:
        service.wait_ready()
        for file, outcome in found.items():
            with httpx.Client(
                base_url=f"{service.base_url}/xapi/",
                auth=keys[source_name(file)],
                headers={"X-Experience-API-Version": "1.0.3"},
                timeout=60,
            ) as client:
                send(client, file, outcome)
                there = everything_stored(client, service.base_url)
                for statement_id in set(outcome.stored) - there:
                    gone = client.get("statements", params={"voidedStatementId": statement_id})
                    assert gone.status_code == 200, f"{file}: {statement_id} was acknowledged and is nowhere"
        served.until(
            "derived", lambda: httpx.get(f"{service.base_url}/readyz").json()["queue_depth"] == 0, 60
        )
    finally:
        service.clean_up()
    rows = [json.loads(line) for line in served.command(data_dir, "evidence", "export").splitlines()]
    for outcome in found.values():
        for row in rows:
            if row["statement_id"] in outcome.stored:
                outcome.evidence.setdefault(row["rule_id"], []).append(row["statement_id"])
    with closing(sqlite3.connect(data_dir / "lms_bridge.sqlite3")) as database:
        for name, status, detail, body in database.execute(
            "SELECT s.name, r.status, r.detail, r.body FROM refused_request r JOIN source s USING (source_id)"
        ):
            assert detail
            assert json.loads(body)
            file = next(file for file in found if source_name(file) == name)
            found[file].kept[status] += 1
    sys.stdout.write(f"\n{table_of(found)}\n")
    return found


def table_of(found: Mapping[str, Outcome]) -> str:
    """Return the table of the closing note."""
    lines = [
        "| File | Sent | Stored | Refused, by reason | Evidence, by pattern |",
        "|---|---:|---:|---|---|",
    ]
    for file, outcome in found.items():
        refused = ", ".join(f"{count} × {reason}" for reason, count in sorted(outcome.refused.items())) or "–"
        evidence = ", ".join(f"{len(ids)} {rule}" for rule, ids in sorted(outcome.evidence.items())) or "–"
        again = f" ({outcome.repeated} sent twice)" if outcome.repeated else ""
        lines.append(f"| {file} | {outcome.sent} | {len(outcome.stored)}{again} | {refused} | {evidence} |")
    return "\n".join(lines)


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: source_name(sender.file))
def test_every_statement_ends_stored_or_refused_and_kept_with_its_reason(
    sender: Sender, outcomes: Mapping[str, Outcome]
) -> None:
    outcome = outcomes[sender.file]
    assert set(outcome.statuses) <= {200, 400, 409}
    assert len(outcome.stored) + outcome.repeated + sum(outcome.refused.values()) == outcome.sent
    assert outcome.kept == {status: count for status, count in outcome.statuses.items() if status != 200}
    assert (len(outcome.stored), outcome.refused) == (sender.stored, sender.refused)


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: source_name(sender.file))
def test_only_what_proves_something_gives_evidence(sender: Sender, outcomes: Mapping[str, Outcome]) -> None:
    outcome = outcomes[sender.file]
    assert {rule: len(ids) for rule, ids in outcome.evidence.items()} == sender.evidence
    for statement_id in (item for ids in outcome.evidence.values() for item in ids):
        assert reasons_against(outcome.stored[statement_id]) == ()


def reasons_against(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why a statement proves nothing by senders.md, told from the statement alone."""
    verb = statement["verb"]["id"]
    result = statement.get("result", {})
    context = statement.get("context", {})
    kind = statement["object"].get("definition", {}).get("type", "")
    categories = [item["id"] for item in context.get("contextActivities", {}).get("category", [])]
    extensions = context.get("extensions", {})
    grade = result.get("extensions", {}).get("http://www.tincanapi.co.uk/activitytypes/grade_classification")
    is_cmi5 = any(item.endswith("/cmi5/context/categories/cmi5") for item in categories)
    found = {
        "the verb says nothing of a skill": verb.rpartition("/")[2]
        not in {"achieved", "attended", "completed", "earned", "passed", "scored"},
        "it was not passed": result.get("success") is False,
        "it was not finished": result.get("completion") is False,
        "a grade of Fail": grade == "Fail",
        "a video was watched to its end": "video" in kind,
        "a certificate tells no template": "certificate" in kind,
        "only looked at": extensions.get("https://w3id.org/xapi/cmi5/context/extensions/launchmode")
        in {"Browse", "Review"},
        "outside of what moves on": is_cmi5 and not any(item.endswith("/moveon") for item in categories),
        "a part of the content": "subContentId=" in statement["object"]["id"],
    }
    return tuple(reason for reason, holds in found.items() if holds)
