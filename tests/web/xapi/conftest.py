"""The statement door on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.xapi.lrs import Caller, Lrs, dispose, open_lrs, settings_for


@pytest.fixture
def lrs(migrated_database_url: str, tmp_path: Path) -> Iterator[Lrs]:
    opened = open_lrs(settings_for(tmp_path, migrated_database_url))
    yield opened
    dispose(opened)


@pytest.fixture
def moodle(lrs: Lrs) -> Caller:
    return lrs.source("moodle")
