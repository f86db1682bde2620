"""Tables of proof: awards, evidence, attainment, readings, and the queue of what is to be derived."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, KnownTime, big_key


class Award(Base, KnownTime):
    """One person's instance of a credential, certificate or confirmation; the id is the UUIDv5 of its content."""

    __tablename__ = "award"
    __table_args__ = (Index("ix_award_person_id", "person_id"),)
    row_id: Mapped[int] = big_key()
    award_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str] = mapped_column(String(80))
    object_key: Mapped[str | None] = mapped_column(String(200))
    skill_iri: Mapped[str] = mapped_column(Text)
    level: Mapped[int]
    strength: Mapped[str] = mapped_column(String(20))
    achieved_on: Mapped[date]
    last_valid_day: Mapped[date | None]
    issuer: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    authenticity: Mapped[str] = mapped_column(String(20))


class AwardRevocation(Base, KnownTime):
    """The taking back of an award: `ended` from a day, or `never_held`."""

    __tablename__ = "award_revocation"
    __table_args__ = (Index("ix_award_revocation_award_id", "award_id"),)
    row_id: Mapped[int] = big_key()
    award_id: Mapped[str] = mapped_column(String(36))
    effect: Mapped[str] = mapped_column(String(20))
    revoked_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)


class ClockDecision(Base, KnownTime):
    """What an admin decided on a statement whose timestamp cannot be: `accept`, `reject`, or the true day."""

    __tablename__ = "clock_decision"
    __table_args__ = (Index("ix_clock_decision_statement_id", "statement_id"),)
    row_id: Mapped[int] = big_key()
    statement_id: Mapped[str] = mapped_column(String(36))
    decision: Mapped[str] = mapped_column(String(10))
    achieved_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)


class Evidence(Base):
    """One accepted fact over one maximal interval of knowledge."""

    __tablename__ = "evidence"
    __table_args__ = (
        # Facts of some people in some skills: pages, workbooks.
        Index("ix_evidence_person_skill", "person_id", "skill_iri"),
        # Holders of a skill: the skill page.
        Index("ix_evidence_skill", "skill_iri", "person_id"),
        # What a statement or award proves: the statement page, undoing.
        Index("ix_evidence_cited", "cited_id"),
        # The proof card by its id alone.
        Index("ix_evidence_evidence_id", "evidence_id"),
    )
    person_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    evidence_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    skill_iri: Mapped[str] = mapped_column(Text)
    level: Mapped[int]
    strength: Mapped[int]
    achieved_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_kind: Mapped[str | None] = mapped_column(String(20))
    end_cause_id: Mapped[str | None] = mapped_column(String(80))
    cited_kind: Mapped[str] = mapped_column(String(10))
    cited_id: Mapped[str] = mapped_column(String(36))
    object_key: Mapped[str] = mapped_column(Text)
    rule_id: Mapped[str | None] = mapped_column(String(200))
    rule_version: Mapped[str | None] = mapped_column(String(64))
    by_person: Mapped[bool]
    authenticity: Mapped[str] = mapped_column(String(20))
    recorded_at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]
    reversal_kind: Mapped[str | None] = mapped_column(String(20))
    reversal_id: Mapped[str | None] = mapped_column(String(200))
    successor_id: Mapped[str | None] = mapped_column(String(36))


class AttainmentStep(Base):
    """Current knowledge: the level held in a skill at a least strength from one day to another."""

    __tablename__ = "attainment"
    person_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    skill_iri: Mapped[str] = mapped_column(Text, primary_key=True)
    strength: Mapped[int] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    to_on: Mapped[date | None]
    level: Mapped[int]


class Reading(Base):
    """What was made of a statement that says something about learning but gave no evidence, with the reason."""

    __tablename__ = "reading"
    __table_args__ = (
        # The unmapped and not-proof queues by learning object.
        Index("ix_reading_kind", "kind", "object_key"),
    )
    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    statement_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    object_key: Mapped[str] = mapped_column(Text)
    activity_iri: Mapped[str] = mapped_column(Text)
    occurred_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    rule_id: Mapped[str | None] = mapped_column(String(200))


class UnknownActor(Base):
    """An agent of learning records whom no identity claims on the day of its statements."""

    __tablename__ = "unknown_actor"
    agent_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    agent_key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int] = mapped_column(BigInteger)
    statements: Mapped[int]
    facts_waiting: Mapped[int]
    first_on: Mapped[date]
    last_on: Mapped[date]


class Subject(Base):
    """The lock and the version of one unit of derivation: `person:<id>` or `agent:<id>`."""

    __tablename__ = "subject"
    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


class DeriveTask(Base):
    """Work to derive, written in the transaction of its cause; a claim is a lock and dies with its process."""

    __tablename__ = "derive_task"
    __table_args__ = (Index("ix_derive_task_subject", "subject"),)
    task_id: Mapped[int] = big_key()
    subject: Mapped[str] = mapped_column(String(100))
    cause_kind: Mapped[str] = mapped_column(String(20))
    cause_id: Mapped[str | None] = mapped_column(String(200))
    caused_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class DeriveFailure(Base):
    """Work that failed five times, with its error; shown on the failures page, retried on request."""

    __tablename__ = "derive_failure"
    failure_id: Mapped[int] = big_key()
    subject: Mapped[str] = mapped_column(String(100))
    cause_kind: Mapped[str] = mapped_column(String(20))
    cause_id: Mapped[str | None] = mapped_column(String(200))
    caused_at: Mapped[datetime]
    failed_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text)
