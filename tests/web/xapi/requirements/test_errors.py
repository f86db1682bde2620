"""Status codes, unknown parameters, batches and limits (1.0.3 Communication 3.2)."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.references import copy_reference_rows
from tests.web.xapi.lrs import (
    COURSES,
    VERBS,
    VERSION,
    Answer,
    Caller,
    Lrs,
    dispose,
    mail_of,
    open_lrs,
    settings_for,
    statement,
)
from tests.web.xapi.places import ACTIVITY_PROFILE, AGENT_PROFILE, RESOURCES, STATE, place, put
from tests.web.xapi.requirements.cases import VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)
MOST_BYTES = 4_000
MOST_STATEMENTS = 5


@pytest.mark.xapi("XAPI-00323")
@both
def test_each_kind_of_refusal_has_its_status(lrs: Lrs, version: str) -> None:
    caller = lrs.source("moodle", xapi_version=version)
    reader = lrs.source("reader", scopes=["all/read"], xapi_version=version)
    one = statement()
    caller.post(one)
    put(caller, STATE, 1, **{"If-None-Match": "*"})
    refused: list[tuple[int, Answer]] = [
        (400, caller.send("POST", "statements", {})),
        (400, caller.get(foo="bar")),
        (400, caller.request("GET", "statements", headers={VERSION: "0.9"})),
        (401, caller.request("GET", "statements", headers={"Authorization": "Basic eDp5"})),
        (403, reader.send("POST", "statements", statement())),
        (404, caller.get(statementId=str(uuid.uuid4()))),
        (404, caller.request("GET", STATE, query=place(STATE, "missing"))),
        (405, caller.request("DELETE", "statements")),
        (409, caller.send("POST", "statements", statement("bo") | {"id": one["id"]})),
        (412, put(caller, STATE, 2, **{"If-Match": '"0"'})),
    ]
    for status, answer in refused:
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        assert (answer.json["status"], answer.headers[VERSION]) == (status, version)
        assert answer.json["detail"]


def _resources() -> list[tuple[str, str, dict[str, Any]]]:
    found: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "statements", {}),
        ("POST", "statements", {}),
        ("PUT", "statements", {"statementId": str(uuid.uuid4())}),
        ("GET", "agents", {"agent": mail_of("ada")}),
        ("GET", "activities", {"activityId": f"{COURSES}excel"}),
    ]
    found += [(method, one, place(one)) for one in RESOURCES for method in ("GET", "PUT", "POST", "DELETE")]
    return found


@pytest.mark.xapi("XAPI-00324")
@both
def test_an_unknown_parameter_is_refused_by_every_method_of_every_resource(
    moodle: Caller, version: str
) -> None:
    for name in ("foo", "statement_id", "q", "agents", "state", ""):
        caller = moodle.speaking(version)
        for method, path, query in _resources():
            answer = caller.send(
                method, path, statement(), query=query | {name: "x"}, headers={"If-None-Match": "*"}
            )
            assert answer.status_code == 400, (method, path)
            found = {(error["requirement"], error["pointer"]) for error in answer.json["errors"]}
            assert ("XAPI-00324", name) in found
        assert caller.ids() == []


@pytest.mark.xapi("XAPI-00325")
@both
def test_a_parameter_in_another_case_is_refused_by_every_resource(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("statements", {name: "x"})
        for name in (
            "statementid", "StatementId", "VOIDEDSTATEMENTID", "Agent", "VerB", "ACTIVITY", "Registration",
            "Related_Activities", "RELATED_AGENTS", "Since", "UNTIL", "LIMIT", "Format", "Attachments", "Ascending",
        )
    ]  # fmt: skip
    asked += [("agents", {"Agent": mail_of("ada")}), ("activities", {"activityid": f"{COURSES}x"})]
    asked += [
        (STATE, place(STATE) | {"StateId": "x"}),
        (STATE, place(STATE) | {"REGISTRATION": str(uuid.uuid4())}),
    ]
    asked += [(AGENT_PROFILE, place(AGENT_PROFILE) | {"profileid": "x"})]
    asked += [(ACTIVITY_PROFILE, place(ACTIVITY_PROFILE, None) | {"Since": "2026-01-01T00:00:00Z"})]
    for path, query in asked:
        answer = caller.request("GET", path, query=query)
        assert answer.status_code == 400, query
        assert "XAPI-00325" in {error["requirement"] for error in answer.json["errors"]}, query


@pytest.mark.xapi("XAPI-00182", "XAPI-00326")
@both
@pytest.mark.parametrize("where", [0, 2, 4])
def test_one_bad_statement_refuses_the_whole_batch(moodle: Caller, version: str, where: int) -> None:
    caller = moodle.speaking(version)
    stored = statement()
    caller.post(stored)
    known = {"id": f"{COURSES}new", "definition": {"name": {"en": "New"}}}
    for bad, status in (
        (statement(result={"success": "yes"}), 400),
        (statement() | {"actor": {}}, 400),
        (statement("bo") | {"id": stored["id"]}, 409),
    ):
        batch = [statement("cem", "tried", known) for _ in range(4)]
        batch.insert(where, bad)
        answer = caller.send("POST", "statements", batch)
        assert answer.status_code == status
        if status == 400:
            assert {error["index"] for error in answer.json["errors"]} == {where}
        for one in batch:
            assert caller.get(statementId=one["id"]).status_code == (
                200 if one["id"] == stored["id"] else 404
            )
    assert caller.ids() == [stored["id"]]
    assert caller.ids(verb=f"{VERBS}tried") == []
    found = caller.request("GET", "activities", query={"activityId": f"{COURSES}new"}).json
    assert "definition" not in found


@pytest.mark.xapi("XAPI-00326")
@both
def test_an_id_that_stands_twice_in_a_batch_refuses_it(moodle: Caller, version: str) -> None:
    one, other = statement(), statement("bo")
    for twice in (one, one | {"id": one["id"].upper()}, statement("cem") | {"id": one["id"]}):
        assert moodle.speaking(version).send("POST", "statements", [one, other, twice]).status_code == 400
    assert moodle.ids() == []


@pytest.fixture
def small(migrated_database_url: str, tmp_path: Path) -> Iterator[Caller]:
    """A source of an LRS with small limits."""
    lrs = open_lrs(
        settings_for(
            tmp_path,
            migrated_database_url,
            max_body_bytes=MOST_BYTES,
            max_batch_statements=MOST_STATEMENTS,
        )
    )
    yield lrs.source()
    dispose(lrs)


@pytest.mark.xapi("XAPI-00328")
@both
def test_what_is_over_a_limit_is_a_413_that_names_it_and_stores_nothing(small: Caller, version: str) -> None:
    caller = small.speaking(version)
    large = statement(context={"platform": "x" * MOST_BYTES})
    packed = gzip.compress(json.dumps(large).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    refused = [
        (caller.send("POST", "statements", large), MOST_BYTES),
        (caller.send("PUT", "statements", large, query={"statementId": large["id"]}), MOST_BYTES),
        (caller.request("POST", "statements", body=packed, headers=headers), MOST_BYTES),
        (
            caller.send("POST", "statements", [statement() for _ in range(MOST_STATEMENTS + 1)]),
            MOST_STATEMENTS,
        ),
        (put(caller, STATE, "x" * MOST_BYTES), MOST_BYTES),
        (put(caller, AGENT_PROFILE, "x" * MOST_BYTES, **{"If-None-Match": "*"}), MOST_BYTES),
    ]
    for answer, limit in refused:
        assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
        assert str(limit) in answer.json["detail"]
    assert caller.ids() == []
    assert caller.send("POST", "statements", [statement() for _ in range(MOST_STATEMENTS)]).status_code == 200
    # A body of exactly the limit is taken.
    one = statement(context={"platform": ""})
    one["context"]["platform"] = "x" * (MOST_BYTES - len(json.dumps(one)))
    assert len(json.dumps(one)) == MOST_BYTES
    assert caller.send("POST", "statements", one).status_code == 200


@pytest.mark.xapi("XAPI-00329")
@both
def test_a_fault_of_the_database_is_a_5xx_and_leaves_nothing(
    moodle: Caller, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, one = moodle.speaking(version), statement()

    def broken(*arguments: Any, **options: Any) -> Any:
        copy_reference_rows(*arguments, **options)
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    # The fault comes last, after every row was written.
    monkeypatch.setattr("lms_bridge.store.ingest.copy_reference_rows", broken)
    for method, query in (("POST", None), ("PUT", {"statementId": one["id"]})):
        answer = caller.send(method, "statements", one, query=query)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "nothing was stored" in answer.json["detail"]
    monkeypatch.undo()
    assert caller.ids() == []
    assert caller.post(one) == [one["id"]]


@pytest.mark.xapi("XAPI-00329")
def test_an_unforeseen_fault_is_a_500_that_tells_nothing(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(StatementWriter, "store", broken)
    answer = moodle.send("POST", "statements", statement())
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert answer.headers[VERSION] == "1.0.3"
