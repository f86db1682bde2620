"""Statements as they arrive: bytes in, statements ready to store out, or every violation of every statement.

Sources: 1.0.3 Data 2; 2.0 (IEEE 9274.1.1) 4.2. Nothing is stored of a batch that has a violation. What is taken keeps
the sender's bytes; `IncomingStatement.document` adds what the LRS sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from lms_bridge.xapi.attachments import AttachmentPart, AttachmentRef
from lms_bridge.xapi.comparison import fingerprint
from lms_bridge.xapi.parsing import DEFAULT_LIMITS, WHITESPACE, Limits, exact_json, refused_json
from lms_bridge.xapi.reading import MOST_VIOLATIONS, Reading
from lms_bridge.xapi.signatures import SIGNATURE_USAGE
from lms_bridge.xapi.splicing import (
    split_batch,
    split_exactly,
    with_activity_arrays,
    with_members,
    with_value,
)
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation
from lms_bridge.xapi.visiting import activities_of
from lms_bridge.xapi.walk import SERVER_KEYS, VOIDED_VERB, Head, ObjectKind, check_statement


@dataclass(frozen=True, slots=True)
class IncomingStatement:
    """One valid statement, taken apart as far as storing and querying need it.

    `statement_id`, `registration`, `voids` and `refers_to` are UUIDs in lower case; `timestamp` is UTC. `agents` and
    `activities` hold (key or IRI, is direct): direct ones match `agent=` or `activity=` alone, the others only with
    related_agents or related_activities; anonymous groups appear through their members, and an authority that the LRS
    sets is not among them. `definitions` are the activity definitions as sent, as JSON. `flags` are the known defects
    that a lenient source was allowed. `fingerprint` compares statements of one id (see `comparison`).
    `source` is the sender's text, `sent` tells which of the properties that an LRS may set the sender gave.
    """

    statement_id: str | None
    timestamp: datetime | None
    actor_key: str
    actor_is_group: bool
    verb_iri: str
    object_kind: ObjectKind
    activity_iri: str | None
    registration: str | None
    voids: str | None
    refers_to: str | None
    agents: tuple[tuple[str, bool], ...]
    activities: tuple[tuple[str, bool], ...]
    definitions: tuple[tuple[str, bytes], ...]
    attachments: tuple[AttachmentRef, ...]
    flags: tuple[Violation, ...]
    fingerprint: bytes
    source: bytes
    sent: frozenset[str]
    has_single_activities: bool

    def document(
        self, *, statement_id: str, stored: str, timestamp: str | None, authority: bytes | None, version: str
    ) -> bytes:
        """Return the statement as GET returns it: the sender's bytes with the LRS's properties spliced in.

        `id`, `timestamp`, `authority` (JSON) and `version` are added where the sender gave none; `stored` is always
        the LRS's. Single context activities become arrays. Nothing else is written anew, so numbers keep their digits.
        """
        document = with_activity_arrays(self.source) if self.has_single_activities else self.source
        sent = self.sent
        if "stored" in sent:
            # XAPI-00097: a sender's stored is overwritten (Data 2.4.8).
            document = with_value(document, "stored", orjson.dumps(stored))
        added = {} if "id" in sent else {"id": orjson.dumps(statement_id)}
        if "stored" not in sent:
            added["stored"] = orjson.dumps(stored)
        if "timestamp" not in sent and timestamp is not None:
            added["timestamp"] = orjson.dumps(timestamp)
        if "authority" not in sent and authority is not None:
            added["authority"] = authority
        # XAPI-00330, XAPI-00332: a version that came stays, and nothing is rewritten for it (Data 2.4.10).
        if "version" not in sent:
            added["version"] = orjson.dumps(version)
        return with_members(document, added)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request brings. Where `violations` is not empty, `statements` is, and nothing may be stored."""

    statements: tuple[IncomingStatement, ...]
    violations: tuple[Violation, ...]


