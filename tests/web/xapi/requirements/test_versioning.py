"""Versions of requests and of statements (1.0.3 Communication 3.3, Data 2.4.10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.xapi.lrs import VERSION, Caller, Lrs, mail_of, statement
from tests.web.xapi.places import RESOURCES, place
from tests.web.xapi.requirements.cases import VERSIONS, refusal, whole

both = pytest.mark.parametrize("version", VERSIONS)


@pytest.mark.xapi("XAPI-00330", "XAPI-00332")
@pytest.mark.parametrize(
    ("version", "given"),
    [
        *(("1.0.3", given) for given in ("1.0", "1.0.0", "1.0.1", "1.0.3", "1.0.9")),
        *(("2.0.0", given) for given in ("1.0", "1.0.0", "1.0.2", "2.0.0")),
    ],
)
def test_a_statement_keeps_its_version_and_every_other_value(
    moodle: Caller, version: str, given: str
) -> None:
    caller = moodle.speaking(version)
    one = whole() | {"version": given}
    (statement_id,) = caller.post(one)
    for query in ({"statementId": statement_id}, {"statementId": statement_id, "format": "exact"}):
        found = caller.get(**query).json
        assert {key: value for key, value in found.items() if key not in {"id", "stored"}} == one
    assert caller.get().json["statements"][0]["version"] == given


@pytest.mark.xapi("XAPI-00101", "XAPI-00332")
@both
def test_the_version_of_a_statement_is_one_of_the_request(moodle: Caller, version: str) -> None:
    wrong: list[Any] = [
        "0.9",
        "0.9.9",
        "0.95",
        "1",
        "1.1.0",
        "1.0.",
        "1.0.x",
        "v1.0",
        " 1.0",
        "",
        "3.0.0",
        1.0,
        {},
    ]
    if version == "1.0.3":
        wrong += ["2.0", "2.0.0"]
    for value in wrong:
        assert refusal(moodle, statement() | {"version": value}, version) == {"XAPI-00101"}, value
    (one,) = moodle.speaking(version).post(statement())
    default = {"1.0.3": "1.0.0", "2.0.0": "2.0.0"}[version]
    assert moodle.speaking(version).get(statementId=one).json["version"] == default


@pytest.mark.xapi("XAPI-00330")
def test_a_statement_of_1_0_3_is_the_same_to_a_reader_of_2_0(moodle: Caller) -> None:
    (one,) = moodle.post(whole() | {"version": "1.0.1"})
    assert moodle.get(statementId=one).data == moodle.speaking("2.0.0").get(statementId=one).data


@pytest.mark.xapi("XAPI-00331")
def test_another_version_is_refused_by_every_resource(moodle: Caller) -> None:
    all_given = ["0.9", "0.95", "1", "1.1", "1.1.0", "2", "2.1.0", "10.0", "1.0.x", "latest", ""]
    for given in all_given:
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("GET", "statements", {}),
            ("POST", "statements", {}),
            ("GET", "agents", {"agent": mail_of("ada")}),
            ("GET", "activities", {"activityId": "https://example.com/x"}),
            *(("GET", one, place(one)) for one in RESOURCES),
            *(("PUT", one, place(one)) for one in RESOURCES),
        ]
        for method, path, query in asked:
            body = json.dumps(statement()).encode()
            headers = {VERSION: given, "Content-Type": "application/json", "If-None-Match": "*"}
            answer = moodle.request(method, path, query=query, body=body, headers=headers)
            assert answer.status_code == 400
            assert [error["requirement"] for error in answer.json["errors"]] == ["XAPI-00331"]
        assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00331", "XAPI-00333")
def test_every_1_0_x_is_spoken_and_answered_as_1_0_3(moodle: Caller) -> None:
    for given, answered in (
        ("1.0", "1.0.3"), ("1.0.0", "1.0.3"), ("1.0.2", "1.0.3"), ("1.0.7", "1.0.3"), ("2.0", "2.0.0"), ("2.0.0", "2.0.0"),
    ):  # fmt: skip
        answer = moodle.speaking(given).get()
        assert (answer.status_code, answer.headers[VERSION]) == (200, answered)


@pytest.mark.xapi("XAPI-00321", "XAPI-00333")
@both
def test_a_request_without_version_is_answered_in_that_of_its_source(lrs: Lrs, version: str) -> None:
    caller = lrs.source("one", xapi_version=version)
    for path in ("statements", "agents", "activities", *RESOURCES):
        answer = caller.request("GET", path, headers={VERSION: None})
        assert (answer.status_code, answer.headers[VERSION]) == (400, version)
