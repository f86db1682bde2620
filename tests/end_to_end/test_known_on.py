"""What a report says "as known on" a past day: small companies whose clock is pinned, through the use cases.

Days are those of the demo's story. Ada is in team T, whose role asks for a forklift card, leadership and data protection.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import imports, pages, queues
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.issuing import json_bytes
from lms_bridge.pipeline.receiving import StatementRequest, receive_statements
from lms_bridge.pipeline.sources import add_source, source_of
from lms_bridge.pipeline.viewing import View, read_view
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.xapi.versions import Version
from reports.content.model import CellContent, Report

HR = Reader("hr@rheintal.example", "hr")
SKILL = "https://rheintal.example/skills/"
MOODLE = "https://moodle.rheintal.example"
RULES = Path(__file__).resolve().parents[2] / "config" / "rules"
FRAMEWORK = f"""skill_iri,label,parent_iri,description,levels,alt_labels,lang
{SKILL}forklift,operate forklift,,,1=Aware;2=Working;3=Independent;4=Expert,,en
{SKILL}lead,lead a team,,,,,en
{SKILL}gdpr,GDPR,,,,,en
"""
TEAMS = """team_id,name,parent_team_id,manager_id,valid_from
CO,Company,,,
COM,Commercial,CO,,
OPS,Operations,CO,,
T,Warehouse,COM,,
"""
PEOPLE = """person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from
P1,Ada Okafor,ada@rheintal.example,T,,worker,account:https://moodle.rheintal.example|17,2020-01-01,,
P2,Bo Lindqvist,bo@rheintal.example,T,,worker,,2020-01-01,,
"""
REQUIREMENTS = f"""scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to,importance,min_strength
role,worker,Worker,{SKILL}forklift,2,,,,mandatory,certified
role,worker,Worker,{SKILL}lead,3,,,,required,completed
role,worker,Worker,{SKILL}gdpr,1,,,,mandatory,completed
"""
BADGE = f"{MOODLE}/badges/overview.php?id=7"
COURSE = f"{MOODLE}/course/view.php?id=30"
OWN_RULES = f"""pack = "own"
[[rule]]
id = "badge"
uses = "moodle-badge"
[rule.when]
activity = "{BADGE}"
[[rule.gives]]
skill = "{SKILL}lead"
level = 3
strength = "completed"

[[rule]]
id = "privacy"
uses = "moodle-course-completed"
[rule.when]
activity = "{COURSE}"
[[rule.gives]]
skill = "{SKILL}gdpr"
level = 1
strength = "completed"
"""
IN_ERROR = (
    '[rule.withdrawn_by]\nverb = ["https://w3id.org/xapi/tla/verbs/forfeited"]\neffect = "never_held"\n'
)
CARDS = "person_id,key,skill_iri,level,strength,achieved_on,last_valid_day,issuer,reference\n"
OLD_CARD = f"P1,,{SKILL}forklift,2,certified,2021-03-16,2026-03-15,Fahrschule,card 1\n"
NEW_CARD = f"P1,,{SKILL}forklift,2,certified,2026-03-14,2031-03-13,Fahrschule,card 2\n"


def at(day: str) -> datetime:
    """Ten o'clock UTC of a day."""
    return datetime.fromisoformat(f"{day}T10:00:00+00:00").astimezone(UTC)


@dataclass(slots=True)
class Past:
    """A small company whose days go by at command."""

    settings: Settings
    session: Session
    patch: pytest.MonkeyPatch
    source_id: int = 0

    def on(self, day: str) -> datetime:
        """Let it be ten o'clock of `day`."""
        now = at(day)
        self.patch.setattr("lms_bridge.clock.now", lambda: now)
        return now

    def derive(self) -> None:
        """Derive what waits; the session forgets what it read before, like the session of a new request."""
        Deriver(self.session.get_bind().engine).drain()
        self.session.rollback()

    def receive(self, day: str, *statements: dict[str, Any]) -> None:
        """Let Moodle post on `day`."""
        now = self.on(day)
        receive_statements(
            StatementWriter(self.session.get_bind().engine),
            self.settings,
            source_of(self.session, self.settings, self.source_id),
            StatementRequest(json.dumps(statements).encode(), "application/json", Version("1.0.3")),
            now,
        )
        self.derive()

    def report(self, team_id: str, as_of: str, known_on: str = "", *, tree: bool = False) -> Report:
        """Return a team's report as a reader asks for it."""
        asked = {"as_of": as_of} | ({"known_on": known_on} if known_on else {})
        view: View = read_view(self.session, self.settings, asked)
        return pages.team(self.session, self.settings, HR, view, team_id, tree)

    def cell(self, skill: str, as_of: str, known_on: str = "", person_id: str = "P1") -> CellContent:
        report = self.report("T", as_of, known_on)
        person = next(item for item in report.people if item.person_id == person_id)
        return next(cell for cell in person.cells if cell.skill_iri == SKILL + skill)


