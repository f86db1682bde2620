"""Activities and their definitions, with interaction components (1.0.3 Data 2.4.4.1)."""

from __future__ import annotations

from typing import Any

from lms_bridge.xapi.identifiers import is_iri
from lms_bridge.xapi.reading import Reading, check_extensions, check_iri, check_language_map
from lms_bridge.xapi.violations import MISSING, Defect, shown

ACTIVITY_KEYS = frozenset({"objectType", "id", "definition"})
# XAPI-00051 to XAPI-00055: these are arrays of interaction components (Data 2.4.4.1).
COMPONENT_LISTS = {
    "choices": "XAPI-00055",
    "scale": "XAPI-00054",
    "source": "XAPI-00053",
    "target": "XAPI-00052",
    "steps": "XAPI-00051",
}
DEFINITION_KEYS = frozenset(
    {
        "name",
        "description",
        "type",
        "moreInfo",
        "extensions",
        "interactionType",
        "correctResponsesPattern",
        *COMPONENT_LISTS,
    }
)
COMPONENT_KEYS = frozenset({"id", "description"})
INTERACTION_TYPES = frozenset(
    {
        "true-false",
        "choice",
        "fill-in",
        "long-fill-in",
        "matching",
        "performance",
        "sequencing",
        "likert",
        "numeric",
        "other",
    }
)


def check_activity(
    reading: Reading,
    activity: Any,
    pointer: str,
    *,
    direct: bool,
    is_object: bool = False,
    is_parent: bool = False,
) -> str | None:
    """Check a value that must be an Activity, index it, and return its id.

    `is_object` and `is_parent` say where it stands: two known defects of real senders belong to these places.
    """
    if type(activity) is not dict:
        reading.refuse_type(pointer, "XAPI-00094", activity, "an Activity object")
        return None
    if not ACTIVITY_KEYS.issuperset(activity):
        reading.unknown_keys(pointer, activity, ACTIVITY_KEYS)
    if activity.get("objectType", "Activity") != "Activity":
        _check_kind(reading, activity["objectType"], f"{pointer}/objectType")
    iri = activity.get("id")
    if (type(iri) is not str or not is_iri(iri)) and not _accept_id(
        reading, activity, pointer, is_object=is_object, is_parent=is_parent
    ):
        iri = None
    if "definition" in activity:
        definition = activity["definition"]
        check_definition(reading, definition, f"{pointer}/definition")
        if iri and type(definition) is dict:
            reading.definitions.append((iri, definition))
    if not iri:
        return None
    reading.activity(iri, direct=direct)
    return str(iri)


def _check_kind(reading: Reading, kind: Any, pointer: str) -> None:
    if kind == "GroupActivity":
        message = f"{pointer} is 'GroupActivity', which is no objectType; give 'Activity'"
        reading.defect(Defect.GROUP_ACTIVITY, pointer, "XAPI-00046", message)
    else:
        # XAPI-00094: a context activity is an Activity (Data 2.4.6.2).
        reading.refuse_type(pointer, "XAPI-00094", kind, "'Activity' or no objectType")


def _accept_id(
    reading: Reading, activity: dict[str, Any], pointer: str, *, is_object: bool, is_parent: bool
) -> bool:
    """Refuse an id that is no IRI; tell whether it is one that a lenient source may send and that can be indexed."""
    at = f"{pointer}/id"
    iri = activity.get("id")
    if is_parent and ("id" not in activity or iri == ""):
        message = f"{at} is missing; give the parent activity's IRI or leave the parent out"
        reading.defect(Defect.PARENT_WITHOUT_ID, at, "XAPI-00047", message)
        return False
    if "id" not in activity:
        # XAPI-00047: an Activity has an id, which is an IRI (Data 2.4.4.1).
        reading.refuse(at, "XAPI-00047", f"{at} is missing; give the activity's IRI")
        return False
    if is_object and type(iri) is str and iri:
        message = f"{at} is {shown(iri)}, which is no absolute IRI; give one with a scheme, percent-encoded"
        reading.defect(Defect.OBJECT_ID_NOT_IRI, at, "XAPI-00047", message)
        return reading.lenient
    check_iri(reading, iri, at, "XAPI-00047")
    return False


