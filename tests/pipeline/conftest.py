"""The statement door, for use cases that need an LRS beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.xapi.lrs import Lrs, dispose, open_lrs, settings_for


@pytest.fixture
def lrs(migrated_database_url: str, tmp_path: Path) -> Iterator[Lrs]:
    opened = open_lrs(settings_for(tmp_path, migrated_database_url))
    yield opened
    dispose(opened)
