"""Awards as stored: certificates and confirmations, each with its interval of knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.credentials.awards import Award
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.models.evidence import Award as AwardRow
from lms_bridge.store.models.evidence import AwardRevocation

# What certificates.csv may bring.
FROM_FILE = "recorded"
ON_PAPER = ("certificate", "confirmation")


def write_awards(session: Session, awards: Sequence[Award], now: datetime) -> None:
    """Insert awards that are known from `now`."""
    rows = [
        {
            "award_id": award.award_id,
            "kind": award.kind,
            "person_id": award.person_id,
            "object_key": award.object_key,
            "skill_iri": award.skill_iri,
            "level": award.level,
            "strength": award.strength.label,
            "achieved_on": award.achieved_on,
            "last_valid_day": award.last_valid_day,
            "issuer": award.issuer,
            "reference": award.reference,
            "authenticity": award.authenticity,
            "known_from": now,
            "known_to": None,
        }
        for award in awards
    ]
    if rows:
        session.execute(insert(AwardRow), rows)


def is_known(session: Session, award_id: str) -> bool:
    """Tell whether an award is stored and known now."""
    found = select(AwardRow.award_id).where(AwardRow.award_id == award_id, AwardRow.known_to.is_(None))
    return session.execute(found).first() is not None


def holders_on_paper(session: Session) -> dict[str, str]:
    """Return the person of each award that a file brought and that is known now, by award id.

    A confirmation that somebody gave on a page is no row of any file: `--replace` must not take it back.
    """
    rows = session.execute(
        select(AwardRow.award_id, AwardRow.person_id)
        .where(AwardRow.known_to.is_(None), AwardRow.kind.in_(ON_PAPER), AwardRow.authenticity == FROM_FILE)
        .order_by(AwardRow.row_id)
    )
    return dict(rows.tuples().all())


def given_on_paper(session: Session) -> tuple[tuple[str, str, int, str], ...]:
    """Return what learning objects gave by certificate: key, skill, level and strength, of awards known now."""
    rows = session.execute(
        select(AwardRow.object_key, AwardRow.skill_iri, AwardRow.level, AwardRow.strength)
        .where(AwardRow.known_to.is_(None), AwardRow.object_key.is_not(None))
        .distinct()
        .order_by(AwardRow.object_key, AwardRow.skill_iri, AwardRow.level, AwardRow.strength)
    )
    return tuple((str(key), skill_iri, level, strength) for key, skill_iri, level, strength in rows)


def take_back_awards(session: Session, award_ids: Iterable[str], now: datetime) -> None:
    """End the knowledge of awards at `now`: they never held."""
    for award_id in award_ids:
        session.execute(
            update(AwardRow)
            .where(AwardRow.award_id == award_id, AwardRow.known_to.is_(None))
            .values(known_to=now)
        )


def award_by_id(session: Session, award_id: str) -> Award | None:
    """Return the content of an award, known now or once."""
    row = (
        session.execute(select(AwardRow).where(AwardRow.award_id == award_id).order_by(AwardRow.row_id))
        .scalars()
        .first()
    )
    if row is None:
        return None
    return Award(
        kind=row.kind,
        person_id=row.person_id,
        object_key=row.object_key,
        skill_iri=row.skill_iri,
        level=row.level,
        strength=strength_from(row.strength),
        achieved_on=row.achieved_on,
        last_valid_day=row.last_valid_day,
        issuer=row.issuer,
        reference=row.reference,
        authenticity=row.authenticity,
    )


def revoke_award(session: Session, award_id: str, effect: str, day: date, reason: str, now: datetime) -> bool:
    """Let an award end on `day`, or be one that never held, known from `now`; False where one of both is known already."""
    known = session.execute(
        select(AwardRevocation.row_id).where(
            AwardRevocation.award_id == award_id, AwardRevocation.known_to.is_(None)
        )
    ).first()
    if known is not None:
        return False
    session.execute(
        insert(AwardRevocation).values(
            award_id=award_id, effect=effect, revoked_on=day, reason=reason, known_from=now, known_to=None
        )
    )
    return True


def lift_revocation(session: Session, award_id: str, now: datetime) -> bool:
    """Take back that an award was taken back, as an issuer lifts a suspension; False where nothing stood."""
    done = session.execute(
        update(AwardRevocation)
        .where(AwardRevocation.award_id == award_id, AwardRevocation.known_to.is_(None))
        .values(known_to=now)
    )
    return int(getattr(done, "rowcount", 0)) > 0


def revocation_reason(session: Session, award_id: str) -> str:
    """Return why an award was taken back, "" where it was not."""
    reason = session.execute(
        select(AwardRevocation.reason).where(
            AwardRevocation.award_id == award_id, AwardRevocation.known_to.is_(None)
        )
    ).scalar_one_or_none()
    return reason or ""
