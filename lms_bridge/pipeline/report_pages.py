"""Use cases that read: overview, team report, teams, expiring. One computation, cut to what the reader may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.coverage.inputs import Company, TeamOnDay
from lms_bridge.coverage.teams import Sheet, TeamCoverage, met_ratio, team_coverage
from lms_bridge.errors import NotFoundError
from lms_bridge.people.placement import line_on
from lms_bridge.people.scope import Reader, Vision
from lms_bridge.pipeline.health import data_health
from lms_bridge.pipeline.naming import names_for
from lms_bridge.pipeline.scoping import vision
from lms_bridge.pipeline.viewing import View, known_instant
from lms_bridge.settings import Settings
from lms_bridge.store import company as store
from lms_bridge.store import frameworks
from lms_bridge.store.company import CompanyBook
from lms_bridge.store.naming import titles_of
from lms_bridge.store.readings import unmapped_learning
from reports.content.build import Frame, Names, build_report
from reports.content.model import Report, ReportKind, Share, TrendPoint, UnmappedLearning
from reports.content.pages import ExpiringPage, TeamsTree, Viewed

TREND_MONTHS = 12
OWN_ROOT = "*"
ATTRIBUTION = {
    "esco": "This service uses the ESCO classification of the European Commission.",
    "onet": (
        "This service includes information from the O*NET Database by the U.S. Department of Labor, Employment and "
        "Training Administration (USDOL/ETA), used under the CC BY 4.0 license. O*NET® is a trademark of USDOL/ETA. "
        "LMS Bridge has modified some of this information; USDOL/ETA has not approved, endorsed or tested it."
    ),
}


def viewed(settings: Settings, view: View, instant: datetime) -> Viewed:
    """Return the view in the words of pages."""
    return Viewed(view.as_of, instant, known_text(settings, instant), is_default=view.known_on is None)


def known_text(settings: Settings, instant: datetime) -> str:
    """Return an instant of knowledge in the company's zone."""
    return f"{instant.astimezone(settings.zone):%Y-%m-%d %H:%M:%S %Z}"


def team(
    session: Session,
    settings: Settings,
    reader: Reader,
    view: View,
    team_id: str,
    tree: bool = False,
    *,
    with_trend: bool = True,
) -> Report:
    """Return a team's report.

    Raises:
        NotFoundError: there is no such team on the day, or the reader does not see it.
    """
    sight = vision(session, settings, reader)
    instant = known_instant(session, view)
    organisation = store.organisation(session, view.as_of, instant)
    if team_id not in organisation.teams or not sight.sees_team(team_id):
        raise NotFoundError(f"team {team_id!r} is not here; see the list of teams")
    return _report(session, settings, view, instant, "team", team_id, tree=tree, with_trend=with_trend)


def overview(
    session: Session, settings: Settings, reader: Reader, view: View, *, with_trend: bool = True
) -> Report:
    """Return the company's report; for a manager, their teams under a root of their own.

    Raises:
        NotFoundError: there is no team on the day, or the reader sees none.
    """
    sight = vision(session, settings, reader)
    instant = known_instant(session, view)
    organisation = store.organisation(session, view.as_of, instant)
    roots = visible_roots(organisation.teams, sight)
    if not roots:
        raise NotFoundError("no team is in view; import a roster, or ask for the rights to a team")
    if len(roots) == 1:
        return _report(
            session, settings, view, instant, "company", roots[0], tree=True, with_trend=with_trend
        )
    return _report(
        session, settings, view, instant, "company", OWN_ROOT, tree=True, roots=roots, with_trend=with_trend
    )


def visible_roots(teams: dict[str, TeamOnDay], sight: Vision) -> list[str]:
    """Return the highest teams that a reader sees."""
    seen = {team_id for team_id in teams if sight.sees_team(team_id)}
    return sorted(team_id for team_id in seen if teams[team_id].parent_team_id not in seen)


def _report(
    session: Session,
    settings: Settings,
    view: View,
    instant: datetime,
    kind: ReportKind,
    team_id: str,
    *,
    tree: bool,
    roots: Sequence[str] = (),
    with_trend: bool = True,
) -> Report:
    now = clock.now()
    days = _month_ends(view.as_of, TREND_MONTHS) if with_trend else []
    book = _book(session, settings, instant, team_id, roots, min([*days, view.as_of]), view.as_of)
    proofs = store.proofs_known(session, book.names, instant)
    company = _under_own_root(book.on(view.as_of, proofs), roots)
    sheet = Sheet(company)
    coverage = team_coverage(company, team_id, tree=tree, sheet=sheet)
    names = _names(session, settings, company, coverage, instant)
    frame = Frame(
        kind=kind,
        company_name=settings.company_name,
        known_on_text=known_text(settings, instant),
        generated_at=now,
        time_zone=settings.time_zone,
        base_url=settings.base_url,
        attribution=_attribution(session),
        frameworks=tuple(f"{item.name} {item.version}" for item in frameworks.list_frameworks(session)),
        health=data_health(session, settings, now),
        unmapped=_unmapped(session, settings, coverage.member_ids, instant),
        trend=_trend(book, company, coverage, days, roots),
        footnotes=_footnotes(book, view, instant, company, settings),
    )
    return build_report(sheet, coverage, names, frame)


