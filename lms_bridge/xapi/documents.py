"""The document resources: State, Agent Profile and Activity Profile, as far as they are pure.

Reading their parameters, the precondition of a write, and the merge of a POST. Sources: 1.0.3 Communication 2.2, 2.3,
2.6, 2.7 and 3.1; 2.0 4.1.4 and 4.1.6.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never

import orjson

from lms_bridge.xapi.parameters import Arguments, Parameters
from lms_bridge.xapi.parsing import exact_json, parse_json
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation, shown

Method = Literal["GET", "PUT", "POST", "DELETE"]


class Resource(StrEnum):
    """A document resource; the value is its path below the endpoint."""

    STATE = "activities/state"
    AGENT_PROFILE = "agents/profile"
    ACTIVITY_PROFILE = "activities/profile"

    @property
    def id_parameter(self) -> str:
        """The parameter that names one document."""
        return "stateId" if self is Resource.STATE else "profileId"


# The conformance requirements that name a missing parameter, by resource, parameter and method.
_MISSING: dict[tuple[Resource, str], dict[Method, str]] = {
    (Resource.STATE, "activityId"): {
        "DELETE": "XAPI-00207",
        "GET": "XAPI-00208",
        "POST": "XAPI-00209",
        "PUT": "XAPI-00210",
    },
    (Resource.STATE, "agent"): {
        "DELETE": "XAPI-00212",
        "GET": "XAPI-00213",
        "POST": "XAPI-00214",
        "PUT": "XAPI-00215",
    },
    (Resource.STATE, "stateId"): {"PUT": "XAPI-00206", "POST": "XAPI-00211"},
    (Resource.AGENT_PROFILE, "agent"): {
        "GET": "XAPI-00261",
        "DELETE": "XAPI-00262",
        "POST": "XAPI-00263",
        "PUT": "XAPI-00264",
    },
    (Resource.AGENT_PROFILE, "profileId"): {
        "DELETE": "XAPI-00265",
        "POST": "XAPI-00266",
        "PUT": "XAPI-00267",
    },
    (Resource.ACTIVITY_PROFILE, "activityId"): {
        "GET": "XAPI-00296",
        "DELETE": "XAPI-00297",
        "POST": "XAPI-00298",
        "PUT": "XAPI-00299",
    },
    (Resource.ACTIVITY_PROFILE, "profileId"): {
        "DELETE": "XAPI-00300",
        "POST": "XAPI-00301",
        "PUT": "XAPI-00302",
    },
}


# An entity tag in quotes, or one whose quotes are missing.
_TAG = re.compile(r'"([^"]*)"|([^\s,"]+)')


@dataclass(frozen=True, slots=True)
class _MergeRules:
    """The conformance requirements of a POST: valid JSON, JSON objects, application/json on both sides."""

    valid_json: str
    objects: str
    media_type: str


_MERGE_RULES = {
    Resource.STATE: _MergeRules("XAPI-00235", "XAPI-00229", "XAPI-00232"),
    Resource.AGENT_PROFILE: _MergeRules("XAPI-00284", "XAPI-00281", "XAPI-00278"),
    Resource.ACTIVITY_PROFILE: _MergeRules("XAPI-00314", "XAPI-00313", "XAPI-00309"),
}


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """Which documents a request means: one where `document_id` is set, else all of this activity and agent.

    `since` bounds a listing of ids by the time of the last change, exclusively.
    """

    resource: Resource
    activity_iri: str | None
    agent_key: str | None
    registration: str | None
    document_id: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a document and its media type, as they were sent."""

    content_type: str
    content: bytes

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON; parameters of the media type do not matter."""
        return self.content_type.partition(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True, slots=True)
class Permitted:
    """The write may go on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The write may not go on: a missing header, a conflict without one, or a condition that does not hold."""

    kind: Literal["bad-request", "conflict", "precondition-failed"]
    message: str


def read_document_query(
    resource: Resource, method: Method, arguments: Arguments, version: Version, *, lenient: bool = False
) -> DocumentQuery | tuple[Violation, ...]:
    """Read the parameters of a document request; a tuple of violations names every one that is wrong.

    PUT and POST mean one document, so do DELETE of a profile and GET with an id; DELETE of a state without stateId
    means all of them.
    """
    required, optional = _parameters(resource)
    if method == "GET":
        # XAPI-00221, XAPI-00268, XAPI-00303: a listing knows since (Communication 2.3, 2.6, 2.7).
        optional = (*optional, "since")
    id_parameter = resource.id_parameter
    parameters = Parameters(arguments, (*required, *optional, id_parameter), version, lenient=lenient)
    if method in {"PUT", "POST"} or (method == "DELETE" and resource is not Resource.STATE):
        required = (*required, id_parameter)
    for name in required:
        parameters.require(name, _MISSING[resource, name].get(method, ""))
    query = DocumentQuery(
        resource=resource,
        activity_iri=parameters.activity("activityId"),
        # XAPI-00196 to XAPI-00199, XAPI-00255 to XAPI-00258: agent is a valid Agent in JSON.
        agent_key=parameters.agent("agent"),
        # XAPI-00200 to XAPI-00203: registration is a UUID (Communication 2.3).
        registration=parameters.uuid("registration"),
        # XAPI-00224 to XAPI-00226, XAPI-00228, XAPI-00276, XAPI-00277, XAPI-00305 to XAPI-00307: the id is a text.
        document_id=parameters.text(id_parameter),
        # XAPI-00204, XAPI-00260, XAPI-00295: since is a timestamp.
        since=parameters.timestamp("since"),
    )
    return tuple(parameters.violations) if parameters.violations else query


def _parameters(resource: Resource) -> tuple[tuple[str, ...], tuple[str, ...]]:
    match resource:
        case Resource.STATE:
            # XAPI-00218 to XAPI-00220, XAPI-00227: every method of State knows registration (Communication 2.3).
            return ("activityId", "agent"), ("registration",)
        case Resource.AGENT_PROFILE:
            return ("agent",), ()
        case Resource.ACTIVITY_PROFILE:
            return ("activityId",), ()
    assert_never(resource)


def etag_of(content: bytes) -> str:
    """Return the entity tag of a document: its SHA-1 in quotes, as 1.0.3 asks (Communication 3.1)."""
    return f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'


def decide_write(
    *,
    resource: Resource,
    method: Method,
    version: Version,
    current: str | None,
    if_match: str | None,
    if_none_match: str | None,
) -> Permitted | Refused:
    """Decide by the concurrency headers whether a document may be written or deleted.

    `current` is the entity tag of the stored document, quotes included, None where there is none. XAPI-00322: wrong
    conditions are 412. A PUT without conditions is refused on an existing profile (409), in 2.0 also on an existing
    state; in 1.0.3 also on a new profile (400), because the sender MUST send one (Communication 3.1).
    """
    if if_match is not None and not _names(if_match, current):
        now = f"has the ETag {current}" if current else "does not exist"
        message = (
            f"If-Match is {shown(if_match)}, but the document {now}; read it again and repeat with its ETag"
        )
        return Refused("precondition-failed", message)
    if if_none_match is not None and _names(if_none_match, current):
        message = (
            f"If-None-Match is {shown(if_none_match)}, but the document exists; read it and send If-Match"
        )
        return Refused("precondition-failed", message)
    if method != "PUT" or if_match is not None or (if_none_match or "").strip():
        return Permitted()
    is_free = version is Version.V1_0_3 and resource is Resource.STATE
    if current is not None and not is_free:
        message = f"the document exists and the request has no If-Match; check its current state, then set If-Match to its ETag {current}"
        return Refused("conflict", message)
    if current is None and version is Version.V1_0_3 and resource is not Resource.STATE:
        message = (
            "a PUT of a profile needs If-Match or If-None-Match; send 'If-None-Match: *' for a new document"
        )
        return Refused("bad-request", message)
    return Permitted()


def _names(header: str, current: str | None) -> bool:
    """Tell whether a header of entity tags names the `current` one; weakness and missing quotes are forgiven.

    `*` alone names whatever is there, and in quotes it is a tag as any other (RFC 9110 13.1.1).
    """
    if current is None:
        return False
    if header.strip() == "*":
        return True
    return current.strip('"') in {quoted or bare for quoted, bare in _TAG.findall(header)}


def merge_documents(resource: Resource, current: Document | None, posted: Document) -> Document | Violation:
    """Return what a POST leaves: the posted document where there is none, else both merged at the top level.

    XAPI-00183, XAPI-00184: properties of the posted object replace those of the stored one as a whole. Both must
    be application/json and JSON objects, else nothing changes. Numbers keep their digits.
    """
    rules = _MERGE_RULES[resource]
    if posted.is_json:
        parsed = parse_json(posted.content)
        if isinstance(parsed, Violation):
            return Violation(None, "", rules.valid_json, f"the document says it is JSON: {parsed.message}")
        if current is None:
            # XAPI-00233, XAPI-00280, XAPI-00310: what is not there is stored as by PUT.
            return posted
        if not isinstance(parsed, dict):
            message = f"the posted document is {shown(parsed)}, which cannot be merged; post a JSON object, or PUT it"
            return Violation(None, "", rules.objects, message)
    elif current is None:
        return posted
    if not posted.is_json or not current.is_json:
        message = (
            f"the stored document is {shown(current.content_type)} and the posted one {shown(posted.content_type)}; "
            "only application/json can be merged, PUT replaces"
        )
        return Violation(None, "", rules.media_type, message)
    stored = parse_json(current.content)
    if isinstance(stored, Violation) or not isinstance(stored, dict):
        message = "the stored document is no JSON object and cannot be merged with; PUT replaces it"
        return Violation(None, "", rules.objects, message)
    # XAPI-00185, XAPI-00186, XAPI-00234, XAPI-00279, XAPI-00308: both are read, merged and written as one document.
    merged = {**exact_json(current.content), **exact_json(posted.content)}
    return Document("application/json", orjson.dumps(merged))
