"""What the page of micro-credentials says: each credential with what became of it, and what was decided of issuers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential: outcome is recognised, unrecognised or refused; `waits_for_person`: nobody's account was given it."""

    award_id: str
    name: str
    issuer_id: str
    issuer_name: str
    awarded_on: date
    last_valid_day: date | None
    outcome: str
    reason: str
    skills: tuple[str, ...]
    waits_for_person: bool
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class IssuerLine:
    """An issuer: `tier` is trusted, known, refused, or "" where nothing is decided; what its badges then give.

    With an `achievement_id` it is one badge of the issuer that was decided on by itself, and `name` the badge's.
    """

    issuer_id: str
    achievement_id: str
    name: str
    tier: str
    strength: str
    level: int | None
    has_key: bool
    reason: str
    credentials: int


@dataclass(frozen=True, slots=True)
class CredentialsPage:
    """All credentials, latest award first, and all issuers, those that wait for a decision first.

    `badges` are those known here: issuer, achievement, name.
    """

    credentials: tuple[CredentialLine, ...]
    issuers: tuple[IssuerLine, ...]
    badges: tuple[tuple[str, str, str], ...]
