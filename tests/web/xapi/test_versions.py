"""The version of a request and of its answer (1.0.3 Communication 3.3; traps 1, 2, 3, 6, 10)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from tests.web.xapi.lrs import CONSISTENT, VERSION, Answer, Caller, Lrs, ask, basic, mail_of, statement
from tests.web.xapi.places import AGENT_PROFILE, place, read

FORM = "application/x-www-form-urlencoded"


@pytest.mark.xapi("XAPI-00321", "XAPI-00333")
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_request_without_version_is_refused_in_the_version_of_its_source(lrs: Lrs, version: str) -> None:
    caller = lrs.source("one", xapi_version=version)
    for method, path in (("GET", "statements"), ("POST", "statements"), ("GET", "activities")):
        answer = caller.request(method, path, headers={VERSION: None})
        assert (answer.status_code, answer.headers[VERSION]) == (400, version)
        assert answer.json["errors"][0]["requirement"] == "XAPI-00321"


@pytest.mark.xapi("XAPI-00331")
@pytest.mark.parametrize("version", ["0.9", "0.95", "1.1.0", "2.1.0", "nonsense", ""])
def test_a_version_that_is_not_spoken_is_refused(moodle: Caller, version: str) -> None:
    answer = moodle.request("GET", "statements", headers={VERSION: version})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["requirement"] == "XAPI-00331"


@pytest.mark.xapi("XAPI-00333")
@pytest.mark.parametrize(
    ("asked", "answered"), [("1.0", "1.0.3"), ("1.0.0", "1.0.3"), ("1.0.9", "1.0.3"), ("2.0.0", "2.0.0")]
)
def test_every_answer_carries_the_version_it_was_asked_in(moodle: Caller, asked: str, answered: str) -> None:
    caller = moodle.speaking(asked)
    calls = [
        caller.get(),
        caller.get(foo="bar"),
        caller.request("GET", "activities", query={"activityId": "https://example.com/x"}),
        caller.request("GET", "agents", query={"agent": mail_of("ada")}),
        caller.request("GET", "nothing/here"),
        caller.request("PATCH", "statements"),
        caller.request("GET", "about"),
        caller.request("GET", "statements", headers={"Authorization": "Basic bm9ib2R5Om5vbmU="}),
    ]
    assert [call.status_code for call in calls] == [200, 400, 200, 200, 404, 405, 200, 401]
    assert {call.headers[VERSION] for call in calls} == {answered}


@pytest.mark.xapi("XAPI-00317", "XAPI-00319")
def test_about_needs_neither_version_nor_credentials_and_lists_both(moodle: Caller) -> None:
    answer = moodle.request("GET", "about", headers={VERSION: None, "Authorization": None})
    assert answer.json == {"version": ["1.0.3", "2.0.0"]}


def test_a_reader_of_1_0_3_gets_no_property_that_only_2_0_has(lrs: Lrs) -> None:
    new = lrs.source("new", xapi_version="2.0.0")
    context = {
        "contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:eve@example.com"}}],
        "platform": "here",
    }
    (found,) = new.post(statement(context=context))
    old = new.speaking("1.0.3").get(statementId=found).json
    assert old["context"] == {"platform": "here"}
    assert old["version"] == "1.0.0"
    assert new.get(statementId=found).json["context"] == context


def form_post(caller: Caller, method: str, fields: dict[str, str], extra: str = "") -> tuple[int, str]:
    answer = ask(
        caller.app,
        "POST",
        f"/xapi/statements?method={method}{extra}",
        urlencode(fields).encode(),
        {"Content-Type": FORM},
    )
    return answer.status_code, answer.text


def fields_of(caller: Caller, version: str = "1.0.3") -> dict[str, str]:
    return {"Authorization": basic(caller.source.key, caller.source.secret), VERSION: version}


@pytest.mark.xapi("XAPI-00148", "XAPI-00336")
def test_the_alternate_syntax_takes_everything_from_the_form(moodle: Caller) -> None:
    one = statement()
    sent = {**fields_of(moodle), "statementId": one["id"], "content": json.dumps(one)}
    assert form_post(moodle, "PUT", sent) == (204, "")
    status, text = form_post(moodle, "GET", {**fields_of(moodle), "statementId": one["id"]})
    assert (status, json.loads(text)["id"]) == (200, one["id"])


@pytest.mark.xapi("XAPI-00336")
def test_headers_beside_the_form_count_and_those_in_it_go_before(moodle: Caller) -> None:
    """1.0.3 Communication 1.3: what is not among the form's headers is sent as a header as always."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    where = place(AGENT_PROFILE)

    def form(method: str, path: str, fields: dict[str, str], **headers: str) -> Answer:
        body = urlencode(fields).encode()
        return moodle.request("POST", f"{path}?method={method}", body=body, headers=kind | headers)

    fresh = {"If-None-Match": "*"}
    assert form("PUT", AGENT_PROFILE, {**where, "content": "{}"}, **fresh).status_code == 204
    wrong = {"If-Match": '"other"'}
    assert form("DELETE", AGENT_PROFILE, where, **wrong).status_code == 412
    right = {"If-Match": read(moodle, AGENT_PROFILE).headers["ETag"]}
    assert form("DELETE", AGENT_PROFILE, where | right, **wrong).status_code == 204
    said = {"de": "fertig", "en": "done"}
    one = statement(verb="https://example.com/v")
    one["verb"]["display"] = said
    moodle.post(one)
    asked = {"statementId": one["id"], "format": "canonical"}
    answer = form("GET", "statements", asked, **{"Accept-Language": "de"})
    assert answer.json["verb"]["display"] == {"de": "fertig"}


