"""Migrations by Alembic: upgrade, and the check that the database matches the tables of the code."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from lms_bridge.store.database import open_engine
from lms_bridge.store.models import Base

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for `url`; there is no alembic.ini, the folder travels with the package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = url
    return config


def upgrade(url: str) -> str:
    """Bring the database at `url` to the newest schema; return its revision. Idempotent."""
    command.upgrade(alembic_config(url), "head")
    return newest_revision()


def newest_revision() -> str:
    """Return the revision that this code expects."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None  # noqa: S101 -- the folder ships with at least one migration
    return head


def current_revision(engine: Engine) -> str | None:
    """Return the revision of the database, or None before the first migration."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(url: str) -> list[str]:
    """Return what differs between the database and the metadata, one line each; empty when they agree."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            return [str(difference) for difference in compare_metadata(context, Base.metadata)]
    finally:
        engine.dispose()