def check_definition(reading: Reading, definition: Any, pointer: str) -> None:
    """Check an activity definition (Data 2.4.4.1)."""
    if type(definition) is not dict:
        # XAPI-00048: the definition is an object.
        reading.refuse_type(pointer, "XAPI-00048", definition, "an object")
        return
    is_interaction = False
    for key, value in definition.items():
        if key == "name":
            check_language_map(reading, value, f"{pointer}/name", "XAPI-00056")
        elif key == "type":
            check_iri(reading, value, f"{pointer}/type", "XAPI-00060")
        elif key == "description":
            check_language_map(reading, value, f"{pointer}/description", "XAPI-00059")
        elif key == "moreInfo":
            check_iri(reading, value, f"{pointer}/moreInfo", "XAPI-00061")
        elif key == "extensions":
            check_extensions(reading, value, f"{pointer}/extensions", "XAPI-00057")
        elif key in DEFINITION_KEYS:
            is_interaction = True
        else:
            reading.unknown_keys(pointer, (key,), DEFINITION_KEYS)
    if is_interaction:
        _check_interaction(reading, definition, pointer)


def _check_interaction(reading: Reading, definition: dict[str, Any], pointer: str) -> None:
    kind = definition.get("interactionType")
    at = f"{pointer}/interactionType"
    if "interactionType" not in definition:
        # XAPI-00064: response patterns and component lists need an interactionType.
        message = f"{at} is missing, but other interaction properties are given; say which interaction it is"
        reading.refuse(at, "XAPI-00064", message)
    elif type(kind) is not str:
        reading.refuse_type(at, "XAPI-00049", kind, f"one of {', '.join(sorted(INTERACTION_TYPES))}")
    elif kind not in INTERACTION_TYPES:
        # XAPI-00049: interactionType is one of ten values; XAPI-00009: their case must match.
        requirement = "XAPI-00009" if kind.lower() in INTERACTION_TYPES else "XAPI-00049"
        reading.refuse(
            at, requirement, f"{at} is {shown(kind)}; give one of {', '.join(sorted(INTERACTION_TYPES))}"
        )
    if "correctResponsesPattern" in definition:
        patterns = definition["correctResponsesPattern"]
        at = f"{pointer}/correctResponsesPattern"
        # XAPI-00050: correctResponsesPattern is an array of strings (Data 2.4.4.1).
        if type(patterns) is not list:
            reading.refuse_type(at, "XAPI-00050", patterns, "an array of strings")
        else:
            for place, pattern in enumerate(patterns):
                if type(pattern) is not str:
                    reading.refuse_type(f"{at}/{place}", "XAPI-00050", pattern, "a string")
    for name, requirement in COMPONENT_LISTS.items():
        if name in definition:
            _check_components(reading, definition[name], f"{pointer}/{name}", requirement)


def _check_components(reading: Reading, components: Any, pointer: str, requirement: str) -> None:
    if type(components) is not list:
        reading.refuse_type(pointer, requirement, components, "an array of interaction components")
        return
    ids: set[str] = set()
    for place, component in enumerate(components):
        at = f"{pointer}/{place}"
        if type(component) is not dict:
            # XAPI-00063: an interaction component is an object (Data 2.4.4.1).
            reading.refuse_type(at, "XAPI-00063", component, "an interaction component (an object)")
            continue
        if not COMPONENT_KEYS.issuperset(component):
            reading.unknown_keys(at, component, COMPONENT_KEYS)
        name = component.get("id", MISSING)
        # XAPI-00058: a component has an id, a string that stands once in its list (Data 2.4.4.1).
        if type(name) is not str:
            reading.refuse_type(f"{at}/id", "XAPI-00058", name, "a string that names the component")
        elif name in ids:
            message = f"{at}/id is {shown(name)}, as an earlier component's; make it distinct"
            reading.refuse(f"{at}/id", "XAPI-00058", message)
        else:
            ids.add(name)
        if "description" in component:
            # XAPI-00062: the description of a component is a language map (Data 2.4.4.1).
            check_language_map(reading, component["description"], f"{at}/description", "XAPI-00062")
