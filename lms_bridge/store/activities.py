"""Canonical activity definitions, merged over the statements that define them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms_bridge.store.driver import Driver
from lms_bridge.store.models.statements import ActivityDefinition, Iri
from lms_bridge.xapi.formats import merge_definitions


def merge_definitions_of(driver: Driver, defined: Sequence[tuple[int, bytes]]) -> None:
    """Merge (iri_id, definition) pairs into the canonical definitions, in order."""
    ids = sorted({iri_id for iri_id, _ in defined})
    rows = driver.rows_in("SELECT iri_id, definition FROM activity_definition WHERE iri_id IN ({})", ids)
    current = {int(row[0]): bytes(row[1]) for row in rows}
    merged = dict(current)
    for iri_id, definition in defined:
        # Most senders say the same with every statement.
        if merged.get(iri_id) != definition:
            merged[iri_id] = merge_definitions(merged.get(iri_id), definition)
    changed = [(iri_id, merged[iri_id]) for iri_id in ids if merged[iri_id] != current.get(iri_id)]
    driver.many(
        "INSERT INTO activity_definition (iri_id, definition) VALUES (?,?)"
        " ON CONFLICT (iri_id) DO UPDATE SET definition = excluded.definition",
        changed,
    )


def definitions_for(session: Session, iris: Iterable[str]) -> Mapping[str, bytes]:
    """Return the canonical definitions of `iris`; those without one are absent."""
    wanted = sorted(set(iris))
    rows = session.execute(
        select(Iri.value, ActivityDefinition.definition)
        .join(ActivityDefinition, ActivityDefinition.iri_id == Iri.iri_id)
        .where(Iri.value.in_(wanted))
    )
    return dict(rows.tuples().all())
