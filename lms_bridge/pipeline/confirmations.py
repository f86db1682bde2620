"""Use cases: what people say of a skill: a manager's confirmation and a certificate on paper, never one's own; what one
asserts of oneself; and each of them taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.credentials.awards import Award
from lms_bridge.errors import ForbiddenError, InvalidInputError, NotFoundError
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.imports import skill_check
from lms_bridge.pipeline.scoping import vision
from lms_bridge.settings import Settings
from lms_bridge.skills.strengths import Strength
from lms_bridge.store import derivation as queue
from lms_bridge.store.audit import audit
from lms_bridge.store.awards import (
    award_by_id,
    equal_awards,
    is_known,
    lift_revocation,
    revoke_award,
    standing_revocation,
    write_awards,
)
from lms_bridge.store.company import names_of
from lms_bridge.store.database import writing
from lms_bridge.store.frameworks import find_skills
from lms_bridge.store.proofs import evidence_by_id

CONFIRMS = frozenset({"admin", "hr", "manager"})
RECORDS = frozenset({"admin", "hr"})
METHODS = ("observed at work", "work sample", "interview", "simulation")
SELF_ASSERTION = "self-assertion"
# An annulled award never held; an ended one holds up to the day before.
EFFECTS = ("ended", "never_held")
_MOST_HITS = 20
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
    method: str,
    reference: str,
) -> str:
    """Record that the reader saw a person show a skill at a level, and by which of METHODS; return the award's id.

    Raises:
        NotFoundError: the reader does not see the person.
        ForbiddenError: the reader may not confirm, or it is themselves.
        InvalidInputError: skill, level, day or method is not possible, or it is confirmed already.
    """
    now = clock.now()
    _require_visible(session, settings, reader, person_id, now)
    if reader.role not in CONFIRMS or reader.person_id == person_id:
        raise ForbiddenError("a confirmation is given by a manager, HR or the admin, never by oneself")
    _require_possible(session, settings, skill_iri, level, achieved_on, now)
    if method not in METHODS:
        raise InvalidInputError(f"method: {method!r} is none; choose {', '.join(METHODS)}")
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
        reference=": ".join(part for part in (method, _text("reference", reference)) if part),
        authenticity="signed in",
    )
    what = f"{person_id} {skill_iri} {level}"
    _write(session, award, reader, "confirm skill", what, award.reference)
    return award.award_id


def assert_own(
    session: Session,
    settings: Settings,
    reader: Reader,
    skill_iri: str,
    level: int,
    achieved_on: date,
    reference: str,
) -> str:
    """Record what the reader says of their own skill, the weakest of strengths; return the award's id.

    Raises:
        ForbiddenError: the sign-in belongs to no person.
        InvalidInputError: skill, level or day is not possible, or it is said already.
    """
    if reader.person_id is None:
        raise ForbiddenError("this sign-in belongs to no person of the roster; it has no skills of its own")
    now = clock.now()
    if reader.person_id not in names_of(session, [reader.person_id], now):
        raise ForbiddenError(f"person {reader.person_id!r} of this sign-in is not in the roster")
    _require_possible(session, settings, skill_iri, level, achieved_on, now)
    award = Award(
        kind=SELF_ASSERTION,
        person_id=reader.person_id,
        object_key=None,
        skill_iri=skill_iri,
        level=level,
        strength=Strength.SELF_ASSERTED,
        achieved_on=achieved_on,
        last_valid_day=None,
        issuer=reader.email,
        reference=_text("reference", reference),
        authenticity="signed in",
    )
    what = f"{reader.person_id} {skill_iri} {level}"
    _write(session, award, reader, "assert own skill", what, award.reference)
    return award.award_id


def skills_found(session: Session, settings: Settings, query: str) -> tuple[tuple[str, str, str], ...]:
    """Return skills that a search finds, to say something of: IRI, label, framework."""
    hits = find_skills(session, query, settings.language, _MOST_HITS) if query.strip() else ()
    return tuple((hit.iri, hit.label, hit.framework) for hit in hits)


def may_take_back(reader: Reader, award: Award) -> bool:
    """Tell whether the reader may take an award back: who gave it, oneself one's own assertion, HR what others have."""
    if award.kind == SELF_ASSERTION and reader.person_id == award.person_id:
        return True
    if reader.person_id == award.person_id:
        return False
    gave = award.kind == "confirmation" and award.issuer == reader.email and reader.role in CONFIRMS
    return gave or reader.role in RECORDS


