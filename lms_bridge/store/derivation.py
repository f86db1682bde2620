"""The queue of what is to be derived, and the writing of evidence, attainment and readings of one subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from lms_bridge.evidence.attainment import steps
from lms_bridge.evidence.facts import EvidenceRow, Fact
from lms_bridge.evidence.history import Derived
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.consistency import consistent_through
from lms_bridge.store.models.base import MICROSECOND
from lms_bridge.store.models.evidence import (
    AttainmentStep,
    DeriveFailure,
    DeriveTask,
    Evidence,
    Reading,
    Subject,
    UnknownActor,
)
from lms_bridge.store.models.statements import Agent

IN_LIST = 400
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of one subject that were seen together; `last_task_id` bounds what a run may remove."""

    subject: str
    last_task_id: int
    tasks: int


def next_work(session: Session, limit: int, after: str = "") -> list[Work]:
    """Return the subjects with waiting tasks, in order of subject, from after `after`."""
    rows = session.execute(
        select(DeriveTask.subject, func.max(DeriveTask.task_id), func.count())
        .where(DeriveTask.subject > after)
        .group_by(DeriveTask.subject)
        .order_by(DeriveTask.subject)
        .limit(limit)
    )
    return [Work(subject, last, count) for subject, last, count in rows]


def waiting_tasks(session: Session) -> int:
    """Return the queue's length."""
    return session.execute(select(func.count()).select_from(DeriveTask)).scalar_one()


def work_of(session: Session, subject: str) -> Work:
    """Return one subject's waiting tasks; none waiting is work without tasks."""
    last, count = session.execute(
        select(func.max(DeriveTask.task_id), func.count()).where(DeriveTask.subject == subject)
    ).one()
    return Work(subject, last or 0, count)


def add_task(session: Session, subject: str, kind: str, cause_id: str | None, caused_at: datetime) -> None:
    """Queue one subject, in the transaction of its cause."""
    session.execute(
        insert(DeriveTask).values(
            subject=subject, cause_kind=kind, cause_id=cause_id, caused_at=caused_at, attempts=0
        )
    )


def add_tasks(
    session: Session, subjects: Iterable[str], kind: str, cause_id: str | None, caused_at: datetime
) -> int:
    """Queue many subjects; return how many."""
    rows = [
        {"subject": subject, "cause_kind": kind, "cause_id": cause_id, "caused_at": caused_at, "attempts": 0}
        for subject in sorted(set(subjects))
    ]
    if rows:
        session.execute(insert(DeriveTask), rows)
    return len(rows)


def derived_through(session: Session, now: datetime) -> datetime:
    """Return the instant through which every cause is derived and published, at most `now`.

    Up to it nobody who is still writing can add a cause, and no cause waits to be derived. Ends the session's read
    transaction, so that what is read next sees all of it.
    """
    through = min(now, consistent_through(session))
    waiting = session.execute(select(func.min(DeriveTask.caused_at))).scalar_one()
    return through if waiting is None else min(through, waiting - MICROSECOND)


def subject_version(session: Session, subject: str) -> int:
    """Return the version of a subject's derivation; 0 before the first."""
    found = session.execute(select(Subject.version).where(Subject.subject == subject)).scalar_one_or_none()
    return found or 0


def claim_version(session: Session, subject: str, version: int) -> bool:
    """Move a subject from `version` to the next inside the writing transaction; False when another got there first.

    On PostgreSQL this also locks the row, so that two workers never write one person at once.
    """
    if version == 0:
        taken = session.execute(
            text("INSERT INTO subject (subject, version) VALUES (:s, 1) ON CONFLICT (subject) DO NOTHING"),
            {"s": subject},
        )
    else:
        taken = session.execute(
            update(Subject)
            .where(Subject.subject == subject, Subject.version == version)
            .values(version=version + 1)
        )
    return int(getattr(taken, "rowcount", 0)) == 1


def remove_tasks(session: Session, work: Work) -> None:
    """Remove the tasks that a run answered."""
    session.execute(
        delete(DeriveTask).where(DeriveTask.subject == work.subject, DeriveTask.task_id <= work.last_task_id)
    )


def record_failure(session: Session, work: Work, error: str, failed_at: datetime) -> None:
    """Count a failed run; tasks that failed five times move to the failures page."""
    mine = (DeriveTask.subject == work.subject, DeriveTask.task_id <= work.last_task_id)
    session.execute(
        update(DeriveTask).where(*mine).values(attempts=DeriveTask.attempts + 1, last_error=error[:4000])
    )
    for task in (
        session.execute(select(DeriveTask).where(*mine, DeriveTask.attempts >= MOST_ATTEMPTS)).scalars().all()
    ):
        session.execute(
            insert(DeriveFailure).values(
                subject=task.subject,
                cause_kind=task.cause_kind,
                cause_id=task.cause_id,
                caused_at=task.caused_at,
                failed_at=failed_at,
                error=error[:4000],
            )
        )
        session.execute(delete(DeriveTask).where(DeriveTask.task_id == task.task_id))


def evidence_of(session: Session, person_id: str) -> dict[str, EvidenceRow]:
    """Return all rows of a person by id."""
    rows = session.execute(select(Evidence).where(Evidence.person_id == person_id)).scalars()
    return {row.evidence_id: evidence_row(row) for row in rows}


