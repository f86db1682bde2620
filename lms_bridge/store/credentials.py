"""Micro-credentials as stored: what was verified, what was decided of issuers, and whom either concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session, defer

from lms_bridge.credentials.open_badges import (
    TIERS,
    Alignment,
    Badge,
    Recipient,
    Standing,
    Tier,
    is_anchored,
    owner_of,
)
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.models.credentials import (
    Credential,
    CredentialAlignment,
    CredentialRecipient,
    IssuerTrust,
)
from lms_bridge.store.models.evidence import AwardRevocation
from lms_bridge.store.models.frameworks import Skill
from lms_bridge.store.models.people import Identity
from lms_bridge.store.open_rows import IN_LIST, in_chunks

_ADDRESSES = "mbox:mailto:"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer with its decision, None where there is none, and how many credentials of it are known.

    With an `achievement_id` it is one badge of the issuer, of which something else was decided; `name` is the badge's.
    """

    issuer_id: str
    achievement_id: str
    name: str
    standing: Standing | None
    has_key: bool
    reason: str
    credentials: int


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A credential that is known now: its award, what it says, and when its status was last told.

    `row_id` is that of the version; `documents_at` reads its document, which can be large.
    """

    row_id: int
    award_id: str
    badge: Badge
    checked_at: datetime
    known_from: datetime
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Version:
    """What is known now of a credential, which its issuer may have given again with other content or another proof."""

    award_id: str
    issuer_id: str
    document: bytes
    anchor: str
    proof: str

    @property
    def is_anchored(self) -> bool:
        """Whether its proof shows who issued it."""
        return is_anchored(self.anchor, self.issuer_id)


def version_known(session: Session, issuer_id: str, credential_id: str) -> Version | None:
    """Return what is known now of an issuer's credential; None where nothing is."""
    row = session.execute(
        select(
            Credential.award_id,
            Credential.issuer_id,
            Credential.document,
            Credential.anchor,
            Credential.proof,
        )
        .where(
            Credential.issuer_id == issuer_id,
            Credential.credential_id == credential_id,
            Credential.known_to.is_(None),
        )
        .order_by(Credential.row_id.desc())
    ).first()
    return None if row is None else Version(*row)


def documents_of(session: Session, award_id: str) -> tuple[bytes, ...]:
    """Return every document that a credential was ever taken in as, the one that is known now first, each once."""
    rows = session.execute(
        select(Credential.document)
        .where(Credential.award_id == award_id)
        .order_by(Credential.known_to.is_not(None), Credential.row_id.desc())
    ).scalars()
    return tuple(dict.fromkeys(rows))


def documents_at(session: Session, row_ids: Iterable[int]) -> Mapping[int, bytes]:
    """Return the documents of some versions of credentials."""
    query = select(Credential.row_id, Credential.document)
    return {
        row_id: document
        for some in in_chunks(row_ids, IN_LIST)
        for row_id, document in session.execute(query.where(Credential.row_id.in_(some)))
    }


def is_known_now(session: Session, row_id: int) -> bool:
    """Tell whether a version of a credential is the one that is known now."""
    row = select(Credential.row_id).where(Credential.row_id == row_id, Credential.known_to.is_(None))
    return session.execute(row).first() is not None


def was_known(session: Session, award_id: str) -> bool:
    """Tell whether a credential with this content is or ever was known."""
    return (
        session.execute(select(Credential.row_id).where(Credential.award_id == award_id)).first() is not None
    )


