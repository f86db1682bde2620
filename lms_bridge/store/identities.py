"""Whose accounts and addresses are known now: an agent key belongs to a person from one day to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.models.people import Identity, Person

IN_LIST = 400


def owners_of(session: Session, agent_key: str) -> tuple[str, ...]:
    """Return the persons who have an account on any day, by id."""
    return tuple(
        session.execute(
            select(Identity.person_id)
            .where(Identity.agent_key == agent_key, Identity.known_to.is_(None))
            .distinct()
            .order_by(Identity.person_id)
        ).scalars()
    )


def owned_days(
    session: Session, agent_keys: Sequence[str]
) -> dict[str, list[tuple[date | None, date | None]]]:
    """Return, by account, the spans of days, half open, on which somebody has it."""
    found: dict[str, list[tuple[date | None, date | None]]] = {key: [] for key in agent_keys}
    for start in range(0, len(agent_keys), IN_LIST):
        rows = session.execute(
            select(Identity.agent_key, Identity.valid_from, Identity.valid_to)
            .where(Identity.agent_key.in_(agent_keys[start : start + IN_LIST]), Identity.known_to.is_(None))
            .order_by(Identity.row_id)
        )
        for key, begin, end in rows:
            found[key].append((begin, end))
    return found


def accounts_of(session: Session, person_id: str) -> tuple[str, ...]:
    """Return the agent keys of a person."""
    return tuple(
        session.execute(
            select(Identity.agent_key)
            .where(Identity.person_id == person_id, Identity.known_to.is_(None))
            .order_by(Identity.agent_key, Identity.row_id)
        ).scalars()
    )


def insert_identity(session: Session, agent_key: str, person_id: str, now: datetime) -> None:
    """Let an account be a person's on every day, known from `now`."""
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


def end_identity(session: Session, agent_key: str, person_id: str, now: datetime) -> bool:
    """End the knowledge that an account is a person's; False where it was not known."""
    found = session.execute(
        update(Identity)
        .where(Identity.agent_key == agent_key, Identity.person_id == person_id, Identity.known_to.is_(None))
        .values(known_to=now)
    )
    return int(getattr(found, "rowcount", 0)) > 0


def email_of(session: Session, person_id: str) -> str | None:
    """Return a person's latest known address."""
    return (
        session.execute(
            select(Person.email)
            .where(Person.person_id == person_id, Person.known_to.is_(None))
            .order_by(Person.row_id.desc())
        )
        .scalars()
        .first()
    )


def emails(session: Session) -> dict[str, str]:
    """Return the latest known address of every person who has one, by person id."""
    rows = session.execute(
        select(Person.person_id, Person.email)
        .where(Person.known_to.is_(None), Person.email != "")
        .order_by(Person.row_id)
    )
    return dict(rows.tuples().all())
