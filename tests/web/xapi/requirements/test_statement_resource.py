"""The statement resource: writing, and every parameter of GET (1.0.3 Communication 2.1)."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.web.xapi.lrs import (
    COURSES,
    VERBS,
    VOIDED,
    Answer,
    Caller,
    activity,
    agent,
    mail_of,
    reference,
    statement,
)
from tests.web.xapi.multiparts import described, multipart, parts_of, post
from tests.web.xapi.requirements.cases import ACCOUNT, TEAM, UUID, VERSIONS, whole

both = pytest.mark.parametrize("version", VERSIONS)


def put(caller: Caller, one: Any, statement_id: str | None) -> Answer:
    query = None if statement_id is None else {"statementId": statement_id}
    return caller.send("PUT", "statements", one, query=query)


@pytest.mark.xapi("XAPI-00139", "XAPI-00140", "XAPI-00147", "XAPI-00159")
@both
def test_every_resource_is_at_its_place(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    (one,) = caller.post(statement())
    assert caller.ids() == [one]
    who, what = {"agent": mail_of("ada")}, {"activityId": f"{COURSES}excel"}
    for path, query in (
        ("statements", {}), ("about", {}), ("agents", who), ("activities", what), ("activities/state", who | what),
        ("activities/profile", what), ("agents/profile", who),
    ):  # fmt: skip
        assert caller.request("GET", path, query=query).status_code == 200, path
    for path in ("statement", "Statements", "statements/x", "activities/states", "state", ""):
        assert caller.request("GET", path).status_code == 404, path


@pytest.mark.xapi("XAPI-00142")
@both
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_stored_statement_is_never_changed_by_another_of_its_id(
    moodle: Caller, version: str, method: str
) -> None:
    caller = moodle.speaking(version)
    one = whole(version) | {"id": str(uuid.uuid4())}
    caller.post(one)
    before = caller.get(statementId=one["id"]).data

    def again(value: dict[str, Any]) -> Answer:
        return put(caller, value, one["id"]) if method == "PUT" else caller.send("POST", "statements", value)

    changes: dict[str, Any] = {
        "actor": agent("bo"),
        "verb": {"id": f"{VERBS}failed"},
        "object": activity("other"),
        "result": {"success": False},
        "context": {"platform": "Totara"},
        "timestamp": "2026-05-04T09:30:01Z",
    }
    for name, value in changes.items():
        answer = again(one | {name: value})
        assert (answer.status_code, one["id"] in answer.json["detail"]) == (409, True), name
    # The same statement is no conflict: written otherwise, and with what the LRS sets.
    for same in (
        one,
        dict(reversed(one.items())),
        one | {"stored": "2020-01-01T00:00:00Z", "version": "1.0.0"},
    ):
        assert again(same).status_code in {200, 204}
    assert caller.get(statementId=one["id"]).data == before
    assert caller.ids() == [one["id"]]


@pytest.mark.xapi("XAPI-00142")
def test_a_voided_statement_keeps_its_id_too(moodle: Caller) -> None:
    one = statement()
    moodle.post_each(one, statement(verb=VOIDED, thing=reference(one["id"])))
    assert put(moodle, statement("bo") | {"id": one["id"]}, one["id"]).status_code == 409
    assert put(moodle, one, one["id"]).status_code == 204
    assert moodle.get(voidedStatementId=one["id"]).json["actor"] == one["actor"]


@pytest.mark.xapi("XAPI-00143", "XAPI-00144", "XAPI-00145")
@both
def test_put_stores_one_statement_under_its_id_and_answers_204(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one, nameless = statement(), {key: value for key, value in statement("bo").items() if key != "id"}
    answer = put(caller, one, one["id"])
    assert (answer.status_code, answer.data) == (204, b"")
    assert put(caller, nameless, UUID).status_code == 204
    assert caller.get(statementId=UUID).json["actor"] == agent("bo")
    assert put(caller, one, one["id"].upper()).status_code == 204
    for wrong, statement_id in ((statement(), UUID), ([statement()], UUID), ([nameless], UUID), ([], UUID)):
        refused = put(caller, wrong, statement_id)
        assert refused.status_code == 400
        assert "XAPI-00144" in {error["requirement"] for error in refused.json["errors"]}
    missing = put(caller, statement(), None)
    assert (missing.status_code, missing.json["errors"][0]["requirement"]) == (400, "XAPI-00145")
    for bad in ("", "x", f"{UUID}0"):
        assert put(caller, statement(), bad).status_code == 400
    assert set(caller.ids()) == {one["id"], UUID}


@pytest.mark.xapi("XAPI-00146", "XAPI-00147")
@both
def test_post_answers_200_with_every_id_in_order(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    single = statement()
    answer = caller.send("POST", "statements", single)
    assert (answer.status_code, answer.json, answer.mimetype) == (200, [single["id"]], "application/json")
    batch = [statement(str(number)) for number in range(20)]
    del batch[7]["id"]
    answer = caller.send("POST", "statements", batch)
    assert answer.status_code == 200
    ids = answer.json
    assert [one for place, one in enumerate(ids) if place != 7] == [one["id"] for one in batch if "id" in one]
    assert caller.get(statementId=ids[7]).json["actor"] == agent("7")
    assert caller.send("POST", "statements", []).json == []
    parted = post(caller, multipart([statement(attachments=[described(b"x")]), statement()], b"x"))
    assert (parted.status_code, len(parted.json)) == (200, 2)


@pytest.mark.xapi("XAPI-00149")
@both
def test_a_query_that_nothing_matches_is_an_empty_result(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    assert caller.get().json == {"statements": [], "more": ""}
    caller.post(statement())
    for query in (
        {"verb": f"{VERBS}never"},
        {"activity": f"{COURSES}never"},
        {"agent": mail_of("nobody")},
        {"registration": UUID},
        {"since": "2999-01-01T00:00:00Z"},
        {"until": "1999-01-01T00:00:00Z"},
        {"verb": f"{VERBS}completed", "agent": mail_of("bo"), "related_agents": "true"},
    ):
        answer = caller.get(**query)
        assert (answer.status_code, answer.json) == (200, {"statements": [], "more": ""}), query


_OTHERS = {
    "agent": mail_of("ada"),
    "verb": f"{VERBS}completed",
    "activity": f"{COURSES}excel",
    "registration": UUID,
    "related_activities": "true",
    "related_agents": "false",
    "since": "2026-05-04T09:30:00Z",
    "until": "2026-05-04T09:30:00Z",
    "limit": "1",
    "ascending": "true",
}


@pytest.mark.xapi("XAPI-00150", "XAPI-00151")
@both
def test_one_statement_is_asked_for_with_attachments_and_format_alone(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    target, one = statement(), statement()
    caller.post_each(target, one, statement(verb=VOIDED, thing=reference(target["id"])))
    for number, name, found in (
        ("XAPI-00150", "voidedStatementId", target["id"]),
        ("XAPI-00151", "statementId", one["id"]),
    ):
        for other, value in _OTHERS.items():
            answer = caller.get(**{name: found, other: value})
            assert answer.status_code == 400, other
            assert number in {error["requirement"] for error in answer.json["errors"]}
        for good in (
            {"format": "ids"},
            {"attachments": "false"},
            {"format": "exact", "attachments": "false"},
        ):
            assert caller.get(**{name: found}, **good).json["id"] == found
    assert caller.get(statementId=one["id"], voidedStatementId=target["id"]).status_code == 400


@pytest.mark.xapi("XAPI-00155", "XAPI-00156", "XAPI-00157", "XAPI-00158", "XAPI-00163")
@both
def test_an_id_is_answered_with_its_statement_alone(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    target, one = statement(result={"response": "voided"}), statement("bo")
    caller.post_each(target, one, statement(verb=VOIDED, thing=reference(target["id"])))
    for name, wanted in (("statementId", one), ("voidedStatementId", target)):
        for text in (wanted["id"], wanted["id"].upper()):
            answer = caller.get(**{name: text})
            assert (answer.status_code, answer.json["id"]) == (200, wanted["id"])
            assert answer.json | wanted == answer.json
    assert caller.get(statementId=target["id"]).status_code == 404
    assert caller.get(voidedStatementId=one["id"]).status_code == 404
    for name in ("statementId", "voidedStatementId"):
        assert caller.get(**{name: str(uuid.uuid4())}).status_code == 404


@pytest.mark.xapi("XAPI-00161", "XAPI-00167")
@both
def test_attachments_come_only_where_they_are_asked_for(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one = statement(attachments=[described(b"some bytes"), described(b"more bytes")])
    plain = statement("bo")
    assert post(caller, multipart([one, plain], b"some bytes", b"more bytes")).status_code == 200
    for query in ({}, {"attachments": "false"}, {"statementId": one["id"], "attachments": "false"}):
        answer = caller.get(**query)
        assert (answer.mimetype, b"some bytes" in answer.data) == ("application/json", False)
    for query in ({}, {"statementId": one["id"]}, {"agent": mail_of("ada"), "format": "ids"}):
        answer = caller.get(**query, attachments="true")
        first, *rest = parts_of(answer)
        assert first[0] is None
        assert json.loads(first[1])
        assert sorted(rest) == sorted(
            (described(found)["sha2"], found) for found in (b"some bytes", b"more bytes")
        )
    without = parts_of(caller.get(statementId=plain["id"], attachments="true"))
    assert [digest for digest, _ in without] == [None]


@pytest.mark.xapi("XAPI-00162", "XAPI-00163")
@both
def test_who_refers_to_a_voided_statement_is_found_by_it_within_every_bound(
    moodle: Caller, version: str
) -> None:
    caller = moodle.speaking(version)
    registration = str(uuid.uuid4())
    target = statement("ada", "passed", "x", context={"registration": registration})
    note = statement("bo", "noted", reference(target["id"]))
    voiding = statement("cem", VOIDED, reference(target["id"]))
    caller.post_each(target, note, voiding, statement("dora", "failed", "y"))
    stored = {one["id"]: one["stored"] for one in caller.get().json["statements"]}
    assert target["id"] not in stored
    for query in (
        {"verb": f"{VERBS}passed"},
        {"agent": mail_of("ada")},
        {"activity": f"{COURSES}x"},
        {"registration": registration},
    ):
        assert caller.ids(**query) == [voiding["id"], note["id"]]
        assert caller.ids(**query, ascending="true") == [note["id"], voiding["id"]]
        assert caller.ids(**query, limit=1) == [voiding["id"]]
        assert caller.ids(**query, since=stored[note["id"]]) == [voiding["id"]]
        assert caller.ids(**query, until=stored[note["id"]]) == [note["id"]]


@pytest.mark.xapi("XAPI-00164", "XAPI-00178", "XAPI-00179", "XAPI-00180", "XAPI-00181")
@both
def test_every_filter_and_every_pair_of_filters_answers_exactly_what_matches(
    moodle: Caller, version: str
) -> None:
    caller = moodle.speaking(version)
    registrations = [str(uuid.uuid4()) for _ in range(2)]
    names: dict[str, tuple[str, str, str, str]] = {}
    for who in ("ada", "bo"):
        for verb in ("passed", "failed"):
            for thing in ("x", "y"):
                for registration in registrations:
                    one = statement(who, verb, thing, context={"registration": registration})
                    names[one["id"]] = (who, verb, thing, registration)
                    caller.post(one)
    filters = {
        "agent": (0, "ada", mail_of("ada")),
        "verb": (1, "passed", f"{VERBS}passed"),
        "activity": (2, "x", f"{COURSES}x"),
        "registration": (3, registrations[0], registrations[0]),
    }
    chosen = (
        [[name] for name in filters] + [[a, b] for a in filters for b in filters if a < b] + [list(filters)]
    )
    for group in chosen:
        query = {name: filters[name][2] for name in group}
        wanted = [
            one for one, values in names.items() if all(values[filters[n][0]] == filters[n][1] for n in group)
        ]
        assert len(wanted) == 16 >> len(group)
        assert caller.ids(**query, ascending="true") == wanted
        assert caller.ids(**query) == wanted[::-1]


@pytest.mark.xapi("XAPI-00181")
@both
def test_an_agent_is_found_by_each_kind_of_identifier_and_a_group_by_its_own(
    moodle: Caller, version: str
) -> None:
    caller = moodle.speaking(version)
    actors: list[dict[str, Any]] = [
        {"mbox": "mailto:Eve@Example.com"},
        {"mbox_sha1sum": "cd" * 20},
        {"openid": "https://eve.example.com/"},
        {"account": ACCOUNT},
        {"objectType": "Group", "mbox": "mailto:group@example.com", "member": [agent("member")]},
    ]
    ids = caller.post_each(*(statement() | {"actor": actor, "id": str(uuid.uuid4())} for actor in actors))
    for one, actor in zip(ids, actors, strict=True):
        assert caller.ids(agent=json.dumps(actor)) == [one]
    assert caller.ids(agent=mail_of("member")) == [ids[4]]
    assert caller.ids(agent=json.dumps({"mbox": "mailto:eve@example.com", "name": "Other"})) == [ids[0]]
    anonymous = {"objectType": "Group", "member": [agent("member")]}
    assert caller.get(agent=json.dumps(anonymous)).status_code == 400


def _inner(**changes: Any) -> dict[str, Any]:
    verb = {"id": f"{VERBS}did"}
    return {
        "objectType": "SubStatement",
        "actor": agent("bo"),
        "verb": verb,
        "object": activity("inner"),
        **changes,
    }


@pytest.mark.xapi("XAPI-00176")
@both
def test_related_agents_finds_each_place_of_an_agent_and_agent_alone_two(
    moodle: Caller, version: str
) -> None:
    caller = moodle.speaking(version)
    eve = agent("eve")
    group = {"objectType": "Group", "member": [agent("cem"), eve]}
    identified = TEAM | {"member": [eve]}
    places: dict[str, dict[str, Any]] = {
        "actor": statement("eve"),
        "member of actor": statement() | {"actor": group},
        "member of identified actor": statement() | {"actor": identified},
        "object": statement(thing=eve),
        "member of object": statement(thing=group),
        "instructor": statement(context={"instructor": eve}),
        "member of instructor": statement(context={"instructor": group}),
        "team": statement(context={"team": group}),
        "authority": statement(authority=eve),
        "member of authority": statement(authority=group),
        "inner actor": statement(thing=_inner(actor=eve)),
        "inner object": statement(thing=_inner(object=eve)),
        "inner instructor": statement(thing=_inner(context={"instructor": eve})),
        "inner team": statement(thing=_inner(context={"team": group})),
        "nowhere": statement(),
    }
    if version == "2.0.0":
        places["contextAgents"] = statement(
            context={"contextAgents": [{"objectType": "contextAgent", "agent": eve}]}
        )
        places["contextGroups"] = statement(
            context={"contextGroups": [{"objectType": "contextGroup", "group": group}]}
        )
    caller.post_each(*places.values())
    names = {one["id"]: name for name, one in places.items()}
    direct = {"actor", "member of actor", "member of identified actor", "object", "member of object"}
    for query, wanted in (
        ({}, direct),
        ({"related_agents": "false"}, direct),
        ({"related_agents": "true"}, set(places) - {"nowhere"}),
    ):
        assert {names[one] for one in caller.ids(agent=mail_of("eve"), **query)} == wanted
    # Without an agent the parameter is no filter.
    assert len(caller.ids(related_agents="true")) == len(places)
    assert caller.ids(agent=mail_of("nobody"), related_agents="true") == []


@pytest.mark.xapi("XAPI-00177", "XAPI-00179")
@both
def test_related_activities_finds_each_place_of_an_activity_and_activity_alone_the_object(
    moodle: Caller, version: str
) -> None:
    caller = moodle.speaking(version)
    x = activity("x")
    places: dict[str, dict[str, Any]] = {
        "object": statement(thing="x"),
        "inner object": statement(thing=_inner(object=x)),
    }
    for key in ("parent", "grouping", "category", "other"):
        places[key] = statement(context={"contextActivities": {key: [activity("z"), x]}})
        places[f"single {key}"] = statement(context={"contextActivities": {key: x}})
        places[f"inner {key}"] = statement(thing=_inner(context={"contextActivities": {key: [x]}}))
    places["nowhere"] = statement(thing="xx")
    caller.post_each(*places.values())
    names = {one["id"]: name for name, one in places.items()}
    for query, wanted in (
        ({}, {"object"}),
        ({"related_activities": "false"}, {"object"}),
        ({"related_activities": "true"}, set(places) - {"nowhere"}),
    ):
        assert {names[one] for one in caller.ids(activity=f"{COURSES}x", **query)} == wanted
    assert len(caller.ids(related_activities="true")) == len(places)


@pytest.mark.xapi("XAPI-00174", "XAPI-00175")
@both
def test_since_is_exclusive_and_until_inclusive_to_the_microsecond(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one, two, three = caller.post_each(statement(), statement(), statement())
    text = caller.get(statementId=two).json["stored"]
    instant = datetime.fromisoformat(text)
    step = timedelta(microseconds=1)

    def written(moment: datetime) -> str:
        return moment.isoformat().replace("+00:00", "Z")

    for query, wanted in (
        ({"since": text}, [three]),
        ({"until": text}, [two, one]),
        ({"since": written(instant - step)}, [three, two]),
        ({"until": written(instant - step)}, [one]),
        ({"since": text, "until": text}, []),
        ({"since": written(instant - step), "until": text}, [two]),
        ({"until": text, "ascending": "true"}, [one, two]),
    ):
        assert caller.ids(**query) == wanted, query
    shifted = (instant + timedelta(hours=5, minutes=30)).isoformat().replace("+00:00", "+05:30")
    assert caller.ids(since=shifted) == [three]


@pytest.mark.xapi("XAPI-00166", "XAPI-00173")
@both
def test_limit_and_ascending_cut_and_turn_the_order_of_stored(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    ids = caller.post_each(
        *(statement(str(number), timestamp=f"20{30 - number}-01-01T00:00:00Z") for number in range(6))
    )
    for limit in (1, 2, 5, 6, 7):
        assert caller.ids(limit=limit) == ids[::-1][:limit]
        assert caller.ids(limit=limit, ascending="true") == ids[:limit]
    assert caller.ids(limit=0) == caller.ids(ascending="false") == ids[::-1]


@pytest.mark.xapi("XAPI-00168", "XAPI-00170")
@both
def test_exact_answers_what_was_sent_and_is_the_default(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one = whole(version) | {"id": str(uuid.uuid4())}
    caller.post(one)
    named = activity("quiz") | {"definition": {"name": {"fr": "Jeu"}}}
    caller.post(statement(thing=named))
    for query in ({}, {"format": "exact"}):
        headers = {"Accept-Language": "fr"}
        answer = caller.request(
            "GET", "statements", query={"statementId": one["id"], **query}, headers=headers
        )
        found = answer.json
        del found["stored"], found["version"]
        assert found == one


@pytest.mark.xapi("XAPI-00169", "XAPI-00172")
@both
def test_canonical_fills_in_definitions_in_the_language_asked_for(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    named = {"name": {"en-US": "Quiz", "de-DE": "Rätsel"}, "description": {"en-US": "A quiz"}}
    choices = {
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"en-US": "A", "de": "Ah"}}],
    }
    verb = {"id": f"{VERBS}answered", "display": {"en-US": "answered", "de-DE": "beantwortet"}}
    inner = _inner(object={"id": f"{COURSES}quiz"}, verb=verb)
    caller.post_each(
        statement(thing=activity("quiz") | {"definition": named | choices}),
        statement(thing=activity("quiz") | {"definition": {"name": {"fr-FR": "Jeu"}}}),
    )
    parent = {"contextActivities": {"parent": [{"id": f"{COURSES}quiz"}]}}
    bare = statement(thing={"id": f"{COURSES}quiz"}, context=parent) | {"verb": verb}
    deep = statement(thing=inner)
    caller.post_each(bare, deep)

    def asked(one: dict[str, Any], language: str | None) -> dict[str, Any]:
        query = {"statementId": one["id"], "format": "canonical"}
        answer = caller.request("GET", "statements", query=query, headers={"Accept-Language": language})
        found: dict[str, Any] = answer.json
        return found

    for language, name, display, component in (
        ("de-DE", {"de-DE": "Rätsel"}, {"de-DE": "beantwortet"}, {"de": "Ah"}),
        ("fr, en;q=0.5", {"fr-FR": "Jeu"}, {"en-US": "answered"}, {"en-US": "A"}),
        ("en", {"en-US": "Quiz"}, {"en-US": "answered"}, {"en-US": "A"}),
        ("ja;q=0.9, de;q=0.8, en;q=0.1", {"de-DE": "Rätsel"}, {"de-DE": "beantwortet"}, {"de": "Ah"}),
    ):
        found, within = asked(bare, language), asked(deep, language)["object"]
        for thing in (found["object"], found["context"]["contextActivities"]["parent"][0], within["object"]):
            assert thing["definition"]["name"] == name, language
            assert thing["definition"]["description"] == {"en-US": "A quiz"}
            assert thing["definition"]["choices"] == [{"id": "a", "description": component}]
        assert found["verb"]["display"] == within["verb"]["display"] == display
    assert len(asked(bare, None)["object"]["definition"]["name"]) == 1


@pytest.mark.xapi("XAPI-00171")
@both
def test_ids_answers_identifiers_alone_at_every_depth(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    inner = _inner(
        actor=TEAM,
        object=activity("quiz") | {"definition": {"name": {"en": "Quiz"}}},
        context={"contextActivities": {"other": [activity("o") | {"definition": {}}]}},
    )
    one = statement(thing=inner, authority=agent("app") | {"name": "App"}) | {
        "actor": {
            "objectType": "Group",
            "name": "All",
            "member": [agent("ada") | {"name": "Ada"}, {"account": ACCOUNT}],
        },
        "verb": {"id": f"{VERBS}answered", "display": {"en": "answered"}},
    }
    caller.post(one)
    for found in (
        caller.get(statementId=one["id"], format="ids").json,
        caller.get(format="ids").json["statements"][0],
    ):
        assert found["actor"] == {"objectType": "Group", "member": [agent("ada"), {"account": ACCOUNT}]}
        assert found["verb"] == {"id": f"{VERBS}answered"}
        assert found["authority"] == agent("app")
        assert found["object"]["actor"] == {"objectType": "Group", "account": TEAM["account"]}
        assert found["object"]["object"] == {"id": f"{COURSES}quiz"}
        assert found["object"]["context"]["contextActivities"] == {"other": [{"id": f"{COURSES}o"}]}
        assert found["object"]["verb"] == {"id": f"{VERBS}did"}
