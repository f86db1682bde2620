"""Use cases: take in Open Badges, decide on their issuers, and look whether they still hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.credentials.open_badges import Badge, Outcome, Standing, judged
from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.foreseeing import MOST_PEOPLE, Difference, differences, gains, levels_today
from lms_bridge.remote.badge_verification import (
    BadgeRefusedError,
    BadgeRevokedError,
    Download,
    read_public_key,
    verify_badge,
)
from lms_bridge.settings import Settings
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store import credentials as store
from lms_bridge.store import derivation as queue
from lms_bridge.store.audit import audit
from lms_bridge.store.awards import lift_revocation, revoke_award
from lms_bridge.store.causes import PlannedTrust, person_causes, rule_book, verb_ids
from lms_bridge.store.database import claim_tables, writing
from reports.content.rules import Foresight

OPERATOR: Final = "command line"
READERS: Final = frozenset({"admin", "hr", "auditor"})
DECIDERS: Final = frozenset({"admin", "hr"})


@dataclass(frozen=True, slots=True)
class CredentialResult:
    """What became of one file: outcome and reason in a sentence; what it says where its proof holds."""

    file: str
    outcome: Outcome
    reason: str
    award_id: str | None = None
    name: str = ""
    issuer_id: str = ""
    has_recipient: bool = False
    skills: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    is_new: bool = False


def import_credentials(
    session: Session,
    settings: Settings,
    files: Mapping[str, bytes],
    *,
    who: str = OPERATOR,
    download: Download | None = None,
) -> tuple[CredentialResult, ...]:
    """Verify each file and keep the credentials whose proof holds; each file stands alone.

    A credential counts where its issuer is trusted and somebody has the account that it was given to, from then on and
    whichever comes last. One that was taken in before and is revoked now ends today.
    """
    return tuple(
        _import_one(session, settings, file, content, who, download) for file, content in files.items()
    )


def _import_one(
    session: Session, settings: Settings, file: str, content: bytes, who: str, download: Download | None
) -> CredentialResult:
    def pinned(issuer_id: str) -> bytes | None:
        return store.standing_of(session, issuer_id)[1]

    try:
        badge = verify_badge(content, pinned, settings.zone, download)
    except BadgeRevokedError as error:
        return _revoked(session, settings, file, error, who)
    except BadgeRefusedError as error:
        session.rollback()
        return CredentialResult(file, "refused", str(error))
    session.rollback()
    with writing(session):
        now = clock.now()
        is_new = not store.credential_known(session, badge.award_id)
        if is_new:
            store.write_credential(session, badge, content, now)
            audit(
                session,
                now,
                who,
                "take in credential",
                f"{badge.issuer_id} {badge.credential_id}",
                badge.name,
            )
        else:
            store.note_checked(session, badge.award_id, now)
        if lift_revocation(session, badge.award_id, now) or is_new:
            _queue(session, [badge.award_id], badge.award_id, now)
        return _told(session, file, badge, is_new=is_new)


def _revoked(
    session: Session, settings: Settings, file: str, error: BadgeRevokedError, who: str
) -> CredentialResult:
    badge = error.badge
    session.rollback()
    with writing(session):
        now = clock.now()
        if store.credential_known(session, badge.award_id):
            _end(session, settings, badge, str(error), who, now)
    return CredentialResult(
        file, "refused", str(error), badge.award_id, badge.name, badge.issuer_id, is_new=False
    )


def _end(session: Session, settings: Settings, badge: Badge, reason: str, who: str, now: datetime) -> bool:
    """Let a credential end today; False where it has ended already."""
    today: date = now.astimezone(settings.zone).date()
    store.note_checked(session, badge.award_id, now)
    if not revoke_award(session, badge.award_id, "ended", today, reason, now):
        return False
    audit(session, now, who, "end credential", f"{badge.issuer_id} {badge.credential_id}", reason)
    _queue(session, [badge.award_id], badge.award_id, now)
    return True


def _told(session: Session, file: str, badge: Badge, *, is_new: bool) -> CredentialResult:
    standing, _ = store.standing_of(session, badge.issuer_id, badge.achievement_id)
    outcome, reason = judged(badge, standing)
    skills = store.skills_named(session, [badge.award_id]).get(badge.award_id, ())
    unmatched = tuple(
        item.name or item.target for item in badge.alignments if not {item.target, item.code} & set(skills)
    )
    has_recipient = bool(store.people_of_awards(session, [badge.award_id]))
    notes = [reason]
    if not has_recipient:
        notes.append("nobody here has the account that it was given to; it waits")
    if not badge.alignments:
        notes.append("it names no skill, so it proves none")
    elif unmatched:
        notes.append(f"no loaded framework has: {', '.join(unmatched)}")
    return CredentialResult(
        file=file,
        outcome=outcome,
        reason="; ".join(notes),
        award_id=badge.award_id,
        name=badge.name,
        issuer_id=badge.issuer_id,
        has_recipient=has_recipient,
        skills=skills,
        unmatched=unmatched,
        is_new=is_new,
    )


def _queue(session: Session, award_ids: Sequence[str], cause: str | None, now: datetime) -> int:
    people = store.people_of_awards(session, award_ids)
    return queue.add_tasks(session, (f"person:{person}" for person in people), "award", cause, now)


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
    if not reason.strip():
        raise InvalidInputError("reason: say why, an auditor will ask")
    _check_decision(issuer_id, standing)
    if achievement_id and key is not None:
        raise InvalidInputError(
            "key: it is the issuer's; pin it with a decision on the issuer, not on one badge"
        )
    pem = None if key is None else read_public_key(key)
    with writing(session):
        claim_tables(session, "issuer_trust")
        now = clock.now()
        if not achievement_id:
            pem = pem or store.standing_of(session, issuer_id)[1]
        store.decide_issuer(session, issuer_id, achievement_id, standing, pem, reason.strip(), now)
        queued = _queue(session, store.awards_of_issuer(session, issuer_id), None, now)
        what = " ".join(part for part in (issuer_id, achievement_id, standing.tier) if part)
        audit(session, now, who, "decide on issuer", what, reason.strip())
    return queued


def _check_decision(issuer_id: str, standing: Standing) -> None:
    if ":" not in issuer_id or issuer_id != issuer_id.strip():
        raise InvalidInputError(
            f"issuer: {issuer_id!r} is neither a DID nor an address; copy the issuer's id from a credential"
        )
    if standing.level < 1:
        raise InvalidInputError(f"level: {standing.level} is no step of a scale; write 1, 2, 3 …")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at all credentials found: how many still hold, which ended or hold again, and what could not be told."""

    hold: int
    ended: tuple[str, ...]
    hold_again: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]


