"""The content of the pages that are no report: person, skill, role, proof card, statement, sources, queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from reports.content.model import (
    CellContent,
    Expiring,
    ProofLine,
    Share,
    SkillContent,
    SourceHealth,
    TeamLine,
)
from reports.content.roles import OriginLine, RoleDifference


@dataclass(frozen=True, slots=True)
class Viewed:
    """The day and the knowledge of a page, and the latest knowledge that could be asked for."""

    as_of: date
    known_on: datetime
    known_on_text: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class BadgeLine:
    """A badge that names a skill and proves none, and in words what is the matter with its issuer."""

    award_id: str
    name: str
    issuer_name: str
    awarded_on: date
    doubt: str


@dataclass(frozen=True, slots=True)
class PersonSkill:
    """A skill of a person: the judged cell, the words of its scale, the proofs, best first, and badges that are none."""

    cell: CellContent
    short_id: str
    label: str
    framework: str
    levels: tuple[str, ...]
    reason_text: str
    action: str
    proofs: tuple[ProofLine, ...]
    traces: tuple[ProofLine, ...]
    badges: tuple[BadgeLine, ...]


@dataclass(frozen=True, slots=True)
class RoleReadiness:
    """Readiness for one role, the blocking skills named (short id, label)."""

    role_id: str
    role_name: str
    kind: str
    met: Share
    blocking: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An event of a person's skill history, newest first: achieved, ended, taken back."""

    on: date
    event: str
    skill_label: str
    skill_short_id: str
    level_name: str
    text: str
    evidence_id: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """What a reader sees of a person; `is_self` on /me."""

    viewed: Viewed
    person_id: str
    name: str
    email: str | None
    teams: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str, str], ...]  # role_id, name, kind
    on_leave: bool
    attributes: tuple[tuple[str, str], ...]
    met: Share
    skills: tuple[PersonSkill, ...]
    readiness: tuple[RoleReadiness, ...]
    exemptions: tuple[tuple[str, str, date | None], ...]  # what, reason, last day
    history: tuple[HistoryLine, ...]
    is_self: bool
    identities: tuple[str, ...]  # shown to the person, admin and auditor only; else empty
    can_confirm: bool


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A line of the skills list."""

    skill_iri: str
    short_id: str
    label: str
    framework: str
    kind: str
    required_by: int
    holders: int
    matched_text: str


@dataclass(frozen=True, slots=True)
class SkillsPage:
    """Skills that the company needs or holds, or the hits of a search over all labels."""

    viewed: Viewed
    query: str
    rows: tuple[SkillRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class SkillPage:
    """One skill: text, place in its framework, who holds it among those the reader may see, what gives it."""

    viewed: Viewed
    skill_iri: str
    short_id: str
    label: str
    framework: str
    release: str
    kind: str
    description: str
    alternative_labels: tuple[str, ...]
    parents: tuple[tuple[str, str], ...]  # short_id, label
    children: tuple[tuple[str, str], ...]
    levels: tuple[str, ...]
    holders: tuple[
        tuple[str, str, int, str, date | None], ...
    ]  # person_id, name, level, strength, last valid day
    demands: tuple[tuple[str, str, int, str, str], ...]  # scope, name, level, importance, head-count
    rules: tuple[tuple[str, str, int, str], ...]  # rule_id, title, level, strength
    similar: tuple[tuple[str, str, str], ...]  # relation, short_id, label
    teams: tuple[tuple[str, str, Share], ...]  # team_id, name, coverage


@dataclass(frozen=True, slots=True)
class RolePage:
    """A role profile with its requirements and the readiness of those who hold it or aim at it."""

    viewed: Viewed
    role_id: str
    name: str
    requirements: tuple[
        tuple[str, str, int, str, str, str, str], ...
    ]  # short_id,label,level,name,importance,strength,due
    people: tuple[
        tuple[str, str, str, Share, tuple[str, ...]], ...
    ]  # person_id,name,kind,met,blocking labels
    origin: OriginLine | None
    differences: tuple[RoleDifference, ...]  # of a variant: what it asks otherwise than its base


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a rule against one statement, in words."""

    text: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ProofCard:
    """Why a fact is accepted: date, title, source, rule and version, level, strength, last valid day, cited id."""

    proof: ProofLine
    is_known: bool
    recorded_at: datetime
    reversed_at: datetime | None
    reversal_text: str
    successor_id: str | None
    clauses: tuple[Clause, ...]
    rule_text: str
    issuer: str
    reference: str
    skill_short_id: str
    may_open_statement: bool
    statement_reason_needed: bool
    # awards behind the fact that the reader may take back: id, issuer, reference
    to_take_back: tuple[tuple[str, str, str], ...]
    # The company's least strength, where the proof is weaker.
    least_strength: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A raw statement with what was made of it; for those whom invariant 5 names."""

    statement_id: str
    stored: datetime
    source: str
    document_text: str
    voided_by: str | None
    flags: tuple[str, ...]
    evidence: tuple[ProofLine, ...]
    readings: tuple[tuple[str, str], ...]  # kind, reason


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused request: when, from whom, why."""

    refused_id: int
    source: str
    refused_at: datetime
    method: str
    path: str
    status: int
    detail: str
    violations: tuple[tuple[str, str, str], ...]  # pointer with index, requirement, message
    bytes: int
    replayed_at: datetime | None
    body_text: str


@dataclass(frozen=True, slots=True)
class UnknownActorRow:
    """An account that no person claims."""

    agent_key: str
    name: str
    source: str
    statements: int
    facts_waiting: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class UnmappedRow:
    """A learning object whose completions no rule counts."""

    object_key: str
    title: str
    people: int
    statements: int
    last_on: date
    sample_people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotProofRow:
    """Statements about a mapped learning object that prove nothing, by reason."""

    object_key: str
    title: str
    reason: str
    people: int
    statements: int


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A statement whose timestamp cannot be; it proves nothing until decided."""

    statement_id: str
    who: str
    source: str
    timestamp_text: str
    stored: datetime
    title: str
    decided: str


@dataclass(frozen=True, slots=True)
class FailureRow:
    """Work of derivation that failed five times."""

    failure_id: int
    subject: str
    cause: str
    failed_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key that opens the door: the LMS's, or one for content; `ends_at` None: it has no end."""

    key: str
    is_for_content: bool
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A connected LMS on /sources; `delay_seconds` is the median from a statement's timestamp to its arrival."""

    source_id: int
    name: str
    kind: str
    endpoint: str
    keys: tuple[KeyLine, ...]
    scopes: str
    xapi_version: str
    validation: str
    score_scale: str
    statements: int
    statements_24h: int
    refused: int
    refused_by_reason: Mapping[str, int]
    delay_seconds: float | None
    flagged: int
    health: SourceHealth
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExpiringPage:
    """What ends within 90 days, and what is overdue, over all that the reader may see."""

    viewed: Viewed
    expiring: tuple[Expiring, ...]
    overdue: tuple[Expiring, ...]


@dataclass(frozen=True, slots=True)
class TeamsTree:
    """The teams that a reader may see, in tree order."""

    viewed: Viewed
    lines: tuple[TeamLine, ...]
    skills: tuple[SkillContent, ...]
