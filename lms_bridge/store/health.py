"""The counts that stand beside the figures: what each source sent and was refused, and what is not counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from lms_bridge.store.models.base import Base
from lms_bridge.store.models.evidence import DeriveFailure, Evidence, UnknownActor
from lms_bridge.store.models.statements import RefusedRequest, Statement

COUNT_AGE = timedelta(seconds=15)
_counted: dict[str, tuple[datetime, int]] = {}


def probe(session: Session) -> None:
    """Ask the database for anything; it raises where there is none."""
    session.execute(text("SELECT 1"))


def statement_counts(session: Session, after: datetime | None = None) -> dict[int, int]:
    """Return how many statements each source has, those stored after an instant or all, by source id."""
    query = select(Statement.source_id, func.count()).group_by(Statement.source_id)
    return _by_source(session, query if after is None else query.where(Statement.stored > after))


def flagged_counts(session: Session) -> dict[int, int]:
    """Return how many statements of each source are flagged with known defects, by source id."""
    query = select(Statement.source_id, func.count()).where(Statement.flags.is_not(None))
    return _by_source(session, query.group_by(Statement.source_id))


def refusals_waiting(session: Session) -> dict[int, int]:
    """Return how many refused requests of each source were not handed in again, by source id."""
    query = select(RefusedRequest.source_id, func.count()).where(RefusedRequest.replayed_at.is_(None))
    return _by_source(session, query.group_by(RefusedRequest.source_id))


def refusals_by_reason(session: Session) -> dict[int, dict[str, int]]:
    """Return how many requests of each source were refused, by source id and slug, replayed ones too."""
    found: dict[int, dict[str, int]] = {}
    for source_id, slug, count in session.execute(
        select(RefusedRequest.source_id, RefusedRequest.slug, func.count())
        .group_by(RefusedRequest.source_id, RefusedRequest.slug)
        .order_by(RefusedRequest.source_id, RefusedRequest.slug)
    ):
        found.setdefault(source_id, {})[slug] = count
    return found


def statements_proving(session: Session, now: datetime) -> int:
    """Return how many statements evidence of present knowledge cites, as counted within the last quarter minute.

    The count reads all evidence; it stands beside figures as a share, so a page does not wait for it every time.
    """
    database = str(session.get_bind().engine.url)
    counted_at, counted = _counted.get(database, (datetime.min.replace(tzinfo=UTC), 0))
    if not timedelta(0) <= now - counted_at < COUNT_AGE:
        counted = session.execute(
            select(func.count(func.distinct(Evidence.cited_id))).where(
                Evidence.reversed_at.is_(None), Evidence.cited_kind == "statement"
            )
        ).scalar_one()
        _counted[database] = (now, counted)
    return counted


def unknown_actor_count(session: Session) -> int:
    """Return how many accounts are without a person."""
    return _count(session, UnknownActor)


def failure_count(session: Session) -> int:
    """Return how many tasks failed as often as they are tried."""
    return _count(session, DeriveFailure)


def evidence_count(session: Session) -> int:
    """Return how many evidence rows there are, reversed ones too."""
    return _count(session, Evidence)


def last_seq(session: Session) -> int:
    """Return the latest statement's number; numbers may have gaps, and it is read at once, unlike a count."""
    return session.execute(select(func.max(Statement.seq))).scalar_one() or 0


def _count(session: Session, model: type[Base]) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def _by_source(session: Session, query: Select[tuple[int, int]]) -> dict[int, int]:
    return dict(session.execute(query).tuples().all())
