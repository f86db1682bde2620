"""DoD Cyber Workforce Framework as JSON: `elements`, work `roles` and `ksats` (knowledge, skills, abilities, tasks) by id.

KSATs are skills `urn:dcwf:ksat:<id>` whose label is their text. Roles are occupations; on the scale "need" a core KSAT of a
role has the value 2, an additional one 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lms_bridge.skills.formats.json_documents import JsonObject, parse_json, shown, text_of
from lms_bridge.skills.formats.tables import Faults, Progress
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Occupation,
    OccupationValue,
    ValueScale,
)

FILES = "a .json file with the objects elements, roles and ksats"

NEED = ValueScale("need", "Need: additional (1), core (2)", 1, 2)
_KINDS = frozenset({"knowledge", "skill", "ability", "task"})


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be the framework."""
    return base.endswith(".json")


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    skills: dict[str, FrameworkSkill] = {}
    occupations: dict[str, Occupation] = {}
    needs: dict[tuple[str, str], int] = {}
    remarks: list[str] = []
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        document = parse_json(file, text, faults)
        if document is None:
            continue
        if not isinstance(document, dict) or not {"roles", "ksats"} <= set(document):
            faults.add(file, 0, "", "", f"this is no framework file; expected is {FILES}")
            continue
        for pointer, key, item in _by_id(file, "/ksats", document["ksats"], faults):
            skill = _skill(file, pointer, key, item, faults)
            if skill is not None:
                skills[key] = skill
        for pointer, key, item in _by_id(file, "/roles", document["roles"], faults):
            title = text_of(file, pointer, item, "name", faults, required=True)
            occupations[key] = Occupation(key, title, text_of(file, pointer, item, "description", faults))
            remarks.extend(_read_needs(file, pointer, key, item, skills, needs, faults))
    return FrameworkRelease(
        format="dcwf",
        name="DCWF",
        version="",
        skills=tuple(skills.values()),
        occupations=tuple(occupations.values()),
        occupation_values=tuple(
            OccupationValue(role, skills[ksat].iri, NEED.scale_id, value)
            for (role, ksat), value in needs.items()
        ),
        value_scales=(NEED,),
        remarks=tuple(remarks),
    )


def _by_id(file: str, pointer: str, value: Any, faults: Faults) -> Iterator[tuple[str, str, JsonObject]]:
    """Yield pointer, id and object of a map whose keys are the ids of its objects."""
    if not isinstance(value, dict) or not value:
        faults.add(file, 0, pointer, shown(value), "this must be an object with one object for each id")
        return
    for key, item in value.items():
        if not isinstance(item, dict):
            faults.add(file, 0, f"{pointer}/{key}", shown(item), "this must be an object")
        elif item.get("id", key) != key:
            faults.add(
                file, 0, f"{pointer}/{key}/id", shown(item["id"]), f"the object of key {key!r} has another id"
            )
        else:
            yield f"{pointer}/{key}", key, item


def _skill(file: str, pointer: str, key: str, item: JsonObject, faults: Faults) -> FrameworkSkill | None:
    # One task of the published file is a "TAsk".
    kind = text_of(file, pointer, item, "kind", faults, required=True).lower()
    text = text_of(file, pointer, item, "description", faults, required=True)
    if kind and kind not in _KINDS:
        faults.add(
            file, 0, f"{pointer}/kind", kind, f"this is none of {', '.join(sorted(_KINDS))}; correct it"
        )
    if not kind or not text:
        return None
    return FrameworkSkill(f"urn:dcwf:ksat:{key}", kind, (Label("en", "preferred", text),), code=key)


def _read_needs(
    file: str,
    pointer: str,
    role: str,
    item: JsonObject,
    skills: Mapping[str, FrameworkSkill],
    needs: dict[tuple[str, str], int],
    faults: Faults,
) -> Iterator[str]:
    """Read a role's core and additional KSATs into `needs`; yield a remark on each that is both."""
    for list_name, value in (("core_ksats", 2), ("additional_ksats", 1)):
        listed = item.get(list_name, [])
        if not isinstance(listed, list):
            faults.add(file, 0, f"{pointer}/{list_name}", shown(listed), "this must be a list of ids")
            continue
        for place, ksat in enumerate(listed):
            if not isinstance(ksat, str) or ksat not in skills:
                remedy = "ksats has no such id; add it or correct the id"
                faults.add(file, 0, f"{pointer}/{list_name}/{place}", shown(ksat), remedy)
            elif needs.setdefault((role, ksat), value) != value:
                yield f"role {role} lists {ksat} as core and as additional: core was taken"
