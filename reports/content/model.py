"""The content of a report: one frozen object, drawn by page, workbook, CSV and JSON alike.

Shares are 0..1 or None ("n/a": an empty denominator). Levels are steps of the skill's scale, 0 is none. Days are
calendar days of the company's zone; a "last valid day" is the last on which something counts, None without end.
Texts (names, labels, titles) are as people wrote them: a renderer must escape them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

ReportKind = Literal["team", "company"]


@dataclass(frozen=True, slots=True)
class Share:
    """`met` of `total`: shown "3 of 9" before "33 %"; "n/a" where total is 0."""

    met: int
    total: int

    @property
    def share(self) -> float | None:
        """`met` / `total`, or None."""
        return self.met / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class CellContent:
    """One person in one skill. `evidence` are the ids of the facts that count, `traces` of those that explain a gap."""

    person_id: str
    skill_iri: str
    required: int | None
    attained: int
    status: str  # met, unmet, open, exempt, desirable, not_required
    gap: int
    reason: str | None  # reversed, expired, not_recognised, too_low, never
    due_on: date | None
    last_valid_day: date | None
    days_left: int | None  # to the last valid day, counted from as_of; 0 is today
    importance: str | None  # mandatory, required, desirable
    exempt_reason: str | None
    evidence: tuple[str, ...]
    traces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonContent:
    """A row of the heat map: a member, with the cells in the order of `Report.skills`."""

    person_id: str
    name: str
    team_ids: tuple[str, ...]
    team_names: tuple[str, ...]
    role_names: tuple[str, ...]
    on_leave: bool
    met: Share
    cells: tuple[CellContent, ...]


@dataclass(frozen=True, slots=True)
class HeadcountContent:
    """A line such as "10 % of 71 active members: 8 first-aiders"; `holders` counts people."""

    team_id: str
    team_name: str
    skill_iri: str
    skill_label: str
    level: int
    level_name: str
    min_strength: str
    importance: str
    asked: str
    needed: int
    holders: int
    holder_names: tuple[str, ...]
    coverage_share: float | None


@dataclass(frozen=True, slots=True)
class SkillContent:
    """A column of the heat map, and a line of depth.

    `needed` and `met` count pairs (or, without pairs, heads of the own head-count); `levels` names the steps 1..n.
    """

    skill_iri: str
    short_id: str
    label: str
    framework: str
    description: str
    levels: tuple[str, ...]
    required_level: int | None
    min_strength: str
    needed: int | None
    met: int | None
    open_pairs: int
    holders: int | None
    holder_ids: tuple[str, ...]
    holder_names: tuple[str, ...]
    coverage_share: float | None
    depth: int | None
    is_single_point: bool
    next_best_id: str | None
    next_best_name: str | None
    next_best_level: int | None
    next_best_since: date | None
    headcounts: tuple[HeadcountContent, ...]
    at_risk: Mapping[int, float | None]  # days ahead (30, 60, 90) -> share
    closing_titles: tuple[str, ...]  # learning objects whose rules reach the required level and strength


@dataclass(frozen=True, slots=True)
class ToDo:
    """Who must do what by when: an unmet or open mandatory or required pair, most urgent first.

    `action` names the learning that closes it, or says that nothing of the catalogue does. `urgency` is 0 for overdue
    mandatory, 1 for other unmet mandatory, 2 for unmet required, 3 for open, 4 for met but ending within 90 days.
    """

    urgency: int
    person_id: str
    person_name: str
    team_name: str
    skill_iri: str
    skill_short_id: str
    skill_label: str
    required: int
    attained: int
    level_name: str
    importance: str
    status: str
    reason: str | None
    reason_text: str
    due_on: date | None
    action: str


@dataclass(frozen=True, slots=True)
class Expiring:
    """A requirement that is met today by facts that end within 90 days (`days_left` >= 0), or ended (`< 0`, overdue)."""

    person_id: str
    person_name: str
    team_name: str
    skill_iri: str
    skill_short_id: str
    skill_label: str
    level: int
    level_name: str
    importance: str | None
    last_valid_day: date
    days_left: int
    title: str
    evidence_id: str


@dataclass(frozen=True, slots=True)
class MandatoryLine:
    """A mandatory requirement of this report's people: who is clean, who is not."""

    skill_iri: str
    skill_short_id: str
    skill_label: str
    met: Share
    open_pairs: int
    missing: tuple[tuple[str, str, str], ...]  # person_id, name, reason text


