"""Deriving: one subject at a time, computed outside the write transaction and re-checked inside it.

A subject is `person:<id>` or `agent:<id>`. A task of an agent leads to every person who ever had the account, and to the
agent itself while nobody has it. Repeated execution is harmless: the result is a pure function of the causes.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.evidence.causes import IdentityCause, PersonCauses, RuleBook
from lms_bridge.evidence.history import Derived, derive
from lms_bridge.store import causes as cause_store
from lms_bridge.store import derivation as store
from lms_bridge.store.causes import book_stamp
from lms_bridge.store.database import session_of, writing
from lms_bridge.store.identities import owned_days
from lms_bridge.store.unknown_actors import (
    WaitingAccount,
    agents_without_owner,
    sent_by,
    write_unknown_actors,
)

log = structlog.get_logger(__name__)
BATCH = 200
# Subjects that share their queries and one transaction, which stays far below 200 ms.
GROUP = 50
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DrainResult:
    """What a drain did: subjects derived, evidence rows written and removed, failures counted."""

    subjects: int
    written: int
    removed: int
    failed: int


class Deriver:
    """Derives subjects on one engine; keeps the rule book as long as it has not changed, and records that were read."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._stamp: tuple[Any, ...] | None = None
        self._book = RuleBook((), (), (), ())
        self._verbs: list[int] | None = None
        self._records = cause_store.KnownRecords()

    def drain(self, progress: Callable[[int], None] | None = None, most: int | None = None) -> DrainResult:
        """Work until nothing is left that has not failed in this drain, or `most` subjects are done.

        What failed waits for the next drain; a task that failed five times is a failure and waits no longer.
        """
        subjects = written = removed = 0
        failed: set[str] = set()
        with session_of(self.engine) as session:
            for group in self._waiting(session, failed):
                works = group if most is None else group[: most - subjects]
                if not works:
                    break
                for part, outcome in self._answered(session, works):
                    if isinstance(outcome, Exception):
                        failed.update(work.subject for work in part)
                        continue
                    subjects += len(part)
                    written += outcome[0]
                    removed += outcome[1]
                    if progress is not None:
                        progress(sum(work.tasks for work in part))
        return DrainResult(subjects, written, removed, len(failed))

    def _answered(
        self, session: Session, works: Sequence[store.Work]
    ) -> Iterator[tuple[Sequence[store.Work], tuple[int, int] | Exception]]:
        """Answer a group; where that fails, one by one, so that a failure is of the subject that fails alone."""
        try:
            yield works, self.answer(session, works)
        except Exception as error:
            session.rollback()
            if len(works) > 1:
                for work in works:
                    yield from self._answered(session, [work])
                return
            log.exception("derive_failed", subject=works[0].subject)
            with writing(session):
                store.record_failure(session, works[0], f"{type(error).__name__}: {error}", clock.now())
            yield works, error

    def _waiting(self, session: Session, failed: Collection[str]) -> Iterator[list[store.Work]]:
        """Yield what waits in order of subject, in groups, round after round, until a round finds only what is in `failed`.

        Rounds, so that a subject queued again and again keeps nobody waiting. `failed` may grow meanwhile.
        """
        after, found = "", False
        while True:
            session.rollback()
            batch = store.next_work(session, BATCH, after)
            if not batch:
                if not found:
                    return
                after, found = "", False
                continue
            # Verbs may be in the dictionary since these tasks, so it is asked after the batch was read.
            self._refresh(session)
            for start in range(0, len(batch), GROUP):
                group = [work for work in batch[start : start + GROUP] if work.subject not in failed]
                if group:
                    found = True
                    yield group
            after = batch[-1].subject

    def _refresh(self, session: Session) -> None:
        """Read the rule book again when any of its tables grew or was closed."""
        stamp = book_stamp(session)
        if stamp != self._stamp:
            self._book = cause_store.rule_book(session)
            self._stamp = stamp
        self._verbs = cause_store.verb_ids(session, self._book.verbs())

    def answer(self, session: Session, works: Sequence[store.Work]) -> tuple[int, int]:
        """Derive the people of some subjects and remove their tasks, in one transaction; return rows (written, removed).

        Computed outside the transaction and checked in it: where a person or the book changed meanwhile, again.
        """
        while True:
            session.rollback()
            if book_stamp(session) != self._stamp:
                self._refresh(session)
            agents, people = self._people_of(session, works)
            subjects = {f"person:{person_id}" for person_id in people} | {work.subject for work in works}
            versions = store.subject_versions(session, sorted(subjects))
            derived = self.derived(session, people)
            stored = store.stored_rows(session, people)
            owned = owned_days(session, sorted(agents.values()))
            unknown = {agent: self._unknown(session, agent, key, owned[key]) for agent, key in agents.items()}
            with writing(session):
                if book_stamp(session) != self._stamp or not store.claim_versions(session, versions):
                    session.rollback()
                    continue
                written, removed = store.write_derived(session, stored, derived)
                write_unknown_actors(session, unknown)
                store.remove_tasks(session, works)
            return written, removed

    def _people_of(self, session: Session, works: Sequence[store.Work]) -> tuple[dict[int, str], list[str]]:
        """Return the accounts among some subjects with their keys, and everybody whom the subjects concern, by id."""
        named = [work.subject.partition(":") for work in works]
        people = {name for kind, _, name in named if kind == "person"}
        ids = sorted(int(name) for kind, _, name in named if kind == "agent")
        keys = store.agents_of_ids(session, ids)
        for persons in cause_store.persons_of_agents(session, sorted(keys.values())).values():
            people.update(persons)
        return keys, sorted(people)

    def derived(self, session: Session, people: Sequence[str]) -> dict[str, Derived]:
        """Compute the evidence and readings of some people from the stored causes."""
        causes = cause_store.causes_of_people(session, people, self._verbs, self._records)
        return {person_id: derive(causes[person_id], self._book) for person_id in people}

    def _unknown(
        self, session: Session, agent_id: int, key: str, owned: Sequence[tuple[date | None, date | None]]
    ) -> WaitingAccount | None:
        """Say what waits on an account that nobody has on some days of its records; None where all have an owner.

        Facts are counted as if one person had the account on the days that nobody else has it.
        """
        if key.startswith("group:"):
            return None
        if any(begin is None and end is None for begin, end in owned):
            return None
        records = cause_store.records_of(session, [agent_id], self._verbs)
        view = self._book.view_at(clock.now())

        def has_owner(day: date) -> bool:
            return any((begin is None or begin <= day) and (end is None or day < end) for begin, end in owned)

        free = [record for record in records if not has_owner(view.day_of(record.timestamp))]
        if not free and (records or owned):
            return None
        sent = sent_by(session, agent_id)
        if sent is None:
            return None
        nobody = PersonCauses("?", tuple(free), (IdentityCause(key, None, None, BEGINNING, None),), (), ())
        waiting = sum(row.reversed_at is None for row in derive(nobody, self._book).rows)
        actor = json.loads(sent.latest_document).get("actor", {})
        return WaitingAccount(
            agent_key=key,
            name=str(actor.get("name", "")) if isinstance(actor, dict) else "",
            source_id=sent.latest_source_id,
            statements=sent.statements,
            facts_waiting=waiting,
            first_on=view.day_of(sent.first),
            last_on=view.day_of(sent.last),
        )


