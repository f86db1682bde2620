"""Page, workbook, JSON and CSV of the demo company agree cell for cell, in every team and for the company."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook

from lms_bridge.demo.cast import TEAMS
from reports.content.tables import report_csv, report_data, report_json
from tests.coverage.conftest import DEMO_DAY, Figured, workbook_of
from tests.golden.renderings import (
    Full,
    PageReader,
    Rendering,
    Shown,
    of_csv,
    of_data,
    of_json,
    of_page,
    of_workbook,
    parted,
    rows_of,
)

PARENTS = {team.parent_id for team in TEAMS}
# A team with none below has one report: its tree is itself.
REPORTS = [(team.team_id, False) for team in TEAMS] + [
    (team.team_id, True) for team in TEAMS if team.team_id in PARENTS
]


def rendering_of(data: dict[str, Any], cells: dict[tuple[str, str], Full]) -> Rendering:
    """What page and workbook must show, by the JSON."""
    labels = {skill["skill_iri"]: skill["label"] for skill in data["skills"]}
    assert len(set(labels.values())) == len(labels), "two skills of one name cannot be told apart"
    shown = bool(cells)
    counts = [
        (skill["label"], count["holders"], count["needed"])
        for skill in data["skills"]
        for count in skill["headcounts"]
    ]
    return Rendering(
        cells={(person_id, labels[iri]): cell.shown for (person_id, iri), cell in cells.items()},
        totals={
            person["person_id"]: (person["met"], person["required"]) if person["required"] else None
            for person in data["people"]
        }
        if shown
        else {},
        skills={
            skill["label"]: (skill["met"], skill["needed"]) if skill["needed"] else None
            for skill in data["skills"]
        }
        if shown
        else {},
        depth={skill["label"]: skill["depth"] for skill in data["skills"] if skill["depth"] is not None},
        headcounts=tuple(sorted(counts)),
    )


@pytest.mark.parametrize(("team_id", "tree"), REPORTS)
def test_every_rendering_of_a_team_shows_the_same_cells(demo: Figured, team_id: str, tree: bool) -> None:
    report = demo.report(team_id, DEMO_DAY, tree=tree)
    data = orjson.loads(report_json(report))
    assert data == report_data(report)
    cells = of_json(data)
    assert of_csv(report_csv(report)) == cells
    known_on = report.known_on.isoformat()
    query = {"known_on": known_on, **({"tree": "1"} if tree else {})}
    labels = {skill["skill_iri"]: skill["label"] for skill in data["skills"]}
    page = of_page(demo.get(f"/teams/{team_id}", **query).decode())
    book = of_workbook(workbook_of(report), [person.person_id for person in report.people])
    assert of_data(book.data) == cells
    assert book.mandatory == {
        labels[line["skill_iri"]]: (line["met"], line["required"]) if line["required"] else None
        for line in data["mandatory_skills"]
    }
    wanted = rendering_of(data, cells)
    assert page == wanted
    assert book.rendering == wanted


def test_what_is_downloaded_is_what_the_use_case_draws(demo: Figured) -> None:
    report = demo.report("LOG", DEMO_DAY)
    known_on = report.known_on.isoformat()
    text = demo.get("/reports/team-coverage.csv", team="LOG", known_on=known_on).decode()
    assert text == report_csv(report)
    book = of_workbook(
        demo.get("/reports/team-coverage.xlsx", team="LOG", known_on=known_on),
        [person.person_id for person in report.people],
    )
    assert book == of_workbook(workbook_of(report), [person.person_id for person in report.people])


def test_the_company_map_is_the_same_on_page_and_in_the_workbook(demo: Figured) -> None:
    report = demo.overview(DEMO_DAY)
    page = PageReader(demo.get("/teams/", known_on=report.known_on.isoformat()).decode())
    grid = page.table("Requirements met by team and skill")
    assert grid is not None
    labels = [cell.text for cell in grid.rows[0][1:-1]]
    on_page = {
        (row[0].link.removeprefix("/teams/").partition("?")[0], label): parted(cell.of("figure"))
        for row in grid.rows[1:]
        for label, cell in zip(labels, row[1:-1], strict=True)
    }
    heat = rows_of(load_workbook(io.BytesIO(workbook_of(report)))["Heat map"])
    columns = [str(value) for value in heat[3][5:]]
    start = next(at for at, row in enumerate(heat) if row and str(row[0]).startswith("The counts behind"))
    in_book: dict[tuple[str, str], tuple[int, int] | None] = {}
    for line, row in zip(report.teams, heat[start + 1 :], strict=False):
        assert str(row[0]).strip() == line.name
        assert parted(str(row[2])) == ((line.met.met, line.met.total) if line.met.total else None)
        for label, text in zip(columns, row[5:], strict=True):
            in_book[line.team_id, label] = parted(str(text))
    asked = set(labels)
    assert on_page == {key: value for key, value in in_book.items() if key[1] in asked}
    # The page leaves out only skills of which the company has neither a pair nor a head-count.
    assert all(value is None for key, value in in_book.items() if key[1] not in asked)
    of_content = {
        (line.team_id, skill.label): line.skill_shares.get(skill.skill_iri)
        for line in report.teams
        for skill in report.skills
    }
    assert in_book == of_content


def test_the_demo_shows_every_kind_of_cell(demo: Figured) -> None:
    cells = of_json(report_data(demo.report("CO", DEMO_DAY, tree=True)))
    assert {cell.status for cell in cells.values()} == {
        "met",
        "unmet",
        "open",
        "exempt",
        "desirable",
        "not_required",
    }
    assert Shown("met", 1, 1) in {cell.shown for cell in cells.values()}
