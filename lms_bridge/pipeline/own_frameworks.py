"""Use cases: company frameworks edited by page. Every change is a release of its own, checked and written as an import is.

A framework that a publisher releases is not edited: its next release is imported. What was proved of a skill that is
taken out stays, as with any release.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.csv_tables import csv_text
from lms_bridge.errors import ConflictError, FileRefusedError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.framework_import import FrameworkImportResult, import_framework
from lms_bridge.pipeline.imports import import_crosswalks
from lms_bridge.settings import Settings
from lms_bridge.skills.crosswalk_files import COLUMNS as CROSSWALK_COLUMNS
from lms_bridge.skills.crosswalk_files import RELATIONS
from lms_bridge.skills.formats.csv_export import framework_csv
from lms_bridge.skills.formats.plain_csv import read_levels
from lms_bridge.skills.frameworks import (
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Level,
    preferred_label,
    short_id,
    step_names,
)
from lms_bridge.store import frameworks as store
from lms_bridge.store.audit import audit
from lms_bridge.store.crosswalks import mappings_of
from lms_bridge.store.database import writing
from lms_bridge.store.skill_uses import uses_of
from lms_bridge.store.timelines import apply_changes, claim, read_timelines
from lms_bridge.timelines import before, differences
from reports.content.frameworks import (
    Aligned,
    FrameworkChange,
    FrameworkLine,
    FrameworkPage,
    OwnSkill,
    SkillForm,
)

READERS: Final = frozenset({"admin", "hr", "auditor"})
EDITORS: Final = frozenset({"admin", "hr"})
# The format of frameworks that a company writes itself.
OWN: Final = "csv"
_MOST_HITS: Final = 20
# A mapping names the releases that it was made between; files of a company need not say theirs.
_UNNAMED: Final = "unnamed"


@dataclass(frozen=True, slots=True)
class SkillEdit:
    """A skill as it shall be in one language, or out of the framework; `levels` is `1=Aware;2=Working` or empty.

    `scale` is the framework's own, which only the first skill of a new framework brings.
    """

    framework: str
    iri: str
    lang: str = ""
    label: str = ""
    alternatives: tuple[str, ...] = ()
    description: str = ""
    parents: tuple[str, ...] = ()
    levels: str = ""
    scale: str | None = None
    is_removed: bool = False


def framework_list(session: Session, settings: Settings, reader: Reader) -> tuple[FrameworkLine, ...]:
    """Return every loaded framework by name.

    Raises:
        NotFoundError: the reader sees none.
    """
    del settings
    _require(reader, READERS)
    return tuple(
        FrameworkLine(
            item.name,
            item.format,
            item.version,
            item.known_from,
            item.skills,
            item.remarks,
            is_own=item.format == OWN,
        )
        for item in store.list_frameworks(session)
    )


def framework_page(session: Session, settings: Settings, reader: Reader, name: str) -> FrameworkPage:
    """Return a company framework with its skills.

    Raises:
        NotFoundError: there is none of that name, or the reader sees none.
    """
    _require(reader, READERS)
    release, known_from = _own(session, name)
    labels = {skill.iri: _label(skill, settings.language) for skill in release.skills}
    skills = [
        OwnSkill(
            skill.iri,
            short_id(skill.iri),
            labels[skill.iri],
            tuple(sorted({label.lang for label in skill.labels})),
            tuple(sorted(labels.get(parent, parent) for parent in skill.parents)),
            _levels_text(skill.levels),
        )
        for skill in release.skills
    ]
    return FrameworkPage(
        name,
        release.version,
        known_from,
        _levels_text(release.scale) or settings.company_scale,
        tuple(sorted(skills, key=lambda skill: (skill.label.casefold(), skill.iri))),
    )


def framework_file(session: Session, settings: Settings, reader: Reader, name: str) -> bytes:
    """Return a company framework as CSV, to edit in a spreadsheet and import again.

    Raises:
        NotFoundError: there is none of that name, or the reader sees none.
    """
    del settings
    _require(reader, READERS)
    return framework_csv(_own(session, name)[0])


def skill_form(
    session: Session,
    settings: Settings,
    reader: Reader,
    name: str,
    iri: str | None,
    *,
    lang: str = "",
    query: str = "",
) -> SkillForm:
    """Return a skill of a company framework to edit, or an empty form for a new one where `iri` is None.

    Raises:
        NotFoundError: there is no such framework or skill, or the reader edits none.
    """
    _require(reader, EDITORS)
    release, _ = _own(session, name)
    skill = next((skill for skill in release.skills if skill.iri == iri), None)
    if iri is not None and skill is None:
        raise NotFoundError(f"{iri}: the framework {name!r} has no such skill")
    lang = lang or _language_of(skill, settings.language)
    shown = skill or FrameworkSkill(_new_iri(), "skill")
    own = [label for label in shown.labels if label.lang == lang]
    others = [(other.iri, _label(other, settings.language)) for other in release.skills if other.iri != iri]
    hits = store.find_skills(session, query, settings.language, _MOST_HITS) if query.strip() else ()
    return SkillForm(
        framework=name,
        iri=shown.iri,
        is_new=skill is None,
        lang=lang,
        label=next((label.text for label in own if label.kind == "preferred"), ""),
        alternatives="\n".join(sorted(label.text for label in own if label.kind == "alternative")),
        description=shown.description,
        parents=shown.parents,
        levels=_levels_text(shown.levels),
        scale=_levels_text(release.scale) or settings.company_scale,
        others=tuple(sorted(others, key=lambda other: other[1].casefold())),
        aligned=() if skill is None else _aligned(session, settings, skill.iri),
        hits=tuple((hit.iri, hit.label, hit.framework) for hit in hits if hit.framework != name),
    )


def begin(session: Session, settings: Settings, reader: Reader, name: str, *, scale: str, label: str) -> bool:
    """Begin a framework of the company with its first skill; `scale` is `1=Aware;2=Working` or empty for the company's.

    Raises:
        InvalidInputError: the name, the scale or the label is none.
        ConflictError: a framework of that name is there.
        NotFoundError: the reader edits none.
    """
    first = SkillEdit(name, _new_iri(), lang=settings.language, label=label, scale=scale)
    return put_edit(session, settings, reader, first)


def foresee_edit(session: Session, settings: Settings, reader: Reader, edit: SkillEdit) -> FrameworkChange:
    """Return what a change would do; nothing is written.

    Raises:
        InvalidInputError: the framework would not be one.
        NotFoundError: there is no such framework or skill, or the reader edits none.
    """
    _require(reader, EDITORS)
    result = _import(session, settings, edit, clock.now(), dry_run=True)
    names = _names(session, settings, [*result.appeared, *result.vanished], edit)
    uses = uses_of(session, result.vanished)
    return FrameworkChange(
        is_unchanged=result.is_unchanged,
        appeared=tuple(names[iri] for iri in result.appeared),
        vanished=tuple(names[iri] for iri in result.vanished),
        renamed=tuple((item.lang, item.old, item.new) for item in result.renamed),
        holders=uses.holders,
        requirements=uses.requirements,
        rules=uses.rules,
        also=_also(_own(session, edit.framework)[0], edit),
    )


def _also(release: FrameworkRelease, edit: SkillEdit) -> tuple[str, ...]:
    """Name what a change does to a skill beside its name."""
    old = next((skill for skill in release.skills if skill.iri == edit.iri), None)
    if old is None or edit.is_removed:
        return ()
    new = next(skill for skill in _edited(release, edit).skills if skill.iri == edit.iri)

    def others(skill: FrameworkSkill) -> set[tuple[str, str]]:
        return {(label.lang, label.text) for label in skill.labels if label.kind != "preferred"}

    changes = (
        ("other names", others(old) != others(new)),
        ("description", old.description != new.description),
        ("place", set(old.parents) != set(new.parents)),
        ("levels", old.levels != new.levels),
    )
    return tuple(name for name, is_changed in changes if is_changed)


def put_edit(session: Session, settings: Settings, reader: Reader, edit: SkillEdit) -> bool:
    """Put a change into force as a release of its own; return whether anything changed.

    Raises:
        InvalidInputError: the framework would not be one.
        NotFoundError: there is no such framework or skill, or the reader edits none.
    """
    _require(reader, EDITORS)
    now = clock.now()
    result = _import(session, settings, edit, now, dry_run=False)
    if not result.is_unchanged:
        what = "take out skill" if edit.is_removed else "edit skill"
        with writing(session):
            audit(session, now, reader.email, what, f"{edit.framework} {edit.iri}", edit.label)
    return not result.is_unchanged


def align(
    session: Session,
    settings: Settings,
    reader: Reader,
    name: str,
    iri: str,
    target: str,
    relation: str,
    levels: str = "",
) -> None:
    """Map a company's skill to one of another framework, between the releases in force; figures count it at once.

    `levels` is a level table of an exact match, `1=1;2=3`, or empty where levels carry over as they are.

    Raises:
        InvalidInputError: the relation, the target or the level table is none.
        NotFoundError: there is no such framework or skill, or the reader edits none.
    """
    _require(reader, EDITORS)
    release, _ = _own(session, name)
    if all(skill.iri != iri for skill in release.skills):
        raise NotFoundError(f"{iri}: the framework {name!r} has no such skill")
    if relation not in RELATIONS:
        raise InvalidInputError(f"relation: {relation!r} is none; choose one of {', '.join(RELATIONS)}")
    other = store.skill_by_iri(session, target)
    if other is None:
        raise InvalidInputError(f"skill: {target!r} is in no loaded framework; search one and choose it")
    row = (iri, target, relation, levels, release.version or _UNNAMED, other.last_version or _UNNAMED)
    try:
        import_crosswalks(session, settings, csv_text(CROSSWALK_COLUMNS, [row]), who=reader.email)
    except FileRefusedError as error:
        said = "\n".join(
            f"{problem.column}: {problem.value!r} {problem.remedy}" for problem in error.problems
        )
        raise InvalidInputError(said) from error


def end_alignment(
    session: Session,
    settings: Settings,
    reader: Reader,
    name: str,
    iri: str,
    source: str,
    target: str,
    *,
    is_error: bool = False,
) -> None:
    """Let a mapping of a company's skill end today: it holds up to yesterday, and reports of earlier days keep it.

    One that was an error has never held; only reports as known before keep it.

    Raises:
        NotFoundError: there is no such framework, skill or mapping, or the reader edits none.
    """
    _require(reader, EDITORS)
    release, _ = _own(session, name)
    if iri not in (source, target) or all(skill.iri != iri for skill in release.skills):
        raise NotFoundError(f"{iri}: the framework {name!r} has no such skill")
    with writing(session):
        claim(session, "crosswalks")
        now = clock.now()
        today = now.astimezone(settings.zone).date()
        current = read_timelines(session, "crosswalks")
        held = current.get((source, target), ())
        # What held before and has ended was another decision, and no error of this one.
        ended = tuple(span for span in held if span.end is not None and span.end <= today)
        left = ended if is_error else before(held, today)
        changes = differences("crosswalks", current, {(source, target): left})
        if not changes:
            raise NotFoundError(f"{source} and {target} are not aligned")
        apply_changes(session, changes, now)
        audit(
            session,
            now,
            reader.email,
            "annul alignment" if is_error else "end alignment",
            f"{source} {target}",
        )


def edit_scale(session: Session, settings: Settings, reader: Reader, name: str, scale: str) -> bool:
    """Rename the steps of a company framework's scale or add steps above; return whether anything changed.

    What was proved, asked and given keeps the number of its step, so no step can be taken away.

    Raises:
        InvalidInputError: the scale is none, or has fewer steps than before.
        NotFoundError: there is no such framework, or the reader edits none.
    """
    _require(reader, EDITORS)
    release, _ = _own(session, name)
    levels = _levels(scale)
    steps = len(step_names(release.scale)) or len(_levels(settings.company_scale))
    if len(levels) < steps:
        raise InvalidInputError(
            f"levels: {len(levels)} steps instead of {steps}; rename steps or add some above, none can be taken away"
        )
    now = clock.now()
    result = _import_release(session, settings, name, replace(release, scale=levels), release.digest, now)
    if not result.is_unchanged:
        with writing(session):
            audit(session, now, reader.email, "edit levels", name, scale)
    return not result.is_unchanged


def _import(
    session: Session, settings: Settings, edit: SkillEdit, now: datetime, *, dry_run: bool
) -> FrameworkImportResult:
    old = _begun(session, edit) if edit.scale is not None else _own(session, edit.framework)[0]
    new = _edited(old, edit)
    return _import_release(session, settings, edit.framework, new, old.digest, now, dry_run=dry_run)


def _import_release(
    session: Session,
    settings: Settings,
    name: str,
    release: FrameworkRelease,
    replaces: str,
    now: datetime,
    *,
    dry_run: bool = False,
) -> FrameworkImportResult:
    return import_framework(
        session,
        format=OWN,
        files={f"{name}.csv": framework_csv(release)},
        name=name,
        version=now.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M:%S"),
        dry_run=dry_run,
        replaces=replaces,
    )


def _edited(release: FrameworkRelease, edit: SkillEdit) -> FrameworkRelease:
    """Return a release with the change in it."""
    kept = tuple(skill for skill in release.skills if skill.iri != edit.iri)
    if edit.is_removed:
        if len(kept) == len(release.skills):
            raise NotFoundError(f"{edit.iri}: the framework {edit.framework!r} has no such skill")
        if not kept:
            raise InvalidInputError(
                f"{edit.framework}: this is its last skill, and a framework has at least one"
            )
        below = [_label(skill, "en") for skill in kept if edit.iri in skill.parents]
        if below:
            raise InvalidInputError(
                f"these skills stand under it: {', '.join(sorted(below)[:5])}; put them elsewhere first"
            )
        return replace(release, skills=kept)
    if not edit.label.strip():
        raise InvalidInputError("name: it is empty; give the skill a name")
    before = next((skill for skill in release.skills if skill.iri == edit.iri), None)
    skill = before or FrameworkSkill(edit.iri, "skill")
    labels = [label for label in skill.labels if label.lang != edit.lang]
    labels.append(Label(edit.lang, "preferred", edit.label.strip()))
    labels += [Label(edit.lang, "alternative", text) for text in edit.alternatives]
    changed = replace(
        skill,
        labels=tuple(labels),
        description=edit.description.strip(),
        parents=edit.parents,
        levels=_levels(edit.levels),
    )
    return replace(release, skills=(*kept, changed))


def _begun(session: Session, edit: SkillEdit) -> FrameworkRelease:
    """Return the beginning of a new framework, which has no skill and no digest yet."""
    if not edit.framework.strip() or edit.framework != edit.framework.strip() or "/" in edit.framework:
        raise InvalidInputError(
            f"name: {edit.framework!r} is none for a framework; write one without slashes"
        )
    if store.release_in_force(session, edit.framework) is not None:
        raise ConflictError(f"the framework {edit.framework!r} is there already; add the skill to it")
    return FrameworkRelease(OWN, edit.framework, "", scale=_levels(edit.scale or ""))


def _levels(text: str) -> tuple[Level, ...]:
    levels = read_levels(text)
    if isinstance(levels, str):
        raise InvalidInputError(f"levels: {levels}")
    return levels


def _own(session: Session, name: str) -> tuple[FrameworkRelease, datetime]:
    found = store.release_in_force(session, name)
    if found is None or found[0].format != OWN:
        raise NotFoundError(f"{name}: no framework of the company has that name")
    return found


def _aligned(session: Session, settings: Settings, iri: str) -> tuple[Aligned, ...]:
    mappings = mappings_of(session, iri, clock.today(settings.zone))
    others = {mapping.target_iri if mapping.source_iri == iri else mapping.source_iri for mapping in mappings}
    labels = store.labels_for(session, others, settings.language)
    lines: list[Aligned] = []
    for mapping in mappings:
        is_source = mapping.source_iri == iri
        other = mapping.target_iri if is_source else mapping.source_iri
        stored = store.skill_by_iri(session, other)
        framework = stored.framework if stored else ""
        lines.append(
            Aligned(mapping.relation, other, short_id(other), labels.get(other, other), framework, is_source)
        )
    return tuple(lines)


def _names(session: Session, settings: Settings, iris: Iterable[str], edit: SkillEdit) -> dict[str, str]:
    """Return labels of skills; the one that is edited may not be there yet."""
    found = store.labels_for(session, iris, settings.language)
    return {
        iri: edit.label or found.get(iri, iri) if iri == edit.iri else found.get(iri, iri) for iri in iris
    }


def _new_iri() -> str:
    """Return an IRI that nobody else has and that outlives the address of this service (RFC 9562)."""
    return f"urn:uuid:{uuid4()}"


def _label(skill: FrameworkSkill, lang: str) -> str:
    return preferred_label(skill, lang) or skill.iri


def _language_of(skill: FrameworkSkill | None, wanted: str) -> str:
    """Return the language to edit: the company's where the skill has it or has none, else its first."""
    languages = sorted({label.lang for label in skill.labels}) if skill else []
    return wanted if wanted in languages or not languages else languages[0]


def _levels_text(levels: Sequence[Level]) -> str:
    return ";".join(f"{level.step}={level.name}" for level in levels)


def _require(reader: Reader, roles: frozenset[str]) -> None:
    if reader.role not in roles:
        raise NotFoundError("frameworks are not here")
