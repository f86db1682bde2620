"""GET /statements: exact sets for every filter, boundaries, references, voiding, pages under writes, visibility."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.xapi.lrs import (
    COURSES,
    VERBS,
    VOIDED,
    Caller,
    Lrs,
    activity,
    agent,
    mail_of,
    reference,
    statement,
)


def stored_of(caller: Caller, statement_id: str) -> str:
    value: str = caller.get(statementId=statement_id).json["stored"]
    return value


@pytest.mark.xapi("XAPI-00174", "XAPI-00175")
def test_since_is_exclusive_and_until_inclusive(moodle: Caller) -> None:
    one, two, three = moodle.post_each(statement(), statement(), statement())
    middle = stored_of(moodle, two)
    assert moodle.ids(since=middle) == [three]
    assert moodle.ids(until=middle) == [two, one]
    assert moodle.ids(since=stored_of(moodle, one), until=middle) == [two]
    assert moodle.ids(since=middle, until=middle) == []
    assert moodle.ids(since=stored_of(moodle, three)) == []
    # The same instant in another zone, and with digits past what is stored.
    shifted = middle.replace("Z", "999Z")
    assert moodle.ids(since=shifted) == [three]
    assert moodle.ids(until=shifted) == [two, one]
    assert moodle.ids(ascending="true", since=stored_of(moodle, one)) == [two, three]


@pytest.mark.xapi("XAPI-00166", "XAPI-00173")
def test_order_is_newest_first_and_ascending_reverses(moodle: Caller) -> None:
    ids = moodle.post_each(*(statement(str(number)) for number in range(4)))
    assert moodle.ids() == ids[::-1]
    assert moodle.ids(ascending="true") == ids
    assert moodle.ids(limit=1) == ids[-1:]
    assert moodle.ids(limit=1, ascending="true") == ids[:1]


@pytest.fixture
def cast_of_agents(moodle: Caller) -> tuple[Caller, dict[str, str]]:
    """Every position in which Ada can stand, and one statement without her."""
    group = {"objectType": "Group", "member": [agent("ada"), agent("bo")]}
    team = {
        "objectType": "Group",
        "account": {"homePage": "https://x.example", "name": "t"},
        "member": [agent("ada")],
    }
    inner = {
        "objectType": "SubStatement",
        "actor": agent("ada"),
        "verb": {"id": f"{VERBS}did"},
        "object": activity("inner"),
    }
    places: dict[str, dict[str, Any]] = {
        "actor": statement("ada"),
        "object": statement("bo", thing=agent("ada")),
        "member": statement() | {"actor": group},
        "member-of-object": statement("bo", thing=group),
        "instructor": statement("bo", context={"instructor": agent("ada")}),
        "team": statement("bo", context={"team": team}),
        "authority": statement("bo", authority=agent("ada")),
        "substatement": statement("bo", thing=inner),
        "nowhere": statement("bo"),
    }
    moodle.post_each(*places.values())
    return moodle, {one["id"]: name for name, one in places.items()}


@pytest.mark.xapi("XAPI-00176", "XAPI-00181")
def test_agent_alone_finds_actor_and_object(cast_of_agents: tuple[Caller, dict[str, str]]) -> None:
    caller, names = cast_of_agents
    found = {names[one] for one in caller.ids(agent=mail_of("ada"))}
    assert found == {"actor", "object", "member", "member-of-object"}


@pytest.mark.xapi("XAPI-00176")
def test_related_agents_finds_every_place(cast_of_agents: tuple[Caller, dict[str, str]]) -> None:
    caller, names = cast_of_agents
    found = {names[one] for one in caller.ids(agent=mail_of("ada"), related_agents="true")}
    assert found == set(names.values()) - {"nowhere"}


@pytest.mark.xapi("XAPI-00176")
def test_the_authority_that_the_lrs_sets_is_a_related_agent(lrs: Lrs) -> None:
    """Everything that a source said under the authority that it has here, and nothing that it said under another."""
    everybody = lrs.source("everybody", scopes=("all",))
    one, two = lrs.source("one"), lrs.source("two")
    (first,) = one.post(statement(who="bo", thing="x"))
    (second,) = one.post(statement(thing="y"))
    one.post(statement(authority=agent("ada")))
    (other,) = two.post(statement(thing="x"))
    authorities = [everybody.get(statementId=found).json["authority"] for found in (first, other)]
    (named,) = two.post(statement(authority=authorities[0], thing="z"))
    (about,) = two.post(statement(thing=authorities[0]))
    asked = {"agent": json.dumps(authorities[0]), "related_agents": "true"}
    assert set(everybody.ids(**asked)) == {first, second, named, about}
    assert everybody.ids(**asked, ascending="true", limit=1) == [first]
    assert everybody.all_ids(**asked, limit=1) == [about, named, second, first]
    assert everybody.ids(**asked, activity=f"{COURSES}x") == [first]
    assert everybody.ids(**asked, verb=f"{VERBS}completed", activity=f"{COURSES}z") == [named]
    assert everybody.ids(agent=asked["agent"]) == [about]
    assert set(one.ids(**asked)) == {first, second}
    assert everybody.ids(agent=json.dumps(authorities[1]), related_agents="true") == [about, other]
    assert one.ids(agent=json.dumps(authorities[1]), related_agents="true") == []


@pytest.mark.xapi("XAPI-00177", "XAPI-00179")
def test_related_activities_finds_every_place_and_activity_alone_only_the_object(moodle: Caller) -> None:
    inner = {
        "objectType": "SubStatement",
        "actor": agent("ada"),
        "verb": {"id": f"{VERBS}did"},
        "object": activity("x"),
    }
    deep = inner | {"object": activity("y"), "context": {"contextActivities": {"category": [activity("x")]}}}
    places = {
        "object": statement(thing="x"),
        "parent": statement(context={"contextActivities": {"parent": activity("x")}}),
        "grouping": statement(context={"contextActivities": {"grouping": [activity("x")]}}),
        "category": statement(context={"contextActivities": {"category": [activity("z"), activity("x")]}}),
        "other": statement(context={"contextActivities": {"other": [activity("x")]}}),
        "substatement": statement(thing=inner),
        "context-of-substatement": statement(thing=deep),
        "nowhere": statement(),
    }
    moodle.post_each(*places.values())
    names = {one["id"]: name for name, one in places.items()}
    assert {names[one] for one in moodle.ids(activity=f"{COURSES}x")} == {"object"}
    related = {names[one] for one in moodle.ids(activity=f"{COURSES}x", related_activities="true")}
    assert related == set(places) - {"nowhere"}


@pytest.mark.xapi("XAPI-00149", "XAPI-00164", "XAPI-00178", "XAPI-00179", "XAPI-00180", "XAPI-00181")
def test_filters_together_match_what_each_matches(moodle: Caller) -> None:
    registration = str(uuid.uuid4())
    wanted = statement("ada", "passed", "x", context={"registration": registration.upper()})
    others = [
        statement("bo", "passed", "x", context={"registration": registration}),
        statement("ada", "failed", "x", context={"registration": registration}),
        statement("ada", "passed", "y", context={"registration": registration}),
        statement("ada", "passed", "x"),
    ]
    moodle.post_each(wanted, *others)
    everything = {
        "agent": mail_of("ada"),
        "verb": f"{VERBS}passed",
        "activity": f"{COURSES}x",
        "registration": registration,
    }
    assert moodle.ids(**everything) == [wanted["id"]]
    for name in everything:
        rest = {key: value for key, value in everything.items() if key != name}
        assert len(moodle.ids(**rest)) == 2
    assert moodle.ids(**{**everything, "verb": f"{VERBS}never"}) == []


@pytest.mark.xapi("XAPI-00162")
def test_a_reference_answers_for_its_target_along_the_chain_whatever_arrives_first(moodle: Caller) -> None:
    c = statement("ada", "passed", "x", context={"registration": str(uuid.uuid4())})
    b = statement("bo", "confirmed", reference(c["id"]))
    a = statement("cem", "noted", reference(b["id"]))
    for order in ([a, b, c], [c, b, a], [b, a, c]):
        fresh = {one["id"]: str(uuid.uuid4()) for one in (a, b, c)}
        text = json.dumps(order)
        for old, new in fresh.items():
            text = text.replace(old, new)
        renewed = json.loads(text.replace("example.com", f"{uuid.uuid4()}.example"))
        moodle.post_each(*renewed)
        target = next(one for one in renewed if one["object"].get("objectType") == "Activity")
        newest_first = [one["id"] for one in reversed(renewed)]
        for query in (
            {"agent": json.dumps(target["actor"])},
            {"verb": target["verb"]["id"]},
            {"activity": target["object"]["id"]},
        ):
            assert moodle.ids(**query) == newest_first
    assert len(moodle.ids(registration=c["context"]["registration"], limit=20)) == 9


def test_a_whole_chain_in_one_batch_is_followed_to_its_end(moodle: Caller) -> None:
    d = statement("ada", "passed", "x")
    c = statement("bo", "c", reference(d["id"]))
    b = statement("bo", "b", reference(c["id"]))
    a = statement("bo", "a", reference(b["id"]))
    moodle.post(a, b, c, d)
    assert set(moodle.ids(agent=mail_of("ada"))) == {one["id"] for one in (a, b, c, d)}


def test_references_in_a_circle_end(moodle: Caller) -> None:
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    moodle.post(statement("ada", "a", reference(two)) | {"id": one})
    moodle.post(statement("bo", "b", reference(one)) | {"id": two})
    assert set(moodle.ids(agent=mail_of("ada"))) == {one, two}
    assert set(moodle.ids(verb=f"{VERBS}b")) == {one, two}


@pytest.mark.xapi("XAPI-00155", "XAPI-00162", "XAPI-00163")
def test_a_voided_statement_is_hidden_but_who_refers_to_it_is_found(moodle: Caller) -> None:
    target = statement("ada", "passed", "x")
    note = statement("bo", "noted", reference(target["id"]))
    voiding = statement("cem", VOIDED, reference(target["id"]))
    moodle.post_each(target, note, voiding)
    assert moodle.ids(verb=f"{VERBS}passed") == [voiding["id"], note["id"]]
    assert moodle.ids(verb=f"{VERBS}passed", limit=1) == [voiding["id"]]
    assert moodle.ids(verb=f"{VERBS}passed", until=stored_of(moodle, note["id"])) == [note["id"]]
    assert moodle.get(statementId=target["id"]).status_code == 404
    assert moodle.get(voidedStatementId=target["id"]).json["id"] == target["id"]
    assert moodle.get(voidedStatementId=note["id"]).status_code == 404


@pytest.mark.xapi("XAPI-00016", "XAPI-00018")
def test_a_voiding_that_comes_first_voids_and_a_voiding_cannot_be_voided(moodle: Caller) -> None:
    target = statement()
    voiding = statement(verb=VOIDED, thing=reference(target["id"]))
    undo = statement(verb=VOIDED, thing=reference(voiding["id"]))
    moodle.post_each(voiding, undo, target)
    assert moodle.get(statementId=target["id"]).status_code == 404
    assert moodle.get(statementId=voiding["id"]).status_code == 200


@pytest.mark.xapi("XAPI-00108", "XAPI-00111", "XAPI-00114")
def test_pages_neither_repeat_nor_skip_while_others_write(moodle: Caller) -> None:
    ids = moodle.post_each(*(statement(str(number)) for number in range(23)))
    seen, more = [], moodle.get(limit=5).json
    seen += [one["id"] for one in more["statements"]]
    link = more["more"]
    while link:
        moodle.post(statement("late"))
        found, link = moodle.page(link)
        seen += found
    assert seen == ids[::-1]


@pytest.mark.xapi("XAPI-00108", "XAPI-00166")
def test_ascending_pages_reach_what_is_written_meanwhile(moodle: Caller) -> None:
    ids = moodle.post_each(*(statement(str(number)) for number in range(12)))
    answer = moodle.get(limit=5, ascending="true").json
    seen, link = [one["id"] for one in answer["statements"]], answer["more"]
    late: list[str] = []
    while link:
        late += moodle.post(statement("late")) if len(late) < 4 else []
        found, link = moodle.page(link)
        seen += found
    assert seen == ids + late


@pytest.mark.xapi("XAPI-00108", "XAPI-00114")
@pytest.mark.parametrize(
    "filters", [{}, {"agent": mail_of("ada")}, {"activity": f"{COURSES}x", "related_activities": "true"}]
)
def test_rows_of_one_instant_are_paged_in_a_total_order(moodle: Caller, filters: dict[str, str]) -> None:
    ids = moodle.post(*(statement("ada", thing="x") for _ in range(17)))
    assert moodle.all_ids(limit=4, **filters) == ids[::-1]
    assert moodle.all_ids(limit=4, ascending="true", **filters) == ids


@pytest.mark.xapi("XAPI-00109", "XAPI-00113")
def test_more_is_a_path_from_the_root_and_empty_at_the_end(moodle: Caller) -> None:
    moodle.post_each(statement(), statement())
    first = moodle.get(limit=1).json["more"]
    assert first.startswith("/xapi/statements?")
    assert moodle.page(first)[1] == ""
    assert moodle.get(limit=2).json["more"] == ""


@pytest.mark.xapi("XAPI-00108", "XAPI-00111")
@pytest.mark.parametrize(
    "sent",
    [
        "limit=1&agent=" + quote(mail_of("ada"), safe=""),
        "agent=" + quote(mail_of("ada"), safe=":,@") + "&limit=1",
        # Neither escaped as an address wants it, nor with a plain name: both are read, and repeated escaped.
        "limit=1&agent=" + mail_of("ada").replace(" ", ""),
        "l%69mit=1&&",
    ],
)
def test_more_repeats_the_query_however_it_was_escaped(moodle: Caller, sent: str) -> None:
    ids = moodle.post_each(statement(), statement(), statement())
    found, link = moodle.page(f"/xapi/statements?{sent}")
    while link:
        assert re.fullmatch(r"/xapi/statements\?[\w.~!$&'()*+,;=:@/?%-]+", link, re.ASCII)
        assert link.count("cursor=") == 1
        more, link = moodle.page(link)
        found += more
    assert found == ids[::-1]


def test_a_cursor_that_is_named_in_disguise_is_one(moodle: Caller) -> None:
    moodle.post_each(statement(), statement(), statement())
    link = moodle.get(limit=1).json["more"].replace("cursor=", "c%75rsor=")
    _, link = moodle.page(link)
    assert (link.count("cursor="), link.count("c%75rsor=")) == (1, 0)
    assert moodle.page(link)[1] == ""


def test_a_cursor_serves_only_its_own_query(moodle: Caller) -> None:
    moodle.post_each(statement(), statement(), statement())
    link = moodle.get(limit=1).json["more"]
    cursor = link.rpartition("cursor=")[2]
    for query in ({"limit": 2, "cursor": cursor}, {"limit": 1, "cursor": cursor + "0"}, {"cursor": "x"}):
        answer = moodle.get(**query)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "cursor")


@pytest.mark.xapi("XAPI-00327")
def test_visibility_follows_the_scope(lrs: Lrs, moodle: Caller) -> None:
    other = lrs.source("other")
    reader = lrs.source("reader", scopes=["all/read"])
    writer = lrs.source("writer", scopes=["statements/write"])
    library = lrs.source("library", scopes=["statements/write", "statements/read"])
    (mine,) = moodle.post(statement())
    (theirs,) = other.post(statement())
    (written,) = library.post(statement())
    for query in (
        {},
        {"agent": mail_of("ada")},
        {"verb": f"{VERBS}completed"},
        {"activity": f"{COURSES}excel"},
    ):
        assert moodle.ids(**query) == [mine]
        assert other.ids(**query) == [theirs]
        assert library.ids(**query) == [written]
        assert reader.ids(**query) == [written, theirs, mine]
    assert moodle.get(statementId=theirs).status_code == 404
    assert reader.get(statementId=theirs).status_code == 200
    assert reader.send("POST", "statements", statement()).status_code == 403
    assert writer.get().status_code == 403
    assert writer.send("POST", "statements", statement()).status_code == 200


def test_a_statement_without_reach_is_answered_like_one_that_is_not_there(lrs: Lrs, moodle: Caller) -> None:
    (theirs,) = lrs.source("other").post(statement())
    hidden, missing = moodle.get(statementId=theirs), moodle.get(statementId=str(uuid.uuid4()))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json.keys() == missing.json.keys()


def test_last_modified_of_one_statement_is_its_stored(moodle: Caller) -> None:
    from email.utils import parsedate_to_datetime

    (one,) = moodle.post(statement())
    answer = moodle.speaking("2.0.0").get(statementId=one)
    modified = parsedate_to_datetime(answer.headers["Last-Modified"])
    assert answer.json["stored"].startswith(modified.strftime("%Y-%m-%dT%H:%M:%S"))


@pytest.mark.xapi("XAPI-00169", "XAPI-00170", "XAPI-00171", "XAPI-00172", "XAPI-00254")
def test_formats(moodle: Caller) -> None:
    named = activity("x") | {"definition": {"name": {"en-US": "X", "de-DE": "Ix"}}}
    (one,) = moodle.post(statement(thing=named, context={"contextActivities": {"parent": activity("p")}}))
    moodle.post(statement(thing=activity("x") | {"definition": {"name": {"fr-FR": "Iks"}}}))
    ids = moodle.get(statementId=one, format="ids").json
    assert ids["object"] == {"id": f"{COURSES}x"}
    french = moodle.request(
        "GET",
        "statements",
        query={"statementId": one, "format": "canonical"},
        headers={"Accept-Language": "fr-FR, en;q=0.3"},
    ).json
    assert french["object"]["definition"]["name"] == {"fr-FR": "Iks"}
    exact = moodle.get(statementId=one).json
    assert exact["object"] == named
    assert exact["context"]["contextActivities"]["parent"] == [activity("p")]
    merged = moodle.request("GET", "activities", query={"activityId": f"{COURSES}x"}).json
    assert merged["definition"]["name"] == {"en-US": "X", "de-DE": "Ix", "fr-FR": "Iks"}


def test_an_activity_changes_only_by_a_credential_that_may_define(lrs: Lrs, moodle: Caller) -> None:
    moodle.post(statement(thing=activity("x") | {"definition": {"name": {"en": "X"}}}))
    guest = lrs.source("guest", scopes=["statements/write"])
    guest.post(statement(thing=activity("x") | {"definition": {"name": {"en": "changed"}}}))
    merged = moodle.request("GET", "activities", query={"activityId": f"{COURSES}x"}).json
    assert merged["definition"]["name"] == {"en": "X"}
