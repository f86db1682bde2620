"""Signed statements at the door (1.0.3 Data 2.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from tests.web.xapi.lrs import Answer, Caller, statement
from tests.web.xapi.multiparts import described, multipart, parts_of, post
from tests.web.xapi.requirements.cases import VERSIONS, whole

both = pytest.mark.parametrize("version", VERSIONS)
USAGE = "http://adlnet.gov/expapi/attachments/signature"
_HASHES: dict[str, type[SHA256 | SHA384 | SHA512]] = {"RS256": SHA256, "RS384": SHA384, "RS512": SHA512}


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def signed(payload: bytes, algorithm: str = "RS256") -> bytes:
    """Return a compact JWS of a payload."""
    head = _encode(json.dumps({"alg": algorithm}).encode()) + b"." + _encode(payload)
    if algorithm in _HASHES:
        return head + b"." + _encode(_key().sign(head, padding.PKCS1v15(), _HASHES[algorithm]()))
    return head + b"." + _encode(hmac.digest(b"secret", head, "sha256"))


def send(caller: Caller, one: dict[str, Any], signature: bytes, **changes: Any) -> Answer:
    """POST a statement with a signature."""
    attachment = described(signature, usageType=USAGE, contentType="application/octet-stream") | changes
    return post(caller, multipart(one | {"attachments": [attachment]}, signature))


def numbers(answer: Answer) -> set[str]:
    """Return the requirements that a refusal names."""
    assert answer.status_code == 400, answer.text
    return {error["requirement"] for error in answer.json["errors"]}


@pytest.mark.xapi("XAPI-00115", "XAPI-00116", "XAPI-00117")
@both
@pytest.mark.parametrize("algorithm", sorted(_HASHES))
def test_a_signed_statement_is_taken_and_its_signature_comes_back(
    moodle: Caller, version: str, algorithm: str
) -> None:
    caller = moodle.speaking(version)
    one = whole(version) | {"id": statement()["id"]}
    del one["attachments"]
    signature = signed(json.dumps(one).encode(), algorithm)
    assert send(caller, one, signature).status_code == 200
    answer = caller.get(statementId=one["id"], attachments="true")
    assert parts_of(answer)[1] == (hashlib.sha256(signature).hexdigest(), signature)


@pytest.mark.xapi("XAPI-00115")
@both
def test_a_signature_is_octets_and_a_compact_jws(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one = statement()
    good = signed(json.dumps(one).encode())
    for kind in ("text/plain", "application/json", "application/jose"):
        assert numbers(send(caller, one, good, contentType=kind)) == {"XAPI-00115"}
    for broken in (
        b"x",
        b"a.b",
        good.rpartition(b".")[0],
        good + b".x",
        b"." + good,
        json.dumps(one).encode(),
    ):
        assert numbers(send(caller, one, broken)) == {"XAPI-00115"}
    assert caller.ids() == []


@pytest.mark.xapi("XAPI-00116")
@both
def test_the_payload_is_the_statement_before_signing(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one = statement(result={"success": True, "duration": "PT1.234S"})
    others: list[Any] = [
        statement(),
        one | {"result": {"success": False, "duration": "PT1.234S"}},
        one | {"actor": statement("bo")["actor"]},
        one | {"verb": statement(verb="failed")["verb"]},
        {key: value for key, value in one.items() if key != "result"},
        [one],
        "text",
        {},
    ]
    for other in others:
        assert numbers(send(caller, one, signed(json.dumps(other).encode()))) == {"XAPI-00116"}, other
    assert numbers(send(caller, one, signed(b"no json"))) == {"XAPI-00116"}
    assert caller.ids() == []
    # Digits past 0.01 seconds do not count in a comparison.
    same = one | {"result": {"duration": "PT1.239S", "success": True}}
    assert send(caller, one, signed(json.dumps(same).encode())).status_code == 200


@pytest.mark.xapi("XAPI-00117")
@both
def test_a_signature_is_rsa_with_sha_2(moodle: Caller, version: str) -> None:
    for algorithm in ("HS256", "none", "ES256", "PS256", "rs256", "RS1"):
        one = statement()
        answer = send(moodle.speaking(version), one, signed(json.dumps(one).encode(), algorithm))
        assert numbers(answer) == {"XAPI-00117"}
        assert moodle.ids() == []
