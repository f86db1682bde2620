"""The O*NET database as text files (USDOL/ETA): tab-separated, no quoting, one table a file; or as workbooks of the same names.

O*NET has no skill IRIs: ours are `urn:onet:element:<Element ID>` and `urn:onet:commodity:<Commodity Code>`. The elements of
Skills and Knowledge are skills, those above them groups; the technology commodities are skills whose products are hidden
labels, so that a search for a product finds them. Values and anchors belong to occupations: they are nobody's step, so a
release has no scale. Source: O*NET data dictionary, https://www.onetcenter.org/dictionary.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from lms_bridge.skills.formats.tables import Faults, Progress, read_tabbed
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Occupation,
    OccupationTechnology,
    OccupationValue,
    ValueAnchor,
    ValueScale,
    merge_labels,
)

FILES = (
    "Content Model Reference.txt, Skills.txt, Knowledge.txt, Technology Skills.txt, Occupation Data.txt, "
    "Scales Reference.txt, Level Scale Anchors.txt, Job Zones.txt, Read Me.txt; or the same names with .xlsx"
)

_MODEL = "content model reference.txt"
_OCCUPATIONS = "occupation data.txt"
_TECHNOLOGY = "technology skills.txt"
_SCALES = "scales reference.txt"
_ANCHORS = "level scale anchors.txt"
_ZONES = "job zones.txt"
_README = "read me.txt"
# Tables of values by element have one layout; the word is the kind of the elements that stand in it.
_VALUES = {
    "skills.txt": "skill",
    "knowledge.txt": "knowledge",
    "abilities.txt": "ability",
    "work activities.txt": "activity",
    "work styles.txt": "work-style",
}
# What the leaves of a branch are where no table of values says it.
_BRANCHES = {
    "1.A.": "ability",
    "1.C.": "work-style",
    "2.A.": "skill",
    "2.B.": "skill",
    "2.C.": "knowledge",
    "4.A.": "activity",
}

_ELEMENT_ID = re.compile(r"[1-9](\.[A-Z](\.[0-9]+(\.[a-z]{1,2}(\.[0-9]+(\.[A-Za-z](\.[0-9]+)?)?)?)?)?)?")
_OCCUPATION_CODE = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}")
_COMMODITY_CODE = re.compile(r"[0-9]{8}")
_DATE = re.compile(r"(0[1-9]|1[0-2])/([0-9]{4})")
_TECHNOLOGY_GROUP = "5.F.1"


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, is one of the database."""
    base = _table_of(base)
    return base in _VALUES or base in {_MODEL, _OCCUPATIONS, _TECHNOLOGY, _SCALES, _ANCHORS, _ZONES, _README}


def _table_of(file: str) -> str:
    """Return the name of the table in a file, as the text files are called."""
    base = file.replace("\\", "/").rpartition("/")[2].lower()
    return f"{base.removesuffix('.xlsx')}.txt" if base.endswith(".xlsx") else base


def element_iri(element_id: str) -> str:
    """Return our IRI of an element of the content model, like `urn:onet:element:2.A.1.a`."""
    return f"urn:onet:element:{element_id}"


