"""The queue of what is to be derived, and the writing of evidence, attainment and readings of one subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.evidence.attainment import steps
from lms_bridge.evidence.facts import EvidenceRow, Fact
from lms_bridge.evidence.history import Derived
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.consistency import consistent_through
from lms_bridge.store.driver import Driver
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


def subject_versions(session: Session, subjects: Sequence[str]) -> dict[str, int]:
    """Return the version of each subject's derivation; 0 before the first."""
    found = dict.fromkeys(subjects, 0)
    for start in range(0, len(subjects), IN_LIST):
        rows = session.execute(
            select(Subject.subject, Subject.version).where(
                Subject.subject.in_(subjects[start : start + IN_LIST])
            )
        )
        found.update(rows.tuples().all())
    return found


def claim_versions(session: Session, versions: Mapping[str, int]) -> bool:
    """Move subjects from these versions to the next inside the writing transaction; False when another got there first.

    On PostgreSQL this also locks the rows, so that two workers never write one person at once; in order of subject, so
    that they never wait for each other.
    """
    claimed = Driver.of(session.connection()).many(
        "INSERT INTO subject (subject, version) VALUES (?, 1) ON CONFLICT (subject)"
        " DO UPDATE SET version = subject.version + 1 WHERE subject.version = ?",
        sorted(versions.items()),
    )
    return claimed == len(versions)


def remove_tasks(session: Session, works: Iterable[Work]) -> None:
    """Remove the tasks that a run answered."""
    Driver.of(session.connection()).many(
        "DELETE FROM derive_task WHERE subject = ? AND task_id <= ?",
        [(work.subject, work.last_task_id) for work in works],
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


_COLUMNS: Final = tuple(column.name for column in Evidence.__table__.columns)
_READING_COLUMNS: Final = (
    "statement_id",
    "kind",
    "object_key",
    "activity_iri",
    "occurred_on",
    "reason",
    "rule_id",
)


@dataclass(frozen=True, slots=True)
class StoredRows:
    """What is stored of one person: evidence by id, each row in the order of the table's columns, and readings."""

    evidence: Mapping[str, tuple[Any, ...]]
    readings: frozenset[tuple[Any, ...]]


def stored_rows(session: Session, people: Sequence[str]) -> dict[str, StoredRows]:
    """Return what is stored of some people, to be compared with what is derived."""
    evidence: dict[str, dict[str, tuple[Any, ...]]] = {person_id: {} for person_id in people}
    readings: dict[str, set[tuple[Any, ...]]] = {person_id: set() for person_id in people}
    table, read = Evidence.__table__, Reading.__table__
    place = _COLUMNS.index("evidence_id"), _COLUMNS.index("person_id")
    for start in range(0, len(people), IN_LIST):
        part = people[start : start + IN_LIST]
        for row in session.execute(select(table).where(table.c.person_id.in_(part))):
            evidence[row[place[1]]][row[place[0]]] = tuple(row)
        columns = [read.c.subject, *(read.c[name] for name in _READING_COLUMNS)]
        subjects = [f"person:{person_id}" for person_id in part]
        for subject, *values in session.execute(select(*columns).where(read.c.subject.in_(subjects))):
            readings[subject.removeprefix("person:")].add(tuple(values))
    return {
        person_id: StoredRows(evidence[person_id], frozenset(readings[person_id])) for person_id in people
    }


def write_derived(
    session: Session, stored: Mapping[str, StoredRows], derived: Mapping[str, Derived]
) -> tuple[int, int]:
    """Make the rows of some people equal to what is derived; return (rows written, rows removed).

    `stored` is what stands there: read before, under the versions that this transaction has claimed.
    """
    gone: list[tuple[str, str]] = []
    new: list[dict[str, object]] = []
    removed = 0
    changed: list[str] = []
    for person_id in sorted(derived):
        before = stored[person_id].evidence
        wanted = {row.evidence_id: _values(row) for row in derived[person_id].rows}
        tuples = {key: tuple(values[name] for name in _COLUMNS) for key, values in wanted.items()}
        old = [key for key in before if tuples.get(key) != before[key]]
        added = [wanted[key] for key in wanted if before.get(key) != tuples[key]]
        removed += sum(key not in wanted for key in old)
        gone += [(person_id, key) for key in old]
        new += added
        if old or added:
            changed.append(person_id)
    Driver.of(session.connection()).many("DELETE FROM evidence WHERE person_id = ? AND evidence_id = ?", gone)
    if new:
        session.execute(insert(Evidence), new)
    _write_attainment(
        session,
        {
            person_id: [row.fact for row in derived[person_id].rows if row.reversed_at is None]
            for person_id in changed
        },
    )
    _write_readings(session, stored, derived)
    return len(new), removed


def row_of(row: EvidenceRow) -> tuple[Any, ...]:
    """Return an evidence row in the order of the table's columns, to be compared with a stored one."""
    values = _values(row)
    return tuple(values[name] for name in _COLUMNS)


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


def _write_attainment(session: Session, facts: Mapping[str, Sequence[Fact]]) -> None:
    if not facts:
        return
    driver = Driver.of(session.connection())
    driver.many("DELETE FROM attainment WHERE person_id = ?", [(person_id,) for person_id in facts])
    rows = [
        {
            "person_id": person_id,
            "skill_iri": step.skill_iri,
            "strength": int(step.strength),
            "from_on": step.from_on,
            "to_on": step.to_on,
            "level": step.level,
        }
        for person_id, held in facts.items()
        for step in steps(held)
    ]
    if rows:
        session.execute(insert(AttainmentStep), rows)


def _write_readings(
    session: Session, stored: Mapping[str, StoredRows], derived: Mapping[str, Derived]
) -> None:
    subjects: list[str] = []
    rows: list[dict[str, object]] = []
    for person_id, found in derived.items():
        wanted = {tuple(getattr(item, name) for name in _READING_COLUMNS) for item in found.readings}
        if wanted == stored[person_id].readings:
            continue
        subject = f"person:{person_id}"
        subjects.append(subject)
        rows += [
            {"subject": subject, **dict(zip(_READING_COLUMNS, values, strict=True))}
            for values in sorted(wanted, key=lambda item: (item[0], item[1]))
        ]
    Driver.of(session.connection()).many(
        "DELETE FROM reading WHERE subject = ?", [(subject,) for subject in subjects]
    )
    if rows:
        session.execute(insert(Reading), rows)


def agents_of_ids(session: Session, agent_ids: Sequence[int]) -> dict[int, str]:
    """Return the keys of some agents."""
    found: dict[int, str] = {}
    for start in range(0, len(agent_ids), IN_LIST):
        rows = session.execute(
            select(Agent.agent_id, Agent.agent_key).where(
                Agent.agent_id.in_(agent_ids[start : start + IN_LIST])
            )
        )
        found.update(rows.tuples().all())
    return found


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
