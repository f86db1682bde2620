"""Signed statements (Data 2.6)."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.attachments import AttachmentPart
from lms_bridge.xapi.signatures import BadSignature, SignedPayload, read_signature
from lms_bridge.xapi.statements import Batch
from tests.xapi.builders import BO, COURSE, DELETE, read, statement, substatement

_HASHES: dict[str, type[SHA256 | SHA384 | SHA512]] = {"RS256": SHA256, "RS384": SHA384, "RS512": SHA512}


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "LMS")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_key().public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=1))
    return base64.b64encode(builder.sign(_key(), SHA256()).public_bytes(Encoding.DER)).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _sign(payload: bytes, algorithm: str = "RS256", **header: Any) -> bytes:
    signed = _encode(orjson.dumps({"alg": algorithm} | header)) + b"." + _encode(payload)
    signature = _key().sign(signed, padding.PKCS1v15(), _HASHES.get(algorithm, SHA256)())
    return signed + b"." + _encode(signature)


def _send(
    signature: bytes, body: dict[str, Any], more: dict[str, AttachmentPart] | None = None, **changes: Any
) -> Batch:
    sha2 = hashlib.sha256(signature).hexdigest()
    attachment = {
        "usageType": "http://adlnet.gov/expapi/attachments/signature",
        "display": {"en": "Signature"},
        "contentType": "application/octet-stream",
        "length": len(signature),
        "sha2": sha2,
    } | changes
    part = AttachmentPart(sha2, "application/octet-stream", signature)
    return read(body | {"attachments": [attachment]}, parts={sha2: part, **(more or {})})


def _requirement(batch: Batch) -> str:
    assert batch.violations
    return batch.violations[0].requirement


@pytest.mark.parametrize("algorithm", sorted(_HASHES))
@pytest.mark.parametrize("with_certificate", [True, False])
def test_a_signed_statement_is_accepted(algorithm: str, with_certificate: bool) -> None:
    header = {"x5c": [_certificate()]} if with_certificate else {}
    batch = _send(_sign(orjson.dumps(statement()), algorithm, **header), statement())
    assert batch.violations == ()
    assert batch.statements[0].attachments[0].is_signature


def test_the_payload_may_be_written_otherwise() -> None:
    payload = dict(reversed(statement(stored="2020-01-01T00:00:00Z").items()))
    payload["object"] = {"objectType": "Activity", "id": COURSE}
    batch = _send(_sign(orjson.dumps(payload, option=orjson.OPT_INDENT_2)), statement())
    assert batch.violations == ()


def test_what_a_signed_substatement_attaches_comes_beside_the_signature() -> None:
    picture = b"a picture"
    sha2 = hashlib.sha256(picture).hexdigest()
    described = {
        "usageType": "https://example.com/picture",
        "display": {"en": "Picture"},
        "contentType": "image/png",
        "length": len(picture),
        "sha2": sha2,
    }
    body = substatement(actor=BO, attachments=[described])
    more = {sha2: AttachmentPart(sha2, "image/png", picture)}
    assert _send(_sign(orjson.dumps(body)), body, more=more).violations == ()


@pytest.mark.parametrize(
    "payload",
    [
        statement(actor=BO),
        statement(timestamp="2026-05-04T09:30:01.000Z"),
        statement(id="8f87ccde-bb56-4c2e-ab83-44982ef22df0"),
        statement(verb=DELETE),
        {},
    ],
)
def test_xapi_00116_the_payload_is_the_statement(payload: dict[str, Any]) -> None:
    assert _requirement(_send(_sign(orjson.dumps(payload)), statement())) == "XAPI-00116"


@pytest.mark.parametrize("payload", [b"not json", b"[]", b"{'a':1}", b'{"a":1,"a":2}'])
def test_xapi_00116_the_payload_is_json(payload: bytes) -> None:
    assert _requirement(_send(_sign(payload), statement())) == "XAPI-00116"


@pytest.mark.parametrize("algorithm", ["HS256", "none", "ES256", "rs256"])
def test_xapi_00117_only_rsa_with_sha_2(algorithm: str) -> None:
    assert _requirement(_send(_sign(orjson.dumps(statement()), algorithm), statement())) == "XAPI-00117"


def test_xapi_00117_a_signature_verifies_against_its_certificate() -> None:
    signature = _sign(orjson.dumps(statement()), x5c=[_certificate()])
    head, payload, tail = signature.split(b".")
    broken = b".".join((head, payload, tail[::-1].replace(b"-", b"A").replace(b"_", b"A")))
    assert _requirement(_send(broken, statement())) == "XAPI-00117"


@pytest.mark.parametrize("x5c", [[], "x", ["x"], [1], ["AAAA"]])
def test_xapi_00117_a_certificate_can_be_read(x5c: Any) -> None:
    assert _requirement(_send(_sign(orjson.dumps(statement()), x5c=x5c), statement())) == "XAPI-00117"


def test_xapi_00115_a_signature_is_octets_and_a_compact_jws() -> None:
    signature = _sign(orjson.dumps(statement()))
    assert _requirement(_send(signature, statement(), contentType="text/plain")) == "XAPI-00115"
    for broken in (b"", b"abc", b"a.b", b"..", signature + b".x", b"*." + signature, b'{"payload":""}'):
        assert _requirement(_send(broken, statement())) == "XAPI-00115"


@given(
    st.binary() | st.binary().map(lambda data: _encode(data) + b"." + _encode(data) + b"." + _encode(data))
)
def test_reading_a_signature_never_raises(content: bytes) -> None:
    assert isinstance(read_signature(content), BadSignature | SignedPayload)
