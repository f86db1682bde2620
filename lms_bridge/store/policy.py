"""Company policy as known now; a policy is set by `sources.set_policy`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms_bridge.evidence.causes import SCORE_SCALE
from lms_bridge.store.models.skills import Policy


def policies_in_force(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Return the values of policies by name; those never set are absent."""
    rows = session.execute(
        select(Policy.name, Policy.value).where(Policy.name.in_(sorted(names)), Policy.known_to.is_(None))
    )
    return dict(rows.tuples().all())


def score_scales(session: Session) -> dict[str, str]:
    """Return the score scale of each source that has one, by the source's name."""
    rows = session.execute(
        select(Policy.name, Policy.value).where(
            Policy.name.startswith(SCORE_SCALE, autoescape=True), Policy.known_to.is_(None)
        )
    )
    return {name.removeprefix(SCORE_SCALE): value for name, value in rows}
