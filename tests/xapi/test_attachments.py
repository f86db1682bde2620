"""multipart/mixed requests and answers (Communication 1.5.2)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.attachments import (
    AttachmentPart,
    JsonRequest,
    MultipartRequest,
    boundary_of,
    read_multipart,
    read_request,
    write_multipart,
)

BOUNDARY = "-------314159265358979323846"
TYPE = f'multipart/mixed; boundary="{BOUNDARY}"'
CONTENT = b"\x00\xff\r\n--\r\nabc\n"
SHA2 = hashlib.sha256(CONTENT).hexdigest()
STATEMENTS = b'{"a": 1}'


def _body(*parts: bytes, boundary: str = BOUNDARY, newline: bytes = b"\r\n", closed: bool = True) -> bytes:
    mark = b"--" + boundary.encode()
    body = b"".join(mark + newline + part + newline for part in parts)
    return body + (mark + b"--" + newline if closed else b"")


def _part(content: bytes = CONTENT, sha2: str = SHA2, encoding: str = "binary") -> bytes:
    head = (
        f"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: {encoding}\r\nX-Experience-API-Hash: {sha2}"
    )
    return head.encode() + b"\r\n\r\n" + content


FIRST = b"Content-Type:application/json\r\n\r\n" + STATEMENTS


def _requirement(body: bytes, content_type: str = TYPE) -> str:
    found = read_multipart(body, content_type)
    assert isinstance(found, tuple)
    return found[0].requirement


@pytest.mark.parametrize("before", [b"", b"\r\n", b"preamble\r\n"])
def test_statements_and_parts_are_taken_apart(before: bytes) -> None:
    found = read_multipart(before + _body(FIRST, _part()), TYPE)
    assert found == MultipartRequest(STATEMENTS, {SHA2: AttachmentPart(SHA2, "image/jpeg", CONTENT)})


def test_xapi_00127_statements_come_as_json_or_multipart() -> None:
    assert read_request(STATEMENTS, "Application/JSON; charset=utf-8") == JsonRequest(STATEMENTS)
    assert read_request(_body(FIRST), TYPE) == MultipartRequest(STATEMENTS, {})
    for content_type in (None, "", "text/plain", "multipart/form-data; boundary=a", "application/jsonp"):
        found = read_request(STATEMENTS, content_type)
        assert isinstance(found, tuple)
        assert found[0].requirement == "XAPI-00127"


def test_headers_are_read_in_any_case_and_without_spaces() -> None:
    part = (
        f"CONTENT-TRANSFER-ENCODING:BINARY\r\nx-experience-api-hash:{SHA2.upper()}\r\n\r\n".encode() + CONTENT
    )
    found = read_multipart(_body(FIRST, part), TYPE)
    assert isinstance(found, MultipartRequest)
    assert found.parts[SHA2] == AttachmentPart(SHA2, "application/octet-stream", CONTENT)


def test_lines_may_end_in_a_line_feed_alone() -> None:
    part = _part(b"abc", hashlib.sha256(b"abc").hexdigest()).replace(b"\r\n", b"\n")
    body = _body(FIRST.replace(b"\r\n", b"\n"), part, newline=b"\n")
    assert isinstance(read_multipart(body, TYPE), MultipartRequest)


def test_an_empty_attachment_is_one() -> None:
    empty = hashlib.sha512(b"").hexdigest()
    found = read_multipart(_body(FIRST, _part(b"", empty)), TYPE)
    assert isinstance(found, MultipartRequest)
    assert found.parts[empty].content == b""


def test_a_request_without_attachments_is_one() -> None:
    assert read_multipart(_body(FIRST), TYPE) == MultipartRequest(STATEMENTS, {})


@pytest.mark.parametrize(
    "content_type", ["multipart/mixed", "multipart/mixed;", "multipart/mixed; boundary=", "x"]
)
def test_xapi_00131_the_boundary_is_named(content_type: str) -> None:
    assert _requirement(_body(FIRST), content_type) == "XAPI-00131"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/mixed; boundary=abc",
        'multipart/mixed;BOUNDARY="abc"; charset=utf-8',
        "multipart/mixed; a=b ; boundary = abc",
    ],
)
def test_the_boundary_is_read(content_type: str) -> None:
    assert boundary_of(content_type) == "abc"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"abc",
        _body(FIRST, closed=False),
        _body(FIRST, _part(), closed=False),
        _body(),
        _body(b""),
        _body(b"no header"),
    ],
)
def test_xapi_00130_boundaries_delimit_every_part(body: bytes) -> None:
    assert _requirement(body) == "XAPI-00130"


def test_xapi_00134_the_first_part_is_json() -> None:
    assert _requirement(_body(_part(), FIRST)) == "XAPI-00134"
    assert _requirement(_body(FIRST.replace(b"json", b"xml"))) == "XAPI-00134"


def test_xapi_00135_every_further_part_is_binary() -> None:
    assert _requirement(_body(FIRST, _part(encoding="base64"))) == "XAPI-00135"
    assert _requirement(_body(FIRST, FIRST)) == "XAPI-00135"


@pytest.mark.parametrize("sha2", ["", "abc", "0" * 64])
def test_xapi_00132_the_hash_is_that_of_the_bytes(sha2: str) -> None:
    assert _requirement(_body(FIRST, _part(sha2=sha2))) == "XAPI-00132"


def test_every_wrong_part_is_named() -> None:
    found = read_multipart(_body(FIRST, _part(encoding="8bit"), _part(), _part(sha2="x")), TYPE)
    assert isinstance(found, tuple)
    assert [violation.message[:6] for violation in found] == ["part 2", "part 4"]


@given(st.binary(), st.lists(st.binary(), max_size=3))
def test_what_is_written_is_read_again(statements: bytes, contents: list[bytes]) -> None:
    parts = {part.sha2: part for part in map(_attachment, contents)}
    content_type, body = write_multipart(statements, parts.values())
    assert content_type.startswith("multipart/mixed; boundary=")
    assert read_multipart(body, content_type) == MultipartRequest(statements, parts)


def test_each_part_is_written_once() -> None:
    part = _attachment(b"abc")
    _, body = write_multipart(b"{}", [part, part])
    assert body.count(part.sha2.encode()) == 1


def test_a_content_type_cannot_add_headers() -> None:
    sha2 = hashlib.sha256(b"").hexdigest()
    _, body = write_multipart(b"{}", [AttachmentPart(sha2, "text/plain\r\nX-Evil: 1", b"")])
    assert b"\r\nX-Evil" not in body


@given(st.binary(max_size=300), st.text(max_size=30))
def test_reading_never_raises(body: bytes, boundary: str) -> None:
    read_multipart(body, f"multipart/mixed; boundary={boundary}")
    read_multipart(b"--a\r\n" + body + b"\r\n--a--", "multipart/mixed; boundary=a")


def _attachment(content: bytes) -> AttachmentPart:
    return AttachmentPart(hashlib.sha256(content).hexdigest(), "application/octet-stream", content)
