"""Use cases of the queues: what was refused, unknown, unmapped, doubtful or failed, with the remedy at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import orjson
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.refusals import replay_refused, replay_source
from lms_bridge.settings import Settings
from lms_bridge.store import derivation as queue
from lms_bridge.store import failures as failure_store
from lms_bridge.store import identities, readings
from lms_bridge.store import unknown_actors as actor_store
from lms_bridge.store.audit import audit
from lms_bridge.store.company import names_of
from lms_bridge.store.credentials import find_recipients
from lms_bridge.store.database import claim_tables, writing
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.naming import titles_of
from lms_bridge.store.proofs import agent_of_statement
from lms_bridge.store.refusals import recent_refusals
from lms_bridge.store.sources import all_sources
from reports.content.pages import ClockRow, FailureRow, NotProofRow, RefusedRow, UnknownActorRow, UnmappedRow

READERS = frozenset({"admin", "hr", "auditor"})
MOST_ROWS = 500
SHOWN_BODY = 20_000
SHOWN_PEOPLE = 5


def _gate(reader: Reader, allowed: frozenset[str] = READERS) -> None:
    if reader.role not in allowed:
        raise NotFoundError("this page is not here")


def _admin(reader: Reader) -> None:
    if reader.role != "admin":
        raise ForbiddenError("only the admin decides this; ask them")


def refused(
    session: Session, settings: Settings, reader: Reader, source: str | None
) -> tuple[RefusedRow, ...]:
    """Return refused requests, newest first, of one source or of all."""
    del settings
    _gate(reader)
    names = {row.source_id: row.name for row in all_sources(session)}
    asked = next((source_id for source_id, name in names.items() if name == source), None)
    if source and asked is None:
        return ()
    shows_body = reader.role == "admin"
    return tuple(
        RefusedRow(
            refused_id=row.refused_id,
            source=names.get(row.refusal.source_id, ""),
            refused_at=row.refusal.refused_at,
            method=row.refusal.method,
            path=row.refusal.path,
            status=row.refusal.status,
            detail=row.refusal.detail,
            violations=_violations(row.refusal.violations),
            bytes=len(row.refusal.body),
            replayed_at=row.replayed_at,
            body_text=row.refusal.body[:SHOWN_BODY].decode("utf-8", "replace") if shows_body else "",
        )
        for row in recent_refusals(session, asked, MOST_ROWS)
    )


def _violations(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (
            (f"statement {item['index']} " if item.get("index") is not None else "")
            + (item.get("pointer") or ""),
            item.get("requirement") or "",
            item.get("message") or "",
        )
        for item in orjson.loads(text or "[]")
    )


def unknown_actors(session: Session, settings: Settings, reader: Reader) -> tuple[UnknownActorRow, ...]:
    """Return the accounts that no person claims, those with most facts waiting first."""
    del settings
    _gate(reader)
    return tuple(
        UnknownActorRow(
            row.agent_key,
            row.name,
            source,
            row.statements,
            row.facts_waiting,
            row.first_on,
            row.last_on,
        )
        for row, source in actor_store.unknown_actors(session)
    )


def unmapped(
    session: Session, settings: Settings, reader: Reader
) -> tuple[tuple[UnmappedRow, ...], tuple[NotProofRow, ...]]:
    """Return learning that no rule counts, and statements of mapped learning that prove nothing, by people."""
    _gate(reader)
    now = clock.now()
    loose = readings.unmapped_learning(session)
    weak = readings.learning_without_proof(session)
    keys = {row.object_key for row in loose} | {row.object_key for row in weak}
    titles = titles_of(session, keys, settings.language, now)
    examples = {row.object_key: _people(sorted(row.subjects)[:SHOWN_PEOPLE]) for row in loose}
    names = names_of(session, list({person for people in examples.values() for person in people}), now)
    unmapped_rows = [
        UnmappedRow(
            row.object_key,
            titles.get(row.object_key, row.object_key),
            len(row.subjects),
            row.statements,
            row.last_on,
            tuple(names.get(person, person) for person in examples[row.object_key]),
        )
        for row in loose
    ]
    weak_rows = [
        NotProofRow(
            row.object_key,
            titles.get(row.object_key, row.object_key),
            row.reason,
            row.subjects,
            row.statements,
        )
        for row in weak
    ]
    return (
        tuple(sorted(unmapped_rows, key=lambda row: (-row.people, row.title, row.object_key))),
        tuple(sorted(weak_rows, key=lambda row: (-row.people, row.title, row.reason))),
    )


def clocks(session: Session, settings: Settings, reader: Reader) -> tuple[ClockRow, ...]:
    """Return the statements whose timestamp cannot be, waiting or decided."""
    _gate(reader)
    rows = readings.doubtful_clocks(session)
    now = clock.now()
    names = names_of(session, _people([row.subject for row in rows]), now)
    titles = titles_of(session, {row.object_key for row in rows}, settings.language, now)
    return tuple(
        ClockRow(
            statement_id=row.statement_id,
            who=names.get(row.subject.removeprefix("person:"), row.agent_key),
            source=row.source,
            timestamp_text=row.timestamp.isoformat(),
            stored=row.stored,
            title=titles.get(row.object_key, row.object_key),
            decided="" if row.kind == "clock" else "rejected",
        )
        for row in rows
    )


def _people(subjects: Sequence[str]) -> list[str]:
    """Return the ids behind subjects of derivation."""
    return [subject.removeprefix("person:") for subject in subjects]


def failures(session: Session, settings: Settings, reader: Reader) -> tuple[FailureRow, ...]:
    """Return work of derivation that failed five times."""
    del settings
    _gate(reader)
    return tuple(
        FailureRow(
            row.failure_id,
            row.subject,
            f"{row.cause_kind} {row.cause_id or ''}".strip(),
            row.failed_at,
            row.error,
        )
        for row in failure_store.failures(session)
    )


def replay(session: Session, settings: Settings, reader: Reader, refused_id: int) -> str:
    """Hand a refused request in again under the source's present settings; return what came of it."""
    _admin(reader)
    writer = StatementWriter(session.get_bind().engine)
    done = replay_refused(session, settings, writer, refused_id, clock.now())
    with writing(session):
        audit(session, clock.now(), reader.email, "replay refused request", str(refused_id))
    return f"{done.stored} stored, {done.already_stored} already stored"


