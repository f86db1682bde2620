"""The command line: one sentence for an error, exit codes, JSON for scripts, the path from files to a report."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lms_bridge.cli import main

Run = Callable[..., Result]

FRAMEWORK = (
    "skill_iri,label,parent_iri,description,levels,alt_labels,lang\n"
    "urn:x:excel,Excel,,Spreadsheets,1=Aware;2=Working;3=Expert,Spreadsheets,en\n"
)
TEAMS = "team_id,name,parent_team_id,manager_id\nPAY,Payroll,,P1\n"
PEOPLE = (
    "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from\n"
    "P1,Ada,ada@x.example,PAY,,clerk,,2024-01-01,,\n"
    "P2,Bo,bo@x.example,PAY,,clerk,,2024-01-01,,\n"
)
REQUIREMENTS = "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to\nrole,clerk,Clerk,urn:x:excel,2,,,\n"
CERTIFICATES = (
    "person_id,skill_iri,level,strength,achieved_on,last_valid_day,issuer,reference\n"
    "P1,urn:x:excel,2,certified,2024-05-01,,Chamber,1\n"
)


@pytest.fixture
def run(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LMS_BRIDGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LMS_BRIDGE_DATABASE_URL", database_url)
    monkeypatch.setenv("LMS_BRIDGE_LOG_LEVEL", "ERROR")
    runner = CliRunner()

    def call(*arguments: str, given: str | None = None, code: int = 0) -> Result:
        result = runner.invoke(main, list(arguments), input=given, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in {
        "teams.csv": TEAMS,
        "people.csv": PEOPLE,
        "requirements.csv": REQUIREMENTS,
        "certificates.csv": CERTIFICATES,
        "skills.csv": FRAMEWORK,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def company(run: Run, files: Path) -> Run:
    run("db", "upgrade")
    run("framework", "import", str(files / "skills.csv"), "--format", "csv", "--name", "Own")
    run("roster", "import", str(files))
    run("requirement", "import", str(files / "requirements.csv"))
    run("certificate", "import", str(files / "certificates.csv"))
    run("derive")
    return run


def test_command_on_an_empty_database_names_the_remedy(run: Run) -> None:
    assert "run lms-bridge db upgrade" in run("status", code=1).output


def test_schema_agrees_after_upgrade(run: Run) -> None:
    run("db", "upgrade")
    assert run("db", "check").output == "schema agrees\n"


def test_report_has_the_figures(company: Run, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert (
        "1 of 2 requirements met"
        in company("report", "team-coverage", "--team", "PAY", "--out", str(out)).output
    )
    data = json.loads(out.read_text(encoding="utf-8"))
    assert data["compliance"] == {"met": 1, "required": 2}
    assert data["skills"][0]["label"] == "Excel"


def test_report_is_written_in_each_form(company: Run, tmp_path: Path) -> None:
    for suffix, start in ((".csv", b"person_id,"), (".json", b"{"), (".xlsx", b"PK")):
        out = tmp_path / f"r{suffix}"
        company("report", "company", "--out", str(out))
        assert out.read_bytes().startswith(start)


def test_unknown_form_of_a_report_is_refused(company: Run, tmp_path: Path) -> None:
    said = company("report", "company", "--out", str(tmp_path / "r.pdf"), code=1).output
    assert "end the name with .xlsx, .csv or .json" in said


def test_second_import_changes_nothing(company: Run, files: Path) -> None:
    assert "nothing to change" in company("roster", "import", str(files)).output
    assert "nothing to change" in company("requirement", "import", str(files / "requirements.csv")).output
    assert "nothing to change" in company("certificate", "import", str(files / "certificates.csv")).output
    data = company(
        "framework", "import", str(files / "skills.csv"), "--format", "csv", "--name", "Own", "--json"
    ).output
    assert json.loads(data)["unchanged"] is True


def test_dry_run_writes_nothing(company: Run, files: Path) -> None:
    (files / "people.csv").write_text(PEOPLE.replace("Bo,", "Beau,"), encoding="utf-8")
    assert "Beau" in company("roster", "import", str(files), "--dry-run").output
    assert "Beau" in company("roster", "import", str(files), "--dry-run").output


def test_broken_file_names_line_column_value_and_remedy_and_leaves_nothing(company: Run, files: Path) -> None:
    (files / "people.csv").write_text(
        PEOPLE.replace("2024-01-01,,\nP2", "01.01.2024,,\nP2"), encoding="utf-8"
    )
    said = company("roster", "import", str(files), code=1).output
    assert "people.csv, line 2, column 'start_date': '01.01.2024': is no date; write YYYY-MM-DD" in said


def test_unknown_skill_is_refused_with_near_ones(company: Run, files: Path) -> None:
    broken = REQUIREMENTS.replace("urn:x:excel", "urn:x:exel")
    (files / "requirements.csv").write_text(broken, encoding="utf-8")
    said = company("requirement", "import", str(files / "requirements.csv"), code=1).output
    assert "requirements.csv, line 2, column 'skill_iri': 'urn:x:exel': is in no loaded framework" in said


def test_evidence_export_is_in_total_order_and_repeatable(company: Run) -> None:
    first = company("evidence", "export").output
    assert json.loads(first)["person_id"] == "P1"
    assert company("evidence", "export").output == first
    assert company("evidence", "export", "--as-of", "2024-04-30").output == ""
    assert "recorded_at" in company("evidence", "export", "--history").output


def test_known_on_of_the_future_is_refused(company: Run) -> None:
    year = datetime.now(UTC).year + 1
    said = company("evidence", "export", "--known-on", f"{year}-01-01T00:00:00Z", code=1).output
    assert "up to which every cause is derived" in said


def test_rebuild_finds_nothing_to_change(company: Run) -> None:
    data = json.loads(company("rebuild", "--json").output)
    assert (data["unchanged"], data["appeared"], data["vanished"]) == (1, 0, 0)


def test_rebuild_goes_on_where_it_was_broken_off(company: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    said = company("rebuild", "--resume", code=1).output
    assert "no rebuild of this kind was broken off; start one without --resume" in said
    with monkeypatch.context() as broken:
        broken.setattr("lms_bridge.cli.rebuild_mark.RebuildMark.remove", lambda _: None)
        company("rebuild")
    # The mark of one that writes is not continued by a dry run.
    company("rebuild", "--resume", "--dry-run", code=1)
    data = json.loads(company("rebuild", "--resume", "--json").output)
    assert (data["people"], data["unchanged"], data["appeared"], data["vanished"]) == (2, 1, 0, 0)
    company("rebuild", "--resume", code=1)


def test_source_is_added_listed_and_revoked(company: Run) -> None:
    new = json.loads(company("source", "add", "Moodle", "--kind", "moodle", "--json").output)
    assert set(new) == {"name", "key", "secret", "endpoint"}
    assert new["endpoint"].endswith("/xapi/")
    assert json.loads(company("source", "list", "--json").output)[0]["keys"] == [new["key"]]
    company("source", "revoke", "Moodle")
    assert "revoked" in company("source", "list").output


def test_a_leaked_key_ends_at_once_and_another_sources_key_tests_nothing(company: Run) -> None:
    first, other = (json.loads(company("source", "add", name, "--json").output) for name in ("one", "two"))
    secret = ("--key", other["key"], "--secret", other["secret"])
    assert "it is one of source 'two'" in company("source", "test", "one", *secret, code=1).output
    later = json.loads(company("source", "rotate", "one", "--json").output)
    listed = {row["name"]: row["keys"] for row in json.loads(company("source", "list", "--json").output)}
    assert listed == {"one": [first["key"], later["key"]], "two": [other["key"]]}
    now = json.loads(company("source", "rotate", "one", "--now", "--json").output)
    assert json.loads(company("source", "list", "--json").output)[0]["keys"] == [now["key"]]


def test_handing_in_nothing_is_no_error_and_an_unknown_source_is(company: Run) -> None:
    company("source", "add", "one")
    assert json.loads(company("source", "replay", "one", "--json").output)["taken"] == 0
    assert "'nobody'" in company("source", "replay", "nobody", code=1).output


def test_a_badge_without_a_decision_of_its_own_cannot_be_given_back(company: Run) -> None:
    asked = ("did:web:academy.example", "urn:badge", "--reason", "a mistake")
    assert "decided by itself" in company("issuer", "follow", *asked, code=1).output
    trusted = ("--tier", "known", "--reason", "new", "--achievement", "urn:badge")
    company("issuer", "trust", "did:web:academy.example", *trusted)
    assert "urn:badge is as its issuer; 0 people" in company("issuer", "follow", *asked).output


def test_user_needs_a_long_password_on_standard_input(company: Run) -> None:
    arguments = ("user", "add", "hr@x.example", "--role", "hr")
    assert "--password-stdin" in company(*arguments, code=1).output
    assert "at least 12" in company(*arguments, "--password-stdin", given="short\n", code=1).output
    company(*arguments, "--password-stdin", given="a long enough password\n")
    said = company(*arguments, "--password-stdin", given="a long enough password\n", code=1).output
    assert "exists" in said


def test_manager_needs_a_person(company: Run) -> None:
    said = company(
        "user",
        "add",
        "m@x.example",
        "--role",
        "manager",
        "--password-stdin",
        given="a long enough password\n",
        code=1,
    ).output
    assert "needs --person" in said


def test_truncated_roster_is_refused(company: Run, files: Path) -> None:
    (files / "people.csv").write_text("\n".join(PEOPLE.splitlines()[:2]) + "\n", encoding="utf-8")
    assert "is the file cut off?" in company("roster", "import", str(files), code=1).output


def test_backup_restores_into_an_empty_database(company: Run, tmp_path: Path, database_kind: str) -> None:
    file = tmp_path / "backup"
    company("db", "backup", str(file))
    assert "not empty" in company("db", "restore", str(file), code=1).output
    before = company("evidence", "export", "--history").output
    company("db", "restore", str(file), "--yes")
    assert company("evidence", "export", "--history").output == before
    assert database_kind in ("sqlite", "postgresql")


@pytest.mark.parametrize("command", [("db", "upgrade"), ("source", "list"), ("worker",), ("serve",)])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_that_cannot_be_reached_is_told_in_one_line_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, command: tuple[str, ...]
) -> None:
    nowhere = {
        "sqlite": f"sqlite:///{tmp_path / 'missing' / 'lms_bridge.sqlite3'}",
        "postgresql": "postgresql://nobody:hushhush@127.0.0.1:1/nothing",
    }
    monkeypatch.setenv("LMS_BRIDGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LMS_BRIDGE_DATABASE_URL", nowhere[kind])
    result = CliRunner().invoke(main, list(command), catch_exceptions=False)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("lms-bridge: the database cannot be used: ")
    assert "database_url" in line
    assert "hushhush" not in result.output
