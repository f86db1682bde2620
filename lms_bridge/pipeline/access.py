"""Who stands at the statement door: scopes and the rights they give, Basic credentials, and bearer tokens.

A secret has 256 random bits, so its plain SHA-256 is kept and compared in constant time. Scopes follow 1.0.3
Communication 4.2 and the `xapi:` scopes that course libraries ask for; what a source may reach by default is its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Literal

import orjson
from sqlalchemy.orm import Session

from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.settings import Settings
from lms_bridge.store import sources as store
from lms_bridge.store.database import OpenSession, writing
from lms_bridge.store.ingest import Sender
from lms_bridge.xapi.versions import Version

Reach = Literal["none", "own", "all"]

OWN_SCOPE: Final = "all/mine"
SCOPES: Final = (
    OWN_SCOPE,
    "all",
    "all/read",
    "statements/write",
    "statements/read",
    "statements/read/mine",
    "state",
    "profile",
    "define",
    "xapi:write",
    "xapi:read",
    "xapi:all",
)
TOKEN_LIFETIME: Final = timedelta(hours=1)
# How long a process trusts what it looked up: revocation acts within this time.
_TRUSTED_FOR: Final = timedelta(seconds=2)
_MOST_TRUSTED: Final = 10_000
_KEY: Final = re.compile(r"[0-9a-f]{24}")
_SEEN_EVERY: Final = timedelta(minutes=1)
_TOKEN_MARK: Final = "lmsb1"  # noqa: S105 -- tells our tokens from others, no secret


@dataclass(frozen=True, slots=True)
class Rights:
    """What the scopes of a credential allow; `own` is what came from the credential's source."""

    reads_statements: Reach
    writes_statements: bool
    reads_documents: Reach
    writes_state: bool
    writes_profiles: bool
    reads_state: bool
    reads_profiles: bool
    defines: bool
    reaches_all: bool


@dataclass(frozen=True, slots=True)
class AuthenticatedSource:
    """Who stands at the statement door, with what rights, and held to what."""

    source_id: int
    name: str
    kind: str
    key: str
    scopes: tuple[str, ...]
    rights: Rights
    version: Version
    is_lenient: bool
    sender: Sender
    origins: tuple[str, ...] = ()

    def admits(self, origin: str | None) -> bool:
        """Tell whether a page of a web origin may use this source's keys; None is no page."""
        return origin is None or not self.origins or origin.lower() in self.origins


def rights_of(scopes: Sequence[str]) -> Rights:
    """Return what `scopes` allow together.

    `statements/read` and the `xapi:` scopes reach a source's own statements unless `all` or `all/read` stands beside
    them: one LMS never reads another's by a scope that a vendor's form asks for.
    """
    given = frozenset(scopes)
    is_full = bool(given & {"all", OWN_SCOPE})
    reads_all = bool(given & {"all", "all/read"})
    reads_own = is_full or bool(
        given & {"statements/read", "statements/read/mine", "xapi:read", "xapi:all", "all/read"}
    )
    reads_everything = is_full or bool(given & {"all/read", "xapi:read", "xapi:all"})
    state = is_full or bool(given & {"state", "xapi:all"})
    profile = is_full or bool(given & {"profile", "xapi:all"})
    return Rights(
        reads_statements="all" if reads_all else "own" if reads_own else "none",
        writes_statements=is_full or bool(given & {"statements/write", "xapi:write", "xapi:all"}),
        reads_documents="all" if reads_all else "own",
        writes_state=state,
        writes_profiles=profile,
        reads_state=state or reads_everything,
        reads_profiles=profile or reads_everything,
        # The specification asks for `define` beside `statements/write`; the vendors' `xapi:` scopes know no such thing.
        defines=is_full or bool(given & {"define", "xapi:write", "xapi:all"}),
        reaches_all="all" in given,
    )


