"""Writing statements: what a process may be killed or raced in the middle of."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from lms_bridge import clock
from lms_bridge.errors import BusyError, ConflictError
from lms_bridge.store import ingest
from lms_bridge.store.database import open_engine
from lms_bridge.store.driver import Driver
from lms_bridge.store.ingest import IngestResult, Sender, StatementWriter
from lms_bridge.store.models.evidence import DeriveTask
from lms_bridge.store.models.statements import Statement, StatementAgent
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version

SENDER = Sender(1, "one", reaches_all=True, authority=b"{}")


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[Engine]:
    opened = open_engine(migrated_database_url)
    yield opened
    opened.dispose()


def statement(statement_id: str, who: str = "ada", **more: Any) -> dict[str, Any]:
    return {
        "id": statement_id,
        "actor": {"mbox": f"mailto:{who}@example.com"},
        "verb": {"id": "https://example.com/verbs/did"},
        "object": {"id": "https://example.com/courses/excel"},
        **more,
    }


def voiding(target: str) -> dict[str, Any]:
    verb = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    return statement(new_id(), "bo", verb=verb, object={"objectType": "StatementRef", "id": target})


def new_id() -> str:
    return str(uuid.uuid4())


def store(writer: StatementWriter, *statements: dict[str, Any]) -> IngestResult:
    found = read_statements(orjson.dumps(list(statements)), version=Version.V1_0_3).statements
    return writer.store(SENDER, found, [str(one.statement_id) for one in found], "1.0.0", clock.now())


def count(engine: Engine, table: type[Any]) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def at_once(*calls: Any) -> list[Any]:
    """Run `calls` in threads that start together; return what came of each, errors too."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        barrier.wait()
        try:
            results[place] = calls[place]()
        except Exception as error:  # noqa: BLE001 -- what came of it is looked at
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_statement_sent_by_eight_writers_at_once_is_stored_once(engine: Engine) -> None:
    writers = [StatementWriter(engine) for _ in range(8)]
    one = statement(new_id())
    results = at_once(*(lambda writer=writer: store(writer, one) for writer in writers))
    assert sum(result.stored for result in results) == 1
    assert (count(engine, Statement), count(engine, DeriveTask)) == (1, 1)


@pytest.mark.parametrize(("moment", "told"), [("begin", "nothing was stored"), ("commit", "may be stored")])
def test_a_database_that_is_lost_while_it_commits_promises_nothing(
    engine: Engine, moment: str, told: str
) -> None:
    def lose(connection: object) -> None:
        del connection
        raise OperationalError(moment.upper(), None, Exception("server closed the connection"))

    event.listen(engine, moment, lose)
    with pytest.raises(BusyError, match=told):
        store(StatementWriter(engine), statement(new_id()))
    event.remove(engine, moment, lose)


def test_of_two_statements_under_one_id_one_wins(engine: Engine) -> None:
    writer, shared = StatementWriter(engine), new_id()
    results = at_once(
        *(lambda who=who: store(writer, statement(shared, who)) for who in ("ada", "bo", "cem"))
    )
    assert sum(isinstance(result, ConflictError) for result in results) == 2
    assert count(engine, Statement) == 1


def test_batches_with_the_same_ids_in_opposite_order_both_end(engine: Engine) -> None:
    writer = StatementWriter(engine)
    for _ in range(5):
        batch = [statement(new_id(), str(number)) for number in range(40)]
        results = at_once(lambda b=batch: store(writer, *b), lambda b=batch: store(writer, *reversed(b)))
        assert sum(result.stored for result in results) == 40


def test_a_voiding_and_its_target_at_the_same_moment_end_in_a_voided_statement(engine: Engine) -> None:
    writer = StatementWriter(engine)
    for _ in range(15):
        target = statement(new_id())
        note = voiding(target["id"])
        at_once(lambda t=target: store(writer, t), lambda n=note: store(writer, n))
        with engine.connect() as connection:
            found = connection.execute(
                select(Statement.voided_by).where(Statement.statement_id == target["id"])
            ).scalar_one()
        assert found == note["id"]


def test_stored_grows_strictly_even_where_the_clock_stands_still(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL stamps by its own clock")
    instant = clock.now()
    monkeypatch.setattr(clock, "now", lambda: instant)
    writer = StatementWriter(engine)
    stamps: Sequence[Any] = [store(writer, statement(new_id())).stored_at for _ in range(5)]
    assert list(stamps) == sorted(set(stamps))


def test_a_cache_that_is_emptied_meanwhile_harms_no_batch(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "CACHE_LIMIT", 1)
    writer = StatementWriter(engine)
    calls = [
        lambda number=number: store(
            writer, *(statement(new_id(), f"{number}-{place % 5}") for place in range(20))
        )
        for number in range(6)
    ]
    results = at_once(*calls)
    assert [result.stored for result in results] == [20] * 6
    assert count(engine, StatementAgent) == 120


def test_nothing_of_a_batch_stays_where_one_of_its_writes_fails(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = StatementWriter(engine)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patched:
        patched.setattr(ingest, "copy_reference_rows", fail)
        with pytest.raises(RuntimeError):
            store(writer, statement(new_id(), "fresh"), statement(new_id()))
    assert count(engine, Statement) == count(engine, DeriveTask) == 0
    # What the failed batch learned must not have stayed in the caches: its rows are gone.
    assert store(writer, statement(new_id(), "fresh")).stored == 1
    with engine.connect() as connection:
        orphans = connection.execute(
            text(
                "SELECT count(*) FROM statement s LEFT JOIN agent a ON a.agent_id = s.agent_id WHERE a.agent_id IS NULL"
            )
        ).scalar_one()
    assert orphans == 0


def test_the_number_of_sql_statements_does_not_grow_with_the_batch(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = StatementWriter(engine)
    store(writer, statement(new_id()))
    calls: list[str] = []
    run, many = Driver.run, Driver.many

    def counted_run(self: Driver, sql: str, parameters: Sequence[Any] = ()) -> Any:
        calls.append(sql)
        return run(self, sql, parameters)

    def counted_many(self: Driver, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        if rows:
            calls.append(sql)
        return many(self, sql, rows)

    monkeypatch.setattr(Driver, "run", counted_run)
    monkeypatch.setattr(Driver, "many", counted_many)
    counts = []
    for size in (1, 50):
        calls.clear()
        store(writer, *(statement(new_id()) for _ in range(size)))
        counts.append(len(calls))
    assert counts[0] == counts[1] <= 14
