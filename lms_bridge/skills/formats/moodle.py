"""Moodle competency frameworks as CSV, in the layout that Moodle's import and export of frameworks use.

One row says "Is framework" 1: the framework, with its scale. Every other row is a competency `urn:moodle:competency:<framework
id>:<id>` under its parent; one whose parent is in no row, or is the framework, is a root. A description may be HTML; its text
is taken. The scale's values are the levels of all competencies, lowest first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from lms_bridge.skills.formats.tables import Faults, Progress, Table, cycles, read_csv
from lms_bridge.skills.frameworks import UNKNOWN_LANGUAGE, FrameworkRelease, FrameworkSkill, Label, Level

FILES = "a .csv file with the columns Parent ID number, ID number, Shortname, Description, Scale values, Is framework"

_REQUIRED: Final = ("Parent ID number", "ID number", "Shortname", "Is framework")
_COLUMNS: Final = (*_REQUIRED, "Description", "Scale values")
_TAG: Final = re.compile(r"<[^>]*>")
_BLANKS: Final = re.compile(r"\s+")


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be a competency framework of Moodle."""
    return base.endswith(".csv")


@dataclass(frozen=True, slots=True)
class _Competency:
    line: int
    parent: str
    name: str
    description: str


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    if len(texts) > 1:
        listed = ", ".join(sorted(texts))
        faults.add(listed, 0, "", "", "these are several frameworks; import each file by itself")
        return FrameworkRelease("moodle", "", "")
    ((file, text),) = texts.items()
    progress(f"read {file}", 0, 1)
    table = read_csv(file, text, faults, required=_REQUIRED)
    return FrameworkRelease("moodle", "", "") if table is None else _release(table, faults)


def _release(table: Table, faults: Faults) -> FrameworkRelease:
    found: dict[str, _Competency] = {}
    framework: tuple[str, str, tuple[Level, ...]] | None = None
    for line, (parent, own, name, is_framework, description, scale) in table.cells(*_COLUMNS):
        if not own:
            faults.add(table.file, line, "ID number", "", "the id is empty; give every row its own")
        elif not name:
            faults.add(table.file, line, "Shortname", "", f"the name of {own!r} is empty; give it")
        elif is_framework == "1":
            if framework is not None:
                faults.add(
                    table.file, line, "Is framework", own, f"{framework[0]!r} is the framework; keep one"
                )
            framework = framework or (own, name, _levels(table.file, line, scale, faults))
        elif own in found:
            remedy = f"the id stands in line {found[own].line} already; give each row its own"
            faults.add(table.file, line, "ID number", own, remedy)
        else:
            found[own] = _Competency(line, parent, name, _plain(description))
    if framework is None:
        faults.add(table.file, 0, "Is framework", "", "no row is the framework; export it again from Moodle")
        return FrameworkRelease("moodle", "", "")
    _refuse_cycles(table.file, found, faults)
    orphans = sorted(
        {one.parent for one in found.values() if one.parent and one.parent not in {*found, framework[0]}}
    )
    remarks = (
        (
            f"{len(orphans)} parents are in no row ({', '.join(orphans[:5])}); what stands below them is a root",
        )
        if orphans
        else ()
    )
    return FrameworkRelease(
        format="moodle",
        name=framework[1],
        version="",
        scale=framework[2],
        skills=tuple(_skills(framework[0], found)),
        remarks=remarks,
    )


def _levels(file: str, line: int, text: str, faults: Faults) -> tuple[Level, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(set(names)) != len(names):
        faults.add(file, line, "Scale values", text, "a name stands twice; give every step its own")
        return ()
    return tuple(Level(step, name) for step, name in enumerate(names, start=1))


def _refuse_cycles(file: str, found: Mapping[str, _Competency], faults: Faults) -> None:
    for path in cycles({own: (one.parent,) if one.parent in found else () for own, one in found.items()}):
        remedy = f"the hierarchy runs in a circle ({' → '.join(path)}); correct this parent"
        faults.add(file, found[path[-2]].line, "Parent ID number", path[-1], remedy)


def _skills(framework: str, found: Mapping[str, _Competency]) -> Iterator[FrameworkSkill]:
    def iri(own: str) -> str:
        return f"urn:moodle:competency:{quote(framework, safe='')}:{quote(own, safe='')}"

    for own, one in found.items():
        yield FrameworkSkill(
            iri=iri(own),
            kind="skill",
            labels=(Label(UNKNOWN_LANGUAGE, "preferred", one.name),),
            description="" if one.description == one.name else one.description,
            parents=(iri(one.parent),) if one.parent in found else (),
            code=own,
        )


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", html.unescape(_TAG.sub(" ", text))).strip()
