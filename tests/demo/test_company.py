from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from lms_bridge.demo.company import COLUMNS, company_files, write_company
from lms_bridge.demo.skills import SKILLS
from tests.demo.seen import SHARED, WRITTEN_FOR, files, person, rows

TEAM_SIZES = {
    "CO": 4,
    "OPS": 3,
    "OPS-A": 18,
    "OPS-B": 17,
    "MNT": 11,
    "LOG": 16,
    "QA": 8,
    "COM": 2,
    "SAL": 20,
    "DIG": 2,
    "DAT": 7,
    "SWE": 12,
}
DATE_COLUMNS = ("valid_from", "valid_to", "start_date", "end_date", "achieved_on", "last_valid_day")


def is_active(row: dict[str, str]) -> bool:
    return not row["end_date"]


def skill(name: str) -> str:
    return SKILLS[name]


def test_the_files_have_the_columns_that_the_imports_read() -> None:
    assert files()["teams.csv"].splitlines()[0] == "team_id,name,parent_team_id,manager_id,valid_from"
    assert (
        files()["people.csv"]
        .splitlines()[0]
        .startswith(
            "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from,x_"
        )
    )
    assert files()["memberships.csv"].splitlines()[0] == "person_id,team_id,kind,share,valid_from,valid_to"
    assert files()["assignments.csv"].splitlines()[0] == "person_id,role_id,kind,valid_from,valid_to"
    assert (
        files()["exemptions.csv"].splitlines()[0] == "person_id,skill_iri,role_id,reason,valid_from,valid_to"
    )
    assert files()["requirements.csv"].splitlines()[0] == (
        "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to,importance,min_strength,due_within"
    )
    assert files()["catalogue.csv"].splitlines()[0] == (
        "key,title,lang,provider,kind,hours,cost,url,activity_patterns"
    )
    assert files()["certificates.csv"].splitlines()[0] == (
        "person_id,key,skill_iri,level,strength,achieved_on,last_valid_day,issuer,reference"
    )
    assert files()["crosswalk.csv"].splitlines()[0] == (
        "source_iri,target_iri,relation,levels,source_release,target_release"
    )
    assert set(files()) == set(COLUMNS)


def test_the_company_has_120_people_in_12_teams() -> None:
    people = [row for row in rows("people.csv") if is_active(row)]
    assert len(people) == 120
    assert len({row["person_id"] for row in rows("people.csv")}) == len(rows("people.csv"))
    assert Counter(row["team_id"] for row in people) == TEAM_SIZES
    assert {row["team_id"] for row in rows("teams.csv")} == set(TEAM_SIZES)


def test_the_names_are_those_that_break_software() -> None:
    names = [row["name"] for row in rows("people.csv") if is_active(row)]
    assert names.count("Anna Müller") == 2
    assert {"Sukarno", "-5", "Chloé O'Brien-Nguyen", "Hanna Weiß", "Ayşe Demir", "Björn Åkesson"} <= set(
        names
    )


def test_the_edges_of_the_roster_are_there() -> None:
    people = [row for row in rows("people.csv") if is_active(row)]
    assert Counter(row["x_employment_type"] for row in people) == {
        "employee": 113,
        "agency": 4,
        "apprentice": 2,
        "adviser": 1,
    }
    on_leave = [row["team_id"] for row in people if row["x_leave"]]
    assert sorted(on_leave) == ["LOG", "OPS-B", "SAL"]
    assert sum(row["x_fte"] == "0.5" and row["team_id"] == "SAL" for row in people) == 6
    kinds = Counter(row["kind"] for row in rows("assignments.csv"))
    assert kinds["target"] == 2
    assert kinds["acting"] == 1
    assert [row["name"] for row in people if not row["role_ids"] and row["x_employment_type"] == "adviser"]


def test_the_rehire_is_a_gap_between_memberships() -> None:
    spells = [row for row in rows("memberships.csv") if row["person_id"] == person("Nina Albrecht")]
    assert [(row["valid_from"], row["valid_to"]) for row in spells] == [
        ("2019-04-01", "2025-03-31"),
        ("2026-02-01", ""),
    ]


def test_log_moves_from_commercial_to_operations() -> None:
    moves = [
        (row["parent_team_id"], row["valid_from"]) for row in rows("teams.csv") if row["team_id"] == "LOG"
    ]
    assert moves == [("COM", ""), ("OPS", "2026-04-01")]


def test_the_acting_manager_follows_the_one_who_left() -> None:
    managers = [
        (row["manager_id"], row["valid_from"]) for row in rows("teams.csv") if row["team_id"] == "OPS-B"
    ]
    assert managers == [(person("Dieter Wolff"), ""), (person("Ayşe Demir"), "2026-05-01")]


def test_the_catalogue_has_40_courses_and_their_aliases_are_claimed_once() -> None:
    courses = rows("catalogue.csv")
    assert sum(row["kind"] == "course" for row in courses) == 40
    assert sum(row["kind"] == "module" for row in courses) == 4
    patterns = [pattern for row in courses for pattern in row["activity_patterns"].split(";")]
    assert len(patterns) == len(set(patterns))
    assert {row["lang"] for row in courses} == {"de", "en"}


@pytest.mark.skipif(
    not (SHARED / "demo.md").exists(), reason="the company's description lies beside the checkout only"
)
def test_the_skills_are_those_of_the_description() -> None:
    text = (SHARED / "demo.md").read_text(encoding="utf-8")
    esco = {iri.rsplit("/", 1)[1] for iri in SKILLS.values() if "esco" in iri}
    assert all(f"`{uuid}`" in text for uuid in esco)
    assert len(esco) == 54