def to_take_back(session: Session, reader: Reader, row: EvidenceRow) -> tuple[Award, ...]:
    """Return the awards behind a fact that the reader may take back: several people may have said the same."""
    award = award_by_id(session, row.fact.cited_id) if row.fact.cited_kind == "award" else None
    if award is None or row.reversed_at is not None:
        return ()
    return tuple(other for other in equal_awards(session, award) if may_take_back(reader, other))


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of taking back: the person, and who else said the same, so that the fact stands."""

    person_id: str
    still_by: tuple[str, ...]


def take_back(
    session: Session,
    settings: Settings,
    reader: Reader,
    evidence_id: str,
    award_id: str,
    effect: str,
    day: date | None,
    reason: str,
) -> TakenBack:
    """Take back an award behind a proof, the cited one where `award_id` is empty. `ended` holds up to the day before `day`.

    Raises:
        NotFoundError: the reader does not see the proof, or it is of no award that can be taken back here.
        InvalidInputError: effect, day or reason is not possible, or nothing would change.
    """
    row = evidence_by_id(session, evidence_id)
    if row is None or not vision(session, settings, reader).sees_person(row.person_id):
        raise NotFoundError(f"evidence {evidence_id!r} is not here")
    found = {award.award_id: award for award in to_take_back(session, reader, row)}
    award = found.get(award_id or row.fact.cited_id)
    if award is None:
        raise NotFoundError(f"evidence {evidence_id!r} is not taken back here, or is taken back already")
    if effect not in EFFECTS:
        raise InvalidInputError(f"effect: {effect!r} is none; choose {' or '.join(EFFECTS)}")
    if not _text("reason", reason):
        raise InvalidInputError("reason: say why, an auditor will ask")
    with writing(session):
        now = clock.now()
        today = now.astimezone(settings.zone).date()
        day = award.achieved_on if effect == "never_held" else day or today
        if not award.achieved_on <= day <= today:
            raise InvalidInputError(
                f"day: {day} lies before {award.achieved_on}, when it was shown, or in the future; correct it"
            )
        if award.last_valid_day is not None and effect == "ended" and day > award.last_valid_day:
            raise InvalidInputError(
                f"day: {day} is too late, it ran out after {award.last_valid_day} already"
            )
        others = tuple(other.issuer for other in equal_awards(session, award) if other != award)
        if not revoke_award(session, award.award_id, effect, day, _text("reason", reason), now):
            raise InvalidInputError("it is taken back already; nothing is to be done")
        queue.add_task(session, f"person:{award.person_id}", "award", award.award_id, now)
        what = f"{award.person_id} {award.skill_iri} {award.level} {effect} {day}"
        audit(session, now, reader.email, "take back award", what, _text("reason", reason))
    return TakenBack(award.person_id, others)


def _text(name: str, text: str, most: int = 300) -> str:
    """Return a text that somebody typed, without spaces around it.

    Raises:
        InvalidInputError: it is too long, or has characters that are none to read.
    """
    stripped = text.strip()
    if len(stripped) > most or not stripped.isprintable():
        raise InvalidInputError(f"{name}: write up to {most} characters on one line")
    return stripped


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
        issuer=_text("issuer", paper.issuer, 200),
        reference=_text("reference", paper.reference),
        authenticity="signed in",
    )
    what = f"{person_id} {paper.skill_iri} {paper.level} {award.issuer}"
    _write(session, award, reader, "record certificate", what, award.reference)
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


def _write(session: Session, award: Award, reader: Reader, action: str, what: str, reference: str) -> None:
    """Write an award; one that was taken back and is said again holds again.

    Raises:
        InvalidInputError: it is written down already, or was taken back as an error and HR must say it again.
    """
    with writing(session):
        now = clock.now()
        if not is_known(session, award.award_id):
            write_awards(session, [award], now)
        else:
            standing = standing_revocation(session, award.award_id)
            if standing is None:
                raise InvalidInputError(
                    f"this {award.kind} of {award.issuer} is written down already; nothing is to be done"
                )
            if standing.effect == "never_held" and reader.role not in RECORDS:
                raise InvalidInputError(
                    f"this {award.kind} was taken back as an error ({standing.reason}); HR can write it down again"
                )
            lift_revocation(session, award.award_id, now)
        queue.add_task(session, f"person:{award.person_id}", "award", award.award_id, now)
        audit(session, now, reader.email, action, what, reference or None)
