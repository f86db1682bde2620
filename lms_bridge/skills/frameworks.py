"""Skill frameworks as data: what a reader of `lms_bridge.skills.formats` hands on, whatever the file looked like.

A release of a framework is a set of skills (IRIs with labels in several languages, parents and perhaps levels) and, where
the publisher gives them, occupations with values. Levels are steps of an ordered scale. A framework without levels has an
empty `scale`: the company scale is then meant. Values of occupations (O*NET's importance and level) are nobody's step.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

import orjson

LabelKind = Literal["preferred", "alternative", "hidden"]

UNKNOWN_LANGUAGE = "und"
"""The BCP 47 tag of a label whose file names no language."""

GROUP_KINDS = frozenset({"group", "element"})
"""Kinds of concepts that order a framework; they are no skills that a person is said to have."""


@dataclass(frozen=True, slots=True)
class Label:
    """One name of a skill in one language; `text` has no blanks at either end and is never empty."""

    lang: str
    kind: LabelKind
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """One step of an ordered scale, 1 or higher; a higher step is more."""

    step: int
    name: str


@dataclass(frozen=True, slots=True)
class FrameworkSkill:
    """One concept of a framework.

    `kind` is skill, knowledge, ability, activity, technology, task, group, element, or the publisher's own word.
    `labels` is empty where the publisher's files carry none. `levels` is empty where the framework's scale (or, where that
    is empty too, the company scale) holds. `status` is the publisher's word, "" where none is given.
    """

    iri: str
    kind: str
    labels: tuple[Label, ...] = ()
    description: str = ""
    parents: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    collections: tuple[str, ...] = ()
    code: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation of the publisher's own classification; `job_zone` is O*NET's 1 (little preparation) to 5."""

    code: str
    title: str
    description: str = ""
    job_zone: int | None = None


@dataclass(frozen=True, slots=True)
class OccupationValue:
    """What the publisher measured of a skill in an occupation; it proposes requirements and proves nothing of a person.

    `date` is "YYYY-MM" or "". A value with `suppress` is of low precision by the publisher's own word; one with
    `not_relevant` says that most asked people do not use the skill.
    """

    occupation_code: str
    skill_iri: str
    scale_id: str
    value: float
    suppress: bool = False
    not_relevant: bool = False
    date: str = ""


@dataclass(frozen=True, slots=True)
class OccupationTechnology:
    """A named product used in an occupation, with the commodity that it belongs to."""

    occupation_code: str
    commodity_iri: str
    example: str
    hot: bool = False
    in_demand: bool = False


@dataclass(frozen=True, slots=True)
class ValueScale:
    """The scale of occupation values, as published: LV is 0 to 7, IM 1 to 5. No person stands on it."""

    scale_id: str
    name: str
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class ValueAnchor:
    """An example of what a value on a scale means for one skill."""

    skill_iri: str
    scale_id: str
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class FrameworkRelease:
    """All that one release of a framework says.

    Skills are ordered by IRI. `remarks` are sentences about what was kept although it looks wrong (concepts without label,
    unknown parents); they are shown with the release. `digest` is the SHA-256 of the content: two file sets that say the
    same have the same digest, whatever the order of their rows or their compression. `name` and `version` are no part of it.
    """

    format: str
    name: str
    version: str
    scale: tuple[Level, ...] = ()
    skills: tuple[FrameworkSkill, ...] = ()
    occupations: tuple[Occupation, ...] = ()
    occupation_values: tuple[OccupationValue, ...] = ()
    occupation_technologies: tuple[OccupationTechnology, ...] = ()
    value_scales: tuple[ValueScale, ...] = ()
    value_anchors: tuple[ValueAnchor, ...] = ()
    remarks: tuple[str, ...] = ()
    digest: str = ""


_NOT_IN_DIGEST = frozenset({"name", "version", "remarks", "digest"})


