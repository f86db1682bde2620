"""Replacing the open rows of a table that has a time of knowledge, many at once, writing only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Table, insert, select, update
from sqlalchemy.orm import Session

from lms_bridge.store.models.base import Base

INSERT_ROWS = 5_000
"""Rows handed to the driver at once."""

IN_LIST = 500
"""Values of one IN list: SQLite takes 32,766 parameters, and short lists keep the statement cache useful."""

_Item = TypeVar("_Item")


class OpenRows:
    """Writes rows with `known_from` and `known_to` at one instant, inside the caller's transaction."""

    def __init__(self, session: Session, known_at: datetime) -> None:
        self._session = session
        self._known_at = known_at

    def replace(
        self,
        model: type[Base],
        is_own: ColumnElement[bool],
        columns: Sequence[str],
        wanted: Iterable[tuple[Any, ...]],
    ) -> None:
        """Make `wanted` (values of `columns`) the open rows among those that `is_own` selects.

        Open rows that are wanted stay as they are, others are closed, and wanted ones without open row are inserted. The
        table's key is `row_id`.
        """
        table = table_of(model)
        connection = self._session.connection()
        selected = [table.c.row_id, *(table.c[column] for column in columns)]
        open_rows: dict[tuple[Any, ...], int] = {}
        for row_id, *values in connection.execute(
            select(*selected).where(is_own, table.c.known_to.is_(None))
        ):
            open_rows[tuple(values)] = row_id
        missing = [values for values in dict.fromkeys(wanted) if open_rows.pop(values, None) is None]
        for some in in_chunks(open_rows.values(), IN_LIST):
            connection.execute(update(table).where(table.c.row_id.in_(some)).values(known_to=self._known_at))
        times = {"known_from": self._known_at, "known_to": None}
        self.insert(model, ({**dict(zip(columns, values, strict=True)), **times} for values in missing))

    def insert(self, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert `rows`, column to value, in the order given."""
        for some in in_chunks(rows, INSERT_ROWS):
            self._session.connection().execute(insert(table_of(model)), some)


def table_of(model: type[Base]) -> Table:
    """Return the table of a mapped class; statements on it skip the bookkeeping of mapped objects."""
    return cast("Table", model.__table__)


def in_chunks(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield `items` in lists of at most `size`."""
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some