def test_every_skill_is_required_or_proven() -> None:
    used = {row["skill_iri"] for row in rows("requirements.csv")} | {
        row["skill_iri"] for row in rows("certificates.csv")
    }
    assert set(SKILLS.values()) == used


def test_roles_and_team_rows_say_what_must_be_known() -> None:
    needs = rows("requirements.csv")
    assert {row["scope_id"] for row in needs if row["scope"] == "role"} == {
        "machine-operator",
        "maintenance-technician",
        "warehouse-operative",
        "warehouse-agency",
        "quality-inspector",
        "data-analyst",
        "software-developer",
        "account-manager",
        "team-leader",
    }
    headcounts = {(row["scope_id"], row["headcount"]) for row in needs if row["headcount"]}
    assert headcounts == {
        ("OPS", "10%"),
        ("OPS", "1"),
        ("LOG", "2"),
        ("OPS-A", "2"),
        ("OPS-B", "2"),
        ("MNT", "2"),
        ("SAL", "5"),
    }
    assert {row["min_strength"] for row in needs} <= {"completed", "assessed", "verified", "certified"}
    known_roles = {row["scope_id"] for row in needs if row["scope"] == "role"}
    held = {role for row in rows("people.csv") for role in row["role_ids"].split(";") if role}
    assert held <= known_roles


def test_nine_of_sixteen_in_log_have_no_forklift_card_past_july() -> None:
    members = {row["person_id"] for row in rows("people.csv") if row["team_id"] == "LOG" and is_active(row)}
    cards = [row for row in rows("certificates.csv") if row["skill_iri"] == skill("forklift")]
    safe = {row["person_id"] for row in cards if row["last_valid_day"] >= "2026-08-01"}
    assert len(members) == 16
    assert len(members - safe) == 9


def test_the_driver_was_licensed_on_the_day_of_the_accident_and_ever_since() -> None:
    cards = sorted(
        (row["achieved_on"], row["last_valid_day"])
        for row in rows("certificates.csv")
        if row["person_id"] == person("Grzegorz Jankowski") and row["key"] == "p-01"
    )
    assert cards == [("2021-03-16", "2026-03-15"), ("2026-03-14", "2031-03-13")]


def test_operations_has_eight_active_first_aiders_and_log_one_of_two() -> None:
    subtree = {"OPS", "OPS-A", "OPS-B", "MNT", "LOG", "QA"}
    people = {row["person_id"]: row for row in rows("people.csv") if is_active(row)}
    holders = [
        people[row["person_id"]]
        for row in rows("certificates.csv")
        if row["key"] == "p-02"
        and row["last_valid_day"] >= WRITTEN_FOR.isoformat()
        and row["person_id"] in people
    ]
    active = [row for row in holders if row["team_id"] in subtree and not row["x_leave"]]
    assert len(active) == 8
    assert sum(row["team_id"] == "LOG" for row in active) == 1
    assert sum(row["team_id"] == "LOG" for row in holders) == 2
    base = [row for row in people.values() if row["team_id"] in subtree and not row["x_leave"]]
    assert len(base) == 71


def test_one_expert_holds_plc_at_level_4() -> None:
    experts = [
        row for row in rows("certificates.csv") if row["skill_iri"] == skill("plc") and row["level"] == "4"
    ]
    assert [row["person_id"] for row in experts] == [person("Jörg Lindner")]


def test_the_three_accounts_of_the_split_person_are_in_no_file() -> None:
    row = next(row for row in rows("people.csv") if row["name"] == "Katharina Brandt")
    assert row["identities"] == ""
    assert "|4711" not in files()["people.csv"]
    assert "katharina.sommer" not in files()["people.csv"]


def test_one_address_belonged_to_a_leaver_and_then_to_a_newcomer() -> None:
    owners = [row for row in rows("people.csv") if row["email"] == "a.mueller@rheintal.example"]
    assert sorted((row["name"], row["start_date"] > "2025-12-31", row["end_date"]) for row in owners) == [
        ("Anna Müller", True, ""),
        ("Arno Müller", False, "2025-10-31"),
    ]
    emails = Counter(row["email"] for row in rows("people.csv"))
    assert [email for email, times in emails.items() if times > 1] == ["a.mueller@rheintal.example"]


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2025, 3, 1), date(2027, 1, 15)])
def test_all_dates_move_with_the_day(today: date) -> None:
    shift = today - WRITTEN_FOR
    for name in COLUMNS:
        before, after = rows(name), rows(name, today)
        assert len(before) == len(after)
        for old, new in zip(before, after, strict=True):
            for column in old:
                if column in DATE_COLUMNS and old[column]:
                    days = date.fromisoformat(new[column]) - date.fromisoformat(old[column]) - shift
                    # A validity in years may take one day more or less around 29 February.
                    assert abs(days) <= timedelta(days=1), (name, column, old, new)
                else:
                    assert old[column] == new[column]


def test_the_near_twins_are_joined_by_close_matches() -> None:
    assert [(row["source_iri"], row["target_iri"], row["relation"]) for row in rows("crosswalk.csv")] == [
        (skill("first-aid-knowledge"), skill("first-aid"), "closeMatch"),
        (skill("crm-software"), skill("crm"), "closeMatch"),
    ]


def test_the_same_day_and_seed_give_the_same_files() -> None:
    assert company_files(WRITTEN_FOR) == files()
    assert company_files(WRITTEN_FOR, seed=7) != files()


def test_write_company_writes_what_company_files_returns(tmp_path: Path) -> None:
    write_company(tmp_path, WRITTEN_FOR)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == dict(files())
