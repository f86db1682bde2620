"""Local accounts and API tokens; of a password or token only the hash is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.models.operations import ApiToken, UserAccount


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A local sign-in; `password_hash` as Argon2 writes it."""

    email: str
    role: str
    person_id: str | None
    password_hash: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A bearer token's rights."""

    name: str
    role: str
    person_id: str | None
    revoked_at: datetime | None


def account_of(session: Session, email: str) -> StoredAccount | None:
    """Return the account of an address in lower case, disabled or not."""
    row = session.execute(select(UserAccount).where(UserAccount.email == email)).scalar_one_or_none()
    if row is None:
        return None
    return StoredAccount(row.email, row.role, row.person_id, row.password_hash, row.disabled_at)


def insert_account(
    session: Session,
    *,
    email: str,
    role: str,
    person_id: str | None,
    password_hash: str,
    created_at: datetime,
) -> None:
    """Insert an account that is open at once."""
    session.execute(
        insert(UserAccount).values(
            email=email,
            role=role,
            person_id=person_id,
            password_hash=password_hash,
            created_at=created_at,
            disabled_at=None,
        )
    )


def token_named(session: Session, name: str) -> StoredToken | None:
    """Return the token called `name`, revoked or not."""
    row = session.execute(select(ApiToken).where(ApiToken.name == name)).scalar_one_or_none()
    return None if row is None else _token(row)


def token_of_digest(session: Session, token_sha256: bytes) -> StoredToken | None:
    """Return the token with this SHA-256, revoked or not."""
    row = session.execute(select(ApiToken).where(ApiToken.token_sha256 == token_sha256)).scalar_one_or_none()
    return None if row is None else _token(row)


def insert_token(
    session: Session,
    *,
    name: str,
    token_sha256: bytes,
    role: str,
    person_id: str | None,
    created_at: datetime,
) -> None:
    """Insert a token that is in force at once."""
    session.execute(
        insert(ApiToken).values(
            name=name,
            token_sha256=token_sha256,
            role=role,
            person_id=person_id,
            created_at=created_at,
            revoked_at=None,
        )
    )


def revoke_token(session: Session, name: str, revoked_at: datetime) -> bool:
    """Revoke the token called `name`; False where none of that name is in force."""
    found = session.execute(
        update(ApiToken)
        .where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
        .values(revoked_at=revoked_at)
    )
    return int(getattr(found, "rowcount", 0)) > 0


def _token(row: ApiToken) -> StoredToken:
    return StoredToken(row.name, row.role, row.person_id, row.revoked_at)
