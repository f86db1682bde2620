"""Verifying Open Badges 3.0: the proof, the validity and the status of a credential, with what its issuer publishes.

In: the bytes of a file (a JSON document, a compact JWT, or an image that one is baked into). Out: what the credential says,
or a refusal. The issuer's keys and status lists are fetched by HTTPS alone, from public addresses, bounded in size and
time; the library does both. Sources: Open Badges 3.0, VC Data Integrity, VC-JWT, Bitstring Status List.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

import jwt
import orjson
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import (
    OB3LdpVerifier,
    OB3VerificationError,
    OB3Verifier,
    OpenBadgeCredential,
    check_credential_status,
    resolve_did,
)

from lms_bridge.credentials.open_badges import Alignment, Anchor, Badge, Recipient, agent_key_of
from lms_bridge.errors import InvalidInputError

# What issuers write who mean that a badge has no end.
_NEVER_YEAR: Final = 9999
MOST_BYTES: Final = 5_000_000
Download = Callable[[str], bytes]
PinnedKey = Callable[[str], bytes | None]
_STATUS_SET: Final = re.compile(r"Credential status '(\w+)' is set")


class BadgeRefusedError(InvalidInputError):
    """The credential is none, its proof does not hold, it is out of its time, or its status cannot be told."""


class BadgeRevokedError(BadgeRefusedError):
    """The proof holds, and the issuer has taken the credential back; `badge` is what it said."""

    def __init__(self, message: str, badge: Badge) -> None:
        super().__init__(message)
        self.badge = badge


def verify_badge(
    content: bytes, pinned_key: PinnedKey, zone: tzinfo, download: Download | None = None
) -> Badge:
    """Return what a credential says whose proof holds and which its issuer has not taken back.

    `pinned_key` gives the PEM key that the operator pinned for an issuer, None for none; `download` replaces the way to
    the network.

    Raises:
        BadgeRefusedError: with the reason.
        BadgeRevokedError: it is revoked or suspended.
    """
    text = _credential_text(content)
    try:
        credential, anchor, proof, key = _verified(text, pinned_key, download)
        badge = _badge(credential, anchor, proof, zone)
    except LibOpenBadgesException as error:
        raise BadgeRefusedError(str(error)) from error
    except OverflowError as error:
        raise BadgeRefusedError(f"a date in it is beyond the calendar: {error}") from error
    try:
        check_credential_status(credential, download, verify_list=True, list_pubkey_pem=key)
    except LibOpenBadgesException as error:
        taken = _STATUS_SET.match(str(error))
        if taken:
            word = {"revocation": "revoked", "suspension": "suspended"}.get(taken[1], taken[1])
            raise BadgeRevokedError(f"the issuer has {word} it", badge) from error
        raise BadgeRefusedError(f"whether it still holds cannot be told: {error}; try again later") from error
    return badge


def achievement_texts(content: bytes) -> tuple[str, str]:
    """Return what a credential that was verified before says it is about, and what it asks of who earns it.

    "" where it says nothing; criteria that are an address alone are that address.
    """
    found = _first(_first(_said(content).get("credentialSubject")).get("achievement"))
    criteria = _first(found.get("criteria"))
    return _text(found.get("description")), _text(criteria.get("narrative")) or _text(criteria.get("id"))


def names_status(content: bytes) -> bool:
    """Tell whether a credential that was verified before names where its issuer tells that it still holds."""
    return bool(_said(content).get("credentialStatus"))


def issued_at(content: bytes) -> datetime | None:
    """Return the instant from which a credential that was verified before says that it holds; None where it is unreadable."""
    said = _said(content)
    try:
        found = datetime.fromisoformat(_text(said.get("validFrom") or said.get("issuanceDate")))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _said(content: bytes) -> dict[str, Any]:
    text = _credential_text(content)
    said = orjson.loads(text) if text.startswith("{") else _claims(text)
    found = said.get("vc", said)
    return found if isinstance(found, dict) else {}


def _first(value: Any) -> dict[str, Any]:
    """Return an object, or the first of several."""
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    """Return a text, or that of a language object (JSON-LD); "" where it is neither."""
    if isinstance(value, list):
        value = value[0] if value else ""
    found = value.get("@value") if isinstance(value, dict) else value
    return found.strip() if isinstance(found, str) else ""


def _credential_text(content: bytes) -> str:
    """Return the document or the token of a file, taken out of an image where it is one."""
    if len(content) > MOST_BYTES:
        raise BadgeRefusedError(f"the file has more than {MOST_BYTES} bytes, which no badge has")
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return str(OB3Verifier.extract_token_from_png(content))
        text = content.decode("utf-8-sig").strip()
        if text.startswith("<"):
            return str(OB3Verifier.extract_token_from_svg(content))
    except (LibOpenBadgesException, UnicodeDecodeError) as error:
        raise BadgeRefusedError(
            f"no Open Badge can be read from the file ({error}); give the credential as JSON, JWT, PNG or SVG"
        ) from error
    return text


def _verified(
    text: str, pinned_key: PinnedKey, download: Download | None
) -> tuple[OpenBadgeCredential, Anchor, str, bytes | None]:
    """Check the proof with the best key there is; return the credential, what the proof rests on, its kind, the key."""
    if text.startswith("{"):
        document = _document(text)
        issuer = _id_of(document.get("issuer"))
        pinned = pinned_key(issuer)
        if pinned is not None:
            return OB3LdpVerifier(pinned).verify(document), "pinned key", "ldp", pinned
        if issuer.startswith("did:"):
            found = OB3LdpVerifier.for_issuer_did(issuer, download).verify(document, download=download)
            return found, _anchor_of(issuer), "ldp", None
        carried = _carried_key(document)
        return OB3LdpVerifier(carried).verify(document), "carried key", "ldp", carried
    claims = _claims(text)
    body = claims.get("vc")
    issuer = _id_of(claims.get("iss") or (body if isinstance(body, dict) else claims).get("issuer"))
    pinned = pinned_key(issuer)
    if pinned is not None:
        return OB3Verifier(pinned).verify(text), "pinned key", "vc-jwt", pinned
    if issuer.startswith("did:"):
        found = OB3Verifier.for_issuer_did(issuer, download).verify(text)
        return found, _anchor_of(issuer), "vc-jwt", None
    raise OB3VerificationError(
        f"the issuer {issuer!r} publishes no key that can be found; pin it: lms-bridge issuer trust … --key FILE"
    )


def _anchor_of(issuer: str) -> Anchor:
    """A did:key is the key itself: it shows that nothing was changed. did:web is tied to a name by DNS and TLS."""
    return "carried key" if issuer.startswith("did:key:") else "issuer's DID"


def _document(text: str) -> dict[str, Any]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadgeRefusedError(f"the file is no JSON: {error}") from error
    if not isinstance(document, dict) or "credentialSubject" not in document:
        raise BadgeRefusedError("the JSON is no credential: it has no credentialSubject")
    if "proof" not in document:
        raise BadgeRefusedError(
            "the credential has no proof, so anybody can have written it; get the signed one"
        )
    return document


def _claims(text: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
    except (jwt.exceptions.PyJWTError, ValueError) as error:
        raise BadgeRefusedError("the file is neither JSON nor a JWT nor an image with one in it") from error
    return claims


def _id_of(value: Any) -> str:
    found = value.get("id") if isinstance(value, dict) else value
    if not isinstance(found, str) or not found:
        raise BadgeRefusedError("the credential names no issuer")
    if any("\ud800" <= letter <= "\udfff" or letter == "\x00" for letter in found):
        raise BadgeRefusedError("the issuer's id is no text in UTF-8")
    return found


def _carried_key(document: dict[str, Any]) -> bytes:
    """Return the key that a proof's verification method is itself, a did:key."""
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    for proof in proofs:
        method = proof.get("verificationMethod") if isinstance(proof, dict) else None
        if isinstance(method, str) and method.startswith("did:key:"):
            return bytes(resolve_did(method.partition("#")[0]))
    raise OB3VerificationError(
        "the proof's key cannot be found; pin the issuer's: lms-bridge issuer trust … --key FILE"
    )


