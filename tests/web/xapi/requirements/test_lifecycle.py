"""Voiding (1.0.3 Data 2.3.2)."""

from __future__ import annotations

import uuid

import pytest

from tests.web.xapi.lrs import VOIDED, Caller, agent, reference, statement
from tests.web.xapi.requirements.cases import VERSIONS, all_refused, nested, refusal

both = pytest.mark.parametrize("version", VERSIONS)


@pytest.mark.xapi("XAPI-00016")
@both
def test_voiding_a_voiding_statement_has_no_effect(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    target = statement()
    voiding = statement(verb=VOIDED, thing=reference(target["id"]))
    undo = statement(verb=VOIDED, thing=reference(voiding["id"]))
    caller.post_each(target, voiding, undo)
    assert caller.get(statementId=target["id"]).status_code == 404
    assert caller.get(statementId=voiding["id"]).status_code == 200
    assert caller.get(voidedStatementId=voiding["id"]).status_code == 404
    assert caller.ids() == [undo["id"], voiding["id"]]


@pytest.mark.xapi("XAPI-00018", "XAPI-00019", "XAPI-00163")
@both
@pytest.mark.parametrize("first", ["target", "voiding", "one batch"])
def test_a_statement_is_voided_by_the_verb_voided_whichever_comes_first(
    moodle: Caller, version: str, first: str
) -> None:
    caller = moodle.speaking(version)
    target, other = statement(), statement("bo")
    voiding = statement(verb=VOIDED, thing=reference(target["id"].upper()))
    commenting = statement(verb="commented", thing=reference(other["id"]))
    if first == "one batch":
        caller.post(voiding, target, other, commenting)
    else:
        order = [target, voiding] if first == "target" else [voiding, target]
        caller.post_each(*order, other, commenting)
    assert caller.get(statementId=target["id"]).status_code == 404
    assert caller.get(voidedStatementId=target["id"]).json["id"] == target["id"]
    # Another verb on a StatementRef voids nothing.
    assert caller.get(statementId=other["id"]).status_code == 200
    assert set(caller.ids()) == {voiding["id"], other["id"], commenting["id"]}


@pytest.mark.xapi("XAPI-00018")
def test_voiding_what_is_not_there_is_taken(moodle: Caller) -> None:
    voiding = statement(verb=VOIDED, thing=reference(str(uuid.uuid4())))
    assert moodle.post(voiding) == [voiding["id"]]
    assert moodle.ids() == [voiding["id"]]


@pytest.mark.xapi("XAPI-00017", "XAPI-00020")
@both
def test_what_is_voided_must_be_named_by_a_statement_ref(moodle: Caller, version: str) -> None:
    things = [{"id": "https://example.com/a"}, agent("bo"), {"objectType": "Group", "member": [agent("bo")]}]
    things.append(nested(version)["object"])
    sent = [statement(verb=VOIDED, thing=thing) for thing in things]
    assert all_refused(moodle, "XAPI-00020", sent, version)
    nameless = statement(verb=VOIDED, thing={"id": str(uuid.uuid4())})
    assert "XAPI-00020" in refusal(moodle, nameless, version)
    assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00018", "XAPI-00163")
def test_a_statement_is_voided_once_and_stays_so(moodle: Caller) -> None:
    target = statement()
    one, two = (statement(who, VOIDED, reference(target["id"])) for who in ("ada", "bo"))
    moodle.post_each(target, one, two)
    assert moodle.post(target) == [target["id"]]
    assert moodle.get(statementId=target["id"]).status_code == 404
    assert moodle.ids() == [two["id"], one["id"]]
