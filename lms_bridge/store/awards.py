"""Awards as stored: certificates and confirmations, each with its interval of knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, insert, or_, select, update
from sqlalchemy.orm import Session

from lms_bridge.credentials.awards import Award
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.models.evidence import Award as AwardRow
from lms_bridge.store.models.evidence import AwardRevocation
from lms_bridge.store.open_rows import IN_LIST, in_chunks

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
    # What is written down anew is meant to hold, whatever took an earlier instance back.
    for some in in_chunks([award.award_id for award in awards], IN_LIST):
        session.execute(
            update(AwardRevocation)
            .where(AwardRevocation.award_id.in_(some), AwardRevocation.known_to.is_(None))
            .values(known_to=now)
        )


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
    return None if row is None else _award(row)


def _award(row: AwardRow) -> Award:
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
    """Let an award end on `day`, or be one that never held, known from `now`; False where that is known already."""
    standing = standing_revocation(session, award_id)
    if standing is not None and standing.effect in {"never_held", effect}:
        return False
    # An award that ended may turn out never to have held.
    lift_revocation(session, award_id, now)
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


@dataclass(frozen=True, slots=True)
class Revocation:
    """What took an award back: `effect` is "ended" on `day`, or "never_held"."""

    effect: str
    day: date
    reason: str


def standing_revocation(session: Session, award_id: str) -> Revocation | None:
    """Return what takes an award back now; inside a write transaction nobody else changes it until the end."""
    query = select(AwardRow.row_id).where(AwardRow.award_id == award_id).order_by(AwardRow.row_id)
    session.execute(query.with_for_update()).all()
    row = (
        session.execute(
            select(AwardRevocation)
            .where(AwardRevocation.award_id == award_id, AwardRevocation.known_to.is_(None))
            .order_by(AwardRevocation.row_id)
        )
        .scalars()
        .first()
    )
    return None if row is None else Revocation(row.effect, row.revoked_on, row.reason)


def revocation_reason(session: Session, award_id: str, instant: datetime) -> str:
    """Return why an award was taken back as known at `instant`, "" where it was not."""
    reason = (
        session.execute(
            select(AwardRevocation.reason)
            .where(
                AwardRevocation.award_id == award_id,
                AwardRevocation.known_from <= instant,
                or_(AwardRevocation.known_to.is_(None), AwardRevocation.known_to > instant),
            )
            .order_by(AwardRevocation.row_id)
        )
        .scalars()
        .first()
    )
    return reason or ""


def equal_awards(session: Session, award: Award) -> tuple[Award, ...]:
    """Return the awards known now that say what `award` does and are not taken back, itself among them, by id."""
    rows = session.execute(
        select(AwardRow)
        .where(
            AwardRow.person_id == award.person_id,
            AwardRow.skill_iri == award.skill_iri,
            AwardRow.level == award.level,
            AwardRow.strength == award.strength.label,
            AwardRow.achieved_on == award.achieved_on,
            AwardRow.known_to.is_(None),
            ~exists().where(
                AwardRevocation.award_id == AwardRow.award_id,
                AwardRevocation.known_to.is_(None),
                AwardRevocation.effect == "never_held",
            ),
        )
        .order_by(AwardRow.award_id)
    ).scalars()
    found = {row.award_id: _award(row) for row in rows}
    return tuple(
        other
        for other in found.values()
        if other.object_key == award.object_key
        and (other.kind == "confirmation") == (award.kind == "confirmation")
    )
