"""Consistent-Through of an answer says nothing that its page did not see, whatever other requests learn meanwhile."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from lms_bridge import clock
from lms_bridge.pipeline import querying
from lms_bridge.store import queries as store
from lms_bridge.store.consistency import through_now
from lms_bridge.store.driver import Driver
from tests.web.xapi.lrs import CONSISTENT, VERBS, VOIDED, Answer, Caller, Lrs, reference, statement


@pytest.fixture
def between(moodle: Caller, lrs: Lrs, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Have another sender store a statement, and read it, right after the next page, statement or word was looked up."""
    other = lrs.source("other", ["all"])
    (known,) = moodle.post(statement())
    moodle.get(statementId=known)
    stored: list[Any] = []

    def after(name: str) -> None:
        look_up = getattr(store, name)

        def looked_up(*arguments: Any, **more: Any) -> Any:
            try:
                return look_up(*arguments, **more)
            finally:
                if not stored:
                    stored.append(None)
                    (one,) = other.post(statement(verb="late"))
                    answer = other.get(statementId=one)
                    assert answer.headers[CONSISTENT] >= answer.json["stored"]
                    stored[0] = answer.json

        monkeypatch.setattr(store, name, looked_up)

    for name in ("page_of", "statement_by_id", "iri_id_of"):
        after(name)
    return stored


def promised(answer: Answer, stored: list[Any]) -> bool:
    """Tell whether the answer says that everything up to the other sender's statement was visible to it."""
    (other,) = stored
    return answer.headers[CONSISTENT] >= str(other["stored"])


@pytest.mark.xapi("XAPI-00153")
@pytest.mark.parametrize("ascending", ["false", "true"])
def test_a_page_promises_only_what_it_has_seen(lrs: Lrs, between: list[Any], ascending: str) -> None:
    answer = lrs.source("reader", ["all"]).get(ascending=ascending)
    assert between[0]["id"] not in [one["id"] for one in answer.json["statements"]]
    assert not promised(answer, between)


@pytest.mark.xapi("XAPI-00153")
def test_a_statement_that_was_not_there_yet_is_not_promised(lrs: Lrs, between: list[Any]) -> None:
    answer = lrs.source("reader", ["all"]).get(statementId=str(uuid.uuid4()))
    assert answer.status_code == 404
    assert not promised(answer, between)


@pytest.mark.xapi("XAPI-00153")
def test_a_verb_that_nobody_had_said_is_not_promised(lrs: Lrs, between: list[Any]) -> None:
    answer = lrs.source("reader", ["all"]).get(verb=f"{VERBS}late")
    assert answer.json["statements"] == []
    assert not promised(answer, between)


@pytest.mark.xapi("XAPI-00153")
def test_many_readers_ask_the_database_once_in_a_while(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    asked: list[object] = []

    def counted(driver: Driver) -> datetime:
        asked.append(driver)
        return through_now(driver)

    monkeypatch.setattr(querying, "through_now", counted)
    (one,) = moodle.post(statement())
    assert moodle.get().headers[CONSISTENT] >= moodle.get(statementId=one).json["stored"]
    known = len(asked)
    first = moodle.get()
    for _ in range(5):
        assert moodle.get().headers[CONSISTENT] == first.headers[CONSISTENT]
    assert len(asked) == known
    now += 0.06
    assert moodle.get().headers[CONSISTENT] > first.headers[CONSISTENT]
    assert len(asked) == known + 1


@pytest.mark.xapi("XAPI-00153")
@pytest.mark.parametrize("ascending", ["false", "true"])
def test_a_page_with_what_was_just_stored_promises_it(moodle: Caller, ascending: str) -> None:
    for _ in range(5):
        moodle.post(statement(), statement())
        answer = moodle.get(ascending=ascending)
        assert answer.headers[CONSISTENT] >= max(one["stored"] for one in answer.json["statements"])


@pytest.mark.xapi("XAPI-00153")
def test_who_waits_for_a_statement_is_told_the_present(moodle: Caller) -> None:
    target, other = moodle.post(statement(), statement())
    voiding = statement(verb=VOIDED, thing=reference(target))
    moodle.get()
    (voided_by,) = moodle.post(voiding)
    gone = moodle.get(statementId=target)
    assert gone.status_code == 404
    assert gone.headers[CONSISTENT] >= moodle.get(statementId=voided_by).json["stored"]
    # A page that does not hold what was just stored here promises it too.
    moodle.post(statement(verb="else"))
    page = moodle.get(verb=f"{VERBS}completed")
    assert other in [one["id"] for one in page.json["statements"]]
    newest = moodle.get(verb=f"{VERBS}else").json["statements"][0]["stored"]
    assert page.headers[CONSISTENT] >= newest


@pytest.mark.xapi("XAPI-00153")
def test_a_clock_that_was_set_back_hides_nothing_that_is_stored(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = moodle.post(statement())
    before = clock.now() - timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: before)
    second = moodle.post(statement())
    begin = time.monotonic()
    assert moodle.ids(ascending="true") == first + second
    assert time.monotonic() - begin < 0.5


@pytest.mark.xapi("XAPI-00153")
def test_a_page_is_read_once_while_what_is_known_does_not_grow(
    moodle: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    moodle.post(statement())
    long_ago = clock.now() - timedelta(hours=1)
    monkeypatch.setattr(querying, "through_now", lambda _: long_ago)
    read: list[object] = []

    def page_of(*arguments: Any, **more: Any) -> Any:
        read.append(arguments)
        return found(*arguments, **more)

    found = store.page_of
    monkeypatch.setattr(store, "page_of", page_of)
    assert len(moodle.ids()) == 1
    assert len(read) == 1
