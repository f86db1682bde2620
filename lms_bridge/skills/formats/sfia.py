"""SFIA's table of skills as CSV: one row for each skill, with the levels of responsibility at which it is defined.

SFIA's text may not be passed on, so none is here: the operator downloads the table under their own licence, and saves its
sheet of skills as CSV. A skill's IRI is the URL of its row, which holds the edition. Each skill has its own steps of the
seven; they are named by their numbers. What a level means in a skill stays in the publisher's file. Categories and
subcategories order the skills and are no skills.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lms_bridge.skills.formats.tables import Faults, Progress, Table, is_iri, read_csv
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, Label, Level

FILES = "a .csv file with the columns Code, URL, Skill, Category, Subcategory, and Level 1 description to Level 7 description"

_REQUIRED = ("Code", "URL", "Skill", "Category", "Subcategory")
_LEVELS = tuple(f"Level {step} description" for step in range(1, 8))
_DESCRIPTION = "Overall description"
_CODE = re.compile(r"[A-Z]{4}")
_EDITION = re.compile(r"/(?:sfia-)?(\d{1,2})(?:/|$)")


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be SFIA's table."""
    return base.endswith(".csv")


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    skills: dict[str, FrameworkSkill] = {}
    groups: dict[str, FrameworkSkill] = {}
    lines: dict[str, int] = {}
    editions: dict[str, None] = {}
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        table = read_csv(file, text, faults, required=(*_REQUIRED, *_LEVELS))
        if table is not None:
            _read_rows(table, skills, groups, lines, editions, faults)
    return FrameworkRelease(
        format="sfia",
        name="SFIA",
        version=next(iter(editions), ""),
        skills=(*groups.values(), *skills.values()),
    )


def _read_rows(
    table: Table,
    skills: dict[str, FrameworkSkill],
    groups: dict[str, FrameworkSkill],
    lines: dict[str, int],
    editions: dict[str, None],
    faults: Faults,
) -> None:
    for line, (code, url, name, category, subcategory, description, *texts) in table.cells(
        *_REQUIRED, _DESCRIPTION, *_LEVELS
    ):
        if not _CODE.fullmatch(code):
            faults.add(table.file, line, "Code", code, "this is no code of a skill, like PROG")
            continue
        if not is_iri(url):
            faults.add(
                table.file, line, "URL", url, "this is no address of a skill; keep the column as published"
            )
            continue
        if code in lines:
            faults.add(
                table.file, line, "Code", code, f"{code} stands in line {lines[code]} already; keep one row"
            )
            continue
        lines[code] = line
        if not name:
            faults.add(table.file, line, "Skill", "", f"the name of {code} is empty; write it")
        levels = tuple(Level(step, f"Level {step}") for step, text in enumerate(texts, start=1) if text)
        if not levels:
            remedy = f"{code} is described at no level; one of the seven descriptions must not be empty"
            faults.add(table.file, line, _LEVELS[0], "", remedy)
        edition = _EDITION.search(url)
        if edition:
            editions.setdefault(edition[1])
        skills[url] = FrameworkSkill(
            iri=url,
            kind="skill",
            labels=(Label("en", "preferred", name),) if name else (),
            description=description,
            parents=_parents(groups, category, subcategory),
            levels=levels,
            code=code,
        )


def _parents(groups: dict[str, FrameworkSkill], category: str, subcategory: str) -> tuple[str, ...]:
    """Add the groups that a row names, the subcategory below its category; return the nearest."""
    above: tuple[str, ...] = ()
    path = ""
    for name in filter(None, (category, subcategory)):
        path = f"{path}/{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"
        iri = f"urn:sfia:category:{path[1:]}"
        groups.setdefault(iri, FrameworkSkill(iri, "group", (Label("en", "preferred", name),), parents=above))
        above = (iri,)
    return above
