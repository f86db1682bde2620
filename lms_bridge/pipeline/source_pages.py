"""Use case that reads: the connected LMSs with their freshness, rate and refusals."""

from __future__ import annotations

from datetime import timedelta
from statistics import median

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.health import source_health
from lms_bridge.settings import Settings
from lms_bridge.store import health as store
from lms_bridge.store.policy import score_scales
from lms_bridge.store.sources import all_sources, live_keys
from lms_bridge.store.traffic import delays
from reports.content.model import SourceHealth
from reports.content.pages import KeyLine, SourceRow

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
    total = store.statement_counts(session)
    fresh = store.statement_counts(session, now - timedelta(days=1))
    flagged = store.flagged_counts(session)
    reasons = store.refusals_by_reason(session)
    keys = live_keys(session, now)
    scales = score_scales(session)
    rows = sorted(all_sources(session), key=lambda row: row.revoked_at is not None)
    delay = delays(session, [row.source_id for row in rows])
    return tuple(
        SourceRow(
            source_id=row.source_id,
            name=row.name,
            kind=row.kind,
            endpoint=f"{settings.base_url}/xapi/",
            keys=tuple(
                KeyLine(item.key, item.is_for_content, item.ends_at) for item in keys.get(row.source_id, ())
            )
            if reader.role == "admin"
            else (),
            scopes=" ".join(row.scopes),
            xapi_version=row.xapi_version,
            validation=row.validation,
            score_scale=scales.get(row.name, "0..1"),
            statements=total.get(row.source_id, 0),
            statements_24h=fresh.get(row.source_id, 0),
            refused=sum(reasons.get(row.source_id, {}).values()),
            refused_by_reason=reasons.get(row.source_id, {}),
            delay_seconds=median(delay[row.source_id]) if row.source_id in delay else None,
            flagged=flagged.get(row.source_id, 0),
            health=health.get(row.name)
            or SourceHealth(row.name, row.kind, row.last_seen_at, None, is_silent=False, refused=0),
            revoked_at=row.revoked_at,
        )
        for row in rows
    )
