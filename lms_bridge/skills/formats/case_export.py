"""A framework's release as a CASE 1.0 package, for systems that exchange competencies in this form.

CASE has one language an item: the export takes English, else any. Items keep the skills' IRIs as `uri`; identifiers are
UUIDs made of them (UUIDv5), so that every export of a skill has the same. Scales travel as rubrics. Collections, occupations
and their values have no place in CASE and are left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson

from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Level, preferred_label


def case_package(
    release: FrameworkRelease, *, document_uri: str, creator: str, changed_at: datetime
) -> bytes:
    """Return the CFPackage of `release` as UTF-8 JSON; `document_uri` is the address under which it is published."""
    changed = changed_at.astimezone(UTC).isoformat(timespec="seconds")
    document = {**_node(document_uri, changed), "creator": creator, "title": release.name}
    if release.version:
        document["version"] = release.version
    package = {
        "CFDocument": document,
        "CFItems": [_item(skill, changed) for skill in release.skills],
        "CFAssociations": list(_associations(release, document, changed)),
        "CFRubrics": list(_rubrics(release, document_uri, changed)),
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2)


def identifier_of(uri: str) -> str:
    """Return the UUID of a URI: the one that it ends with, as CASE's own URIs do, else one made of the URI."""
    last = uri.rpartition("/")[2].rpartition(":")[2]
    # Associations and rubrics are parts of a URI (#…), which may end with somebody else's UUID.
    if len(last) == 36 and "#" not in uri:
        with suppress(ValueError):
            return str(uuid.UUID(last))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, uri))


def _node(uri: str, changed: str) -> dict[str, Any]:
    return {"identifier": identifier_of(uri), "uri": uri, "lastChangeDateTime": changed}


def _link(uri: str, title: str) -> dict[str, str]:
    return {"title": title, "identifier": identifier_of(uri), "uri": uri}


def _item(skill: FrameworkSkill, changed: str) -> dict[str, Any]:
    name = preferred_label(skill, "en")
    lang = next((x.lang for x in skill.labels if x.kind == "preferred" and x.text == name), "")
    own = [label for label in skill.labels if label.lang == lang]
    alternatives = [label.text for label in own if label.kind == "alternative"]
    keywords = [*alternatives[1:], *(label.text for label in own if label.kind == "hidden")]
    item = {
        **_node(skill.iri, changed),
        "fullStatement": skill.description or name,
        "abbreviatedStatement": name if skill.description else "",
        "alternativeLabel": alternatives[0] if alternatives else "",
        "humanCodingScheme": skill.code,
        "CFItemType": skill.kind.capitalize(),
        "language": lang,
        "conceptKeywords": keywords,
    }
    return {key: value for key, value in item.items() if value}


def _associations(
    release: FrameworkRelease, document: dict[str, Any], changed: str
) -> Iterator[dict[str, Any]]:
    names = {skill.iri: preferred_label(skill, "en") for skill in release.skills}
    for skill in release.skills:
        for parent in skill.parents or (document["uri"],):
            yield {
                **_node(f"{skill.iri}#isChildOf-{parent}", changed),
                "originNodeURI": _link(skill.iri, names[skill.iri]),
                "associationType": "isChildOf",
                "destinationNodeURI": _link(parent, names.get(parent, release.name)),
            }


def _rubrics(release: FrameworkRelease, document_uri: str, changed: str) -> Iterator[dict[str, Any]]:
    criteria = []
    if release.scale:
        criteria.append(_criterion(f"{document_uri}#scale", release.scale, changed))
    for skill in release.skills:
        if skill.levels:
            item = _link(skill.iri, preferred_label(skill, "en"))
            criteria.append({**_criterion(f"{skill.iri}#scale", skill.levels, changed), "CFItemURI": item})
    if criteria:
        yield {**_node(f"{document_uri}#levels", changed), "title": "Levels", "CFRubricCriteria": criteria}


def _criterion(uri: str, levels: Sequence[Level], changed: str) -> dict[str, Any]:
    return {
        **_node(uri, changed),
        "CFRubricCriterionLevels": [
            {**_node(f"{uri}-{level.step}", changed), "quality": level.name, "position": level.step}
            for level in levels
        ],
    }
