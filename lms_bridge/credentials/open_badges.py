"""Open Badges 3.0: what a verified credential says, whom it may mean, and what becomes of it under an issuer's standing.

Pure: proofs and statuses are checked elsewhere. A badge is recognised where its issuer is trusted; what it gives then is the
company's policy for that issuer, because a signature says who issued it and nothing of how the skill was tested.
Source: Open Badges Specification 3.0 (1EdTech), `AchievementCredential`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Generic, Literal, TypeVar
from uuid import uuid5

from lms_bridge.credentials.awards import AWARD_NAMESPACE
from lms_bridge.skills.strengths import Strength

Anchor = Literal["pinned key", "issuer's DID", "carried key"]
Tier = Literal["trusted", "known", "refused"]
IssuerDoubt = Literal["undecided", "known", "unanchored"]
Decision = TypeVar("Decision")
Outcome = Literal["recognised", "unrecognised", "refused"]

CARRIED: Final = "carried key"
_RESTS_ON: Final[dict[str, str]] = {
    "pinned key": "the key that was pinned for its issuer",
    "issuer's DID": "the key that its issuer publishes",
    CARRIED: "the key that is its issuer's id",
}
TIERS: Final[tuple[Tier, ...]] = ("trusted", "known", "refused")


@dataclass(frozen=True, slots=True)
class Alignment:
    """What an achievement says it is about: the address or the code of a skill in somebody's framework."""

    target: str
    name: str
    code: str
    framework: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a badge was given to: an agent key, or the salted digest of an e-mail address (`sha256$…`)."""

    key: str | None
    digest: str | None = None
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A credential whose proof holds. Days are the company's; `last_valid_day` is inclusive.

    `anchor` says what the proof rests on: a key that the operator pinned, the issuer's own DID, or only a key that came
    along, which proves that nothing was changed and not who issued it. `has_status` says that it names where its issuer
    tells whether it still holds. `issued_at` is the instant of its award.
    """

    credential_id: str
    issuer_id: str
    issuer_name: str
    achievement_id: str
    name: str
    alignments: tuple[Alignment, ...]
    recipients: tuple[Recipient, ...]
    awarded_on: date
    last_valid_day: date | None
    anchor: Anchor
    proof: str
    has_status: bool = False
    issued_at: datetime | None = None

    @property
    def award_id(self) -> str:
        """The UUIDv5 of the content: the same credential again is the same award, also once a digest's owner is found."""
        parts = [
            self.issuer_id,
            self.credential_id,
            self.achievement_id,
            self.name,
            self.awarded_on.isoformat(),
        ]
        parts.append(self.last_valid_day.isoformat() if self.last_valid_day else "")
        parts += [f"{item.target} {item.code}" for item in self.alignments]
        parts += [
            f" {item.digest} {item.salt}" if item.digest else f"{item.key or ''}  {item.salt}"
            for item in self.recipients
        ]
        return str(uuid5(AWARD_NAMESPACE, "\x1f".join(["open badge", *parts])))


def is_anchored(anchor: str, issuer_id: str) -> bool:
    """Tell whether a proof shows who issued: a key that came along does so only of an issuer that is that key."""
    return anchor != CARRIED or issuer_id.startswith("did:key:")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the company decided of an issuer, and what its badges give: strength and level in the skills they name."""

    tier: Tier
    strength: Strength
    level: int


def issuer_doubt(tier: str | None, anchor: str, issuer_id: str) -> IssuerDoubt | None:
    """Return why a badge whose proof holds is no evidence yet; None where its issuer is trusted and shown, or refused."""
    if tier == "refused":
        return None
    if tier == "trusted":
        return None if is_anchored(anchor, issuer_id) else "unanchored"
    return "known" if tier == "known" else "undecided"


@dataclass(frozen=True, slots=True)
class Known(Generic[Decision]):
    """A decision with the interval in which it was known; `known_to` None is open."""

    known_from: datetime
    known_to: datetime | None
    decision: Decision


def in_force(special: Sequence[Known[Decision]], general: Sequence[Known[Decision]]) -> list[Known[Decision]]:
    """Return which decision is in force when: what was decided of one badge goes before what was decided of its issuer.

    The intervals of `special` do not overlap each other, nor do those of `general`.
    """
    found = list(special)
    for item in general:
        begin: datetime | None = item.known_from
        for other in sorted(special, key=lambda known: known.known_from):
            if begin is None or (item.known_to is not None and other.known_from >= item.known_to):
                break
            if other.known_to is not None and other.known_to <= begin:
                continue
            if other.known_from > begin:
                found.append(Known(begin, other.known_from, item.decision))
            begin = other.known_to
        if begin is not None and (item.known_to is None or begin < item.known_to):
            found.append(Known(begin, item.known_to, item.decision))
    return sorted(found, key=lambda known: known.known_from)


def judged(badge: Badge, standing: Standing | None, who: str = "") -> tuple[Outcome, str]:
    """Return what becomes of a badge under its issuer's standing, and why in a sentence; None is an undecided issuer.

    `who` is how the issuer is called, by default with its id.
    """
    who = who or f"{badge.issuer_name} ({badge.issuer_id})"
    if standing is not None and standing.tier == "refused":
        return "refused", f"the issuer {who} is refused by decision"
    if standing is None or standing.tier == "known":
        word = "not decided" if standing is None else "known and not trusted"
        carried = "; its key came with the badge and proves only that nothing was changed"
        return (
            "unrecognised",
            f"the issuer {who} is {word}{'' if is_anchored(badge.anchor, badge.issuer_id) else carried}",
        )
    if not is_anchored(badge.anchor, badge.issuer_id):
        return (
            "unrecognised",
            f"the issuer {who} is trusted, but nothing ties the key to it; pin the issuer's key with --key, then import the badge again",
        )
    return "recognised", f"verified by {_RESTS_ON[badge.anchor]}; the issuer {who} is trusted"


def agent_key_of(recipient_id: str) -> str:
    """Return the agent key that a subject's id means: an e-mail address, or the id itself as an OpenID."""
    text = recipient_id.strip()
    if text.lower().startswith("mailto:"):
        return f"mbox:{text.lower()}"
    if "@" in text and ":" not in text.partition("@")[0]:
        return f"mbox:mailto:{text.lower()}"
    return f"openid:{text}"


def is_of(digest: str, salt: str, agent_key: str) -> bool:
    """Tell whether the salted digest of a badge's recipient is that of an account's e-mail address."""
    address = agent_key.removeprefix("mbox:mailto:")
    kind, _, expected = digest.partition("$")
    if address == agent_key or kind != "sha256":
        return False
    return hashlib.sha256((address + salt).encode()).hexdigest() == expected.lower()


def owner_of(recipient: Recipient, agent_keys: Iterable[str]) -> str | None:
    """Return the agent key that a recipient means: its own, or the one of `agent_keys` whose digest it is."""
    if recipient.key is not None or recipient.digest is None:
        return recipient.key
    return next((key for key in agent_keys if is_of(recipient.digest, recipient.salt, key)), None)
