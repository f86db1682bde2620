"""Use cases: take in Open Badges, and ask whether they still hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.credentials.open_badges import Badge, Outcome, is_anchored, judged
from lms_bridge.errors import NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.remote.badge_verification import (
    BadgeRefusedError,
    BadgeRevokedError,
    Download,
    issued_at,
    names_status,
    verify_badge,
)
from lms_bridge.settings import Settings
from lms_bridge.store import credentials as store
from lms_bridge.store import derivation as queue
from lms_bridge.store.audit import audit
from lms_bridge.store.awards import lift_revocation, revoke_award, standing_revocation
from lms_bridge.store.database import claim_tables, writing

log = structlog.get_logger(__name__)

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
    results: list[CredentialResult] = []
    for file, content in files.items():
        try:
            results.append(_import_one(session, settings, file, content, who, download))
        except SQLAlchemyError:
            raise
        except Exception:  # what nobody foresaw in one file must not keep the others out
            session.rollback()
            log.exception("credential_not_read", file=file)
            results.append(CredentialResult(file, "refused", "it cannot be read; what broke is in the log"))
    return tuple(results)


def _import_one(
    session: Session, settings: Settings, file: str, content: bytes, who: str, download: Download | None
) -> CredentialResult:
    try:
        badge = verify_badge(content, _pinned(session), settings.zone, download)
    except BadgeRevokedError as error:
        session.rollback()
        return _take_revoked(session, settings, file, content, error, who)
    except BadgeRefusedError as error:
        session.rollback()
        return CredentialResult(file, "refused", str(error))
    may_lift = _is_cleared(session, settings, badge, content, download)
    session.rollback()
    with writing(session):
        _claim(session)
        now = clock.now()
        known = store.version_known(session, badge.issuer_id, badge.credential_id)
        if known is None or not _is_same(badge, content, known):
            reason = "" if known is None else _why_not_newer(session, badge, known)
            if reason:
                return CredentialResult(file, "refused", reason, name=badge.name, issuer_id=badge.issuer_id)
            _write(session, badge, content, known, who, now)
            return _told(session, file, badge, badge.award_id, is_new=True)
        is_first_anchored = _is_anchored(badge) and not known.is_anchored
        if _is_better(badge, content, known):
            # The same content by another proof: what tells whether it holds is asked of that from now on.
            store.write_credential(session, badge, content, now, known.award_id)
            queue_holders(session, [known.award_id], known.award_id, now)
        else:
            store.note_checked(session, known.award_id, now)
        # What was revoked by a document that anybody can have signed was not revoked.
        if (may_lift or is_first_anchored) and lift_revocation(session, known.award_id, now):
            queue_holders(session, [known.award_id], known.award_id, now)
        return _told(session, file, badge, known.award_id, is_new=False)


def _pinned(session: Session) -> Callable[[str], bytes | None]:
    return lambda issuer_id: store.standing_of(session, issuer_id)[1]


def _is_cleared(
    session: Session, settings: Settings, badge: Badge, content: bytes, download: Download | None
) -> bool:
    """Tell whether a credential that was taken back may hold again: this document names a status, and no other tells otherwise.

    Asks the issuers, so outside a transaction that writes.
    """
    known = store.version_known(session, badge.issuer_id, badge.credential_id)
    if known is None or not badge.has_status or standing_revocation(session, known.award_id) is None:
        # What is taken back from here on was told later than this document was looked at.
        return False
    return all(
        _holds(session, settings, document, download)
        for document in store.documents_of(session, known.award_id)
        if document != content and names_status(document)
    )


def _holds(session: Session, settings: Settings, document: bytes, download: Download | None) -> bool:
    """Tell whether a document that was taken in before is told to hold; not where that cannot be told."""
    try:
        verify_badge(document, _pinned(session), settings.zone, download)
    except BadgeRefusedError:
        return False
    return True


def _claim(session: Session) -> None:
    """Let nobody else take in credentials, nor change whose an account is, until the transaction ends."""
    claim_tables(session, "credential", "identity")


def _is_anchored(badge: Badge) -> bool:
    return is_anchored(badge.anchor, badge.issuer_id)


def _is_same(badge: Badge, content: bytes, known: store.Version) -> bool:
    """Tell whether a file says what is known already; its days may be others where the company's zone was changed."""
    return known.award_id == badge.award_id or known.document == content


