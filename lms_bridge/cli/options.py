"""What commands share: the application behind them, JSON answers, progress on stderr, errors as one sentence."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lms_bridge.app import Services, create_app
from lms_bridge.errors import InvalidInputError, LmsBridgeError
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import db
from lms_bridge.store.migrate import current_revision, newest_revision

Command = TypeVar("Command", bound=Callable[..., Any])


class Operator:
    """One run of the command line: settings on demand, the database when a command needs it."""

    def __init__(self, config: str | None) -> None:
        self.config = config

    @functools.cached_property
    def settings(self) -> Settings:
        """The checked settings."""
        return load_settings(self.config)

    @functools.cached_property
    def app(self) -> Flask:
        """The application."""
        return create_app(self.settings)

    @property
    def services(self) -> Services:
        """Settings, engine and statement writer."""
        found: Services = self.app.extensions["lms_bridge"]
        return found

    def close(self) -> None:
        """Close what the command opened."""
        if "app" in self.__dict__:
            self.services.engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session on a database whose schema is current.

        Raises:
            InvalidInputError: the schema is not the one of this version.
        """
        with self.app.app_context():
            self.require_schema()
            yield db.session()

    def require_schema(self) -> None:
        """Refuse to work on another schema.

        Raises:
            InvalidInputError: naming both and the remedy.
        """
        found = current_revision(self.services.engine)
        if found != newest_revision():
            raise InvalidInputError(
                f"the database has schema {found or 'none'}, this version needs {newest_revision()}; "
                "run lms-bridge db upgrade"
            )


pass_operator = click.make_pass_decorator(Operator)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")


def answer(data: Any, text: str, *, as_json: bool) -> None:
    """Print the answer of a command: JSON for scripts, else one line or a few."""
    click.echo(json.dumps(data, ensure_ascii=False, default=str) if as_json else text)


def tells_errors(command: Command) -> Command:
    """Turn the product's errors, and a database that cannot be used, into a sentence on stderr and exit code 1."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except LmsBridgeError as error:
            click.echo(f"lms-bridge: {error}", err=True)
            sys.exit(1)
        except OperationalError as error:
            reason = str(error.orig).partition("\n")[0]
            remedy = (
                "check the setting database_url, and that the database is there, runs and lets this user in"
            )
            click.echo(f"lms-bridge: the database cannot be used: {reason}; {remedy}", err=True)
            sys.exit(1)

    return run  # type: ignore[return-value] # the same signature


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on stderr; silent where it is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(label, total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(
                task, description=f"{label}: {what}" if what else label, completed=done, total=total
            )

        yield tell


def read_folder(path: Path) -> dict[str, bytes]:
    """Return the files of a folder, or the one file, as `<folder>/<file>` → content.

    Raises:
        InvalidInputError: there is nothing to read.
    """
    if path.is_file():
        return {f"{path.resolve().parent.name}/{path.name}": path.read_bytes()}
    if not path.is_dir():
        raise InvalidInputError(f"{path}: no such file or folder; check the path")
    files = {
        f"{path.resolve().name}/{item.name}": item.read_bytes()
        for item in sorted(path.iterdir())
        if item.is_file()
    }
    if not files:
        raise InvalidInputError(f"{path}: the folder is empty; name one with files")
    return files