def checked_scopes(scopes: Sequence[str]) -> tuple[str, ...]:
    """Return `scopes` once each.

    Raises:
        InvalidInputError: one of them is unknown.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise InvalidInputError(f"scope: {scope!r} is not allowed; allowed are {', '.join(SCOPES)}")
    return tuple(dict.fromkeys(scopes))


class Door:
    """Tells who a request comes from, remembering for a moment what it looked up; one per process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._trusted: dict[bytes, tuple[datetime, AuthenticatedSource]] = {}
        self._seen: dict[int, datetime] = {}
        self._failures: dict[str, list[datetime]] = {}
        self._denied: dict[str, datetime] = {}
        self._origins: dict[str, tuple[datetime, bool]] = {}
        self._lock = Lock()

    def authenticate(
        self, open_session: OpenSession, authorization: str | None, now: datetime
    ) -> AuthenticatedSource | None:
        """Return the source that an Authorization header (Basic or Bearer) proves, or None.

        A session is opened only where the header is not remembered, and left in no transaction.
        """
        if not authorization:
            return None
        # The header is remembered only as a digest, because it holds the secret.
        digest = hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).digest()
        trusted = self._trusted.get(digest)
        if trusted is not None and trusted[0] <= now < trusted[0] + _TRUSTED_FOR:
            return trusted[1]
        session = open_session()
        found = authenticate(session, self._settings, authorization, now)
        session.rollback()
        with self._lock:
            if len(self._trusted) >= _MOST_TRUSTED:
                self._trusted.clear()
            if found is None:
                self._trusted.pop(digest, None)
            else:
                self._trusted[digest] = (now, found)
        return found

    def is_hammered(self, remote: str, now: datetime) -> bool:
        """Note a failed attempt from `remote`; tell whether there were more than 60 of them within a minute."""
        with self._lock:
            if len(self._failures) > _MOST_TRUSTED:
                self._failures.clear()
            recent = [at for at in self._failures.get(remote, ()) if now - at < timedelta(minutes=1)]
            recent.append(now)
            self._failures[remote] = recent[-100:]
            return len(recent) > 60

    def is_news_of_denial(self, key: str, now: datetime) -> bool:
        """Tell whether it is time to note with its source that a key came with a wrong secret: once a minute."""
        if not _KEY.fullmatch(key):
            return False
        with self._lock:
            last = self._denied.get(key)
            if last is not None and now - last < _SEEN_EVERY:
                return False
            if len(self._denied) >= _MOST_TRUSTED:
                self._denied.clear()
            self._denied[key] = now
        return True

    def admits_origin(self, session: Session, origin: str, now: datetime) -> bool:
        """Tell whether some source lets pages of a web origin use its keys, remembered for a moment."""
        known = self._origins.get(origin)
        if known is not None and timedelta(0) <= now - known[0] < _TRUSTED_FOR:
            return known[1]
        found = store.allows_origin(session, origin.lower())
        session.rollback()
        with self._lock:
            if len(self._origins) >= _MOST_TRUSTED:
                self._origins.clear()
            self._origins[origin] = (now, found)
        return found

    def is_news(self, source_id: int, now: datetime) -> bool:
        """Tell whether it is time to note that a source was seen: once a minute."""
        last = self._seen.get(source_id)
        if last is not None and now - last < _SEEN_EVERY:
            return False
        self._seen[source_id] = now
        return True


def authenticate(
    session: Session, settings: Settings, authorization: str | None, now: datetime
) -> AuthenticatedSource | None:
    """Return the source that an Authorization header proves, or None; one query."""
    scheme, _, rest = (authorization or "").partition(" ")
    match scheme.lower():
        case "basic":
            # XAPI-00335: HTTP Basic is accepted (Communication 4.0).
            credentials = _basic(rest.strip())
            if credentials is None:
                return None
            return by_secret(session, settings, *credentials, now=now)
        case "bearer":
            claims = _token_claims(settings, rest.strip(), now)
            if claims is None:
                return None
            key, scopes = claims
            found = store.usable_key(session, key, now)
            return None if found is None else _authenticated(settings, found, scopes)
        case _:
            return None


