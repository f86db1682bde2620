"""Crosswalks as stored: the mappings of a skill, and which have lost a skill that they name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from lms_bridge.store.models.frameworks import Framework, FrameworkReleaseRow, Skill
from lms_bridge.store.models.skills import Crosswalk


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping between two skills with its SKOS relation, read from the source."""

    source_iri: str
    target_iri: str
    relation: str


def mappings_of(session: Session, iri: str, day: date) -> tuple[Mapping, ...]:
    """Return the mappings known now that hold on `day` or later, whose source or target a skill is, by both."""
    rows = session.execute(
        select(Crosswalk.source_iri, Crosswalk.target_iri, Crosswalk.relation)
        .where(
            or_(Crosswalk.source_iri == iri, Crosswalk.target_iri == iri),
            or_(Crosswalk.valid_to.is_(None), Crosswalk.valid_to > day),
            Crosswalk.known_to.is_(None),
        )
        .order_by(Crosswalk.source_iri, Crosswalk.target_iri)
    )
    return tuple(Mapping(source, target, relation) for source, target, relation in rows)


@dataclass(frozen=True, slots=True)
class StaleMapping:
    """A mapping of which a skill is gone: which side, since which release, and the release that the mapping names."""

    source_iri: str
    target_iri: str
    relation: str
    side: str
    framework: str
    named_release: str
    last_release: str
    release_in_force: str


def stale_mappings(session: Session) -> tuple[StaleMapping, ...]:
    """Return the mappings known now whose source or target no release in force has, by source and target."""
    found: list[StaleMapping] = []
    last, current = aliased(FrameworkReleaseRow), aliased(FrameworkReleaseRow)
    sides = (
        ("source", Crosswalk.source_iri, Crosswalk.source_release),
        ("target", Crosswalk.target_iri, Crosswalk.target_release),
    )
    for side, iri, named in sides:
        rows = session.execute(
            select(
                Crosswalk.source_iri,
                Crosswalk.target_iri,
                Crosswalk.relation,
                Framework.name,
                named,
                last.version,
                current.version,
            )
            .join(Skill, Skill.iri == iri)
            .join(Framework, Framework.framework_id == Skill.framework_id)
            .join(last, last.release_id == Skill.last_release_id)
            .join(current, current.framework_id == Framework.framework_id)
            .where(Crosswalk.known_to.is_(None), Skill.known_to.is_not(None), current.known_to.is_(None))
        )
        found += [
            StaleMapping(source, target, relation, side, framework, release, last_release, in_force)
            for source, target, relation, framework, release, last_release, in_force in rows
        ]
    return tuple(sorted(found, key=lambda item: (item.source_iri, item.target_iri, item.side)))