def with_digest(release: FrameworkRelease) -> FrameworkRelease:
    """Return `release` in its canonical order, with the digest of its content.

    Labels, parents and collections keep no order of the file: sorted by language, kind and text.
    """
    ordered = replace(
        release,
        skills=tuple(sorted((_canonical(skill) for skill in release.skills), key=lambda skill: skill.iri)),
        occupations=tuple(sorted(release.occupations, key=lambda occupation: occupation.code)),
        occupation_values=tuple(
            sorted(
                release.occupation_values,
                key=lambda value: (value.occupation_code, value.skill_iri, value.scale_id),
            ),
        ),
        occupation_technologies=tuple(
            sorted(
                release.occupation_technologies,
                key=lambda tech: (tech.occupation_code, tech.commodity_iri, tech.example),
            ),
        ),
        value_scales=tuple(sorted(release.value_scales, key=lambda scale: scale.scale_id)),
        value_anchors=tuple(
            sorted(
                release.value_anchors,
                key=lambda anchor: (anchor.skill_iri, anchor.scale_id, anchor.value, anchor.text),
            ),
        ),
    )
    digest = hashlib.sha256()
    for field in fields(ordered):
        if field.name not in _NOT_IN_DIGEST:
            digest.update(orjson.dumps([field.name, getattr(ordered, field.name)]))
    return replace(ordered, digest=digest.hexdigest())


_LABEL_ORDER = {"preferred": 0, "alternative": 1, "hidden": 2}


def _canonical(skill: FrameworkSkill) -> FrameworkSkill:
    return replace(
        skill,
        labels=tuple(
            sorted(set(skill.labels), key=lambda label: (label.lang, _LABEL_ORDER[label.kind], label.text)),
        ),
        parents=tuple(sorted(set(skill.parents))),
        collections=tuple(sorted(set(skill.collections))),
    )


def step_names(levels: Sequence[Level]) -> tuple[str, ...]:
    """Return the names of a scale's steps from 1 to the highest, "" for a step that the scale leaves out.

    SFIA's skills have some of seven levels, so the number of steps is not the highest step.
    """
    names = {level.step: level.name for level in levels}
    return tuple(names.get(step, "") for step in range(1, max(names, default=0) + 1))


def short_id(iri: str) -> str:
    """Return the id of a skill in URLs: 12 characters of a-z and 2-7, the same in every installation.

    60 bits of SHA-256: among 100,000 skills two share an id with a chance of one in 200 million; the store refuses it.
    """
    digest = hashlib.sha256(iri.encode()).digest()
    return base64.b32encode(digest[:8]).decode("ascii")[:12].lower()


def preferred_label(skill: FrameworkSkill, lang: str) -> str:
    """Return the preferred label in `lang`, else in English, else in any language; the code or the IRI where there is none."""
    preferred = [label for label in skill.labels if label.kind == "preferred"]
    for wanted in (lang, lang.partition("-")[0], "en"):
        for label in preferred:
            if label.lang == wanted or label.lang.startswith(f"{wanted}-"):
                return label.text
    return preferred[0].text if preferred else (skill.code or skill.iri)


def merge_labels(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return `labels` in which each language has one preferred label and no text stands twice.

    The first preferred label of a language stays; a later one with another text becomes an alternative. Of equal texts in a
    language the strongest kind stays (preferred, alternative, hidden). Blanks are stripped; empty texts are left out.
    """
    preferred: dict[str, str] = {}
    kinds: dict[tuple[str, str], LabelKind] = {}
    for label in labels:
        text = label.text.strip()
        if not text:
            continue
        kind = label.kind
        if kind == "preferred" and preferred.setdefault(label.lang, text) != text:
            kind = "alternative"
        known = kinds.get((label.lang, text))
        if known is None or _LABEL_ORDER[kind] < _LABEL_ORDER[known]:
            kinds[label.lang, text] = kind
    return tuple(Label(lang, kind, text) for (lang, text), kind in kinds.items())
