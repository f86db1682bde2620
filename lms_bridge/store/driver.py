"""The driver's own SQL, where SQLAlchemy's expression layer would cost more than the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from lms_bridge.store.prepared import PreparedSearches

CHUNK: Final = 400
_SEARCHES: Final = "lms_bridge_searches"


class Driver:
    """Driver SQL inside a connection's transaction: `?` marks, whatever the dialect.

    It speaks to the driver's own cursor: a row takes longer to go through SQLAlchemy's result than through the database.
    Errors are SQLAlchemy's.
    """

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection) -> None:
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.engine = engine
        self._pooled = pooled
        self._dbapi = engine.dialect.loaded_dbapi

    @cached_property
    def _cursor(self) -> Any:
        # Documents are bytes: as text PostgreSQL would send them twice as long.
        return self._pooled.cursor(**({} if self.is_sqlite else {"binary": True}))

    @classmethod
    def of(cls, connection: Connection) -> Driver:
        """Return the driver of a connection of SQLAlchemy's."""
        return cls(connection.engine, connection.connection)

    def search(self, sql: str, parameters: Sequence[int | str | bytes] = ()) -> list[Any]:
        """Return the rows of a query that comes again and again, on a connection that is in no transaction.

        Texts among its parameters hold no NUL.
        """
        if self.is_sqlite:
            rows: list[Any] = self.run(sql, parameters).fetchall()
            return rows
        searches = self._pooled.info.get(_SEARCHES)
        if searches is None:
            searches = PreparedSearches(self._pooled.driver_connection)  # type: ignore[arg-type] # it is psycopg's
            self._pooled.info[_SEARCHES] = searches
        try:
            return searches.rows(sql, parameters)
        except self._dbapi.Error as error:
            raise self._wrapped(sql, error) from error

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Execute one statement and return the cursor with its rows, which the next call overwrites."""
        try:
            self._cursor.execute(self._sql(sql), tuple(parameters))
        except self._dbapi.Error as error:
            raise self._wrapped(sql, error) from error
        return self._cursor

    def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for every row, nothing for none; return how many rows of the database were changed."""
        if not rows:
            return 0
        try:
            if len(rows) == 1:
                self._cursor.execute(self._sql(sql), rows[0])
            else:
                self._cursor.executemany(self._sql(sql), rows)
        except self._dbapi.Error as error:
            raise self._wrapped(sql, error) from error
        return int(self._cursor.rowcount)

    def rows_in(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Select with `IN ({})` filled by chunks of `values`."""
        found: list[Any] = []
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            found += self.run(sql.format(",".join("?" * len(part))), part).fetchall()
        return found

    def _sql(self, sql: str) -> str:
        return sql if self.is_sqlite else sql.replace("?", "%s")

    def _wrapped(self, sql: str, error: Exception) -> BaseException:
        dialect, dbapi_connection = self.engine.dialect, self._pooled.dbapi_connection
        # Without parameters: they hold what people did.
        return DBAPIError.instance(
            sql,
            None,
            error,
            self._dbapi.Error,
            dialect=dialect,
            hide_parameters=True,
            connection_invalidated=isinstance(error, self._dbapi.Error)
            # A closed connection gives no cursor, and neither dialect looks at it.
            and dialect.is_disconnect(error, dbapi_connection, None),
        )
