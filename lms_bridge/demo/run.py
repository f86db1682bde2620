"""`lms-bridge demo`: one command from nothing to a served company with proof behind every figure.

The database is the ordinary one. The service is started first, so that the four LMSs can post to it over HTTP as in real
life; until the first load is derived `/readyz` answers 503. A second start finds the load done and only serves.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.demo.badges import ACADEMIES, awarded, badge_files
from lms_bridge.demo.company import SEED, company_files
from lms_bridge.demo.draws import Draws
from lms_bridge.demo.feed import feed
from lms_bridge.demo.plan import build_plan
from lms_bridge.demo.statements import sources
from lms_bridge.demo.timeline import Timeline
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.accounts import add_user
from lms_bridge.pipeline.credentials import import_credentials
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.health import DEMO_LOAD
from lms_bridge.pipeline.issuer_decisions import trust_issuer
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.pipeline.sources import add_source
from lms_bridge.pipeline.viewing import default_day
from lms_bridge.processes import end_process, kept_running, require_free_port, start_command
from lms_bridge.settings import Settings, data_folder, load_settings
from lms_bridge.store.company import members_by_team, organisation
from lms_bridge.store.database import open_engine, session_of, writing
from lms_bridge.store.file_imports import finish_import, last_import, record_import
from lms_bridge.store.identities import emails
from lms_bridge.store.migrate import upgrade

READY_SECONDS = 60
TIME_ZONE = "Europe/Berlin"
SIGN_INS = (
    ("admin@rheintal.example", "admin", None),
    ("hr@rheintal.example", "hr", None),
    ("auditor@rheintal.example", "auditor", None),
)
RULE_PACKS = ("moodle.toml", "openedx.toml", "cmi5.toml", "h5p.toml", "openbadges.toml")


def run_demo(config: str | None, host: str, port: int, today: date | None) -> None:
    """Load the demo company where it is not loaded yet, and serve until stopped; exit code 0 on Ctrl-C.

    `today` is the day the company lives on: where it is None, the day of the data, else the present day.

    Raises:
        InvalidInputError: the database holds a company that is not the demo's, or another day's; or the port is taken.
    """
    os.environ.setdefault("LMS_BRIDGE_LOG_LEVEL", "WARNING")
    os.environ["LMS_BRIDGE_HOST"], os.environ["LMS_BRIDGE_PORT"] = host, str(port)
    settings = load_settings(config)
    require_free_port(host, port)
    started = time.monotonic()
    say("migrating the database")
    upgrade(settings.database_url)
    engine = open_engine(settings.database_url)
    try:
        with session_of(engine) as session:
            loaded = _loaded_day(session)
        day = today or (
            date.fromisoformat(loaded) if loaded is not None else clock.today(ZoneInfo(TIME_ZONE))
        )
        if loaded is not None and loaded != day.isoformat():
            raise InvalidInputError(
                f"this data folder holds the demo of {loaded}; start with --today {loaded}, "
                "or name another folder with LMS_BRIDGE_DATA_DIR"
            )
        if loaded is None:
            _keep_settings(settings, day)
            _begin(engine, day)
        settings = load_settings(config)
        with session_of(engine) as session:
            publish_policy(session, settings, clock.now())
        # The worker starts after the first load: deriving a person anew for each of their batches would only slow it.
        service = start_command(
            ["serve", "--host", host, "--port", str(port)],
            {**os.environ, "LMS_BRIDGE_EMBEDDED_WORKER": "off"},
        )
        signal.signal(signal.SIGTERM, _stop)
        try:
            _wait_alive(settings.base_url, service.poll)
            if loaded is None:
                _load(settings, day)
            with kept_running(["worker"]):
                _tell(settings, time.monotonic() - started)
                service.wait()
        except KeyboardInterrupt:
            say("stopping")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            end_process(service)
    finally:
        engine.dispose()


def _keep_settings(settings: Settings, today: date) -> None:
    """Write what belongs to the demo's data, so that every later command counts in its zone and on its day."""
    _keep(
        settings.data_dir / "lms_bridge.toml",
        f'company_name = "Rheintal Components"\ntime_zone = "{TIME_ZONE}"\ndefault_as_of = "{today.isoformat()}"\n',
    )


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Print a line of progress to stderr."""
    click.echo(f"demo: {text}", err=True)


def _loaded_day(session: Session) -> str | None:
    """Return the day of a finished load; None before the first.

    Raises:
        InvalidInputError: a company is here that no demo loaded, or a load was broken off.
    """
    load = last_import(session, DEMO_LOAD)
    if load is None:
        if last_import(session) is not None:
            raise InvalidInputError(
                "this database holds data that is not the demo's; name another folder with LMS_BRIDGE_DATA_DIR"
            )
        return None
    if load.outcome != "done":
        raise InvalidInputError(
            "the demo's first load was broken off; remove the data folder and start again, "
            "or name another with LMS_BRIDGE_DATA_DIR"
        )
    return load.name


def _begin(engine: Engine, today: date) -> None:
    with session_of(engine) as session, writing(session):
        record_import(
            session,
            kind=DEMO_LOAD,
            name=today.isoformat(),
            digest="",
            outcome="running",
            who="demo",
            imported_at=clock.now(),
        )


def _wait_alive(base_url: str, exited: Callable[[], int | None]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if exited() is not None:
            raise InvalidInputError(
                "the service did not start; is the port in use? choose another with PORT or --port"
            )
        try:
            with urllib.request.urlopen(f"{base_url}/healthz", timeout=2):  # noqa: S310 -- our own http address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise InvalidInputError(f"the service at {base_url} did not answer within {READY_SECONDS} s")


def _load(settings: Settings, today: date) -> None:
    """Import frameworks, files and rules, feed the statements over HTTP, and derive everything."""
    engine = open_engine(settings.database_url)
    files = {name: text.encode() for name, text in company_files(today).items()}
    with session_of(engine) as session:
        for folder, kind, name in (("esco-1.2.0", "esco", "ESCO"), ("onet-29.2", "onet", "O*NET")):
            say(f"importing {name}")
            content = {
                f"{folder}/{path.name}": path.read_bytes()
                for path in sorted((data_folder(settings, "frameworks") / folder).iterdir())
            }
            import_framework(session, format=kind, files=content, name=name)
        say("importing rules, catalogue, people, requirements, certificates, badges")
        packs = {name: (data_folder(settings, "rules") / name).read_bytes() for name in RULE_PACKS}
        packs["demo.toml"] = (data_folder(settings, "demo") / "rules.toml").read_bytes()
        imports.import_roster(session, settings, files, who="demo")
        imports.import_catalogue(session, settings, files["catalogue.csv"], who="demo")
        imports.import_rules(session, packs, who="demo")
        imports.import_requirements(session, settings, files["requirements.csv"], who="demo")
        imports.import_certificates(session, settings, files["certificates.csv"], who="demo")
        imports.import_crosswalks(session, settings, files["crosswalk.csv"], who="demo")
        _bring_badges(session, settings, today)
        credentials = _connect(session, settings)
    say("the four LMSs post their statements")
    fed = feed(
        f"{settings.base_url}/xapi/",
        credentials,
        today,
        progress=_progress(),
        token_url=f"{settings.base_url}/oauth/token",
    )
    say(f"{fed.accepted} statements accepted, {fed.refused} refused in {fed.batches} batches; deriving")
    Deriver(engine).drain()
    with session_of(engine) as session:
        _accounts(session, settings)
        with writing(session):
            finish_import(session, DEMO_LOAD, "done")
    engine.dispose()


def _bring_badges(session: Session, settings: Settings, today: date) -> None:
    """Take in the badges from outside, and decide on the issuers that the company has decided on.

    Proofs are checked by the real clock: a company that lives in the future brings the badges of the present, and one that
    lives long ago has some that have run out since.
    """
    timeline, draws = Timeline(min(today, clock.today(ZoneInfo(TIME_ZONE)))), Draws(SEED)
    files = badge_files(timeline, draws, awarded(build_plan(timeline, draws)))
    for result in import_credentials(session, settings, files, who="demo"):
        if result.outcome == "refused":
            say(f"{result.file} is not taken in: {result.reason}")
    for academy in ACADEMIES:
        if academy.standing is not None:
            trust_issuer(session, academy.issuer_id, academy.standing, reason=academy.reason, who="demo")


def _progress() -> Callable[[int, int], None]:
    shown = 0

    def tell(done: int, total: int) -> None:
        nonlocal shown
        part = done * 10 // total if total else 10
        if part > shown:
            shown = part
            say(f"{done} of {total} statements")

    return tell


def _connect(session: Session, settings: Settings) -> dict[str, tuple[str, str]]:
    credentials: dict[str, tuple[str, str]] = {}
    lines: list[str] = []
    for source in sources():
        new = add_source(
            session,
            settings,
            source.name,
            kind=source.kind,
            xapi_version=source.xapi_version,
            validation=source.validation,
            score_scale=source.score_scale,
            now=clock.now(),
        )
        credentials[source.name] = (new.key, new.secret)
        lines.append(f"{new.name}\t{new.key}\t{new.secret}\n")
    _keep(settings.data_dir / "demo_keys", "".join(lines))
    return credentials


def _accounts(session: Session, settings: Settings) -> None:
    people = company_people(session, default_day(settings))
    lines: list[str] = []
    for email, role, person_id in (*SIGN_INS, *people):
        password = secrets.token_urlsafe(12)
        add_user(session, email, role, password, person_id, clock.now())
        lines.append(f"{role}\t{email}\t{password}\n")
    _keep(settings.data_dir / "demo_sign_ins", "".join(lines))


def company_people(session: Session, day: date) -> tuple[tuple[str, str, str | None], ...]:
    """Return who gets an account: the managers of LOG, SAL and MNT, and one employee, who works here on `day`."""
    tree, addresses = organisation(session, day, clock.now()), emails(session)
    managers = dict.fromkeys(tree.teams[team_id].manager_id or "" for team_id in ("LOG", "SAL", "MNT"))
    found: list[tuple[str, str, str | None]] = [
        (addresses[person_id], "manager", person_id) for person_id in managers if person_id in addresses
    ]
    members = members_by_team(session, day, clock.now()).values()
    others = {person_id for team in members for person_id in team if person_id in addresses} - managers.keys()
    if others:
        employee = max(others)
        found.append((addresses[employee], "employee", employee))
    return tuple(found)


def _keep(path: Path, text: str) -> None:
    """Write what a second start prints again, readable by the operator only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)


def _tell(settings: Settings, seconds: float) -> None:
    """Print addresses, sign-ins and an LMS key."""
    sign_ins = _lines(settings.data_dir / "demo_sign_ins")
    keys = _lines(settings.data_dir / "demo_keys")
    base = settings.base_url
    click.echo(f"\nReady after {seconds:.0f} s: {base}/")
    click.echo(
        f"  overview  {base}/      team  {base}/teams/LOG      workbook  {base}/reports/team-coverage.xlsx?team=LOG"
    )
    click.echo("Sign in with (role, address, password):")
    for role, email, password in sign_ins:
        click.echo(f"  {role:<9} {email:<36} {password}")
    click.echo(f"Post statements to {base}/xapi/statements with an LMS key:")
    for name, key, secret in keys:
        click.echo(f"  {name:<12} key {key}  secret {secret}")
    click.echo("Ctrl-C stops it; the same command starts it again on the same data.")
    sys.stdout.flush()


def _lines(path: Path) -> list[tuple[str, str, str]]:
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3]
