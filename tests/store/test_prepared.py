"""Searches run by libpq's own call: the rows that a cursor gives, also after a failure, a change and many others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url

from lms_bridge.store.prepared import PreparedSearches

_ROWS = (
    "SELECT n::bigint, n::text::bytea, n % 2 = 0, NULL::bytea FROM generate_series(?::int, ?::int) AS t(n)"
)
_COUNT = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'search%%'"


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no libpq")
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(plain, autocommit=True)) as opened:
        yield opened


def test_rows_are_those_of_a_cursor(connection: psycopg.Connection) -> None:
    searches = PreparedSearches(connection)
    for _ in range(3):
        found = searches.rows(_ROWS, (1, 2))
        assert found == [(1, b"1", False, None), (2, b"2", True, None)]
    assert searches.rows(_ROWS, (2, 1)) == []
    assert searches.rows("SELECT ?::bytea, ?::text", (b"\x00\xff'", "a'b?")) == [(b"\x00\xff'", "a'b?")]
    (prepared,) = connection.execute(_COUNT).fetchall()
    assert prepared == (2,)


def test_of_more_than_a_hundred_searches_the_oldest_goes(connection: psycopg.Connection) -> None:
    searches = PreparedSearches(connection)
    for number in range(250):
        assert searches.rows(f"SELECT {number} WHERE 1 = ?", (1,)) == [(number,)]
        assert searches.rows(_ROWS, (7, 7))[0][0] == 7
    assert connection.execute(_COUNT).fetchall() == [(100,)]
    assert searches.rows("SELECT 0 WHERE 1 = ?", (1,)) == [(0,)]


def test_after_a_failure_and_a_changed_table_the_next_search_prepares_anew(
    connection: psycopg.Connection,
) -> None:
    searches = PreparedSearches(connection)
    with pytest.raises(psycopg.errors.DivisionByZero):
        searches.rows("SELECT 1 / ?::int", (0,))
    with pytest.raises(psycopg.errors.UndefinedTable):
        searches.rows("SELECT * FROM nothing WHERE 1 = ?", (1,))
    connection.execute("CREATE TEMPORARY TABLE thing AS SELECT 1 AS a")
    assert searches.rows("SELECT * FROM thing WHERE 1 = ?", (1,)) == [(1,)]
    connection.execute("ALTER TABLE thing ADD COLUMN b int")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        searches.rows("SELECT * FROM thing WHERE 1 = ?", (1,))
    assert searches.rows("SELECT * FROM thing WHERE 1 = ?", (1,)) == [(1, None)]


def test_a_connection_that_the_server_closed_is_an_operational_error(
    connection: psycopg.Connection,
) -> None:
    searches = PreparedSearches(connection)
    searches.rows(_ROWS, (1, 1))
    with pytest.raises(psycopg.OperationalError):
        searches.rows("SELECT pg_terminate_backend(pg_backend_pid()) WHERE 1 = ?", (1,))
    assert connection.closed
