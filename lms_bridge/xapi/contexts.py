"""Context of a statement: registration, instructor, team, context activities and, in 2.0, context agents and groups.

Sources: 1.0.3 Data 2.4.6; 2.0 (IEEE 9274.1.1) 4.2.2.5.
"""

from __future__ import annotations

from typing import Any

from lms_bridge.xapi.activities import check_activity
from lms_bridge.xapi.actors import check_actor, check_agent, check_group
from lms_bridge.xapi.identifiers import is_language_tag, is_uuid
from lms_bridge.xapi.reading import Reading, check_extensions, check_iri, check_text
from lms_bridge.xapi.violations import MISSING, Defect, shown

V2_ONLY_KEYS = frozenset({"contextAgents", "contextGroups"})
CONTEXT_KEYS = frozenset(
    {
        "registration",
        "instructor",
        "team",
        "contextActivities",
        "revision",
        "platform",
        "language",
        "statement",
        "extensions",
    }
)
CONTEXT_KEYS_V2 = CONTEXT_KEYS | V2_ONLY_KEYS
CONTEXT_ACTIVITY_KEYS = frozenset({"parent", "grouping", "category", "other"})
STATEMENT_REF_KEYS = frozenset({"objectType", "id"})


def check_context(reading: Reading, context: Any, pointer: str, *, object_is_activity: bool) -> str | None:
    """Check a context, index its agents and activities as related, and return its registration in lower case."""
    if type(context) is not dict:
        reading.refuse_type(pointer, "XAPI-00006", context, "an object")
        return None
    registration = None
    for key, value in context.items():
        if key == "contextActivities":
            _check_context_activities(reading, value, f"{pointer}/contextActivities")
        elif key == "registration":
            registration = _check_registration(reading, value, f"{pointer}/registration")
        elif key == "extensions":
            check_extensions(reading, value, f"{pointer}/extensions", "XAPI-00120")
        elif key == "language":
            if type(value) is not str or not is_language_tag(value):
                # XAPI-00091: language follows RFC 5646.
                wanted = "a language tag such as 'en' or 'de-AT'"
                reading.refuse_type(f"{pointer}/language", "XAPI-00091", value, wanted)
        elif key in {"platform", "revision"}:
            _check_of_activity(reading, value, pointer, key, object_is_activity=object_is_activity)
        elif key == "instructor":
            # XAPI-00087-2: the instructor is an Agent (it may be a Group).
            check_actor(reading, value, f"{pointer}/instructor", direct=False, requirement="XAPI-00087-2")
        elif key == "team":
            # XAPI-00088: the team is a Group.
            check_group(reading, value, f"{pointer}/team", direct=False, requirement="XAPI-00088")
        elif key == "statement":
            # XAPI-00092: context.statement is a StatementRef.
            check_statement_ref(reading, value, f"{pointer}/statement", "XAPI-00092")
        elif key == "contextAgents" and reading.is_v2:
            _check_context_agents(reading, value, f"{pointer}/contextAgents", "contextAgent", "agent")
        elif key == "contextGroups" and reading.is_v2:
            _check_context_agents(reading, value, f"{pointer}/contextGroups", "contextGroup", "group")
        else:
            reading.unknown_keys(pointer, (key,), CONTEXT_KEYS_V2 if reading.is_v2 else CONTEXT_KEYS)
    return registration


def check_statement_ref(reading: Reading, value: Any, pointer: str, requirement: str) -> str | None:
    """Check a value that must be a StatementRef, and return the id that it refers to, in lower case."""
    if type(value) is not dict:
        reading.refuse_type(pointer, requirement, value, "a StatementRef object")
        return None
    if not STATEMENT_REF_KEYS.issuperset(value):
        reading.unknown_keys(pointer, value, STATEMENT_REF_KEYS)
    if value.get("objectType") != "StatementRef":
        # XAPI-00073: a StatementRef says so in objectType (Data 2.4.4.3).
        reading.refuse_type(
            f"{pointer}/objectType", "XAPI-00073", value.get("objectType", MISSING), "'StatementRef'"
        )
    target = value.get("id", MISSING)
    if type(target) is str and is_uuid(target):
        return target.lower()
    # XAPI-00072: the id of a StatementRef is a UUID (Data 2.4.4.3).
    reading.refuse_type(f"{pointer}/id", "XAPI-00072", target, "the UUID of a statement")
    return None


