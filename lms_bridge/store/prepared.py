"""Searches that come again and again on PostgreSQL, run by libpq's own call for prepared statements.

A cursor of psycopg adapts, looks up and fetches in Python, step by step as bytes arrive: a fifth of the time of a page of
statements (docs/decisions/0015).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

# As many as psycopg itself keeps prepared on a connection: a search is planned again when it comes after so many others.
_MOST_PREPARED: Final = 100


class PreparedSearches:
    """What one connection in autocommit has prepared. For one thread at a time, as the connection is."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection.pgconn
        self._transformer = Transformer(connection)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._numbers = count(1)

    def rows(self, sql: str, parameters: Sequence[int | str | bytes]) -> list[tuple[Any, ...]]:
        """Return all rows of a query with `?` marks, whose parameters are numbers, bytes, or texts without NUL.

        Raises:
            psycopg.Error: as a cursor would.
        """
        name = self._names.get(sql) or self._prepare(sql)
        self._names.move_to_end(sql)
        values = [
            b"\\x" + value.hex().encode() if isinstance(value, bytes) else str(value).encode()
            for value in parameters
        ]
        result = self._connection.exec_prepared(name, values, result_format=Format.BINARY)
        self._check(result, ExecStatus.TUPLES_OK)
        self._transformer.set_pgresult(result)
        rows = self._transformer.load_rows(0, result.ntuples, tuple)
        # Else it would be kept until the next search.
        self._transformer.set_pgresult(None)
        return rows

    def _prepare(self, sql: str) -> bytes:
        number = next(self._numbers)
        name = b"search_%d" % number
        first, *rest = sql.split("?")
        numbered = "".join([first, *(f"${place}{part}" for place, part in enumerate(rest, 1))])
        self._check(self._connection.prepare(name, numbered.encode()), ExecStatus.COMMAND_OK)
        while len(self._names) >= _MOST_PREPARED:
            _, oldest = self._names.popitem(last=False)
            self._check(self._connection.exec_(b"DEALLOCATE " + oldest), ExecStatus.COMMAND_OK)
        self._names[sql] = name
        return name

    def _check(self, result: PGresult, wanted: ExecStatus) -> None:
        if result.status == wanted:
            return
        # What was prepared may be what failed, after a migration: the next search prepares anew.
        self._names.clear()
        if self._connection.status == ConnStatus.BAD:
            raise psycopg.OperationalError(result.get_error_message())
        raise error_from_result(result)
