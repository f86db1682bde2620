"""Alembic's environment: one transaction for a migration, foreign keys of SQLite off while tables are rebuilt.

A batch ALTER on SQLite drops and recreates a table; with foreign_keys=ON that empties its children. The pragma has no
effect inside a transaction, so it is switched before, and `foreign_key_check` runs after.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from lms_bridge.store.database import open_engine
from lms_bridge.store.models import Base


def run() -> None:
    """Run the migrations against the URL handed over by `lms_bridge.store.migrate`."""
    engine = open_engine(context.config.attributes["database_url"])
    is_sqlite = engine.dialect.name == "sqlite"
    try:
        with engine.connect() as connection:
            if is_sqlite:
                raw = connection.connection.driver_connection
                assert raw is not None  # noqa: S101 -- a live connection has its driver's connection
                raw.execute("PRAGMA foreign_keys=OFF")
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_as_batch=is_sqlite,
                compare_type=True,
            )
            with context.begin_transaction():
                context.run_migrations()
            if is_sqlite:
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                connection.commit()
                if broken:
                    raise RuntimeError(f"the migration left {len(broken)} broken foreign keys: {broken[:5]}")
    finally:
        engine.dispose()


run()
