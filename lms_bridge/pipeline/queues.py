"""Use cases of the queues: what was refused, unknown, unmapped, doubtful or failed, with the remedy at hand."""

from __future__ import annotations

from datetime import date, datetime

import orjson
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.auditing import audit
from lms_bridge.pipeline.refusals import replay_refused
from lms_bridge.settings import Settings
from lms_bridge.store import derivation as queue
from lms_bridge.store.company import names_of
from lms_bridge.store.database import writing
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.models.evidence import ClockDecision, DeriveFailure, Reading, UnknownActor
from lms_bridge.store.models.people import Identity
from lms_bridge.store.models.statements import Agent, RefusedRequest, Source, Statement, StatementKey
from lms_bridge.store.naming import titles_of
from reports.content.pages import ClockRow, FailureRow, NotProofRow, RefusedRow, UnknownActorRow, UnmappedRow

READERS = frozenset({"admin", "hr", "auditor"})
MOST_ROWS = 500
SHOWN_BODY = 20_000


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
    query = (
        select(RefusedRequest, Source.name)
        .join(Source, Source.source_id == RefusedRequest.source_id)
        .order_by(RefusedRequest.refused_at.desc(), RefusedRequest.refused_id.desc())
        .limit(MOST_ROWS)
    )
    if source:
        query = query.where(Source.name == source)
    shows_body = reader.role == "admin"
    return tuple(
        RefusedRow(
            refused_id=row.refused_id,
            source=name,
            refused_at=row.refused_at,
            method=row.method,
            path=row.path,
            status=row.status,
            detail=row.detail,
            violations=_violations(row.violations),
            bytes=len(row.body),
            replayed_at=row.replayed_at,
            body_text=row.body[:SHOWN_BODY].decode("utf-8", "replace") if shows_body else "",
        )
        for row, name in session.execute(query)
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
    rows = session.execute(
        select(UnknownActor, Source.name)
        .outerjoin(Source, Source.source_id == UnknownActor.source_id)
        .order_by(UnknownActor.facts_waiting.desc(), UnknownActor.statements.desc(), UnknownActor.agent_key)
    )
    return tuple(
        UnknownActorRow(
            row.agent_key,
            row.name,
            source or "",
            row.statements,
            row.facts_waiting,
            row.first_on,
            row.last_on,
        )
        for row, source in rows
    )


def unmapped(
    session: Session, settings: Settings, reader: Reader
) -> tuple[tuple[UnmappedRow, ...], tuple[NotProofRow, ...]]:
    """Return learning that no rule counts, and statements of mapped learning that prove nothing, by people."""
    _gate(reader)
    now = clock.now()
    loose: dict[str, tuple[set[str], int, date]] = {}
    for key, subject, count, last in session.execute(
        select(Reading.object_key, Reading.subject, func.count(), func.max(Reading.occurred_on))
        .where(Reading.kind == "unmapped")
        .group_by(Reading.object_key, Reading.subject)
    ):
        people, total, latest = loose.get(key, (set(), 0, last))
        loose[key] = (people | {subject}, total + count, max(last, latest))
    weak = session.execute(
        select(Reading.object_key, Reading.reason, func.count(func.distinct(Reading.subject)), func.count())
        .where(Reading.kind == "not_proof")
        .group_by(Reading.object_key, Reading.reason)
    ).all()
    titles = titles_of(session, {*loose, *(row[0] for row in weak)}, settings.language, now)
    people_ids = {
        subject.removeprefix("person:") for people, _, _ in loose.values() for subject in sorted(people)[:5]
    }
    names = names_of(session, list(people_ids), now)
    unmapped_rows = [
        UnmappedRow(
            key,
            titles.get(key, key),
            len(people),
            total,
            last,
            tuple(names.get(item.removeprefix("person:"), item) for item in sorted(people)[:5]),
        )
        for key, (people, total, last) in loose.items()
    ]
    weak_rows = [
        NotProofRow(key, titles.get(key, key), reason, people, total) for key, reason, people, total in weak
    ]
    return (
        tuple(sorted(unmapped_rows, key=lambda row: (-row.people, row.title, row.object_key))),
        tuple(sorted(weak_rows, key=lambda row: (-row.people, row.title, row.reason))),
    )


def clocks(session: Session, settings: Settings, reader: Reader) -> tuple[ClockRow, ...]:
    """Return the statements whose timestamp cannot be, waiting or decided."""
    _gate(reader)
    rows = session.execute(
        select(Reading, Statement.timestamp, Statement.stored, Source.name, Agent.agent_key)
        .join(StatementKey, StatementKey.statement_id == Reading.statement_id)
        .join(Statement, Statement.seq == StatementKey.seq)
        .join(Source, Source.source_id == Statement.source_id)
        .join(Agent, Agent.agent_id == Statement.agent_id)
        .where(Reading.kind.in_(("clock", "clock_rejected")))
        .order_by(Reading.kind, Statement.stored.desc(), Reading.statement_id)
    ).all()
    now = clock.now()
    names = names_of(session, [row[0].subject.removeprefix("person:") for row in rows], now)
    titles = titles_of(session, {row[0].object_key for row in rows}, settings.language, now)
    return tuple(
        ClockRow(
            statement_id=reading.statement_id,
            who=names.get(reading.subject.removeprefix("person:"), agent_key),
            source=source,
            timestamp_text=timestamp.isoformat(),
            stored=stored,
            title=titles.get(reading.object_key, reading.object_key),
            decided="" if reading.kind == "clock" else "rejected",
        )
        for reading, timestamp, stored, source, agent_key in rows
    )


def failures(session: Session, settings: Settings, reader: Reader) -> tuple[FailureRow, ...]:
    """Return work of derivation that failed five times."""
    del settings
    _gate(reader)
    rows = session.execute(select(DeriveFailure).order_by(DeriveFailure.failed_at.desc())).scalars()
    return tuple(
        FailureRow(
            row.failure_id,
            row.subject,
            f"{row.cause_kind} {row.cause_id or ''}".strip(),
            row.failed_at,
            row.error,
        )
        for row in rows
    )


def replay(session: Session, settings: Settings, reader: Reader, refused_id: int) -> str:
    """Hand a refused request in again under the source's present settings; return what came of it."""
    _admin(reader)
    writer = StatementWriter(session.get_bind().engine)
    outcome = replay_refused(session, settings, writer, refused_id, clock.now())
    with writing(session):
        audit(session, clock.now(), reader.email, "replay refused request", str(refused_id))
    return outcome


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
    now = clock.now()
    with writing(session):
        key = session.get(StatementKey, statement_id)
        if key is None:
            raise NotFoundError(f"statement {statement_id!r} is not here")
        session.execute(
            update(ClockDecision)
            .where(ClockDecision.statement_id == statement_id, ClockDecision.known_to.is_(None))
            .values(known_to=now)
        )
        session.execute(
            insert(ClockDecision).values(
                statement_id=statement_id,
                decision=decision,
                achieved_on=achieved_on,
                reason=reason.strip(),
                known_from=now,
                known_to=None,
            )
        )
        queue.add_task(session, f"agent:{key.agent_id}", "clock", statement_id, now)
        audit(session, now, reader.email, f"clock {decision}", statement_id, reason)


def retry_failure(session: Session, settings: Settings, reader: Reader, failure_id: int) -> None:
    """Queue failed work again."""
    del settings
    _admin(reader)
    now = clock.now()
    with writing(session):
        row = session.get(DeriveFailure, failure_id)
        if row is None:
            raise NotFoundError(f"failure {failure_id} is not here")
        queue.add_task(session, row.subject, row.cause_kind, row.cause_id, now)
        session.execute(delete(DeriveFailure).where(DeriveFailure.failure_id == failure_id))
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
    now = clock.now()
    with writing(session):
        if person_id not in names_of(session, [person_id], now):
            raise NotFoundError(f"person {person_id!r} is not here; import people.csv or correct the id")
        held = session.execute(
            select(Identity.person_id).where(Identity.agent_key == agent_key, Identity.known_to.is_(None))
        ).scalars()
        if any(True for _ in held):
            raise ConflictError(
                f"account {agent_key!r} belongs to somebody already; say in people.csv from which day it is another's"
            )
        session.execute(
            insert(Identity).values(
                agent_key=agent_key,
                person_id=person_id,
                valid_from=None,
                valid_to=None,
                known_from=now,
                known_to=None,
            )
        )
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
    now = clock.now()
    with writing(session):
        found = session.execute(
            update(Identity)
            .where(
                Identity.agent_key == agent_key, Identity.person_id == person_id, Identity.known_to.is_(None)
            )
            .values(known_to=now)
        )
        if int(getattr(found, "rowcount", 0)) == 0:
            raise NotFoundError(f"account {agent_key!r} is not joined to {person_id!r}")
        _queue_identity(session, agent_key, person_id, now)
        audit(session, now, reader.email, "part account", f"{agent_key} ↛ {person_id}")


def _queue_identity(session: Session, agent_key: str, person_id: str, now: datetime) -> None:
    agents = queue.agents_of_keys(session, [agent_key])
    subjects = [f"person:{person_id}", *(f"agent:{agent}" for agent in agents.values())]
    queue.add_tasks(session, subjects, "identity", agent_key, now)
