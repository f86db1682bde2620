"""A throw-away PostgreSQL for measurements: the tests' cluster, but durable, as a customer's is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from bench.rig import PostgresServer
from tests import postgres


@contextmanager
def find_postgres(url: str | None) -> Iterator[PostgresServer | str]:
    """Yield the server at `url`, or one that is started and ended here; else the reason why there is none."""
    if url is not None:
        yield _checked(url)
        return
    try:
        cluster = postgres.start_cluster(postgres.DURABLE_SETTINGS)
    except (postgres.PostgresMissingError, postgres.PostgresStartError) as error:
        yield str(error)
        return
    try:
        cluster.admin.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(postgres.OWNER)))
        yield PostgresServer(cluster.url("postgres"))
    finally:
        cluster.stop()


def _checked(url: str) -> PostgresServer | str:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return f"the PostgreSQL that was named cannot be used: {error}"
    if not row or not row[0]:
        return "the PostgreSQL user that was named may not create databases; give it CREATEDB"
    return PostgresServer(url)
