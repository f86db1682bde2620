"""Tables of running the service: accounts, tokens, the audit trail, issued reports, imports."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, big_key


class UserAccount(Base):
    """A local sign-in."""

    __tablename__ = "user_account"
    email: Mapped[str] = mapped_column(String(320), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of the JSON API; only its SHA-256 is kept."""

    __tablename__ = "api_token"
    token_id: Mapped[int] = big_key()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AuditRow(Base):
    """Who did what when: sign-ins, changes, downloads, views of raw statements."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"),)
    audit_id: Mapped[int] = big_key()
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(60))
    thing: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class IssuedReport(Base):
    """A report as issued: its content as JSON with the digest."""

    __tablename__ = "issued_report"
    report_id: Mapped[int] = big_key()
    issued_at: Mapped[datetime]
    issued_to: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40))
    team_id: Mapped[str | None] = mapped_column(String(80))
    as_of: Mapped[date]
    known_on: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_sha256: Mapped[str] = mapped_column(String(64))


class FileImport(Base):
    """A file or folder that was imported: what it changed, and its digest."""

    __tablename__ = "file_import"
    import_id: Mapped[int] = big_key()
    imported_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[datetime | None]
