"""The golden company: content, JSON, CSV, workbook and page show exactly the figures that were worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest

from lms_bridge.pipeline import pages
from lms_bridge.pipeline.viewing import View
from lms_bridge.store.database import session_of
from reports.content.model import Report
from reports.content.tables import report_csv, report_data
from reports.content.words import REASON_WORDS
from tests.cast import BEFORE_THE_MOVE, TODAY
from tests.coverage.conftest import Figured, workbook_of
from tests.golden.company import expected
from tests.golden.company.expected import Count, Figures, Pair
from tests.golden.loading import OPERATOR
from tests.golden.renderings import Full, of_csv, of_data, of_json, of_page, of_workbook

NOW, BEFORE = "now", "before"
VIEWS: tuple[tuple[str, bool, date, str, Figures], ...] = (
    ("PAY", False, TODAY, NOW, expected.PAY),
    ("SAL", False, TODAY, NOW, expected.SAL),
    ("SAL", True, TODAY, NOW, expected.SAL),
    ("FIN", False, TODAY, NOW, expected.NOBODY),
    ("FIN", True, TODAY, NOW, expected.FIN_TREE),
    ("NGT", False, TODAY, NOW, expected.NGT),
    ("LAB", False, TODAY, NOW, expected.LAB),
    ("ACME", False, TODAY, NOW, expected.ACME),
    ("ACME", True, TODAY, NOW, expected.ACME_TREE),
    ("PAY", False, TODAY, BEFORE, expected.PAY_BEFORE),
    ("SAL", False, TODAY, BEFORE, expected.SAL_BEFORE),
    ("PAY", False, BEFORE_THE_MOVE, NOW, expected.PAY_IN_MARCH),
    ("SAL", False, BEFORE_THE_MOVE, NOW, expected.SAL_IN_MARCH),
)
IDS = [f"{team}{' tree' if tree else ''} on {day} {known}" for team, tree, day, known, _ in VIEWS]


def known_on(golden: Figured, name: str) -> datetime:
    return {NOW: golden.loaded.after, BEFORE: golden.loaded.before}[name]


def people(names: str) -> list[str]:
    return [f"p-{name}" for name in names.split()]


def near(shares: dict[str, float | None]) -> list[Any]:
    return [None if share is None else pytest.approx(share) for share in shares.values()]


def last(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def skill_figures(data: dict[str, Any]) -> dict[str, Any]:
    return {
        last(skill["skill_iri"]): {
            "required": skill["required_level"],
            "met": skill["met"],
            "needed": skill["needed"],
            "holders": sorted(skill["holder_ids"]),
            "counted": skill["holders"],
            "depth": skill["depth"],
            "share": skill["coverage_share"],
            "at_risk": list(skill["at_risk"].values()),
            "single": skill["single_point"],
            "open": skill["open"],
        }
        for skill in data["skills"]
    }


def skills_by_hand(figures: Figures) -> dict[str, Any]:
    def of(skill: expected.Skill) -> dict[str, Any]:
        holders = None if skill.holders is None else len(skill.holders.split())
        share = skill.met / skill.needed if skill.needed and skill.met is not None else None
        return {
            "required": skill.required,
            "met": skill.met,
            "needed": skill.needed,
            "holders": people(skill.holders or ""),
            "counted": holders,
            "depth": holders,
            "share": None if share is None else pytest.approx(share),
            "at_risk": [None if ahead is None else pytest.approx(ahead) for ahead in skill.at_risk],
            "single": skill.is_single,
            "open": skill.open,
        }

    return {name: of(skill) for name, skill in figures.skills.items()}


def pair_of(cell: Full) -> Pair:
    """What a table tells of a pair, in the shape of the hand-made figures."""
    reasons = {word: reason for reason, word in REASON_WORDS.items()}
    return Pair(
        cell.status,
        cell.required,
        cell.attained,
        cell.gap,
        reasons.get(cell.reason, cell.reason) or None,
        cell.due or None,
        cell.until or None,
    )


def cells_by_hand(figures: Figures) -> dict[tuple[str, str], Pair]:
    return {
        (f"p-{person}", skill): pair for person, row in figures.cells.items() for skill, pair in row.items()
    }


def pairs(cells: dict[tuple[str, str], Full]) -> dict[tuple[str, str], Pair]:
    return {(person_id, last(iri)): pair_of(cell) for (person_id, iri), cell in cells.items()}


@pytest.mark.parametrize(("team_id", "tree", "day", "known", "figures"), VIEWS, ids=IDS)
def test_json_and_csv_show_the_figures_by_hand(
    golden: Figured, team_id: str, tree: bool, day: date, known: str, figures: Figures
) -> None:
    report = golden.report(team_id, day, tree=tree, known_on=known_on(golden, known))
    data = report_data(report)
    assert sorted(person["person_id"] for person in data["people"]) == people(figures.members)
    assert (data["compliance"]["met"], data["compliance"]["required"]) == figures.met
    assert (data["mandatory"]["met"], data["mandatory"]["required"]) == figures.mandatory
    assert (data["freshness"]["met"], data["freshness"]["required"]) == figures.fresh
    assert data["at_risk"] == dict(
        zip(("30", "60", "90"), near(dict(zip("abc", figures.at_risk, strict=True))), strict=True)
    )
    assert skill_figures(data) == skills_by_hand(figures)
    counts = {
        (last(skill["skill_iri"]), count["team_id"], count["level"]): (
            count["needed"],
            count["holders"],
            count["coverage_share"],
        )
        for skill in data["skills"]
        for count in skill["headcounts"]
    }
    assert counts == {
        (count.skill, count.team, count.level): (count.needed, count.holders, count.share)
        for count in figures.headcounts
    }
    if figures.cells:
        assert pairs(of_json(data)) == cells_by_hand(figures)
        assert pairs(of_csv(report_csv(report))) == cells_by_hand(figures)


@pytest.mark.parametrize(("team_id", "tree", "day", "known", "figures"), VIEWS, ids=IDS)
def test_page_and_workbook_show_the_figures_by_hand(
    golden: Figured, team_id: str, tree: bool, day: date, known: str, figures: Figures
) -> None:
    instant = known_on(golden, known)
    report = golden.report(team_id, day, tree=tree, known_on=instant)
    order = [person.person_id for person in report.people]
    labels = {skill.label: last(skill.skill_iri) for skill in report.skills}
    page = of_page(
        golden.get(
            f"/teams/{team_id}",
            as_of=day.isoformat(),
            known_on=instant.isoformat(),
            **({"tree": "1"} if tree else {}),
        ).decode()
    )
    book = of_workbook(workbook_of(report), order)
    by_hand = cells_by_hand(figures)
    for rendering in (page, book.rendering):
        if figures.cells and figures.skills:
            assert {
                (person_id, labels[label]): (cell.status, cell.required, cell.attained)
                for (person_id, label), cell in rendering.cells.items()
            } == {key: (pair.status, pair.required, pair.attained) for key, pair in by_hand.items()}
            assert {labels[label]: ratio for label, ratio in rendering.skills.items()} == {
                name: (skill.met, skill.needed) if skill.needed else None
                for name, skill in figures.skills.items()
            }
        assert {labels[label]: depth for label, depth in rendering.depth.items()} == {
            name: len(skill.holders.split())
            for name, skill in figures.skills.items()
            if skill.holders is not None
        }
        assert [(labels[label], held, needed) for label, held, needed in rendering.headcounts] == sorted(
            ((count.skill, count.holders, count.needed) for count in figures.headcounts),
            key=lambda line: (list(labels.values()).index(line[0]), *line[1:]),
        )
    if figures.cells:
        assert pairs(of_data(book.data)) == by_hand
    assert book.summary["Requirements met"] == ratio(figures.met)
    assert book.summary["Mandatory compliance"] == ratio(figures.mandatory)
    assert book.summary["Freshness"] == ratio(figures.fresh)


def ratio(pair: tuple[int, int]) -> str:
    return f"{pair[0]} of {pair[1]}" if pair[1] else "n/a"


@pytest.mark.parametrize("scope", ["PAY", "SAL", "ACME tree"])
def test_the_day_of_a_move_counts_in_the_new_team(golden: Figured, scope: str) -> None:
    team_id, _, tree = scope.partition(" ")
    report = golden.report(team_id, BEFORE_THE_MOVE + timedelta(days=1), tree=bool(tree))
    assert (report.met.met, report.met.total) == expected.MOVED_MET[scope]
    if not tree:
        assert sorted(person.person_id for person in report.people) == people(expected.MOVED_MEMBERS[scope])


def test_the_overview_counts_every_team_with_all_below(golden: Figured) -> None:
    report = golden.overview(TODAY)
    assert (report.kind, report.team_id) == ("company", "ACME")
    assert {
        line.team_id: (
            line.members,
            (line.met.met, line.met.total),
            (line.mandatory.met, line.mandatory.total),
        )
        for line in report.teams
    } == expected.TEAM_LINES


def test_a_team_has_the_same_figures_in_the_overview_as_in_its_own_report(golden: Figured) -> None:
    for line in golden.overview(TODAY).teams:
        own = golden.report(line.team_id, TODAY, tree=True)
        assert (line.met, line.mandatory, line.at_risk) == (own.met, own.mandatory, own.at_risk)
        assert line.single_points == sum(skill.is_single_point for skill in own.skills)
        assert line.uncovered == sum(skill.depth == 0 for skill in own.skills)
        assert line.expiring_90 == len(own.expiring)


@pytest.mark.parametrize(("day", "status"), [("2025-06-19", "met"), ("2025-06-20", "unmet")])
def test_what_was_withdrawn_holds_up_to_the_day_before(golden: Figured, day: str, status: str) -> None:
    data = report_data(golden.report("SAL", date.fromisoformat(day)))
    cells = pairs(of_json(data))
    assert cells["p-gil", "privacy"].status == status


def test_what_was_voided_never_held_on_any_day(golden: Figured) -> None:
    for day in (date(2025, 4, 20), date(2025, 5, 31), TODAY):
        pair = pairs(of_json(report_data(golden.report("PAY", day))))["p-bo", "fire"]
        assert (pair.status, pair.reason) == ("unmet", "reversed")


@pytest.mark.parametrize(
    ("person", "first", "last_day"),
    [("p-cem", date(2025, 5, 31), False), ("p-jun", TODAY, False), ("p-kai", TODAY, True)],
)
def test_a_last_day_is_inclusive_and_a_first_day_too(
    golden: Figured, person: str, first: date, last_day: bool
) -> None:
    on, after = (
        {item.person_id for item in golden.report("ACME", day, tree=True).people}
        for day in (first, first + timedelta(days=1))
    )
    assert (person in on, person in after) == ((False, True) if last_day else (True, False))


def evidence_behind(report: Report, person: str, skill: str) -> list[str]:
    """The cited ids behind a cell, statements by their last digits."""
    column = [last(item.skill_iri) for item in report.skills].index(skill)
    cell = next(item for item in report.people if item.person_id == person).cells[column]
    return [report.proofs[key].cited_id[-3:].lstrip("0") for key in (*cell.evidence, *cell.traces)]


@pytest.mark.parametrize(
    ("person", "skill", "statements"),
    [
        ("p-ada", "payroll", ["1"]),  # twice on one day counts once and cites the smaller id
        ("p-ada", "fire", ["4"]),  # the early repeat is no fact
        ("p-bo", "excel", ["7"]),  # derived from sheets
        ("p-bo", "fire", ["8"]),  # voided: the trace explains the gap
        ("p-finn", "fire", ["18"]),  # the renewal; what it renewed has ended
        ("p-finn", "english", ["16"]),  # only similar
    ],
)
def test_every_cell_opens_its_proof(golden: Figured, person: str, skill: str, statements: list[str]) -> None:
    assert evidence_behind(golden.report("PAY", TODAY), person, skill) == statements


def test_a_role_aimed_at_binds_nothing_and_shows_readiness(golden: Figured) -> None:
    with session_of(golden.loaded.engine) as session:
        page = pages.person(session, golden.loaded.settings, OPERATOR, View(TODAY), "p-bo")
    roles = {role.kind: role for role in page.readiness}
    assert (roles["target"].met.met, roles["target"].met.total) == (0, 1)
    assert [label for _, label in roles["target"].blocking] == ["use spreadsheets"]
    assert (roles["main"].met.met, roles["main"].met.total) == (1, 2)
    assert (page.met.met, page.met.total) == (1, 3)


def test_people_outside_the_roster_are_in_no_figure(golden: Figured) -> None:
    report = golden.overview(TODAY)
    assert report.health.unknown_actors == 1
    assert "p-dora" not in {person.person_id for person in report.people}


def expiring(report: Report) -> Iterator[tuple[str, str, str, int]]:
    for line in report.expiring:
        yield (line.person_id, last(line.skill_iri), line.last_valid_day.isoformat(), line.days_left)


def test_what_runs_out_is_listed_up_to_its_last_valid_day(golden: Figured) -> None:
    report = golden.report("ACME", TODAY, tree=True)
    assert list(expiring(report)) == [
        ("p-ada", "payroll", "2025-06-30", 0),
        ("p-ada", "fire", "2025-07-01", 1),
        ("p-jun", "privacy", "2025-09-02", 64),
    ]
    assert [(line.person_id, last(line.skill_iri), line.days_left) for line in report.overdue] == [
        ("p-eve", "fire", -1)
    ]


def test_the_api_answers_the_same_figures(golden: Figured) -> None:
    from lms_bridge import clock
    from lms_bridge.pipeline.accounts import add_token

    with session_of(golden.loaded.engine) as session:
        token = add_token(session, "figures", "hr", None, clock.now())
    answer = golden.client.get(
        f"/api/v1/teams/PAY/coverage?as_of={TODAY}", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    data = orjson.loads(answer.get_data())
    assert (data["compliance"]["met"], data["compliance"]["required"]) == expected.PAY.met
    assert pairs(of_json(data)) == cells_by_hand(expected.PAY)


def test_head_counts_are_asked_in_words_of_the_row(golden: Figured) -> None:
    report = golden.report("ACME", TODAY, tree=True)
    shown = {
        Count(line.team_id, last(line.skill_iri), line.level, line.needed, line.holders, line.coverage_share)
        for line in report.headcounts
    }
    assert shown == set(expected.ACME_TREE.headcounts)
    assert {line.asked for line in report.headcounts} == {"50%", "10%", "2", "1"}
