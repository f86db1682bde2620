"""Accounts that nobody has on some days of their records: what waits on each, and what they sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lms_bridge.store.driver import Driver
from lms_bridge.store.models.evidence import UnknownActor
from lms_bridge.store.models.people import Identity
from lms_bridge.store.models.statements import Agent, Source, Statement


@dataclass(frozen=True, slots=True)
class WaitingAccount:
    """An account without a person: its name and source in the latest statement, and what waits on it."""

    agent_key: str
    name: str
    source_id: int
    statements: int
    facts_waiting: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Sent:
    """What an account sent: statements that are not voided, from the first timestamp to the last; the latest arrival."""

    statements: int
    first: datetime
    last: datetime
    latest_document: bytes
    latest_source_id: int


def sent_by(session: Session, agent_id: int) -> Sent | None:
    """Return what an account sent; None where nothing stands."""
    count, first, last = session.execute(
        select(func.count(), func.min(Statement.timestamp), func.max(Statement.timestamp)).where(
            Statement.agent_id == agent_id, Statement.voided_by.is_(None)
        )
    ).one()
    if not count:
        return None
    latest = session.execute(
        select(Statement.document, Statement.source_id)
        .where(Statement.agent_id == agent_id)
        .order_by(Statement.seq.desc())
        .limit(1)
    ).one()
    return Sent(count, first, last, latest.document, latest.source_id)


def agents_without_owner(session: Session) -> tuple[int, ...]:
    """Return the accounts that sent statements and that nobody has for all days."""
    owned = select(Identity.agent_key).where(
        Identity.known_to.is_(None), Identity.valid_from.is_(None), Identity.valid_to.is_(None)
    )
    return tuple(
        session.execute(
            select(Agent.agent_id)
            .where(Agent.agent_id.in_(select(Statement.agent_id).distinct()), Agent.agent_key.not_in(owned))
            .order_by(Agent.agent_id)
        ).scalars()
    )


def write_unknown_actors(session: Session, accounts: Mapping[int, WaitingAccount | None]) -> None:
    """Set or remove the rows of some accounts, by number."""
    Driver.of(session.connection()).many(
        "DELETE FROM unknown_actor WHERE agent_id = ?", [(agent_id,) for agent_id in sorted(accounts)]
    )
    rows = [
        {
            "agent_id": agent_id,
            "agent_key": account.agent_key,
            "name": account.name,
            "source_id": account.source_id,
            "statements": account.statements,
            "facts_waiting": account.facts_waiting,
            "first_on": account.first_on,
            "last_on": account.last_on,
        }
        for agent_id, account in sorted(accounts.items())
        if account is not None
    ]
    if rows:
        session.execute(insert(UnknownActor), rows)


def unknown_actors(session: Session) -> tuple[tuple[WaitingAccount, str], ...]:
    """Return the accounts without a person and the name of each one's source, those with most facts waiting first."""
    rows = session.execute(
        select(UnknownActor, Source.name)
        .outerjoin(Source, Source.source_id == UnknownActor.source_id)
        .order_by(
            UnknownActor.facts_waiting.desc(),
            UnknownActor.statements.desc(),
            UnknownActor.agent_key,
            UnknownActor.agent_id,
        )
    )
    return tuple(
        (
            WaitingAccount(
                agent_key=row.agent_key,
                name=row.name,
                source_id=row.source_id,
                statements=row.statements,
                facts_waiting=row.facts_waiting,
                first_on=row.first_on,
                last_on=row.last_on,
            ),
            source or "",
        )
        for row, source in rows
    )
