"""Badges of invented issuers, signed as real ones are: JWT and Data Integrity, baked into images, with a status list."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from openbadgeslib.keys import public_jwk_from_pem
from openbadgeslib.ob3 import (
    Achievement,
    Alignment,
    IdentityObject,
    Issuer,
    OB3LdpSigner,
    OB3Signer,
    OpenBadgeCredential,
    build_did_document,
    build_status_list_credential,
    did_key_from_pem,
    sign_status_list_credential,
    status_entry,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><circle r="1"/></svg>'
ISSUED = datetime(2026, 3, 4, 10, tzinfo=UTC)
STATUS_URL = "https://academy.example/status/1"


def new_key() -> bytes:
    """Return a new private key as PEM."""
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_of(private: bytes) -> bytes:
    key = load_pem_private_key(private, None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Academy:
    """An issuer: `did` is did:web unless another id is given. `revoked` are the indices that its status list has set."""

    issuer_id: str = "did:web:academy.example"
    private: bytes = field(default_factory=new_key)
    revoked: set[int] = field(default_factory=set)
    is_reachable: bool = True
    asked: list[str] = field(default_factory=list)

    @cached_property
    def public(self) -> bytes:
        return public_of(self.private)

    @classmethod
    def self_asserted(cls) -> Academy:
        """Return an issuer whose id is its key."""
        private = new_key()
        return cls(did_key_from_pem(public_of(private)), private)

    def credential(
        self,
        skill: str | None = "urn:co:first-aid",
        recipient: str | None = "mailto:ada@example.com",
        *,
        number: int = 1,
        issued: datetime = ISSUED,
        until: datetime | None = None,
        status: int | None = None,
        hashed: str | None = None,
    ) -> OpenBadgeCredential:
        """Return a credential of first aid, not signed yet."""
        alignments = [Alignment("First aid", skill)] if skill else []
        return OpenBadgeCredential(
            issuer=Issuer(self.issuer_id, "Academy"),
            recipient_id=recipient,
            achievement=Achievement(
                id="https://academy.example/badges/first-aid",
                name="First aid at work",
                description="Two days with an exercise.",
                criteria_narrative="Pass the exercise.",
                alignments=alignments,
            ),
            id=f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            issuance_date=issued,
            expiration_date=until,
            credential_status=[] if status is None else [status_entry(STATUS_URL, "revocation", status)],
            identifiers=[] if hashed is None else [IdentityObject.create(hashed, "salt")],
        )

    def jwt(self, **fields: Any) -> bytes:
        return OB3Signer(self.private, "EdDSA").sign(self.credential(**fields)).encode()

    def document(self, **fields: Any) -> bytes:
        """Return the credential with a Data Integrity proof."""
        credential = self.credential(**fields)
        if self.issuer_id.startswith("did:web:"):
            signer = OB3LdpSigner(self.private, verification_method=f"{self.issuer_id}#key-1")
        else:
            signer = OB3LdpSigner(self.private)
        return json.dumps(signer.sign(credential)).encode()

    def svg(self, **fields: Any) -> bytes:
        return bytes(OB3Signer(self.private, "EdDSA").sign_into_svg(self.credential(**fields), SVG))

    def download(self, url: str) -> bytes:
        """Answer what the issuer publishes: its DID document and its status list."""
        self.asked.append(url)
        if not self.is_reachable:
            raise OSError("no route to host")
        if url == "https://academy.example/.well-known/did.json":
            return json.dumps(
                build_did_document(self.issuer_id, [("key-1", public_jwk_from_pem(self.public))])
            ).encode()
        if url == STATUS_URL:
            listed = build_status_list_credential(self.issuer_id, STATUS_URL, "revocation", self.revoked)
            return str(sign_status_list_credential(listed, self.private, "EdDSA")).encode()
        raise OSError(f"404: {url}")