def by_secret(
    session: Session, settings: Settings, key: str, secret: str, *, now: datetime
) -> AuthenticatedSource | None:
    """Return the source whose key and secret these are, or None."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
    if "\x00" in key or not key.isascii():
        return None
    found = store.usable_key(session, key, now)
    # The comparison also runs without a key, so that time tells nothing about which keys exist.
    is_right = hmac.compare_digest(digest, found.secret_sha256 if found else bytes(32))
    return _authenticated(settings, found, None) if found is not None and is_right else None


def source_of(
    session: Session, settings: Settings, source_id: int, *, may_be_revoked: bool = False
) -> AuthenticatedSource:
    """Return a source as if it stood at the door with all its scopes, for a request of it that is handed in again.

    Raises:
        NotFoundError: there is no such source, or it is revoked.
    """
    source = store.source_by_id(session, source_id)
    if source is None or (source.revoked_at is not None and not may_be_revoked):
        raise NotFoundError(f"source {source_id} does not exist or is revoked")
    return _authenticated(settings, store.StoredKey("", b"", None, None, source), None)


def presented_key(authorization: str | None) -> str | None:
    """Return the key of a Basic header, whatever its secret; None where there is none."""
    scheme, _, rest = (authorization or "").partition(" ")
    credentials = _basic(rest.strip()) if scheme.lower() == "basic" else None
    return None if credentials is None else credentials[0]


def note_denied(session: Session, key: str, now: datetime) -> None:
    """Note with its source that a key came with a wrong secret; an unknown key is read and writes nothing."""
    if store.is_key(session, key):
        with writing(session):
            store.note_denied(session, key, now)
    else:
        session.rollback()


def note_seen(session: Session, source_id: int, now: datetime) -> None:
    """Note that a source was seen, in a transaction of its own."""
    with writing(session):
        store.touch(session, source_id, now)


@dataclass(frozen=True, slots=True)
class GrantedToken:
    """A bearer token with the scopes that it has and the seconds that it lives."""

    token: str
    scopes: tuple[str, ...]
    expires_in_seconds: int


def grant_token(
    settings: Settings, source: AuthenticatedSource, asked: Sequence[str], now: datetime
) -> GrantedToken | None:
    """Return a bearer token for those of the scopes asked for that the source has, all of them where none is named.

    None where it has none of them. The token holds the key, the scopes and its end, signed by the service; whoever
    revokes the key ends it too.
    """
    scopes = granted_scopes(source.scopes, asked) if asked else source.scopes
    if not scopes:
        return None
    seconds = int(TOKEN_LIFETIME.total_seconds())
    until = int(now.timestamp()) + seconds
    claims = orjson.dumps({"key": source.key, "scopes": list(scopes), "until": until})
    body = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    return GrantedToken(f"{_TOKEN_MARK}.{body}.{_mac(settings, body)}", scopes, seconds)


def _token_claims(settings: Settings, token: str, now: datetime) -> tuple[str, tuple[str, ...]] | None:
    parts = token.split(".")
    if len(parts) != 3 or parts[0] != _TOKEN_MARK or not token.isascii():
        return None
    if not hmac.compare_digest(parts[2], _mac(settings, parts[1])):
        return None
    claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if claims["until"] <= now.timestamp():
        return None
    return claims["key"], tuple(claims["scopes"])


def _mac(settings: Settings, body: str) -> str:
    signed = hmac.digest(settings.secret_key.encode(), f"{_TOKEN_MARK}:{body}".encode(), "sha256")
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _basic(encoded: str) -> tuple[str, str] | None:
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    key, colon, secret = text.partition(":")
    return (key, secret) if colon else None


def _authenticated(
    settings: Settings, found: store.StoredKey, token_scopes: tuple[str, ...] | None
) -> AuthenticatedSource:
    source = found.source
    # A key never reaches further than its source, also where that was narrowed later.
    scopes = source.scopes if found.key_scopes is None else granted_scopes(source.scopes, found.key_scopes)
    if token_scopes is not None:
        scopes = granted_scopes(scopes, token_scopes)
    rights = rights_of(scopes)
    return AuthenticatedSource(
        source_id=source.source_id,
        name=source.name,
        kind=source.kind,
        key=found.key,
        scopes=scopes,
        rights=rights,
        version=Version(source.xapi_version),
        is_lenient=source.validation == "lenient",
        sender=Sender(
            source_id=source.source_id,
            name=source.name,
            reaches_all=rights.reaches_all,
            authority=authority_of(settings.base_url, source.name),
            defines=rights.defines,
            reads_all=rights.reads_statements == "all",
        ),
        origins=source.origins,
    )


# What each scope holds, as far as it is covered by another one.
_COVERED: Final = {
    "all": frozenset(SCOPES),
    OWN_SCOPE: frozenset(SCOPES) - {"all", "all/read"},
    "all/read": frozenset({"all/read", "statements/read", "statements/read/mine", "xapi:read"}),
    "xapi:all": frozenset(
        {"xapi:all", "xapi:read", "xapi:write", "statements/write", "statements/read", "statements/read/mine"}
        | {"state", "profile", "define"}
    ),
    "xapi:write": frozenset({"xapi:write", "statements/write", "define"}),
    "xapi:read": frozenset({"xapi:read", "statements/read", "statements/read/mine"}),
    "statements/read": frozenset({"statements/read", "statements/read/mine"}),
}


def granted_scopes(held: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Return those of `asked` that `held` covers; a token never reaches further than its source."""
    covered = frozenset().union(*(_COVERED.get(scope, frozenset({scope})) for scope in held))
    return tuple(scope for scope in dict.fromkeys(asked) if scope in covered)


def authority_of(home_page: str, name: str) -> bytes:
    """Return the authority of a source's statements as it is written into them; `home_page` is the service's address."""
    return orjson.dumps(
        {"objectType": "Agent", "name": name, "account": {"homePage": home_page, "name": name}}
    )
