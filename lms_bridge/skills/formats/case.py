"""CASE packages (1EdTech Competencies and Academic Standards Exchange 1.0): CFDocument, CFItems, CFAssociations, CFRubrics.

Items are skills under their `uri`; the label is the abbreviated statement, else the full one. `isChildOf` is the hierarchy:
a child of the document is a root, a parent outside the package is left out and named in the remarks. A rubric criterion gives
levels: those of its item, or of the whole framework where it names none. Source: CASE 1.0, CFPackage schema.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from lms_bridge.skills.formats.json_documents import JsonObject, objects, parse_json, shown, text_of, texts_of
from lms_bridge.skills.formats.tables import Faults, Progress, cycles, is_iri
from lms_bridge.skills.frameworks import (
    UNKNOWN_LANGUAGE,
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Level,
    merge_labels,
)

FILES = "one .json file, a CFPackage with CFDocument, CFItems and CFAssociations"

ASSOCIATIONS = frozenset(
    {
        *("isChildOf", "isPeerOf", "isPartOf", "exactMatchOf", "precedes", "isRelatedTo"),
        *("replacedBy", "exemplar", "hasSkillLevel", "isTranslationOf"),
    }
)
_GROUP_TYPES = frozenset({"group", "cluster", "domain", "strand", "category", "heading", "grade level"})
_KINDS = frozenset(
    {"knowledge", "ability", "activity", "attitude", "technology", "task", "statement", "element"}
)


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be a package."""
    return base.endswith(".json")


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); JSON files that are no package are ignored beside one."""
    packages: list[tuple[str, JsonObject]] = []
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        document = parse_json(file, text, faults)
        if isinstance(document, dict) and "CFDocument" in document:
            packages.append((file, document))
        elif document is not None and len(texts) == 1:
            faults.add(file, 0, "/CFDocument", "", f"this is no package; expected is {FILES}")
    if len(packages) > 1:
        for file, _ in packages[1:]:
            faults.add(file, 0, "", "", f"{packages[0][0]!r} is a package too; import each on its own")
    elif not packages and not faults:
        faults.add(", ".join(sorted(texts)), 0, "", "", f"no package is here; expected is {FILES}")
    if len(packages) != 1:
        return FrameworkRelease(format="case", name="", version="")
    return _Package(*packages[0], faults).release()


class _Package:
    """One package; items are found by their identifier, as associations name them."""

    def __init__(self, file: str, package: JsonObject, faults: Faults) -> None:
        self._file = file
        self._package = package
        self._faults = faults
        self._items: dict[str, tuple[str, JsonObject, str]] = {}
        self._parents: dict[str, dict[str, str]] = {}
        self._remarks: list[str] = []
        document = package["CFDocument"]
        if not isinstance(document, dict):
            faults.add(file, 0, "/CFDocument", shown(document), "this must be an object")
            document = {}
        self._document: JsonObject = document

    def release(self) -> FrameworkRelease:
        """Return the release; faults of the package are noted on the way."""
        title = self._text("/CFDocument", self._document, "title", required=True)
        self._read_items()
        self._read_associations()
        scale, levels = self._read_levels()
        return FrameworkRelease(
            format="case",
            name=title,
            version=self._text("/CFDocument", self._document, "version"),
            scale=scale,
            skills=tuple(self._skills(levels)),
            remarks=tuple(self._remarks),
        )

    def _read_items(self) -> None:
        iris: set[str] = set()
        for pointer, item in self._objects("/CFItems", self._package.get("CFItems"), "items"):
            identifier = self._text(pointer, item, "identifier", required=True)
            uri = self._text(pointer, item, "uri")
            self._text(pointer, item, "fullStatement", required=True)
            if identifier and not _is_uuid(identifier):
                self._faults.add(
                    self._file, 0, f"{pointer}/identifier", identifier, "an identifier is a UUID; correct it"
                )
            elif identifier in self._items:
                self._faults.add(
                    self._file, 0, f"{pointer}/identifier", identifier, "another item has it; keep one"
                )
            elif uri and not is_iri(uri):
                self._faults.add(
                    self._file, 0, f"{pointer}/uri", uri, "this is no URI; give the item's full URI"
                )
            elif identifier:
                iri = uri or f"urn:uuid:{identifier.lower()}"
                if iri in iris:
                    self._faults.add(
                        self._file, 0, f"{pointer}/uri", iri, "another item has this uri; keep one"
                    )
                iris.add(iri)
                self._items[identifier] = (pointer, item, iri)
        if not self._items and not self._faults:
            self._faults.add(
                self._file, 0, "/CFItems", "", "the package has no item; export the complete package"
            )

    def _read_associations(self) -> None:
        unread: Counter[str] = Counter()
        outside: list[str] = []
        associations = self._package.get("CFAssociations")
        for pointer, association in self._objects("/CFAssociations", associations, "associations"):
            kind = self._text(pointer, association, "associationType", required=True)
            child = self._node_id(pointer, association, "originNodeURI")
            parent = self._node_id(pointer, association, "destinationNodeURI")
            if kind and kind not in ASSOCIATIONS:
                known = ", ".join(sorted(ASSOCIATIONS))
                self._faults.add(
                    self._file, 0, f"{pointer}/associationType", kind, f"unknown type; known are: {known}"
                )
            elif kind != "isChildOf":
                unread[kind] += 1
            elif child not in self._items:
                if child and child != self._document.get("identifier"):
                    outside.append(child)
            elif parent in self._items:
                self._parents.setdefault(child, {})[parent] = pointer
            elif parent and parent != self._document.get("identifier"):
                outside.append(parent)
        for path in cycles(self._parents):
            pointer = self._parents[path[-2]][path[-1]]
            way = " → ".join(path)
            self._faults.add(
                self._file, 0, pointer, path[-1], f"the hierarchy runs in a circle ({way}); mend it"
            )
        for kind, count in sorted(unread.items()):
            if kind:
                self._remarks.append(
                    f"{count} associations {kind} were not read; a crosswalk file carries mappings"
                )
        if outside:
            named = ", ".join(sorted(set(outside)))
            self._remarks.append(
                f"{len(outside)} associations isChildOf name items outside the package: {named}"
            )

    def _node_id(self, pointer: str, association: JsonObject, key: str) -> str:
        node = association.get(key)
        if isinstance(node, dict):
            return self._text(f"{pointer}/{key}", node, "identifier", required=True)
        self._faults.add(
            self._file, 0, f"{pointer}/{key}", shown(node), "this must be an object with an identifier"
        )
        return ""

    def _read_levels(self) -> tuple[tuple[Level, ...], dict[str, tuple[Level, ...]]]:
        """Return the scale of the framework and the levels of items by identifier, from the rubrics."""
        scale: tuple[Level, ...] = ()
        levels: dict[str, tuple[Level, ...]] = {}
        for pointer, rubric in self._objects("/CFRubrics", self._package.get("CFRubrics"), "rubrics"):
            criteria = self._objects(
                f"{pointer}/CFRubricCriteria", rubric.get("CFRubricCriteria"), "criteria"
            )
            for place, criterion in criteria:
                steps = self._steps(place, criterion)
                item = criterion.get("CFItemURI")
                identifier = item.get("identifier") if isinstance(item, dict) else None
                if isinstance(identifier, str) and identifier in self._items:
                    levels[identifier] = steps
                elif item is None:
                    scale = scale or steps
        return scale, levels

    def _steps(self, pointer: str, criterion: JsonObject) -> tuple[Level, ...]:
        steps: dict[int, str] = {}
        place = f"{pointer}/CFRubricCriterionLevels"
        for level_pointer, level in self._objects(place, criterion.get("CFRubricCriterionLevels"), "levels"):
            step = level.get("position", level.get("score"))
            name = self._text(level_pointer, level, "quality") or self._text(
                level_pointer, level, "description"
            )
            if (
                isinstance(step, bool)
                or not isinstance(step, int | float)
                or step != int(step)
                or not 1 <= step <= 999
            ):
                remedy = "the position of a level is a whole number from 1 to 999"
                self._faults.add(self._file, 0, f"{level_pointer}/position", shown(step), remedy)
            elif int(step) in steps:
                self._faults.add(
                    self._file,
                    0,
                    f"{level_pointer}/position",
                    shown(step),
                    "another level has it; correct it",
                )
            else:
                steps[int(step)] = name or str(int(step))
        return tuple(Level(step, name) for step, name in sorted(steps.items()))

    def _skills(self, levels: Mapping[str, tuple[Level, ...]]) -> Iterator[FrameworkSkill]:
        common_language = self._text("/CFDocument", self._document, "language")
        status = self._text("/CFDocument", self._document, "adoptionStatus")
        for identifier, (pointer, item, iri) in self._items.items():
            full = self._text(pointer, item, "fullStatement")
            short = self._text(pointer, item, "abbreviatedStatement")
            lang = (self._text(pointer, item, "language") or common_language or UNKNOWN_LANGUAGE).lower()
            kind = self._text(pointer, item, "CFItemType").lower()
            labels = [Label(lang, "preferred", short or full)]
            labels.append(Label(lang, "alternative", self._text(pointer, item, "alternativeLabel")))
            labels.extend(Label(lang, "hidden", text) for text in texts_of(item.get("conceptKeywords")))
            yield FrameworkSkill(
                iri=iri,
                kind="group" if kind in _GROUP_TYPES else kind if kind in _KINDS else "skill",
                labels=merge_labels(labels),
                description=full if short else self._text(pointer, item, "notes"),
                parents=tuple(self._items[parent][2] for parent in self._parents.get(identifier, ())),
                levels=levels.get(identifier, ()),
                code=self._text(pointer, item, "humanCodingScheme"),
                status=status,
            )

    def _text(self, pointer: str, item: JsonObject, key: str, *, required: bool = False) -> str:
        return text_of(self._file, pointer, item, key, self._faults, required=required)

    def _objects(self, pointer: str, value: Any, what: str) -> Iterator[tuple[str, JsonObject]]:
        return objects(self._file, pointer, value, self._faults, what=what)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
