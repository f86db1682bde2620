"""Reading and writing the tables with two times as timelines: what is known now, and changes to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.people.roster import RosterState
from lms_bridge.store.database import claim_tables
from lms_bridge.store.models import people, skills
from lms_bridge.timelines import Change, Key, Span, Timeline

# Per table of the core: the model, the columns of the key, the columns of the values. Empty key texts are stored as NULL
# where the column allows it.
TABLES: Mapping[str, tuple[type[Any], tuple[str, ...], tuple[str, ...]]] = {
    "teams": (people.Team, ("team_id",), ("name", "parent_team_id", "manager_id")),
    "people": (people.Person, ("person_id",), ("name", "email", "manager_id")),
    "attributes": (people.PersonAttribute, ("person_id", "name"), ("value",)),
    "identities": (people.Identity, ("agent_key", "person_id"), ()),
    "memberships": (people.Membership, ("person_id", "team_id", "kind"), ("share",)),
    "assignments": (people.Assignment, ("person_id", "role_id", "kind"), ()),
    "roles": (people.Role, ("role_id",), ("name",)),
    "exemptions": (people.Exemption, ("person_id", "skill_iri", "role_id"), ("reason",)),
    "requirements": (
        people.Requirement,
        ("scope", "scope_id", "skill_iri", "importance", "asks"),
        ("level", "headcount", "min_strength", "due_within"),
    ),
    "objects": (
        skills.LearningObject,
        ("object_key",),
        ("title", "lang", "provider", "kind", "hours", "cost", "url"),
    ),
    "aliases": (skills.ObjectAlias, ("pattern", "object_key"), ()),
    "crosswalks": (
        skills.Crosswalk,
        ("source_iri", "target_iri"),
        ("relation", "levels", "source_release", "target_release"),
    ),
}


def claim(session: Session, *tables: str) -> None:
    """Let nobody else change these timelines until the transaction ends; called before they are read to be changed."""
    claim_tables(session, *{TABLES[table][0].__tablename__ for table in tables})


def read_timelines(session: Session, table: str) -> dict[Key, Timeline]:
    """Return what is known now, by key, spans in order of day."""
    model, keys, values = TABLES[table]
    rows = session.execute(select(model).where(model.known_to.is_(None)).order_by(model.row_id)).scalars()
    found: dict[Key, list[Span]] = {}
    for row in rows:
        key = tuple(getattr(row, column) or "" for column in keys)
        span = Span(tuple(getattr(row, column) for column in values), row.valid_from, row.valid_to)
        found.setdefault(key, []).append(span)
    return {
        key: tuple(sorted(spans, key=lambda span: (span.begin is not None, span.begin)))
        for key, spans in found.items()
    }


def roster_state(session: Session) -> RosterState:
    """Return everything that a roster import is compared with."""
    return RosterState(**{name: read_timelines(session, name) for name in RosterState.__dataclass_fields__})


def apply_changes(session: Session, changes: Iterable[Change], known_at: datetime) -> int:
    """Write changes: retired spans end their knowledge at `known_at`, added ones begin it; return rows touched."""
    touched = 0
    added: dict[type[Any], list[dict[str, Any]]] = {}
    for change in changes:
        model, keys, values = TABLES[change.table]
        key_columns = {column: value or None for column, value in zip(keys, change.key, strict=True)}
        for span in change.retired:
            conditions = [_same(model, column, value) for column, value in key_columns.items()]
            conditions += [
                _same(model, column, value) for column, value in zip(values, span.values, strict=True)
            ]
            conditions += [_same(model, "valid_from", span.begin), _same(model, "valid_to", span.end)]
            session.execute(
                update(model).where(model.known_to.is_(None), *conditions).values(known_to=known_at)
            )
            touched += 1
        for span in change.added:
            row = {**key_columns, **dict(zip(values, span.values, strict=True))}
            row |= {"valid_from": span.begin, "valid_to": span.end, "known_from": known_at, "known_to": None}
            added.setdefault(model, []).append(row)
            touched += 1
    for model, rows in added.items():
        session.execute(insert(model), rows)
    return touched


def _same(model: type[Any], column: str, value: Any) -> Any:
    attribute = getattr(model, column)
    return attribute.is_(None) if value is None else attribute == value
