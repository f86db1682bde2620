"""Attachments: the rules of attachment objects, and multipart/mixed requests and answers.

Sources: 1.0.3 Data 2.4.11, Communication 1.5.2; RFC 2046. A declared `length` is not enforced: the matching digest
alone says that the bytes are the ones meant.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lms_bridge.xapi.identifiers import is_media_type, is_sha2
from lms_bridge.xapi.reading import Reading, check_iri, check_language_map
from lms_bridge.xapi.violations import MISSING, Violation, shown
from lms_bridge.xapi.visiting import with_substatement

ATTACHMENT_KEYS = frozenset(
    {"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"}
)
_DIGESTS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_MOST_PARTS = 10_000
_MOST_HEADER_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class AttachmentPart:
    """The bytes of one attachment; `sha2` is their digest in hexadecimal digits, lower case as received and stored."""

    sha2: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """What a statement says of one attachment. `is_signature` marks the JWS of a signed statement."""

    sha2: str
    usage_type: str
    content_type: str
    length: int
    file_url: str | None
    is_signature: bool


@dataclass(frozen=True, slots=True)
class MultipartRequest:
    """A multipart/mixed body taken apart: the JSON text of the statements, and the parts by digest."""

    statements: bytes
    parts: Mapping[str, AttachmentPart]


@dataclass(frozen=True, slots=True)
class JsonRequest:
    """An application/json body: the JSON text of the statements, whose attachments are elsewhere."""

    statements: bytes
    parts: None = None


def check_attachments(reading: Reading, value: Any, pointer: str) -> None:
    """Check the attachments of a statement or SubStatement, against the parts that came with the request."""
    if type(value) is not list:
        # XAPI-00025: attachments is an array of attachment objects.
        reading.refuse_type(pointer, "XAPI-00025", value, "an array of attachment objects")
        return
    for place, attachment in enumerate(value):
        at = f"{pointer}/{place}"
        if type(attachment) is not dict:
            reading.refuse_type(at, "XAPI-00025", attachment, "an attachment object")
            continue
        _check_attachment(reading, attachment, at)
        sha2 = attachment.get("sha2")
        if type(sha2) is str:
            if "fileUrl" not in attachment and (reading.parts is None or sha2.lower() not in reading.parts):
                # XAPI-00129: an attachment without fileUrl comes as a part of the request.
                message = (
                    f"{at} has no fileUrl and its bytes are not in the request; send both as multipart/mixed"
                )
                reading.refuse(f"{at}/sha2", "XAPI-00129", message)
            reading.attachments.append(attachment)


def _check_attachment(reading: Reading, attachment: dict[str, Any], pointer: str) -> None:
    if not ATTACHMENT_KEYS.issuperset(attachment):
        reading.unknown_keys(pointer, attachment, ATTACHMENT_KEYS)
    # XAPI-00107: usageType is an IRI.
    check_iri(reading, attachment.get("usageType", MISSING), f"{pointer}/usageType", "XAPI-00107")
    # XAPI-00106: display is a language map.
    check_language_map(reading, attachment.get("display", MISSING), f"{pointer}/display", "XAPI-00106")
    if "description" in attachment:
        check_language_map(reading, attachment["description"], f"{pointer}/description", "XAPI-00106")
    content_type = attachment.get("contentType", MISSING)
    if type(content_type) is not str or not is_media_type(content_type):
        # XAPI-00105: contentType is an Internet media type.
        reading.refuse_type(
            f"{pointer}/contentType", "XAPI-00105", content_type, "a media type such as 'text/plain'"
        )
    length = attachment.get("length", MISSING)
    if type(length) is not int or length < 0:
        # XAPI-00102: length is an integer, in octets.
        reading.refuse_type(f"{pointer}/length", "XAPI-00102", length, "the length in octets, an integer")
    sha2 = attachment.get("sha2", MISSING)
    if type(sha2) is not str or not is_sha2(sha2):
        # XAPI-00103: sha2 is the SHA-2 digest of the bytes.
        reading.refuse_type(f"{pointer}/sha2", "XAPI-00103", sha2, "a SHA-2 digest in hexadecimal digits")
    if "fileUrl" in attachment:
        # XAPI-00104: fileUrl is an IRL.
        check_iri(reading, attachment["fileUrl"], f"{pointer}/fileUrl", "XAPI-00104")


def sha2_of(content: bytes, like: str) -> str:
    """Return the digest of `content` by the SHA-2 function that a digest such as `like` has the length of."""
    return hashlib.new(_DIGESTS[len(like)], content).hexdigest()


def boundary_of(content_type: str) -> str | None:
    """Return the boundary parameter of a multipart content type, or None (RFC 2046 section 5.1.1)."""
    match = re.search(r';\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', content_type, re.IGNORECASE)
    return None if match is None else (match[1] or match[2]).rstrip()


def read_request(
    body: bytes, content_type: str | None
) -> JsonRequest | MultipartRequest | tuple[Violation, ...]:
    """Take the body of PUT or POST /statements by its content type; what comes back goes to `read_statements`."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type == "application/json":
        return JsonRequest(body)
    if media_type == "multipart/mixed" and content_type is not None:
        return read_multipart(body, content_type)
    # XAPI-00127: statements come as application/json or multipart/mixed (Communication 1.5).
    message = f"Content-Type is {shown(content_type or MISSING)}; send application/json or multipart/mixed"
    return (_refusal("XAPI-00127", message),)


