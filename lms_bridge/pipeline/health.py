"""Whether the service is ready, and whether its figures can be trusted: queue, sources, what is not counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.pipeline.access import rights_of
from lms_bridge.settings import Settings
from lms_bridge.store import health as store
from lms_bridge.store.derivation import waiting_tasks
from lms_bridge.store.file_imports import last_import
from lms_bridge.store.migrate import current_revision, newest_revision
from lms_bridge.store.readings import reading_counts, unmapped_extent
from lms_bridge.store.sources import all_sources
from lms_bridge.store.traffic import have_statements, last_sent
from reports.content.model import DataHealth, SourceHealth

DEMO_LOAD = "demo load"


def source_health(session: Session, settings: Settings, now: datetime) -> tuple[SourceHealth, ...]:
    """Return how fresh each source in use is, by name."""
    refused = store.refusals_waiting(session)
    rows = [row for row in all_sources(session) if row.revoked_at is None]
    last = last_sent(session, [row.source_id for row in rows])
    # Behind much from files, its last request tells when a source was there.
    hidden = have_statements(session, [row.source_id for row in rows if row.source_id not in last])
    found: list[SourceHealth] = []
    for row in rows:
        seen = last.get(row.source_id, row.last_seen_at if row.source_id in hidden else None)
        silent = (now - seen).days if seen is not None else None
        found.append(
            SourceHealth(
                name=row.name,
                kind=row.kind,
                last_seen=seen,
                silent_days=silent,
                # Who may only read has nothing to send.
                is_silent=rights_of(row.scopes).writes_statements
                and (seen is None or now - seen > timedelta(days=settings.silent_after_days)),
                refused=refused.get(row.source_id, 0),
            )
        )
    return tuple(found)


def data_health(session: Session, settings: Settings, now: datetime) -> DataHealth:
    """Return what stands beside the figures."""
    by_kind = reading_counts(session)
    unmapped_objects, unmapped_people = unmapped_extent(session)
    counted = store.statements_proving(session, now)
    loose = by_kind.get("unmapped", 0)
    return DataHealth(
        sources=source_health(session, settings, now),
        unmapped_objects=unmapped_objects,
        unmapped_people=unmapped_people,
        unmapped_share=loose / (loose + counted) if loose + counted else None,
        unknown_actors=store.unknown_actor_count(session),
        doubtful_clocks=by_kind.get("clock", 0),
        refused_requests=sum(store.refusals_waiting(session).values()),
        not_proof=by_kind.get("not_proof", 0),
        failures=store.failure_count(session),
        queue_depth=waiting_tasks(session),
    )


def readiness(session: Session, settings: Settings) -> tuple[bool, dict[str, Any]]:
    """Tell whether requests can be answered: the schema is current and no first load of the demo is under way."""
    del settings
    store.probe(session)
    revision = current_revision(session.get_bind().engine)
    load = last_import(session, DEMO_LOAD)
    loading = load.outcome if load is not None else None
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
        "failures": store.failure_count(session),
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
    for name, text, value in (
        ("lms_bridge_queue_depth", "Tasks waiting to be derived", health.queue_depth),
        ("lms_bridge_derive_failures", "Tasks that failed five times", health.failures),
        ("lms_bridge_unknown_actors", "Accounts without a person", health.unknown_actors),
        ("lms_bridge_unmapped_objects", "Learning objects no rule counts", health.unmapped_objects),
        ("lms_bridge_doubtful_clocks", "Statements with an impossible time", health.doubtful_clocks),
        ("lms_bridge_refused_requests", "Refused requests kept", health.refused_requests),
        ("lms_bridge_statements", "Statements stored", store.last_seq(session)),
        ("lms_bridge_evidence", "Evidence rows", store.evidence_count(session)),
    ):
        Gauge(name, text, registry=registry).set(float(value))
    silent = Gauge("lms_bridge_source_silent", "1 where a source is silent", ["source"], registry=registry)
    for source in health.sources:
        silent.labels(source.name).set(float(source.is_silent))
    return generate_latest(registry)
