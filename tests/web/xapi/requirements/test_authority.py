"""Authority and stored: what the LRS sets (1.0.3 Data 2.4.8 and 2.4.9)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from lms_bridge import clock
from tests.web.xapi.lrs import Caller, Lrs, agent, statement
from tests.web.xapi.requirements.cases import ACCOUNT, VERSIONS, all_refused, refusal

both = pytest.mark.parametrize("version", VERSIONS)
USER = {"account": ACCOUNT}


@pytest.mark.xapi("XAPI-00023", "XAPI-00097")
@both
def test_stored_is_set_by_the_lrs_whatever_was_sent(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    before = clock.now() - timedelta(seconds=1)
    old, future, none = (
        statement(stored="1999-01-01T00:00:00Z"),
        statement(stored="2999-01-01T00:00:00Z"),
        statement(),
    )
    caller.post_each(old, future, none)
    for one in (old, future, none):
        stored = caller.get(statementId=one["id"]).json["stored"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}Z", stored)
        assert before < datetime.fromisoformat(stored) < clock.now() + timedelta(seconds=1)


@pytest.mark.xapi("XAPI-00022", "XAPI-00023")
@both
def test_stored_and_timestamp_are_timestamps(moodle: Caller, version: str) -> None:
    wrongs: list[Any] = ["yesterday", "", 1777887000, {}, "2026-02-30T00:00:00Z", "2026-05-04T09:30:00-00:00"]
    for wrong in wrongs:
        assert refusal(moodle, statement(stored=wrong), version) == {"XAPI-00023"}
        assert refusal(moodle, statement(timestamp=wrong), version) == {"XAPI-00022"}


@pytest.mark.xapi("XAPI-00024")
@both
def test_an_authority_is_an_agent_or_a_group(moodle: Caller, version: str) -> None:
    wrongs: list[Any] = ["me", 1, ["me"], [agent("bo")], True]
    for wrong in wrongs:
        assert refusal(moodle, statement(authority=wrong), version) == {"XAPI-00024"}


@pytest.mark.xapi("XAPI-00098", "XAPI-00100")
@both
def test_an_authority_group_is_anonymous_and_of_two(moodle: Caller, version: str) -> None:
    members = [USER, agent("bo"), agent("cem"), agent("dora")]
    sent = [statement(authority={"objectType": "Group", "member": members[:count]}) for count in (1, 3, 4)]
    sent += [statement(authority={"objectType": "Group", "mbox": "mailto:app@example.com"})]
    sent += [statement(authority={"objectType": "Group", "account": ACCOUNT, "member": members[:2]})]
    assert all_refused(moodle, "XAPI-00098", sent, version)
    pair = {"objectType": "Group", "member": members[:2]}
    (one,) = moodle.speaking(version).post(statement(authority=pair))
    assert moodle.speaking(version).get(statementId=one).json["authority"] == pair
    assert moodle.ids() == [one]


@pytest.mark.xapi("XAPI-00099")
@both
def test_a_statement_without_authority_gets_that_of_its_credential(lrs: Lrs, version: str) -> None:
    for name in ("moodle", "totara"):
        caller = lrs.source(name).speaking(version)
        (one,) = caller.post(statement())
        authority = caller.get(statementId=one).json["authority"]
        assert authority["objectType"] == "Agent"
        assert authority["account"] == {"homePage": "http://bridge.test", "name": name}
