"""Rich Skill Descriptors (Open Skills Network, OSMT): JSON, JSON lines, OSMT's CSV import and its CSV export.

A descriptor is a skill: its name is the label, its statement the description, its keywords are hidden labels, its
collections and categories are collections. The IRI is `id` or the canonical URL, else `urn:uuid:<uuid>`. Rows of the import
layout carry neither: theirs is a name-based UUID of name and statement. The alignment URL is no id, several skills share one.
Occupations are SOC codes; one that a descriptor names has the value 1 on the scale "listed".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lms_bridge.skills.formats.json_documents import JsonObject, objects, parse_json, shown, text_of, texts_of
from lms_bridge.skills.formats.tables import Faults, Progress, is_iri, read_csv
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Occupation,
    OccupationValue,
    ValueScale,
    merge_labels,
)

FILES = "a .csv, .json or .jsonl file of rich skill descriptors"

LISTED = ValueScale("listed", "Listed (1) or not (0)", 0, 1)
_STATUSES = frozenset({"published", "archived", "draft", "unarchived", "deleted"})
# Column names of OSMT's import layout, then of its export.
_NAME, _STATEMENT = ("Skill Name", "RSD Name"), ("Contextualized Skill Statement", "Skill Statement")
_CATEGORY, _COLLECTION = ("Skill Category", "Categories"), ("Collection", "Collections")
_CANONICAL = ("Canonical URL",)
_OCCUPATIONS = (
    *(
        "BLS Major Group",
        "BLS Minor Group",
        "BLS Broad Occupation",
        "BLS Detailed Occupation",
        "O*NET Job Role",
    ),
    *(
        "Occupation Major Groups",
        "Occupation Minor Groups",
        "Broad Occupations",
        "Detailed Occupations",
        "O*NET Job Codes",
    ),
)


@dataclass(slots=True)
class _Descriptors:
    skills: dict[str, FrameworkSkill] = field(default_factory=dict)
    occupations: dict[str, str] = field(default_factory=dict)
    listed: dict[tuple[str, str], None] = field(default_factory=dict)
    repeated: int = 0
    without_id: int = 0


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may hold descriptors."""
    return base.endswith((".csv", ".json", ".jsonl"))


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    found = _Descriptors()
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        if file.lower().endswith(".csv"):
            _read_csv(file, text, found, faults)
        else:
            for line, pointer, item in _json_items(file, text, faults):
                _read_json(file, line, pointer, item, found, faults)
    remarks = []
    if found.repeated:
        remarks.append(f"{found.repeated} descriptors repeat one above word by word and were taken once")
    if found.without_id:
        remarks.append(
            f"{found.without_id} rows carry no id: theirs is made of name and statement and changes with them"
        )
    return FrameworkRelease(
        format="rsd",
        name="Rich Skill Descriptors",
        version="",
        skills=tuple(found.skills.values()),
        occupations=tuple(Occupation(code, name or code) for code, name in found.occupations.items()),
        occupation_values=tuple(OccupationValue(code, iri, LISTED.scale_id, 1) for code, iri in found.listed),
        value_scales=(LISTED,) if found.listed else (),
        remarks=tuple(remarks),
    )


def _read_csv(file: str, text: str, found: _Descriptors, faults: Faults) -> None:
    table = read_csv(file, text, faults, required=())
    if table is None:
        return

    def first(columns: tuple[str, ...]) -> str:
        return next((column for column in columns if table.has(column)), "")

    name_column, statement_column = first(_NAME), first(_STATEMENT)
    for column, names in ((name_column, _NAME), (statement_column, _STATEMENT)):
        if not column:
            there = ", ".join(table.header)
            faults.add(
                file, 1, names[0], "", f"the column {' or '.join(names)} is missing; the header has: {there}"
            )
    if not name_column or not statement_column:
        return
    occupation_columns = [column for column in _OCCUPATIONS if table.has(column)]
    columns = (
        name_column,
        statement_column,
        first(_CATEGORY),
        first(_COLLECTION),
        first(_CANONICAL),
        "Keywords",
    )
    for line, (name, statement, category, collection, url, keywords, *codes) in table.cells(
        *columns, *occupation_columns
    ):
        if url and not is_iri(url):
            faults.add(
                file,
                line,
                _CANONICAL[0],
                url,
                "this is no URL; give the full canonical URL or leave it empty",
            )
            continue
        for column, value in ((name_column, name), (statement_column, statement)):
            if not value:
                faults.add(file, line, column, "", f"the {column.lower()} is empty; give it")
        found.without_id += not url
        skill = FrameworkSkill(
            iri=url or uuid.uuid5(uuid.NAMESPACE_URL, f"{name}\n{statement}").urn,
            kind="skill",
            labels=_labels(name, _split(keywords)),
            description=statement,
            collections=tuple(dict.fromkeys((*_split(collection), *_split(category)))),
        )
        occupations = {code: "" for cell in codes for code in _split(cell)}
        _add(file, line, "", skill, occupations, found, faults)