def commodity_iri(code: str) -> str:
    """Return our IRI of a technology commodity (UNSPSC code), like `urn:onet:commodity:43232110`."""
    return f"urn:onet:commodity:{code}"


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    database = _Database(faults)
    by_base: dict[str, str] = {}
    for file in texts:
        base = _table_of(file)
        if base in by_base:
            faults.add(
                file,
                0,
                "",
                "",
                f"the table is given twice, see {by_base[base]!r}; import one release at a time",
            )
        by_base[base] = file
    # What others refer to comes first.
    readers: list[tuple[str, Callable[[str, str], None]]] = [
        (_MODEL, database.read_model),
        (_OCCUPATIONS, database.read_occupations),
        (_SCALES, database.read_scales),
        *((base, database.read_values) for base in _VALUES),
        (_ZONES, database.read_zones),
        (_TECHNOLOGY, database.read_technology),
        (_ANCHORS, database.read_anchors),
    ]
    present = [(base, reader) for base, reader in readers if base in by_base]
    if not present:
        faults.add(next(iter(texts)), 0, "", "", f"no table of the database is here; expected: {FILES}")
    for done, (base, reader) in enumerate(present):
        progress(f"read {by_base[base]}", done, len(present))
        reader(by_base[base], texts[by_base[base]])
    version = ""
    if _README in by_base and (
        found := re.search(r"O\*NET\s+([0-9.]*[0-9])\s+Database", texts[by_base[_README]])
    ):
        version = found[1]
    if not version and (found := re.search(r"(?:^|/)db_([0-9]+)_([0-9]+)_", next(iter(texts)))):
        # The package of workbooks has no Read Me; its folder is called db_29_2_excel.
        version = f"{found[1]}.{found[2]}"
    return database.release(version)


