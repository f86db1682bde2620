"""Migrations from empty equal the metadata, on both databases; SQLite is opened durable."""

from __future__ import annotations

from sqlalchemy import text

from lms_bridge.store.database import WRITES, open_engine
from lms_bridge.store.migrate import current_revision, differences, newest_revision, upgrade


def test_migrations_from_empty_equal_the_metadata(database_url: str) -> None:
    upgrade(database_url)
    assert differences(database_url) == []


def test_upgrade_twice_changes_nothing(database_url: str) -> None:
    assert upgrade(database_url) == upgrade(database_url) == newest_revision()
    engine = open_engine(database_url)
    try:
        assert current_revision(engine) == newest_revision()
    finally:
        engine.dispose()


def test_empty_database_has_no_revision(database_url: str) -> None:
    engine = open_engine(database_url)
    try:
        assert current_revision(engine) is None
    finally:
        engine.dispose()


def test_writes_are_durable_before_the_answer(database_url: str) -> None:
    engine = open_engine(database_url)
    try:
        with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            if engine.dialect.name == "sqlite":
                found = {
                    name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys")
                }
                assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
            else:
                assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    finally:
        engine.dispose()