def _json_items(file: str, text: str, faults: Faults) -> Iterator[tuple[int, str, JsonObject]]:
    """Yield line (0 in a JSON document), pointer and descriptor."""
    if file.lower().endswith(".jsonl"):
        for line, line_text in enumerate(text.split("\n"), start=1):
            if not line_text.strip():
                continue
            item = parse_json(file, line_text, faults, first_line=line)
            if isinstance(item, dict):
                yield line, "", item
            elif item is not None:
                faults.add(file, line, "", shown(item), "this must be an object, one descriptor")
        return
    document = parse_json(file, text, faults)
    if isinstance(document, dict):
        yield 0, "", document
    elif document is not None:
        for pointer, item in objects(file, "", document, faults, what="descriptors"):
            yield 0, pointer, item


def _read_json(
    file: str, line: int, pointer: str, item: JsonObject, found: _Descriptors, faults: Faults
) -> None:
    name = text_of(file, pointer, item, "skillName", faults, required=True)
    statement = text_of(file, pointer, item, "skillStatement", faults, required=True)
    status = text_of(file, pointer, item, "status", faults).lower()
    iri = text_of(file, pointer, item, "id", faults)
    identifier = text_of(file, pointer, item, "uuid", faults)
    if not iri and identifier:
        iri = f"urn:uuid:{identifier}"
    if not is_iri(iri) or (iri.startswith("urn:uuid:") and not _is_uuid(iri.removeprefix("urn:uuid:"))):
        faults.add(
            file, line, f"{pointer}/id", iri, "the descriptor has neither an id (a URL) nor a uuid; give one"
        )
        return
    if status and status not in _STATUSES:
        faults.add(
            file, line, f"{pointer}/status", status, f"none of {', '.join(sorted(_STATUSES))}; correct it"
        )
    skill = FrameworkSkill(
        iri=iri,
        kind="skill",
        labels=_labels(name, texts_of(item.get("keywords"))),
        description=statement,
        collections=tuple(dict.fromkeys((*_names(item.get("collections")), *_categories(item)))),
        status=status,
    )
    entries = item.get("occupations")
    occupations = {
        code: _occupation_name(entry)
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(code := entry.get("code"), str)
    }
    _add(file, line, pointer, skill, occupations, found, faults)


def _add(
    file: str,
    line: int,
    pointer: str,
    skill: FrameworkSkill,
    occupations: Mapping[str, str],
    found: _Descriptors,
    faults: Faults,
) -> None:
    known = found.skills.setdefault(skill.iri, skill)
    if known is not skill:
        if known != skill:
            faults.add(
                file, line, pointer or "id", skill.iri, "another descriptor above has this id; keep one"
            )
        found.repeated += 1
        return
    for code, name in occupations.items():
        found.occupations[code] = found.occupations.get(code) or name
        found.listed[code, skill.iri] = None


def _labels(name: str, keywords: tuple[str, ...]) -> tuple[Label, ...]:
    return merge_labels(
        (Label("en", "preferred", name), *(Label("en", "hidden", keyword) for keyword in keywords))
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _categories(item: JsonObject) -> tuple[str, ...]:
    # Version 2 joins several categories by a semicolon, version 3 has a list.
    return tuple(
        name
        for key in ("category", "categories")
        for text in texts_of(item.get(key))
        for name in _split(text)
    )


def _names(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else []
    named = (entry.get("name") if isinstance(entry, dict) else entry for entry in entries)
    return tuple(name.strip() for name in named if isinstance(name, str) and name.strip())


def _occupation_name(entry: JsonObject) -> str:
    name = entry.get("targetNodeName") or entry.get("name") or ""
    return name if isinstance(name, str) else ""


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
