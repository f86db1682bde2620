"""A small company on a real database: what is posted and imported, drained when a test says so, and exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
from sqlalchemy import Engine, select

from lms_bridge import clock
from lms_bridge.pipeline.derivation import Deriver, DrainResult, queue_everyone
from lms_bridge.pipeline.exporting import export_evidence
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.imports import ImportResult, import_catalogue, import_roster, import_rules
from lms_bridge.pipeline.sources import add_source
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import open_engine, session_of, writing
from lms_bridge.store.derivation import derived_through, forget_derived, waiting_tasks
from lms_bridge.store.ingest import IngestResult, Sender, StatementWriter
from lms_bridge.store.models.evidence import AttainmentStep, Reading, UnknownActor
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version

PASSED = "http://adlnet.gov/expapi/verbs/passed"
FAILED = "http://adlnet.gov/expapi/verbs/failed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SKILL, OTHER_SKILL = "urn:co:first-aid", "urn:co:fire"
FRAMEWORK = (
    "skill_iri,label,parent_iri,description,levels,alt_labels,lang\n"
    f"{SKILL},First aid,,,1=Aware;2=Working;3=Independent;4=Expert,,en\n"
    f"{OTHER_SKILL},Fire drill,,,,,en\n"
)
PEOPLE = "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from\n"
CATALOGUE = "key,title,lang,provider,kind,hours,cost,url,activity_patterns\n"
FIRST_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def statement(
    number: int,
    account: str,
    activity: str,
    *,
    day: int,
    verb: str = PASSED,
    score: str | None = None,
) -> bytes:
    """Return a statement of an LMS; the same number, account, activity and day are the same statement."""
    body: dict[str, object] = {
        "id": statement_id(number),
        "actor": {"account": {"homePage": "https://lms.example", "name": account}},
        "verb": {"id": verb},
        "object": {"id": activity, "definition": {"type": "http://adlnet.gov/expapi/activities/course"}},
        "timestamp": (FIRST_DAY + timedelta(days=day)).isoformat(),
    }
    if score is not None:
        body["result"] = {"score": {"scaled": float(score)}}
    return orjson.dumps(body)


def voiding(number: int, target: int) -> bytes:
    return orjson.dumps(
        {
            "id": statement_id(number),
            "actor": {"account": {"homePage": "https://lms.example", "name": "admin"}},
            "verb": {"id": VOIDED},
            "object": {"objectType": "StatementRef", "id": statement_id(target)},
            "timestamp": FIRST_DAY.isoformat(),
        }
    )


def statement_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def identity_of(account: str) -> str:
    """Return an account of the LMS, or an e-mail address, as people.csv writes it."""
    if "@" in account:
        return f"mbox:mailto:{account}"
    return f"account:https://lms.example|{account}"


@dataclass
class Company:
    """One database with a source, a framework, and the doors that tests knock at."""

    engine: Engine
    settings: Settings
    sender: Sender
    writer: StatementWriter
    deriver: Deriver
    days: dict[str, date] = field(default_factory=dict)

    @classmethod
    def open(cls, url: str, folder: Path) -> Company:
        """Open a migrated database and set up what every test needs."""
        engine = open_engine(url)
        environ = {"LMS_BRIDGE_DATA_DIR": str(folder), "LMS_BRIDGE_ROSTER_END_SHARE_LIMIT": "1"}
        settings = load_settings(None, environ)
        now = clock.now()
        with session_of(engine) as session:
            files = {"co-1/co.csv": FRAMEWORK.encode()}
            import_framework(session, format="csv", files=files, name="Company", known_at=now)
        with session_of(engine) as session:
            add_source(session, settings, "lms", "openedx", now=now)
        return cls(
            engine,
            settings,
            Sender(1, "lms", reaches_all=True, authority=b"{}"),
            StatementWriter(engine),
            Deriver(engine),
        )

    def close(self) -> None:
        self.engine.dispose()

    def post(self, *bodies: bytes) -> IngestResult:
        """Post statements in one request."""
        batch = read_statements(b"[" + b",".join(bodies) + b"]", version=Version.V1_0_3)
        assert batch.violations == ()
        ids = [item.statement_id or "" for item in batch.statements]
        return self.writer.store(self.sender, batch.statements, ids, "1.0.3", clock.now())

    def roster(self, people: Mapping[str, Sequence[str]], valid_from: str = "") -> ImportResult:
        """Import people.csv: accounts by person; the first day of each is 2020 plus the person's place."""
        lines = [
            f"{person},{person.title()},,T,,,{';'.join(identity_of(account) for account in accounts)},"
            f"{2020 + place}-01-01,,{valid_from}"
            for place, (person, accounts) in enumerate(people.items())
        ]
        return self.people("\n".join(lines) + "\n")

    def people(self, lines: str) -> ImportResult:
        """Import the one team, and people.csv with these lines."""
        files = {
            "teams.csv": b"team_id,name,parent_team_id,manager_id\nT,Team,,\n",
            "people.csv": (PEOPLE + lines).encode(),
        }
        with session_of(self.engine) as session:
            return import_roster(session, self.settings, files, clock.now())

    def rules(self, text: str, **choice: object) -> ImportResult:
        with session_of(self.engine) as session:
            return import_rules(session, {"co.toml": text.encode()}, clock.now(), **choice)  # type: ignore[arg-type]

    def catalogue(self, objects: Mapping[str, Sequence[str]], *, replace: bool = False) -> ImportResult:
        lines = [f"{key},{key},en,,course,,,,{';'.join(patterns)}" for key, patterns in objects.items()]
        content = (CATALOGUE + "\n".join(lines) + "\n").encode()
        with session_of(self.engine) as session:
            return import_catalogue(session, self.settings, content, clock.now(), replace=replace)

    def drain(self, most: int | None = None) -> DrainResult:
        found = self.deriver.drain(most=most)
        assert found.failed == 0
        return found

    def waiting(self) -> int:
        with session_of(self.engine) as session:
            return waiting_tasks(session)

    def through(self) -> datetime:
        with session_of(self.engine) as session:
            return derived_through(session, clock.now())

    def export(self, known_on: datetime | None = None, *, history: bool = False) -> bytes:
        with session_of(self.engine) as session:
            return b"".join(export_evidence(session, None, known_on, with_history=history))

    def facts(self) -> list[dict[str, object]]:
        """Return the exported lines as objects."""
        return [orjson.loads(line) for line in self.export().splitlines()]

    def derived(self) -> tuple[bytes, list[str]]:
        """Return everything derived: the export with history, and the other derived tables as sorted text."""
        lines: list[str] = []
        with session_of(self.engine) as session:
            for table in (AttainmentStep, Reading, UnknownActor):
                columns = list(table.__table__.columns)
                rows = session.execute(select(*columns)).all()
                lines += sorted(f"{table.__tablename__} {tuple(row)}" for row in rows)
        return self.export(history=True), lines

    def start_again(self) -> None:
        """Forget everything derived and derive it from the causes, by a deriver that remembers nothing."""
        with session_of(self.engine) as session, writing(session):
            forget_derived(session)
            queue_everyone(session, "rebuild", None, clock.now())
        assert Deriver(self.engine).drain().failed == 0
