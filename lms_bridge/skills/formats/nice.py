"""NICE Framework (NIST SP 800-181) as CSV: one row for each work role and each knowledge, skill or ability (KSA) in it.

KSAs are skills `urn:nice:ksa:<id>` whose label is their text: NICE gives no short names. They stand below their competency,
this below its competency group. Work roles are occupations; a KSA that a role lists has the value 1 on the scale "listed".
Ids were renumbered between versions of NICE: two versions are two frameworks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lms_bridge.skills.formats.tables import Faults, Progress, Table, read_csv
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Occupation,
    OccupationValue,
    ValueScale,
)

FILES = "a .csv file with the columns Work Role, Competency Group ID, Competency ID, K S or A, KSA ID, KSA"

_KINDS = {"knowledge": "knowledge", "skill": "skill", "ability": "ability", "task": "task"}
_KSA_ID = re.compile(r"[KSAT][0-9]{4}[A-Z]?")
_ROLE = re.compile(r"(?P<title>.+?)\s*\((?P<code>[A-Z]{2}-[A-Z]{2,3}-[0-9]{3})\)")
_REQUIRED = (
    "Work Role",
    "Competency Group ID",
    "Competency Group",
    "Competency ID",
    "Competency",
    "K S or A",
    "KSA ID",
    "KSA",
)
LISTED = ValueScale("listed", "Listed (1) or not (0)", 0, 1)


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be a NICE table."""
    return base.endswith(".csv")


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    framework = _Framework(faults)
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        table = read_csv(file, text, faults, required=_REQUIRED)
        if table is not None:
            framework.read_rows(table)
    return framework.release()


class _Framework:
    """What the rows read so far say."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._groups: dict[str, tuple[str, str]] = {}
        self._ksas: dict[str, tuple[str, str, dict[str, None]]] = {}
        self._roles: dict[str, Occupation] = {}
        self._listed: dict[tuple[str, str], None] = {}

    def read_rows(self, table: Table) -> None:
        """Read each row: a role lists a KSA of a competency."""
        first: dict[str, int] = {}
        for line, cells in table.cells(*_REQUIRED, "Category", "Specialty Area"):
            role, group_id, group, competency_id, competency, kind, ksa_id, text, category, specialty = cells
            if not _KSA_ID.fullmatch(ksa_id):
                self._faults.add(table.file, line, "KSA ID", ksa_id, "this is no id of a KSA, like K0001")
                continue
            if kind.lower() not in _KINDS:
                allowed = "Knowledge, Skill, Ability or Task"
                self._faults.add(table.file, line, "K S or A", kind, f"this is none of {allowed}; correct it")
                continue
            if not text:
                self._faults.add(table.file, line, "KSA", "", f"the text of {ksa_id} is empty; give it")
                continue
            known = self._ksas.setdefault(ksa_id, (_KINDS[kind.lower()], text, {}))
            if known[:2] != (_KINDS[kind.lower()], text):
                where = f"line {first[ksa_id]}" if ksa_id in first else "another file"
                self._faults.add(
                    table.file, line, "KSA", text, f"{ksa_id} has another text or kind in {where}; keep one"
                )
                continue
            first.setdefault(ksa_id, line)
            self._add_competency(known[2], group_id, group, competency_id, competency)
            self._add_role(table, line, role, category, specialty, ksa_id)

    def _add_competency(
        self, parents: dict[str, None], group_id: str, group: str, competency_id: str, competency: str
    ) -> None:
        group_iri = f"urn:nice:competency-group:{group_id}" if group_id else ""
        if group_iri:
            self._groups.setdefault(group_iri, (group or group_id, ""))
        if competency_id:
            iri = f"urn:nice:competency:{competency_id}"
            self._groups.setdefault(iri, (competency or competency_id, group_iri))
            parents[iri] = None

    def _add_role(
        self, table: Table, line: int, role: str, category: str, specialty: str, ksa_id: str
    ) -> None:
        found = _ROLE.fullmatch(role)
        if not found:
            remedy = "this is no work role with its id, like Cyber Crime Investigator (IN-INV-001)"
            self._faults.add(table.file, line, "Work Role", role, remedy)
            return
        description = ", ".join(filter(None, (category, specialty)))
        self._roles.setdefault(found["code"], Occupation(found["code"], found["title"], description))
        self._listed[found["code"], ksa_id] = None

    def release(self) -> FrameworkRelease:
        """Return what was read."""
        return FrameworkRelease(
            format="nice",
            name="NICE Framework",
            version="",
            skills=tuple(self._skills()),
            occupations=tuple(self._roles.values()),
            occupation_values=tuple(
                OccupationValue(role, f"urn:nice:ksa:{ksa}", LISTED.scale_id, 1) for role, ksa in self._listed
            ),
            value_scales=(LISTED,),
        )

    def _skills(self) -> Iterator[FrameworkSkill]:
        for iri, (name, parent) in self._groups.items():
            yield FrameworkSkill(
                iri,
                "group",
                (Label("en", "preferred", name),),
                parents=(parent,) if parent else (),
                code=iri.rpartition(":")[2],
            )
        for ksa_id, (kind, text, parents) in self._ksas.items():
            yield FrameworkSkill(
                f"urn:nice:ksa:{ksa_id}",
                kind,
                (Label("en", "preferred", text),),
                parents=tuple(parents),
                code=ksa_id,
            )
