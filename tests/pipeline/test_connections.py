"""Connecting an LMS: the form filled, the first statement seen, and each way of failing told with its remedy."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from lms_bridge import clock
from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import connections
from lms_bridge.pipeline.backfill import import_statements, undo_import
from lms_bridge.pipeline.refusals import replay_refused
from lms_bridge.pipeline.source_pages import sources
from lms_bridge.pipeline.sources import KINDS, SourceChange, issue_content_key
from lms_bridge.store.database import db
from lms_bridge.store.derivation import waiting_tasks
from lms_bridge.store.refusals import recent_refusals
from lms_bridge.xapi.statement_files import json_lines
from lms_bridge.xapi.versions import Version
from reports.content.connections import NewConnection, SourcePage
from tests.docs.pages import page
from tests.web.xapi.lrs import VERSION, Caller, Lrs, ask, basic, statement

ADMIN = Reader("admin@example.com", "admin", None)


def connected(lrs: Lrs, slug: str = "moodle", origins: str = "") -> tuple[NewConnection, Caller]:
    with lrs.app.app_context():
        new = connections.connect(db.session(), lrs.settings, ADMIN, slug, f"our {slug}", origins)
    return new, Caller(lrs.app, new)  # type: ignore[arg-type] # key and secret are what it takes


def shown(lrs: Lrs, source_id: int) -> SourcePage:
    with lrs.app.app_context():
        return connections.source_page(db.session(), lrs.settings, ADMIN, source_id)


def findings(lrs: Lrs, source_id: int) -> list[str]:
    """Return what is wrong, as the page tells it and as the part tells it that is asked for again."""
    page = shown(lrs, source_id)
    with lrs.app.app_context():
        part = connections.connection_check(db.session(), lrs.settings, ADMIN, source_id)
    assert (part.findings, part.latest, part.product) == (page.findings, page.latest, page.product)
    return [finding.slug for finding in page.findings]


def scored(*scores: tuple[float, float], low: float = 0, high: float = 10) -> Sequence[dict[str, Any]]:
    return [
        statement(result={"score": {"raw": raw, "min": low, "max": high, "scaled": scaled}})
        for raw, scaled in scores
    ]


def test_every_product_is_a_kind_with_a_page_that_names_its_fields(lrs: Lrs) -> None:
    found = connections.products(lrs.settings)
    assert len(found) == 10
    for product in found:
        assert product.kind in KINDS
        text = page(f"connect/{product.slug}.md")
        assert "2026-11-26" in text
        for label, _ in product.fields:
            assert label in text, (product.slug, label)


def test_the_form_is_filled_with_what_was_made(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    filled = {field.label: field.value for field in new.fields}
    assert filled["Your LRS endpoint for the xAPI"] == "http://bridge.test/xapi/"
    assert filled["Your LRS basic auth key/username for the xAPI"] == new.key
    assert filled["Your LRS basic auth secret/password for the xAPI"] == new.secret
    again = {field.label: field.value for field in shown(lrs, new.source_id).fields}
    assert again["Your LRS basic auth secret/password for the xAPI"] is None


def test_percipio_takes_key_and_secret_as_base64(lrs: Lrs) -> None:
    new, _ = connected(lrs, "percipio")
    field = next(field for field in new.fields if field.label == "authorization field")
    assert base64.b64decode(field.value or "").decode() == f"{new.key}:{new.secret}"


def test_open_edx_is_lenient_and_moodle_has_its_scale(lrs: Lrs) -> None:
    assert shown(lrs, connected(lrs, "openedx")[0].source_id).row.validation == "lenient"
    assert shown(lrs, connected(lrs, "moodle")[0].source_id).row.score_scale == "-1..1"


def test_waiting_then_received(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    assert findings(lrs, new.source_id) == ["nothing-yet"]
    caller.get()
    assert findings(lrs, new.source_id) == ["no-statement-yet"]
    (sent,) = caller.post(statement())
    found = shown(lrs, new.source_id)
    assert found.latest is not None
    assert found.latest.statement_id == sent
    assert found.findings == ()


def test_a_wrong_secret_is_told_until_the_right_one_comes(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    wrong = {"Authorization": basic(new.key, "wrong"), VERSION: "1.0.3"}
    assert ask(lrs.app, "GET", "/xapi/statements", None, wrong).status_code == 401
    assert findings(lrs, new.source_id) == ["wrong-secret"]
    caller.post(statement())
    assert findings(lrs, new.source_id) == []


def test_an_unknown_key_writes_nothing_anywhere(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    header = {"Authorization": basic("f" * 24, "wrong"), VERSION: "1.0.3"}
    assert ask(lrs.app, "GET", "/xapi/statements", None, header).status_code == 401
    assert findings(lrs, new.source_id) == ["nothing-yet"]


def test_a_missing_version_is_told(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    assert caller.send("POST", "statements", statement(), headers={VERSION: None}).status_code == 400
    assert findings(lrs, new.source_id) == ["wrong-version"]


def test_a_refused_body_is_told_with_its_first_violation_and_leads_to_the_queue(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    assert caller.send("POST", "statements", statement() | {"verb": {"id": "done"}}).status_code == 400
    (finding,) = shown(lrs, new.source_id).findings
    assert finding.slug == "refused-body"
    assert "/verb/id" in finding.sentence
    assert finding.address == "/queues/rejected?source=our+moodle"
    assert shown(lrs, new.source_id).reasons == {"XAPI-00044": 1}
    caller.post(statement())
    assert findings(lrs, new.source_id) == []


def test_what_is_refused_between_good_statements_is_told_for_a_day(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    caller.post(statement())
    assert caller.send("POST", "statements", statement() | {"verb": {"id": "done"}}).status_code == 400
    assert findings(lrs, new.source_id) == ["refused-body"]
    caller.post(statement())
    (finding,) = shown(lrs, new.source_id).findings
    assert finding.slug == "some-refused"
    assert "Refused in the last 24 hours while others were taken: 1;" in finding.sentence
    assert "/verb/id" in finding.sentence


def test_known_defects_of_a_strict_source_lead_to_lenient(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    sent = statement(thing={"objectType": "GroupActivity", "id": "https://example.com/x"})
    assert caller.send("POST", "statements", sent).status_code == 400
    assert findings(lrs, new.source_id) == ["known-defects"]
    with lrs.app.app_context():
        wanted = SourceChange(validation="lenient")
        assert connections.change(db.session(), ADMIN, new.source_id, wanted) == ("validation lenient",)


@pytest.mark.parametrize(
    ("slug", "scores", "told"),
    [
        ("moodle", scored((5, 0.5), (7, 0.7), (10, 1.0), (8, 0.8)), True),
        ("moodle", scored((5, 0.0), (7, 0.4), (10, 1.0), (8, 0.6)), False),
        ("openedx", scored((5, 0.0), (7, 0.4), (2, -0.6), (8, 0.6)), True),
        ("openedx", scored((5, 0.5), (7, 0.7), (2, 0.2), (8, 0.8)), False),
        # Full marks alone say nothing.
        ("openedx", scored((10, 1.0), (10, 1.0), (10, 1.0), (10, 1.0)), False),
    ],
)
def test_a_wrong_scale_is_read_from_the_scores_themselves(
    lrs: Lrs, slug: str, scores: Sequence[dict[str, Any]], told: bool
) -> None:
    new, caller = connected(lrs, slug)
    caller.post(*scores)
    assert ("wrong-scale" in findings(lrs, new.source_id)) is told


def test_a_changed_scale_derives_again_what_the_source_sent(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    caller.post(statement(), statement(who="bo"))
    with lrs.app.app_context():
        before = waiting_tasks(db.session())
        connections.change(db.session(), ADMIN, new.source_id, SourceChange(score_scale="0..1"))
        assert waiting_tasks(db.session()) == before + 2
        assert connections.change(db.session(), ADMIN, new.source_id, SourceChange(score_scale="0..1")) == ()


def test_a_renewed_secret_works_beside_the_old_one(lrs: Lrs) -> None:
    new, old = connected(lrs)
    with lrs.app.app_context():
        renewed = connections.renew_secret(db.session(), lrs.settings, ADMIN, new.source_id, at_once=False)
    assert renewed.secret != new.secret
    assert old.get().status_code == 200
    assert Caller(lrs.app, renewed).get().status_code == 200  # type: ignore[arg-type] # as above


def test_a_secret_that_leaked_ends_at_once(lrs: Lrs) -> None:
    new, old = connected(lrs)
    with lrs.app.app_context():
        content = connections.content_key(db.session(), lrs.settings, ADMIN, new.source_id, 2)
        renewed = connections.renew_secret(db.session(), lrs.settings, ADMIN, new.source_id, at_once=True)
    assert [line.key for line in shown(lrs, new.source_id).row.keys] == [renewed.key]
    assert old.get().status_code == 401
    leaked = Caller(lrs.app, content)  # type: ignore[arg-type] # as above
    assert leaked.send("POST", "statements", statement()).status_code == 401
    assert Caller(lrs.app, renewed).get().status_code == 200  # type: ignore[arg-type] # as above


def test_the_form_has_the_key_of_the_lms_and_none_that_ends(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    with lrs.app.app_context():
        content = connections.content_key(db.session(), lrs.settings, ADMIN, new.source_id, 2)
        gone = issue_content_key(
            db.session(), lrs.settings, "our moodle", clock.now(), lifetime=timedelta(microseconds=1)
        )
    found = shown(lrs, new.source_id)
    values = [field.value for field in found.fields]
    assert new.key in values
    assert not {content.key, gone.key} & set(values)
    assert [(line.key, line.is_for_content, line.ends_at is None) for line in found.row.keys] == [
        (new.key, False, True),
        (content.key, True, False),
    ]


@pytest.mark.parametrize("path", ["statements/statements", "xapi/statements", ""])
def test_a_wrong_address_is_told_and_what_came_there_can_be_handed_in(lrs: Lrs, path: str) -> None:
    new, caller = connected(lrs)
    sent = statement()
    assert caller.send("POST", path, sent).status_code == 404
    (finding,) = shown(lrs, new.source_id).findings
    assert finding.slug == "wrong-address"
    assert f"/xapi/{path}".rstrip("/") in finding.sentence
    writer = lrs.app.extensions["lms_bridge"].writer
    with lrs.app.app_context():
        (row,) = recent_refusals(db.session(), new.source_id, 9)
        done = replay_refused(db.session(), lrs.settings, writer, row.refused_id, clock.now())
    assert done.stored == 1
    assert caller.ids() == [sent["id"]]
    assert findings(lrs, new.source_id) == []


def test_a_scope_that_the_source_has_not_is_told_without_its_secret(lrs: Lrs) -> None:
    new, caller = connected(lrs, "linkedin-learning")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = (
        f"grant_type=client_credentials&client_id={new.key}&client_secret={new.secret}&scope=all%2Fread x:y"
    )
    answer = ask(lrs.app, "POST", "/oauth/token", body.encode(), form)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")
    (finding,) = shown(lrs, new.source_id).findings
    assert finding.slug == "wrong-scope"
    assert "'all/read x:y'" in finding.sentence
    with lrs.app.app_context():
        (row,) = recent_refusals(db.session(), new.source_id, 9)
    assert row.refusal.body == b""
    caller.post(statement())
    assert findings(lrs, new.source_id) == []


def test_what_came_from_files_is_no_sign_of_life(lrs: Lrs) -> None:
    new, caller = connected(lrs)
    writer = lrs.app.extensions["lms_bridge"].writer

    def import_file(*lines: dict[str, Any]) -> int:
        with lrs.app.app_context():
            done = import_statements(
                db.session(),
                lrs.settings,
                writer,
                name="old.jsonl",
                source_name="our moodle",
                lines=json_lines([json.dumps(line).encode() for line in lines], 100_000),
                version=Version.V1_0_3,
                digest=hashlib.sha256(),
                reject=lambda line: pytest.fail(line.reason),
                progress=lambda _: None,
                dry_run=False,
            )
        assert done.import_id is not None
        return done.import_id

    old = import_file(
        statement(timestamp="2020-01-01T00:00:00Z"), statement(timestamp="2020-01-01T00:00:00Z")
    )
    found = shown(lrs, new.source_id)
    assert [finding.slug for finding in found.findings] == ["nothing-yet"]
    assert (found.latest, found.traffic.delay_seconds, found.traffic.per_hour) == (None, None, 0)
    assert (found.row.health.last_seen, found.row.health.is_silent) == (None, True)
    (sent,) = caller.post(statement())
    import_file(statement(timestamp="2020-01-02T00:00:00Z"))
    with lrs.app.app_context():
        assert undo_import(db.session(), lrs.settings, writer, old, dry_run=False) == 2
    found = shown(lrs, new.source_id)
    assert found.latest is not None
    assert found.latest.statement_id == sent
    assert found.row.health.last_seen == found.latest.stored_at
    assert not found.row.health.is_silent


def test_a_source_that_may_only_read_is_not_silent(lrs: Lrs) -> None:
    reader = lrs.source("reader", scopes=["all/read"])
    reader.get()
    with lrs.app.app_context():
        (row,) = sources(db.session(), lrs.settings, ADMIN)
    assert not row.health.is_silent


def test_a_key_for_content_writes_only_and_ends(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    with lrs.app.app_context():
        made = connections.content_key(db.session(), lrs.settings, ADMIN, new.source_id, 2)
        with pytest.raises(InvalidInputError, match="hours: 0"):
            connections.content_key(db.session(), lrs.settings, ADMIN, new.source_id, 0)
    content = Caller(lrs.app, made)  # type: ignore[arg-type] # as above
    assert content.send("POST", "statements", statement()).status_code == 200
    assert content.get().status_code == 403


def test_a_key_never_reaches_further_than_its_source(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    with lrs.app.app_context():
        wide = issue_content_key(
            db.session(),
            lrs.settings,
            "our moodle",
            clock.now(),
            lifetime=timedelta(hours=1),
            scopes=("all", "statements/read/mine"),
        )
        connections.change(db.session(), ADMIN, new.source_id, SourceChange(scopes=("statements/read/mine",)))
    content = Caller(lrs.app, wide)
    assert content.get().status_code == 200
    assert content.send("POST", "statements", statement()).status_code == 403


def test_a_wrong_secret_at_the_token_endpoint_is_told_too(lrs: Lrs) -> None:
    new, _ = connected(lrs, "linkedin-learning")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"grant_type=client_credentials&client_id={new.key}&client_secret=".encode()
    assert ask(lrs.app, "POST", "/oauth/token", body + b"wrong", form).status_code == 401
    assert findings(lrs, new.source_id) == ["wrong-secret"]
    assert ask(lrs.app, "POST", "/oauth/token", body + new.secret.encode(), form).status_code == 200
    assert findings(lrs, new.source_id) == ["no-statement-yet"]


def test_a_revoked_source_says_so(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    with lrs.app.app_context():
        assert connections.close(db.session(), ADMIN, new.source_id) == "our moodle"
    assert findings(lrs, new.source_id) == ["revoked"]


def test_readers_without_a_right_find_nothing(lrs: Lrs) -> None:
    new, _ = connected(lrs)
    manager = Reader("m@example.com", "manager", "P1")
    with lrs.app.app_context(), pytest.raises(NotFoundError):
        connections.source_page(db.session(), lrs.settings, manager, new.source_id)
