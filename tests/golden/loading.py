"""Loads whole companies through the use cases, as the command line and the LMSs would, but without HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.demo.company import company_files
from lms_bridge.demo.run import RULE_PACKS
from lms_bridge.demo.statements import DemoSource, DemoStatement, sources, statements
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.pipeline.receiving import RequestRefusedError, StatementRequest, receive_statements
from lms_bridge.pipeline.sources import AuthenticatedSource, add_source, source_of
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.derivation import waiting_tasks
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.models.statements import Source
from lms_bridge.xapi.versions import Version
from tests.cast import FILES_KNOWN_AT, TIME_ZONE

GOLDEN = Path(__file__).parent / "company"
OPERATOR = Reader("tests", "admin")
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A company that is loaded and derived; `before` and `after` bound the arrival of what came late."""

    engine: Engine
    settings: Settings
    before: datetime
    after: datetime


def settings_for(folder: Path, url: str, **values: str) -> Settings:
    """Return settings for a database at `url`, with a data folder in `folder`."""
    given = {
        "data_dir": str(folder / "data"),
        "database_url": url,
        "secret_key": "a secret for tests",
        "base_url": "http://bridge.test",
        "log_level": "ERROR",
        **values,
    }
    return load_settings(environ={f"LMS_BRIDGE_{name.upper()}": value for name, value in given.items()})


@contextmanager
def golden_company(folder: Path, url: str) -> Iterator[Loaded]:
    """Load the files and statements of tests/golden/company, the late ones at last."""
    settings = settings_for(folder, url, time_zone=TIME_ZONE, company_name="Acme")
    engine = open_engine(url)
    now = FILES_KNOWN_AT
    files = {path.name: path.read_bytes() for path in sorted(GOLDEN.glob("*.csv"))}
    with session_of(engine) as session:
        publish_policy(session, settings, now)
        for file, name in (("skills.csv", "acme"), ("office.csv", "office")):
            import_framework(
                session, format="csv", files={file: files[file]}, name=name, version="1", known_at=now
            )
        imports.import_roster(session, settings, files, now)
        imports.import_catalogue(session, settings, files["catalogue.csv"], now)
        imports.import_rules(session, {"rules.toml": (GOLDEN / "rules.toml").read_bytes()}, now)
        imports.import_requirements(session, settings, files["requirements.csv"], now)
        imports.import_certificates(session, settings, files["certificates.csv"], now)
        imports.import_crosswalks(session, settings, files["crosswalk.csv"], now)
        add_source(session, settings, "campus", now=now)
        source = _source(session, settings, "campus")
    arrived = [
        _post(engine, settings, source, (GOLDEN / file).read_text(encoding="utf-8").splitlines())
        for file in ("statements.jsonl", "late.jsonl")
    ]
    derive_all(engine)
    yield Loaded(engine, settings, *arrived)
    engine.dispose()


def _source(session: Session, settings: Settings, name: str) -> AuthenticatedSource:
    source_id = session.execute(select(Source.source_id).where(Source.name == name)).scalar_one()
    return source_of(session, settings, source_id)


def _post(engine: Engine, settings: Settings, source: AuthenticatedSource, lines: Sequence[str]) -> datetime:
    request = StatementRequest(f"[{','.join(lines)}]".encode(), "application/json", Version("1.0.3"))
    return receive_statements(StatementWriter(engine), settings, source, request, clock.now()).stored_at


def derive_all(engine: Engine) -> None:
    """Derive until nothing waits; a failure is a failure of the test."""
    result = Deriver(engine).drain()
    assert result.failed == 0
    with session_of(engine) as session:
        assert waiting_tasks(session) == 0


@contextmanager
def demo_company(folder: Path, url: str, today: date) -> Iterator[Loaded]:
    """Load the demo company of `today` as `lms-bridge demo` does."""
    settings = settings_for(
        folder,
        url,
        time_zone="Europe/Berlin",
        company_name="Rheintal Components",
        default_as_of=today.isoformat(),
    )
    engine = open_engine(url)
    before = clock.now()
    files = {name: text.encode() for name, text in company_files(today).items()}
    with session_of(engine) as session:
        publish_policy(session, settings, clock.now())
        _demo_files(session, settings, files)
        known = {source.name: _demo_source(session, settings, source) for source in sources()}
    writer = StatementWriter(engine)
    for _, items in groupby(statements(today), key=attrgetter("batch")):
        _demo_batch(writer, settings, known, list(items))
    derive_all(engine)
    yield Loaded(engine, settings, before, clock.now())
    engine.dispose()


def _demo_files(session: Session, settings: Settings, files: Mapping[str, bytes]) -> None:
    config = settings.config_dir
    for folder, kind, name in (("esco-1.2.0", "esco", "ESCO"), ("onet-29.2", "onet", "O*NET")):
        content = {
            f"{folder}/{path.name}": path.read_bytes()
            for path in sorted((config / "frameworks" / folder).iterdir())
        }
        import_framework(session, format=kind, files=content, name=name, known_at=clock.now())
    packs = {name: (config / "rules" / name).read_bytes() for name in RULE_PACKS}
    packs["demo.toml"] = (config / "demo" / "rules.toml").read_bytes()
    imports.import_roster(session, settings, files, clock.now())
    imports.import_catalogue(session, settings, files["catalogue.csv"], clock.now())
    imports.import_rules(session, packs, clock.now())
    imports.import_requirements(session, settings, files["requirements.csv"], clock.now())
    imports.import_certificates(session, settings, files["certificates.csv"], clock.now())
    imports.import_crosswalks(session, settings, files["crosswalk.csv"], clock.now())


def _demo_source(session: Session, settings: Settings, source: DemoSource) -> AuthenticatedSource:
    add_source(
        session,
        settings,
        source.name,
        kind=source.kind,
        xapi_version=source.xapi_version,
        validation=source.validation,
        score_scale=source.score_scale,
        now=clock.now(),
    )
    return _source(session, settings, source.name)


def _demo_batch(
    writer: StatementWriter,
    settings: Settings,
    known: Mapping[str, AuthenticatedSource],
    batch: Sequence[DemoStatement],
) -> None:
    source = known[batch[0].source]
    body = json.dumps([item.statement for item in batch]).encode()
    request = StatementRequest(body, "application/json", source.version)
    try:
        receive_statements(writer, settings, source, request, clock.now())
    except RequestRefusedError:
        assert batch[0].expected != "stored"
    else:
        assert batch[0].expected != "refused"