def _book(
    session: Session,
    settings: Settings,
    instant: datetime,
    team_id: str,
    roots: Sequence[str],
    first: date,
    last: date,
) -> CompanyBook:
    """Read the people who were below a team, or below several roots, at any time between two days."""
    spans = store.organisation(session, last, instant).spans
    tops = set(roots) or {team_id}
    turns = {first, last}
    turns |= {
        span.begin for rows in spans.values() for span in rows if span.begin and first <= span.begin <= last
    }
    inside = {other for other in spans for day in turns if tops & set(line_on(spans, other, day))}
    return store.read_book(
        session, first, last, instant, team_ids=inside, default_strength=settings.least_strength
    )


def _under_own_root(company: Company, roots: Sequence[str]) -> Company:
    """Join several roots under one of the reader's own, and leave out who is below none of them."""
    if not roots:
        return company
    teams = dict(company.teams)
    teams[OWN_ROOT] = TeamOnDay(OWN_ROOT, "My teams", None, None)
    for top in roots:
        if top in teams:
            teams[top] = replace(teams[top], parent_team_id=OWN_ROOT)
    return replace(company, teams=teams)


def _names(
    session: Session, settings: Settings, company: Company, coverage: TeamCoverage, instant: datetime
) -> Names:
    managers = [item.manager_id for item in company.teams.values() if item.manager_id]
    return names_for(
        session,
        settings,
        skills=[skill.skill_iri for skill in coverage.skills],
        evidence=company.evidence,
        people=[*company.people, *managers],
        instant=instant,
    )


def _attribution(session: Session) -> tuple[str, ...]:
    formats = {item.format for item in frameworks.list_frameworks(session)}
    return tuple(text for key, text in ATTRIBUTION.items() if key in formats)


def _unmapped(
    session: Session, settings: Settings, members: Collection[str], instant: datetime
) -> tuple[UnmappedLearning, ...]:
    """Return learning of these people that no rule counts, by how many people it is not counted for."""
    found = unmapped_learning(session, [f"person:{person_id}" for person_id in members])
    titles = titles_of(session, [item.object_key for item in found], settings.language, instant)
    lines = [
        UnmappedLearning(
            item.object_key,
            titles.get(item.object_key, item.object_key),
            len(item.subjects),
            item.statements,
            item.last_on,
        )
        for item in found
    ]
    return tuple(sorted(lines, key=lambda line: (-line.people, line.title, line.object_key)))


def _trend(
    book: CompanyBook, company: Company, coverage: TeamCoverage, days: Sequence[date], roots: Sequence[str]
) -> tuple[TrendPoint, ...]:
    """Return requirements met at the month ends before D and on D, by the same knowledge."""
    proofs = store.Proofs(company.evidence, company.unrecognised)
    points: list[TrendPoint] = []
    previous: date | None = None
    for day in (*days, company.as_of):
        past = company if day == company.as_of else _under_own_root(book.on(day, proofs), roots)
        if coverage.team_id not in past.teams:
            continue
        met = (
            coverage.met
            if day == company.as_of
            else met_ratio(Sheet(past), coverage.team_id, tree=coverage.tree)
        )
        inside = set(company.subtree(coverage.team_id)) | set(past.subtree(coverage.team_id))
        note = "; ".join(
            f"{past.teams[moved].name} moved below {_parent_name(past, moved)} on {span.begin}"
            for moved, rows in sorted(book.spans.items())
            for before, span in pairwise(rows)
            if span.begin is not None
            and before.parent != span.parent
            and previous is not None
            and previous < span.begin <= day
            and moved in past.teams
            and moved in inside
        )
        points.append(TrendPoint(day, Share(met.met, met.total), note))
        previous = day
    return tuple(points)


def _parent_name(company: Company, team_id: str) -> str:
    parent = company.teams[team_id].parent_team_id
    return company.teams[parent].name if parent is not None and parent in company.teams else "no team"


def _month_ends(day: date, count: int) -> list[date]:
    found: list[date] = []
    current = day.replace(day=1)
    for _ in range(count):
        last = current - timedelta(days=1)
        found.append(last)
        current = last.replace(day=1)
    return found[::-1]


def _footnotes(
    book: CompanyBook, view: View, instant: datetime, company: Company, settings: Settings
) -> tuple[str, ...]:
    notes = [
        f"As of {view.as_of.isoformat()}, by what was known on {known_text(settings, instant)}.",
        f"Counted by calendar day in {settings.time_zone}; least accepted strength: {company.least_strength.label}.",
    ]
    for team_id, rows in sorted(book.spans.items()):
        notes += [
            f"{company.teams[team_id].name} has stood below {_parent_name(company, team_id)} since {span.begin}."
            for before, span in pairwise(rows)
            if span.begin is not None
            and before.parent != span.parent
            and span.covers(view.as_of)
            and team_id in company.teams
        ]
    return tuple(notes)


def expiring(session: Session, settings: Settings, reader: Reader, view: View) -> ExpiringPage:
    """Return what ends within 90 days and what is overdue, over all that the reader sees."""
    report = overview(session, settings, reader, view, with_trend=False)
    return ExpiringPage(viewed(settings, view, report.known_on), report.expiring, report.overdue)


def teams(session: Session, settings: Settings, reader: Reader, view: View) -> TeamsTree:
    """Return the tree of teams that the reader sees, each with its subtree's figures."""
    report = overview(session, settings, reader, view, with_trend=False)
    return TeamsTree(viewed(settings, view, report.known_on), report.teams, report.skills)


__all__ = ["expiring", "known_text", "overview", "team", "teams", "viewed"]
