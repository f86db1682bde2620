"""Use case: import one release of a skill framework, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError
from lms_bridge.pipeline.credentials import queue_holders_naming
from lms_bridge.skills.formats import Progress, read_framework
from lms_bridge.skills.frameworks import GROUP_KINDS
from lms_bridge.store.database import claim_tables, writing
from lms_bridge.store.framework_releases import Renamed, digest_in_force, write_release


@dataclass(frozen=True, slots=True)
class FrameworkImportResult:
    """What an import did. `is_unchanged`: this content is in force already and nothing was written.

    `skills` counts what persons can have, `concepts` groups too. `appeared`, `vanished` and `renamed` compare with the
    release before; on a first import every concept appears. `remarks` are sentences for HR about what was kept although it
    looks wrong.
    """

    name: str
    version: str
    digest: str
    skills: int
    concepts: int
    is_unchanged: bool
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    renamed: tuple[Renamed, ...]
    remarks: tuple[str, ...]


def import_framework(
    session: Session,
    *,
    format: str,  # noqa: A002 - the word of the command line and of the stored release
    files: Mapping[str, bytes],
    name: str | None = None,
    version: str | None = None,
    known_at: datetime | None = None,
    progress: Progress | None = None,
    dry_run: bool = False,
    replaces: str | None = None,
) -> FrameworkImportResult:
    """Read `files` (names, best with their folder's, to content) and put the release in force at `known_at`, or now.

    The files are read before the transaction opens; reading and writing all of ESCO takes a few seconds. Skills that the
    release leaves out stay as vanished, so that no evidence loses its skill. With `dry_run` the result tells what would
    change, and nothing is written. `replaces` is the digest of the release that this one was made from.

    Raises:
        InvalidInputError: the format is unknown.
        FileRefusedError: a file cannot be used; nothing was written.
        ConflictError: the name or a skill belongs to another framework, a later release is in force, or another one than
            it `replaces`.
    """
    tell = progress or _silent
    release = read_framework(format, files, name=name, version=version, progress=tell)
    with writing(session):
        claim_tables(session, "framework_release")
        known_at = known_at or clock.now()
        if replaces is not None and digest_in_force(session, release.name) != replaces:
            raise ConflictError(
                f"framework {release.name!r} was changed meanwhile; look at it and change it again"
            )
        change = write_release(session, release, known_at, tell)
        queue_holders_naming(session, change.appeared, known_at)
        if dry_run:
            session.rollback()
    return FrameworkImportResult(
        name=release.name,
        version=release.version,
        digest=release.digest,
        skills=sum(skill.kind not in GROUP_KINDS for skill in release.skills),
        concepts=len(release.skills),
        is_unchanged=change.is_unchanged,
        appeared=change.appeared,
        vanished=change.vanished,
        renamed=change.renamed,
        remarks=release.remarks,
    )


def _silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
