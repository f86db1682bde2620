"""Fixtures that every room's tests may use: databases, the browser, LibreOffice, and a place for pictures.

What a machine lacks is skipped with its reason; `make test` installs it and sets LMS_BRIDGE_REQUIRE_POSTGRES,
LMS_BRIDGE_REQUIRE_BROWSER and LMS_BRIDGE_REQUIRE_OFFICE, and then a lack fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import BrowserMissingError, accessibility_violations, running_browser, watched_context
from tests.databases import DatabaseKind, Databases, chosen_kinds
from tests.office import Office, OfficeMissingError, find_office
from tests.postgres import PostgresCluster, PostgresMissingError

ARTEFACTS = Path(__file__).parent / ".artefacts"

# What the developer's shell sets for the service is no matter of the tests; these three kinds are.
_OWN_SETTINGS = re.compile(r"LMS_BRIDGE_(?:TEST|REQUIRE|FUZZ)_")

# No example is too slow: the machine may be busy. In CI the examples are the same each time, so that a failure belongs
# to the change it shows on.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
    print_blob=True,
)
settings.load_profile("house")


def pytest_configure() -> None:
    """Forget the settings that the shell has for the service, here and for every program that a test starts."""
    for name in [
        name for name in os.environ if name.startswith("LMS_BRIDGE_") and not _OWN_SETTINGS.match(name)
    ]:
        del os.environ[name]


def _lacks(error: Exception, setting: str) -> NoReturn:
    """Skip for want of a program, or fail where `setting` demands it."""
    if os.environ.get(setting) == "1":
        pytest.fail(f"{error} ({setting}=1)", pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The databases of this process; tests take `database_url` or `migrated_database_url` instead."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres(databases: Databases) -> PostgresCluster:
    """The PostgreSQL cluster of this process, for a test that needs the server itself."""
    try:
        return databases.cluster
    except PostgresMissingError as error:
        _lacks(error, "LMS_BRIDGE_REQUIRE_POSTGRES")


@pytest.fixture(params=chosen_kinds())
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Run the test once on SQLite and once on PostgreSQL; the value tells which."""
    kind: DatabaseKind = request.param
    if kind == "postgresql":
        request.getfixturevalue("postgres")
    return kind


@pytest.fixture
def database_url(database_kind: DatabaseKind, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test's own, without any table."""
    with databases.empty(database_kind, tmp_path) as url:
        yield url


@pytest.fixture
def migrated_database_url(database_kind: DatabaseKind, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test's own, at the newest schema and without rows."""
    with databases.migrated(database_kind, tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(running_browser())
        except BrowserMissingError as error:
            _lacks(error, "LMS_BRIDGE_REQUIRE_BROWSER")
        yield started


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A context with cookies of its own; at the end no page of it may have shown a fault."""
    with watched_context(browser, locale="en-GB", viewport={"width": 1280, "height": 800}) as (
        context,
        faults,
    ):
        yield context
    assert faults.found() == ()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """An empty page; at the end it may have shown no script error, broken policy or call to another server."""
    return browser_context.new_page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], tuple[str, ...]]:
    """Search a page for barriers with axe-core; a test asserts that `axe(page)` is empty."""
    return accessibility_violations


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """LibreOffice with a profile of this process's own."""
    try:
        return find_office(tmp_path_factory.mktemp("office-profile"))
    except OfficeMissingError as error:
        _lacks(error, "LMS_BRIDGE_REQUIRE_OFFICE")


@pytest.fixture
def artefacts(request: pytest.FixtureRequest) -> Path:
    """A folder for what a person may want to look at: tests/.artefacts/<the test's name>, kept and not tracked."""
    folder = ARTEFACTS / re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
