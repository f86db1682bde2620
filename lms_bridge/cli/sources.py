"""Commands of sources: connecting LMSs, changing and closing them, keys for content, and reading another LRS."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Final

import click

from lms_bridge import clock
from lms_bridge.cli.options import Operator, answer, json_option, pass_operator, progress_bar, tells_errors
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline.refusals import replay_source
from lms_bridge.pipeline.sources import (
    CONTENT_SCOPES,
    ROTATION_OVERLAP,
    SourceChange,
    add_source,
    change_source,
    issue_content_key,
    list_sources,
    revoke_source,
    rotate_secret,
)
from lms_bridge.xapi.instants import duration_seconds, parse_timestamp
from lms_bridge.xapi.versions import Version

MOST_REPLAYED: Final = 1_000_000
MOST_SECONDS: Final = 30 * 86_400


@click.group()
def source() -> None:
    """LMS connections."""


def _lifetime(text: str) -> timedelta:
    seconds = duration_seconds(text)
    if seconds is None or not 0 < seconds <= MOST_SECONDS:
        raise InvalidInputError(
            f"--for: {text!r} is no lifetime of a key; write a duration such as PT8H or P1D, at most P30D"
        )
    return timedelta(seconds=float(seconds))


@source.command("add")
@click.argument("name")
@click.option(
    "--kind", default="generic", show_default=True, help="moodle, totara, openedx, cmi5, h5p … or generic."
)
@click.option("--scope", "scopes", multiple=True, help="Repeatable; default: everything on the source's own.")
@click.option("--xapi-version", type=click.Choice(["1.0.3", "2.0.0"]), default="1.0.3", show_default=True)
@click.option("--validation", type=click.Choice(["strict", "lenient"]), default="strict", show_default=True)
@click.option("--score-scale", type=click.Choice(["0..1", "-1..1"]), help="Default by kind.")
@click.option("--origin", "origins", multiple=True, help="Repeatable: web pages that may use the keys.")
@json_option
@pass_operator
@tells_errors
def source_add(
    operator: Operator,
    name: str,
    kind: str,
    scopes: tuple[str, ...],
    xapi_version: str,
    validation: str,
    score_scale: str | None,
    origins: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Connect an LMS; the secret is shown once."""
    with operator.session() as session:
        new = add_source(
            session,
            operator.settings,
            name,
            kind=kind,
            scopes=scopes,
            xapi_version=xapi_version,
            validation=validation,
            score_scale=score_scale,
            origins=origins,
            now=clock.now(),
        )
    answer(
        {"name": new.name, "key": new.key, "secret": new.secret, "endpoint": new.endpoint},
        f"source {new.name}\n  endpoint {new.endpoint}\n  key      {new.key}\n  secret   {new.secret}",
        as_json=as_json,
    )


@source.command("list")
@json_option
@pass_operator
@tells_errors
def source_list(operator: Operator, *, as_json: bool) -> None:
    """List the connected LMSs."""
    with operator.session() as session:
        found = list_sources(session)
    rows = [
        {
            "name": item.name,
            "kind": item.kind,
            "scopes": list(item.scopes),
            "xapi_version": item.xapi_version,
            "validation": item.validation,
            "origins": list(item.origins),
            "keys": list(item.keys),
            "last_seen": item.last_seen_at,
            "revoked": item.revoked_at,
        }
        for item in found
    ]
    lines = [f"{item.name} ({item.kind})" + (" revoked" if item.revoked_at else "") for item in found]
    answer(rows, "\n".join(lines) or "no sources", as_json=as_json)


@source.command("revoke")
@click.argument("name")
@pass_operator
@tells_errors
def source_revoke(operator: Operator, name: str) -> None:
    """Close a source: its keys no longer work, what it sent stays."""
    with operator.session() as session:
        revoke_source(session, name, clock.now())
    click.echo(f"source {name} revoked")


@source.command("rotate")
@click.argument("name")
@click.option("--now", "at_once", is_flag=True, help="Every old key ends now: one has leaked.")
@json_option
@pass_operator
@tells_errors
def source_rotate(operator: Operator, name: str, *, at_once: bool, as_json: bool) -> None:
    """Give a source a new secret; the old one works for one more day."""
    overlap = timedelta(0) if at_once else ROTATION_OVERLAP
    with operator.session() as session:
        new = rotate_secret(session, operator.settings, name, clock.now(), overlap=overlap)
    answer(
        {"name": new.name, "key": new.key, "secret": new.secret, "endpoint": new.endpoint},
        f"source {new.name}\n  key    {new.key}\n  secret {new.secret}",
        as_json=as_json,
    )


@source.command("replay")
@click.argument("name")
@json_option
@pass_operator
@tells_errors
def source_replay(operator: Operator, name: str, *, as_json: bool) -> None:
    """Hand in again what a source was refused, after a correction; what is still refused stays."""
    with operator.session() as session:
        done = replay_source(session, operator.settings, operator.services.writer, name, limit=MOST_REPLAYED)
    data = {
        "taken": done.taken,
        "stored": done.stored,
        "already_stored": done.already_stored,
        "refused": done.refused,
        "reason": done.reason or None,
    }
    answer(data, done.summary, as_json=as_json)
    if done.refused:
        raise SystemExit(1)


