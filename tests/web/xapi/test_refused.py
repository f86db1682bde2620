"""Refused requests of authenticated sources are kept, within a quota, and can be handed in again."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from lms_bridge import clock
from lms_bridge.errors import ConflictError, NotFoundError
from lms_bridge.pipeline import refusals
from lms_bridge.pipeline.receiving import RequestRefusedError
from lms_bridge.pipeline.refusals import replay_refused, replay_source
from lms_bridge.store.database import db, writing
from lms_bridge.store.models.statements import RefusedRequest, Source
from tests.web.xapi.lrs import VERSION, Lrs, ask, basic, dispose, open_lrs, settings_for, statement


def kept(lrs: Lrs) -> list[RefusedRequest]:
    with lrs.app.app_context():
        return list(
            db.session().execute(select(RefusedRequest).order_by(RefusedRequest.refused_id)).scalars()
        )


def test_400_409_and_403_of_a_source_are_kept_with_what_was_wrong(lrs: Lrs) -> None:
    moodle = lrs.source("moodle")
    one = statement()
    moodle.post(one)
    bad = statement(foo=1)
    moodle.send("POST", "statements", [bad])
    moodle.send("PUT", "statements", statement("bo") | {"id": one["id"]}, query={"statementId": one["id"]})
    lrs.source("reader", scopes=["all/read"]).send("POST", "statements", statement())
    rows = kept(lrs)
    assert [(row.method, row.status, row.slug) for row in rows] == [
        ("POST", 400, "invalid-input"),
        ("PUT", 409, "conflict"),
        ("POST", 403, "forbidden"),
    ]
    assert json.loads(rows[0].body) == [bad]
    (violation,) = json.loads(rows[0].violations)
    assert (violation["index"], violation["pointer"], violation["requirement"]) == (0, "/foo", "XAPI-00010")
    assert rows[1].path == f"/xapi/statements?statementId={one['id']}"
    assert rows[2].body


def test_nothing_of_an_unknown_sender_and_no_refused_query_is_kept(lrs: Lrs) -> None:
    moodle = lrs.source()
    moodle.send("POST", "statements", {}, headers={"Authorization": "Basic bm9ib2R5Om5vbmU="})
    moodle.get(foo="bar")
    assert kept(lrs) == []


def test_a_repetition_renews_the_row(lrs: Lrs) -> None:
    moodle = lrs.source()
    for _ in range(3):
        moodle.send("POST", "statements", {"same": 1})
    moodle.send("POST", "statements", {"other": 1})
    assert len(kept(lrs)) == 2


def test_what_is_repeated_again_and_again_stays_one_row_beside_many_others(
    lrs: Lrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_MOST_REMEMBERED", 3)
    moodle = lrs.source()
    for number in range(6):
        moodle.send("POST", "statements", {"same": 1})
        moodle.send("POST", "statements", {"other": number})
        moodle.send("POST", "statements", {"third": number})
    assert len(kept(lrs)) == 13


def test_the_quota_of_bytes_and_days_is_held_by_the_oldest_going(
    migrated_database_url: str, tmp_path: Path
) -> None:
    lrs = open_lrs(
        settings_for(tmp_path, migrated_database_url, refused_keep_bytes=20_000, refused_keep_days=5)
    )
    moodle = lrs.source()
    for number in range(30):
        moodle.send("POST", "statements", {"x": f"{number:02}" + "y" * 1000})
    rows = kept(lrs)
    assert 10 <= len(rows) < 20
    assert sum(len(row.body) + len(row.violations) for row in rows) <= 20_000
    assert b"29yyy" in rows[-1].body
    # An address can be as long as a body, where a form holds the parameters: it takes its part of the quota.
    headers = {"Authorization": basic(moodle.source.key, moodle.source.secret), VERSION: "1.0.3"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    for length in (15_000, 30_000):
        form = f"content=%7B%7D&x={'y' * length}".encode()
        sent = ask(moodle.app, "POST", "/xapi/statements?method=POST", form, headers)
        assert sent.status_code == 400
    rows = kept(lrs)
    assert (len(rows[-1].path) > 15_000, len(rows) < 10) == (True, True)
    assert sum(len(row.path) + len(row.body) for row in rows) <= 20_000
    with lrs.app.app_context(), writing(db.session()) as session:
        session.execute(update(RefusedRequest).values(refused_at=clock.now() - timedelta(days=6)))
    moodle.send("POST", "statements", {"x": "z" * 1000})
    assert len(kept(lrs)) == 1
    dispose(lrs)


def test_a_kept_request_is_taken_once_its_source_is_lenient(lrs: Lrs) -> None:
    moodle = lrs.source()
    defect = statement()
    defect["object"]["objectType"] = "GroupActivity"
    moodle.send("POST", "statements", [defect])
    (row,) = kept(lrs)
    writer = lrs.app.extensions["lms_bridge"].writer
    with lrs.app.app_context():
        session = db.session()
        with pytest.raises(RequestRefusedError):
            replay_refused(session, lrs.settings, writer, row.refused_id, clock.now())
        with writing(session):
            session.execute(update(Source).values(validation="lenient"))
        outcome = replay_refused(session, lrs.settings, writer, row.refused_id, clock.now())
        assert (outcome.stored, outcome.already_stored) == (1, 0)
        with pytest.raises(ConflictError):
            replay_refused(session, lrs.settings, writer, row.refused_id, clock.now())
        with pytest.raises(NotFoundError):
            replay_refused(session, lrs.settings, writer, 10_000, clock.now())
    assert moodle.ids() == [defect["id"]]


def test_all_that_a_source_was_refused_is_handed_in_together(lrs: Lrs) -> None:
    moodle, other = lrs.source(), lrs.source("other")
    defects = [statement() for _ in range(3)]
    for one in defects:
        one["object"]["objectType"] = "GroupActivity"
        moodle.send("POST", "statements", one)
    moodle.send("POST", "statements", {"no": "statement"})
    moodle.send("PUT", "activities/state", {"no": "place"})
    other.send("POST", "statements", {"no": "statement"})
    writer = lrs.app.extensions["lms_bridge"].writer
    with lrs.app.app_context():
        session = db.session()
        with writing(session):
            session.execute(update(Source).values(validation="lenient"))
        first = replay_source(session, lrs.settings, writer, "moodle", limit=2)
        assert (first.taken, first.stored, first.refused) == (2, 2, 0)
        rest = replay_source(session, lrs.settings, writer, "moodle", limit=100)
        assert (rest.taken, rest.stored, rest.refused) == (1, 1, 1)
        assert rest.summary.startswith(
            "requests taken: 1; statements stored: 1, already there: 0; still refused: 1, such as:"
        )
        with pytest.raises(NotFoundError):
            replay_source(session, lrs.settings, writer, "nobody", limit=100)
    assert set(moodle.ids()) == {one["id"] for one in defects}


def test_what_came_again_without_ids_is_not_stored_twice_by_handing_it_in(lrs: Lrs) -> None:
    """Moodle gives its statements no ids, and sends a refused batch again."""
    moodle = lrs.source()
    whole = statement(timestamp="2026-05-04T09:30:00Z")
    whole["object"]["objectType"] = "GroupActivity"
    batch = [{key: value for key, value in whole.items() if key != "id"}] * 2
    assert moodle.send("POST", "statements", batch).status_code == 400
    (row,) = kept(lrs)
    writer = lrs.app.extensions["lms_bridge"].writer
    with lrs.app.app_context():
        session = db.session()
        with writing(session):
            session.execute(update(Source).values(validation="lenient"))
        for name in ("moodle", "other"):
            caller = moodle if name == "moodle" else lrs.source(name, validation="lenient")
            sender = caller.speaking("1.0.3")
            time.sleep(2.1 if name == "moodle" else 0)
            assert sender.send("POST", "statements", batch[:1]).status_code == 200
        outcome = replay_refused(session, lrs.settings, writer, row.refused_id, clock.now())
    # One of the two came again from this source; what another one sent is its own.
    assert (outcome.stored, outcome.already_stored) == (1, 1)
    assert len(moodle.ids()) == 2


def test_a_lenient_source_stores_the_known_defects_unchanged_and_nothing_else(lrs: Lrs) -> None:
    edx = lrs.source("edx", kind="openedx", validation="lenient")
    defect = statement()
    defect["object"]["objectType"] = "GroupActivity"
    edx.post(defect)
    assert edx.get(statementId=defect["id"]).json["object"] == defect["object"]
    assert edx.send("POST", "statements", statement(foo=1)).status_code == 400


def test_a_lenient_source_asks_for_what_it_may_store(lrs: Lrs) -> None:
    strict, lenient = lrs.source("strict"), lrs.source("lenient", validation="lenient")
    actor = {"objectType": "Agent", "account": {"name": "4711"}}
    activity = "undefined?subContentId=7"
    sent = statement(thing={"objectType": "Activity", "id": activity}) | {"actor": actor}
    lenient.post(sent)
    who = json.dumps(actor)
    assert lenient.ids(agent=who) == lenient.ids(activity=activity) == [sent["id"]]
    place = {"agent": who, "activityId": activity, "stateId": "suspend_data"}
    assert lenient.send("PUT", "activities/state", 1, query=place).status_code == 204
    assert lenient.request("GET", "activities/state", query=place).json == 1
    assert lenient.request("GET", "activities", query={"activityId": activity}).json["id"] == activity
    assert lenient.get(agent='{"account": {}}').status_code == 400
    assert lenient.get(activity="").status_code == 400
    assert strict.get(agent=who).status_code == strict.get(activity=activity).status_code == 400
    assert strict.send("PUT", "activities/state", 1, query=place).status_code == 400
