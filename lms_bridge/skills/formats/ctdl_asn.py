"""CTDL-ASN competency frameworks (Credential Engine) as JSON-LD: one `@graph` with the framework and its competencies.

Texts are language maps whose values are a text or a list. The label is `ceasn:competencyLabel`, else the text; the hierarchy
is `ceasn:isChildOf` or `ceasn:hasChild`. Parents outside the graph are left out and named in the remarks, alignments with
other frameworks are counted there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lms_bridge.skills.formats.json_documents import JsonObject, objects, parse_json, shown, text_of, texts_of
from lms_bridge.skills.formats.tables import Faults, Progress, cycles, is_iri
from lms_bridge.skills.frameworks import (
    UNKNOWN_LANGUAGE,
    FrameworkRelease,
    FrameworkSkill,
    Label,
    LabelKind,
    merge_labels,
)

FILES = (
    "a .json or .jsonld file with a @graph of one ceasn:CompetencyFramework and its ceasn:Competency nodes"
)

_ALIGNMENTS = ("exactAlignment", "majorAlignment", "minorAlignment", "broadAlignment", "narrowAlignment")


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be a framework."""
    return base.endswith((".json", ".jsonld"))


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    frameworks: list[JsonObject] = []
    nodes: dict[str, tuple[str, str, JsonObject]] = {}
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        document = parse_json(file, text, faults)
        if document is None:
            continue
        if not isinstance(document, dict) or "@graph" not in document:
            faults.add(file, 0, "/@graph", "", f"this is no framework; expected is {FILES}")
            continue
        for pointer, node in objects(file, "/@graph", document["@graph"], faults, what="nodes"):
            _read_node(file, pointer, node, frameworks, nodes, faults)
        if len(frameworks) != 1:
            remedy = (
                "import one framework at a time"
                if frameworks
                else "the node ceasn:CompetencyFramework is missing"
            )
            faults.add(file, 0, "/@graph", str(len(frameworks)), remedy)
    return _release(frameworks, nodes, faults)


def _read_node(
    file: str,
    pointer: str,
    node: JsonObject,
    frameworks: list[JsonObject],
    nodes: dict[str, tuple[str, str, JsonObject]],
    faults: Faults,
) -> None:
    iri = text_of(file, pointer, node, "@id", faults)
    types = texts_of(node.get("@type"))
    if not is_iri(iri):
        faults.add(file, 0, f"{pointer}/@id", iri, "this is no IRI; give the node's full URL")
    elif "ceasn:CompetencyFramework" in types:
        frameworks.append(node)
    elif "ceasn:Competency" in types:
        if iri in nodes:
            faults.add(file, 0, f"{pointer}/@id", iri, "the competency stands above already; keep one")
        nodes[iri] = (file, pointer, node)
    else:
        known = "ceasn:CompetencyFramework, ceasn:Competency"
        faults.add(file, 0, f"{pointer}/@type", shown(node.get("@type")), f"unknown type; known are: {known}")


def _release(
    frameworks: Sequence[JsonObject], nodes: Mapping[str, tuple[str, str, JsonObject]], faults: Faults
) -> FrameworkRelease:
    parents = {
        iri: dict.fromkeys(_references(node, "ceasn:isChildOf")) for iri, (_, _, node) in nodes.items()
    }
    absent: dict[str, None] = {}
    for iri, (_, _, node) in nodes.items():
        for child in _references(node, "ceasn:hasChild"):
            if child in parents:
                parents[child][iri] = None
            else:
                absent[child] = None
    framework = frameworks[0] if frameworks else {}
    absent.update(
        (child, None) for child in _references(framework, "ceasn:hasTopChild") if child not in nodes
    )
    for above in parents.values():
        for parent in [parent for parent in above if parent not in nodes]:
            if parent != framework.get("@id"):
                absent[parent] = None
            del above[parent]
    for path in cycles(parents):
        file, pointer, _ = nodes[path[-2]]
        faults.add(
            file,
            0,
            f"{pointer}/ceasn:isChildOf",
            path[-1],
            f"the hierarchy runs in a circle ({' → '.join(path)}); mend it",
        )
    names = list(_language_map(framework.get("ceasn:name")))
    return FrameworkRelease(
        format="ctdl-asn",
        name=names[0][1] if names else "CTDL-ASN framework",
        version=next(iter(texts_of(framework.get("ceasn:dateModified"))), "")[:10],
        skills=tuple(_skill(iri, *nodes[iri], tuple(parents[iri]), faults) for iri in nodes),
        remarks=tuple(_remarks(nodes, list(absent))),
    )


def _skill(
    iri: str, file: str, pointer: str, node: JsonObject, parents: tuple[str, ...], faults: Faults
) -> FrameworkSkill:
    named = list(_language_map(node.get("ceasn:competencyLabel")))
    told = list(_language_map(node.get("ceasn:competencyText")))
    if not named and not told:
        faults.add(
            file,
            0,
            f"{pointer}/ceasn:competencyText",
            "",
            "the competency has neither label nor text; give one",
        )
    keywords = _language_map(node.get("ceasn:conceptKeyword"))
    sources: tuple[tuple[LabelKind, Sequence[tuple[str, str]]], ...] = (
        ("preferred", named or told),
        ("hidden", list(keywords)),
    )
    return FrameworkSkill(
        iri=iri,
        kind="skill",
        labels=merge_labels([Label(lang, kind, text) for kind, pairs in sources for lang, text in pairs]),
        description=_english_first(told) if named else "",
        parents=parents,
        collections=tuple(
            dict.fromkeys(text for _, text in _language_map(node.get("ceasn:competencyCategory")))
        ),
        code=next(iter(texts_of(node.get("ceasn:codedNotation"))), ""),
        status=next(iter(texts_of(node.get("ceasn:publicationStatusType"))), "").rpartition(":")[2],
    )


def _remarks(nodes: Mapping[str, tuple[str, str, JsonObject]], absent: Sequence[str]) -> Iterator[str]:
    if absent:
        yield f"{len(absent)} competencies are named and not in the file; they were left out: {', '.join(sorted(absent))}"
    for name in _ALIGNMENTS:
        count = sum(len(_references(node, f"ceasn:{name}")) for _, _, node in nodes.values())
        if count:
            yield f"{count} {name} relations with other frameworks were not read; a crosswalk file carries them"


def _references(node: JsonObject, key: str) -> tuple[str, ...]:
    """Return the IRIs of a property: a text, an object with @id, or a list of these."""
    value = node.get(key)
    values = value if isinstance(value, list) else [value]
    return texts_of([item.get("@id") if isinstance(item, dict) else item for item in values])


def _language_map(value: Any) -> Iterator[tuple[str, str]]:
    """Yield language and text of a language map, whose values are a text or a list; a bare text has no language."""
    if isinstance(value, dict):
        for lang, entry in value.items():
            for text in texts_of(entry):
                yield lang.lower(), text
    else:
        for text in texts_of(value):
            yield UNKNOWN_LANGUAGE, text


def _english_first(pairs: Sequence[tuple[str, str]]) -> str:
    english = [text for lang, text in pairs if lang.partition("-")[0] == "en"]
    return (english or [text for _, text in pairs] or [""])[0]
