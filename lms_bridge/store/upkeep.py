"""What the worker asks of the database beside deriving: upkeep, and the lock that makes one process the leader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, delete, text
from sqlalchemy.orm import Session

from lms_bridge.store.models.statements import RefusedRequest


@contextmanager
def advisory_lock(engine: Engine, key: int) -> Iterator[Callable[[], bool]]:
    """Yield a function that tries to take PostgreSQL's advisory lock `key`; held until the end, or the process's death."""
    with engine.connect() as connection:
        # A connection that goes back to the pool would keep the lock.
        connection.detach()

        def take() -> bool:
            taken = bool(
                connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one()
            )
            connection.commit()
            return taken

        yield take


def remove_refusals_before(session: Session, limit: datetime) -> int:
    """Remove the requests that were refused before an instant, of every source; return how many."""
    removed = session.execute(delete(RefusedRequest).where(RefusedRequest.refused_at < limit))
    return int(getattr(removed, "rowcount", 0))


def optimise(engine: Engine) -> None:
    """Let SQLite refresh its query statistics."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA optimize")