def _is_better(badge: Badge, content: bytes, known: store.Version) -> bool:
    """Tell whether to keep a file in the place of the known one of the same content.

    Not one that shows less who issued it, nor one that no longer names where its issuer tells whether it holds: a
    revocation would be lost.
    """
    if _is_anchored(badge) != known.is_anchored:
        return _is_anchored(badge)
    is_other = (known.document, known.anchor, known.proof) != (content, badge.anchor, badge.proof)
    return is_other and (badge.has_status or not names_status(known.document))


def _why_not_newer(session: Session, badge: Badge, known: store.Version, *, is_revoked: bool = False) -> str:
    """Return why other content does not replace what is known of a credential; "" where it does.

    Whose issuer is shown goes before whose is not, then what was issued later. Of what was issued in one instant, what was
    replaced before stays so, and what is revoked gives way to what can be asked about by itself.
    """
    if _is_anchored(badge) != known.is_anchored:
        return (
            ""
            if _is_anchored(badge)
            else "the known version shows who issued it, and this one does not; nothing is changed"
        )
    before, this = issued_at(known.document), badge.issued_at
    is_older = before is not None and this is not None and this < before
    is_newer = before is not None and this is not None and this > before
    can_be_asked = names_status(known.document)
    if is_older or (
        not is_newer and (store.was_known(session, badge.award_id) or (is_revoked and can_be_asked))
    ):
        return "a later version of this credential is known; nothing is changed"
    if can_be_asked and not badge.has_status:
        return "the known version names where its issuer tells whether it holds, and this one does not; nothing is changed"
    return ""


def _write(
    session: Session, badge: Badge, content: bytes, known: store.Version | None, who: str, now: datetime
) -> None:
    """Take in a credential in the place of what was known of it, and derive whom either concerns."""
    store.write_credential(session, badge, content, now)
    audit(session, now, who, "take in credential", f"{badge.issuer_id} {badge.credential_id}", badge.name)
    queue_holders(session, [badge.award_id], badge.award_id, now)
    if known is not None:
        queue_holders(session, [known.award_id], badge.award_id, now)


def _take_revoked(
    session: Session, settings: Settings, file: str, content: bytes, error: BadgeRevokedError, who: str
) -> CredentialResult:
    """End what is known of a credential that its issuer has revoked; one that was never taken in is not kept."""
    badge, reason = error.badge, str(error)
    award_id = badge.award_id
    with writing(session):
        _claim(session)
        now = clock.now()
        known = store.version_known(session, badge.issuer_id, badge.credential_id)
        if known is None:
            pass
        elif known.is_anchored and not _is_anchored(badge):
            reason = f"{reason}; the known version shows who issued it, and this one does not: it stays"
        elif _is_same(badge, content, known):
            award_id = known.award_id
            if _is_better(badge, content, known):
                store.write_credential(session, badge, content, now, award_id)
            _end(session, settings, award_id, badge, reason, who, now)
        elif _why_not_newer(session, badge, known, is_revoked=True):
            # Who gives a badge again with other content revokes what he gave before.
            reason = f"{reason}; a later version of this credential is known and stays"
        else:
            _write(session, badge, content, known, who, now)
            _end(session, settings, award_id, badge, reason, who, now)
    return CredentialResult(file, "refused", reason, award_id, badge.name, badge.issuer_id, is_new=False)


def _end(
    session: Session,
    settings: Settings,
    award_id: str,
    badge: Badge,
    reason: str,
    who: str,
    now: datetime,
) -> bool:
    """Let a credential end today; False where it has ended already."""
    today: date = now.astimezone(settings.zone).date()
    store.note_checked(session, award_id, now)
    if not revoke_award(session, award_id, "ended", today, reason, now):
        return False
    audit(session, now, who, "end credential", f"{badge.issuer_id} {badge.credential_id}", reason)
    queue_holders(session, [award_id], award_id, now)
    return True


