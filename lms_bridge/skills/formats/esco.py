"""ESCO's CSV package (European Commission): skills_<lang>, skillGroups_<lang>, broaderRelationsSkillPillar_<lang>,
skillsHierarchy_<lang>, the skill collections and conceptSchemes, in one or more languages at once; occupations_<lang> with
occupationSkillRelations_<lang>, which propose a role's requirements.

Also `skills_merged_*.csv`, a label file with columns `preferredLabel_<lang>` and `altLabels_<lang>`. Its `skillType` is not
read: it is wrong outside the official collections. The same holds for the alternative labels of its rows whose `labelSource`
is the trimmed 1.1 file (there "operate forklift" is also called "connect dishwashers"). ESCO has no proficiency levels.

Real packages hold concepts without label and parents that no file describes. Both are kept and named in the remarks; the
package is refused only for faults of its files. Source: ESCO data model, https://esco.ec.europa.eu/en/use-esco/download.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from lms_bridge.skills.formats.tables import Faults, Progress, Table, cycles, is_iri, read_csv
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    LabelKind,
    Occupation,
    OccupationValue,
    ValueScale,
    merge_labels,
)

FILES = (
    "skills_<lang>.csv or skills_merged_*.csv, skillGroups_<lang>.csv, broaderRelationsSkillPillar_<lang>.csv, "
    "skillsHierarchy_<lang>.csv, <name>SkillsCollection_<lang>.csv, conceptSchemes_<lang>.csv, occupations_<lang>.csv, "
    "occupationSkillRelations_<lang>.csv"
)

_LANG = r"_([a-z]{2,3}(?:-[a-z0-9]{2,8})?)\.csv"
_SKILLS = re.compile("skills" + _LANG)
_GROUPS = re.compile("skillgroups" + _LANG)
_RELATIONS = re.compile("broaderrelationsskillpillar" + _LANG)
_HIERARCHY = re.compile("skillshierarchy" + _LANG)
_COLLECTION = re.compile("([a-z]+)skillscollection" + _LANG)
_SCHEMES = re.compile("conceptschemes" + _LANG)
_MERGED = re.compile(r"skills_merged.*\.csv")
_OCCUPATIONS = re.compile("occupations" + _LANG)
_NEEDED = re.compile(r"occupationskillrelations(?:_[a-z0-9-]+)?\.csv")

# In this order the first preferred label of a language stays: the official file before those that repeat it.
_ORDER = (_SKILLS, _GROUPS, _COLLECTION, _HIERARCHY, _MERGED, _RELATIONS, _SCHEMES, _OCCUPATIONS, _NEEDED)
# What the publisher says of a skill in an occupation, as scales on which each relation is a 1.
_NEEDS = ("essential", "optional")

_KINDS = {"knowledge": "knowledge", "skill/competence": "skill", "skill": "skill"}
_CUT_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]*", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Some collections are published as a concept scheme too; these are read where the collection's own file is absent.
_SCHEME_COLLECTIONS = {
    "digcomp": "digcomp",
    "green": "green",
    "research": "research",
    "skill-language-groups": "language",
}
_COLLECTION_NAMES = {"digcomp": "digComp"}
_MIXED_UP_SOURCE = "ESCO 1.1 csv"
_LISTED = 300


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, is one of the package."""
    return any(pattern.fullmatch(base) for pattern in _ORDER)


@dataclass(slots=True)
class _Concept:
    kind: str = ""
    labels: list[Label] = field(default_factory=list)
    descriptions: dict[str, str] = field(default_factory=dict)
    parents: dict[str, tuple[str, int]] = field(default_factory=dict)
    collections: set[str] = field(default_factory=set)
    code: str = ""
    status: str = ""
    is_described: bool = False


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    package = _Package(faults)
    ordered = sorted(texts, key=lambda file: (_rank(_base(file)), file))
    for done, file in enumerate(ordered):
        progress(f"read {file}", done, len(ordered))
        package.read_file(file, texts[file])
    progress("check the hierarchy", len(ordered), len(ordered))
    package.check_hierarchy()
    return FrameworkRelease(
        format="esco",
        name="ESCO",
        version="",
        skills=tuple(package.skills()),
        occupations=tuple(package.occupations()),
        occupation_values=tuple(package.occupation_values()),
        value_scales=package.value_scales(),
        remarks=tuple(package.remarks()),
    )


def _base(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2].lower()


def _rank(base: str) -> int:
    return next(rank for rank, pattern in enumerate(_ORDER) if pattern.fullmatch(base))


