"""What the page of micro-credentials says: each credential with what became of it, and what was decided of issuers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential: outcome is recognised, unrecognised or refused; `holders` are ids and names, none where it waits."""

    award_id: str
    name: str
    issuer_id: str
    issuer_name: str
    awarded_on: date
    last_valid_day: date | None
    outcome: str
    reason: str
    skills: tuple[str, ...]
    holders: tuple[tuple[str, str], ...]
    checked_at: datetime

    @property
    def waits_for_person(self) -> bool:
        """Whether nobody had the account that it was given to, on the day of the award."""
        return not self.holders


@dataclass(frozen=True, slots=True)
class IssuerLine:
    """An issuer: `tier` is trusted, known, refused, or "" where nothing is decided; what its badges then give.

    With an `achievement_id` it is one badge of the issuer that was decided on by itself, and `name` the badge's. `gaps`
    are the unmet requirements today in which its badges are held and do not count.
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
    gaps: int


@dataclass(frozen=True, slots=True)
class BadgeOffered:
    """A badge that an issuer gives: what it says it is about and what it asks of who earns it, as far as it says so."""

    issuer_id: str
    achievement_id: str
    name: str
    issuer_name: str
    description: str
    criteria: str
    skills: tuple[str, ...]
    credentials: int
    gaps: int


@dataclass(frozen=True, slots=True)
class CredentialsPage:
    """All credentials, latest award first; all issuers, those that wait for a decision first; the badges known here."""

    credentials: tuple[CredentialLine, ...]
    issuers: tuple[IssuerLine, ...]
    badges: tuple[BadgeOffered, ...]
