"""DigComp's data supplement as JSON-LD: areas, competences, statements, learning outcomes and the eight levels.

Ids in the file are relative: ours are `urn:digcomp:<id>`, like `urn:digcomp:Competence/1.1`. Texts without suffix are
English, `name_nl` is Dutch. The scale of the framework is the eight levels; the level of a statement or an outcome (one of
four) and its AI label are collections. Glossary entries are no skills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lms_bridge.skills.formats.json_documents import JsonObject, objects, parse_json, shown, text_of
from lms_bridge.skills.formats.tables import Faults, Progress, is_iri
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Label, Level, merge_labels

FILES = "a .jsonld file with a @graph of CompetenceArea, Competence, CompetenceStatement, LearningOutcome, ProficiencyLevel"

_PARENT_KEYS = {
    "Competence": "competence_area_id",
    "CompetenceStatement": "competence_id",
    "LearningOutcome": "competence_id",
}
_KINDS = {"CompetenceArea": "group", "Competence": "skill", "CompetenceStatement": "statement"}
_OUTCOMES = frozenset({"knowledge", "skill", "attitude"})
_LANGUAGE_KEY = re.compile(r"(?P<key>name|description)(?:_(?P<lang>[a-z]{2,3}))?")


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be the data supplement."""
    return base.endswith((".jsonld", ".json"))


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); several files give more languages of the same ids."""
    supplement = _Supplement(faults)
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        document = parse_json(file, text, faults)
        if document is None:
            continue
        if not isinstance(document, dict) or "@graph" not in document:
            faults.add(file, 0, "/@graph", "", f"this is no data supplement; expected is {FILES}")
            continue
        supplement.read_graph(file, document["@graph"])
    return supplement.release()


def _iri(node_id: str) -> str:
    return node_id if is_iri(node_id) else f"urn:digcomp:{node_id.replace(' ', '_')}"


class _Supplement:
    """What the graphs read so far say."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._nodes: dict[str, tuple[str, JsonObject, str, str]] = {}
        self._labels: dict[str, list[Label]] = {}
        self._levels: dict[int, str] = {}
        self._glossary: set[str] = set()

    def read_graph(self, file: str, graph: object) -> None:
        """Read the nodes of one file."""
        seen: set[str] = set()
        for pointer, node in objects(file, "/@graph", graph, self._faults, what="nodes"):
            node_id = text_of(file, pointer, node, "@id", self._faults, required=True)
            node_type = text_of(file, pointer, node, "@type", self._faults, required=True)
            if not node_id or not node_type:
                continue
            if node_id in seen:
                self._faults.add(
                    file, 0, f"{pointer}/@id", node_id, "the id stands above already; keep one node"
                )
            seen.add(node_id)
            if node_type == "Glossary":
                self._glossary.add(node_id)
            elif node_type == "ProficiencyLevel":
                self._read_level(file, pointer, node)
            elif node_type in _PARENT_KEYS or node_type in _KINDS:
                self._read_concept(file, pointer, node, node_id, node_type)
            else:
                known = ", ".join([*_KINDS, "LearningOutcome", "ProficiencyLevel", "Glossary"])
                self._faults.add(file, 0, f"{pointer}/@type", node_type, f"unknown type; known are: {known}")
        if not seen and not self._faults:
            self._faults.add(file, 0, "/@graph", "", "the graph is empty; import the complete file")
        for pointer, node_id, parent in self._parents(file):
            if parent not in self._nodes:
                self._faults.add(
                    file, 0, pointer, parent, f"the parent of {node_id} is no node; import the complete file"
                )

    def _read_level(self, file: str, pointer: str, node: JsonObject) -> None:
        step, name = (
            node.get("eight_levels_mapping"),
            text_of(file, pointer, node, "four_levels_name", self._faults),
        )
        # The published file writes the step as a text in one language and as a number in another.
        step_text = str(step) if isinstance(step, int | str) and not isinstance(step, bool) else ""
        if not (step_text.isascii() and step_text.isdigit() and 1 <= int(step_text[:3]) <= 8):
            remedy = "the step of a level is a whole number from 1 to 8"
            self._faults.add(file, 0, f"{pointer}/eight_levels_mapping", shown(step), remedy)
        else:
            self._levels.setdefault(int(step_text), f"{name} {step_text}".strip())

    def _read_concept(self, file: str, pointer: str, node: JsonObject, node_id: str, node_type: str) -> None:
        kind = _KINDS.get(node_type, "")
        if not kind:
            kind = text_of(file, pointer, node, "type", self._faults, required=True).lower()
            if kind and kind not in _OUTCOMES:
                self._faults.add(
                    file, 0, f"{pointer}/type", kind, f"none of {', '.join(sorted(_OUTCOMES))}; correct it"
                )
        # A statement has no name: its text is its label.
        label_key = "name" if node_type in {"CompetenceArea", "Competence"} else "description"
        text_of(file, pointer, node, label_key, self._faults, required=True)
        for key, value in node.items():
            found = _LANGUAGE_KEY.fullmatch(key)
            if found and found["key"] == label_key and isinstance(value, str):
                self._labels.setdefault(node_id, []).append(Label(found["lang"] or "en", "preferred", value))
        self._nodes.setdefault(node_id, (file, node, pointer, kind))

    def _parents(self, only_file: str) -> Iterator[tuple[str, str, str]]:
        for node_id, (file, node, pointer, _) in self._nodes.items():
            key = _PARENT_KEYS.get(str(node["@type"]))
            if key and file == only_file:
                parent = text_of(file, pointer, node, key, self._faults, required=True)
                if parent:
                    yield f"{pointer}/{key}", node_id, parent

    def release(self) -> FrameworkRelease:
        """Return what was read."""
        remarks = (
            [f"{len(self._glossary)} glossary entries are no skills and were not read"]
            if self._glossary
            else []
        )
        return FrameworkRelease(
            format="digcomp",
            name="DigComp",
            version="",
            scale=tuple(Level(step, name) for step, name in sorted(self._levels.items())),
            skills=tuple(self._skills()),
            remarks=tuple(remarks),
        )

    def _skills(self) -> Iterator[FrameworkSkill]:
        for node_id, (_, node, _, kind) in self._nodes.items():
            node_type = str(node["@type"])
            parent = node.get(_PARENT_KEYS.get(node_type, ""))
            level = str(node.get("four_levels_proficiency_name", "")).rpartition("/")[2]
            marks = (level, str(node.get("ai_label", "")))
            yield FrameworkSkill(
                iri=_iri(node_id),
                kind=kind,
                labels=merge_labels(self._labels.get(node_id, ())),
                description=str(node.get("description", "")).strip() if "name" in node else "",
                parents=(_iri(parent),) if isinstance(parent, str) else (),
                collections=tuple(filter(None, marks)),
                code=node_id.rpartition("/")[2],
            )