def replay_all(session: Session, settings: Settings, reader: Reader, source: str) -> str:
    """Hand in what a source was refused, at most as many requests as the page shows; return what came of it.

    Raises:
        NotFoundError: the reader may not, or there is no such source.
        ConflictError: it is revoked.
    """
    _admin(reader)
    writer = StatementWriter(session.get_bind().engine)
    done = replay_source(session, settings, writer, source, limit=MOST_ROWS)
    with writing(session):
        audit(session, clock.now(), reader.email, "replay refused requests", f"{source}: {done.taken}")
    return done.summary


def decide_clock(
    session: Session,
    settings: Settings,
    reader: Reader,
    statement_id: str,
    decision: str,
    reason: str,
    achieved_on: date | None = None,
) -> None:
    """Decide on a doubtful timestamp: `accept` it (with the true day, if another), or `reject` it.

    Raises:
        InvalidInputError: the decision is neither, or has no reason.
        NotFoundError: there is no such statement.
    """
    del settings
    _admin(reader)
    if decision not in ("accept", "reject"):
        raise InvalidInputError(f"decision {decision!r} is neither accept nor reject")
    if not reason.strip():
        raise InvalidInputError("a decision on a clock needs a reason; it is shown to the auditor")
    with writing(session):
        claim_tables(session, "clock_decision")
        now = clock.now()
        agent_id = agent_of_statement(session, statement_id)
        if agent_id is None:
            raise NotFoundError(f"statement {statement_id!r} is not here")
        readings.write_clock_decision(
            session,
            statement_id,
            decision=decision,
            achieved_on=achieved_on,
            reason=reason.strip(),
            now=now,
        )
        queue.add_task(session, f"agent:{agent_id}", "clock", statement_id, now)
        audit(session, now, reader.email, f"clock {decision}", statement_id, reason)


def retry_failure(session: Session, settings: Settings, reader: Reader, failure_id: int) -> None:
    """Queue failed work again."""
    del settings
    _admin(reader)
    with writing(session):
        now = clock.now()
        row = failure_store.failure_by_id(session, failure_id)
        if row is None:
            raise NotFoundError(f"failure {failure_id} is not here")
        queue.add_task(session, row.subject, row.cause_kind, row.cause_id, now)
        failure_store.remove_failure(session, failure_id)
        audit(session, now, reader.email, "retry derivation", row.subject)


def join_actor(session: Session, settings: Settings, reader: Reader, agent_key: str, person_id: str) -> None:
    """Say that an account belongs to a person; all its past evidence moves with it.

    Raises:
        NotFoundError: there is no such person.
        ConflictError: the account belongs to somebody; the roster files say from when it is another's.
    """
    del settings
    if reader.role not in ("admin", "hr"):
        raise ForbiddenError("only HR and the admin join accounts")
    with writing(session):
        claim_tables(session, "identity")
        now = clock.now()
        if person_id not in names_of(session, [person_id], now):
            raise NotFoundError(f"person {person_id!r} is not here; import people.csv or correct the id")
        if identities.owners_of(session, agent_key):
            raise ConflictError(
                f"account {agent_key!r} belongs to somebody already; say in people.csv from which day it is another's"
            )
        identities.insert_identity(session, agent_key, person_id, now)
        find_recipients(session)
        _queue_identity(session, agent_key, person_id, now)
        audit(session, now, reader.email, "join account", f"{agent_key} → {person_id}")


def part_actor(session: Session, settings: Settings, reader: Reader, agent_key: str, person_id: str) -> None:
    """Undo a join: the account never was this person's; the former report comes back.

    Raises:
        NotFoundError: it is not joined.
    """
    del settings
    if reader.role not in ("admin", "hr"):
        raise ForbiddenError("only HR and the admin part accounts")
    with writing(session):
        claim_tables(session, "identity")
        now = clock.now()
        if not identities.end_identity(session, agent_key, person_id, now):
            raise NotFoundError(f"account {agent_key!r} is not joined to {person_id!r}")
        _queue_identity(session, agent_key, person_id, now)
        audit(session, now, reader.email, "part account", f"{agent_key} ↛ {person_id}")


def _queue_identity(session: Session, agent_key: str, person_id: str, now: datetime) -> None:
    agents = queue.agents_of_keys(session, [agent_key])
    subjects = [f"person:{person_id}", *(f"agent:{agent}" for agent in agents.values())]
    queue.add_tasks(session, subjects, "identity", agent_key, now)
