"""Whether the service is ready, and whether its figures can be trusted: queue, sources, what is not counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.settings import Settings
from lms_bridge.store.derivation import waiting_tasks
from lms_bridge.store.migrate import current_revision, newest_revision
from lms_bridge.store.models.evidence import DeriveFailure, Evidence, Reading, UnknownActor
from lms_bridge.store.models.operations import FileImport
from lms_bridge.store.models.statements import RefusedRequest, Source, Statement
from reports.content.model import DataHealth, SourceHealth

DEMO_LOAD = "demo load"


def source_health(session: Session, settings: Settings, now: datetime) -> tuple[SourceHealth, ...]:
    """Return how fresh each source in use is, by name."""
    refused = dict(
        session.execute(
            select(RefusedRequest.source_id, func.count())
            .where(RefusedRequest.replayed_at.is_(None))
            .group_by(RefusedRequest.source_id)
        )
        .tuples()
        .all()
    )
    last = dict(
        session.execute(select(Statement.source_id, func.max(Statement.stored)).group_by(Statement.source_id))
        .tuples()
        .all()
    )
    found: list[SourceHealth] = []
    for row in session.execute(
        select(Source).where(Source.revoked_at.is_(None)).order_by(Source.name)
    ).scalars():
        seen = last.get(row.source_id)
        silent = (now - seen).days if seen is not None else None
        found.append(
            SourceHealth(
                name=row.name,
                kind=row.kind,
                last_seen=seen,
                silent_days=silent,
                is_silent=seen is None or now - seen > timedelta(days=settings.silent_after_days),
                refused=refused.get(row.source_id, 0),
            )
        )
    return tuple(found)


def data_health(session: Session, settings: Settings, now: datetime) -> DataHealth:
    """Return what stands beside the figures."""
    by_kind = dict(session.execute(select(Reading.kind, func.count()).group_by(Reading.kind)).tuples().all())
    unmapped = session.execute(
        select(
            func.count(func.distinct(Reading.object_key)), func.count(func.distinct(Reading.subject))
        ).where(Reading.kind == "unmapped")
    ).one()
    counted = session.execute(
        select(func.count(func.distinct(Evidence.cited_id))).where(
            Evidence.reversed_at.is_(None), Evidence.cited_kind == "statement"
        )
    ).scalar_one()
    loose = by_kind.get("unmapped", 0)
    return DataHealth(
        sources=source_health(session, settings, now),
        unmapped_objects=unmapped[0],
        unmapped_people=unmapped[1],
        unmapped_share=loose / (loose + counted) if loose + counted else None,
        unknown_actors=_count(session, UnknownActor),
        doubtful_clocks=by_kind.get("clock", 0),
        refused_requests=session.execute(
            select(func.count()).select_from(RefusedRequest).where(RefusedRequest.replayed_at.is_(None))
        ).scalar_one(),
        not_proof=by_kind.get("not_proof", 0),
        failures=_count(session, DeriveFailure),
        queue_depth=waiting_tasks(session),
    )


def _count(session: Session, model: Any) -> int:
    return int(session.execute(select(func.count()).select_from(model)).scalar_one())


def readiness(session: Session, settings: Settings) -> tuple[bool, dict[str, Any]]:
    """Tell whether requests can be answered: the schema is current and no first load of the demo is under way."""
    del settings
    session.execute(text("SELECT 1"))
    revision = current_revision(session.get_bind().engine)
    loading = session.execute(
        select(FileImport.outcome)
        .where(FileImport.kind == DEMO_LOAD)
        .order_by(FileImport.import_id.desc())
        .limit(1)
    ).scalar_one_or_none()
    is_ready = revision == newest_revision() and loading in (None, "done")
    return is_ready, {
        "ready": is_ready,
        "schema": revision,
        "schema_expected": newest_revision(),
        "queue_depth": waiting_tasks(session),
        **({"demo": loading} if loading else {}),
    }


def status(session: Session, settings: Settings) -> dict[str, Any]:
    """Return what `lms-bridge status --json` says."""
    now = clock.now()
    return {
        "queue_depth": waiting_tasks(session),
        "failures": _count(session, DeriveFailure),
        "schema": current_revision(session.get_bind().engine),
        "schema_expected": newest_revision(),
        "sources": [
            {
                "name": item.name,
                "kind": item.kind,
                "last_seen": item.last_seen.isoformat() if item.last_seen else None,
                "silent": item.is_silent,
                "refused": item.refused,
            }
            for item in source_health(session, settings, now)
        ],
    }


def metrics(session: Session, settings: Settings) -> bytes:
    """Return gauges of the database's state in Prometheus' text format; the same from every process."""
    registry = CollectorRegistry()
    health = data_health(session, settings, clock.now())
    for name, text_, value in (
        ("lms_bridge_queue_depth", "Tasks waiting to be derived", health.queue_depth),
        ("lms_bridge_derive_failures", "Tasks that failed five times", health.failures),
        ("lms_bridge_unknown_actors", "Accounts without a person", health.unknown_actors),
        ("lms_bridge_unmapped_objects", "Learning objects no rule counts", health.unmapped_objects),
        ("lms_bridge_doubtful_clocks", "Statements with an impossible time", health.doubtful_clocks),
        ("lms_bridge_refused_requests", "Refused requests kept", health.refused_requests),
        (
            "lms_bridge_statements",
            "Statements stored",
            session.execute(select(func.max(Statement.seq))).scalar() or 0,
        ),
        ("lms_bridge_evidence", "Evidence rows", _count(session, Evidence)),
    ):
        Gauge(name, text_, registry=registry).set(float(value))
    silent = Gauge("lms_bridge_source_silent", "1 where a source is silent", ["source"], registry=registry)
    for source in health.sources:
        silent.labels(source.name).set(float(source.is_silent))
    return generate_latest(registry)
