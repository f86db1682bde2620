"""The walk over one statement: every rule of the statement data model, top down (1.0.3 Data 2; 2.0 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lms_bridge.xapi.activities import check_activity
from lms_bridge.xapi.actors import check_actor, check_authority
from lms_bridge.xapi.attachments import check_attachments
from lms_bridge.xapi.comparison import is_signed_form
from lms_bridge.xapi.contexts import check_context, check_statement_ref
from lms_bridge.xapi.identifiers import is_uuid
from lms_bridge.xapi.instants import parse_timestamp
from lms_bridge.xapi.reading import Reading, check_iri, check_language_map
from lms_bridge.xapi.results import check_result
from lms_bridge.xapi.signatures import SIGNATURE_CONTENT_TYPE, SIGNATURE_USAGE, BadSignature, read_signature
from lms_bridge.xapi.versions import is_statement_version
from lms_bridge.xapi.violations import MISSING, Violation, shown

VOIDED_VERB = "http://adlnet.gov/expapi/verbs/voided"

ObjectKind = Literal["Activity", "Agent", "Group", "SubStatement", "StatementRef"]
_KINDS: dict[str, ObjectKind] = {
    "Activity": "Activity",
    "GroupActivity": "Activity",
    "Agent": "Agent",
    "Group": "Group",
    "SubStatement": "SubStatement",
    "StatementRef": "StatementRef",
}
SERVER_KEYS = frozenset({"id", "stored", "timestamp", "authority", "version"})
_SHARED_KEYS = frozenset({"actor", "verb", "object", "result", "context", "timestamp", "attachments"})
STATEMENT_KEYS = _SHARED_KEYS | SERVER_KEYS
SUBSTATEMENT_KEYS = _SHARED_KEYS | {"objectType"}
# XAPI-00067 to XAPI-00070: what a SubStatement must not have (Data 2.4.4.3).
_NOT_IN_SUBSTATEMENT = {
    "authority": "XAPI-00067",
    "version": "XAPI-00068",
    "stored": "XAPI-00069",
    "id": "XAPI-00070",
}
VERB_KEYS = frozenset({"id", "display"})


@dataclass(slots=True)
class Head:
    """What the walk finds at the top of a statement."""

    statement_id: str | None = None
    timestamp: datetime | None = None
    actor_key: str | None = None
    verb_iri: str | None = None
    object_kind: ObjectKind = "Activity"
    activity_iri: str | None = None
    registration: str | None = None
    refers_to: str | None = None


def check_statement(reading: Reading, statement: dict[str, Any], source: bytes) -> Head:
    """Check a statement and return what stands at its top; what is wrong stands in `reading`.

    `source` is the statement's text.
    """
    head = Head()
    if not STATEMENT_KEYS.issuperset(statement):
        reading.unknown_keys("", statement, STATEMENT_KEYS)
    if "id" in statement:
        statement_id = statement["id"]
        if type(statement_id) is str and is_uuid(statement_id):
            head.statement_id = statement_id.lower()
        else:
            # XAPI-00027: the id is a UUID; XAPI-00028: in its string form (Data 2.4.1).
            requirement = "XAPI-00027" if type(statement_id) is str else "XAPI-00028"
            reading.refuse_type("/id", requirement, statement_id, "a UUID, or leave it to the LRS")
    _read_core(reading, statement, "", head, source)
    if "stored" in statement:
        # XAPI-00023: stored is a timestamp, though the LRS overwrites it.
        _check_timestamp(reading, statement["stored"], "/stored", "XAPI-00023")
    if "authority" in statement:
        check_authority(reading, statement["authority"], "/authority")
    if "version" in statement:
        version = statement["version"]
        if type(version) is not str or not is_statement_version(version, reading.version):
            # XAPI-00101: 1.0 or 1.0.x, in 2.0 also 2.0.0 (Data 2.4.10).
            reading.refuse_type("/version", "XAPI-00101", version, f"'{reading.version.statement_default}'")
    if "attachments" in statement:
        check_attachments(reading, statement["attachments"], "/attachments")
        _check_signatures(reading, statement)
    if head.verb_iri == VOIDED_VERB and head.object_kind != "StatementRef":
        # XAPI-00017, XAPI-00019, XAPI-00020: the verb voided names its target by a StatementRef (Data 2.3.2).
        message = f"the verb is voided, but the object is {head.object_kind}; give a StatementRef to the statement to void"
        reading.refuse("/object/objectType", "XAPI-00020", message)
    return head


def _read_core(reading: Reading, statement: dict[str, Any], pointer: str, head: Head, source: bytes) -> None:
    """Check what a statement and a SubStatement have in common; only a statement's own parts are direct."""
    direct = pointer == ""
    # XAPI-00003, XAPI-00004, XAPI-00005: actor, verb and object are there (Data 2.2).
    actor = statement.get("actor", MISSING)
    head.actor_key = check_actor(reading, actor, f"{pointer}/actor", direct=direct, requirement="XAPI-00003")
    verb = statement.get("verb", MISSING)
    if type(verb) is dict:
        head.verb_iri = _check_verb(reading, verb, f"{pointer}/verb")
    else:
        reading.refuse_type(f"{pointer}/verb", "XAPI-00004", verb, "a verb (an object with id)")
    _read_object(reading, statement.get("object", MISSING), f"{pointer}/object", head, source)
    if "result" in statement:
        check_result(reading, statement["result"], f"{pointer}/result", source)
    if "context" in statement:
        is_activity = head.object_kind == "Activity"
        context = statement["context"]
        head.registration = check_context(
            reading, context, f"{pointer}/context", object_is_activity=is_activity
        )
    if "timestamp" in statement:
        head.timestamp = _check_timestamp(
            reading, statement["timestamp"], f"{pointer}/timestamp", "XAPI-00022"
        )