class _Database:
    """What the tables read so far say."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._has_model = False
        self._has_occupations = False
        self._elements: dict[str, tuple[str, str]] = {}
        self._kinds: dict[str, str] = {}
        self._occupations: dict[str, Occupation] = {}
        self._scales: dict[str, ValueScale] = {}
        self._values: list[OccupationValue] = []
        self._anchors: list[ValueAnchor] = []
        self._technologies: list[OccupationTechnology] = []
        self._commodities: dict[str, tuple[str, dict[str, None]]] = {}

    def read_model(self, file: str, text: str) -> None:
        """Read the elements: id, name, description."""
        self._has_model = True
        columns = ("Element ID", "Element Name", "Description")
        for line, (element, name, description) in self._rows(file, text, columns):
            if not _ELEMENT_ID.fullmatch(element):
                self._faults.add(
                    file, line, "Element ID", element, "this is no id of an element, like 2.A.1.a"
                )
            elif element in self._elements:
                self._faults.add(
                    file, line, "Element ID", element, "the element has a row above already; keep one"
                )
            elif not name:
                self._faults.add(
                    file, line, "Element Name", "", f"the name of element {element} is empty; give it"
                )
            else:
                self._elements[element] = (name, description)

    def read_occupations(self, file: str, text: str) -> None:
        """Read the occupations: code, title, description."""
        self._has_occupations = True
        columns = ("O*NET-SOC Code", "Title", "Description")
        for line, (code, title, description) in self._rows(file, text, columns):
            if not _OCCUPATION_CODE.fullmatch(code):
                self._faults.add(file, line, columns[0], code, "this is no O*NET-SOC code, like 49-2094.00")
            elif code in self._occupations:
                self._faults.add(
                    file, line, columns[0], code, "the occupation has a row above already; keep one"
                )
            elif not title:
                self._faults.add(file, line, "Title", "", f"the title of {code} is empty; give it")
            else:
                self._occupations[code] = Occupation(code, title, description)

    def read_scales(self, file: str, text: str) -> None:
        """Read the scales of values: id, name, least and greatest value."""
        columns = ("Scale ID", "Scale Name", "Minimum", "Maximum")
        for line, (scale, name, minimum_text, maximum_text) in self._rows(file, text, columns):
            minimum = self._number(file, line, "Minimum", minimum_text)
            maximum = self._number(file, line, "Maximum", maximum_text)
            if not scale or scale in self._scales:
                self._faults.add(
                    file, line, "Scale ID", scale, "the id is empty or stands twice; give each scale one row"
                )
            elif minimum is not None and maximum is not None:
                if minimum >= maximum:
                    self._faults.add(
                        file, line, "Maximum", maximum_text, f"not above the minimum {minimum_text}"
                    )
                self._scales[scale] = ValueScale(scale, name, minimum, maximum)

    def read_zones(self, file: str, text: str) -> None:
        """Read the job zone of each occupation, 1 to 5."""
        columns = ("O*NET-SOC Code", "Job Zone")
        for line, (code, zone) in self._rows(file, text, columns):
            if zone not in {"1", "2", "3", "4", "5"}:
                self._faults.add(file, line, "Job Zone", zone, "a job zone is a whole number from 1 to 5")
            elif self._is_occupation(file, line, code, title=code):
                self._occupations[code] = replace(self._occupations[code], job_zone=int(zone))

    def read_values(self, file: str, text: str) -> None:
        """Read one table of values by occupation, element and scale."""
        kind = _VALUES[_table_of(file)]
        required = ("O*NET-SOC Code", "Element ID", "Scale ID", "Data Value")
        seen: set[tuple[str, str, str]] = set()
        table = read_tabbed(file, text, self._faults, required=required)
        if table is None:
            return
        optional = ("Title", "Element Name", "Recommend Suppress", "Not Relevant", "Date")
        for line, cells in table.cells(*required, *optional):
            code, element, scale, value_text, title, name, suppress, not_relevant, date_text = cells
            key = (code, element, scale)
            if key in seen:
                self._faults.add(
                    file,
                    line,
                    "Element ID",
                    element,
                    f"{code} has a value on {scale} above already; keep one",
                )
                continue
            seen.add(key)
            if not (
                self._is_occupation(file, line, code, title) and self._is_element(file, line, element, name)
            ):
                continue
            value = self._value(file, line, scale, value_text)
            date = self._date(file, line, date_text)
            flags = (
                self._flag(file, line, "Recommend Suppress", suppress),
                self._flag(file, line, "Not Relevant", not_relevant),
            )
            self._kinds[element] = kind
            if value is not None:
                self._values.append(OccupationValue(code, element_iri(element), scale, value, *flags, date))

    def read_technology(self, file: str, text: str) -> None:
        """Read the products used in occupations; their commodities become skills."""
        columns = (
            "O*NET-SOC Code",
            "Example",
            "Commodity Code",
            "Commodity Title",
            "Hot Technology",
            "In Demand",
        )
        seen: set[tuple[str, str, str]] = set()
        for line, (code, example, commodity, title, hot, in_demand) in self._rows(file, text, columns):
            known = self._commodities.get(commodity)
            if not _COMMODITY_CODE.fullmatch(commodity):
                self._faults.add(
                    file,
                    line,
                    "Commodity Code",
                    commodity,
                    "this is no commodity code of 8 digits, like 43232110",
                )
            elif not title or (known and known[0] != title):
                above = f"it is {known[0]!r} above" if known else "it is empty"
                self._faults.add(
                    file, line, "Commodity Title", title, f"{above}; give commodity {commodity} one title"
                )
            elif not example:
                self._faults.add(file, line, "Example", "", "the name of the product is empty; give it")
            elif (code, commodity, example) in seen:
                self._faults.add(
                    file, line, "Example", example, f"{code} names it above already; keep one row"
                )
            elif self._is_occupation(file, line, code, title=code):
                seen.add((code, commodity, example))
                self._commodities.setdefault(commodity, (title, {}))[1][example] = None
                flags = (
                    self._flag(file, line, "Hot Technology", hot),
                    self._flag(file, line, "In Demand", in_demand),
                )
                self._technologies.append(
                    OccupationTechnology(code, commodity_iri(commodity), example, *flags)
                )

    def read_anchors(self, file: str, text: str) -> None:
        """Read the examples of what a value means."""
        columns = ("Element ID", "Element Name", "Scale ID", "Anchor Value", "Anchor Description")
        for line, (element, name, scale, value_text, example) in self._rows(file, text, columns):
            value = self._value(file, line, scale, value_text, column="Anchor Value")
            if value is not None and self._is_element(file, line, element, name):
                self._anchors.append(ValueAnchor(element_iri(element), scale, int(value), example))

    def _rows(self, file: str, text: str, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
        table = read_tabbed(file, text, self._faults, required=columns)
        return table.cells(*columns) if table else iter(())

    def _is_occupation(self, file: str, line: int, code: str, title: str) -> bool:
        if code in self._occupations:
            return True
        if self._has_occupations or not _OCCUPATION_CODE.fullmatch(code):
            remedy = (
                "Occupation Data.txt has no such code"
                if self._has_occupations
                else "this is no code like 49-2094.00"
            )
            self._faults.add(
                file, line, "O*NET-SOC Code", code, f"{remedy}; take all tables from one release"
            )
            return False
        self._occupations[code] = Occupation(code, title or code)
        return True

    def _is_element(self, file: str, line: int, element: str, name: str) -> bool:
        if element in self._elements:
            return True
        if self._has_model or not _ELEMENT_ID.fullmatch(element):
            remedy = (
                "Content Model Reference.txt has no such id"
                if self._has_model
                else "this is no id like 2.A.1.a"
            )
            self._faults.add(file, line, "Element ID", element, f"{remedy}; take all tables from one release")
            return False
        self._elements[element] = (name or element, "")
        return True

    def _number(self, file: str, line: int, column: str, text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self._faults.add(file, line, column, text, "this is no number; write one like 4.12")
            return None
        return value

    def _value(self, file: str, line: int, scale: str, text: str, column: str = "Data Value") -> float | None:
        value = self._number(file, line, column, text)
        bounds = self._scales.get(scale)
        if bounds is None:
            if self._scales or not scale:
                self._faults.add(
                    file, line, "Scale ID", scale, "Scales Reference.txt has no such scale; correct the id"
                )
                return None
        elif value is not None and not bounds.minimum <= value <= bounds.maximum:
            limits = f"{bounds.minimum:g} to {bounds.maximum:g}"
            self._faults.add(
                file, line, column, text, f"the value is outside the scale {scale}, {limits}; correct it"
            )
            return None
        return value

    def _flag(self, file: str, line: int, column: str, text: str) -> bool:
        if text not in {"Y", "N", "", "n/a"}:
            self._faults.add(file, line, column, text, "this is neither Y nor N nor empty; correct it")
        return text == "Y"

    def _date(self, file: str, line: int, text: str) -> str:
        found = _DATE.fullmatch(text)
        if text and not found:
            self._faults.add(file, line, "Date", text, "this is no month like 08/2023; correct it")
        return f"{found[2]}-{found[1]}" if found else ""

    def release(self, version: str) -> FrameworkRelease:
        """Return what was read; an element whose parent has no row stands below the nearest one that has."""
        return FrameworkRelease(
            format="onet",
            name="O*NET",
            version=version,
            skills=(*self._element_skills(), *self._commodity_skills()),
            occupations=tuple(self._occupations.values()),
            occupation_values=tuple(self._values),
            occupation_technologies=tuple(self._technologies),
            value_scales=tuple(self._scales.values()),
            value_anchors=tuple(self._anchors),
        )

    def _element_skills(self) -> Iterator[FrameworkSkill]:
        parents = {element: self._parent(element) for element in self._elements}
        above = set(parents.values())
        for element, (name, description) in self._elements.items():
            branch = next((kind for start, kind in _BRANCHES.items() if element.startswith(start)), "element")
            kind = self._kinds.get(element) or ("group" if element in above else branch)
            parent = parents[element]
            yield FrameworkSkill(
                iri=element_iri(element),
                kind=kind,
                labels=(Label("en", "preferred", name),),
                description=description,
                parents=(element_iri(parent),) if parent else (),
                code=element,
            )

    def _parent(self, element: str) -> str:
        while element:
            element = element.rpartition(".")[0]
            if element in self._elements:
                return element
        return ""

    def _commodity_skills(self) -> Iterator[FrameworkSkill]:
        parents = (element_iri(_TECHNOLOGY_GROUP),) if _TECHNOLOGY_GROUP in self._elements else ()
        for code, (title, examples) in self._commodities.items():
            hidden = (Label("en", "hidden", example) for example in examples)
            yield FrameworkSkill(
                iri=commodity_iri(code),
                kind="technology",
                labels=merge_labels((Label("en", "preferred", title), *hidden)),
                parents=parents,
                code=code,
            )
