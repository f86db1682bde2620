"""As of a day, as known at an instant: the same names and rules at every door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline.viewing import View, read_known_on, read_view
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import open_engine, session_of, writing
from lms_bridge.store.derivation import add_task, derived_through
from tests.pipeline.company import Company


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        environ={"LMS_BRIDGE_DATA_DIR": str(tmp_path), "LMS_BRIDGE_TIME_ZONE": "Europe/Berlin"}
    )


@pytest.fixture
def session(migrated_database_url: str) -> Iterator[Session]:
    engine = open_engine(migrated_database_url)
    with session_of(engine) as opened:
        yield opened
    engine.dispose()


def test_nothing_asked_is_today_by_the_latest_knowledge(session: Session, settings: Settings) -> None:
    assert read_view(session, settings, {}) == View(clock.today(settings.zone), None)


def test_a_date_of_knowledge_is_its_end_in_the_company_zone(settings: Settings) -> None:
    known = read_known_on(settings, "2026-06-30")
    assert known == datetime(2026, 6, 30, 21, 59, 59, 999999, tzinfo=UTC)


def test_knowledge_of_today_is_the_latest(session: Session, settings: Settings) -> None:
    today = clock.today(settings.zone).isoformat()
    assert read_view(session, settings, {"known_on": today}).known_on is None


def test_knowledge_of_the_future_is_refused(session: Session, settings: Settings) -> None:
    later = (clock.now() + timedelta(days=2)).isoformat()
    with pytest.raises(InvalidInputError, match="up to which every cause is derived"):
        read_view(session, settings, {"known_on": later})


@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "2026-06-30T25:00:00Z"])
def test_what_is_no_day_is_refused(session: Session, settings: Settings, value: str) -> None:
    with pytest.raises(InvalidInputError, match="known_on"):
        read_view(session, settings, {"known_on": value})
    with pytest.raises(InvalidInputError, match="as_of"):
        read_view(session, settings, {"as_of": value})


def test_waiting_work_bounds_what_is_known(session: Session, settings: Settings) -> None:
    moment = datetime(2026, 6, 30, 12, tzinfo=UTC)
    with writing(session):
        add_task(session, "person:P1", "award", None, moment)
    assert derived_through(session, clock.now()) == moment - timedelta(microseconds=1)
    assert read_view(session, settings, {"as_of": "2026-01-01"}).as_of == date(2026, 1, 1)
    with pytest.raises(InvalidInputError):
        read_view(session, settings, {"known_on": moment.isoformat()})


def test_before_anything_was_known_is_told_and_not_taken_for_nothing(
    migrated_database_url: str, tmp_path: Path
) -> None:
    company = Company.open(migrated_database_url, tmp_path)
    with session_of(company.engine) as session:
        assert read_view(session, company.settings, {"known_on": "2020-01-01"}).known_on is not None
    company.roster({"ada": ["ada"]})
    company.drain()
    with session_of(company.engine) as session:
        with pytest.raises(InvalidInputError, match="nothing was known yet; the first of the company"):
            read_view(session, company.settings, {"known_on": "2020-01-01"})
        now = clock.now().isoformat()
        assert read_view(session, company.settings, {"known_on": now[:10]}).as_of
    company.close()
