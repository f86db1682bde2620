"""Companies for the tests of figures: the golden one on every database, the demo's on SQLite."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient

from lms_bridge import clock
from lms_bridge.app import create_app
from lms_bridge.pipeline import pages
from lms_bridge.pipeline.accounts import add_user
from lms_bridge.pipeline.viewing import View
from lms_bridge.store.database import session_of
from reports.content.model import Report
from reports.excel.workbook import write_workbook
from tests.databases import Databases, chosen_kinds
from tests.golden.loading import OPERATOR, Loaded, demo_company, golden_company

DEMO_DAY = date(2025, 6, 30)
HR = "hr@figures.example"


@dataclass(frozen=True, slots=True)
class Figured:
    """A loaded company, asked through the use cases and through the service's own pages."""

    loaded: Loaded
    client: FlaskClient
    made: dict[tuple[str, date, bool, datetime], Report] = field(default_factory=dict)

    def report(
        self, team_id: str, as_of: date, *, tree: bool = False, known_on: datetime | None = None
    ) -> Report:
        """A team's report, made once; without `known_on` by everything that was loaded."""
        known = known_on or self.loaded.after
        key = (team_id, as_of, tree, known)
        if key not in self.made:
            with session_of(self.loaded.engine) as session:
                self.made[key] = pages.team(
                    session, self.loaded.settings, OPERATOR, View(as_of, known), team_id, tree=tree
                )
        return self.made[key]

    def overview(self, as_of: date) -> Report:
        """The company's report."""
        key = ("", as_of, True, self.loaded.after)
        if key not in self.made:
            with session_of(self.loaded.engine) as session:
                self.made[key] = pages.overview(
                    session, self.loaded.settings, OPERATOR, View(as_of, self.loaded.after)
                )
        return self.made[key]

    def get(self, path: str, **query: str) -> bytes:
        """What HR gets from the service."""
        with self.client.get(path, query_string=query) as answer:
            assert answer.status_code == 200, (path, answer.status_code)
            return answer.get_data()


def figured(loaded: Loaded) -> Figured:
    """Open the service on a loaded company, signed in as HR."""
    with session_of(loaded.engine) as session:
        add_user(session, HR, "hr", "a password of tests", None, clock.now())
    client = create_app(loaded.settings).test_client()
    with client.session_transaction() as cookie:
        cookie["email"] = HR
    return Figured(loaded, client)


def workbook_of(report: Report) -> bytes:
    """The bytes of a report's workbook."""
    target = io.BytesIO()
    write_workbook(report, target)
    return target.getvalue()


@pytest.fixture(scope="module", params=chosen_kinds())
def golden(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Figured]:
    """The golden company, loaded once for a module's tests on each database."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres")
    folder = tmp_path_factory.mktemp("golden")
    with databases.migrated(request.param, folder) as url, golden_company(folder, url) as loaded:
        made = figured(loaded)
        yield made
        dispose(made)


@pytest.fixture(scope="session")
def demo(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Figured]:
    """The demo company, loaded once for the process."""
    folder = tmp_path_factory.mktemp("demo")
    with databases.migrated("sqlite", folder) as url, demo_company(folder, url, DEMO_DAY) as loaded:
        made = figured(loaded)
        yield made
        dispose(made)


def dispose(made: Figured) -> None:
    """Close what the service holds open of the database."""
    made.client.application.extensions["lms_bridge"].engine.dispose()
