"""What every table shares: the declarative base, instants as integers, and the two times of an input.

Instants are stored as microseconds since 1970-01-01T00:00Z in a BIGINT: exact, ordered and equal on SQLite and
PostgreSQL. Days are DATE. A half-open interval has NULL for "without beginning" and "without end".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import registry as Registry  # noqa: N812 -- the class attribute has the lower-case name

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Return `instant` (aware) as whole microseconds since the epoch."""
    return (instant - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC instant of `micros` since the epoch."""
    return EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """A UTC instant with microseconds, stored as BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive datetimes: their zone would be a guess."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"instant {value!r} has no time zone; hand in an aware datetime")
        return to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC datetime."""
        del dialect
        return None if value is None else from_micros(value)


# SQLite gives rowids only to INTEGER primary keys.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The declarative base, handed to Flask-SQLAlchemy as its model class."""

    # Flask-SQLAlchemy copies the class body, and refuses a type map that stands beside the registry.
    registry: ClassVar[Registry] = Registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Instant},
    )


class TwoTimes:
    """Columns of an input with two times: what holds (valid) and when it was known (known); both half open.

    A row is never changed but once: `known_to` is set when it is superseded or taken back.
    """

    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]


class KnownTime:
    """Columns of an input that has only a time of knowledge: it holds for every day while it is known."""

    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]


def big_key() -> Mapped[int]:
    """Return a surrogate integer key; order of insertion, gaps allowed."""
    return mapped_column(BigKey, primary_key=True, autoincrement=True)