def check_credentials(
    session: Session,
    settings: Settings,
    *,
    who: str = OPERATOR,
    download: Download | None = None,
    least_age: timedelta = timedelta(0),
) -> Checked:
    """Ask the issuers of all credentials whether they still hold. What cannot be told stays as it is, and is told.

    One that was told within `least_age` is not asked about again, nor one out of its time: its end is known.
    """
    hold = 0
    ended: list[str] = []
    again: list[str] = []
    unknown: list[tuple[str, str]] = []
    today = clock.today(settings.zone)
    known = store.credentials_known(session)
    for one in known:
        badge = one.badge
        if badge.last_valid_day is not None and badge.last_valid_day < today:
            continue
        if clock.now() - one.checked_at < least_age:
            continue
        pinned = store.standing_of(session, badge.issuer_id)[1]
        session.rollback()
        try:
            verify_badge(one.document, lambda _, key=pinned: key, settings.zone, download)  # type: ignore[misc] # bound now
        except BadgeRevokedError as error:
            with writing(session):
                if _end(session, settings, badge, str(error), who, clock.now()):
                    ended.append(badge.name)
            continue
        except BadgeRefusedError as error:
            unknown.append((badge.name, str(error)))
            continue
        hold += 1
        with writing(session):
            now = clock.now()
            store.note_checked(session, badge.award_id, now)
            if lift_revocation(session, badge.award_id, now):
                _queue(session, [badge.award_id], badge.award_id, now)
                again.append(badge.name)
    return Checked(hold, tuple(ended), tuple(again), tuple(unknown))


def queue_holders_naming(session: Session, iris: Iterable[str], now: datetime) -> int:
    """Queue whose credentials name skills that a framework has brought; inside its transaction."""
    return _queue(session, store.awards_naming(session, sorted(iris)), None, now)


def take_in(
    session: Session, settings: Settings, reader: Reader, file: str, content: bytes
) -> CredentialResult:
    """Verify a file that somebody brings on the page, and keep it where its proof holds.

    Raises:
        NotFoundError: the reader may not.
    """
    if reader.role not in DECIDERS:
        raise NotFoundError("credentials are not taken in here")
    (result,) = import_credentials(session, settings, {file: content}, who=reader.email)
    return result


def foresee(
    session: Session,
    settings: Settings,
    reader: Reader,
    issuer_id: str,
    achievement_id: str,
    standing: Standing,
) -> Foresight:
    """Return what a decision on an issuer, or on one of its badges, would do to today's levels; nothing is written.

    Raises:
        NotFoundError: the reader may not decide.
        InvalidInputError: the decision is not possible.
    """
    if reader.role not in DECIDERS:
        raise NotFoundError("issuers are not decided here")
    _check_decision(issuer_id, standing)
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
    gives = f", its badges give {standing.strength.label}, level {standing.level}"
    words = f"{standing.tier}{gives if standing.tier == 'trusted' else ''}"
    return Foresight((words,), gains(session, settings, found, now), len(chosen), len(people))


def decide(
    session: Session,
    settings: Settings,
    reader: Reader,
    issuer_id: str,
    achievement_id: str,
    standing: Standing,
    reason: str,
) -> int:
    """Decide on an issuer, or on one of its badges, on the page; return how many people are derived again.

    Raises:
        NotFoundError: the reader may not.
        InvalidInputError: the decision is not possible.
    """
    del settings
    if reader.role not in DECIDERS:
        raise NotFoundError("issuers are not decided here")
    return trust_issuer(
        session, issuer_id, standing, reason=reason, achievement_id=achievement_id, who=reader.email
    )
