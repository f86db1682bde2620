"""Signed statements: a JSON web signature as an attachment (1.0.3 Data 2.6, RFC 7515).

The signature is checked to catch mistakes, not as a security measure: without a certificate in the header only its
form and payload are checked. Whether a signer is trusted is decided where evidence is derived.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from lms_bridge.xapi.parsing import parse_json
from lms_bridge.xapi.violations import Violation, shown

SIGNATURE_USAGE = "http://adlnet.gov/expapi/attachments/signature"
SIGNATURE_CONTENT_TYPE = "application/octet-stream"
# XAPI-00117: RSA with SHA-2 is all that a statement may be signed by.
_ALGORITHMS: dict[str, type[HashAlgorithm]] = {"RS256": SHA256, "RS384": SHA384, "RS512": SHA512}


@dataclass(frozen=True, slots=True)
class SignedPayload:
    """What a well-formed signature signs: the payload's JSON text and its object."""

    text: bytes
    statement: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadSignature:
    """Why a signature is malformed: the requirement that it breaks and a message."""

    requirement: str
    message: str


def read_signature(content: bytes) -> SignedPayload | BadSignature:
    """Take a compact JWS apart, and check it against the certificate in its header where there is one."""
    segments = content.strip().split(b".")
    decoded = [_decode(segment) for segment in segments]
    if len(decoded) != 3 or not all(decoded):
        message = (
            "the signature is no compact JWS of three base64url segments; sign with JWS Compact Serialization"
        )
        return BadSignature("XAPI-00115", message)
    head, payload, signature = (segment or b"" for segment in decoded)
    header = parse_json(head)
    if isinstance(header, Violation) or not isinstance(header, dict):
        return BadSignature(
            "XAPI-00115", "the header of the signature is no JSON object; sign with a JWS library"
        )
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        message = f"the signature has alg {shown(algorithm)}; sign with RS256, RS384 or RS512"
        return BadSignature("XAPI-00117", message)
    statement = parse_json(payload)
    if isinstance(statement, Violation) or not isinstance(statement, dict):
        # XAPI-00116: the payload is the JSON of the statement before signing.
        return BadSignature(
            "XAPI-00116", "the payload of the signature is no JSON object; sign the statement's JSON"
        )
    if "x5c" in header:
        signed = b".".join(segments[:2])
        message = _certificate_problem(header["x5c"], _ALGORITHMS[algorithm](), signed, signature)
        if message:
            return BadSignature("XAPI-00117", message)
    return SignedPayload(payload, statement)


def _decode(segment: bytes) -> bytes | None:
    try:
        return base64.b64decode(segment + b"=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _certificate_problem(chain: Any, algorithm: HashAlgorithm, signed: bytes, signature: bytes) -> str:
    """Return what is wrong with a signature against the first certificate of `x5c`, "" where nothing is."""
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return (
            "x5c in the signature's header is no array of base64 certificates; leave it out or give the chain"
        )
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True)).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "the first certificate of x5c in the signature's header cannot be read; give base64 of DER"
    if not isinstance(key, rsa.RSAPublicKey):
        return "the first certificate of x5c in the signature's header has no RSA key; sign with the key of an RSA certificate"
    try:
        key.verify(signature, signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return "the signature does not verify against its certificate; sign the payload with the certificate's key"
    return ""
