"""The Agents and the Activities resource (1.0.3 Communication 2.4 and 2.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.xapi.lrs import COURSES, Answer, Caller, activity, agent, mail_of, statement
from tests.web.xapi.requirements.cases import ACCOUNT, NO_AGENTS, VERSIONS, choice

both = pytest.mark.parametrize("version", VERSIONS)


def person(caller: Caller, who: Any) -> Answer:
    return caller.request("GET", "agents", query={"agent": json.dumps(who)})


def known(caller: Caller, name: str) -> dict[str, Any]:
    answer = caller.request("GET", "activities", query={"activityId": f"{COURSES}{name}"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = answer.json
    return found


_IDENTITIES: list[tuple[str, str, Any]] = [
    ("XAPI-00239 XAPI-00244", "mbox", "mailto:ada@example.com"),
    ("XAPI-00240", "mbox_sha1sum", "ab" * 20),
    ("XAPI-00241", "openid", "https://ada.example.com/"),
    ("XAPI-00242", "account", ACCOUNT),
]


@pytest.mark.xapi("XAPI-00236 to XAPI-00242", "XAPI-00244", "XAPI-00245", "XAPI-00248")
@both
def test_a_person_has_every_property_as_an_array(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for _, name, value in _IDENTITIES:
        for more in ({}, {"name": "Ada Ü"}, {"objectType": "Agent"}):
            answer = person(caller, {name: value} | more)
            assert (answer.status_code, answer.mimetype) == (200, "application/json")
            named = {"name": ["Ada Ü"]} if "name" in more else {}
            assert answer.json == {"objectType": "Person", name: [value]} | named


@pytest.mark.xapi("XAPI-00248")
@both
def test_a_person_is_answered_whether_anybody_knows_the_agent_or_not(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    nobody = person(caller, agent("ada")).json
    caller.post(statement() | {"actor": agent("ada") | {"name": "Ada"}})
    assert (
        nobody
        == person(caller, agent("ada")).json
        == {"objectType": "Person", "mbox": ["mailto:ada@example.com"]}
    )


@pytest.mark.xapi("XAPI-00243", "XAPI-00249")
@both
def test_a_person_is_asked_for_by_one_valid_agent(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    missing = caller.request("GET", "agents")
    assert (missing.status_code, missing.json["errors"][0]["requirement"]) == (400, "XAPI-00243")
    for wrong in (
        *NO_AGENTS,
        '{"mbox":"mailto:a@b.c","account":{}}',
        '{"objectType":"Person","mbox":"mailto:a@b.c"}',
    ):
        answer = caller.request("GET", "agents", query={"agent": wrong})
        assert answer.status_code == 400, wrong
        assert answer.json["errors"][0]["pointer"].startswith("agent")
    assert caller.request("GET", "agents", query={"agent": mail_of("ada"), "name": "x"}).status_code == 400
    for method in ("PUT", "POST", "DELETE"):
        assert caller.request(method, "agents", query={"agent": mail_of("ada")}).status_code == 405


@pytest.mark.xapi("XAPI-00251", "XAPI-00252", "XAPI-00253")
@both
def test_an_activity_comes_back_whole(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    assert known(caller, "quiz") == {"objectType": "Activity", "id": f"{COURSES}quiz"}
    caller.post(statement(thing=choice()))
    assert known(caller, "quiz") == choice()
    caller.post(statement(thing=activity("quiz")))
    assert known(caller, "quiz") == choice()


@pytest.mark.xapi("XAPI-00254")
@both
def test_an_activity_holds_what_all_statements_said_of_it(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)

    def said(definition: dict[str, Any]) -> dict[str, Any]:
        return activity("x") | {"definition": definition}

    inner = {key: value for key, value in statement().items() if key != "id"}
    caller.post_each(
        statement(thing=said({"name": {"en": "X"}, "type": "https://example.com/types/a"})),
        statement(thing=said({"name": {"de": "Ix"}, "extensions": {"https://example.com/1": 1}})),
        statement(context={"contextActivities": {"other": [said({"description": {"en": "Of a context"}})]}}),
        statement(
            thing={
                "objectType": "SubStatement",
                **inner,
                "object": said({"moreInfo": "https://example.com/more"}),
            }
        ),
        statement(thing=said({"name": {"en": "X 2"}, "extensions": {"https://example.com/2": None}})),
        statement(thing=said({"type": "https://example.com/types/b"})),
    )
    assert known(caller, "x")["definition"] == {
        "name": {"en": "X 2", "de": "Ix"},
        "description": {"en": "Of a context"},
        "type": "https://example.com/types/b",
        "moreInfo": "https://example.com/more",
        "extensions": {"https://example.com/1": 1, "https://example.com/2": None},
    }
    # A refused statement says nothing.
    refused = [statement(thing=said({"name": {"fr": "Non"}})), statement() | {"verb": {}}]
    assert caller.send("POST", "statements", refused).status_code == 400
    assert "fr" not in known(caller, "x")["definition"]["name"]


@pytest.mark.xapi("XAPI-00254")
def test_definitions_of_one_batch_are_merged_in_its_order(moodle: Caller) -> None:
    names = [{"en": "one"}, {"de": "zwei"}, {"en": "three"}]
    moodle.post(*(statement(thing=activity("x") | {"definition": {"name": name}}) for name in names))
    assert known(moodle, "x")["definition"]["name"] == {"en": "three", "de": "zwei"}


@pytest.mark.xapi("XAPI-00250")
@both
def test_an_activity_is_asked_for_by_its_iri(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    missing = caller.request("GET", "activities")
    assert (missing.status_code, missing.json["errors"][0]["requirement"]) == (400, "XAPI-00250")
    for wrong in ("", "excel", "example.com/x", "{}"):
        assert caller.request("GET", "activities", query={"activityId": wrong}).status_code == 400
    for method in ("PUT", "POST", "DELETE"):
        assert caller.request(method, "activities", query={"activityId": f"{COURSES}x"}).status_code == 405
