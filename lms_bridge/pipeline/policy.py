"""Company policy as a cause: the settings that figures depend on are published with the time of their knowledge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lms_bridge.pipeline.derivation import queue_everyone
from lms_bridge.settings import Settings
from lms_bridge.store.audit import audit
from lms_bridge.store.database import writing
from lms_bridge.store.policy import policies_in_force
from lms_bridge.store.sources import set_policy

PUBLISHED = ("time_zone", "validity_last_day", "earliest_year", "least_strength", "company_scale")
# What evidence itself depends on; the others are read when figures are computed.
DERIVES = frozenset({"time_zone", "validity_last_day", "earliest_year"})


def publish_policy(session: Session, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Make the stored policy equal to the settings; return the names that changed. Idempotent."""
    wanted = {name: str(getattr(settings, name)) for name in PUBLISHED}
    current = policies_in_force(session, PUBLISHED)
    if all(current.get(name) == value for name, value in wanted.items()):
        session.rollback()
        return ()
    with writing(session):
        current = policies_in_force(session, PUBLISHED)
        changed = tuple(name for name, value in wanted.items() if current.get(name) != value)
        for name in changed:
            set_policy(session, name, wanted[name], now)
            audit(session, now, "settings", "policy", f"{name} = {wanted[name]}")
        if DERIVES & set(changed):
            queue_everyone(session, "policy", None, now)
    return changed
