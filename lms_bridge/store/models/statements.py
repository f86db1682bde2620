"""Tables of receiving: sources, dictionaries, statements as answered, their index rows, and refused requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    Sequence,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, BigKey, big_key


class Source(Base):
    """One connected LMS. What it may do, what it is held to, and how its scores are scaled."""

    __tablename__ = "source"
    source_id: Mapped[int] = big_key()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    scopes: Mapped[str] = mapped_column(Text)
    xapi_version: Mapped[str] = mapped_column(String(10))
    validation: Mapped[str] = mapped_column(String(10))
    # Web origins whose pages may use the keys, blank between them; NULL for any.
    origins: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    # When one of its keys last came with a wrong secret.
    denied_at: Mapped[datetime | None]


class SourceKey(Base):
    """A key and the SHA-256 of its secret; several per source while a secret is rotated."""

    __tablename__ = "source_key"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.source_id"))
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    scopes: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SourcePull(Base):
    """How far another LRS has been read for a source: everything stored there up to `since` is here."""

    __tablename__ = "source_pull"
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.source_id"), primary_key=True, autoincrement=False
    )
    endpoint: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime | None]
    statements: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]


class ImportedStatement(Base):
    """A statement that a file import stored first: what undoing the import voids."""

    __tablename__ = "imported_statement"
    # Whether a statement came from a file, and not from its source.
    __table_args__ = (Index("ix_imported_statement_statement_id", "statement_id"),)
    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    statement_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class Iri(Base):
    """Dictionary of verb and activity IRIs."""

    __tablename__ = "iri"
    iri_id: Mapped[int] = big_key()
    value: Mapped[str] = mapped_column(Text, unique=True)


class Agent(Base):
    """Dictionary of agents and identified groups by their inverse functional identifier."""

    __tablename__ = "agent"
    agent_id: Mapped[int] = big_key()
    agent_key: Mapped[str] = mapped_column(Text, unique=True)
    is_group: Mapped[bool]


# Gaps are allowed: nothing relies on a global counter without them. SQLite has one writer and counts by itself.
statement_sequence = Sequence("statement_seq", metadata=Base.metadata)


class Statement(Base):
    """A statement, the document as the bytes that a query returns."""

    __tablename__ = "statement"
    __table_args__ = (
        # GET /statements without filter, and paging: newest first, total order.
        Index("ix_statement_stored", "stored", "seq"),
        # GET by verb, with since and until.
        Index("ix_statement_verb", "verb_id", "stored", "seq"),
        # GET by registration.
        Index("ix_statement_registration", "registration", "stored", "seq"),
        # Derivation: what one agent did with the verbs that rules name.
        Index("ix_statement_agent", "agent_id", "verb_id", "seq"),
        # Freshness, rate and statements of one source.
        Index("ix_statement_source", "source_id", "stored", "seq"),
    )
    # The distribution key stands in the primary key so that the table can be distributed by agent.
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    agent_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    statement_id: Mapped[str] = mapped_column(String(36))
    stored: Mapped[datetime]
    timestamp: Mapped[datetime]
    source_id: Mapped[int] = mapped_column(BigInteger)
    verb_id: Mapped[int] = mapped_column(BigInteger)
    activity_id: Mapped[int | None] = mapped_column(BigInteger)
    registration: Mapped[str | None] = mapped_column(String(36))
    voided_by: Mapped[str | None] = mapped_column(String(36))
    flags: Mapped[str | None] = mapped_column(Text)
    # Came in a request of 2.0: a reader of 1.0.3 may not see all of it.
    is_v2: Mapped[bool] = mapped_column(server_default=false())
    document: Mapped[bytes] = mapped_column(LargeBinary)


class StatementKey(Base):
    """What alone decides duplicates and finds a statement by its id."""

    __tablename__ = "statement_key"
    statement_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    agent_id: Mapped[int] = mapped_column(BigInteger)
    source_id: Mapped[int] = mapped_column(BigInteger)
    stored: Mapped[datetime]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))


class StatementAgent(Base):
    """Index row: an agent that a statement names, directly (actor, object) or related."""

    __tablename__ = "statement_agent"
    __table_args__ = (Index("ix_statement_agent_stored", "agent_id", "direct", "stored", "seq"),)
    agent_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    direct: Mapped[bool]
    stored: Mapped[datetime]


class StatementActivity(Base):
    """Index row: an activity that a statement names, directly (its object) or related."""

    __tablename__ = "statement_activity"
    __table_args__ = (Index("ix_statement_activity_stored", "iri_id", "direct", "stored", "seq"),)
    iri_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    direct: Mapped[bool]
    stored: Mapped[datetime]


class StatementVerb(Base):
    """Index row copied from the target of a StatementRef: the referring statement answers for that verb too."""

    __tablename__ = "statement_verb"
    __table_args__ = (Index("ix_statement_verb_stored", "verb_id", "stored", "seq"),)
    verb_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stored: Mapped[datetime]


class StatementRegistration(Base):
    """Index row copied from the target of a StatementRef: its registration."""

    __tablename__ = "statement_registration"
    __table_args__ = (Index("ix_statement_registration_stored", "registration", "stored", "seq"),)
    registration: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stored: Mapped[datetime]


class StatementReference(Base):
    """A statement that refers to another by StatementRef (voiding included), and what its credential might do.

    `reads_all`: read what other sources sent; `voids_all`: void it.
    """

    __tablename__ = "statement_reference"
    target_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reads_all: Mapped[bool] = mapped_column(default=False, server_default=false())
    voids_all: Mapped[bool] = mapped_column(default=False, server_default=false())


class StatementAttachment(Base):
    """Which attachment contents a statement carries."""

    __tablename__ = "statement_attachment"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)


class AttachmentContent(Base):
    """The bytes of an attachment, once per hash."""

    __tablename__ = "attachment_content"
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)
    content_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ActivityDefinition(Base):
    """The canonical definition of an activity, merged over the statements that define it."""

    __tablename__ = "activity_definition"
    iri_id: Mapped[int] = mapped_column(ForeignKey("iri.iri_id"), primary_key=True, autoincrement=False)
    definition: Mapped[bytes] = mapped_column(LargeBinary)


class Document(Base):
    """A document of the state, agent profile or activity profile resource."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("resource", "source_id", "activity_id", "agent_id", "registration", "document_id"),
    )
    key: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    resource: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int] = mapped_column(BigInteger)
    # 0 and "" stand for "none": NULLs would be distinct in the unique constraint.
    activity_id: Mapped[int] = mapped_column(BigInteger)
    agent_id: Mapped[int] = mapped_column(BigInteger)
    registration: Mapped[str] = mapped_column(String(36))
    document_id: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]


class RefusedRequest(Base):
    """A request of an authenticated source that was answered 400, 403 or 409, kept within a quota."""

    __tablename__ = "refused_request"
    __table_args__ = (Index("ix_refused_request_source", "source_id", "refused_at"),)
    refused_id: Mapped[int] = big_key()
    source_id: Mapped[int] = mapped_column(BigInteger)
    refused_at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(Text)
    xapi_version: Mapped[str] = mapped_column(String(10))
    content_type: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(Text)
    violations: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_sha256: Mapped[str] = mapped_column(String(64))
    replayed_at: Mapped[datetime | None]
