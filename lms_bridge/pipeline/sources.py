"""Connecting LMSs: adding, listing, rotating and revoking sources. A secret is shown once and kept as its SHA-256."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError, InvalidInputError, NotFoundError
from lms_bridge.evidence.causes import SCORE_SCALE
from lms_bridge.pipeline.access import (
    OWN_SCOPE,
    SCOPES,
    AuthenticatedSource,
    authenticate,
    checked_scopes,
    source_of,
)
from lms_bridge.pipeline.auditing import audit
from lms_bridge.settings import Settings
from lms_bridge.store import sources as store
from lms_bridge.store.database import writing
from lms_bridge.store.derivation import add_tasks
from lms_bridge.store.policy import score_scales
from lms_bridge.store.sources import subjects_of_source
from lms_bridge.xapi.versions import Version

__all__ = [
    "CONTENT_SCOPES",
    "KINDS",
    "SCOPES",
    "AuthenticatedSource",
    "NewSource",
    "SourceChange",
    "SourceSummary",
    "add_source",
    "authenticate",
    "change_source",
    "issue_content_key",
    "list_sources",
    "open_source",
    "revoke_source",
    "rotate_secret",
    "source_of",
]

KINDS: Final = (
    "generic",
    "moodle",
    "totara",
    "openedx",
    "cmi5",
    "h5p",
    "canvas",
    "cornerstone",
    "linkedin",
    "udemy",
    "percipio",
    "rise",
    "storyline",
    "coursera",
    "go1",
    "openbadges",
    "lrs",
)
_ORIGIN: Final = re.compile(r"https?://[a-z0-9\[\]:._-]+")
SCORE_SCALES: Final = ("0..1", "-1..1")
# Moodle's plug-in computes 2 * share - 1 (Totara runs the same code).
_SYMMETRIC_KINDS: Final = frozenset({"moodle", "totara"})
ROTATION_OVERLAP: Final = timedelta(hours=24)
# What content in a browser needs: to write, and to keep its State; it reads no statements.
CONTENT_SCOPES: Final = ("statements/write", "state")
ANY_ORIGIN: Final = "*"


@dataclass(frozen=True, slots=True)
class NewSource:
    """What an LMS's admin pastes; the secret is shown here once and never again."""

    name: str
    key: str
    secret: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What becomes of a source; empty or None leaves it as it is. Origins of `*` alone are none: any page may call."""

    scopes: Sequence[str] = ()
    xapi_version: str | None = None
    validation: str | None = None
    score_scale: str | None = None
    origins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One row of the list of sources."""

    name: str
    kind: str
    scopes: tuple[str, ...]
    xapi_version: str
    validation: str
    origins: tuple[str, ...]
    keys: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None


def add_source(
    session: Session,
    settings: Settings,
    name: str,
    kind: str = "generic",
    scopes: Sequence[str] = (),
    xapi_version: str = "1.0.3",
    validation: str = "strict",
    score_scale: str | None = None,
    origins: Sequence[str] = (),
    *,
    now: datetime,
    who: str = "command line",
) -> NewSource:
    """Connect an LMS: a source with one key, and its score scale as a policy known from `now`.

    Without scopes the source may do everything with its own statements and documents. `origins` are the web origins
    whose pages may use its keys; without any, every page may.

    Raises:
        InvalidInputError: a value is not one of those allowed.
        ConflictError: the name is taken.
    """
    name = _checked_name(name)
    _check_one_of("kind", kind, KINDS)
    _check_one_of("xapi-version", xapi_version, [version.value for version in Version])
    _check_one_of("validation", validation, ("strict", "lenient"))
    scale = score_scale or ("-1..1" if kind in _SYMMETRIC_KINDS else "0..1")
    _check_one_of("score-scale", scale, SCORE_SCALES)
    wanted = checked_scopes(scopes) or (OWN_SCOPE,)
    taken = f"source {name!r} exists; choose another name, or rotate its secret"
    try:
        with writing(session):
            known = store.source_named(session, name)
            if known is not None and known.revoked_at is not None:
                raise ConflictError(f"source {name!r} is there and revoked; choose another name")
            if known is not None:
                raise ConflictError(taken)
            source_id = store.insert_source(
                session,
                name=name,
                kind=kind,
                scopes=wanted,
                xapi_version=xapi_version,
                validation=validation,
                origins=checked_origins(origins),
                created_at=now,
            )
            store.set_policy(session, SCORE_SCALE + name, scale, now)
            audit(session, now, who, "source.add", name)
            return _new_key(session, settings, source_id, name, None, now, None)
    except IntegrityError as error:
        # Somebody took the name since it was looked for.
        raise ConflictError(taken) from error


def list_sources(session: Session) -> tuple[SourceSummary, ...]:
    """Return every source by name, revoked ones too, with the keys that open the door."""
    keys = store.live_keys(session, clock.now())
    return tuple(
        SourceSummary(
            name=source.name,
            kind=source.kind,
            scopes=source.scopes,
            xapi_version=source.xapi_version,
            validation=source.validation,
            origins=source.origins,
            keys=tuple(item.key for item in keys.get(source.source_id, ())),
            created_at=source.created_at,
            revoked_at=source.revoked_at,
            last_seen_at=source.last_seen_at,
        )
        for source in store.all_sources(session)
    )


