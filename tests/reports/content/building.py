"""Builds a report's content from inputs of coverage, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from lms_bridge.coverage.inputs import Company
from lms_bridge.coverage.teams import Sheet, team_coverage
from reports.content.build import Closing, Frame, Names, build_report
from reports.content.model import DataHealth, Report, ReportKind
from tests.factories import TEAM

HEALTH = DataHealth(
    sources=(),
    unmapped_objects=0,
    unmapped_people=0,
    unmapped_share=None,
    unknown_actors=0,
    doubtful_clocks=0,
    refused_requests=0,
    not_proof=0,
    failures=0,
    queue_depth=0,
)


def report_of(
    company: Company,
    team_id: str = TEAM,
    *,
    tree: bool = False,
    kind: ReportKind = "team",
    closing: Mapping[str, Sequence[Closing]] | None = None,
) -> Report:
    """The content of a team's report; skills are called by what follows `skill:`."""
    sheet = Sheet(company)
    coverage = team_coverage(company, team_id, tree=tree, sheet=sheet)
    iris = {skill.skill_iri for skill in coverage.skills}
    names = Names(
        labels={iri: iri.removeprefix("skill:") for iri in iris},
        short_ids={iri: iri.removeprefix("skill:") for iri in iris},
        frameworks={},
        descriptions={},
        levels=dict.fromkeys(iris, ("Aware", "Working", "Independent", "Expert")),
        titles={"course": "The course"},
        senders={},
        closing={iri: tuple(options) for iri, options in (closing or {}).items()},
        people={person_id: one.name for person_id, one in company.people.items()},
    )
    frame = Frame(
        kind=kind,
        company_name="Acme",
        known_on_text="2025-06-30 12:00:00 UTC",
        generated_at=datetime(2025, 6, 30, 12, tzinfo=UTC),
        time_zone="UTC",
        base_url="https://bridge.example",
        attribution=(),
        frameworks=(),
        health=HEALTH,
        unmapped=(),
        trend=(),
        footnotes=(),
    )
    return build_report(sheet, coverage, names, frame)