def read_multipart(body: bytes, content_type: str) -> MultipartRequest | tuple[Violation, ...]:
    """Take a multipart/mixed request apart; a tuple of violations says why it cannot be."""
    boundary = boundary_of(content_type)
    if boundary is None:
        # XAPI-00131: the content type names the boundary.
        message = (
            f"Content-Type is {shown(content_type)} without a boundary; name it: multipart/mixed; boundary=…"
        )
        return (_refusal("XAPI-00131", message),)
    raw = _split_parts(body, boundary)
    if isinstance(raw, Violation):
        return (raw,)
    headers, statements = raw[0]
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # XAPI-00134: the first part is application/json; XAPI-00133: it holds all statements.
        message = f"the first part is {shown(headers.get('content-type', MISSING))}; give the statements first, as application/json"
        return (_refusal("XAPI-00134", message),)
    violations: list[Violation] = []
    parts: dict[str, AttachmentPart] = {}
    for number, (head, content) in enumerate(raw[1:], start=2):
        part = _read_part(number, head, content)
        if isinstance(part, Violation):
            violations.append(part)
        else:
            parts[part.sha2] = part
    return tuple(violations) if violations else MultipartRequest(statements, parts)


def _read_part(number: int, head: Mapping[str, str], content: bytes) -> AttachmentPart | Violation:
    encoding = head.get("content-transfer-encoding", MISSING)
    if not isinstance(encoding, str) or encoding.lower() != "binary":
        # XAPI-00135: every further part has Content-Transfer-Encoding: binary.
        message = f"part {number}: Content-Transfer-Encoding is {shown(encoding)}; send the bytes as they are, with 'binary'"
        return _refusal("XAPI-00135", message)
    digest = head.get("x-experience-api-hash", MISSING)
    if not isinstance(digest, str) or not is_sha2(digest):
        # XAPI-00132: every further part has the hash that a statement names as sha2.
        message = f"part {number}: X-Experience-API-Hash is {shown(digest)}; give the sha2 of its attachment"
        return _refusal("XAPI-00132", message)
    sha2 = digest.lower()
    actual = sha2_of(content, sha2)
    if actual != sha2:
        # Communication 1.5.2: parts and attachments are matched by the digest of the bytes, and by nothing else.
        message = f"part {number}: its {len(content)} bytes have the digest {actual}, not {sha2}; send the bytes unchanged"
        return _refusal("XAPI-00132", message)
    return AttachmentPart(sha2, head.get("content-type", "application/octet-stream"), content)


def _refusal(requirement: str, message: str) -> Violation:
    return Violation(None, "", requirement, message)


