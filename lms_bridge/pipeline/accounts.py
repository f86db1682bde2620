"""Sign-in: local accounts with Argon2, API tokens by their SHA-256; failed attempts are limited and audited."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import BusyError, ConflictError, InvalidInputError, UnauthenticatedError
from lms_bridge.people.scope import ROLES, Reader
from lms_bridge.store import accounts as store
from lms_bridge.store.audit import audit, times_done
from lms_bridge.store.database import writing

LEAST_PASSWORD = 12
MOST_FAILURES = 8
WINDOW = timedelta(minutes=10)
FAILED, SIGNED_IN = "sign-in failed", "sign-in"
_hasher = PasswordHasher()
# Verified where no account exists, so that an unknown address takes as long as a wrong password.
_NOBODY = _hasher.hash("no account has this password")


def add_user(
    session: Session, email: str, role: str, password: str, person_id: str | None, now: datetime
) -> None:
    """Create a local account.

    Raises:
        InvalidInputError: the address, role or password is not allowed.
        ConflictError: the address has an account.
    """
    address = email.strip().lower()
    if "@" not in address or len(address) > 320:
        raise InvalidInputError(f"email {email!r} is no address; write name@host")
    if role not in ROLES:
        raise InvalidInputError(f"role {role!r} is none of {', '.join(ROLES)}")
    if role in ("manager", "employee") and not person_id:
        raise InvalidInputError(f"role {role} needs --person: it sees by whose person it is")
    if len(password) < LEAST_PASSWORD:
        raise InvalidInputError(
            f"the password has {len(password)} characters; at least {LEAST_PASSWORD} are needed"
        )
    with writing(session):
        if store.account_of(session, address) is not None:
            raise ConflictError(f"account {address!r} exists; choose another address")
        store.insert_account(
            session,
            email=address,
            role=role,
            person_id=person_id,
            password_hash=_hasher.hash(password),
            created_at=now,
        )
        audit(session, now, "command line", "add user", f"{address} as {role}")


def sign_in(session: Session, email: str, password: str, remote: str) -> Reader:
    """Return the reader behind an address and password.

    Raises:
        UnauthenticatedError: they do not fit, or the account is disabled.
        BusyError: too many failed attempts for the address within ten minutes.
    """
    address, now = email.strip().lower()[:320], clock.now()
    if times_done(session, address, FAILED, now - WINDOW) >= MOST_FAILURES:
        raise BusyError("too many failed attempts; try again in ten minutes", retry_after_seconds=600)
    account = store.account_of(session, address)
    is_right = _verify(account.password_hash if account is not None else _NOBODY, password)
    is_open = account is not None and account.disabled_at is None
    with writing(session):
        audit(session, now, address, SIGNED_IN if is_right and is_open else FAILED, remote)
    if account is None or not is_right or not is_open:
        raise UnauthenticatedError(
            "address and password do not fit; check both, or ask the admin for a new password"
        )
    return _reader(account)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def reader_of(session: Session, email: str) -> Reader | None:
    """Return the reader of a signed-in address, None where the account is gone or disabled."""
    account = store.account_of(session, email)
    return _reader(account) if account is not None and account.disabled_at is None else None


def _reader(account: store.StoredAccount) -> Reader:
    return Reader(account.email, account.role, account.person_id)  # type: ignore[arg-type] # checked when it was added


def add_token(session: Session, name: str, role: str, person_id: str | None, now: datetime) -> str:
    """Create an API token and return it; only its digest is kept.

    Raises:
        InvalidInputError: the role is not allowed.
        ConflictError: the name is taken.
    """
    if role not in ROLES:
        raise InvalidInputError(f"role {role!r} is none of {', '.join(ROLES)}")
    token = secrets.token_urlsafe(32)
    with writing(session):
        if store.token_named(session, name) is not None:
            raise ConflictError(f"token {name!r} exists; choose another name, or revoke it first")
        store.insert_token(
            session,
            name=name,
            token_sha256=_digest(token),
            role=role,
            person_id=person_id,
            created_at=now,
        )
        audit(session, now, "command line", "add token", f"{name} as {role}")
    return token


def revoke_token(session: Session, name: str, now: datetime) -> None:
    """Revoke an API token.

    Raises:
        InvalidInputError: there is none of that name.
    """
    with writing(session):
        if not store.revoke_token(session, name, now):
            raise InvalidInputError(f"token {name!r} is not in force; see the list of tokens")
        audit(session, now, "command line", "revoke token", name)


def token_reader(session: Session, token: str) -> Reader | None:
    """Return the reader of a bearer token, None where it is unknown or revoked."""
    found = store.token_of_digest(session, _digest(token))
    if found is None or found.revoked_at is not None:
        return None
    return Reader(f"token {found.name}", found.role, found.person_id)  # type: ignore[arg-type] # checked when added


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
