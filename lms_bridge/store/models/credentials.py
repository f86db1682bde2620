"""Tables of micro-credentials: what was verified, of whom and about which skills, and what was decided of issuers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, KnownTime, big_key


class Credential(Base, KnownTime):
    """A credential whose proof holds, as its bytes; one that is given again with other content is another row."""

    __tablename__ = "credential"
    __table_args__ = (
        # What a trust decision touches.
        Index("ix_credential_issuer_id", "issuer_id"),
        # The proof card of an award.
        Index("ix_credential_award_id", "award_id"),
    )
    row_id: Mapped[int] = big_key()
    award_id: Mapped[str] = mapped_column(String(36))
    credential_id: Mapped[str] = mapped_column(Text)
    issuer_id: Mapped[str] = mapped_column(Text)
    issuer_name: Mapped[str] = mapped_column(Text)
    achievement_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    awarded_on: Mapped[date]
    last_valid_day: Mapped[date | None]
    anchor: Mapped[str] = mapped_column(String(20))
    proof: Mapped[str] = mapped_column(String(20))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    checked_at: Mapped[datetime]


class CredentialAlignment(Base):
    """A skill that an achievement names."""

    __tablename__ = "credential_alignment"
    __table_args__ = (
        Index("ix_credential_alignment_award_id", "award_id"),
        # What a framework that is loaded later makes known.
        Index("ix_credential_alignment_target", "target"),
    )
    row_id: Mapped[int] = big_key()
    award_id: Mapped[str] = mapped_column(String(36))
    target: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    framework: Mapped[str] = mapped_column(Text)


class CredentialRecipient(Base):
    """Whom a credential was given to: an account, or a digest that is no known account's yet."""

    __tablename__ = "credential_recipient"
    __table_args__ = (
        Index("ix_credential_recipient_award_id", "award_id"),
        # What an account was given.
        Index("ix_credential_recipient_agent_key", "agent_key"),
    )
    row_id: Mapped[int] = big_key()
    award_id: Mapped[str] = mapped_column(String(36))
    agent_key: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(Text)


class IssuerTrust(Base, KnownTime):
    """What was decided of an issuer, and what its badges give: strength and level in the skills that they name.

    `achievement_id` names one badge of the issuer that this is about, "" where it is about all others.
    """

    __tablename__ = "issuer_trust"
    __table_args__ = (Index("ix_issuer_trust_issuer_id", "issuer_id"),)
    row_id: Mapped[int] = big_key()
    issuer_id: Mapped[str] = mapped_column(Text)
    achievement_id: Mapped[str] = mapped_column(Text, default="", server_default="")
    tier: Mapped[str] = mapped_column(String(10))
    strength: Mapped[str] = mapped_column(String(20))
    level: Mapped[int]
    key_pem: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