def evidence_row(row: Evidence) -> EvidenceRow:
    """Turn a stored row into the core's."""
    return EvidenceRow(
        evidence_id=row.evidence_id,
        person_id=row.person_id,
        fact=Fact(
            skill_iri=row.skill_iri,
            level=row.level,
            strength=Strength(row.strength),
            achieved_on=row.achieved_on,
            ended_on=row.ended_on,
            end_kind=row.end_kind,  # type: ignore[arg-type] # written from the same literal
            end_cause_id=row.end_cause_id,
            cited_kind=row.cited_kind,  # type: ignore[arg-type] # written from the same literal
            cited_id=row.cited_id,
            object_key=row.object_key,
            rule_id=row.rule_id,
            rule_version=row.rule_version,
            by_person=row.by_person,
            authenticity=row.authenticity,
        ),
        recorded_at=row.recorded_at,
        reversed_at=row.reversed_at,
        reversal_kind=row.reversal_kind,  # type: ignore[arg-type] # written from the same literal
        reversal_id=row.reversal_id,
        successor_id=row.successor_id,
    )


def write_derived(session: Session, person_id: str, derived: Derived) -> tuple[int, int]:
    """Make the stored rows of a person equal to `derived`; return (rows written, rows removed)."""
    stored = evidence_of(session, person_id)
    wanted = {row.evidence_id: row for row in derived.rows}
    gone = [evidence_id for evidence_id in stored if wanted.get(evidence_id) != stored[evidence_id]]
    new = [row for evidence_id, row in wanted.items() if stored.get(evidence_id) != row]
    for start in range(0, len(gone), IN_LIST):
        session.execute(
            delete(Evidence).where(
                Evidence.person_id == person_id, Evidence.evidence_id.in_(gone[start : start + IN_LIST])
            )
        )
    if new:
        session.execute(insert(Evidence), [_values(row) for row in new])
    if gone or new:
        _write_attainment(session, person_id, [row.fact for row in derived.rows if row.reversed_at is None])
    _write_readings(session, f"person:{person_id}", derived)
    return len(new), len([evidence_id for evidence_id in gone if evidence_id not in wanted])


def _values(row: EvidenceRow) -> dict[str, object]:
    fact = row.fact
    return {
        "person_id": row.person_id,
        "evidence_id": row.evidence_id,
        "skill_iri": fact.skill_iri,
        "level": fact.level,
        "strength": int(fact.strength),
        "achieved_on": fact.achieved_on,
        "ended_on": fact.ended_on,
        "end_kind": fact.end_kind,
        "end_cause_id": fact.end_cause_id,
        "cited_kind": fact.cited_kind,
        "cited_id": fact.cited_id,
        "object_key": fact.object_key,
        "rule_id": fact.rule_id,
        "rule_version": fact.rule_version,
        "by_person": fact.by_person,
        "authenticity": fact.authenticity,
        "recorded_at": row.recorded_at,
        "reversed_at": row.reversed_at,
        "reversal_kind": row.reversal_kind,
        "reversal_id": row.reversal_id,
        "successor_id": row.successor_id,
    }


def _write_attainment(session: Session, person_id: str, facts: Sequence[Fact]) -> None:
    session.execute(delete(AttainmentStep).where(AttainmentStep.person_id == person_id))
    rows = [
        {
            "person_id": person_id,
            "skill_iri": step.skill_iri,
            "strength": int(step.strength),
            "from_on": step.from_on,
            "to_on": step.to_on,
            "level": step.level,
        }
        for step in steps(facts)
    ]
    if rows:
        session.execute(insert(AttainmentStep), rows)


def _write_readings(session: Session, subject: str, derived: Derived) -> None:
    stored = {
        (row.statement_id, row.kind): (
            row.object_key,
            row.activity_iri,
            row.occurred_on,
            row.reason,
            row.rule_id,
        )
        for row in session.execute(select(Reading).where(Reading.subject == subject)).scalars()
    }
    wanted = {
        (item.statement_id, str(item.kind)): (
            item.object_key,
            item.activity_iri,
            item.occurred_on,
            item.reason,
            item.rule_id,
        )
        for item in derived.readings
    }
    if stored == wanted:
        return
    session.execute(delete(Reading).where(Reading.subject == subject))
    rows = [
        {
            "subject": subject,
            "statement_id": statement_id,
            "kind": kind,
            "object_key": values[0],
            "activity_iri": values[1],
            "occurred_on": values[2],
            "reason": values[3],
            "rule_id": values[4],
        }
        for (statement_id, kind), values in wanted.items()
    ]
    if rows:
        session.execute(insert(Reading), rows)


def agent_key_of(session: Session, agent_id: int) -> str | None:
    """Return the key of an agent."""
    return session.execute(select(Agent.agent_key).where(Agent.agent_id == agent_id)).scalar_one_or_none()


def agents_of_keys(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Return agent ids by key for those that ever sent or were named."""
    wanted = sorted(set(keys))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), IN_LIST):
        rows = session.execute(
            select(Agent.agent_key, Agent.agent_id).where(
                Agent.agent_key.in_(wanted[start : start + IN_LIST])
            )
        )
        found.update((key, agent_id) for key, agent_id in rows)
    return found


def forget_derived(session: Session) -> None:
    """Remove everything derived: evidence, attainment, readings, unknown actors. A rebuild fills them again."""
    for table in (Evidence, AttainmentStep, Reading, UnknownActor, Subject):
        session.execute(delete(table))