@source.command("change")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="Repeatable; replaces the scopes.")
@click.option("--xapi-version", type=click.Choice(["1.0.3", "2.0.0"]))
@click.option("--validation", type=click.Choice(["strict", "lenient"]))
@click.option("--score-scale", type=click.Choice(["0..1", "-1..1"]), help="Derives what it sent again.")
@click.option("--origin", "origins", multiple=True, help="Repeatable; replaces the origins. '*': any page.")
@pass_operator
@tells_errors
def source_change(
    operator: Operator,
    name: str,
    scopes: tuple[str, ...],
    xapi_version: str | None,
    validation: str | None,
    score_scale: str | None,
    origins: tuple[str, ...],
) -> None:
    """Change what a source may do and is held to; keys and statements stay."""
    with operator.session() as session:
        change = SourceChange(scopes, xapi_version, validation, score_scale, origins)
        changed = change_source(session, name, change, clock.now())
    click.echo(f"source {name}: " + (", ".join(changed) or "nothing changed"))


@source.command("key")
@click.argument("name")
@click.option("--for", "lifetime", default="PT8H", show_default=True, help="Lifetime, such as PT2H or P1D.")
@click.option(
    "--scope", "scopes", multiple=True, help="Repeatable; default: statements/write and state, writing only."
)
@json_option
@pass_operator
@tells_errors
def source_key(
    operator: Operator, name: str, lifetime: str, scopes: tuple[str, ...], *, as_json: bool
) -> None:
    """Give content in a browser a key of its own that ends soon: whoever plays the content can read it."""
    now = clock.now()
    with operator.session() as session:
        seconds = _lifetime(lifetime)
        new = issue_content_key(
            session, operator.settings, name, now, lifetime=seconds, scopes=scopes or CONTENT_SCOPES
        )
    until = (now + seconds).isoformat(timespec="seconds")
    answer(
        {"name": new.name, "key": new.key, "secret": new.secret, "endpoint": new.endpoint, "until": until},
        f"source {new.name}, until {until}\n  key    {new.key}\n  secret {new.secret}",
        as_json=as_json,
    )


@source.command("pull")
@click.argument("name")
@click.option("--endpoint", required=True, help="Address of the other LRS, up to its statements.")
@click.option("--key", required=True, help="A key of the other LRS that may read.")
@click.option("--secret-stdin", is_flag=True, required=True, help="The key's secret comes on standard input.")
@click.option("--xapi-version", type=click.Choice(["1.0.3", "2.0.0"]), default="1.0.3", show_default=True)
@click.option("--since", help="Begin after this instant (RFC 3339), not where the last run ended.")
@json_option
@pass_operator
@tells_errors
def source_pull(
    operator: Operator,
    name: str,
    endpoint: str,
    key: str,
    since: str | None,
    xapi_version: str,
    *,
    secret_stdin: bool,
    as_json: bool,
) -> None:
    """Read the statements of another LRS into source NAME, from where the last run ended."""
    from lms_bridge.pipeline.pulling import OtherLrs, pull  # noqa: PLC0415 -- only this command loads an HTTP client

    del secret_stdin
    secret = sys.stdin.readline().rstrip("\r\n")
    begin = None if since is None else parse_timestamp(since)
    if since is not None and begin is None:
        raise InvalidInputError(f"--since: {since!r} is no instant; write one such as 2026-05-04T09:30:00Z")
    with operator.session() as session, progress_bar("pulling") as tell:
        done = pull(
            session,
            operator.settings,
            operator.services.writer,
            name,
            OtherLrs(endpoint, key, secret, Version(xapi_version)),
            begin,
            progress=lambda count: tell("", count, count),
        )
    data = {
        "pages": done.pages,
        "stored": done.stored,
        "already_stored": done.already_stored,
        "refused": done.refused,
        "since": done.since,
    }
    text = (
        f"{done.stored} stored, {done.already_stored} already there, {done.refused} refused"
        + (" (see /queues/rejected)" if done.refused else "")
        + f"; the next run begins after {done.since or 'the beginning'}"
    )
    answer(data, text, as_json=as_json)


@source.command("test")
@click.argument("name")
@click.option("--key", required=True)
@click.option("--secret", required=True)
@pass_operator
@tells_errors
def source_test(operator: Operator, name: str, key: str, secret: str) -> None:
    """Play the LMS once: post a test statement with tincan, read it back, void it."""
    from lms_bridge.remote.lrs_trial import try_source  # noqa: PLC0415 -- only this command loads an xAPI client

    with operator.session() as session:
        known = {row.name: row.keys for row in list_sources(session)}
    if name not in known:
        raise InvalidInputError(
            f"source {name!r} is not connected; connected are: {', '.join(known) or 'none'}"
        )
    owner = next((other for other, keys in known.items() if key in keys), None)
    if owner not in {None, name}:
        raise InvalidInputError(
            f"--key: it is one of source {owner!r}; give one of {name!r}, or test {owner!r}"
        )
    for line in try_source(f"{operator.settings.base_url}/xapi/", name, key, secret):
        click.echo(line)


GROUPS = (source,)
