"""Migrations from empty equal the metadata, on both databases; SQLite is opened durable."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from alembic import command
from sqlalchemy import text

from lms_bridge import clock
from lms_bridge.store.database import WRITES, open_engine
from lms_bridge.store.ingest import Sender, StatementWriter
from lms_bridge.store.migrate import alembic_config, current_revision, differences, newest_revision, upgrade
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version


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


def test_voidings_that_the_room_for_one_lost_are_applied(database_url: str) -> None:
    """Revision 0003, on what 0002 made of a foreign voiding that came before the statement and its source's own."""
    upgrade(database_url)
    engine = open_engine(database_url)
    try:
        writer = StatementWriter(engine)
        lost, half, whole, stands, waits = (str(uuid.uuid4()) for _ in range(5))
        owns = {target: str(uuid.uuid4()) for target in (lost, half, whole, waits)}
        foreign = {target: str(uuid.uuid4()) for target in (lost, stands)}
        for source_id, sent in (
            (2, [_voiding(one, target) for target, one in foreign.items()]),
            (1, [_statement(one) for one in (lost, half, whole, stands)]),
            (1, [_voiding(one, target) for target, one in owns.items()]),
        ):
            _store(writer, source_id, sent)
        command.downgrade(alembic_config(database_url), "0002")
        with engine.begin() as connection:
            kept = dict(
                connection.execute(text("SELECT target_id, voiding_id FROM statement_void")).tuples().all()
            )
            assert kept == {target: owns[target] for target in owns}
            connection.execute(
                text("UPDATE statement SET voided_by = NULL WHERE statement_id = :lost"), {"lost": lost}
            )
            connection.execute(
                text("DELETE FROM statement_void WHERE target_id IN (:lost, :half)"),
                {"lost": lost, "half": half},
            )
            connection.execute(text("DELETE FROM derive_task"))
        upgrade(database_url)
        with engine.connect() as connection:
            voided = dict(
                connection.execute(
                    text("SELECT statement_id, voided_by FROM statement WHERE voided_by IS NOT NULL")
                )
                .tuples()
                .all()
            )
            assert voided == {target: owns[target] for target in (lost, half, whole)}
            tasks = connection.execute(text("SELECT cause_kind, cause_id FROM derive_task")).tuples().all()
            assert sorted(tasks) == sorted([("void", lost), ("void", half)])
        assert differences(database_url) == []
    finally:
        engine.dispose()


def _statement(statement_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": statement_id,
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": "https://example.com/verbs/did"},
        "object": {"id": "https://example.com/courses/excel"},
        **more,
    }


def _voiding(statement_id: str, target_id: str) -> dict[str, Any]:
    verb = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    return _statement(statement_id, verb=verb, object={"objectType": "StatementRef", "id": target_id})


def _store(writer: StatementWriter, source_id: int, sent: list[dict[str, Any]]) -> None:
    sender = Sender(source_id, f"source {source_id}", reaches_all=False, authority=b"{}")
    found = read_statements(orjson.dumps(sent), version=Version.V1_0_3).statements
    writer.store(sender, found, [str(one["id"]) for one in sent], "1.0.0", clock.now())
