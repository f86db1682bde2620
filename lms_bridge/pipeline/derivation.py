"""Deriving: one subject at a time, computed outside the write transaction and re-checked inside it.

A subject is `person:<id>` or `agent:<id>`. A task of an agent leads to every person who ever had the account, and to the
agent itself while nobody has it. Repeated execution is harmless: the result is a pure function of the causes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.evidence.causes import IdentityCause, PersonCauses, RuleBook
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.evidence.history import Derived, derive
from lms_bridge.store import causes as cause_store
from lms_bridge.store import derivation as store
from lms_bridge.store.causes import book_stamp
from lms_bridge.store.database import session_of, writing
from lms_bridge.store.identities import owned_days
from lms_bridge.store.unknown_actors import WaitingAccount, agents_without_owner, sent_by, write_unknown_actor

log = structlog.get_logger(__name__)
BATCH = 200
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DrainResult:
    """What a drain did: subjects derived, evidence rows written and removed, failures counted."""

    subjects: int
    written: int
    removed: int
    failed: int


class Deriver:
    """Derives subjects on one engine; keeps the rule book as long as it has not changed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._stamp: tuple[Any, ...] | None = None
        self._book = RuleBook((), (), (), ())
        self._verbs: list[int] | None = None

    def drain(self, progress: Callable[[int], None] | None = None, most: int | None = None) -> DrainResult:
        """Work until nothing is left that has not failed in this drain, or `most` subjects are done.

        What failed waits for the next drain; a task that failed five times is a failure and waits no longer.
        """
        subjects = written = removed = 0
        failed: set[str] = set()
        with session_of(self.engine) as session:
            for work in self._waiting(session, failed):
                if subjects == most:
                    break
                try:
                    new, gone = self.answer(session, work)
                except Exception as error:
                    session.rollback()
                    log.exception("derive_failed", subject=work.subject)
                    with writing(session):
                        store.record_failure(session, work, f"{type(error).__name__}: {error}", clock.now())
                    failed.add(work.subject)
                    continue
                subjects += 1
                written += new
                removed += gone
                if progress is not None:
                    progress(work.tasks)
        return DrainResult(subjects, written, removed, len(failed))

    def _waiting(self, session: Session, failed: Collection[str]) -> Iterator[store.Work]:
        """Yield what waits in order of subject, round after round, until a round finds only what is in `failed`.

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
            for work in batch:
                if work.subject not in failed:
                    found = True
                    yield work
            after = batch[-1].subject

    def _refresh(self, session: Session) -> None:
        """Read the rule book again when any of its tables grew or was closed."""
        stamp = book_stamp(session)
        if stamp != self._stamp:
            self._book = cause_store.rule_book(session)
            self._stamp = stamp
        self._verbs = cause_store.verb_ids(session, self._book.verbs())

    def answer(self, session: Session, work: store.Work) -> tuple[int, int]:
        """Derive a subject's people and remove its tasks, in one transaction; return rows (written, removed)."""
        kind, _, name = work.subject.partition(":")
        while True:
            session.rollback()
            stamp = book_stamp(session)
            if stamp != self._stamp:
                self._refresh(session)
            if kind == "person":
                people, agent = [name], None
            else:
                agent = int(name)
                key = store.agent_key_of(session, agent)
                people = cause_store.persons_of_agents(session, [key] if key else []).get(key or "", [])
            subjects = sorted(f"person:{person_id}" for person_id in people)
            versions = {
                subject: store.subject_version(session, subject) for subject in (*subjects, work.subject)
            }
            derived = {person_id: self.derived(session, person_id) for person_id in people}
            unknown = self._unknown(session, agent) if agent is not None else None
            with writing(session):
                if book_stamp(session) != self._stamp or not all(
                    store.claim_version(session, subject, versions[subject]) for subject in sorted(versions)
                ):
                    session.rollback()
                    continue
                sums = [
                    store.write_derived(session, person_id, derived[person_id])
                    for person_id in sorted(derived)
                ]
                if agent is not None:
                    write_unknown_actor(session, agent, unknown)
                store.remove_tasks(session, work)
            return sum(new for new, _ in sums), sum(gone for _, gone in sums)

    def derived(self, session: Session, person_id: str) -> Derived:
        """Compute a person's evidence and readings from the stored causes."""
        return derive(cause_store.person_causes(session, person_id, self._verbs), self._book)

    def _unknown(self, session: Session, agent_id: int) -> WaitingAccount | None:
        """Say what waits on an account that nobody has on some days of its records; None where all have an owner.

        Facts are counted as if one person had the account on the days that nobody else has it.
        """
        key = store.agent_key_of(session, agent_id)
        if key is None or key.startswith("group:"):
            return None
        owned = owned_days(session, key)
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
    """What a rebuild found against what was stored: rows that appeared, vanished, or are unchanged."""

    people: int
    unchanged: int
    appeared: int
    vanished: int


def rebuild(
    engine: Engine, *, dry_run: bool, progress: Callable[[int, int], None] | None = None
) -> RebuildResult:
    """Derive every person again from the causes and tell what differs from the stored rows.

    Batches of people, each in its own transaction, while the service runs: readers see a person's old or new rows.
    """
    deriver = Deriver(engine)
    unchanged = appeared = vanished = 0
    with session_of(engine) as session:
        deriver._refresh(session)  # noqa: SLF001 -- same module
        people = cause_store.people_with_causes(session)
        for number, person_id in enumerate(people, start=1):
            session.rollback()
            before: dict[str, EvidenceRow] = store.evidence_of(session, person_id)
            after = {row.evidence_id: row for row in deriver.derived(session, person_id).rows}
            unchanged += sum(before.get(key) == row for key, row in after.items())
            appeared += sum(before.get(key) != row for key, row in after.items())
            vanished += sum(key not in after for key in before)
            if not dry_run:
                _derive_now(deriver, session, f"person:{person_id}")
            if progress is not None:
                progress(number, len(people))
        if not dry_run:
            for agent_id in agents_without_owner(session):
                _derive_now(deriver, session, f"agent:{agent_id}")
    return RebuildResult(len(people), unchanged, appeared, vanished)


def _derive_now(deriver: Deriver, session: Session, subject: str) -> None:
    """Queue one subject and answer it at once, so that a rebuild that is broken off leaves its work in the queue."""
    with writing(session):
        store.add_task(session, subject, "rebuild", None, clock.now())
        work = store.work_of(session, subject)
    deriver.answer(session, work)
