"""Open edX taxonomies as CSV or JSON, in the layout that its import and export of tags use.

Tags are skills `urn:openedx:tag:<taxonomy>:<id>`; the taxonomy is the file's name, because the file itself names none. A
parent must stand before its children, as Open edX wants it. Fields beside id, value and parent_id are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from lms_bridge.skills.formats.json_documents import objects, parse_json
from lms_bridge.skills.formats.tables import Faults, Progress, read_csv
from lms_bridge.skills.frameworks import UNKNOWN_LANGUAGE, FrameworkRelease, FrameworkSkill, Label

FILES = "a .csv or .json file of tags with id, value and parent_id"

_COLUMNS: Final = ("id", "value", "parent_id")


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be a taxonomy."""
    return base.endswith((".csv", ".json"))


@dataclass(frozen=True, slots=True)
class _Tag:
    line: int
    own: str
    value: str
    parent: str


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    if len(texts) > 1:
        listed = ", ".join(sorted(texts))
        faults.add(listed, 0, "", "", "these are several taxonomies; import each file by itself")
        return FrameworkRelease("openedx", "", "")
    ((file, text),) = texts.items()
    progress(f"read {file}", 0, 1)
    name = file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    rows = _json_tags(file, text, faults) if file.lower().endswith(".json") else _csv_tags(file, text, faults)
    skills: dict[str, FrameworkSkill] = {}
    lines: dict[str, int] = {}

    def iri(own: str) -> str:
        return f"urn:openedx:tag:{quote(name, safe='')}:{quote(own, safe='')}"

    for tag in rows:
        if not tag.own or not tag.value:
            column = "value" if tag.own else "id"
            faults.add(file, tag.line, column, "", f"the {column} is empty; give every tag both")
        elif tag.own in skills:
            where = f"line {lines[tag.own]}" if lines[tag.own] else "the file"
            faults.add(
                file, tag.line, "id", tag.own, f"the id stands in {where} already; give each tag its own"
            )
        elif tag.parent and tag.parent not in skills:
            remedy = "no tag above has this id; put the parent before its children, or correct it"
            faults.add(file, tag.line, "parent_id", tag.parent, remedy)
        else:
            lines[tag.own] = tag.line
            skills[tag.own] = FrameworkSkill(
                iri=iri(tag.own),
                kind="skill",
                labels=(Label(UNKNOWN_LANGUAGE, "preferred", tag.value),),
                parents=(iri(tag.parent),) if tag.parent else (),
                code=tag.own,
            )
    return FrameworkRelease("openedx", name, "", skills=tuple(skills.values()))


def _csv_tags(file: str, text: str, faults: Faults) -> Iterator[_Tag]:
    table = read_csv(file, text, faults, required=("id", "value"))
    if table is not None:
        for line, (own, value, parent) in table.cells(*_COLUMNS):
            yield _Tag(line, own, value, parent)


def _json_tags(file: str, text: str, faults: Faults) -> Iterator[_Tag]:
    document = parse_json(file, text, faults)
    if document is None:
        return
    tags = document.get("tags") if isinstance(document, dict) else None
    if not isinstance(tags, list) or not tags:
        faults.add(file, 0, "/tags", "", "there is no list of tags; export the taxonomy again")
        return
    for pointer, item in objects(file, "/tags", tags, faults, what="tags"):
        cells = [item.get(column) or "" for column in _COLUMNS]
        if not all(isinstance(cell, str) for cell in cells):
            faults.add(file, 0, pointer, "", "id, value and parent_id are texts; quote them")
            continue
        yield _Tag(0, *(str(cell).strip() for cell in cells))
