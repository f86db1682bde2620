"""Credentials and what their scopes reach (1.0.3 Communication 3.2 and 4)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lms_bridge.store.causes import records_of
from lms_bridge.store.database import db
from lms_bridge.store.models.statements import Agent
from tests.web.xapi.lrs import COURSES, VERBS, VOIDED, Caller, Lrs, mail_of, reference, statement
from tests.web.xapi.places import ACTIVITY_PROFILE, AGENT_PROFILE, RESOURCES, STATE, place, put, read
from tests.web.xapi.requirements.cases import VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)
EVERYTHING = [
    ("GET", "statements"), ("POST", "statements"), ("PUT", "statements"), ("GET", "agents"), ("GET", "activities"),
    *((method, one) for one in RESOURCES for method in ("GET", "PUT", "POST", "DELETE")),
]  # fmt: skip


@pytest.mark.xapi("XAPI-00334")
@both
def test_without_good_credentials_every_request_is_a_401(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    # More than 60 wrong keys within a minute are a 429.
    others = ["", "Basic", "Basic:xxx", "Basic eDp5", "Basic !", "Bearer x", "Digest x", "basic"]
    asked = [(None, *one) for one in EVERYTHING] + [("Basic eDp5", *one) for one in EVERYTHING]
    for given, method, path in [*asked, *((other, "GET", "statements") for other in others)]:
        body = b"{}" if method in {"PUT", "POST"} else None
        answer = caller.request(method, path, body=body, headers={"Authorization": given})
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), (given, path)
        scheme = "Bearer " if (given or "").startswith("Bearer") else "Basic "
        assert answer.headers["WWW-Authenticate"].startswith(scheme)
    assert caller.ids() == []


@pytest.mark.xapi("XAPI-00335")
@both
def test_http_basic_opens_every_resource(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    (one,) = caller.post(statement())
    assert caller.ids() == [one]
    assert caller.request("GET", "agents", query={"agent": mail_of("ada")}).status_code == 200
    assert caller.request("GET", "activities", query={"activityId": f"{COURSES}excel"}).status_code == 200
    for resource in RESOURCES:
        assert put(caller, resource, 1, **{"If-None-Match": "*"}).status_code == 204
        assert read(caller, resource).status_code == 200
        assert caller.request("DELETE", resource, query=place(resource)).status_code == 204


# For each scope: may it write statements, read them, write and read state, write and read profiles.
_SCOPES: dict[str, tuple[bool, bool, bool, bool, bool, bool]] = {
    "all/mine": (True, True, True, True, True, True),
    "all": (True, True, True, True, True, True),
    "all/read": (False, True, False, True, False, True),
    "statements/write": (True, False, False, False, False, False),
    "statements/read": (False, True, False, False, False, False),
    "statements/read/mine": (False, True, False, False, False, False),
    "state": (False, False, True, True, False, False),
    "profile": (False, False, False, False, True, True),
    "define": (False, False, False, False, False, False),
    "xapi:write": (True, False, False, False, False, False),
    "xapi:read": (False, True, False, True, False, True),
    "xapi:all": (True, True, True, True, True, True),
}


@pytest.mark.xapi("XAPI-00327")
@both
@pytest.mark.parametrize("scope", sorted(_SCOPES))
def test_a_scope_that_does_not_suffice_is_answered_403(lrs: Lrs, version: str, scope: str) -> None:
    from lms_bridge.pipeline.access import SCOPES

    assert set(_SCOPES) == set(SCOPES)
    caller = lrs.source("moodle", scopes=[scope]).speaking(version)
    writes, reads, writes_state, reads_state, writes_profiles, reads_profiles = _SCOPES[scope]
    found: list[tuple[bool, Any]] = [
        (writes, caller.send("POST", "statements", statement())),
        (reads, caller.get()),
        (writes_state, put(caller, STATE, 1, **{"If-None-Match": "*"})),
        (reads_state, caller.request("GET", STATE, query=place(STATE, None))),
    ]
    for resource in (AGENT_PROFILE, ACTIVITY_PROFILE):
        found.append((writes_profiles, put(caller, resource, 1, **{"If-None-Match": "*"})))
        found.append((reads_profiles, caller.request("GET", resource, query=place(resource, None))))
    for may, answer in found:
        assert answer.status_code in ({200, 204} if may else {403}), answer.text
        if not may:
            assert scope in answer.json["detail"]


@pytest.mark.xapi("XAPI-00327")
@both
def test_what_a_source_reaches_is_its_own_unless_its_scope_says_all(lrs: Lrs, version: str) -> None:
    cast = {
        name: lrs.source(name.replace("/", "-").replace(":", "-"), scopes=[scope]).speaking(version)
        for name, scope in (("mine", "all/mine"), ("other", "all/mine"), ("library", "xapi:all"))
    }
    ids = {name: caller.post(statement())[0] for name, caller in cast.items()}
    everybody = [
        lrs.source(scope.replace("/", "-"), scopes=[scope]).speaking(version) for scope in ("all", "all/read")
    ]
    queries: list[dict[str, Any]] = [
        {},
        {"agent": mail_of("ada")},
        {"agent": mail_of("ada"), "related_agents": "true"},
        {"verb": f"{VERBS}completed"},
        {"activity": f"{COURSES}excel", "related_activities": "true"},
        {"until": "2999-01-01T00:00:00Z"},
    ]
    for query in queries:
        for name, caller in cast.items():
            assert caller.ids(**query) == [ids[name]], (name, query)
        for caller in everybody:
            assert set(caller.ids(**query)) == set(ids.values())
    for name, caller in cast.items():
        for other, one in ids.items():
            assert caller.get(statementId=one).status_code == (200 if name == other else 404)
    # What one source writes, no other changes or voids.
    theirs = statement("cem") | {"id": ids["mine"]}
    assert cast["other"].send("POST", "statements", theirs).status_code == 409
    voiding = statement(verb=VOIDED, thing=reference(ids["mine"]))
    assert cast["other"].send("POST", "statements", voiding).status_code == 403
    assert cast["mine"].get(statementId=ids["mine"]).status_code == 200


@pytest.mark.xapi("XAPI-00327")
@both
def test_a_reference_to_what_is_not_visible_tells_nothing_of_it(lrs: Lrs, version: str) -> None:
    mine, other = (lrs.source(name).speaking(version) for name in ("mine", "other"))
    target = statement("eve", "passed", "secret")
    mine.post(target)
    (note,) = other.post(statement("bo", "noted", reference(target["id"])))
    found = other.get()
    assert [one["id"] for one in found.json["statements"]] == [note]
    assert "eve@example.com" not in found.text
    assert other.get(statementId=target["id"]).status_code == 404
    assert mine.ids(agent=mail_of("eve")) == [target["id"]]


@pytest.mark.xapi("XAPI-00018", "XAPI-00327")
@pytest.mark.parametrize(
    "posts",
    [
        [("other", ["foreign"]), ("mine", ["owns"]), ("mine", ["target"])],
        [("mine", ["owns"]), ("other", ["foreign"]), ("mine", ["target"])],
        [("other", ["foreign"]), ("mine", ["target", "owns"])],
        [("other", ["foreign"]), ("mine", ["target"]), ("mine", ["owns"])],
    ],
)
@both
def test_who_may_not_void_keeps_nobody_from_it(
    lrs: Lrs, version: str, posts: list[tuple[str, list[str]]]
) -> None:
    """Anyone may void what is not there yet; when it comes, only who may is heard, and evidence is told."""
    cast = {name: lrs.source(name).speaking(version) for name in ("mine", "other")}
    target = statement("eve", "passed")
    sent = {
        "target": target,
        "owns": statement("ada", VOIDED, reference(target["id"])),
        "foreign": statement("bo", VOIDED, reference(target["id"])),
    }
    for who, what in posts:
        cast[who].post(*(sent[one] for one in what))
    assert cast["mine"].get(statementId=target["id"]).status_code == 404
    assert cast["mine"].get(voidedStatementId=target["id"]).json["id"] == target["id"]
    with lrs.app.app_context():
        agents = list(db.session.scalars(select(Agent.agent_id).where(Agent.agent_key.contains("eve@"))))
        (record,) = records_of(db.session(), agents, None)
    assert (record.voiding_id, record.voided_at is None) == (sent["owns"]["id"], False)


@pytest.mark.xapi("XAPI-00018", "XAPI-00327")
@both
def test_only_a_foreign_voiding_that_came_first_voids_nothing(lrs: Lrs, version: str) -> None:
    mine, other = (lrs.source(name).speaking(version) for name in ("mine", "other"))
    target = statement("eve", "passed")
    other.post(statement("bo", VOIDED, reference(target["id"])))
    mine.post(target)
    assert mine.get(statementId=target["id"]).json["id"] == target["id"]
    assert mine.get(voidedStatementId=target["id"]).status_code == 404