def queue_everyone(session: Session, kind: str, cause_id: str | None, caused_at: datetime) -> int:
    """Queue every person with an identity or award, and every agent without an owner; return how many."""
    people = (f"person:{person_id}" for person_id in cause_store.people_with_causes(session))
    agents = (f"agent:{agent_id}" for agent_id in agents_without_owner(session))
    return store.add_tasks(session, (*people, *agents), kind, cause_id, caused_at)


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What a rebuild found against what was stored: rows that appeared, vanished, or are unchanged.

    `after` is the last person it came to, in order of id: where one that was broken off goes on.
    """

    people: int = 0
    unchanged: int = 0
    appeared: int = 0
    vanished: int = 0
    after: str = ""


def rebuild(
    engine: Engine,
    *,
    dry_run: bool,
    begin: RebuildResult = RebuildResult(),
    progress: Callable[[RebuildResult, int], None] | None = None,
) -> RebuildResult:
    """Derive every person again from the causes and tell what differs from the stored rows.

    Batches of people, each in its own transaction, while the service runs: readers see a person's old or new rows.
    `progress` is called after each batch with what was found so far and with the number of people; handed in again as
    `begin`, that goes on where it ended and counts on.
    """
    deriver = Deriver(engine)
    done = begin
    with session_of(engine) as session:
        deriver._refresh(session)  # noqa: SLF001 -- same module
        everybody = cause_store.people_with_causes(session)
        people = everybody[bisect_right(everybody, begin.after) :]
        for start in range(0, len(people), GROUP):
            group = people[start : start + GROUP]
            session.rollback()
            # A rule, a framework or a decision may have changed since the last batch.
            deriver._refresh(session)  # noqa: SLF001 -- same module
            done = _compared(deriver, session, group, done)
            if not dry_run:
                _derive_now(deriver, session, [f"person:{person_id}" for person_id in group])
            if progress is not None:
                progress(done, len(everybody))
        if not dry_run:
            agents = agents_without_owner(session)
            for start in range(0, len(agents), GROUP):
                _derive_now(deriver, session, [f"agent:{agent}" for agent in agents[start : start + GROUP]])
    return done


def _compared(
    deriver: Deriver, session: Session, group: Sequence[str], before: RebuildResult
) -> RebuildResult:
    """Derive a batch of people without writing, and add to `before` what differs from the stored rows."""
    stored = store.stored_rows(session, group)
    unchanged, appeared, vanished = before.unchanged, before.appeared, before.vanished
    for person_id, derived in deriver.derived(session, group).items():
        old = stored[person_id].evidence
        new = {row.evidence_id: store.row_of(row) for row in derived.rows}
        unchanged += sum(old.get(key) == row for key, row in new.items())
        appeared += sum(old.get(key) != row for key, row in new.items())
        vanished += sum(key not in new for key in old)
    return RebuildResult(before.people + len(group), unchanged, appeared, vanished, group[-1])


def _derive_now(deriver: Deriver, session: Session, subjects: Sequence[str]) -> None:
    """Queue some subjects and answer them at once, so that a rebuild that is broken off leaves its work in the queue."""
    with writing(session):
        store.add_tasks(session, subjects, "rebuild", None, clock.now())
        works = [store.work_of(session, subject) for subject in subjects]
    deriver.answer(session, works)
