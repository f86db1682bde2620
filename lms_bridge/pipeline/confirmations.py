"""Use cases: a manager's confirmation that a person showed a skill, and a certificate on paper written down; never one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.credentials.awards import Award
from lms_bridge.errors import ForbiddenError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.imports import skill_check
from lms_bridge.pipeline.scoping import vision
from lms_bridge.settings import Settings
from lms_bridge.skills.strengths import Strength
from lms_bridge.store import derivation as queue
from lms_bridge.store.audit import audit
from lms_bridge.store.awards import is_known, write_awards
from lms_bridge.store.company import names_of
from lms_bridge.store.database import writing

CONFIRMS = frozenset({"admin", "hr", "manager"})
RECORDS = frozenset({"admin", "hr"})
# What a paper may show; `verified` is a confirmation, and nobody certifies by saying so.
ON_PAPER = (Strength.ATTENDED, Strength.COMPLETED, Strength.ASSESSED, Strength.CERTIFIED)


def confirm(
    session: Session,
    settings: Settings,
    reader: Reader,
    person_id: str,
    skill_iri: str,
    level: int,
    achieved_on: date,
    reference: str,
) -> str:
    """Record that the reader observed a person showing a skill at a level; return the award's id.

    Raises:
        NotFoundError: the reader does not see the person.
        ForbiddenError: the reader may not confirm, or it is themselves.
        InvalidInputError: skill, level or day is not possible.
    """
    now = clock.now()
    _require_visible(session, settings, reader, person_id, now)
    if reader.role not in CONFIRMS or reader.person_id == person_id:
        raise ForbiddenError("a confirmation is given by a manager, HR or the admin, never by oneself")
    _require_possible(session, settings, skill_iri, level, achieved_on, now)
    award = Award(
        kind="confirmation",
        person_id=person_id,
        object_key=None,
        skill_iri=skill_iri,
        level=level,
        strength=Strength.VERIFIED,
        achieved_on=achieved_on,
        last_valid_day=None,
        issuer=reader.email,
        reference=reference.strip(),
        authenticity="signed in",
    )
    what = f"{person_id} {skill_iri} {level}"
    _write(session, award, now, reader, "confirm skill", what, reference)
    return award.award_id


@dataclass(frozen=True, slots=True)
class Paper:
    """What a certificate on paper says; `last_valid_day` is inclusive, None for no end."""

    skill_iri: str
    level: int
    strength: Strength
    achieved_on: date
    last_valid_day: date | None
    issuer: str
    reference: str


def record_certificate(
    session: Session, settings: Settings, reader: Reader, person_id: str, paper: Paper
) -> str:
    """Write down a certificate that somebody showed on paper; return the award's id. No import takes it back.

    Raises:
        NotFoundError: the reader does not see the person.
        ForbiddenError: the reader may not write any down, or it is themselves.
        InvalidInputError: a value is not possible, or the certificate is written down already.
    """
    now = clock.now()
    _require_visible(session, settings, reader, person_id, now)
    if reader.role not in RECORDS or reader.person_id == person_id:
        raise ForbiddenError("a certificate is written down by HR or the admin, never by oneself")
    _require_possible(session, settings, paper.skill_iri, paper.level, paper.achieved_on, now)
    if paper.strength not in ON_PAPER:
        named = ", ".join(strength.label for strength in ON_PAPER)
        raise InvalidInputError(f"strength: {paper.strength.label!r} comes from no paper; choose {named}")
    if paper.last_valid_day is not None and paper.last_valid_day < paper.achieved_on:
        raise InvalidInputError(
            f"last_valid_day {paper.last_valid_day} lies before {paper.achieved_on}; correct one"
        )
    if not paper.issuer.strip():
        raise InvalidInputError("issuer: it is empty; write who issued the certificate")
    award = Award(
        kind="certificate",
        person_id=person_id,
        object_key=None,
        skill_iri=paper.skill_iri,
        level=paper.level,
        strength=paper.strength,
        achieved_on=paper.achieved_on,
        last_valid_day=paper.last_valid_day,
        issuer=paper.issuer.strip(),
        reference=paper.reference.strip(),
        authenticity="signed in",
    )
    if is_known(session, award.award_id):
        raise InvalidInputError(
            f"this certificate of {award.issuer} is written down already; nothing is to be done"
        )
    what = f"{person_id} {paper.skill_iri} {paper.level} {award.issuer}"
    _write(session, award, now, reader, "record certificate", what, award.reference)
    return award.award_id


def _require_visible(
    session: Session, settings: Settings, reader: Reader, person_id: str, now: datetime
) -> None:
    sight = vision(session, settings, reader)
    if person_id not in names_of(session, [person_id], now) or not sight.sees_person(person_id):
        raise NotFoundError(f"person {person_id!r} is not here")


def _require_possible(
    session: Session, settings: Settings, skill_iri: str, level: int, achieved_on: date, now: datetime
) -> None:
    steps = skill_check(session, settings).steps(skill_iri)
    if steps is None:
        raise InvalidInputError(f"skill {skill_iri!r} is in no loaded framework; choose one from the list")
    if not 1 <= level <= steps:
        raise InvalidInputError(f"level {level} is no step of the skill's scale; use 1 to {steps}")
    if achieved_on > now.astimezone(settings.zone).date():
        raise InvalidInputError(
            f"achieved_on {achieved_on} lies in the future; give the day on which it was shown"
        )


def _write(
    session: Session, award: Award, now: datetime, reader: Reader, action: str, what: str, reference: str
) -> None:
    with writing(session):
        write_awards(session, [award], now)
        queue.add_task(session, f"person:{award.person_id}", "award", award.award_id, now)
        audit(session, now, reader.email, action, what, reference or None)