def write_credential(
    session: Session, badge: Badge, document: bytes, now: datetime, award_id: str | None = None
) -> None:
    """Let a credential be known from `now`; what the same issuer said under the same id before ends there.

    `award_id` is given where the content is one that is known under that id already, in another document.
    """
    award = award_id or badge.award_id
    session.execute(
        update(Credential)
        .where(
            Credential.issuer_id == badge.issuer_id,
            Credential.credential_id == badge.credential_id,
            Credential.known_to.is_(None),
        )
        .values(known_to=now)
    )
    session.execute(
        insert(Credential).values(
            award_id=award,
            credential_id=badge.credential_id,
            issuer_id=badge.issuer_id,
            issuer_name=badge.issuer_name,
            achievement_id=badge.achievement_id,
            name=badge.name,
            awarded_on=badge.awarded_on,
            last_valid_day=badge.last_valid_day,
            anchor=badge.anchor,
            proof=badge.proof,
            document=document,
            checked_at=now,
            known_from=now,
            known_to=None,
        )
    )
    if not _has_rows(session, CredentialAlignment, award):
        rows = [
            {
                "award_id": award,
                "target": item.target,
                "name": item.name,
                "code": item.code,
                "framework": item.framework,
            }
            for item in badge.alignments
        ]
        if rows:
            session.execute(insert(CredentialAlignment), rows)
    if not _has_rows(session, CredentialRecipient, award):
        addresses = _addresses(session) if any(item.digest for item in badge.recipients) else ()
        given = [
            {
                "award_id": award,
                "agent_key": owner_of(item, addresses),
                "digest": item.digest,
                "salt": item.salt,
            }
            for item in badge.recipients
        ]
        if given:
            session.execute(insert(CredentialRecipient), given)


def _has_rows(
    session: Session, model: type[CredentialAlignment | CredentialRecipient], award_id: str
) -> bool:
    return session.execute(select(model.row_id).where(model.award_id == award_id)).first() is not None


def _addresses(session: Session) -> Sequence[str]:
    """Return every e-mail address that was ever somebody's, as agent keys."""
    return (
        session.execute(
            select(Identity.agent_key).where(Identity.agent_key.startswith(_ADDRESSES)).distinct()
        )
        .scalars()
        .all()
    )


def find_recipients(session: Session) -> None:
    """Look whom the digests mean that were nobody's yet; called where identities changed."""
    waiting = session.execute(
        select(CredentialRecipient.row_id, CredentialRecipient.digest, CredentialRecipient.salt).where(
            CredentialRecipient.agent_key.is_(None), CredentialRecipient.digest.is_not(None)
        )
    ).all()
    if not waiting:
        return
    addresses = _addresses(session)
    for row_id, digest, salt in waiting:
        key = owner_of(Recipient(None, digest, salt), addresses)
        if key is not None:
            session.execute(
                update(CredentialRecipient).where(CredentialRecipient.row_id == row_id).values(agent_key=key)
            )


def note_checked(session: Session, award_id: str, now: datetime) -> None:
    """Note that the status of a credential was told."""
    session.execute(
        update(Credential)
        .where(Credential.award_id == award_id, Credential.known_to.is_(None))
        .values(checked_at=now)
    )


def decide_issuer(
    session: Session,
    issuer_id: str,
    achievement_id: str,
    standing: Standing,
    key_pem: bytes | None,
    reason: str,
    now: datetime,
) -> None:
    """Let a decision on an issuer, or on one of its badges, be known from `now`; the one before ends."""
    end_decision(session, issuer_id, achievement_id, now)
    session.execute(
        insert(IssuerTrust).values(
            issuer_id=issuer_id,
            achievement_id=achievement_id,
            tier=standing.tier,
            strength=standing.strength.label,
            level=standing.level,
            key_pem=key_pem,
            reason=reason,
            known_from=now,
            known_to=None,
        )
    )


def end_decision(session: Session, issuer_id: str, achievement_id: str, now: datetime) -> None:
    """Let no decision on an issuer, or on one of its badges, be known from `now`."""
    session.execute(update(IssuerTrust).where(*_now_of(issuer_id, achievement_id)).values(known_to=now))


def is_decided(session: Session, issuer_id: str, achievement_id: str) -> bool:
    """Tell whether an issuer, or one of its badges, has a decision of its own now."""
    own = select(IssuerTrust.row_id).where(*_now_of(issuer_id, achievement_id))
    return session.execute(own).first() is not None


def _now_of(issuer_id: str, achievement_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        IssuerTrust.issuer_id == issuer_id,
        IssuerTrust.achievement_id == achievement_id,
        IssuerTrust.known_to.is_(None),
    )