def _badge(credential: OpenBadgeCredential, anchor: Anchor, proof: str, zone: tzinfo) -> Badge:
    achievement = credential.achievement
    if not achievement.id or not credential.id or credential.issuance_date is None:
        raise BadgeRefusedError("the credential lacks its id, its achievement or the day it was issued")
    until = credential.expiration_date
    return Badge(
        credential_id=credential.id,
        issuer_id=credential.issuer.id,
        issuer_name=_text(credential.issuer.name) or credential.issuer.id,
        achievement_id=achievement.id,
        name=_text(credential.name) or _text(achievement.name) or achievement.id,
        alignments=tuple(_alignments(achievement.alignments)),
        recipients=tuple(_recipients(credential)),
        awarded_on=credential.issuance_date.astimezone(zone).date(),
        last_valid_day=None if until is None else _last_day(until, zone),
        anchor=anchor,
        proof=proof,
        has_status=bool(credential.credential_status),
        issued_at=credential.issuance_date,
    )


def _last_day(until: datetime, zone: tzinfo) -> date | None:
    """Return the last day on which an instant is not reached: midnight ends the day before. None is "never"."""
    if until.year >= _NEVER_YEAR:
        return None
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def _alignments(found: Iterable[Any]) -> Iterable[Alignment]:
    for item in found:
        yield Alignment(
            target=str(item.target_url or ""),
            name=str(item.target_name or ""),
            code=str(item.target_code or ""),
            framework=str(item.target_framework or ""),
        )


def _recipients(credential: OpenBadgeCredential) -> Iterable[Recipient]:
    if credential.recipient_id:
        yield Recipient(agent_key_of(credential.recipient_id))
    for identity in credential.identifiers:
        if identity.identity_type != "emailAddress":
            continue
        if identity.hashed:
            yield Recipient(None, identity.identity_hash, identity.salt or "")
        else:
            yield Recipient(agent_key_of(identity.identity_hash))


def read_public_key(content: bytes) -> bytes:
    """Return a public key as PEM.

    Raises:
        InvalidInputError: it is none that proofs of Open Badges are made with.
    """
    try:
        OB3Verifier(content)
    except (LibOpenBadgesException, ValueError, TypeError) as error:
        raise InvalidInputError(
            f"key: this is no public key in PEM form ({error}); give RSA, P-256 or Ed25519 as -----BEGIN PUBLIC KEY-----"
        ) from error
    return content
