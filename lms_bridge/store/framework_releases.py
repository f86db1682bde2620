"""Writing a framework's release: new skills, closed and opened rows, and what changed. Reads stand in `store.frameworks`.

Called inside the use case's transaction; nothing here commits. Rows are compared with what is in force, so an import writes
only what changed, and many rows go to the database in one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from lms_bridge.errors import ConflictError
from lms_bridge.skills.formats.tables import Progress
from lms_bridge.skills.frameworks import FrameworkRelease, FrameworkSkill, short_id
from lms_bridge.store.models.frameworks import (
    Framework,
    FrameworkLevel,
    FrameworkReleaseRow,
    OccupationAnchor,
    OccupationRow,
    OccupationScale,
    OccupationTechnologyRow,
    OccupationValueRow,
    Skill,
    SkillCollection,
    SkillLabel,
    SkillLevel,
    SkillParent,
)
from lms_bridge.store.open_rows import IN_LIST, OpenRows, in_chunks, table_of

VANISHED = "vanished"
"""The status of a skill that the release in force no longer has; what was proved of it stays."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A skill whose preferred label in a language changed."""

    iri: str
    lang: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ReleaseChange:
    """What a release changed; skills by IRI, sorted. All empty where its digest was in force already."""

    is_unchanged: bool
    appeared: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()


def digest_in_force(session: Session, name: str) -> str:
    """Return the digest of the release in force of a framework, "" where there is none."""
    found = session.scalar(
        select(FrameworkReleaseRow.digest)
        .join(Framework, Framework.framework_id == FrameworkReleaseRow.framework_id)
        .where(Framework.name == name, FrameworkReleaseRow.known_to.is_(None))
    )
    return found or ""


def write_release(
    session: Session, release: FrameworkRelease, known_at: datetime, progress: Progress
) -> ReleaseChange:
    """Put `release` in force at `known_at` for the framework of its name; the same digest again writes nothing.

    Raises:
        ConflictError: the name belongs to a framework of another format, a skill to another framework, or a later release
            is in force.
    """
    framework_id = _framework_id(session, release)
    in_force = session.execute(
        select(
            FrameworkReleaseRow.release_id, FrameworkReleaseRow.digest, FrameworkReleaseRow.known_from
        ).where(FrameworkReleaseRow.framework_id == framework_id, FrameworkReleaseRow.known_to.is_(None))
    ).one_or_none()
    if in_force is not None and in_force.digest == release.digest:
        return ReleaseChange(is_unchanged=True)
    if in_force is not None and in_force.known_from >= known_at:
        raise ConflictError(
            f"framework {release.name!r}: a release known from {in_force.known_from.isoformat()} is in force; "
            f"{known_at.isoformat()} is not after it, import with a later instant"
        )
    if in_force is not None:
        session.execute(
            update(FrameworkReleaseRow)
            .where(FrameworkReleaseRow.release_id == in_force.release_id)
            .values(known_to=known_at)
        )
    row = FrameworkReleaseRow(
        framework_id=framework_id,
        version=release.version,
        digest=release.digest,
        remarks=orjson.dumps(release.remarks).decode(),
        known_from=known_at,
        known_to=None,
    )
    session.add(row)
    session.flush()
    return _ReleaseWriter(session, framework_id, row.release_id, known_at, progress).write(release)


def _framework_id(session: Session, release: FrameworkRelease) -> int:
    framework = session.scalar(select(Framework).where(Framework.name == release.name))
    if framework is None:
        framework = Framework(name=release.name, format=release.format)
        session.add(framework)
        session.flush()
    elif framework.format != release.format:
        raise ConflictError(
            f"framework {release.name!r} was imported as {framework.format!r}, not {release.format!r}; "
            "import it under another name"
        )
    return framework.framework_id