@contextmanager
def _past(url: str, folder: Path, patch: pytest.MonkeyPatch, rules: str) -> Iterator[Past]:
    environ = {"LMS_BRIDGE_DATA_DIR": str(folder), "LMS_BRIDGE_DATABASE_URL": url}
    settings = load_settings(environ=environ | {"LMS_BRIDGE_TIME_ZONE": "Europe/Berlin"})
    engine = open_engine(url)
    try:
        with session_of(engine) as session:
            past = Past(settings, session, patch)
            now = past.on("2025-01-02")
            import_framework(
                session,
                format="csv",
                files={"own/skills.csv": FRAMEWORK.encode()},
                name="own",
                version="1",
                known_at=now,
            )
            roster = {"teams.csv": TEAMS.encode(), "people.csv": PEOPLE.encode()}
            imports.import_roster(session, settings, roster, now)
            imports.import_requirements(session, settings, REQUIREMENTS.encode(), now)
            packs = {"moodle.toml": (RULES / "moodle.toml").read_bytes(), "own.toml": rules.encode()}
            imports.import_rules(session, packs, now)
            add_source(session, settings, "moodle", kind="moodle", now=now)
            past.source_id = 1
            past.derive()
            yield past
    finally:
        engine.dispose()


@pytest.fixture
def past(migrated_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Past]:
    with _past(migrated_database_url, tmp_path, monkeypatch, OWN_RULES) as made:
        yield made


def badge(verb: str, day: str) -> dict[str, Any]:
    """Return what Moodle sends of a badge that Ada is given or that is taken from her."""
    return {
        "actor": {"account": {"homePage": MOODLE, "name": "17"}},
        "verb": {"id": f"https://w3id.org/xapi/tla/verbs/{verb}"},
        "object": {
            "id": BADGE,
            "definition": {"type": "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/badge"},
        },
        "timestamp": at(day).isoformat(),
    }