@pytest.mark.xapi("XAPI-00336")
def test_the_alternate_syntax_refuses_what_1_0_3_says_it_must(moodle: Caller) -> None:
    content = json.dumps(statement())
    good = {**fields_of(moodle), "content": content}
    assert form_post(moodle, "POST", good, "&foo=bar")[0] == 400
    assert form_post(moodle, "POST", fields_of(moodle))[0] == 400
    assert form_post(moodle, "POST", {**good, VERSION: "0.8"})[0] == 400
    assert form_post(moodle, "BREW", good)[0] == 400
    assert form_post(moodle, "POST", {"content": content, VERSION: "1.0.3"})[0] == 401
    assert moodle.request("GET", "statements", query={"method": "PUT"}).status_code == 400


@pytest.mark.parametrize("value", ["multipart/mixed;\0", "text/plain\n", "\x7f"])
def test_a_form_may_not_say_what_no_header_may_hold(moodle: Caller, value: str) -> None:
    """PostgreSQL stores no NUL: found by the fuzzer, where a refused request was kept and a document stored."""
    sent = {**fields_of(moodle), "Content-Type": value, "content": "x", "If-None-Match": "*"}
    assert form_post(moodle, "POST", sent)[0] == 400
    document = {"activityId": "https://example.com/a", "profileId": "p"}
    fields = urlencode(sent | document).encode()
    headers = {"Authorization": None, VERSION: None, "Content-Type": "application/x-www-form-urlencoded"}
    answer = moodle.request("POST", "activities/profile?method=PUT", body=fields, headers=headers)
    assert (answer.status_code, "control characters" in answer.json["detail"]) == (400, True)


@pytest.mark.xapi("XAPI-00336")
def test_2_0_has_no_alternate_syntax(moodle: Caller) -> None:
    content = json.dumps(statement())
    assert form_post(moodle, "POST", {**fields_of(moodle, "2.0.0"), "content": content})[0] in range(400, 500)
    answer = moodle.speaking("2.0.0").request(
        "POST", "statements", query={"method": "PUT"}, body=content.encode()
    )
    assert answer.status_code == 400
    assert moodle.ids() == []


def test_a_secret_sent_in_a_form_is_in_no_refused_request(lrs: Lrs, moodle: Caller) -> None:
    from sqlalchemy import select

    from lms_bridge.store.database import db
    from lms_bridge.store.models.statements import RefusedRequest

    bad = json.dumps(statement(foo="bar"))
    assert form_post(moodle, "POST", {**fields_of(moodle), "content": bad})[0] == 400
    with lrs.app.app_context():
        (row,) = db.session().execute(select(RefusedRequest)).scalars()
        assert (row.body, row.path) == (bad.encode(), "/xapi/statements")


@pytest.mark.xapi("XAPI-00324", "XAPI-00325")
def test_unknown_parameters_and_wrong_case_are_refused(moodle: Caller) -> None:
    for query in ({"foo": "bar"}, {"LIMIT": "1"}, {"VerB": "https://example.com/v"}):
        answer = moodle.get(**query)
        assert (answer.status_code, CONSISTENT in answer.headers) == (400, True)
    assert moodle.get(related_agents="true").status_code == 200
    assert moodle.send("POST", "statements", statement(), query={"foo": "1"}).status_code == 400
    assert moodle.request("GET", "statements?limit=1&limit=2").status_code == 400


def test_a_doubled_slash_after_the_endpoint_is_forgiven(moodle: Caller) -> None:
    one = statement()
    assert moodle.send("POST", "/statements", one).status_code == 200
    assert moodle.request("GET", "/activities/state").status_code == 400
    assert moodle.ids() == [one["id"]]
