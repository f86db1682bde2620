"""Draining the queue: in order, once round and again, and what fails waits for the next drain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from lms_bridge.pipeline import derivation
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.store.database import open_engine, session_of, writing
from lms_bridge.store.derivation import MOST_ATTEMPTS, Work, add_task, add_tasks, waiting_tasks
from lms_bridge.store.failures import failures
from lms_bridge.store.models.base import Base

CAUSED_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
PEOPLE = tuple(f"person:P{number:03}" for number in range(25))


class Watched(Deriver):
    """A deriver that notes the order of its work, fails where it is told, and may be given more meanwhile."""

    def __init__(self, engine: Engine, failing: frozenset[str] = frozenset()) -> None:
        super().__init__(engine)
        self.failing = failing
        self.seen: list[str] = []
        self.late: list[str] = []

    def answer(self, session: Session, works: Sequence[Work]) -> tuple[int, int]:
        if self.failing & {work.subject for work in works}:
            self.seen += [work.subject for work in works if len(works) == 1]
            raise LookupError("told to fail")
        self.seen += [work.subject for work in works]
        done = super().answer(session, works)
        if self.late:
            with writing(session):
                add_task(session, self.late.pop(), "award", None, CAUSED_AT)
        return done


@pytest.fixture
def engine(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(derivation, "BATCH", 10)
    opened = open_engine(database_url)
    Base.metadata.create_all(opened)
    with session_of(opened) as session, writing(session):
        add_tasks(session, PEOPLE, "award", None, CAUSED_AT)
    with capture_logs():
        yield opened
    opened.dispose()


def _waiting(engine: Engine) -> int:
    with session_of(engine) as session:
        return waiting_tasks(session)


def test_every_subject_is_derived_once_and_in_order(engine: Engine) -> None:
    deriver = Watched(engine)
    assert deriver.drain().subjects == len(PEOPLE)
    assert deriver.seen == list(PEOPLE)
    assert _waiting(engine) == 0


def test_what_is_queued_behind_the_place_reached_is_taken_in_the_next_round(engine: Engine) -> None:
    deriver = Watched(engine)
    deriver.late = ["person:P000", "person:A"]
    assert deriver.drain().subjects == len(PEOPLE) + 2
    assert deriver.seen == [*PEOPLE, "person:A", "person:P000"]
    assert _waiting(engine) == 0


def test_a_drain_does_no_more_than_it_is_asked(engine: Engine) -> None:
    deriver = Watched(engine)
    assert deriver.drain(most=7).subjects == 7
    assert _waiting(engine) == len(PEOPLE) - 7


def test_failed_work_is_tried_once_a_drain_and_keeps_nobody_waiting(engine: Engine) -> None:
    failing = frozenset({PEOPLE[0], PEOPLE[-1]})
    deriver = Watched(engine, failing)
    result = deriver.drain()
    assert (result.subjects, result.failed) == (len(PEOPLE) - 2, 2)
    assert deriver.seen == list(PEOPLE)
    assert _waiting(engine) == 2


def test_work_that_fails_as_often_as_it_is_tried_becomes_a_failure(engine: Engine) -> None:
    deriver = Watched(engine, frozenset({PEOPLE[3]}))
    for _ in range(MOST_ATTEMPTS - 1):
        deriver.drain()
    assert _waiting(engine) == 1
    deriver.drain()
    assert _waiting(engine) == 0
    with session_of(engine) as session:
        assert [(row.subject, row.error) for row in failures(session)] == [
            (PEOPLE[3], "LookupError: told to fail")
        ]


def test_failed_work_succeeds_in_a_later_drain(engine: Engine) -> None:
    deriver = Watched(engine, frozenset({PEOPLE[3]}))
    deriver.drain()
    deriver.failing = frozenset()
    assert deriver.drain().subjects == 1
    assert _waiting(engine) == 0