def course(name: str, day: str) -> dict[str, Any]:
    """Return what Moodle sends when the course is done."""
    return {
        "actor": {"account": {"homePage": MOODLE, "name": name}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": COURSE, "definition": {"type": "https://w3id.org/xapi/cmi5/activitytype/course"}},
        "timestamp": at(day).isoformat(),
    }


@pytest.fixture
def sqlite_only(database_kind: str) -> None:
    """`stored` is PostgreSQL's own clock there, which no test turns back."""
    if database_kind == "postgresql":
        pytest.skip("PostgreSQL stamps `stored` by its own clock")


@pytest.mark.usefixtures("sqlite_only")
def test_3_a_badge_forfeited_later_was_held_as_known_then_and_ends_on_its_day(past: Past) -> None:
    past.receive("2025-11-03", badge("achieved", "2025-11-03"))
    past.receive("2026-03-14", badge("forfeited", "2026-03-12"))
    past.on("2026-06-30")
    assert past.cell("lead", "2026-01-31", "2026-01-31").status == "met"
    assert past.cell("lead", "2026-01-31").status == "met"
    assert past.cell("lead", "2026-03-11").status == "met"
    # It arrived two days late: on the 13th nobody knew.
    assert past.cell("lead", "2026-03-13", "2026-03-13").status == "met"
    now = past.cell("lead", "2026-03-13")
    assert (now.status, now.reason, now.attained) == ("unmet", "reversed", 0)


@pytest.mark.usefixtures("sqlite_only")
def test_3_a_badge_given_in_error_was_never_held_by_todays_knowledge(
    migrated_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = OWN_RULES.replace('\n[[rule]]\nid = "privacy"', f'{IN_ERROR}\n[[rule]]\nid = "privacy"')
    assert rules != OWN_RULES
    with _past(migrated_database_url, tmp_path, monkeypatch, rules) as past:
        past.receive("2025-11-03", badge("achieved", "2025-11-03"))
        past.receive("2026-03-14", badge("forfeited", "2026-03-12"))
        past.on("2026-06-30")
        assert past.cell("lead", "2026-01-31", "2026-01-31").status == "met"
        assert past.cell("lead", "2026-01-31").status == "unmet"
        assert past.cell("lead", "2026-01-31").attained == 0


@pytest.mark.usefixtures("sqlite_only")
def test_6_an_account_joined_and_parted_leaves_the_reports_of_each_time_as_they_were(past: Past) -> None:
    account = f"account:{MOODLE}|4711"
    past.receive("2025-06-02", course("4711", "2025-06-01"))
    past.on("2026-02-01")
    alone = json_bytes(past.report("T", "2026-02-01", "2026-01-31"))
    assert past.cell("gdpr", "2026-02-01", person_id="P2").status == "unmet"
    past.on("2026-02-10")
    queues.join_actor(past.session, past.settings, HR, account, "P2")
    past.derive()
    past.on("2026-02-20")
    joined = past.cell("gdpr", "2026-02-15", person_id="P2")
    assert joined.status == "met"
    # All past learning moves, also for days before the join.
    assert past.cell("gdpr", "2025-06-01", person_id="P2").status == "met"
    assert past.cell("gdpr", "2026-02-15", "2026-02-09", person_id="P2").status == "unmet"
    queues.part_actor(past.session, past.settings, HR, account, "P2")
    past.derive()
    past.on("2026-03-01")
    parted = past.cell("gdpr", "2026-02-15", person_id="P2")
    assert (parted.status, parted.reason, parted.traces) == ("unmet", "never", ())
    assert past.cell("gdpr", "2026-02-15", "2026-02-15", person_id="P2").status == "met"
    assert json_bytes(past.report("T", "2026-02-01", "2026-01-31")) == alone


def test_8_a_report_issued_before_the_reorganisation_stays_as_issued(past: Past) -> None:
    past.on("2026-03-31")
    issued = json_bytes(past.report("COM", "2026-03-31", "2026-03-30", tree=True))
    now = past.on("2026-04-01")
    moved = TEAMS.replace("T,Warehouse,COM,,", "T,Warehouse,OPS,,")
    imports.import_roster(
        past.session, past.settings, {"teams.csv": moved.encode(), "people.csv": PEOPLE.encode()}, now
    )
    past.derive()
    past.on("2026-06-30")
    assert json_bytes(past.report("COM", "2026-03-31", "2026-03-30", tree=True)) == issued

    def people(team_id: str, day: str) -> tuple[str, ...]:
        return tuple(item.person_id for item in past.report(team_id, day, tree=True).people)

    assert people("COM", "2026-03-31") == people("OPS", "2026-04-01") == ("P1", "P2")
    assert people("COM", "2026-04-01") == people("OPS", "2026-03-31") == ()


def test_10_audit_week_the_card_renewed_in_time_and_imported_late(past: Past) -> None:
    for day, cards in (("2025-01-10", CARDS + OLD_CARD), ("2026-05-02", CARDS + OLD_CARD + NEW_CARD)):
        imports.import_certificates(past.session, past.settings, cards.encode(), past.on(day))
        past.derive()
    past.on("2026-06-30")
    # The last day is inclusive, whatever was known.
    assert past.cell("forklift", "2026-03-15", "2026-03-31").status == "met"
    assert past.cell("forklift", "2026-03-15", "2026-03-31").last_valid_day == date(2026, 3, 15)
    expired = past.cell("forklift", "2026-03-16", "2026-03-31")
    assert (expired.status, expired.reason) == ("unmet", "expired")
    for day in ("2026-03-15", "2026-03-16", "2026-03-31", "2026-06-30"):
        cell = past.cell("forklift", day)
        assert (cell.status, cell.gap) == ("met", 0), day
    assert past.cell("forklift", "2026-03-31", "2026-05-01").reason == "expired"
    assert past.cell("forklift", "2026-03-31", "2026-05-02").status == "met"
