"""Use case: evidence as JSON lines, in total order, so that equal states are equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lms_bridge.skills.strengths import Strength
from lms_bridge.store.models.evidence import Evidence


def export_evidence(
    session: Session, as_of: date | None, known_on: datetime | None, *, with_history: bool
) -> Iterator[bytes]:
    """Yield one line a row. Without `as_of` all rows not reversed, ended ones too; unresolved actors have none.

    `with_history` adds recorded_at and reversed_at, and the reversed rows.
    """
    query = select(Evidence)
    if known_on is not None:
        query = query.where(Evidence.recorded_at <= known_on)
    if not with_history:
        alive = Evidence.reversed_at.is_(None)
        query = query.where(alive if known_on is None else or_(alive, Evidence.reversed_at > known_on))
    if as_of is not None:
        query = query.where(
            Evidence.achieved_on <= as_of, or_(Evidence.ended_on.is_(None), Evidence.ended_on > as_of)
        )
    lines: list[bytes] = []
    for row in session.execute(query.execution_options(yield_per=2000)).scalars():
        data: dict[str, object] = {
            "person_id": row.person_id,
            "skill_iri": row.skill_iri,
            "level": row.level,
            "strength": Strength(row.strength).label,
            "achieved_on": row.achieved_on.isoformat(),
            "ended_on": row.ended_on.isoformat() if row.ended_on else None,
            ("statement_id" if row.cited_kind == "statement" else "award_id"): row.cited_id,
            "rule_id": row.rule_id,
            "rule_version": row.rule_version,
        }
        if with_history:
            data["recorded_at"] = row.recorded_at.isoformat()
            is_reversed = row.reversed_at is not None and (known_on is None or row.reversed_at <= known_on)
            data["reversed_at"] = row.reversed_at.isoformat() if row.reversed_at and is_reversed else None
        lines.append(orjson.dumps(data) + b"\n")
    # The databases' own order of texts depends on their collation; the bytes' order does not.
    yield from sorted(lines)
