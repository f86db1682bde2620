"""Company policy as a cause: the settings that figures depend on are published with the time of their knowledge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.pipeline.auditing import audit
from lms_bridge.pipeline.derivation import queue_everyone
from lms_bridge.settings import Settings
from lms_bridge.store.database import writing
from lms_bridge.store.models.skills import Policy

PUBLISHED = ("time_zone", "validity_last_day", "earliest_year", "least_strength", "company_scale")
# What evidence itself depends on; the others are read when figures are computed.
DERIVES = frozenset({"time_zone", "validity_last_day", "earliest_year"})


def publish_policy(session: Session, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Make the stored policy equal to the settings; return the names that changed. Idempotent."""
    wanted = {name: str(getattr(settings, name)) for name in PUBLISHED}
    current = _known(session)
    if all(current.get(name) == value for name, value in wanted.items()):
        session.rollback()
        return ()
    with writing(session):
        current = _known(session)
        changed = tuple(name for name, value in wanted.items() if current.get(name) != value)
        for name in changed:
            session.execute(
                update(Policy).where(Policy.name == name, Policy.known_to.is_(None)).values(known_to=now)
            )
            session.execute(
                insert(Policy).values(name=name, value=wanted[name], known_from=now, known_to=None)
            )
            audit(session, now, "settings", "policy", f"{name} = {wanted[name]}")
        if DERIVES & {name for name in changed if name in current}:
            queue_everyone(session, "policy", None, now)
    return changed


def _known(session: Session) -> dict[str, str]:
    rows = session.execute(select(Policy.name, Policy.value).where(Policy.known_to.is_(None)))
    return {name: value for name, value in rows if name in PUBLISHED}


def set_policy(session: Session, name: str, value: str, now: datetime) -> None:
    """Set one policy inside the caller's transaction; nothing happens where it is so already."""
    current = session.execute(
        select(Policy.value).where(Policy.name == name, Policy.known_to.is_(None))
    ).scalar_one_or_none()
    if current == value:
        return
    session.execute(update(Policy).where(Policy.name == name, Policy.known_to.is_(None)).values(known_to=now))
    session.execute(insert(Policy).values(name=name, value=value, known_from=now, known_to=None))