@dataclass(frozen=True, slots=True)
class ProofLine:
    """An evidence row as the proof card and the Evidence sheet show it; no scores, no attempts, no times of day."""

    evidence_id: str
    person_id: str
    person_name: str
    skill_iri: str
    skill_label: str
    level: int
    level_name: str
    strength: str
    authenticity: str
    achieved_on: date
    last_valid_day: date | None
    end_kind: str | None  # expiry, withdrawn, revoked
    state: str  # holds, ended, reversed
    title: str
    source: str
    rule_id: str | None
    rule_version: str | None
    cited_kind: str  # statement, award
    cited_id: str


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team in an overview: its own subtree's figures."""

    team_id: str
    name: str
    parent_team_id: str | None
    depth: int
    members: int
    met: Share
    mandatory: Share
    single_points: int
    uncovered: int
    expiring_90: int
    at_risk: Mapping[int, float | None]
    skill_shares: Mapping[str, tuple[int, int]]  # skill_iri -> met, total over the subtree


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How fresh a source is."""

    name: str
    kind: str
    last_seen: datetime | None
    silent_days: int | None
    is_silent: bool
    refused: int


@dataclass(frozen=True, slots=True)
class DataHealth:
    """Whether the figures can be trusted, and what is not counted."""

    sources: tuple[SourceHealth, ...]
    unmapped_objects: int
    unmapped_people: int
    unmapped_share: float | None
    unknown_actors: int
    doubtful_clocks: int
    refused_requests: int
    not_proof: int
    failures: int
    queue_depth: int


@dataclass(frozen=True, slots=True)
class UnmappedLearning:
    """A learning object that people finished and no rule counts."""

    object_key: str
    title: str
    people: int
    statements: int
    last_on: date


@dataclass(frozen=True, slots=True)
class WaitingBadge:
    """A badge that would close gaps and counts for nothing because of its issuer; `doubt` says in words why not.

    `people` hold it today, in `gaps` pairs of person and skill whose requirement is not met.
    """

    name: str
    issuer_name: str
    doubt: str
    people: int
    gaps: int


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Requirements met on a past day, by today's knowledge; `note` names a step such as a reorganisation."""

    day: date
    met: Share
    note: str


@dataclass(frozen=True, slots=True)
class Report:
    """A team's or the company's report on `as_of` as known at `known_on`."""

    kind: ReportKind
    company_name: str
    team_id: str
    team_name: str
    tree: bool
    manager_name: str | None
    as_of: date
    known_on: datetime
    known_on_text: str
    generated_at: datetime
    time_zone: str
    least_strength: str
    met: Share
    mandatory: Share
    freshness: Share
    at_risk: Mapping[int, float | None]
    skills: tuple[SkillContent, ...]
    people: tuple[PersonContent, ...]
    todo: tuple[ToDo, ...]
    expiring: tuple[Expiring, ...]
    overdue: tuple[Expiring, ...]
    mandatory_lines: tuple[MandatoryLine, ...]
    headcounts: tuple[HeadcountContent, ...]
    proofs: Mapping[str, ProofLine]
    teams: tuple[TeamLine, ...]
    trend: tuple[TrendPoint, ...]
    health: DataHealth
    unmapped: tuple[UnmappedLearning, ...]
    footnotes: tuple[str, ...]
    base_url: str
    attribution: tuple[str, ...]
    frameworks: tuple[str, ...] = field(default=())
    waiting_badges: tuple[WaitingBadge, ...] = field(default=())

    @property
    def reference(self) -> str:
        """A text that names the report in a file name: team, tree and day."""
        return f"{self.team_id}{'-tree' if self.tree else ''}-{self.as_of.isoformat()}"
