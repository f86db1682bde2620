"""The connected LMSs and their keys. A secret is kept only as its SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.models.skills import Policy
from lms_bridge.store.models.statements import Source, SourceKey, SourcePull, Statement


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it stands in the database; `scopes` in the order given."""

    source_id: int
    name: str
    kind: str
    scopes: tuple[str, ...]
    xapi_version: str
    validation: str
    origins: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    denied_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key with its source; `key_scopes` None means those of the source."""

    key: str
    secret_sha256: bytes
    key_scopes: tuple[str, ...] | None
    expires_at: datetime | None
    source: StoredSource


def source_named(session: Session, name: str) -> StoredSource | None:
    """Return the source called `name`, revoked or not."""
    row = session.execute(select(Source).where(Source.name == name)).scalar_one_or_none()
    return None if row is None else _stored(row)


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A key that opens the door: whether it is one for content, with scopes of its own, and when it ends."""

    key: str
    is_for_content: bool
    ends_at: datetime | None


def all_sources(session: Session) -> tuple[StoredSource, ...]:
    """Return every source by name."""
    rows = session.execute(select(Source).order_by(Source.name)).scalars()
    return tuple(_stored(row) for row in rows)


def source_by_id(session: Session, source_id: int) -> StoredSource | None:
    """Return one source."""
    row = session.execute(select(Source).where(Source.source_id == source_id)).scalar_one_or_none()
    return None if row is None else _stored(row)


def live_keys(session: Session, now: datetime) -> Mapping[int, Sequence[LiveKey]]:
    """Return the keys that open the door at `now`, oldest first, by source id."""
    found: dict[int, list[LiveKey]] = {}
    for source_id, key, scopes, expires_at in session.execute(
        select(SourceKey.source_id, SourceKey.key, SourceKey.scopes, SourceKey.expires_at)
        .where(
            SourceKey.revoked_at.is_(None), or_(SourceKey.expires_at.is_(None), SourceKey.expires_at > now)
        )
        .order_by(SourceKey.created_at, SourceKey.key)
    ):
        found.setdefault(source_id, []).append(LiveKey(key, scopes is not None, expires_at))
    return found


def usable_key(session: Session, key: str, now: datetime) -> StoredKey | None:
    """Return a key that opens the door at `now`: neither it nor its source is revoked, and it has not expired."""
    row = session.execute(
        select(SourceKey, Source)
        .join(Source, Source.source_id == SourceKey.source_id)
        .where(
            SourceKey.key == key,
            SourceKey.revoked_at.is_(None),
            Source.revoked_at.is_(None),
            or_(SourceKey.expires_at.is_(None), SourceKey.expires_at > now),
        )
    ).one_or_none()
    if row is None:
        return None
    found, source = row
    scopes = None if found.scopes is None else tuple(found.scopes.split())
    return StoredKey(found.key, bytes(found.secret_sha256), scopes, found.expires_at, _stored(source))


def insert_source(
    session: Session,
    *,
    name: str,
    kind: str,
    scopes: Iterable[str],
    xapi_version: str,
    validation: str,
    origins: Iterable[str],
    created_at: datetime,
) -> int:
    """Insert a source and return its id."""
    source = Source(
        name=name,
        kind=kind,
        scopes=" ".join(scopes),
        xapi_version=xapi_version,
        validation=validation,
        origins=" ".join(origins) or None,
        created_at=created_at,
    )
    session.add(source)
    session.flush()
    return source.source_id


def insert_key(
    session: Session,
    *,
    source_id: int,
    key: str,
    secret_sha256: bytes,
    scopes: Iterable[str] | None,
    created_at: datetime,
    expires_at: datetime | None,
) -> None:
    """Insert a key of a source."""
    session.execute(
        insert(SourceKey).values(
            key=key,
            source_id=source_id,
            secret_sha256=secret_sha256,
            scopes=None if scopes is None else " ".join(scopes),
            created_at=created_at,
            expires_at=expires_at,
        )
    )


def expire_keys(session: Session, source_id: int, expires_at: datetime) -> None:
    """Let every key of a source end at `expires_at`; one that ends earlier stays as it is."""
    session.execute(
        update(SourceKey)
        .where(
            SourceKey.source_id == source_id,
            SourceKey.revoked_at.is_(None),
            or_(SourceKey.expires_at.is_(None), SourceKey.expires_at > expires_at),
        )
        .values(expires_at=expires_at)
    )