def read_statements(
    body: bytes,
    *,
    version: Version,
    lenient: bool = False,
    attachments: Mapping[str, AttachmentPart] | None = None,
    put_id: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Batch:
    """Read the JSON text of a statement or of an array of them; never raises on bad input.

    `attachments` are the parts of a multipart request by digest, None for application/json. `put_id` is the
    `statementId` of a PUT: then one statement is asked for, whose id, if it has one, must be this. A `lenient` source
    may send the known defects (`Defect`); they come back as flags.
    """
    body = body.strip(WHITESPACE)
    found = _refused(body, limits) or _split(body, limits)
    if isinstance(found, Violation):
        return Batch((), (found,))
    violations: list[Violation] = []
    if put_id is not None and body[:1] == b"[":
        message = "the body is an array; PUT one statement, or POST the array"
        violations.append(Violation(None, "", "XAPI-00144", message))
    parts = None if attachments is None else {sha2: part.content for sha2, part in attachments.items()}
    readings: list[tuple[Reading, Head, bytes, dict[str, Any]]] = []
    for index, (text, value) in enumerate(found):
        reading = Reading(index, version, lenient=lenient, parts=parts)
        refused = refused_json(text, value, limits)
        if refused is not None:
            reading.violations.append(replace(refused, index=index))
        if type(value) is dict:
            head = check_statement(reading, value, text)
            readings.append((reading, head, text, value))
        else:
            reading.refuse_type("", "XAPI-00006", value, "a statement (an object)")
        violations.extend(reading.violations)
        if len(violations) > MOST_VIOLATIONS:
            violations[MOST_VIOLATIONS:] = [_too_many()]
            return Batch((), tuple(violations))
    violations.extend(
        _check_ids([(reading.index, head.statement_id) for reading, head, _, _ in readings], put_id)
    )
    if attachments:
        violations.extend(_check_unused(attachments, [reading for reading, _, _, _ in readings]))
    if violations:
        return Batch((), tuple(violations))
    return Batch(tuple(_incoming(reading, head, text, value) for reading, head, text, value in readings), ())


def _refused(body: bytes, limits: Limits) -> Violation | None:
    if not body:
        return Violation(
            None, "", "XAPI-00014", "the body is empty; send a statement or an array of statements"
        )
    if len(body) > limits.max_bytes:
        message = f"the statements have {len(body)} bytes, more than {limits.max_bytes}; send them in several requests"
        return Violation(None, "", "XAPI-00328", message)
    return None


def _split(body: bytes, limits: Limits) -> Sequence[tuple[bytes, Any]] | Violation:
    """Return text and value of each statement; the text is what is stored."""
    try:
        if body[:1] != b"[":
            return ((body, orjson.loads(body)),)
        if body[-1:] == b"]" and body[1:-1].strip(WHITESPACE):
            texts = split_batch(body)
            if texts is not None:
                try:
                    return tuple((text, orjson.loads(text)) for text in texts)
                except orjson.JSONDecodeError:
                    pass  # Braces inside strings, or no JSON: the exact way tells.
        values = orjson.loads(body)
        return tuple(zip(split_exactly(body), values, strict=True))
    except orjson.JSONDecodeError as error:
        message = f"the body is no valid JSON: {error}; send one JSON text in UTF-8"
        return Violation(None, "", "XAPI-00014", message)
    except RecursionError:
        message = f"the JSON text is nested deeper than {limits.max_depth} levels; flatten it"
        return Violation(None, "", "", message)


def _too_many() -> Violation:
    message = f"more than {MOST_VIOLATIONS} violations; correct these first, then send again"
    return Violation(None, "", "", message)


def _check_ids(ids: Sequence[tuple[int | None, str | None]], put_id: str | None) -> list[Violation]:
    violations: list[Violation] = []
    seen: dict[str, int | None] = {}
    for index, statement_id in ids:
        if statement_id is None:
            continue
        if statement_id in seen:
            # Communication 2.1.2: a batch with two statements of the same id is rejected.
            message = (
                f"id {statement_id} is also the id of statement {seen[statement_id]} of this batch; keep one"
            )
            violations.append(Violation(index, "/id", "", message))
        seen.setdefault(statement_id, index)
        if put_id is not None and statement_id != put_id.lower():
            message = f"id is {statement_id}, but statementId is {put_id}; give the same or leave the id out"
            violations.append(Violation(index, "/id", "XAPI-00144", message))
    return violations


def _check_unused(parts: Mapping[str, AttachmentPart], readings: Sequence[Reading]) -> list[Violation]:
    named = {str(one["sha2"]).lower() for reading in readings for one in reading.attachments}
    # XAPI-00128: every further part of a request is an attachment of a statement.
    return [
        Violation(
            None, "", "XAPI-00128", f"no statement has an attachment with sha2 {sha2}; leave this part out"
        )
        for sha2 in parts
        if sha2 not in named
    ]


def _incoming(reading: Reading, head: Head, source: bytes, statement: dict[str, Any]) -> IncomingStatement:
    return IncomingStatement(
        statement_id=head.statement_id,
        timestamp=head.timestamp,
        actor_key=head.actor_key or "",
        actor_is_group=statement["actor"].get("objectType") == "Group",
        verb_iri=head.verb_iri or "",
        object_kind=head.object_kind,
        activity_iri=head.activity_iri,
        registration=head.registration,
        voids=head.refers_to if head.verb_iri == VOIDED_VERB else None,
        refers_to=head.refers_to,
        agents=tuple(reading.agents.items()),
        activities=tuple(reading.activities.items()),
        definitions=_definitions(reading, source),
        attachments=tuple(_attachment_ref(attachment) for attachment in reading.attachments),
        flags=tuple(reading.flags),
        fingerprint=fingerprint(statement, head.timestamp),
        source=source,
        sent=SERVER_KEYS.intersection(statement),
        has_single_activities=reading.single_activities,
    )


def _definitions(reading: Reading, source: bytes) -> tuple[tuple[str, bytes], ...]:
    if any(
        _has_decimals(definition["extensions"])
        for _, definition in reading.definitions
        if "extensions" in definition
    ):
        # Numbers stand only in extensions; there they keep the digits that were sent.
        return tuple(
            (activity["id"], orjson.dumps(activity["definition"]))
            for activity in activities_of(exact_json(source))
            if activity.get("id") and "definition" in activity
        )
    return tuple((iri, orjson.dumps(definition)) for iri, definition in reading.definitions)


def _has_decimals(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_decimals(child) for child in value.values())
    if isinstance(value, list):
        return any(_has_decimals(child) for child in value)
    return isinstance(value, float)


def _attachment_ref(attachment: dict[str, Any]) -> AttachmentRef:
    return AttachmentRef(
        sha2=attachment["sha2"].lower(),
        usage_type=attachment["usageType"],
        content_type=attachment["contentType"],
        length=attachment["length"],
        file_url=attachment.get("fileUrl"),
        is_signature=attachment["usageType"] == SIGNATURE_USAGE,
    )