def _told(session: Session, file: str, badge: Badge, award_id: str, *, is_new: bool) -> CredentialResult:
    standing, _ = store.standing_of(session, badge.issuer_id, badge.achievement_id)
    outcome, reason = judged(badge, standing)
    skills = store.skills_named(session, [award_id]).get(award_id, ())
    unmatched = tuple(
        item.name or item.target for item in badge.alignments if not {item.target, item.code} & set(skills)
    )
    has_recipient = bool(store.people_of_awards(session, [award_id]))
    notes = [reason]
    if standing_revocation(session, award_id) is not None:
        notes.append("its issuer has taken it back")
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
        award_id=award_id,
        name=badge.name,
        issuer_id=badge.issuer_id,
        has_recipient=has_recipient,
        skills=skills,
        unmatched=unmatched,
        is_new=is_new,
    )


def queue_holders(session: Session, award_ids: Sequence[str], cause: str | None, now: datetime) -> int:
    """Queue everybody who ever had an account that one of these credentials was given to; return how many were not yet."""
    people = store.people_of_awards(session, award_ids)
    return queue.add_tasks(session, (f"person:{person}" for person in people), "award", cause, now)


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
        try:
            document = store.documents_at(session, [one.row_id])[one.row_id]
            told = _told_now(session, settings, one, document, download)
        except BadgeRevokedError as error:
            session.rollback()
            with writing(session):
                _claim(session)
                if store.is_known_now(session, one.row_id) and _end(
                    session, settings, one.award_id, badge, str(error), who, clock.now()
                ):
                    ended.append(badge.name)
            continue
        except (
            Exception
        ) as error:  # what nobody foresaw of one must not keep the others from being asked about
            if isinstance(error, SQLAlchemyError):
                raise
            session.rollback()
            log.exception("credential_not_checked", award_id=one.award_id)
            unknown.append((badge.name, f"it cannot be read: {error}"))
            continue
        session.rollback()
        if told is not None:
            unknown.append((badge.name, told))
            continue
        hold += 1
        with writing(session):
            _claim(session)
            now = clock.now()
            # Somebody may have taken in another version meanwhile.
            if not store.is_known_now(session, one.row_id):
                continue
            store.note_checked(session, one.award_id, now)
            if names_status(document) and lift_revocation(session, one.award_id, now):
                queue_holders(session, [one.award_id], one.award_id, now)
                again.append(badge.name)
    return Checked(hold, tuple(ended), tuple(again), tuple(unknown))


def _told_now(
    session: Session,
    settings: Settings,
    one: store.StoredCredential,
    current: bytes,
    download: Download | None,
) -> str | None:
    """Ask about every document of a credential; return why the current one cannot be told, None where it holds.

    Raises:
        BadgeRevokedError: one of them is revoked.
    """
    reason: str | None = None
    for document in store.documents_of(session, one.award_id):
        is_known = document == current
        if not is_known and not names_status(document):
            continue
        try:
            verify_badge(document, _pinned(session), settings.zone, download)
        except BadgeRevokedError as error:
            # What anybody can have signed revokes nothing that shows its issuer.
            if (
                is_known
                or is_anchored(error.badge.anchor, error.badge.issuer_id)
                or not is_anchored(one.badge.anchor, one.badge.issuer_id)
            ):
                raise
        except BadgeRefusedError as error:
            # Of a document that another one has replaced, the issuer may have changed the key.
            reason = str(error) if is_known else reason
    return reason


def queue_holders_naming(session: Session, iris: Iterable[str], now: datetime) -> int:
    """Queue whose credentials name skills that a framework has brought; inside its transaction."""
    # Who takes in a credential meanwhile waits, and then finds the skills.
    _claim(session)
    return queue_holders(session, store.awards_naming(session, sorted(iris)), None, now)


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