def _check_registration(reading: Reading, value: Any, pointer: str) -> str | None:
    if type(value) is str and is_uuid(value):
        return value.lower()
    if value == "":
        message = f"{pointer} is empty; give a UUID or leave the property out"
        reading.defect(Defect.EMPTY_REGISTRATION, pointer, "XAPI-00087-1", message)
    else:
        # XAPI-00087-1: the registration is a UUID.
        reading.refuse_type(pointer, "XAPI-00087-1", value, "a UUID")
    return None


def _check_of_activity(
    reading: Reading, value: Any, pointer: str, key: str, *, object_is_activity: bool
) -> None:
    # XAPI-00089, XAPI-00090: revision and platform are strings.
    check_text(reading, value, f"{pointer}/{key}", "XAPI-00089" if key == "revision" else "XAPI-00090")
    if not object_is_activity:
        # XAPI-00084, XAPI-00085: both only where the object is an Activity.
        requirement = "XAPI-00084" if key == "revision" else "XAPI-00085"
        message = f"{pointer}/{key} may stand only where the object is an Activity; leave it out"
        reading.refuse(f"{pointer}/{key}", requirement, message)


def _check_context_activities(reading: Reading, value: Any, pointer: str) -> None:
    if type(value) is not dict:
        # XAPI-00086: contextActivities is an object.
        reading.refuse_type(pointer, "XAPI-00086", value, "an object")
        return
    for key, activities in value.items():
        at = f"{pointer}/{key}"
        if key not in CONTEXT_ACTIVITY_KEYS:
            message = f"contextActivities has the key {shown(key)}; use parent, grouping, category or other"
            # XAPI-00093: the keys are parent, grouping, category and other.
            reading.refuse(pointer, "XAPI-00093", message)
        elif type(activities) is list:
            is_parent = key == "parent"
            for place, activity in enumerate(activities):
                check_activity(reading, activity, f"{at}/{place}", direct=False, is_parent=is_parent)
        else:
            # XAPI-00094: the value is an Activity or an array of them; a single one is returned as an array.
            reading.single_activities = True
            check_activity(reading, activities, at, direct=False, is_parent=key == "parent")


def _check_context_agents(reading: Reading, value: Any, pointer: str, kind: str, name: str) -> None:
    """Check contextAgents or contextGroups: arrays of objects with an actor and the types it is relevant to (2.0)."""
    if type(value) is not list:
        reading.refuse_type(pointer, "", value, f"an array of {kind} objects")
        return
    allowed = frozenset({"objectType", name, "relevantTypes"})
    for place, item in enumerate(value):
        at = f"{pointer}/{place}"
        if type(item) is not dict:
            reading.refuse_type(at, "", item, f"a {kind} object")
            continue
        if not allowed.issuperset(item):
            reading.unknown_keys(at, item, allowed)
        if item.get("objectType") != kind:
            reading.refuse_type(f"{at}/objectType", "", item.get("objectType", MISSING), repr(kind))
        if name == "agent":
            check_agent(reading, item.get("agent", MISSING), f"{at}/agent", direct=False)
        else:
            check_group(reading, item.get("group", MISSING), f"{at}/group", direct=False)
        if "relevantTypes" in item:
            _check_relevant_types(reading, item["relevantTypes"], f"{at}/relevantTypes")


def _check_relevant_types(reading: Reading, types: Any, pointer: str) -> None:
    if type(types) is not list or not types:
        reading.refuse_type(pointer, "", types, "an array of at least one activity type IRI")
        return
    for place, iri in enumerate(types):
        check_iri(reading, iri, f"{pointer}/{place}", "")
