"""`lms-bridge`: the group of all commands, and those that run the service."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from lms_bridge import __version__, clock
from lms_bridge.cli import credentials, data, people, reports, sources, statements
from lms_bridge.cli.options import Operator, answer, json_option, pass_operator, progress_bar, tells_errors
from lms_bridge.cli.rebuild_mark import RebuildMark
from lms_bridge.cli.running import serve as run_service
from lms_bridge.demo.run import run_demo
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline.derivation import Deriver, RebuildResult, rebuild
from lms_bridge.pipeline.health import status as read_status
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.scheduler import run_worker
from lms_bridge.store.backup import backup_database, restore_database
from lms_bridge.store.database import session_of
from lms_bridge.store.derivation import waiting_tasks
from lms_bridge.store.migrate import differences, upgrade


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lms-bridge")
@click.option("--config", help="Folder with lms_bridge.toml.", envvar="LMS_BRIDGE_CONFIG")
@click.pass_context
def main(context: click.Context, config: str | None) -> None:
    """LMS Bridge: a Learning Record Store that turns learning records into proven skill coverage."""
    operator = Operator(config)
    context.obj = operator
    context.call_on_close(operator.close)


@main.command()
@click.option("--host", help="Listen address (default: setting host).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (default: setting port).")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes (default: setting workers).")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads per process (default: setting threads).")
@pass_operator
@tells_errors
def serve(
    operator: Operator, host: str | None, port: int | None, workers: int | None, threads: int | None
) -> None:
    """Run the web service, with a derivation worker beside it where embedded_worker is on."""
    operator.require_schema()
    run_service(operator, host=host, port=port, workers=workers, threads=threads)


@main.command()
@pass_operator
@tells_errors
def worker(operator: Operator) -> None:
    """Derive what is queued and run scheduled upkeep, until stopped."""
    operator.require_schema()
    run_worker(operator.services.engine, operator.settings)


@main.command()
@click.option("--host", help="Listen address (default: setting host).")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--today", help="Day that the demo company lives on (YYYY-MM-DD, not after today).")
@pass_operator
@tells_errors
def demo(operator: Operator, host: str | None, port: int, today: str | None) -> None:
    """Start the demo company: migrate, load, feed over HTTP, serve. A second start uses the same data."""
    day = None
    if today is not None:
        try:
            day = date.fromisoformat(today)
        except ValueError:
            raise InvalidInputError(f"--today: {today!r} is no date; write YYYY-MM-DD") from None
        if day > clock.today(operator.settings.zone):
            raise InvalidInputError(f"--today: {today} lies after today; give today or an earlier day")
    run_demo(operator.config, host or operator.settings.host, port, day)


@main.group()
def db() -> None:
    """Schema, backup and restore."""


@db.command("upgrade")
@pass_operator
@tells_errors
def db_upgrade(operator: Operator) -> None:
    """Bring the schema to this version."""
    revision = upgrade(operator.settings.database_url)
    with session_of(operator.services.engine) as session:
        publish_policy(session, operator.settings, clock.now())
    click.echo(f"schema {revision}")


@db.command("check")
@pass_operator
@tells_errors
def db_check(operator: Operator) -> None:
    """Compare the schema with this version, table by table."""
    operator.require_schema()
    found = differences(operator.settings.database_url)
    if found:
        raise InvalidInputError("the schema differs: " + "; ".join(found))
    click.echo("schema agrees")


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@pass_operator
@tells_errors
def db_backup(operator: Operator, file: Path) -> None:
    """Write a consistent copy of the database to FILE while the service runs."""
    size = backup_database(operator.settings.database_url, file)
    click.echo(f"{file}: {size} bytes")


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a database that is not empty.")
@pass_operator
@tells_errors
def db_restore(operator: Operator, file: Path, *, yes: bool) -> None:
    """Replace the database by a copy; stop the service first."""
    restore_database(operator.settings.database_url, file, replace=yes)
    click.echo(f"restored from {file}")


@main.command()
@json_option
@pass_operator
@tells_errors
def derive(operator: Operator, *, as_json: bool) -> None:
    """Derive until no queue row is left; exit code 1 where work keeps failing."""
    with operator.session() as session, progress_bar("deriving") as tell:
        publish_policy(session, operator.settings, clock.now())
        total = waiting_tasks(session)
        done = 0

        def step(tasks: int) -> None:
            nonlocal done
            done += tasks
            tell("", done, max(total, done))

        result = Deriver(operator.services.engine).drain(step)
        session.rollback()
        left = waiting_tasks(session)
    answer(
        {"subjects": result.subjects, "written": result.written, "removed": result.removed, "left": left},
        f"{result.subjects} subjects derived, {result.written} evidence rows written, {left} tasks left",
        as_json=as_json,
    )
    if left:
        raise SystemExit(1)


@main.command("rebuild")
@click.option("--dry-run", is_flag=True, help="Tell what would change; write nothing.")
@click.option("--resume", is_flag=True, help="Go on where a rebuild was broken off.")
@json_option
@pass_operator
@tells_errors
def rebuild_command(operator: Operator, *, dry_run: bool, resume: bool, as_json: bool) -> None:
    """Derive everything again from the causes and tell what differs."""
    mark = RebuildMark(operator.settings.data_dir, dry_run=dry_run)
    with operator.session() as session, progress_bar("rebuilding") as tell:
        begin = mark.read() if resume else RebuildResult()
        publish_policy(session, operator.settings, clock.now())
        session.rollback()

        def keep(done: RebuildResult, total: int) -> None:
            mark.write(done)
            tell("", done.people, total)

        result = rebuild(operator.services.engine, dry_run=dry_run, begin=begin, progress=keep)
        mark.remove()
    answer(
        {
            "people": result.people,
            "unchanged": result.unchanged,
            "appeared": result.appeared,
            "vanished": result.vanished,
            "dry_run": dry_run,
        },
        f"{result.people} people: {result.unchanged} rows unchanged, {result.appeared} appeared, "
        f"{result.vanished} vanished" + (" (dry run)" if dry_run else ""),
        as_json=as_json,
    )


@main.command()
@json_option
@pass_operator
@tells_errors
def status(operator: Operator, *, as_json: bool) -> None:
    """Tell the queue's length, the freshness of each source, and the schema."""
    with operator.session() as session:
        found = read_status(session, operator.settings)
    lines = [f"queue {found['queue_depth']}, failures {found['failures']}, schema {found['schema']}"]
    lines += [
        f"{item['name']} ({item['kind']}): last seen {item['last_seen'] or 'never'}"
        + (", silent" if item["silent"] else "")
        for item in found["sources"]
    ]
    answer(found, "\n".join(lines), as_json=as_json)


for group in (
    *data.GROUPS,
    *credentials.GROUPS,
    *sources.GROUPS,
    *statements.GROUPS,
    *people.GROUPS,
    *reports.GROUPS,
):
    main.add_command(group)