def standing_of(
    session: Session, issuer_id: str, achievement_id: str = ""
) -> tuple[Standing | None, bytes | None]:
    """Return what is decided now of a badge, else of its issuer, and the key that was pinned for the issuer."""
    rows = {
        row.achievement_id: row
        for row in session.execute(
            select(IssuerTrust).where(
                IssuerTrust.issuer_id == issuer_id,
                IssuerTrust.achievement_id.in_({"", achievement_id}),
                IssuerTrust.known_to.is_(None),
            )
        ).scalars()
    }
    of_issuer = rows.get("")
    row = rows.get(achievement_id, of_issuer)
    key = None if of_issuer is None else of_issuer.key_pem
    return (None if row is None else _standing(row)), key


def _standing(row: IssuerTrust) -> Standing:
    return Standing(_tier(row.tier), strength_from(row.strength), row.level)


def _tier(text: str) -> Tier:
    return next(tier for tier in TIERS if tier == text)


def issuers(session: Session) -> tuple[Issuer, ...]:
    """Return every issuer that is decided or has a credential here, by id, and after each its badges with own decisions."""
    counts: dict[tuple[str, str], tuple[str, int]] = {}
    for issuer_id, achievement_id, issuer_name, name, count in session.execute(
        select(
            Credential.issuer_id,
            Credential.achievement_id,
            func.max(Credential.issuer_name),
            func.max(Credential.name),
            func.count(),
        )
        .where(Credential.known_to.is_(None))
        .group_by(Credential.issuer_id, Credential.achievement_id)
    ):
        counts[issuer_id, achievement_id] = (name, count)
        counts[issuer_id, ""] = (issuer_name, counts.get((issuer_id, ""), ("", 0))[1] + count)
    decided = {
        (row.issuer_id, row.achievement_id): row
        for row in session.execute(select(IssuerTrust).where(IssuerTrust.known_to.is_(None))).scalars()
    }
    keys = {*(key for key in counts if not key[1]), *decided, *((issuer_id, "") for issuer_id, _ in decided)}
    found: list[Issuer] = []
    for issuer_id, achievement_id in sorted(keys):
        name, count = counts.get((issuer_id, achievement_id), (achievement_id or issuer_id, 0))
        row = decided.get((issuer_id, achievement_id))
        found.append(
            Issuer(
                issuer_id=issuer_id,
                achievement_id=achievement_id,
                name=name,
                standing=None if row is None else _standing(row),
                has_key=row is not None and row.key_pem is not None,
                reason="" if row is None else row.reason,
                credentials=count,
            )
        )
    return tuple(found)


def credentials_known(
    session: Session, award_ids: Iterable[str] | None = None
) -> tuple[StoredCredential, ...]:
    """Return the credentials that are known now, all or some, latest award first."""
    query = select(Credential).options(defer(Credential.document)).where(Credential.known_to.is_(None))
    if award_ids is not None:
        query = query.where(Credential.award_id.in_(list(award_ids)))
    rows = (
        session.execute(query.order_by(Credential.awarded_on.desc(), Credential.row_id.desc()))
        .scalars()
        .all()
    )
    ids = [row.award_id for row in rows]
    alignments: dict[str, list[Alignment]] = {}
    recipients: dict[str, list[Recipient]] = {}
    revoked: set[str] = set()
    for some in in_chunks(ids, IN_LIST):
        for item in session.execute(
            select(CredentialAlignment)
            .where(CredentialAlignment.award_id.in_(some))
            .order_by(CredentialAlignment.row_id)
        ).scalars():
            alignments.setdefault(item.award_id, []).append(
                Alignment(item.target, item.name, item.code, item.framework)
            )
        for one in session.execute(
            select(CredentialRecipient)
            .where(CredentialRecipient.award_id.in_(some))
            .order_by(CredentialRecipient.row_id)
        ).scalars():
            recipients.setdefault(one.award_id, []).append(Recipient(one.agent_key, one.digest, one.salt))
        revoked.update(
            session.execute(
                select(AwardRevocation.award_id).where(
                    AwardRevocation.award_id.in_(some), AwardRevocation.known_to.is_(None)
                )
            ).scalars()
        )
    return tuple(
        StoredCredential(
            row_id=row.row_id,
            award_id=row.award_id,
            badge=Badge(
                credential_id=row.credential_id,
                issuer_id=row.issuer_id,
                issuer_name=row.issuer_name,
                achievement_id=row.achievement_id,
                name=row.name,
                alignments=tuple(alignments.get(row.award_id, ())),
                recipients=tuple(recipients.get(row.award_id, ())),
                awarded_on=row.awarded_on,
                last_valid_day=row.last_valid_day,
                anchor=row.anchor,  # type: ignore[arg-type] # written from the same literal
                proof=row.proof,
            ),
            checked_at=row.checked_at,
            known_from=row.known_from,
            is_revoked=row.award_id in revoked,
        )
        for row in rows
    )