def change_source(
    session: Session, name: str, change: SourceChange, now: datetime, *, who: str = "command line"
) -> tuple[str, ...]:
    """Change what a source may do and is held to; return what changed, one phrase each.

    A changed score scale derives again what the source sent.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: the source is revoked.
        InvalidInputError: a value is not one of those allowed.
    """
    if change.xapi_version is not None:
        _check_one_of("xapi-version", change.xapi_version, [version.value for version in Version])
    if change.validation is not None:
        _check_one_of("validation", change.validation, ("strict", "lenient"))
    if change.score_scale is not None:
        _check_one_of("score-scale", change.score_scale, SCORE_SCALES)
    with writing(session):
        source = open_source(session, name)
        wanted: dict[str, tuple[str, str]] = {
            "scopes": (" ".join(source.scopes), " ".join(checked_scopes(change.scopes) or source.scopes)),
            "xapi_version": (source.xapi_version, change.xapi_version or source.xapi_version),
            "validation": (source.validation, change.validation or source.validation),
            "origins": (
                " ".join(source.origins),
                " ".join(checked_origins(change.origins) if change.origins else source.origins),
            ),
        }
        changed = {name: after for name, (before, after) in wanted.items() if before != after}
        store.update_source(session, source.source_id, changed)
        told = [f"{name} {value or 'any'}" for name, value in changed.items()]
        scale = score_scales(session).get(name, "0..1")
        if change.score_scale is not None and change.score_scale != scale:
            store.set_policy(session, SCORE_SCALE + name, change.score_scale, now)
            add_tasks(session, subjects_of_source(session, source.source_id), "policy", None, now)
            told.append(f"score scale {change.score_scale}")
        if told:
            audit(session, now, who, "source.change", f"{name}: {', '.join(told)}")
    return tuple(told)


def revoke_source(session: Session, name: str, now: datetime, *, who: str = "command line") -> None:
    """Close the door to a source; its statements and evidence stay. Acts within seconds in every process.

    Raises:
        NotFoundError: there is no such source.
    """
    with writing(session):
        source = _known_source(session, name)
        if source.revoked_at is None:
            store.revoke(session, source.source_id, now)
            audit(session, now, who, "source.revoke", name)


def rotate_secret(
    session: Session,
    settings: Settings,
    name: str,
    now: datetime,
    *,
    overlap: timedelta = ROTATION_OVERLAP,
    who: str = "command line",
) -> NewSource:
    """Give a source a new key and secret; the old ones go on for `overlap`, so that the LMS loses nothing meanwhile.

    Without any overlap they end now, those of content too: for secrets that leaked.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: the source is revoked.
    """
    with writing(session):
        source = open_source(session, name)
        store.expire_keys(session, source.source_id, now + overlap)
        audit(session, now, who, "source.rotate", name)
        return _new_key(session, settings, source.source_id, name, None, now, None)


def issue_content_key(
    session: Session,
    settings: Settings,
    name: str,
    now: datetime,
    *,
    lifetime: timedelta,
    scopes: Sequence[str] = CONTENT_SCOPES,
    who: str = "command line",
) -> NewSource:
    """Give browser content a key of its own that writes only and ends after `lifetime`: whoever plays it can read it.

    Raises:
        InvalidInputError: a scope is unknown or the lifetime is not positive.
        NotFoundError: there is no such source.
        ConflictError: the source is revoked.
    """
    wanted = checked_scopes(scopes)
    if not wanted or lifetime <= timedelta(0):
        raise InvalidInputError(
            f"key for {name!r}: name at least one scope and a lifetime of more than nothing"
        )
    with writing(session):
        source = open_source(session, name)
        audit(session, now, who, "source.content-key", name)
        return _new_key(session, settings, source.source_id, name, wanted, now, now + lifetime)


def _new_key(
    session: Session,
    settings: Settings,
    source_id: int,
    name: str,
    scopes: Sequence[str] | None,
    now: datetime,
    expires_at: datetime | None,
) -> NewSource:
    key, secret = secrets.token_hex(12), secrets.token_hex(32)
    store.insert_key(
        session,
        source_id=source_id,
        key=key,
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        scopes=scopes,
        created_at=now,
        expires_at=expires_at,
    )
    return NewSource(name, key, secret, f"{settings.base_url}/xapi/")


def checked_origins(origins: Sequence[str]) -> tuple[str, ...]:
    """Return web origins as browsers send them, once each; none where any page may call (`*`).

    Raises:
        InvalidInputError: one of them is no origin.
    """
    if tuple(origins) == (ANY_ORIGIN,):
        return ()
    found: dict[str, None] = {}
    for origin in origins:
        lowered = origin.strip().lower().rstrip("/")
        if not _ORIGIN.fullmatch(lowered):
            raise InvalidInputError(
                f"origin: {origin!r} is none; give scheme and host, such as https://courses.example.org"
            )
        found[lowered] = None
    return tuple(found)


def _known_source(session: Session, name: str) -> store.StoredSource:
    source = store.source_named(session, name)
    if source is None:
        raise NotFoundError(f"source {name!r} does not exist; see 'lms-bridge source list'")
    return source


def open_source(session: Session, name: str) -> store.StoredSource:
    """Return a source that is in use.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: the source is revoked.
    """
    source = _known_source(session, name)
    if source.revoked_at is not None:
        raise ConflictError(f"source {name!r} is revoked; add a new one")
    return source


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\s\x00-\x1f\x7f])?", name):
        raise InvalidInputError(f"name: {name!r} is no name of a source; give 1 to 100 printable characters")
    return name


def _check_one_of(what: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InvalidInputError(f"{what}: {value!r} is not allowed; allowed are {', '.join(allowed)}")
