"""Use case: an assessor's or manager's confirmation that a person showed a skill; never one's own."""

from __future__ import annotations

from datetime import date

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
from lms_bridge.store.awards import write_awards
from lms_bridge.store.company import names_of
from lms_bridge.store.database import writing

CONFIRMS = frozenset({"admin", "hr", "manager"})


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
    sight, now = vision(session, settings, reader), clock.now()
    names = names_of(session, [person_id], now)
    if person_id not in names or not sight.sees_person(person_id):
        raise NotFoundError(f"person {person_id!r} is not here")
    if reader.role not in CONFIRMS or reader.person_id == person_id:
        raise ForbiddenError("a confirmation is given by a manager, HR or the admin, never by oneself")
    steps = skill_check(session, settings).steps(skill_iri)
    if steps is None:
        raise InvalidInputError(f"skill {skill_iri!r} is in no loaded framework; choose one from the list")
    if not 1 <= level <= steps:
        raise InvalidInputError(f"level {level} is no step of the skill's scale; use 1 to {steps}")
    if achieved_on > now.astimezone(settings.zone).date():
        raise InvalidInputError(
            f"achieved_on {achieved_on} lies in the future; give the day of the observation"
        )
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
    with writing(session):
        write_awards(session, [award], now)
        queue.add_task(session, f"person:{person_id}", "award", award.award_id, now)
        audit(
            session, now, reader.email, "confirm skill", f"{person_id} {skill_iri} {level}", reference or None
        )
    return award.award_id
