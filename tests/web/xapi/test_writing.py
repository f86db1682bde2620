"""POST and PUT of statements: all or nothing, identical or conflict, limits, and refusals that name every violation."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from lms_bridge.store.database import db
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.models.evidence import DeriveTask
from tests.web.xapi.lrs import (
    CONSISTENT,
    VOIDED,
    Caller,
    Lrs,
    agent,
    dispose,
    open_lrs,
    reference,
    settings_for,
    statement,
)


def post_bytes(caller: Caller, body: bytes, **headers: str) -> int:
    sent = {"Content-Type": "application/json", **headers}
    return caller.request("POST", "statements", body=body, headers=sent).status_code


def test_the_same_statement_again_changes_nothing(lrs: Lrs, moodle: Caller) -> None:
    one = statement(result={"success": True, "score": {"scaled": 0.50}})
    assert moodle.post(one) == moodle.post(one) == [one["id"]]
    before = moodle.get(statementId=one["id"]).data
    reordered = dict(reversed(list(one.items()))) | {"id": one["id"].upper()}
    assert moodle.post(reordered) == [one["id"]]
    assert moodle.send("PUT", "statements", one, query={"statementId": one["id"]}).status_code == 204
    assert moodle.get(statementId=one["id"]).data == before
    assert moodle.ids() == [one["id"]]
    with lrs.app.app_context():
        assert db.session().execute(select(func.count()).select_from(DeriveTask)).scalar_one() == 1


@pytest.mark.xapi("XAPI-00142")
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_another_statement_under_a_stored_id_is_a_conflict(moodle: Caller, method: str) -> None:
    one = statement()
    moodle.post(one)
    other = statement("bo") | {"id": one["id"]}
    query = {"statementId": one["id"]} if method == "PUT" else None
    answer = moodle.send(method, "statements", other, query=query)
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert one["id"] in answer.json["detail"]
    assert moodle.get(statementId=one["id"]).json["actor"] == one["actor"]


@pytest.mark.xapi("XAPI-00182", "XAPI-00326")
def test_a_conflict_leaves_nothing_of_its_batch(moodle: Caller) -> None:
    one, fresh = statement(), statement()
    moodle.post(one)
    answer = moodle.send("POST", "statements", [fresh, statement("bo") | {"id": one["id"]}])
    assert answer.status_code == 409
    assert moodle.get(statementId=fresh["id"]).status_code == 404


@pytest.mark.xapi("XAPI-00326")
def test_a_batch_with_one_bad_statement_stores_none_and_names_every_violation(moodle: Caller) -> None:
    good = statement()
    bad = statement(result={"score": {"scaled": 5}, "success": "true"}) | {"Actor": agent("bo")}
    answer = moodle.send("POST", "statements", [good, bad, {}])
    assert answer.status_code == 400
    errors = answer.json["errors"]
    assert {error["index"] for error in errors} == {1, 2}
    assert {("/result/success"), ("/result/score/scaled"), "/Actor"} <= {error["pointer"] for error in errors}
    assert all(set(error) == {"index", "pointer", "requirement", "message"} for error in errors)
    assert moodle.get(statementId=good["id"]).status_code == 404
    assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00026", "XAPI-00146")
def test_ids_come_back_in_the_order_of_the_batch_and_are_made_where_there_is_none(moodle: Caller) -> None:
    one, two = statement(), statement("bo")
    nameless = {key: value for key, value in statement("cem").items() if key != "id"}
    ids = moodle.post(two, nameless, one)
    assert (ids[0], ids[2]) == (two["id"], one["id"])
    assert moodle.get(statementId=ids[1]).json["actor"] == agent("cem")
    # Rows of one batch have one `stored`, and still a total order: the last of the batch is the newest.
    assert moodle.ids() == list(reversed(ids))
    assert uuid.UUID(ids[1]).version == 4


def test_the_same_id_twice_in_a_batch_is_refused(moodle: Caller) -> None:
    one = statement()
    assert moodle.send("POST", "statements", [one, one]).status_code == 400


@pytest.mark.xapi("XAPI-00002", "XAPI-00097")
def test_the_sender_s_stored_is_overwritten_and_its_numbers_keep_their_digits(moodle: Caller) -> None:
    one = statement(stored="1999-01-01T00:00:00.000Z")
    text = json.dumps(one)[:-1] + ', "result": {"score": {"raw": 1.50, "max": 1e1}}}'
    assert post_bytes(moodle, text.encode()) == 200
    answer = moodle.get(statementId=one["id"])
    assert b'"raw": 1.50' in answer.data
    assert b"1e1" in answer.data
    assert answer.json["stored"] > "2020"
    assert answer.json["timestamp"] == answer.json["stored"]


@pytest.mark.xapi("XAPI-00014")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]x",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b"[" * 5000,
        b'{"\\ud800":1}',
        b"NaN",
    ],
)
def test_what_is_no_statement_is_a_400(moodle: Caller, body: bytes) -> None:
    assert post_bytes(moodle, body) == 400


@pytest.mark.xapi("XAPI-00127")
@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x",
        "multipart/mixed;",
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
    ],
)
def test_another_content_type_is_a_400_and_never_415(moodle: Caller, content_type: str) -> None:
    body = json.dumps(statement()).encode()
    assert post_bytes(moodle, body, **{"Content-Type": content_type}) == 400


@pytest.mark.xapi("XAPI-00328")
def test_a_body_over_the_limit_is_a_413_that_names_it(migrated_database_url: str, tmp_path: Path) -> None:
    lrs = open_lrs(settings_for(tmp_path, migrated_database_url, max_body_bytes=2000, max_batch_statements=3))
    caller = lrs.source()
    answer = caller.send("POST", "statements", statement(context={"platform": "x" * 3000}))
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert "2000" in answer.json["detail"]
    packed = gzip.compress(json.dumps(statement(context={"platform": "x" * 30_000})).encode())
    assert len(packed) < 1000
    assert post_bytes(caller, packed, **{"Content-Encoding": "gzip"}) == 413
    assert caller.send("POST", "statements", [statement(str(n)) for n in range(4)]).status_code == 413
    assert caller.ids() == []
    dispose(lrs)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_bodies_are_taken(moodle: Caller, encoding: str) -> None:
    one = statement()
    plain = json.dumps(one).encode()
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)
    assert post_bytes(moodle, packed, **{"Content-Encoding": encoding}) == 200
    assert post_bytes(moodle, packed[:-9], **{"Content-Encoding": encoding}) == 400
    assert post_bytes(moodle, plain, **{"Content-Encoding": encoding}) == 400
    assert post_bytes(moodle, packed, **{"Content-Encoding": "br"}) == 400
    assert moodle.ids() == [one["id"]]


@pytest.mark.xapi("XAPI-00329")
def test_a_database_that_stays_locked_is_a_503_with_retry_after(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    monkeypatch.setattr(StatementWriter, "_store_once", locked)
    answer = moodle.send("POST", "statements", statement())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.xapi("XAPI-00153")
def test_consistent_through_of_a_query_reaches_what_was_stored_before(moodle: Caller) -> None:
    for _ in range(3):
        (one,) = moodle.post(statement())
        answer = moodle.get(statementId=one)
        assert answer.headers[CONSISTENT] >= answer.json["stored"]
    for answer in (
        moodle.get(foo="bar"),
        moodle.send("POST", "statements", {}),
        moodle.request("GET", "statements", headers={"Authorization": None}),
        moodle.send("PUT", "statements", statement("x"), query={"statementId": str(uuid.uuid4())}),
    ):
        assert CONSISTENT in answer.headers


def test_another_source_s_statement_is_voided_only_with_the_scope_all(lrs: Lrs, moodle: Caller) -> None:
    (target,) = moodle.post(statement())
    voiding = statement(verb=VOIDED, thing=reference(target))
    other = lrs.source("other")
    assert other.send("POST", "statements", voiding).status_code == 403
    assert moodle.get(statementId=target).status_code == 200
    auditor = lrs.source("auditor", scopes=["all"])
    assert auditor.send("POST", "statements", voiding).status_code == 200
    assert moodle.get(statementId=target).status_code == 404
    assert moodle.get(voidedStatementId=target).status_code == 200


def test_a_source_cannot_void_in_advance_what_another_will_send(lrs: Lrs, moodle: Caller) -> None:
    target = statement()
    lrs.source("other").post(statement(verb=VOIDED, thing=reference(target["id"])))
    moodle.post(target)
    assert moodle.get(statementId=target["id"]).status_code == 200


@pytest.mark.xapi("XAPI-00099")
def test_authority_is_the_source_unless_the_sender_gave_one(moodle: Caller) -> None:
    given = {"objectType": "Agent", "account": {"homePage": "https://x.example", "name": "me"}}
    own, theirs = moodle.post(statement(), statement("bo", authority=given))
    assert moodle.get(statementId=own).json["authority"]["account"] == {
        "homePage": "http://bridge.test",
        "name": "moodle",
    }
    assert moodle.get(statementId=theirs).json["authority"] == given


def test_very_long_iris_and_accounts_are_stored_and_found(moodle: Caller) -> None:
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))  # noqa: S311 -- no secret
    who = {"account": {"homePage": "https://x.example", "name": noise}}
    iri = f"https://x.example/{noise}"
    one = statement(verb=iri, thing={"id": iri, "definition": {"name": {"en": "Long"}}}) | {"actor": who}
    moodle.post(one, statement(verb=iri + "x", thing={"id": iri + "x"}))
    for query in ({"agent": json.dumps(who)}, {"verb": iri}, {"activity": iri}):
        assert moodle.ids(**query) == [one["id"]]
    found = moodle.request("GET", "activities", query={"activityId": iri}).json
    assert (found["id"], found["definition"]["name"]) == (iri, {"en": "Long"})
    place = {"activityId": iri, "agent": json.dumps(who), "stateId": "s"}
    assert moodle.send("PUT", "activities/state", 1, query=place).status_code == 204
    assert moodle.request("GET", "activities/state", query=place).json == 1
    assert moodle.send("PUT", "activities/state", 1, query=place | {"stateId": noise}).status_code == 400
