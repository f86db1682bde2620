"""What holds of figures whatever the company: each pair once, a partition, no order, exemptions out, risk below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from lms_bridge.coverage.inputs import Company, ExemptionRow, Importance, PersonOnDay, RequirementRow
from lms_bridge.coverage.teams import Sheet, TeamCoverage, met_ratio, team_coverage
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.strengths import Strength
from tests.factories import DAY, company, evidence, exemption, fact, person, requirement

TREE = {"TOP": None, "LEFT": "TOP", "RIGHT": "TOP", "LEAF": "LEFT"}
TEAMS, ROLES, SKILLS = sorted(TREE), ("r-1", "r-2"), ("skill:a", "skill:b", "skill:c")
PEOPLE = tuple(f"p-{number}" for number in range(5))
IMPORTANCES: tuple[Importance, ...] = ("mandatory", "required", "desirable")
DAYS = st.integers(-500, 120).map(lambda days: DAY + timedelta(days=days))
STRENGTHS = st.sampled_from(list(Strength))
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """The inputs of a company, to be put together in any order."""

    people: tuple[PersonOnDay, ...]
    requirements: tuple[RequirementRow, ...]
    rows: tuple[EvidenceRow, ...]
    exemptions: tuple[ExemptionRow, ...]

    def company(self) -> Company:
        """Put them together."""
        return company(self.people, self.requirements, self.rows, parents=TREE, exemptions=self.exemptions)


@st.composite
def people(draw: st.DrawFn) -> tuple[PersonOnDay, ...]:
    return tuple(
        person(
            person_id,
            teams=draw(st.lists(st.sampled_from(TEAMS), max_size=2, unique=True)),
            roles=draw(st.lists(st.sampled_from(ROLES), max_size=2, unique=True)),
            since=draw(st.none() | DAYS.filter(lambda day: day <= DAY)),
            on_leave=draw(st.booleans()),
        )
        for person_id in PEOPLE
    )


@st.composite
def requirements(draw: st.DrawFn) -> RequirementRow:
    is_team = draw(st.booleans())
    headcount = draw(st.none() | st.sampled_from(["1", "3", "50%"])) if is_team else None
    return requirement(
        draw(st.integers(1, 4)),
        skill=draw(st.sampled_from(SKILLS)),
        scope="team" if is_team else "role",
        scope_id=draw(st.sampled_from(TEAMS if is_team else ROLES)),
        importance=draw(st.sampled_from(IMPORTANCES)),
        strength=draw(st.none() | STRENGTHS),
        headcount=headcount,
        due_within=draw(st.none() | st.sampled_from(["P30D", "P1Y"])),
    )


@st.composite
def rows(draw: st.DrawFn) -> EvidenceRow:
    achieved: date = draw(DAYS)
    ended = draw(st.none() | st.integers(0, 400).map(lambda days: achieved + timedelta(days=days)))
    strength = draw(STRENGTHS)
    return evidence(
        fact(
            draw(st.integers(1, 4)),
            skill=draw(st.sampled_from(SKILLS)),
            strength=strength,
            achieved=achieved,
            ended=ended,
            end_kind=draw(st.sampled_from(["expiry", "withdrawn"])) if ended is not None else None,
            by_person=strength == Strength.VERIFIED,
        ),
        person=draw(st.sampled_from(PEOPLE)),
    )


EXEMPTIONS = st.builds(
    lambda who, skill, role, of_skill: exemption(
        who, skill=skill if of_skill else None, role=None if of_skill else role
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(SKILLS),
    st.sampled_from(ROLES),
    st.booleans(),
)
PARTS = st.builds(
    Parts,
    people(),
    st.lists(requirements(), max_size=8).map(tuple),
    st.lists(rows(), max_size=14).map(tuple),
    st.lists(EXEMPTIONS, max_size=3).map(tuple),
)
SCOPES = st.tuples(st.sampled_from(TEAMS), st.booleans())


def of(parts: Parts, scope: tuple[str, bool]) -> TeamCoverage:
    return team_coverage(parts.company(), scope[0], tree=scope[1])


@given(PARTS)
def test_every_pair_counts_once_in_a_union_of_teams(parts: Parts) -> None:
    made = parts.company()
    sheet = Sheet(made)
    union = {
        key: cell
        for team_id in TEAMS
        for key, cell in team_coverage(made, team_id, sheet=sheet).cells.items()
        if cell.is_counted
    }
    whole = team_coverage(made, "TOP", tree=True, sheet=sheet)
    assert {key: cell for key, cell in whole.cells.items() if cell.is_counted} == union
    assert whole.met.total == len(union)


@given(PARTS, SCOPES)
def test_statuses_are_a_partition(parts: Parts, scope: tuple[str, bool]) -> None:
    found = of(parts, scope)
    counted = Counter(cell.status for cell in found.cells.values())
    assert counted.total() == len(found.member_ids) * len(found.skills)
    assert (counted["met"], counted["met"] + counted["unmet"]) == (found.met.met, found.met.total)
    assert sum(skill.pairs.met for skill in found.skills) == found.met.met
    assert sum(skill.pairs.total for skill in found.skills) == found.met.total
    assert sum(skill.open_pairs for skill in found.skills) == counted["open"]
    for cell in found.cells.values():
        is_short = cell.status in ("unmet", "open")
        assert (cell.reason is not None) == is_short == (cell.gap > 0)
        assert (cell.required is not None) == (cell.status in ("met", "unmet", "open"))


@given(PARTS, SCOPES, st.randoms(use_true_random=False))
def test_the_order_of_inputs_changes_no_figure(parts: Parts, scope: tuple[str, bool], random: Random) -> None:
    def mixed(items: Sequence[T]) -> tuple[T, ...]:
        return tuple(random.sample(list(items), len(items)))

    other = Parts(mixed(parts.people), mixed(parts.requirements), mixed(parts.rows), mixed(parts.exemptions))
    assert of(other, scope) == of(parts, scope)


@given(PARTS, SCOPES, st.sampled_from(PEOPLE), st.sampled_from(SKILLS))
def test_an_exemption_takes_its_pair_out_of_every_ratio(
    parts: Parts, scope: tuple[str, bool], who: str, skill: str
) -> None:
    before = of(parts, scope)
    after = of(replace(parts, exemptions=(*parts.exemptions, exemption(who, skill=skill))), scope)
    gone = before.cells.get((who, skill))
    counted = {key: cell for key, cell in before.cells.items() if cell.is_counted and key != (who, skill)}
    assert {key: cell for key, cell in after.cells.items() if cell.is_counted} == counted
    assert before.met.total - after.met.total == int(gone is not None and gone.is_counted)


@given(PARTS, SCOPES)
def test_what_is_at_risk_never_exceeds_today_and_only_falls(parts: Parts, scope: tuple[str, bool]) -> None:
    found = of(parts, scope)
    lines = [(found.met.share, found.at_risk)]
    lines += [
        (skill.pairs.share, skill.at_risk)
        for skill in found.skills
        if skill.pairs.total or skill.open_pairs or skill.own_headcount is None
    ]
    lines += [
        (skill.own_headcount.coverage_share, skill.at_risk)
        for skill in found.skills
        if skill.own_headcount is not None and not skill.pairs.total and not skill.open_pairs
    ]
    for today, ahead in lines:
        series = [today, *ahead.values()]
        if today is None:
            assert series == [None] * 4
        else:
            assert all(later is not None for later in ahead.values())
            shares = [share for share in series if share is not None]
            assert shares == sorted(shares, reverse=True)


@given(PARTS, SCOPES)
def test_the_last_valid_day_of_a_met_pair_is_the_last_on_which_it_is_met(
    parts: Parts, scope: tuple[str, bool]
) -> None:
    found = of(parts, scope)
    today = tuple(row for row in parts.rows if row.fact.achieved_on <= DAY)
    for (person_id, skill_iri), cell in found.cells.items():
        if cell.status != "met" or cell.last_valid_day is None:
            continue
        for day, is_met in ((cell.last_valid_day, True), (cell.last_valid_day + timedelta(days=1), False)):
            later = replace(replace(parts, rows=today).company(), as_of=day)
            assert (Sheet(later).cell(person_id, skill_iri).status == "met") is is_met


@given(PARTS, SCOPES)
@settings(max_examples=50)
def test_the_short_way_of_the_trend_finds_what_the_report_finds(
    parts: Parts, scope: tuple[str, bool]
) -> None:
    made = parts.company()
    assert met_ratio(Sheet(made), scope[0], tree=scope[1]) == of(parts, scope).met


@given(PARTS, SCOPES)
def test_holders_are_members_and_depth_counts_them(parts: Parts, scope: tuple[str, bool]) -> None:
    found = of(parts, scope)
    below = set(parts.company().subtree(scope[0]))
    for skill in found.skills:
        inside = {one.person_id for one in parts.people if any(team in below for team, _ in one.teams)}
        assert set(skill.holder_ids) <= inside
        assert skill.depth == (None if skill.required_level is None else len(skill.holder_ids))
        assert not skill.is_single_point or len(skill.holder_ids) == 1
        for count in skill.headcounts:
            assert count.coverage_share is None or 0 <= count.coverage_share <= 1
