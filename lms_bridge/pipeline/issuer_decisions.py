"""Use cases: decide on issuers of Open Badges and on single badges of theirs, and see before what that would do."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.credentials.open_badges import Standing
from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.credentials import DECIDERS, OPERATOR, queue_holders
from lms_bridge.pipeline.foreseeing import MOST_PEOPLE, Difference, differences, gains, levels_today
from lms_bridge.remote.badge_verification import read_public_key
from lms_bridge.settings import Settings
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store import credentials as store
from lms_bridge.store.audit import audit
from lms_bridge.store.causes import PlannedTrust, person_causes, rule_book, verb_ids
from lms_bridge.store.database import claim_tables, writing
from reports.content.rules import Foresight


def trust_issuer(
    session: Session,
    issuer_id: str,
    standing: Standing,
    *,
    reason: str,
    key: bytes | None = None,
    achievement_id: str = "",
    who: str = OPERATOR,
) -> int:
    """Decide on an issuer; return how many people are derived again. A key that was pinned before stays.

    With an `achievement_id` the decision is about that badge of the issuer alone, and goes before the issuer's own.

    Raises:
        InvalidInputError: no reason, no address, a level below 1, or a key that is none.
    """
    _check_reason(reason)
    _check_decision(issuer_id, standing)
    if achievement_id and key is not None:
        raise InvalidInputError(
            "key: it is the issuer's; pin it with a decision on the issuer, not on one badge"
        )
    pem = None if key is None else read_public_key(key)
    with writing(session):
        # A badge or a person that comes meanwhile would be in nobody's queue.
        claim_tables(session, "credential", "identity", "issuer_trust")
        now = clock.now()
        if not achievement_id:
            pem = pem or store.standing_of(session, issuer_id)[1]
        store.decide_issuer(session, issuer_id, achievement_id, standing, pem, reason.strip(), now)
        queued = queue_holders(session, store.awards_of_issuer(session, issuer_id), None, now)
        what = " ".join(part for part in (issuer_id, achievement_id, standing.tier) if part)
        audit(session, now, who, "decide on issuer", what, reason.strip())
    return queued


def follow_issuer(
    session: Session, issuer_id: str, achievement_id: str, *, reason: str, who: str = OPERATOR
) -> int:
    """End the decision on one badge, which is as its issuer from now on; return how many people are derived again.

    Raises:
        InvalidInputError: no reason, or the badge has no decision of its own.
    """
    _check_reason(reason)
    with writing(session):
        claim_tables(session, "credential", "identity", "issuer_trust")
        now = clock.now()
        _check_own_decision(session, issuer_id, achievement_id)
        store.end_decision(session, issuer_id, achievement_id, now)
        queued = queue_holders(session, store.awards_of_issuer(session, issuer_id), None, now)
        audit(session, now, who, "follow issuer", f"{issuer_id} {achievement_id}", reason.strip())
    return queued


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError("reason: say why, an auditor will ask")


def _check_own_decision(session: Session, issuer_id: str, achievement_id: str) -> None:
    if not achievement_id or not store.is_decided(session, issuer_id, achievement_id):
        raise InvalidInputError(
            f"decision: {achievement_id or issuer_id} is no badge that was decided by itself; choose one that was"
        )


def _check_decision(issuer_id: str, standing: Standing) -> None:
    if ":" not in issuer_id or issuer_id != issuer_id.strip():
        raise InvalidInputError(
            f"issuer: {issuer_id!r} is neither a DID nor an address; copy the issuer's id from a credential"
        )
    if standing.level < 1:
        raise InvalidInputError(f"level: {standing.level} is no step of a scale; write 1, 2, 3 …")


def foresee(
    session: Session,
    settings: Settings,
    reader: Reader,
    issuer_id: str,
    achievement_id: str,
    standing: Standing | None,
) -> Foresight:
    """Return what a decision on an issuer, or on one of its badges, would do to today's levels; nothing is written.

    Without a `standing`: what it would do that the badge has no decision of its own any more.

    Raises:
        NotFoundError: the reader may not decide.
        InvalidInputError: the decision is not possible.
    """
    if reader.role not in DECIDERS:
        raise NotFoundError("issuers are not decided here")
    if standing is not None:
        _check_decision(issuer_id, standing)
    else:
        _check_own_decision(session, issuer_id, achievement_id)
    now = clock.now()
    today = now.astimezone(settings.zone).date()
    planned = PlannedTrust(issuer_id, achievement_id, standing, now)
    book = rule_book(session)
    verbs = verb_ids(session, book.verbs())
    people = sorted(store.people_of_awards(session, store.awards_of_issuer(session, issuer_id)))
    chosen = people[:MOST_PEOPLE]
    least = strength_from(settings.least_strength)
    found: list[Difference] = []
    for person_id in chosen:
        old, new = (
            levels_today(person_causes(session, person_id, verbs, change), book, today, least)
            for change in (None, planned)
        )
        found += differences(person_id, old, new)
    return Foresight((_words(standing),), gains(session, settings, found, now), len(chosen), len(people))


def _words(standing: Standing | None) -> str:
    if standing is None:
        return "as its issuer"
    gives = f", its badges give {standing.strength.label}, level {standing.level}"
    return f"{standing.tier}{gives if standing.tier == 'trusted' else ''}"


def decide(
    session: Session,
    settings: Settings,
    reader: Reader,
    issuer_id: str,
    achievement_id: str,
    standing: Standing | None,
    reason: str,
) -> int:
    """Decide on an issuer, or on one of its badges, on the page; return how many people are derived again.

    Without a `standing` the badge is as its issuer from now on.

    Raises:
        NotFoundError: the reader may not.
        InvalidInputError: the decision is not possible.
    """
    del settings
    if reader.role not in DECIDERS:
        raise NotFoundError("issuers are not decided here")
    if standing is None:
        return follow_issuer(session, issuer_id, achievement_id, reason=reason, who=reader.email)
    return trust_issuer(
        session, issuer_id, standing, reason=reason, achievement_id=achievement_id, who=reader.email
    )
