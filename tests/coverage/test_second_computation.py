"""A second computation, from HR's files and the exported evidence with pandas, gives the same figures for the demo."""

from __future__ import annotations

from datetime import date

import pytest

from lms_bridge.demo.cast import TEAMS
from lms_bridge.demo.company import company_files
from lms_bridge.pipeline.exporting import export_evidence
from lms_bridge.store.database import session_of
from reports.content.tables import report_data
from tests.coverage.conftest import DEMO_DAY, Figured
from tests.golden.second_computation import Inputs, day_of, figures, in_common, read_inputs

# The demo's day; the day before Maintenance lost P072 to Quality, after Logistics moved; and half a year back.
DAYS = (DEMO_DAY, date(2025, 4, 14), date(2024, 12, 31))
PARENTS = {team.parent_id for team in TEAMS}


@pytest.fixture(scope="module")
def inputs(demo: Figured) -> Inputs:
    """The files as HR brought them and the lines of `evidence export`."""
    with session_of(demo.loaded.engine) as session:
        lines = list(export_evidence(session, None, None, with_history=False))
    return read_inputs(company_files(DEMO_DAY), lines)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_pandas_finds_the_same_figures_in_every_team(demo: Figured, inputs: Inputs, day: date) -> None:
    second = day_of(inputs, day)
    for team in TEAMS:
        # A team with none below is its own tree.
        for tree in (False, True) if team.team_id in PARENTS else (False,):
            data = report_data(demo.report(team.team_id, day, tree=tree))
            assert in_common(data) == figures(second, team.team_id, tree=tree), (team.team_id, tree)


def test_pandas_finds_the_same_figures_for_the_company(demo: Figured, inputs: Inputs) -> None:
    data = report_data(demo.overview(DEMO_DAY))
    assert in_common(data) == figures(day_of(inputs, DEMO_DAY), "CO", tree=True)
