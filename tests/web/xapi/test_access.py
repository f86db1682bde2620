"""Credentials at the door: Basic, Bearer, the token endpoint (RFC 6749, 6750), rotation, revocation, CORS."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from lms_bridge import clock
from lms_bridge.pipeline.sources import issue_content_key, revoke_source, rotate_secret
from lms_bridge.store.database import db
from tests.web.xapi.lrs import VERSION, VOIDED, Answer, Caller, Lrs, ask, basic, mail_of, reference, statement


def token(
    caller: Caller,
    fields: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return ask(caller.app, "POST", "/oauth/token", body or urlencode(fields).encode(), sent)


def in_body(caller: Caller, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": caller.source.key,
        "client_secret": caller.source.secret,
        **more,
    }


def bearer(caller: Caller, access_token: str, method: str = "GET", **more: object) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    if method == "GET":
        return caller.request("GET", "statements", headers=headers).status_code
    return caller.send(method, "statements", statement(), headers=headers).status_code


@pytest.mark.xapi("XAPI-00334")
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic:xxx",
        "Basic !!!",
        "Basic bm9jb2xvbg==",
        "Digest x",
        "Bearer",
        "Bearer a.b.c",
        "Basic /w==",
    ],
)
def test_bad_credentials_are_a_401_with_a_challenge(moodle: Caller, authorization: str | None) -> None:
    answer = moodle.request("GET", "statements", headers={"Authorization": authorization})
    assert answer.status_code == 401
    scheme = "Bearer" if (authorization or "").startswith("Bearer") else "Basic"
    assert answer.headers["WWW-Authenticate"].startswith(scheme)
    assert answer.mimetype == "application/problem+json"


def test_a_wrong_secret_and_an_unknown_key_are_alike(moodle: Caller) -> None:
    answers = [
        moodle.request("GET", "statements", headers={"Authorization": basic(key, "wrong")})
        for key in (moodle.source.key, "nobody")
    ]
    assert answers[0].json == answers[1].json


def test_many_failed_attempts_are_answered_429_and_the_right_key_still_opens(moodle: Caller) -> None:
    wrong = {"Authorization": basic(moodle.source.key, "wrong")}
    statuses = {moodle.request("GET", "statements", headers=wrong).status_code for _ in range(70)}
    assert statuses == {401, 429}
    assert moodle.get().status_code == 200


def test_a_rotated_secret_works_beside_the_old_one_until_that_ends(lrs: Lrs, moodle: Caller) -> None:
    with lrs.app.app_context():
        new = rotate_secret(db.session(), lrs.settings, "moodle", clock.now())
    renewed = Caller(lrs.app, new)
    assert (moodle.get().status_code, renewed.get().status_code) == (200, 200)
    with lrs.app.app_context():
        rotate_secret(db.session(), lrs.settings, "moodle", clock.now(), overlap=timedelta(seconds=-1))
    statuses = {renewed.get().status_code for _ in range(3)}
    assert statuses <= {200, 401}


def test_revocation_acts_within_seconds(lrs: Lrs, moodle: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = token(moodle, in_body(moodle)).json["access_token"]
    assert bearer(moodle, granted) == 200
    with lrs.app.app_context():
        revoke_source(db.session(), "moodle", clock.now())
    later = clock.now() + timedelta(seconds=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert moodle.get().status_code == 401
    assert bearer(moodle, granted) == 401
    assert token(moodle, in_body(moodle)).status_code == 401


def test_a_token_is_granted_for_credentials_in_body_or_header(moodle: Caller) -> None:
    header = {"Authorization": basic(moodle.source.key, moodle.source.secret)}
    answers = [
        token(moodle, in_body(moodle)),
        token(moodle, {"grant_type": "client_credentials"}, header),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
        assert bearer(moodle, answer.json["access_token"], "POST") == 200
        assert bearer(moodle, answer.json["access_token"]) == 200


@pytest.mark.xapi("XAPI-00327")
def test_a_token_reaches_no_further_than_its_scope(moodle: Caller) -> None:
    granted = token(moodle, in_body(moodle, scope="xapi:write all unknown")).json
    assert granted["scope"] == "xapi:write"
    assert bearer(moodle, granted["access_token"], "POST") == 200
    assert bearer(moodle, granted["access_token"]) == 403
    read_only = token(moodle, in_body(moodle, scope="statements/read")).json["access_token"]
    assert bearer(moodle, read_only, "POST") == 403
    assert bearer(moodle, read_only) == 200


def test_a_token_of_one_source_reads_nothing_of_another_s(lrs: Lrs, moodle: Caller) -> None:
    moodle.post(statement())
    library = lrs.source("library", scopes=["xapi:all"])
    granted = token(library, in_body(library, scope="xapi:read statements/read")).json["access_token"]
    answer = library.request("GET", "statements", headers={"Authorization": f"Bearer {granted}"})
    assert (answer.status_code, answer.json["statements"]) == (200, [])


def test_a_token_ends_and_cannot_be_changed(moodle: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = token(moodle, in_body(moodle)).json["access_token"]
    mark, claims, mac = granted.split(".")
    text = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b"all/mine", b"all/read")
    forged = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    assert bearer(moodle, f"{mark}.{forged}.{mac}") == 401
    later = clock.now() + timedelta(seconds=3601)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert bearer(moodle, granted) == 401


def test_errors_of_the_token_endpoint_are_those_of_rfc_6749(moodle: Caller) -> None:
    good = in_body(moodle)
    header = {"Authorization": basic(moodle.source.key, "wrong")}
    cases = [
        (token(moodle, good | {"client_secret": "wrong"}), 401, "invalid_client"),
        (token(moodle, {"grant_type": "client_credentials"}), 401, "invalid_client"),
        (token(moodle, {"grant_type": "client_credentials"}, header), 401, "invalid_client"),
        (token(moodle, good | {"grant_type": "password"}), 400, "unsupported_grant_type"),
        (
            token(moodle, {name: value for name, value in good.items() if name != "grant_type"}),
            400,
            "invalid_request",
        ),
        (token(moodle, good | {"scope": "nonsense"}), 400, "invalid_scope"),
        (token(moodle, good | {"scope": "all"}), 400, "invalid_scope"),
        (token(moodle, good, header), 400, "invalid_request"),
        (token(moodle, {}, body=f"{urlencode(good)}&grant_type=x".encode()), 400, "invalid_request"),
        (token(moodle, good, {"Content-Type": "application/json"}), 400, "invalid_request"),
        (token(moodle, good | {"scope": "x" * 20_000}), 400, "invalid_request"),
    ]
    assert [(answer.status_code, answer.json["error"]) for answer, _, _ in cases] == [
        case[1:] for case in cases
    ]
    assert "WWW-Authenticate" in cases[2][0].headers
    assert ask(moodle.app, "GET", "/oauth/token", None, {}).status_code == 405


def test_a_key_for_browser_content_writes_only_and_ends(
    lrs: Lrs, moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lrs.app.app_context():
        new = issue_content_key(
            db.session(), lrs.settings, "moodle", clock.now(), lifetime=timedelta(hours=1)
        )
    content = Caller(lrs.app, new)
    (one,) = content.post(statement())
    assert content.get().status_code == 403
    assert moodle.ids() == [one]
    later: datetime = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert content.send("POST", "statements", statement()).status_code == 401


def test_a_browser_may_ask_and_read_the_headers(moodle: Caller) -> None:
    asked = {
        "Authorization": None,
        "X-Experience-API-Version": None,
        "Origin": "https://content.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,x-experience-api-version",
    }
    for path in ("statements", "activities/state", "about"):
        answer = moodle.request("OPTIONS", path, headers=asked)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "ETag" in moodle.get().headers["Access-Control-Expose-Headers"]
    assert moodle.get(foo="bar").headers["Access-Control-Allow-Origin"] == "*"


def test_a_source_is_seen(lrs: Lrs, moodle: Caller) -> None:
    from lms_bridge.pipeline.sources import list_sources

    moodle.get()
    with lrs.app.app_context():
        (summary,) = list_sources(db.session())
    assert summary.last_seen_at is not None


def test_nothing_of_the_door_is_kept_by_a_cache(lrs: Lrs) -> None:
    # RFC 9111 4.2.2: Last-Modified alone would let a browser show an old document.
    own = lrs.source()
    (sent,) = own.post(statement())
    for answer in (
        own.get(statementId=sent),
        own.get(),
        own.request("GET", "about"),
        own.get(statementId="x"),
    ):
        assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("arrives", ["target first", "reference first"])
def test_a_reference_tells_nothing_of_a_statement_that_its_source_may_not_read(
    lrs: Lrs, arrives: str
) -> None:
    owner, curious = lrs.source("owner"), lrs.source("curious")
    auditor = lrs.source("auditor", scopes=("all",))
    registration = str(uuid.uuid4())
    secret = statement(who="cem", verb="failed", thing="exam", context={"registration": registration})
    if arrives == "target first":
        owner.post(secret)
    (guess,) = curious.post(statement(who="eve", verb="saw", thing=reference(secret["id"])))
    if arrives != "target first":
        owner.post(secret)
    (known,) = auditor.post(statement(who="ada", verb="saw", thing=reference(secret["id"])))
    for asked in (
        {"agent": mail_of("cem")},
        {"verb": secret["verb"]["id"]},
        {"activity": secret["object"]["id"]},
        {"registration": registration},
    ):
        assert curious.ids(**asked) == [], asked
        assert set(auditor.ids(**asked)) == {known, secret["id"]}, asked
    assert curious.ids(agent=mail_of("eve")) == [guess]


@pytest.mark.parametrize("arrives", ["target first", "reference first"])
def test_a_narrow_key_of_a_wide_source_neither_voids_nor_learns_by_referring(lrs: Lrs, arrives: str) -> None:
    owner, wide = lrs.source("owner"), lrs.source("wide", scopes=("all",))
    with lrs.app.app_context():
        content = issue_content_key(
            db.session(), lrs.settings, "wide", clock.now(), lifetime=timedelta(hours=1)
        )
    narrow = Caller(lrs.app, content)
    access = token(wide, in_body(wide, scope="statements/write statements/read/mine")).json["access_token"]
    bearing = {"Authorization": f"Bearer {access}"}
    secret = statement(who="cem", verb="failed", thing="exam")
    voiding = statement(verb=VOIDED, thing=reference(secret["id"]))
    guess = statement(who="eve", verb="saw", thing=reference(secret["id"]))
    if arrives == "target first":
        owner.post(secret)
    assert narrow.send("POST", "statements", voiding).status_code == (
        403 if arrives == "target first" else 200
    )
    assert narrow.send("POST", "statements", guess, headers=bearing).status_code == 200
    if arrives != "target first":
        owner.post(secret)
    assert owner.get(statementId=secret["id"]).status_code == 200
    asked = {"agent": mail_of("cem")}
    answer = narrow.request("GET", "statements", query=asked, headers=bearing)
    assert answer.json["statements"] == []
    (mine,) = wide.post(statement(who="ada", verb="saw", thing=reference(secret["id"])))
    assert set(wide.ids(**asked)) == {secret["id"], mine}


def test_a_bad_token_is_told_in_its_own_scheme(lrs: Lrs) -> None:
    # RFC 6750 section 3.
    for given, scheme in (("Bearer lmsb1.x.y", "Bearer"), ("Basic eDp5", "Basic"), ("", "Basic")):
        answer = ask(lrs.app, "GET", "/xapi/statements", None, {VERSION: "1.0.3", "Authorization": given})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith(scheme)


@pytest.mark.parametrize("address", ["/oauth/token", "/xapi/oauth/token"])
def test_the_token_endpoint_stands_below_the_endpoint_too(lrs: Lrs, address: str) -> None:
    own = lrs.source()
    header = {
        "Authorization": basic(own.source.key, own.source.secret),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert ask(lrs.app, "POST", address, b"grant_type=client_credentials", header).status_code == 200
    # RFC 6749 3.2: a parameter without a value is one that is left out.
    assert ask(lrs.app, "POST", address, b"grant_type=", header).json["error"] == "invalid_request"


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain;charset=UTF-8", None])
def test_the_alternate_syntax_needs_no_content_type(lrs: Lrs, content_type: str | None) -> None:
    # Communication 1.3: the browsers that need it cannot set the header.
    own = lrs.source()
    one = statement()
    form = urlencode({"content": json.dumps(one), "Content-Type": "application/json"}).encode()
    answer = own.request("POST", "statements?method=POST", body=form, headers={"Content-Type": content_type})
    assert answer.status_code == 200, answer.text
    assert own.ids() == [one["id"]]
