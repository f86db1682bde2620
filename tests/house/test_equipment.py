"""The equipment of the tests itself: databases, browser and LibreOffice do what their fixtures promise."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, create_engine, inspect, text

from tests.browser import watched_context
from tests.databases import KINDS, DatabaseKind, chosen_kinds
from tests.house.files import ROOT
from tests.office import Office


def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def test_a_database_is_empty_and_can_be_written(database_url: str, database_kind: DatabaseKind) -> None:
    engine = _engine(database_url)
    assert engine.dialect.name == database_kind
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE seen (name text)"))
    assert inspect(engine).get_table_names() == ["seen"]
    engine.dispose()


def test_a_migrated_database_has_tables_and_no_rows(migrated_database_url: str) -> None:
    engine = _engine(migrated_database_url)
    assert "alembic_version" in inspect(engine).get_table_names()
    engine.dispose()


def test_two_tests_never_share_a_database(database_url: str, migrated_database_url: str) -> None:
    assert database_url != migrated_database_url


def test_a_session_left_open_does_not_hinder_the_end(database_url: str) -> None:
    connection = _engine(database_url).connect()
    connection.execute(text("SELECT 1"))


@pytest.mark.usefixtures("postgres")
def test_a_cluster_ends_with_the_process_that_started_it_even_when_that_is_killed() -> None:
    program = "from tests.postgres import start_cluster as start; c = start(); print(c.folder, c.port, flush=True); input()"
    starter = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout is not None
        folder, port = starter.stdout.readline().split()
        assert _answers(int(port))
        starter.kill()
    try:
        deadline = time.monotonic() + 30
        while _answers(int(port)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _answers(int(port))
    finally:
        shutil.rmtree(folder)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_choice_of_databases_can_be_narrowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_BRIDGE_TEST_DATABASES", raising=False)
    assert chosen_kinds() == KINDS
    monkeypatch.setenv("LMS_BRIDGE_TEST_DATABASES", "sqlite")
    assert chosen_kinds() == ("sqlite",)
    monkeypatch.setenv("LMS_BRIDGE_TEST_DATABASES", "mysql")
    with pytest.raises(ValueError, match="'mysql' is unknown; allowed: sqlite, postgresql"):
        chosen_kinds()


def test_axe_finds_a_picture_without_words(page: Page, axe: Callable[[Page], tuple[str, ...]]) -> None:
    page.set_content(
        "<!doctype html><html lang=en><title>A</title><main><h1>A</h1>"
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></main>"
    )
    assert [found.split(":")[0] for found in axe(page)] == ["image-alt"]


def test_axe_runs_under_a_strict_policy(page: Page, axe: Callable[[Page], tuple[str, ...]]) -> None:
    page.set_content(
        "<!doctype html><html lang=en><head><title>A</title>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\"></head>"
        "<body><main><h1>A</h1></main></body></html>"
    )
    assert axe(page) == ()


def test_the_faults_of_a_page_are_noticed(browser: Browser) -> None:
    with watched_context(browser) as (context, faults):
        watched = context.new_page()
        watched.set_content(
            "<img src='https://elsewhere.example/a.png'><script>console.error('no'); boom()</script>"
        )
        watched.wait_for_load_state("networkidle")
    assert faults.console_errors == ["no"]
    assert faults.foreign_calls == ["https://elsewhere.example/a.png"]
    assert [error for error in faults.script_errors if "boom is not defined" in error]


def test_a_workbook_becomes_values_and_pictures(office: Office, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append([2, 3, "=A1*B1"])
    file = tmp_path / "product.xlsx"
    workbook.save(file)
    assert office.convert(file, "csv", tmp_path / "out").read_text() == "2,3,6\n"
    (picture,) = office.pages(file, tmp_path / "out")
    assert picture.read_bytes().startswith(b"\x89PNG")