def update_source(session: Session, source_id: int, values: Mapping[str, str]) -> None:
    """Change columns of a source; an empty text is none."""
    if values:
        changed = {name: value or None for name, value in values.items()}
        session.execute(update(Source).where(Source.source_id == source_id).values(**changed))


def subjects_of_source(session: Session, source_id: int) -> tuple[str, ...]:
    """Return who has statements of a source, as subjects of derivation."""
    rows = session.execute(select(Statement.agent_id).where(Statement.source_id == source_id).distinct())
    return tuple(f"agent:{agent_id}" for agent_id in sorted(rows.scalars()))


def allows_origin(session: Session, origin: str) -> bool:
    """Tell whether a page of `origin` may use the keys of some source: named by it, or by a source that names none."""
    rows = session.execute(select(Source.origins).where(Source.revoked_at.is_(None))).scalars()
    return any(origins is None or origin in origins.split() for origins in rows)


def is_key(session: Session, key: str) -> bool:
    """Tell whether a key exists, revoked or not."""
    return session.execute(select(SourceKey.key).where(SourceKey.key == key)).first() is not None


def note_denied(session: Session, key: str, now: datetime) -> None:
    """Note that a key came with a wrong secret; an unknown key changes nothing."""
    owner = select(SourceKey.source_id).where(SourceKey.key == key)
    session.execute(update(Source).where(Source.source_id.in_(owner)).values(denied_at=now))


def pull_of(session: Session, source_id: int, endpoint: str) -> datetime | None:
    """Return the instant up to which another LRS has been read for a source, None before the first time."""
    return session.execute(
        select(SourcePull.since).where(SourcePull.source_id == source_id, SourcePull.endpoint == endpoint)
    ).scalar_one_or_none()


def set_pull(
    session: Session, source_id: int, endpoint: str, since: datetime | None, read: int, now: datetime
) -> None:
    """Note how far another LRS has been read, and that `read` more statements came."""
    key = (SourcePull.source_id == source_id, SourcePull.endpoint == endpoint)
    known = session.execute(select(SourcePull.statements).where(*key)).scalar_one_or_none()
    if known is None:
        session.execute(
            insert(SourcePull).values(
                source_id=source_id, endpoint=endpoint, since=since, statements=read, updated_at=now
            )
        )
    else:
        session.execute(
            update(SourcePull).where(*key).values(since=since, statements=known + read, updated_at=now)
        )


def revoke(session: Session, source_id: int, now: datetime) -> None:
    """Revoke a source and all its keys."""
    session.execute(update(Source).where(Source.source_id == source_id).values(revoked_at=now))
    session.execute(
        update(SourceKey)
        .where(SourceKey.source_id == source_id, SourceKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def touch(session: Session, source_id: int, seen_at: datetime) -> None:
    """Note when a source was last seen; an earlier instant changes nothing."""
    session.execute(
        update(Source)
        .where(
            Source.source_id == source_id,
            or_(Source.last_seen_at.is_(None), Source.last_seen_at < seen_at),
        )
        .values(last_seen_at=seen_at)
    )


def set_policy(session: Session, name: str, value: str, now: datetime) -> None:
    """Let the policy `name` be `value` from `now` on, in knowledge; the same value changes nothing."""
    row = session.execute(
        select(Policy).where(Policy.name == name, Policy.known_to.is_(None))
    ).scalar_one_or_none()
    if row is not None and row.value == value:
        return
    if row is not None:
        session.execute(update(Policy).where(Policy.row_id == row.row_id).values(known_to=now))
    session.execute(insert(Policy).values(name=name, value=value, known_from=now, known_to=None))


def _stored(row: Source) -> StoredSource:
    return StoredSource(
        source_id=row.source_id,
        name=row.name,
        kind=row.kind,
        scopes=tuple(row.scopes.split()),
        xapi_version=row.xapi_version,
        validation=row.validation,
        origins=tuple((row.origins or "").split()),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        last_seen_at=row.last_seen_at,
        denied_at=row.denied_at,
    )