def _check_verb(reading: Reading, verb: dict[str, Any], pointer: str) -> str | None:
    if not VERB_KEYS.issuperset(verb):
        reading.unknown_keys(pointer, verb, VERB_KEYS)
    if "display" in verb:
        # XAPI-00045: display is a language map (Data 2.4.3).
        check_language_map(reading, verb["display"], f"{pointer}/display", "XAPI-00045")
    iri = verb.get("id", MISSING)
    # XAPI-00044: the verb's id is an IRI (Data 2.4.3).
    return iri if check_iri(reading, iri, f"{pointer}/id", "XAPI-00044") else None


def _read_object(reading: Reading, thing: Any, pointer: str, head: Head, source: bytes) -> None:
    if type(thing) is not dict:
        reading.refuse_type(pointer, "XAPI-00005", thing, "an object")
        return
    direct = pointer == "/object"
    name = thing.get("objectType", "Activity")
    kind = _KINDS.get(name) if type(name) is str else None
    if kind is None or (kind == "SubStatement" and not direct):
        _refuse_object_kind(reading, name, f"{pointer}/objectType")
        return
    head.object_kind = kind
    if kind == "Activity":
        if "objectType" not in thing and (
            "mbox" in thing or "account" in thing or "openid" in thing or "member" in thing
        ):
            # XAPI-00065: an Agent or Group as object says so (Data 2.4.4.2).
            message = (
                f"{pointer} looks like an Agent or Group, but has no objectType; give 'Agent' or 'Group'"
            )
            reading.refuse(f"{pointer}/objectType", "XAPI-00065", message)
            return
        head.activity_iri = check_activity(reading, thing, pointer, direct=direct, is_object=True)
    elif kind == "StatementRef":
        head.refers_to = check_statement_ref(reading, thing, pointer, "XAPI-00072")
    elif kind == "SubStatement":
        _read_substatement(reading, thing, pointer, source)
    else:
        check_actor(reading, thing, pointer, direct=direct)


def _refuse_object_kind(reading: Reading, kind: Any, pointer: str) -> None:
    if kind == "SubStatement":
        # XAPI-00071: SubStatements are not nested (Data 2.4.4.3).
        reading.refuse(
            pointer, "XAPI-00071", f"{pointer} is 'SubStatement' inside a SubStatement; do not nest them"
        )
    else:
        # XAPI-00046: the five kinds of objects (Data 2.4.4), in this case of letters (XAPI-00009).
        wanted = "'Activity', 'Agent', 'Group', 'SubStatement' or 'StatementRef'"
        reading.refuse_type(pointer, "XAPI-00046", kind, wanted)


def _read_substatement(reading: Reading, substatement: dict[str, Any], pointer: str, source: bytes) -> None:
    # XAPI-00066: a SubStatement is validated as a statement (Data 2.4.4.3).
    if not SUBSTATEMENT_KEYS.issuperset(substatement):
        for key, requirement in _NOT_IN_SUBSTATEMENT.items():
            if key in substatement:
                message = f"a SubStatement has the property {key!r}; leave it out"
                reading.refuse(f"{pointer}/{key}", requirement, message)
        others = [key for key in substatement if key not in _NOT_IN_SUBSTATEMENT]
        reading.unknown_keys(pointer, others, SUBSTATEMENT_KEYS)
    _read_core(reading, substatement, pointer, Head(), source)
    if "attachments" in substatement:
        check_attachments(reading, substatement["attachments"], f"{pointer}/attachments")


def _check_timestamp(reading: Reading, value: Any, pointer: str, requirement: str) -> datetime | None:
    if type(value) is str:
        instant = parse_timestamp(value, reading.version)
        if instant is not None:
            return instant
    wanted = "an existing date and time such as '2026-05-04T09:30:00.000Z', with a known offset"
    reading.refuse_type(pointer, requirement, value, wanted)
    return None


def _check_signatures(reading: Reading, statement: dict[str, Any]) -> None:
    for place, attachment in enumerate(
        statement["attachments"] if type(statement["attachments"]) is list else ()
    ):
        if type(attachment) is not dict or attachment.get("usageType") != SIGNATURE_USAGE:
            continue
        pointer = f"/attachments/{place}"
        if attachment.get("contentType") != SIGNATURE_CONTENT_TYPE:
            # XAPI-00115: a signature is application/octet-stream (Data 2.6).
            message = f"{pointer}/contentType is {shown(attachment.get('contentType'))}; give '{SIGNATURE_CONTENT_TYPE}'"
            reading.refuse(f"{pointer}/contentType", "XAPI-00115", message)
        content = (reading.parts or {}).get(str(attachment.get("sha2")).lower())
        if content is None or reading.violations:
            continue
        signed = read_signature(content)
        if isinstance(signed, BadSignature):
            reading.refuse(pointer, signed.requirement, signed.message)
            continue
        payload = Reading(reading.index, reading.version, parts=reading.parts, lenient=reading.lenient)
        unsigned = {key: value for key, value in signed.statement.items() if key != "attachments"}
        check_statement(payload, unsigned, signed.text)
        if payload.violations or not is_signed_form(statement, unsigned):
            # XAPI-00116: the payload is the statement before it was signed (Data 2.6).
            message = f"the signature's payload is not this statement; sign what is sent ({_first(payload.violations)})"
            reading.refuse(pointer, "XAPI-00116", message)


def _first(violations: Sequence[Violation]) -> str:
    return violations[0].message if violations else "it differs in content"
