"""What GET returns of a statement: the sender's bytes with the LRS's properties spliced in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from lms_bridge.xapi.statements import IncomingStatement, read_statements
from lms_bridge.xapi.versions import Version
from tests.xapi.builders import ADA, COURSE, DELETE, ID, OTHER_ID, accepted, statement, substatement

STORED = "2026-05-04T09:31:00.000001Z"
AUTHORITY = b'{"objectType":"Agent","account":{"homePage":"https://bridge.example.com","name":"lms"}}'
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "statements"


def document(one: IncomingStatement) -> bytes:
    return one.document(
        statement_id=ID, stored=STORED, timestamp=STORED, authority=AUTHORITY, version="1.0.0"
    )


def test_what_the_sender_left_out_is_added_at_the_end() -> None:
    body = orjson.dumps(statement(id=DELETE, timestamp=DELETE))
    found = document(accepted(body))
    assert found.startswith(body[:-1])
    assert orjson.loads(found) == orjson.loads(body) | {
        "id": ID,
        "stored": STORED,
        "timestamp": STORED,
        "authority": orjson.loads(AUTHORITY),
        "version": "1.0.0",
    }


def test_what_the_sender_gave_stays_except_stored() -> None:
    body = statement(authority=ADA, version="1.0", stored="2001-01-01T00:00:00Z", id=ID.upper())
    found = orjson.loads(document(accepted(body)))
    assert found == body | {"stored": STORED}


def test_only_the_stored_of_the_statement_itself_is_replaced() -> None:
    extensions = {"http://x.y": {"stored": "2001-01-01T00:00:00Z"}}
    body = statement(result={"extensions": extensions}, stored="2001-01-01T00:00:00Z")
    found = orjson.loads(document(accepted(body)))
    assert found["result"]["extensions"] == extensions
    assert found["stored"] == STORED


def test_xapi_00096_single_context_activities_become_arrays() -> None:
    activity = {"id": COURSE, "definition": {"name": {"fr": "Été : }, {"}}}
    activities: dict[str, Any] = {"parent": activity, "other": [activity], "category": activity}
    body = substatement(context={"contextActivities": activities}) | {
        "context": {"contextActivities": activities}
    }
    found = orjson.loads(document(accepted(json.dumps(body, ensure_ascii=False, indent=2).encode())))
    expected = {"parent": [activity], "other": [activity], "category": [activity]}
    assert found["context"]["contextActivities"] == expected
    assert found["object"]["context"]["contextActivities"] == expected


def test_numbers_keep_their_digits_and_the_rest_its_bytes() -> None:
    body = (
        b'{ "actor":{"mbox":"mailto:ada@example.com"} ,"verb":{"id":"http:\\/\\/x.y\\/v"},\n'
        b'"object":{"id":"http://x.y/a"},"result":{"score":{"raw":1.00000,"max":1E2},'
        b'"extensions":{"http://x.y/n":12345678901234567890123456789.10}},'
        b'"context":{"contextActivities":{"parent":{ "id":"http://x.y/p" }}} }'
    )
    found = document(accepted(body))
    expected = body.replace(b'{ "id":"http://x.y/p" }', b'[{ "id":"http://x.y/p" }]')
    assert found.startswith(expected[:-1])


def test_the_document_is_itself_a_valid_statement() -> None:
    found = document(accepted(statement(context={"contextActivities": {"parent": {"id": COURSE}}})))
    again = accepted(found)
    assert again.statement_id == ID
    assert not again.has_single_activities


@pytest.mark.skipif(not SHARED.is_dir(), reason="statements of real senders are not beside the checkout")
@pytest.mark.parametrize("file", sorted(SHARED.glob("*.jsonl")), ids=lambda file: file.stem)
def test_real_statements_come_back_as_they_were_sent(file: Path) -> None:
    taken = 0
    for line in file.read_bytes().splitlines():
        for one in read_statements(line, version=Version.V1_0_3, lenient=True).statements:
            taken += 1
            sent = json.loads(line, parse_float=str)
            found = json.loads(document(one), parse_float=str)
            for context in (sent.get("context"), sent.get("object", {}).get("context")):
                for key, value in ((context or {}).get("contextActivities") or {}).items():
                    context["contextActivities"][key] = value if isinstance(value, list) else [value]
            assert {key: found[key] for key in sent if key != "stored"} == {
                key: value for key, value in sent.items() if key != "stored"
            }
            assert set(found) - set(sent) <= {"id", "stored", "timestamp", "authority", "version"}
    assert taken > 0


def test_the_other_id_is_never_written_over_the_senders() -> None:
    one = accepted(statement())
    found = one.document(
        statement_id=OTHER_ID, stored=STORED, timestamp=None, authority=None, version="1.0.0"
    )
    assert orjson.loads(found)["id"] == ID
    assert "authority" not in orjson.loads(found)
