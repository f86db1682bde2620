"""The measurements work: small ones run, the table tells the truth about floors, and the baselines store what is meant."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, func, select

from bench import company, statements, validation, workbooks
from bench.__main__ import MEASUREMENTS
from bench.bare import BareLoop
from bench.figures import Figure, Omitted, median, percentile, table
from bench.rig import Rig
from bench.timing import timed_sqlite
from lms_bridge import clock
from lms_bridge.store.database import open_engine
from lms_bridge.store.ingest import Sender, StatementWriter
from lms_bridge.store.models import Base
from lms_bridge.store.models.statements import Source
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version

DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, False, "not in this test", "not in this test", scale=0.01)


def test_a_figure_tells_whether_floor_and_reach_are_met() -> None:
    rate = Figure("g", "rate", 2.6, "×", 2.5, 4.0)
    assert (rate.verdict, round(rate.share or 0, 2)) == ("floor", 1.04)
    assert Figure("g", "rate", 4.0, "×", 2.5, 4.0).verdict == "reach"
    assert Figure("g", "rate", 1.0, "×", 2.5, 4.0).verdict == "SHORT"
    cost = Figure("g", "cost", 40.0, "µs", 30, is_cost=True)
    assert (cost.verdict, cost.share) == ("SHORT", 0.75)
    assert Figure("g", "cost", 30.0, "µs", 30, is_cost=True).verdict == "floor"
    assert Figure("g", "only told", 1.0, "s").verdict == ""


def test_the_table_shows_figure_floor_reach_and_share() -> None:
    text = table([Figure("group", "rate", 1.0, "×", 2.5, 4.0, note="why")])
    assert "group" in text
    assert "floor ≥ 2.50, reach ≥ 4.00" in text
    assert "0.40 ×  SHORT" in text
    assert "    why" in text


def test_the_middle_and_the_percentile_are_by_rank() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0


def test_a_statement_is_valid_unique_and_has_the_size_that_is_told() -> None:
    (body,) = statements.bodies("test", 0, 1, 100)
    assert len(read_statements(body, version=Version.V1_0_3).statements) == 100
    assert len({one["id"] for one in orjson.loads(body)}) == 100
    assert 1400 <= len(body) / 100 <= 1600


def test_validation_is_measured(rig: Rig) -> None:
    figures = [one for one in validation.measure(rig) if isinstance(one, Figure)]
    assert [one.unit for one in figures] == ["µs", "µs"]
    assert all(one.value > 0 for one in figures)


def test_the_bare_loop_stores_the_rows_of_the_service_and_no_others(rig: Rig) -> None:
    _, source_url = rig.sqlite("own")
    _, target_url = rig.sqlite("bare")
    source, target = open_engine(source_url), open_engine(target_url)
    _store(source, 30)
    bare = BareLoop(source_url, target_url)
    batches = bare.catch_up(25)
    assert [len(batch["statement"]) for batch in batches] == [25, 5]
    assert bare.store(batches) > 0
    for name in ("statement", "statement_key", "statement_agent", "statement_activity", "derive_task"):
        assert _rows(target, name) == _rows(source, name)
        assert _rows(source, name)
    assert bare.catch_up(25) == []
    source.dispose()
    target.dispose()


def test_time_in_the_database_is_counted_with_the_fetching(rig: Rig) -> None:
    _, url = rig.sqlite("timed")
    engine, sql = timed_sqlite(url)
    with engine.connect() as connection:
        sql.reset()
        connection.execute(select(func.count()).select_from(Source)).scalar_one()
    assert sql.queries >= 1
    assert sql.seconds > 0
    engine.dispose()


def test_the_synthetic_company_has_a_matrix_of_fifty_people(rig: Rig) -> None:
    folder, url = rig.sqlite("company")
    engine = open_engine(url)
    settings = company.settings_for(folder, url)
    assert company.found_company(engine, settings, 50, role_skills=2) == 2
    members = [row for row in _rows(engine, "membership") if company.MATRIX_TEAM in row]
    assert len(members) == 50
    assert _rows(engine, "derive_task") == []
    engine.dispose()


def test_the_workbook_of_a_team_is_measured_in_this_process_too() -> None:
    found = workbooks.write("team", 1.0)
    assert found["rows"] == 30 * 60
    assert found["seconds"] > 0


def test_what_cannot_be_measured_is_told_and_not_left_out() -> None:
    assert Omitted("POST against Ralph", "no index").why == "no index"


def test_every_measurement_stands_in_the_docs() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [name for name in MEASUREMENTS if f"`{name}`" not in text] == []


def _store(engine: Engine, count: int) -> None:
    (body,) = statements.bodies("test", 0, 1, count)
    batch = read_statements(body, version=Version.V1_0_3)
    ids = [str(one.statement_id) for one in batch.statements]
    with engine.begin() as connection:
        connection.execute(
            Source.__table__.insert(),  # type: ignore[attr-defined] # a declarative class has a Table
            {
                "name": "test",
                "kind": "generic",
                "scopes": "all",
                "xapi_version": "1.0.3",
                "validation": "strict",
                "created_at": clock.now(),
            },
        )
    sender = Sender(1, "test", reaches_all=True, authority=b'{"mbox":"mailto:test@bench.example"}')
    StatementWriter(engine).store(sender, batch.statements, ids, "1.0.0", clock.now())


def _rows(engine: Engine, table_name: str) -> list[tuple[object, ...]]:
    found = Base.metadata.tables[table_name]
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(found).order_by(*found.primary_key.columns))]
