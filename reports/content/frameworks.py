"""What the pages of skill frameworks say: which are loaded, the skills of one, one to edit, and what a change would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FrameworkLine:
    """A loaded framework with its release in force; `is_own`: the company edits it here."""

    name: str
    format: str
    version: str
    known_from: datetime
    skills: int
    remarks: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class OwnSkill:
    """A skill of a company framework: `alternatives` and `languages` of its labels, `levels` empty for the framework's."""

    iri: str
    short_id: str
    label: str
    languages: tuple[str, ...]
    parents: tuple[str, ...]
    levels: str


@dataclass(frozen=True, slots=True)
class FrameworkPage:
    """A company framework with all its skills, by label."""

    name: str
    version: str
    known_from: datetime
    scale: str
    skills: tuple[OwnSkill, ...]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A mapping between the skill and another one, whichever way it was written."""

    relation: str
    iri: str
    short_id: str
    label: str
    framework: str
    is_source: bool


@dataclass(frozen=True, slots=True)
class SkillForm:
    """A skill of a company framework as it may be edited, in one language; all empty for a new one.

    `others` are the framework's other skills, IRI and label: what may stand above it. `hits` are skills of other
    frameworks that were searched to align with: IRI, label, framework.
    """

    framework: str
    iri: str
    is_new: bool
    lang: str
    label: str
    alternatives: str
    description: str
    parents: tuple[str, ...]
    levels: str
    scale: str
    others: tuple[tuple[str, str], ...]
    aligned: tuple[Aligned, ...]
    hits: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class FrameworkChange:
    """What a change of a company framework would do: labels of skills, and where a skill that vanishes is used.

    `renamed` is (language, old label, new label). `holders` counts people with evidence of the vanished, `requirements`
    the rows that ask them, `rules` are those that give them. `also` names what else of the skill changes. `is_unchanged`:
    all of it is in force already.
    """

    is_unchanged: bool
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    renamed: tuple[tuple[str, str, str], ...]
    holders: int
    requirements: int
    rules: tuple[str, ...]
    also: tuple[str, ...]
