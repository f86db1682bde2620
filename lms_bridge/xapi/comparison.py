"""When two statements are the same (1.0.3 Data 2.3.1, Statement Comparison Requirements).

Ignored: what the LRS assigns (id, stored, authority, version), definitions of activities, display of verbs, the order
of keys and of group members, the case of UUIDs, language tags and e-mail addresses, a duration's digits past 0.01
seconds, a single context activity against an array of one, and a stated default objectType. Timestamps are equal as
instants, to the millisecond where one of them has no more. Numbers are compared as IEEE 754 doubles, so 1 and 1.0 are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson

from lms_bridge.xapi.actors import agent_key, ifi_key
from lms_bridge.xapi.instants import comparable_duration, parse_timestamp

BODY_DIGEST_BYTES = 16
_ABSENT = b"\x80" + bytes(7)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
# A double holds every integer up to here.
_EXACT_INTEGERS = 2.0**53


def fingerprint(statement: Mapping[str, Any], timestamp: datetime | None) -> bytes:
    """Return 24 bytes by which statements of the same id are compared; `timestamp` is the parsed one, if sent.

    16 bytes digest everything but the timestamp, 8 bytes are the timestamp in microseconds, or a mark where the sender
    gave none. Equal statements of one sender have equal bytes; `is_same` also covers a timestamp that an LRS on the
    way has assigned.
    """
    form = orjson.dumps(_statement_form(statement, statement.get("attachments")), option=orjson.OPT_SORT_KEYS)
    return blake2b(form, digest_size=BODY_DIGEST_BYTES).digest() + _instant_bytes(timestamp)


def is_same(left: bytes, right: bytes) -> bool:
    """Tell whether two fingerprints are of the same statement.

    A timestamp that only one has is the LRS's own, and an LRS on the way may have cut or rounded it to milliseconds
    (Data 4.5).
    """
    if left == right:
        return True
    if left[:BODY_DIGEST_BYTES] != right[:BODY_DIGEST_BYTES]:
        return False
    stamps = (left[BODY_DIGEST_BYTES:], right[BODY_DIGEST_BYTES:])
    if _ABSENT in stamps:
        return True
    one, other = (int.from_bytes(stamp, "big", signed=True) for stamp in stamps)
    return abs(one - other) < 1_000 and 0 in {one % 1_000, other % 1_000}


def is_signed_form(statement: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Tell whether the payload of a signature is the statement before signing: equal, attachments apart (Data 2.6).

    An id that both state must be equal too.
    """
    if _statement_form(statement, None) != _statement_form(payload, None):
        return False
    ids = [one["id"].lower() for one in (statement, payload) if isinstance(one.get("id"), str)]
    stamps = [
        parse_timestamp(one["timestamp"])
        for one in (statement, payload)
        if isinstance(one.get("timestamp"), str)
    ]
    return len(set(ids)) <= 1 and len(set(stamps)) <= 1


def _instant_bytes(instant: datetime | None) -> bytes:
    if instant is None:
        return _ABSENT
    since = instant - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return microseconds.to_bytes(8, "big", signed=True)


def _statement_form(statement: Mapping[str, Any], attachments: Any) -> list[Any]:
    context = statement.get("context")
    result = statement.get("result")
    return [
        _actor_form(statement.get("actor")),
        (statement.get("verb") or {}).get("id"),
        _object_form(statement.get("object") or {}),
        _result_form(result) if result else None,
        _context_form(context) if context else None,
        [_attachment_form(attachment) for attachment in attachments] if attachments else None,
    ]


def _actor_form(actor: Any) -> Any:
    if not isinstance(actor, dict):
        return None
    if "member" not in actor:
        return [ifi_key(actor), actor.get("name")]
    members = sorted((agent_key(member), str(member.get("name", ""))) for member in actor["member"])
    return [ifi_key(actor), actor.get("name"), members]


def _object_form(thing: Mapping[str, Any]) -> Any:
    kind = thing.get("objectType", "Activity")
    if kind == "StatementRef":
        return [kind, str(thing.get("id")).lower()]
    if kind == "SubStatement":
        stamp = thing.get("timestamp")
        instant = parse_timestamp(stamp) if isinstance(stamp, str) else None
        return [kind, _statement_form(thing, thing.get("attachments")), instant and instant.isoformat()]
    if kind in {"Agent", "Group"}:
        return [kind, _actor_form(thing)]
    return thing.get("id")


def _result_form(result: Mapping[str, Any]) -> Any:
    form = dict(result)
    if "score" in form:
        form["score"] = _plain(form["score"])
    if "duration" in form:
        form["duration"] = comparable_duration(str(form["duration"]))
    if form.get("extensions"):
        form["extensions"] = _plain(form["extensions"])
    return form


def _context_form(context: Mapping[str, Any]) -> Any:
    form = dict(context)
    for key in ("registration", "language"):
        if key in form:
            form[key] = str(form[key]).lower()
    for key in ("instructor", "team"):
        if key in form:
            form[key] = _actor_form(form[key])
    if "statement" in form:
        form["statement"] = _object_form(form["statement"])
    if "contextActivities" in form:
        form["contextActivities"] = {
            key: [one.get("id") for one in (value if isinstance(value, list) else (value,))]
            for key, value in form["contextActivities"].items()
        }
    for key, name in (("contextAgents", "agent"), ("contextGroups", "group")):
        if key in form:
            form[key] = [[_actor_form(one.get(name)), one.get("relevantTypes")] for one in form[key]]
    if form.get("extensions"):
        form["extensions"] = _plain(form["extensions"])
    return form


def _attachment_form(attachment: Mapping[str, Any]) -> Any:
    return {**attachment, "sha2": str(attachment.get("sha2")).lower()}


def _plain(value: Any) -> Any:
    """Return `value` with integral doubles as integers, because 1 and 1.0 are one number."""
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) < _EXACT_INTEGERS else value
    if type(value) is dict:
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, Sequence) and type(value) is list:
        return [_plain(child) for child in value]
    return value