class _Package:
    """What the files read so far say of each concept."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._concepts: dict[str, _Concept] = {}
        self._collections_read: set[str] = set()
        self._remarks: list[str] = []
        self._occupations: dict[str, dict[str, tuple[str, str]]] = {}
        self._needed: dict[tuple[str, str, str], None] = {}

    def read_file(self, file: str, text: str) -> None:
        base = _base(file)
        readers: Mapping[re.Pattern[str], Callable[[str, str, re.Match[str]], None]] = {
            _SKILLS: self._read_concepts,
            _GROUPS: self._read_concepts,
            _COLLECTION: self._read_concepts,
            _HIERARCHY: self._read_hierarchy,
            _MERGED: self._read_merged,
            _RELATIONS: self._read_relations,
            _SCHEMES: self._read_schemes,
            _OCCUPATIONS: self._read_occupations,
            _NEEDED: self._read_needed,
        }
        for pattern, reader in readers.items():
            if match := pattern.fullmatch(base):
                reader(file, text, match)
                return

    def _read_concepts(self, file: str, text: str, match: re.Match[str]) -> None:
        """Read skills, groups or one collection: all have a concept a row, in a column order of their own."""
        lang = match[match.re.groups]
        collection = match[1] if match.re is _COLLECTION else ""
        table = read_csv(file, text, self._faults, required=("conceptUri", "preferredLabel"))
        if table is None:
            return
        self._collections_read.add(collection)
        self._note_absent(table, ("altLabels", "description"))
        seen: dict[str, int] = {}
        columns = (
            "conceptUri",
            "conceptType",
            "skillType",
            "preferredLabel",
            "altLabels",
            "hiddenLabels",
            "status",
        )
        more = ("description", "definition", "code", "broaderConceptUri")
        for line, cells in table.cells(*columns, *more):
            iri, concept_type, skill_type, preferred, alternatives, hidden, status = cells[:7]
            description, definition, code, broader = cells[7:]
            if not self._is_new_concept(table, line, iri, seen):
                continue
            concept = self._concepts.setdefault(iri, _Concept())
            concept.is_described = True
            is_group = concept_type == "SkillGroup" or match.re is _GROUPS
            concept.kind = concept.kind or ("group" if is_group else _KINDS.get(skill_type, skill_type))
            concept.status = concept.status or status
            concept.code = concept.code or code
            concept.descriptions.setdefault(lang, description or definition)
            if collection:
                concept.collections.add(_COLLECTION_NAMES.get(collection, collection))
            self._add_labels(concept, lang, preferred, alternatives, hidden)
            for parent in filter(None, re.split(r"\s\|\s|\n", broader)):
                self._add_parent(table, line, "broaderConceptUri", iri, parent.strip())

    def _read_merged(self, file: str, text: str, _match: re.Match[str]) -> None:
        table = read_csv(file, text, self._faults, required=("conceptUri",))
        if table is None:
            return
        languages = [
            column.partition("_")[2] for column in table.header if column.startswith("preferredLabel_")
        ]
        if not languages:
            self._faults.add(
                file,
                1,
                "preferredLabel_<lang>",
                "",
                f"no column of preferred labels, like preferredLabel_en; the header has: {', '.join(table.header)}",
            )
        columns = [f"{kind}_{lang}" for lang in languages for kind in ("preferredLabel", "altLabels")]
        seen: dict[str, int] = {}
        left_out = 0
        more = ("conceptUri", "broaderUris", "collections", "labelSource")
        for line, (iri, broader, collections, source, *cells) in table.cells(*more, *columns):
            if not self._is_new_concept(table, line, iri, seen):
                continue
            concept = self._concepts.setdefault(iri, _Concept())
            concept.is_described = True
            is_mixed_up = source == _MIXED_UP_SOURCE
            left_out += is_mixed_up and any(cells[1::2])
            for place, lang in enumerate(languages):
                alternatives = "" if is_mixed_up else cells[2 * place + 1]
                self._add_labels(concept, lang.lower(), cells[2 * place], alternatives, "")
            concept.collections.update(filter(None, (name.strip() for name in collections.split(";"))))
            self._collections_read.update(name.lower() for name in concept.collections)
            for parent in broader.split():
                self._add_parent(table, line, "broaderUris", iri, parent)
        if left_out:
            self._remarks.append(
                f"{file}: the alternative labels of {left_out} rows from {_MIXED_UP_SOURCE!r} belong to other skills and were "
                "left out",
            )

    def _read_relations(self, file: str, text: str, _match: re.Match[str]) -> None:
        table = read_csv(file, text, self._faults, required=("conceptType", "conceptUri", "broaderUri"))
        if table is None:
            return
        for line, (concept_type, iri, broader) in table.cells("conceptType", "conceptUri", "broaderUri"):
            if self._is_concept_iri(table, line, "conceptUri", iri) and self._is_concept_iri(
                table, line, "broaderUri", broader
            ):
                concept = self._concepts.setdefault(iri, _Concept())
                if concept_type == "SkillGroup":
                    concept.kind = "group"
                self._add_parent(table, line, "broaderUri", iri, broader)

    def _read_hierarchy(self, file: str, text: str, match: re.Match[str]) -> None:
        required = ("Level 0 URI", "Level 0 preferred term")
        table = read_csv(file, text, self._faults, required=required, short_rows=True)
        if table is None:
            return
        depth = sum(1 for column in table.header if re.fullmatch(r"Level \d URI", column))
        columns = [f"Level {i} {what}" for i in range(depth) for what in ("URI", "preferred term", "code")]
        for line, (description, *cells) in table.cells("Description", *columns):
            levels = [tuple(cells[3 * i : 3 * i + 3]) for i in range(depth) if cells[3 * i]]
            if not levels:
                self._faults.add(
                    file, line, "Level 0 URI", "", "the row names no group; give the IRI of its group"
                )
                continue
            iri, term, code = levels[-1]
            column = f"Level {len(levels) - 1} URI"
            if not self._is_concept_iri(table, line, column, iri):
                continue
            concept = self._concepts.setdefault(iri, _Concept())
            concept.is_described = True
            concept.kind = "group"
            concept.code = concept.code or code
            concept.descriptions.setdefault(match[1], description)
            self._add_labels(concept, match[1], term, "", "")
            if len(levels) > 1:
                self._add_parent(table, line, f"Level {len(levels) - 2} URI", iri, levels[-2][0])

    def _read_schemes(self, file: str, text: str, _match: re.Match[str]) -> None:
        table = read_csv(file, text, self._faults, required=("conceptSchemeUri", "hasTopConcept"))
        if table is None:
            return
        for line, (scheme, members) in table.cells("conceptSchemeUri", "hasTopConcept"):
            if not is_iri(scheme):
                self._faults.add(
                    file, line, "conceptSchemeUri", scheme, "this is no IRI; give the scheme's full IRI"
                )
            name = _SCHEME_COLLECTIONS.get(scheme.rpartition("/")[2])
            if name is None or name in self._collections_read:
                continue
            for iri in filter(None, (member.strip() for member in re.split(r"[,\n]", members))):
                if iri in self._concepts:
                    self._concepts[iri].collections.add(_COLLECTION_NAMES.get(name, name))

    def _read_occupations(self, file: str, text: str, match: re.Match[str]) -> None:
        table = read_csv(file, text, self._faults, required=("conceptUri", "preferredLabel"))
        if table is None:
            return
        seen: dict[str, int] = {}
        for line, (iri, title, description) in table.cells("conceptUri", "preferredLabel", "description"):
            if not self._is_new_concept(table, line, iri, seen):
                continue
            if not title:
                self._faults.add(
                    file, line, "preferredLabel", "", f"the occupation {iri!r} has no title; write it"
                )
            self._occupations.setdefault(iri, {})[match[1]] = (title, description)

    def _read_needed(self, file: str, text: str, _match: re.Match[str]) -> None:
        required = ("occupationUri", "relationType", "skillUri")
        table = read_csv(file, text, self._faults, required=required)
        if table is None:
            return
        for line, (occupation, relation, skill) in table.cells(*required):
            are_concepts = [
                self._is_concept_iri(table, line, column, iri)
                for column, iri in (("occupationUri", occupation), ("skillUri", skill))
            ]
            if relation not in _NEEDS:
                remedy = f"this is no relation; write {' or '.join(_NEEDS)}"
                self._faults.add(file, line, "relationType", relation, remedy)
            elif all(are_concepts):
                self._needed[occupation, skill, relation] = None

    def occupations(self) -> Iterator[Occupation]:
        """Yield each occupation, in English where it has a title in it; its IRI is its code."""
        for iri, told in self._occupations.items():
            title, description = told.get("en") or told[min(told)]
            yield Occupation(iri, title, description)

    def occupation_values(self) -> Iterator[OccupationValue]:
        """Yield what occupations need, of those and of the skills that the package has."""
        for occupation, skill, relation in self._needed:
            if occupation in self._occupations and skill in self._concepts:
                yield OccupationValue(occupation, skill, relation, 1.0)

    def value_scales(self) -> tuple[ValueScale, ...]:
        """Return the scales of these values, none where no file names any."""
        return tuple(ValueScale(name, name.capitalize(), 0, 1) for name in _NEEDS) if self._needed else ()

    def _note_absent(self, table: Table, columns: tuple[str, ...]) -> None:
        for column in columns:
            if not table.has(column):
                self._remarks.append(f"{table.file} has no column {column!r}: nothing of it was read")

    def _is_new_concept(self, table: Table, line: int, iri: str, seen: dict[str, int]) -> bool:
        if not self._is_concept_iri(table, line, "conceptUri", iri):
            return False
        if first := seen.get(iri):
            self._faults.add(
                table.file,
                line,
                "conceptUri",
                iri,
                f"the concept stands in line {first} already; keep one row",
            )
            return False
        seen[iri] = line
        return True

    def _is_concept_iri(self, table: Table, line: int, column: str, iri: str) -> bool:
        last = iri.rpartition("/")[2]
        if is_iri(iri) and (not _CUT_UUID.fullmatch(last) or _UUID.fullmatch(last)):
            return True
        remedy = "give the full IRI, like http://data.europa.eu/esco/skill/<UUID>; is the file truncated?"
        self._faults.add(table.file, line, column, iri, f"this is no IRI of a concept; {remedy}")
        return False

    def _add_parent(self, table: Table, line: int, column: str, iri: str, parent: str) -> None:
        if self._is_concept_iri(table, line, column, parent):
            self._concepts.setdefault(iri, _Concept()).parents.setdefault(parent, (table.file, line))

    def _add_labels(
        self, concept: _Concept, lang: str, preferred: str, alternatives: str, hidden: str
    ) -> None:
        concept.labels.append(Label(lang, "preferred", preferred))
        kinds: tuple[tuple[LabelKind, str], ...] = (("alternative", alternatives), ("hidden", hidden))
        for kind, texts in kinds:
            # Skills and groups separate by line, the collections by a bar.
            concept.labels.extend(
                Label(lang, kind, text) for text in re.split(r"\s*\n\s*|\s+\|\s+", texts) if text
            )

    def check_hierarchy(self) -> None:
        """Add a fault for every relation that makes a concept its own ancestor."""
        for path in cycles({iri: concept.parents for iri, concept in self._concepts.items()}):
            file, line = self._concepts[path[-2]].parents[path[-1]]
            shown = " → ".join(iri.rpartition("/")[2] for iri in path)
            self._faults.add(
                file,
                line,
                "broaderUri",
                path[-1],
                f"the hierarchy runs in a circle ({shown}); remove this relation",
            )

    def skills(self) -> Iterator[FrameworkSkill]:
        """Yield each concept; parents that no file describes are left out (see `remarks`)."""
        for iri, concept in self._concepts.items():
            described = [concept.descriptions.get("en", ""), *concept.descriptions.values()]
            yield FrameworkSkill(
                iri=iri,
                kind=concept.kind or "skill",
                labels=merge_labels(concept.labels),
                description=next(filter(None, described), ""),
                parents=tuple(parent for parent in concept.parents if parent in self._concepts),
                collections=tuple(concept.collections),
                code=concept.code,
                status=concept.status,
            )

    def remarks(self) -> Iterator[str]:
        """Yield what was kept although it looks wrong."""
        yield from sorted(set(self._remarks))
        lost = sum(
            occupation not in self._occupations or skill not in self._concepts
            for occupation, skill, _ in self._needed
        )
        if lost:
            yield (
                f"{lost} of {len(self._needed)} relations of occupations name an occupation or a skill that no file "
                "describes, and were left out"
            )
        unlabelled = sorted(iri for iri, c in self._concepts.items() if not any(x.text for x in c.labels))
        if unlabelled:
            yield f"{len(unlabelled)} concepts have no label and are shown by their IRI: {_listed(unlabelled)}"
        relations = [parent for concept in self._concepts.values() for parent in concept.parents]
        nameless = set(unlabelled)
        above = [parent for parent in relations if parent in nameless]
        if above:
            yield f"{len(above)} relations point at {len(set(above))} parents without label: {_listed(sorted(set(above)))}"
        absent = [parent for parent in relations if parent not in self._concepts]
        if absent:
            yield (
                f"{len(absent)} relations point at {len(set(absent))} parents that no file describes; they were left out: "
                f"{_listed(sorted(set(absent)))}"
            )


def _listed(iris: list[str]) -> str:
    more = len(iris) - _LISTED
    return ", ".join(iris[:_LISTED]) + (f" … and {more} more" if more > 0 else "")
