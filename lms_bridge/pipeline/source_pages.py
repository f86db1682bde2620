"""Use case that reads: the connected LMSs with their freshness, rate and refusals."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import NotFoundError
from lms_bridge.evidence.causes import SCORE_SCALE
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.health import source_health
from lms_bridge.settings import Settings
from lms_bridge.store.models.skills import Policy
from lms_bridge.store.models.statements import RefusedRequest, Source, SourceKey, Statement
from reports.content.model import SourceHealth
from reports.content.pages import SourceRow

READERS = frozenset({"admin", "hr", "auditor"})


def sources(session: Session, settings: Settings, reader: Reader) -> tuple[SourceRow, ...]:
    """Return every source, revoked ones last; constant number of queries.

    Raises:
        NotFoundError: the reader sees no sources.
    """
    if reader.role not in READERS:
        raise NotFoundError("this page is not here")
    now = clock.now()
    health = {item.name: item for item in source_health(session, settings, now)}
    total = _by_source(session, select(Statement.source_id, func.count()).group_by(Statement.source_id))
    fresh = _by_source(
        session,
        select(Statement.source_id, func.count())
        .where(Statement.stored > now - timedelta(days=1))
        .group_by(Statement.source_id),
    )
    flagged = _by_source(
        session,
        select(Statement.source_id, func.count())
        .where(Statement.flags.is_not(None))
        .group_by(Statement.source_id),
    )
    reasons: dict[int, dict[str, int]] = {}
    for source_id, slug, count in session.execute(
        select(RefusedRequest.source_id, RefusedRequest.slug, func.count()).group_by(
            RefusedRequest.source_id, RefusedRequest.slug
        )
    ):
        reasons.setdefault(source_id, {})[slug] = count
    keys: dict[int, list[str]] = {}
    for source_id, key in session.execute(
        select(SourceKey.source_id, SourceKey.key)
        .where(SourceKey.revoked_at.is_(None))
        .order_by(SourceKey.created_at)
    ):
        keys.setdefault(source_id, []).append(key)
    scales = dict(
        session.execute(
            select(Policy.name, Policy.value).where(
                Policy.name.startswith(SCORE_SCALE), Policy.known_to.is_(None)
            )
        )
        .tuples()
        .all()
    )
    rows = session.execute(select(Source).order_by(Source.revoked_at.is_not(None), Source.name)).scalars()
    return tuple(
        SourceRow(
            name=row.name,
            kind=row.kind,
            endpoint=f"{settings.base_url}/xapi/",
            keys=tuple(keys.get(row.source_id, ())) if reader.role == "admin" else (),
            scopes=row.scopes,
            xapi_version=row.xapi_version,
            validation=row.validation,
            score_scale=scales.get(SCORE_SCALE + row.name, "0..1"),
            statements=total.get(row.source_id, 0),
            statements_24h=fresh.get(row.source_id, 0),
            refused=sum(reasons.get(row.source_id, {}).values()),
            refused_by_reason=reasons.get(row.source_id, {}),
            flagged=flagged.get(row.source_id, 0),
            health=health.get(row.name)
            or SourceHealth(row.name, row.kind, row.last_seen_at, None, is_silent=False, refused=0),
            revoked_at=row.revoked_at,
        )
        for row in rows
    )


def _by_source(session: Session, query: object) -> dict[int, int]:
    return dict(session.execute(query).tuples().all())  # type: ignore[call-overload] # two integer columns