def _split_parts(body: bytes, boundary: str) -> list[tuple[dict[str, str], bytes]] | Violation:
    """Return headers (names in lower case) and content of every part; lines may end in CRLF or LF."""
    delimiter = re.compile(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode(errors="replace")) + rb"(--)?[ \t]*(?=\r?\n|$)"
    )
    found: list[tuple[dict[str, str], bytes]] = []
    begin: int | None = None
    for match in delimiter.finditer(body):
        if begin is not None:
            part = _read_headers(body, begin, max(begin, match.start()))
            if part is None:
                message = f"part {len(found) + 1} has no headers that end in an empty line; give Content-Type at least"
                return _refusal("XAPI-00130", message)
            found.append(part)
            if len(found) > _MOST_PARTS:
                return _refusal("", f"the request has more than {_MOST_PARTS} parts; send it in several")
        if match[1] is not None:
            return found or _no_parts(boundary)
        begin = match.end()
    if begin is None:
        return _no_parts(boundary)
    # XAPI-00130: boundaries delimit every part; without the closing one, bytes may be missing.
    return _refusal("XAPI-00130", f"the closing boundary '--{boundary}--' is missing; send the whole body")


def _no_parts(boundary: str) -> Violation:
    message = f"the body has no part between lines '--{boundary}'; give the statements as the first part"
    return _refusal("XAPI-00130", message)


def _read_headers(body: bytes, begin: int, end: int) -> tuple[dict[str, str], bytes] | None:
    """Read one part, which begins at the line break after its delimiter."""
    head_end = re.compile(rb"\r?\n\r?\n").search(body, begin, min(end, begin + _MOST_HEADER_BYTES))
    if head_end is None:
        # The line break that ends the last header may be the one that opens the next delimiter: an empty part.
        return None
    headers: dict[str, str] = {}
    for line in body[begin : head_end.start()].decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
        elif line.strip():
            return None
    return headers, body[head_end.end() : end]


def write_multipart(statements: bytes, parts: Iterable[AttachmentPart]) -> tuple[str, bytes]:
    """Return Content-Type and body of an answer with attachments; each part is sent once.

    The boundary is a digest of the parts, so equal answers have equal bytes.
    """
    by_digest = {part.sha2: part for part in parts}
    boundary = _free_boundary(statements, by_digest)
    lines = [b"--%s\r\nContent-Type: application/json\r\n\r\n%s\r\n" % (boundary, statements)]
    for part in by_digest.values():
        content_type = re.sub(r"[^\x20-\x7e]", "", part.content_type).encode()
        lines.append(
            b"--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %s\r\n\r\n%s\r\n"
            % (boundary, content_type, part.sha2.encode(), part.content)
        )
    lines.append(b"--%s--\r\n" % boundary)
    return f"multipart/mixed; boundary={boundary.decode()}", b"".join(lines)


def as_described(parts: Iterable[AttachmentPart], documents: Iterable[bytes]) -> tuple[AttachmentPart, ...]:
    """Return parts with the media type and the digest as the first of the statements that has them writes both.

    Two sources may have sent the same bytes, each as what it calls them (1.0.3 Communication 1.5.2: they match).
    """
    said: dict[str, tuple[str, str]] = {}
    for document in documents:
        for statement in with_substatement(orjson.loads(document)):
            for one in statement.get("attachments") or ():
                said.setdefault(one["sha2"].lower(), (one["sha2"], one["contentType"]))
    return tuple(
        AttachmentPart(*said.get(part.sha2, (part.sha2, part.content_type)), part.content) for part in parts
    )


def _free_boundary(statements: bytes, parts: Mapping[str, AttachmentPart]) -> bytes:
    seed = "".join(parts)
    for attempt in range(1_000):
        boundary = b"lms-bridge-" + hashlib.sha256(f"{attempt}{seed}".encode()).hexdigest()[:32].encode()
        if boundary not in statements and all(boundary not in part.content for part in parts.values()):
            break
    return boundary
