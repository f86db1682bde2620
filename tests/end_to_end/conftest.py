"""The demo company, loaded and served once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from lms_bridge import clock
from lms_bridge.demo.timeline import WRITTEN_FOR
from tests.end_to_end import served
from tests.end_to_end.company import Company


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The demo of the day that its story is written for, or of today where that day is still to come."""
    today = min(WRITTEN_FOR, clock.today(ZoneInfo("Europe/Berlin")))
    service = served.start(tmp_path_factory.mktemp("demo") / "data", "demo", "--today", today.isoformat())
    try:
        served.until(
            "the sign-ins are printed",
            lambda: "Ctrl-C" in service.printed.read_text("utf-8") or _ended(service),
            served.START_SECONDS,
        )
        service.wait_ready()
        made = Company(service, today)
        made.settle()
        yield made
        made.close()
    finally:
        service.clean_up()


def _ended(service: served.Service) -> bool:
    assert service.process.poll() is None, service.complained.read_text(encoding="utf-8")
    return False