def issuer_of_award(session: Session, award_id: str) -> tuple[str, str] | None:
    """Return who issued a credential, and its own id; None where the award is no credential."""
    row = session.execute(
        select(Credential.issuer_name, Credential.credential_id)
        .where(Credential.award_id == award_id)
        .order_by(Credential.row_id.desc())
    ).first()
    return None if row is None else (row[0], row[1])


def people_of_awards(session: Session, award_ids: Sequence[str]) -> set[str]:
    """Return everybody who ever had an account that one of these credentials was given to."""
    found: set[str] = set()
    for some in in_chunks(award_ids, IN_LIST):
        found.update(
            session.execute(
                select(Identity.person_id)
                .join(CredentialRecipient, CredentialRecipient.agent_key == Identity.agent_key)
                .where(CredentialRecipient.award_id.in_(some))
                .distinct()
            ).scalars()
        )
    return found


def awards_of_issuer(session: Session, issuer_id: str) -> list[str]:
    """Return the credentials of an issuer, known now or once."""
    return list(
        session.execute(
            select(Credential.award_id).where(Credential.issuer_id == issuer_id).distinct()
        ).scalars()
    )


def awards_naming(session: Session, iris: Sequence[str]) -> list[str]:
    """Return the credentials that name one of these skills."""
    found: set[str] = set()
    for some in in_chunks(iris, IN_LIST):
        found.update(
            session.execute(
                select(CredentialAlignment.award_id)
                .where(or_(CredentialAlignment.target.in_(some), CredentialAlignment.code.in_(some)))
                .distinct()
            ).scalars()
        )
    return sorted(found)


def holders_known(session: Session) -> dict[str, tuple[str, ...]]:
    """Return whose account the credentials known now were given to, on the day of the award, by award."""
    found: dict[str, tuple[str, ...]] = {}
    for award_id, person_id in session.execute(
        select(Credential.award_id, Identity.person_id)
        .join(CredentialRecipient, CredentialRecipient.award_id == Credential.award_id)
        .join(Identity, Identity.agent_key == CredentialRecipient.agent_key)
        .where(
            Credential.known_to.is_(None),
            Identity.known_to.is_(None),
            or_(Identity.valid_from.is_(None), Identity.valid_from <= Credential.awarded_on),
            or_(Identity.valid_to.is_(None), Identity.valid_to > Credential.awarded_on),
        )
        .distinct()
        .order_by(Credential.award_id, Identity.person_id)
    ):
        found[award_id] = (*found.get(award_id, ()), person_id)
    return found


def skills_named(session: Session, award_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the skills of loaded frameworks that credentials name, by award."""
    found: dict[str, tuple[str, ...]] = {}
    for some in in_chunks(award_ids, IN_LIST):
        rows = session.execute(
            select(CredentialAlignment.award_id, Skill.iri)
            .join(
                Skill,
                or_(Skill.iri == CredentialAlignment.target, Skill.iri == CredentialAlignment.code),
            )
            .where(CredentialAlignment.award_id.in_(some))
            .distinct()
            .order_by(CredentialAlignment.award_id, Skill.iri)
        )
        for award_id, iri in rows:
            found[award_id] = (*found.get(award_id, ()), iri)
    return found
