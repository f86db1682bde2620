"""Attachments and multipart/mixed requests (1.0.3 Data 2.4.11, Communication 1.5)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.web.xapi.lrs import Answer, Caller, statement
from tests.web.xapi.multiparts import described, multipart, parts_of, post
from tests.web.xapi.requirements.cases import ABSENT, VERSIONS, all_refused, is_taken, nested, spoiled, whole

both = pytest.mark.parametrize("version", VERSIONS)
BYTES = b"a certificate \x00\xff\r\n"
STATEMENTS = "Content-Type: application/json"
HASH = f"X-Experience-API-Hash: {hashlib.sha256(BYTES).hexdigest()}"
PART = f"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n{HASH}"

# Number, property of an attachment, and values that break it.
_NO_ATTACHMENTS: list[tuple[str, str, list[Any]]] = [
    ("XAPI-00102", "length", [ABSENT, "3", 3.5, -1, True, {}]),
    ("XAPI-00103", "sha2", [ABSENT, "", 1, "abc", "g" * 64, "a" * 63, {}]),
    ("XAPI-00104", "fileUrl", ["", "files/1.pdf", 1, ["https://example.com/1.pdf"]]),
    ("XAPI-00105", "contentType", [ABSENT, "", "pdf", 1, {}, "a b/c"]),
    ("XAPI-00106", "display", [ABSENT, "Certificate", 1, ["en"], {"en": 1}]),
    ("XAPI-00106", "description", ["A certificate", 1, {"en": {}}]),
    ("XAPI-00107", "usageType", [ABSENT, "", "certificate", 1, {}]),
    ("XAPI-00010", "name", ["certificate.pdf"]),
]


@pytest.mark.xapi("XAPI-00102 to XAPI-00107")
@both
def test_the_properties_of_an_attachment_have_their_types(moodle: Caller, version: str) -> None:
    for number, name, values in _NO_ATTACHMENTS:
        sent = [spoiled(whole(version), ("attachments", 0, name), value) for value in values]
        sent += [spoiled(nested(version), ("object", "attachments", 0, name), value) for value in values]
        assert all_refused(moodle, number, sent, version)
    good: list[tuple[str, Any]] = [
        ("length", 0),
        ("sha2", "A" * 56),
        ("sha2", "a" * 96),
        ("sha2", "0" * 128),
        ("contentType", "text/plain; charset=utf-8"),
        ("description", ABSENT),
    ]
    for name, value in good:
        assert is_taken(moodle, spoiled(whole(version), ("attachments", 0, name), value), version=version)


@pytest.mark.xapi("XAPI-00025")
@both
def test_attachments_are_an_array_of_objects(moodle: Caller, version: str) -> None:
    wrongs: list[Any] = ["x", 1, {"usageType": "https://example.com/usage"}, ["x"], [1], [[]]]
    for wrong in wrongs:
        sent = [spoiled(whole(version), ("attachments",), wrong)]
        sent += [spoiled(nested(version), ("object", "attachments"), wrong)]
        assert all_refused(moodle, "XAPI-00025", sent, version)


def send(
    caller: Caller,
    *parts: tuple[str, bytes],
    content_type: str = "multipart/mixed; boundary=bound",
    end: bool = True,
) -> Answer:
    """POST a multipart body made of heads and contents."""
    body = b"".join(
        b"--bound\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts
    )
    body += b"--bound--\r\n" if end else b""
    return caller.request("POST", "statements", body=body, headers={"Content-Type": content_type})


def numbers(answer: Answer) -> set[str]:
    """Return the requirements that a refusal names."""
    assert answer.status_code == 400, answer.text
    return {error["requirement"] for error in answer.json["errors"]}


def attached() -> bytes:
    return json.dumps(statement(attachments=[described(BYTES)])).encode()


@pytest.mark.xapi("XAPI-00127")
@both
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_statements_come_as_json_or_multipart_mixed(moodle: Caller, version: str, method: str) -> None:
    caller = moodle.speaking(version)
    for content_type in (
        None, "", "text/plain", "application/xml", "application/octet-stream", "multipart/form-data; boundary=bound",
        "application/x-www-form-urlencoded", "application/jsonlines",
    ):  # fmt: skip
        one = statement()
        query = {"statementId": one["id"]} if method == "PUT" else None
        headers = {"Content-Type": content_type}
        answer = caller.request(
            method, "statements", query=query, body=json.dumps(one).encode(), headers=headers
        )
        assert numbers(answer) == {"XAPI-00127"}, content_type
    assert caller.ids() == []
    assert send(caller, (STATEMENTS, attached()), (PART, BYTES)).status_code == 200
    for content_type in ("application/json", "Application/JSON; charset=UTF-8"):
        headers = {"Content-Type": content_type}
        body = json.dumps(statement()).encode()
        assert caller.request("POST", "statements", body=body, headers=headers).status_code == 200


@pytest.mark.xapi("XAPI-00128", "XAPI-00132")
@both
def test_a_part_that_no_statement_names_is_refused(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    other = PART.replace(hashlib.sha256(BYTES).hexdigest(), hashlib.sha256(b"other").hexdigest())
    sent = ((STATEMENTS, attached()), (PART, BYTES), (other, b"other"))
    assert numbers(send(caller, *sent)) == {"XAPI-00128"}
    assert numbers(send(caller, (STATEMENTS, json.dumps(statement()).encode()), (PART, BYTES))) == {
        "XAPI-00128"
    }
    assert caller.ids() == []


@pytest.mark.xapi("XAPI-00129")
@both
def test_an_attachment_without_file_url_comes_with_the_request(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    one = statement(attachments=[described(BYTES), described(b"elsewhere", fileUrl="https://example.com/f")])
    answer = caller.send("POST", "statements", one)
    assert [error["pointer"] for error in answer.json["errors"]] == ["/attachments/0/sha2"]
    assert numbers(answer) == {"XAPI-00129"}
    assert numbers(send(caller, (STATEMENTS, json.dumps(one).encode()))) == {"XAPI-00129"}
    assert send(caller, (STATEMENTS, json.dumps(one).encode()), (PART, BYTES)).status_code == 200
    assert caller.ids() == [one["id"]]


@pytest.mark.xapi("XAPI-00130")
@both
def test_boundaries_stand_before_and_after_every_part(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    assert numbers(send(caller, (STATEMENTS, attached()), (PART, BYTES), end=False)) == {"XAPI-00130"}
    joined = attached() + b"\r\n" + PART.encode() + b"\r\n\r\n" + BYTES
    assert send(caller, (STATEMENTS, joined)).status_code == 400
    headers = {"Content-Type": "multipart/mixed; boundary=bound"}
    for body in (
        b"",
        attached(),
        b"--other\r\n" + STATEMENTS.encode() + b"\r\n\r\n" + attached() + b"\r\n--other--",
    ):
        answer = caller.request("POST", "statements", body=body, headers=headers)
        assert numbers(answer) == {"XAPI-00130"}
    assert caller.ids() == []


@pytest.mark.xapi("XAPI-00131")
@both
def test_multipart_mixed_names_its_boundary(moodle: Caller, version: str) -> None:
    for parameters in ("", ";", "; boundary=", "; bound=bound", "; charset=utf-8"):
        sent = ((STATEMENTS, attached()), (PART, BYTES))
        answer = send(moodle.speaking(version), *sent, content_type=f"multipart/mixed{parameters}")
        assert numbers(answer) == {"XAPI-00131"}


@pytest.mark.xapi("XAPI-00132", "XAPI-00135")
@both
def test_a_further_part_has_its_hash_and_is_binary(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    for number, old, new in (
        ("XAPI-00132", f"\r\n{HASH}", ""),
        ("XAPI-00132", HASH, "X-Experience-API-Hash: abc"),
        ("XAPI-00132", HASH, f"X-Experience-API-Hash: {'0' * 64}"),
        ("XAPI-00135", "\r\nContent-Transfer-Encoding: binary", ""),
        ("XAPI-00135", "binary", "base64"),
        ("XAPI-00135", "binary", "8bit"),
    ):
        answer = send(caller, (STATEMENTS, attached()), (PART.replace(old, new), BYTES))
        assert numbers(answer) == {number}, new
    assert numbers(send(caller, (STATEMENTS, attached()), (PART, BYTES + b"!"))) == {"XAPI-00132"}
    assert caller.ids() == []


@pytest.mark.xapi("XAPI-00133", "XAPI-00134")
@both
def test_the_first_part_is_json_and_holds_every_statement(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    first, second = attached(), json.dumps(statement()).encode()
    assert numbers(send(caller, (PART, BYTES), (STATEMENTS, first))) == {"XAPI-00134"}
    assert numbers(send(caller, ("Content-Type: text/plain", first), (PART, BYTES))) == {"XAPI-00134"}
    assert numbers(send(caller, ("Content-Length: 5", first), (PART, BYTES))) == {"XAPI-00134"}
    # Statements in a further part are no attachment.
    assert send(caller, (STATEMENTS, first), (STATEMENTS, second), (PART, BYTES)).status_code == 400
    assert send(caller, (STATEMENTS, first + second), (PART, BYTES)).status_code == 400
    assert caller.ids() == []
    batch = b"[%s, %s]" % (first, second)
    assert send(caller, (STATEMENTS, batch), (PART, BYTES)).status_code == 200
    assert len(caller.ids()) == 2


@pytest.mark.xapi("XAPI-00133", "XAPI-00167")
@both
def test_attachments_of_a_batch_and_of_substatements_come_back(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    inner = {key: value for key, value in statement().items() if key != "id"}
    deep = statement(thing={"objectType": "SubStatement", **inner, "attachments": [described(b"deep")]})
    flat = statement(attachments=[described(b"flat"), described(b"deep")])
    assert post(caller, multipart([deep, flat], b"deep", b"flat")).status_code == 200
    found = parts_of(caller.get(attachments="true"))
    assert sorted(content for _, content in found[1:]) == [b"deep", b"flat"]
    for one, contents in ((deep, [b"deep"]), (flat, [b"deep", b"flat"])):
        parts = parts_of(caller.get(statementId=one["id"], attachments="true"))
        assert json.loads(parts[0][1])["id"] == one["id"]
        assert sorted(content for _, content in parts[1:]) == contents