class _ReleaseWriter:
    """Writes one release; `_skill_ids` and `_occupation_ids` map what files say to the keys of rows."""

    def __init__(
        self, session: Session, framework_id: int, release_id: int, known_at: datetime, progress: Progress
    ) -> None:
        self._session = session
        self._framework_id = framework_id
        self._release_id = release_id
        self._known_at = known_at
        self._progress = progress
        self._rows = OpenRows(session, known_at)
        self._skill_ids: dict[str, int] = {}
        self._occupation_ids: dict[str, int] = {}

    def write(self, release: FrameworkRelease) -> ReleaseChange:
        """Write the skills first, then what hangs on them."""
        self._progress("write skills", 0, 4)
        labels_before = self._preferred_labels()
        appeared, vanished = self._write_skills(release.skills)
        self._progress("write labels", 1, 4)
        self._write_skill_rows(release)
        self._progress("write occupations", 2, 4)
        self._write_occupations(release)
        self._progress("compare", 3, 4)
        return ReleaseChange(
            is_unchanged=False,
            appeared=tuple(sorted(appeared)),
            vanished=tuple(sorted(vanished)),
            renamed=tuple(self._renamed(release.skills, labels_before)),
        )

    def _write_skills(self, skills: Sequence[FrameworkSkill]) -> tuple[Collection[str], Collection[str]]:
        """Insert, change, close and open skills; return the IRIs that appeared (or came back) and that vanished."""
        known = {
            row.iri: row
            for row in self._session.execute(
                select(
                    Skill.iri,
                    Skill.skill_id,
                    Skill.kind,
                    Skill.description,
                    Skill.code,
                    Skill.status,
                    Skill.known_to,
                ).where(Skill.framework_id == self._framework_id)
            )
        }
        new = [skill for skill in skills if skill.iri not in known]
        self._refuse_skills_of_others([skill.iri for skill in new])
        self._rows.insert(
            Skill,
            (
                {
                    "iri": skill.iri,
                    "short_id": short_id(skill.iri),
                    "framework_id": self._framework_id,
                    "kind": skill.kind,
                    "description": skill.description,
                    "code": skill.code,
                    "status": skill.status,
                    "first_release_id": self._release_id,
                    "last_release_id": self._release_id,
                    "known_from": self._known_at,
                    "known_to": None,
                }
                for skill in new
            ),
        )
        stay = [(skill, known[skill.iri]) for skill in skills if skill.iri in known]
        changed = [
            {
                "b_id": row.skill_id,
                "kind": skill.kind,
                "description": skill.description,
                "code": skill.code,
                "status": skill.status,
            }
            for skill, row in stay
            if (skill.kind, skill.description, skill.code, skill.status)
            != (row.kind, row.description, row.code, row.status)
        ]
        table = table_of(Skill)
        if changed:
            self._session.connection().execute(
                update(table).where(table.c.skill_id == bindparam("b_id")), changed
            )
        back = [skill.iri for skill, row in stay if row.known_to is not None]
        for some in in_chunks([known[iri].skill_id for iri in back], IN_LIST):
            self._session.connection().execute(
                update(table).where(table.c.skill_id.in_(some)).values(known_to=None)
            )
        in_release = {skill.iri for skill in skills}
        gone = [iri for iri, row in known.items() if iri not in in_release and row.known_to is None]
        for some in in_chunks([known[iri].skill_id for iri in gone], IN_LIST):
            self._session.connection().execute(
                update(table)
                .where(table.c.skill_id.in_(some))
                .values(known_to=self._known_at, status=VANISHED)
            )
        self._session.connection().execute(
            update(table)
            .where(table.c.framework_id == self._framework_id, table.c.known_to.is_(None))
            .values(last_release_id=self._release_id)
        )
        rows = self._session.execute(
            select(Skill.iri, Skill.skill_id).where(Skill.framework_id == self._framework_id)
        )
        self._skill_ids = {iri: skill_id for iri, skill_id in rows}  # noqa: C416 -- rows are no pairs to mypy
        return [*(skill.iri for skill in new), *back], gone

    def _refuse_skills_of_others(self, iris: Sequence[str]) -> None:
        taken: list[tuple[str, str]] = []
        for some in in_chunks(iris, IN_LIST):
            rows = self._session.execute(
                select(Skill.iri, Framework.name)
                .join(Framework, Framework.framework_id == Skill.framework_id)
                .where(Skill.iri.in_(some), Skill.framework_id != self._framework_id)
                .order_by(Skill.iri)
            )
            taken.extend((iri, name) for iri, name in rows)
        if taken:
            iri, name = taken[0]
            raise ConflictError(
                f"{len(taken)} skills belong to another framework, the first {iri!r} to {name!r}; import the file under that "
                "name or give its skills IRIs of their own"
            )

    def _write_skill_rows(self, release: FrameworkRelease) -> None:
        ids, skills = self._skill_ids, release.skills
        # A vanished skill keeps its rows: pages still name it.
        own = select(Skill.skill_id).where(Skill.framework_id == self._framework_id, Skill.known_to.is_(None))
        self._rows.replace(
            SkillLabel,
            SkillLabel.skill_id.in_(own),
            ("skill_id", "lang", "kind", "text", "search_text"),
            ((ids[s.iri], x.lang, x.kind, x.text, x.text.casefold()) for s in skills for x in s.labels),
        )
        self._rows.replace(
            SkillParent,
            SkillParent.skill_id.in_(own),
            ("skill_id", "parent_skill_id"),
            ((ids[s.iri], ids[parent]) for s in skills for parent in s.parents if parent in ids),
        )
        self._rows.replace(
            SkillLevel,
            SkillLevel.skill_id.in_(own),
            ("skill_id", "step", "name"),
            ((ids[s.iri], level.step, level.name) for s in skills for level in s.levels),
        )
        self._rows.replace(
            SkillCollection,
            SkillCollection.skill_id.in_(own),
            ("skill_id", "name"),
            ((ids[s.iri], name) for s in skills for name in s.collections),
        )
        self._rows.replace(
            FrameworkLevel,
            FrameworkLevel.framework_id == self._framework_id,
            ("framework_id", "step", "name"),
            ((self._framework_id, level.step, level.name) for level in release.scale),
        )
        self._rows.replace(
            OccupationAnchor,
            OccupationAnchor.skill_id.in_(own),
            ("skill_id", "scale_id", "value", "text"),
            ((ids[x.skill_iri], x.scale_id, x.value, x.text) for x in release.value_anchors),
        )
        self._rows.replace(
            OccupationScale,
            OccupationScale.framework_id == self._framework_id,
            ("framework_id", "scale_id", "name", "minimum", "maximum"),
            ((self._framework_id, x.scale_id, x.name, x.minimum, x.maximum) for x in release.value_scales),
        )

    def _write_occupations(self, release: FrameworkRelease) -> None:
        table = table_of(OccupationRow)
        known = {
            row.code: row
            for row in self._session.connection().execute(
                select(table).where(table.c.framework_id == self._framework_id)
            )
        }
        fields = [
            {
                "code": x.code,
                "title": x.title,
                "description": x.description,
                "job_zone": x.job_zone,
                "framework_id": self._framework_id,
                "known_to": None,
            }
            for x in release.occupations
        ]
        self._rows.insert(
            OccupationRow, ({**x, "known_from": self._known_at} for x in fields if x["code"] not in known)
        )
        changed = [
            {"b_id": known[x["code"]].occupation_id, **x}
            for x in fields
            if x["code"] in known
            and any(getattr(known[x["code"]], name) != value for name, value in x.items())
        ]
        if changed:
            self._session.connection().execute(
                update(table).where(table.c.occupation_id == bindparam("b_id")), changed
            )
        in_release = {x.code for x in release.occupations}
        gone = [
            row.occupation_id for row in known.values() if row.code not in in_release and row.known_to is None
        ]
        for some in in_chunks(gone, IN_LIST):
            self._session.connection().execute(
                update(table).where(table.c.occupation_id.in_(some)).values(known_to=self._known_at)
            )
        self._occupation_ids = {
            row.code: row.occupation_id
            for row in self._session.connection().execute(
                select(table.c.code, table.c.occupation_id).where(table.c.framework_id == self._framework_id)
            )
        }
        own = select(OccupationRow.occupation_id).where(
            OccupationRow.framework_id == self._framework_id, OccupationRow.known_to.is_(None)
        )
        occupations, skills = self._occupation_ids, self._skill_ids
        self._rows.replace(
            OccupationValueRow,
            OccupationValueRow.occupation_id.in_(own),
            ("occupation_id", "skill_id", "scale_id", "value", "is_suppressed", "is_not_relevant", "month"),
            (
                (
                    occupations[x.occupation_code],
                    skills[x.skill_iri],
                    x.scale_id,
                    x.value,
                    x.suppress,
                    x.not_relevant,
                    x.date,
                )
                for x in release.occupation_values
            ),
        )
        self._rows.replace(
            OccupationTechnologyRow,
            OccupationTechnologyRow.occupation_id.in_(own),
            ("occupation_id", "skill_id", "example", "is_hot", "is_in_demand"),
            (
                (occupations[x.occupation_code], skills[x.commodity_iri], x.example, x.hot, x.in_demand)
                for x in release.occupation_technologies
            ),
        )

    def _preferred_labels(self) -> dict[tuple[str, str], str]:
        rows = self._session.execute(
            select(Skill.iri, SkillLabel.lang, SkillLabel.text)
            .join(Skill, Skill.skill_id == SkillLabel.skill_id)
            .where(
                Skill.framework_id == self._framework_id,
                SkillLabel.kind == "preferred",
                SkillLabel.known_to.is_(None),
            )
        )
        return {(iri, lang): text for iri, lang, text in rows}

    @staticmethod
    def _renamed(
        skills: Sequence[FrameworkSkill], labels_before: Mapping[tuple[str, str], str]
    ) -> Iterator[Renamed]:
        for skill in skills:
            for label in skill.labels:
                old = labels_before.get((skill.iri, label.lang))
                if label.kind == "preferred" and old is not None and old != label.text:
                    yield Renamed(skill.iri, label.lang, old, label.text)
