"""Role profiles beside their requirements: where each came from, and the occupations that one can come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.company import known
from lms_bridge.store.frameworks import MOST_SEARCHED
from lms_bridge.store.models.frameworks import Framework, OccupationRow
from lms_bridge.store.models.people import RoleOriginRow

OriginKind = Literal["occupation", "role"]


@dataclass(frozen=True, slots=True)
class RoleOrigin:
    """Where a profile came from: an occupation of a framework's release, or the role that it is a variant of.

    `code` and `title` are the occupation's, or id and name of the role then; `framework` and `version` empty of a role.
    """

    kind: OriginKind
    framework: str
    version: str
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class FoundOccupation:
    """An occupation of a loaded framework."""

    framework: str
    code: str
    title: str


def origins(session: Session, instant: datetime) -> dict[str, RoleOrigin]:
    """Return where the roles' profiles came from as known at `instant`, of those that say, by role id."""
    rows = session.execute(select(RoleOriginRow).where(known(RoleOriginRow, instant))).scalars()
    return {row.role_id: _origin(row) for row in rows}


def _origin(row: RoleOriginRow) -> RoleOrigin:
    kind: OriginKind = "role" if row.kind == "role" else "occupation"
    return RoleOrigin(kind, row.framework, row.version, row.code, row.title)


def keep_origin(session: Session, role_id: str, origin: RoleOrigin, now: datetime) -> bool:
    """Let it be known from `now` where a profile came from; False where that is known already."""
    if origins(session, now).get(role_id) == origin:
        return False
    session.execute(
        update(RoleOriginRow)
        .where(RoleOriginRow.role_id == role_id, RoleOriginRow.known_to.is_(None))
        .values(known_to=now)
    )
    session.execute(
        insert(RoleOriginRow).values(
            role_id=role_id,
            kind=origin.kind,
            framework=origin.framework,
            version=origin.version,
            code=origin.code,
            title=origin.title,
            known_from=now,
            known_to=None,
        )
    )
    return True


def find_occupations(session: Session, text: str, limit: int) -> tuple[FoundOccupation, ...]:
    """Return the occupations in force whose title holds every word of `text`, or whose code begins with it.

    The one whose code it is comes first, then the shortest title. Some thousand titles are compared here: databases fold letters in ways of their own.
    """
    words = text[:MOST_SEARCHED].casefold().split()
    code = " ".join(words)
    # Every code has a digit: letters alone are a title's.
    may_be_code = any(letter.isdigit() for letter in code)
    rows = session.execute(
        select(Framework.name, OccupationRow.code, OccupationRow.title)
        .join(Framework, Framework.framework_id == OccupationRow.framework_id)
        .where(OccupationRow.known_to.is_(None))
    )
    found = [
        FoundOccupation(*row)
        for row in rows
        if (may_be_code and row[1].casefold().startswith(code))
        or all(word in row[2].casefold() for word in words)
    ]
    return tuple(
        sorted(
            found,
            key=lambda item: (
                item.code.casefold() != code,
                len(item.title),
                item.title,
                item.framework,
                item.code,
            ),
        )[:limit]
    )


def has_occupations(session: Session) -> bool:
    """Tell whether a loaded framework has occupations."""
    found = select(OccupationRow.occupation_id).where(OccupationRow.known_to.is_(None)).limit(1)
    return session.execute(found).first() is not None
