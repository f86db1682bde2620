"""/teams/ and /teams/<id>: who must do what by when, the heat map, depth, gaps, what runs out."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from lms_bridge.pipeline import pages
from tests.web import content
from tests.web.conftest import Calls


def _page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_tree_shows_every_team_with_its_figures(hr: FlaskClient) -> None:
    page = _page(hr, "/teams/")
    assert "14 of 18 (78 %)" in page
    assert 'href="/teams/REC?tree=1"' in page


def test_to_do_stands_before_the_heat_map(hr: FlaskClient) -> None:
    page = _page(hr, "/teams/PAY")
    assert page.index('id="to-do"') < page.index('id="heat-map"')
    assert "ran out on 2026-06-20" in page


def test_a_cell_opens_person_and_skill_and_tells_its_state_in_words(hr: FlaskClient) -> None:
    page = _page(hr, "/teams/PAY")
    cell = re.search(
        r'<td class="(q\d)"><a href="/people/p-bo\?skill=payroll-accounting#skill-payroll-accounting">(.*?)</a>',
        page,
        re.DOTALL,
    )
    assert cell is not None
    assert cell.group(1) == "q5"
    assert "2/3" in cell.group(2)
    assert "not met: shown at a lower level" in cell.group(2)


def test_the_heat_map_is_a_table_with_caption_and_scopes(hr: FlaskClient) -> None:
    page = _page(hr, "/teams/PAY")
    grid = page.partition('<table class="grid"')[2].partition("</table>")[0]
    assert "<caption>" in grid
    assert grid.count('scope="row"') == 4
    assert grid.count('scope="col"') == 5


def test_a_single_point_names_the_next_best(hr: FlaskClient) -> None:
    page = _page(hr, "/teams/PAY").partition('id="depth"')[2]
    assert "one person" in page
    assert "Bo Lindqvist" in page
    assert "2026-03-02" in page


def test_the_workbook_is_one_button_away(hr: FlaskClient) -> None:
    assert 'href="/reports/team-coverage.xlsx?team=PAY">Workbook' in _page(hr, "/teams/PAY")
    with_tree = _page(hr, "/teams/PAY?tree=1&as_of=2026-03-15")
    assert 'href="/reports/team-coverage.xlsx?as_of=2026-03-15&amp;team=PAY&amp;tree=1">Workbook' in with_tree


def test_the_teams_below_come_along_where_asked(hr: FlaskClient, calls: Calls) -> None:
    _page(hr, "/teams/PAY")
    _page(hr, "/teams/PAY?tree=1")
    assert [arguments[3] for arguments in calls.of("team")] == [False, True]


def test_a_long_to_do_list_is_cut_and_can_be_shown_whole(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tuple(
        content.todo(person_id=f"p-{number}", person_name=f"Person {number:02}") for number in range(40)
    )
    monkeypatch.setattr(pages, "team", lambda *_, **__: content.report(todo=long))
    assert "Show all 40" in _page(hr, "/teams/PAY")
    assert "Person 39" not in _page(hr, "/teams/PAY")
    assert "Person 39" in _page(hr, "/teams/PAY?all=1")


def test_the_list_can_be_cut_to_one_urgency(hr: FlaskClient) -> None:
    page = _page(hr, "/teams/PAY?urgency=0").partition('id="to-do"')[2].partition('id="heat-map"')[0]
    assert "data protection" in page
    assert "payroll accounting" not in page
    assert _page(hr, "/teams/PAY?urgency=nonsense")


def test_a_team_that_is_not_there_and_one_that_is_not_seen_answer_alike(hr: FlaskClient) -> None:
    answer = hr.get("/teams/NOPE")
    assert answer.status_code == 404
    assert "NOPE" not in answer.get_data(as_text=True).partition("<main")[2]


def test_names_are_text_and_never_markup(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = "<script>alert(1)</script>"
    hostile = content.report(
        team_name=planted, people=(content.person("p-x", planted, content.report().people[0].cells),)
    )
    monkeypatch.setattr(pages, "team", lambda *_, **__: hostile)
    page = _page(hr, "/teams/PAY")
    assert planted not in page
    assert "&lt;script&gt;" in page
