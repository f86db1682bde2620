"""The door on each database, and the time that a longer run may take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.door import Door, door_of
from tests.web.xapi.lrs import dispose, open_lrs, settings_for


@pytest.fixture
def door(migrated_database_url: str, tmp_path: Path) -> Iterator[Door]:
    opened = open_lrs(settings_for(tmp_path, migrated_database_url))
    made = door_of(opened)
    yield made
    print(f"{made.requests} requests, the slowest {made.slowest_seconds * 1000:.0f} ms")  # noqa: T201 -- shown by -s
    dispose(opened)


@pytest.fixture
def fuzz_seconds(request: pytest.FixtureRequest) -> float:
    """Seconds of each test: its share of LMS_BRIDGE_FUZZ_SECONDS; 0 where that is not set: then once through is enough."""
    tests = [item for item in request.session.items if "fuzz_seconds" in getattr(item, "fixturenames", ())]
    return float(os.environ.get("LMS_BRIDGE_FUZZ_SECONDS", "0")) / max(1, len(tests))
