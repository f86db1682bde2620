"""What the pages of role profiles say: all roles, the occupations to start from, a profile to edit, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass

from reports.content.model import Share


@dataclass(frozen=True, slots=True)
class OriginLine:
    """Where a profile came from: an occupation of a framework's release, or with `is_role` the role it is a variant of."""

    is_role: bool
    title: str
    code: str
    framework: str
    version: str


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role: how many requirements it has, and how many hold it."""

    role_id: str
    name: str
    requirements: int
    holders: int
    origin: OriginLine | None


@dataclass(frozen=True, slots=True)
class RolesPage:
    """All roles, by name."""

    roles: tuple[RoleLine, ...]


@dataclass(frozen=True, slots=True)
class OccupationsPage:
    """The occupations that were searched: framework, code, title; `has_any`: some framework has occupations."""

    query: str
    hits: tuple[tuple[str, str, str], ...]
    has_any: bool


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A requirement on the form: `levels` names the steps of its skill's scale; the rest is text as sent or proposed."""

    skill_iri: str
    short_id: str
    label: str
    levels: tuple[str, ...]
    level: str
    importance: str
    strength: str
    due_within: str


@dataclass(frozen=True, slots=True)
class RoleForm:
    """A profile to edit. `hits` are skills that were searched to add: IRI, label, framework.

    `stamp` stands for what was known of the role when the form was made. `left_out` counts the occupation's skills that are too light to be proposed, or that its publisher doubts.
    """

    role_id: str
    is_new: bool
    name: str
    framework: str
    code: str
    based_on: str
    stamp: str
    origin: OriginLine | None
    rows: tuple[RoleRow, ...]
    hits: tuple[tuple[str, str, str], ...]
    left_out: int
    importances: tuple[str, ...]
    strengths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What a profile would change: a line each, and the requirements met of those who hold the role, now and then.

    `worse` are the names of holders who would have a requirement unmet that they have not now.
    """

    lines: tuple[str, ...]
    holders: int
    was: Share
    then: Share
    worse: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleDifference:
    """A skill that a variant asks otherwise than its base: what each asks in words, empty where it does not."""

    short_id: str
    label: str
    own: tuple[str, ...]
    base: tuple[str, ...]
