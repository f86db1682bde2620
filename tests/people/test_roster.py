"""The files that HR brings: which days follow from what stands where, and every fault with its place and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.errors import FileProblem, FileRefusedError
from lms_bridge.people.roster import RosterPlan, RosterState, plan_roster
from lms_bridge.timelines import Key, Span, Timeline

MONDAY = date(2026, 6, 1)
TEAMS = "team_id,name,parent_team_id,manager_id,valid_from\n"
PEOPLE = "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from"
MEMBERSHIPS = "person_id,team_id,kind,share,valid_from,valid_to\n"
ASSIGNMENTS = "person_id,role_id,kind,valid_from,valid_to\n"
EXEMPTIONS = "person_id,skill_iri,role_id,reason,valid_from,valid_to\n"
ALWAYS = (None, None)


class Roster:
    """What is stored; each import moves the day on and applies what it plans."""

    def __init__(self) -> None:
        self.state = RosterState()
        self.today = MONDAY

    def plan(self, files: Mapping[str, str], limit: float = 0.5) -> RosterPlan:
        return plan_roster(
            {name: text.encode() for name, text in files.items()}, self.state, self.today, limit
        )

    def load(self, limit: float = 0.5, **files: str) -> RosterPlan:
        """Import files (`people="…"` without header is people.csv) and apply the changes."""
        plan = self.plan({f"{name}.csv": text for name, text in files.items()}, limit)
        tables: dict[str, dict[Key, Timeline]] = {
            name: dict(getattr(self.state, name)) for name in RosterState.__dataclass_fields__
        }
        for change in plan.changes:
            left = [span for span in tables[change.table].get(change.key, ()) if span not in change.retired]
            spans = sorted((*left, *change.added), key=lambda span: span.begin or date.min)
            tables[change.table][change.key] = tuple(spans)
        self.state = RosterState(**tables)
        return plan

    def later(self, days: int = 30) -> date:
        self.today += timedelta(days=days)
        return self.today

    def days(self, table: str, *key: str) -> list[tuple[date | None, date | None]]:
        timeline: Timeline = getattr(self.state, table).get(key, ())
        return [(span.begin, span.end) for span in timeline]

    def values(self, table: str, *key: str) -> list[tuple[object, ...]]:
        return [span.values for span in getattr(self.state, table).get(key, ())]


def teams(*rows: str) -> str:
    return TEAMS + "\n".join(rows or ("T1,Payroll,,,", "T2,Sales,,,")) + "\n"


def people(*rows: str, extra: str = "") -> str:
    return PEOPLE + extra + "\n" + "\n".join(rows) + "\n"


def person(
    person_id: str = "ada",
    *,
    team: str = "T1",
    email: str = "",
    roles: str = "",
    accounts: str = "",
    start: str = "2020-03-01",
    end: str = "",
    since: str = "",
    manager: str = "",
    name: str = "Ada",
    extra: str = "",
) -> str:
    return f"{person_id},{name},{email},{team},{manager},{roles},{accounts},{start},{end},{since}{extra}"


@pytest.fixture
def roster() -> Roster:
    """Two teams and Ada, who started in Payroll on 1 March 2020."""
    made = Roster()
    made.load(teams=teams(), people=people(person()))
    return made


# The dates


def test_a_team_seen_for_the_first_time_holds_without_a_beginning(roster: Roster) -> None:
    assert roster.days("teams", "T1") == [ALWAYS]


def test_only_a_change_to_a_known_team_starts_on_the_import_day(roster: Roster) -> None:
    day = roster.later()
    roster.load(teams=teams("T1,Payroll,T2,,", "T2,Sales,,,"))
    assert roster.days("teams", "T1") == [(None, day), (day, None)]
    assert roster.values("teams", "T1") == [("Payroll", None, None), ("Payroll", "T2", None)]
    assert roster.days("teams", "T2") == [ALWAYS]


def test_a_change_with_a_day_starts_on_that_day(roster: Roster) -> None:
    roster.later()
    roster.load(teams=teams("T1,Payroll,T2,,2026-01-01"))
    assert roster.days("teams", "T1") == [(None, date(2026, 1, 1)), (date(2026, 1, 1), None)]


def test_several_rows_of_a_team_are_its_whole_story(roster: Roster) -> None:
    roster.load(teams=teams("T1,Pay,,,", "T1,Payroll,,,2025-01-01", "T2,Sales,,,"))
    assert roster.days("teams", "T1") == [(None, date(2025, 1, 1)), (date(2025, 1, 1), None)]


def test_a_person_belongs_to_the_team_from_start_date_on_first_sight(roster: Roster) -> None:
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), None)]


def test_names_hold_without_a_beginning_and_change_on_the_import_day(roster: Roster) -> None:
    day = roster.later()
    roster.load(people=people(person(name="Ada L.")))
    assert roster.days("people", "ada") == [(None, day), (day, None)]


@pytest.mark.parametrize(("since", "expected"), [("", None), ("2026-06-15", date(2026, 6, 15))])
def test_a_move_counts_in_the_new_team_from_the_day_of_the_move(
    roster: Roster, since: str, expected: date | None
) -> None:
    day = expected or roster.later()
    roster.load(people=people(person(team="T2", since=since)))
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), day)]
    assert roster.days("memberships", "ada", "T2", "line") == [(day, None)]


def test_an_end_date_is_an_inclusive_last_day(roster: Roster) -> None:
    roster.load(people=people(person(end="2026-06-30")))
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), date(2026, 7, 1))]


def test_the_calendars_last_day_is_no_end(roster: Roster) -> None:
    roster.load(people=people(person(end="9999-12-31")))
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), None)]


def test_an_end_that_is_put_off_leaves_no_gap(roster: Roster) -> None:
    roster.load(people=people(person(end="2026-06-30")))
    roster.load(people=people(person(end="2026-12-31")))
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), date(2027, 1, 1))]
    roster.load(people=people(person()))
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), None)]


@pytest.mark.parametrize("team", ["T1", "T2"])
def test_a_rehire_is_a_gap_between_memberships(roster: Roster, team: str) -> None:
    roster.load(people=people(person(end="2026-06-30")))
    roster.later(200)
    roster.load(people=people(person(team=team, start="2026-11-01", roles="welder")))
    first = (date(2020, 3, 1), date(2026, 7, 1))
    again = (date(2026, 11, 1), None)
    kept = roster.days("memberships", "ada", "T1", "line")
    assert kept == ([first, again] if team == "T1" else [first])
    assert roster.days("memberships", "ada", team, "line")[-1] == again


def test_absent_people_end_on_the_import_day(roster: Roster) -> None:
    roster.load(people=people(person(), person("bo", roles="welder")))
    day = roster.later()
    plan = roster.load(people=people(person()))
    assert plan.ended_people == ("bo",)
    assert roster.days("memberships", "bo", "T1", "line") == [(date(2020, 3, 1), day)]
    assert roster.days("assignments", "bo", "welder", "main") == [(date(2020, 3, 1), day)]


def test_absent_people_without_a_team_end_too(roster: Roster) -> None:
    roster.load(people=people(person(), person("bo", team="", roles="welder")))
    day = roster.later()
    roster.load(people=people(person()))
    assert roster.days("assignments", "bo", "welder", "main") == [(date(2020, 3, 1), day)]


def test_a_truncated_file_is_refused(roster: Roster) -> None:
    roster.load(people=people(*(person(f"p{number}") for number in range(10))), limit=1)
    with pytest.raises(FileRefusedError, match=r"7 of 10 people are absent .* is the file cut off"):
        roster.load(people=people(*(person(f"p{number}") for number in range(3))), limit=0.5)


def test_roles_of_people_are_main_and_second_and_unknown_ones_are_created(roster: Roster) -> None:
    roster.load(people=people(person(roles="welder;cook")))
    assert roster.days("assignments", "ada", "welder", "main") == [(MONDAY, None)]
    assert ("ada", "cook", "second") in roster.state.assignments
    assert roster.values("roles", "cook") == [("cook",)]


def test_a_first_role_of_a_known_person_is_a_change_and_of_a_new_one_is_not(roster: Roster) -> None:
    day = roster.later()
    roster.load(people=people(person(roles="cook"), person("bo", roles="cook")))
    assert roster.days("assignments", "ada", "cook", "main") == [(day, None)]
    assert roster.days("assignments", "bo", "cook", "main") == [(date(2020, 3, 1), None)]


def test_a_changed_role_closes_the_old_and_opens_the_new(roster: Roster) -> None:
    roster.load(people=people(person(), person("bo", roles="welder")))
    day = roster.later()
    roster.load(people=people(person(), person("bo", roles="cook")))
    assert roster.days("assignments", "bo", "welder", "main") == [(date(2020, 3, 1), day)]
    assert roster.days("assignments", "bo", "cook", "main") == [(day, None)]


def test_the_second_import_changes_nothing(roster: Roster) -> None:
    files = {
        "teams": teams("T1,Payroll,T2,ada,", "T2,Sales,,,"),
        "people": people(
            person(email="ada@x.example", accounts="account:https://lms|7", roles="welder", extra=",Berlin"),
            person("bo", team="T2", end="2026-12-31", extra=","),
            extra=",x_site",
        ),
        "memberships": MEMBERSHIPS + "ada,T2,project,0.4,2026-01-01,2026-09-30\n",
        "assignments": ASSIGNMENTS + "bo,cook,target,,\n",
        "exemptions": EXEMPTIONS + "bo,urn:s:1,,is a doctor,2026-01-01,\n",
    }
    roster.load(0.5, **files)
    assert roster.plan({f"{name}.csv": text for name, text in files.items()}).changes == ()
    roster.later(1)
    assert roster.plan({f"{name}.csv": text for name, text in files.items()}).changes == ()


# Memberships, assignments, exemptions


def test_persons_in_memberships_take_those_rows_instead(roster: Roster) -> None:
    day = roster.later()
    rows = "ada,T2,line,,2026-06-10,\nada,T1,project,40%,2026-06-10,2026-06-30\n"
    roster.load(people=people(person()), memberships=MEMBERSHIPS + rows)
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), day)]
    assert roster.days("memberships", "ada", "T2", "line") == [(date(2026, 6, 10), None)]
    assert roster.days("memberships", "ada", "T1", "project") == [(date(2026, 6, 10), date(2026, 7, 1))]
    assert roster.values("memberships", "ada", "T1", "project") == [(Decimal("0.40"),)]


def test_rows_absent_from_memberships_end_on_the_import_day(roster: Roster) -> None:
    roster.load(people=people(person()), memberships=MEMBERSHIPS + "ada,T2,project,,2026-01-01,\n")
    day = roster.later()
    roster.load(people=people(person()), memberships=MEMBERSHIPS)
    assert roster.days("memberships", "ada", "T2", "project") == [(date(2026, 1, 1), day)]


def test_without_the_file_project_places_and_target_roles_stay(roster: Roster) -> None:
    roster.load(
        people=people(person(roles="cook")),
        memberships=MEMBERSHIPS + "ada,T1,line,,2020-03-01,\nada,T2,project,,2026-01-01,\n",
        assignments=ASSIGNMENTS + "ada,cook,main,2026-01-01,\nada,chef,target,2026-01-01,\n",
    )
    roster.later()
    roster.load(people=people(person(roles="cook")))
    assert roster.days("memberships", "ada", "T2", "project") == [(date(2026, 1, 1), None)]
    assert roster.days("assignments", "ada", "chef", "target") == [(date(2026, 1, 1), None)]


def test_memberships_alone_are_read_and_touch_only_whom_they_list(roster: Roster) -> None:
    roster.load(people=people(person(), person("bo")))
    day = roster.later()
    roster.load(
        memberships=MEMBERSHIPS + "ada,T2,line,,2026-06-10,\n", assignments=ASSIGNMENTS + "bo,chef,,,\n"
    )
    assert roster.days("memberships", "ada", "T2", "line") == [(date(2026, 6, 10), None)]
    assert roster.days("memberships", "ada", "T1", "line") == [(date(2020, 3, 1), day)]
    assert roster.days("memberships", "bo", "T1", "line") == [(date(2020, 3, 1), None)]
    assert roster.days("assignments", "bo", "chef", "main") == [ALWAYS]
    assert roster.values("roles", "chef") == [("chef",)]


def test_exemptions_absent_from_the_file_stay(roster: Roster) -> None:
    roster.load(exemptions=EXEMPTIONS + "ada,urn:s:1,,is a doctor,2026-01-01,2026-12-31\n")
    roster.load(exemptions=EXEMPTIONS)
    assert roster.days("exemptions", "ada", "urn:s:1", "") == [(date(2026, 1, 1), date(2027, 1, 1))]


# Attributes


def test_an_attribute_seen_for_the_first_time_holds_always_and_a_change_from_today(roster: Roster) -> None:
    roster.load(people=people(person(extra=",Berlin"), extra=",x_site"))
    day = roster.later()
    roster.load(people=people(person(extra=",Bonn"), extra=",x_site"))
    assert roster.days("attributes", "ada", "x_site") == [(None, day), (day, None)]


def test_a_first_leave_is_a_change_and_not_a_leave_since_ever(roster: Roster) -> None:
    roster.load(people=people(person(extra=","), extra=",x_leave"))
    day = roster.later()
    roster.load(people=people(person(extra=",parental"), extra=",x_leave"))
    assert roster.values("attributes", "ada", "x_leave") == [("",), ("parental",)]
    assert roster.days("attributes", "ada", "x_leave") == [(None, day), (day, None)]


# Identities

SEVEN = "account:https://lms.example|7"


def test_an_account_that_nobody_else_held_counts_without_a_beginning_whatever_valid_from(
    roster: Roster,
) -> None:
    roster.load(people=people(person(accounts=SEVEN, since="2026-05-01")))
    assert roster.days("identities", SEVEN, "ada") == [ALWAYS]


def test_an_account_that_another_person_held_counts_from_valid_from(roster: Roster) -> None:
    roster.load(people=people(person(accounts=SEVEN), person("bo")))
    roster.load(people=people(person(), person("bo", accounts=SEVEN, since="2026-05-01")))
    assert roster.days("identities", SEVEN, "ada") == [(None, date(2026, 5, 1))]
    assert roster.days("identities", SEVEN, "bo") == [(date(2026, 5, 1), None)]


def test_else_it_counts_from_start_date(roster: Roster) -> None:
    roster.load(people=people(person(accounts=SEVEN)))
    roster.load(people=people(person(), person("bo", accounts=SEVEN, start="2026-04-01")))
    assert roster.days("identities", SEVEN, "bo") == [(date(2026, 4, 1), None)]


def test_an_account_joined_in_error_is_taken_back(roster: Roster) -> None:
    roster.load(people=people(person(accounts=SEVEN)))
    roster.load(people=people(person()))
    assert roster.days("identities", SEVEN, "ada") == []


def test_an_account_joined_in_error_goes_whole_to_somebody_without_any_date(roster: Roster) -> None:
    roster.load(people=people(person(accounts=SEVEN), person("bo", start="")))
    roster.load(people=people(person(), person("bo", start="", accounts=SEVEN)))
    assert roster.days("identities", SEVEN, "ada") == []
    assert roster.days("identities", SEVEN, "bo") == [ALWAYS]


MAIL = "mbox:mailto:ada@x.example"


def test_the_address_is_an_identity_without_case_until_it_changes(roster: Roster) -> None:
    roster.load(people=people(person(email="Ada@X.example")))
    assert roster.days("identities", MAIL, "ada") == [ALWAYS]
    day = roster.later()
    roster.load(people=people(person(email="ada.l@x.example")))
    assert roster.days("identities", MAIL, "ada") == [(None, day)]
    assert roster.days("identities", "mbox:mailto:ada.l@x.example", "ada") == [ALWAYS]


def test_an_address_that_comes_back_to_the_same_person_counts_always(roster: Roster) -> None:
    for email in ("ada@x.example", "other@x.example", "ada@x.example"):
        roster.load(people=people(person(email=email)))
        roster.later()
    assert roster.days("identities", MAIL, "ada") == [ALWAYS]


def test_a_recycled_address_ends_for_the_first_when_it_changed(roster: Roster) -> None:
    roster.load(people=people(person(email="ada@x.example")))
    day = roster.later()
    new = (person(email="ada.l@x.example"), person("bo", email="ada@x.example", since="2026-09-01"))
    roster.load(people=people(*new))
    assert roster.days("identities", MAIL, "ada") == [(None, day)]
    assert roster.days("identities", MAIL, "bo") == [(date(2026, 9, 1), None)]


def test_an_address_passed_to_and_fro_belongs_to_each_in_turn(roster: Roster) -> None:
    roster.load(people=people(person(email="ada@x.example"), person("bo")))
    one = roster.later()
    roster.load(people=people(person(), person("bo", email="ada@x.example", since=one.isoformat())))
    two = roster.later()
    roster.load(people=people(person(email="ada@x.example"), person("bo")))
    assert roster.days("identities", MAIL, "ada") == [(None, one), (two, None)]
    assert roster.days("identities", MAIL, "bo") == [(one, two)]


def test_an_account_moved_to_and_fro_within_a_day_is_no_fault(roster: Roster) -> None:
    for holder in ("ada", "bo", "ada", "bo", "ada"):
        accounts = {"ada": "", "bo": ""} | {holder: SEVEN}
        rows = (person(accounts=accounts["ada"]), person("bo", start="2021-01-01", accounts=accounts["bo"]))
        roster.load(people=people(*rows))
    assert roster.days("identities", SEVEN, "ada")[-1] == (MONDAY, None)
    assert roster.days("identities", SEVEN, "bo") == [(date(2021, 1, 1), MONDAY)]


def test_a_leaver_and_a_joiner_of_one_file_share_an_address_by_their_days() -> None:
    roster = Roster()
    rows = (
        person(email="info@x.example", end="2025-12-31"),
        person("bo", email="info@x.example", start="2026-02-01"),
    )
    roster.load(teams=teams(), people=people(*rows))
    assert roster.days("identities", "mbox:mailto:info@x.example", "ada") == [(None, date(2026, 1, 1))]
    assert roster.days("identities", "mbox:mailto:info@x.example", "bo") == [(date(2026, 2, 1), None)]


def test_digests_of_addresses_compare_without_case(roster: Roster) -> None:
    roster.load(people=people(person(accounts=f"mbox_sha1sum:{'AB' * 20}")))
    assert roster.days("identities", f"mbox_sha1sum:{'ab' * 20}", "ada") == [ALWAYS]


def test_leaving_does_not_end_an_account(roster: Roster) -> None:
    roster.load(people=people(person(), person("bo", accounts=SEVEN)))
    roster.later()
    roster.load(people=people(person()))
    assert roster.days("identities", SEVEN, "bo") == [ALWAYS]


# Faults


def problems(roster: Roster, limit: float = 1, **files: str) -> list[tuple[str, int, str, str]]:
    before = roster.state
    with pytest.raises(FileRefusedError) as refused:
        roster.load(limit, **files)
    assert roster.state == before
    found: tuple[FileProblem, ...] = refused.value.problems
    assert all(problem.remedy for problem in found)
    return [(problem.file, problem.line, problem.column, problem.value) for problem in found]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (person(team="T9"), "team_id", "T9"),
        (person(manager="zoe"), "manager_id", "zoe"),
        (person(start="1.3.2020"), "start_date", "1.3.2020"),
        (person(start="2020-02-30"), "start_date", "2020-02-30"),
        (person(end="2019-01-01"), "end_date", "2019-01-01"),
        (person(since="soon"), "valid_from", "soon"),
        (person(name=""), "name", ""),
        (person(""), "person_id", ""),
        (person(email="ada"), "email", "ada"),
        (person(accounts="ada"), "identities", "ada"),
        (person(accounts="mbox:mailto:ada"), "identities", "mbox:mailto:ada"),
        (person(accounts="account:https://lms"), "identities", "account:https://lms"),
        (person(accounts="mbox_sha1sum:12"), "identities", "mbox_sha1sum:12"),
        (person(accounts="openid:ada"), "identities", "openid:ada"),
    ],
)
def test_a_fault_names_line_column_and_value(roster: Roster, row: str, column: str, value: str) -> None:
    found = problems(roster, people=people(person("bo"), row))
    assert ("people.csv", 3, column, value) in found


def test_a_person_stands_once(roster: Roster) -> None:
    assert problems(roster, people=people(person(), person())) == [("people.csv", 3, "person_id", "ada")]


def test_an_account_of_two_people_from_the_same_day_is_refused() -> None:
    roster = Roster()
    rows = people(person(accounts=SEVEN), person("bo", accounts=SEVEN))
    assert problems(roster, teams=teams(), people=rows) == [("people.csv", 3, "identities", SEVEN)]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (("T1,,,,",), (2, "name", "")),
        (("T1,Payroll,T9,,",), (2, "parent_team_id", "T9")),
        (("T1,Payroll,T1,,",), (2, "parent_team_id", "T1")),
        (("T1,Payroll,T2,,", "T2,Sales,T1,,"), (2, "parent_team_id", "T2")),
        (("T1,Payroll,,,x",), (2, "valid_from", "x")),
        (("T1,Payroll,,,", "T1,Pay,,,"), (3, "team_id", "T1")),
    ],
)
def test_faults_of_teams(roster: Roster, rows: tuple[str, ...], fault: tuple[int, str, str]) -> None:
    assert ("teams.csv", *fault) in problems(roster, teams=teams(*rows))


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("zoe,T1,line,,,", "person_id", "zoe"),
        ("ada,T9,line,,,", "team_id", "T9"),
        ("ada,T1,guest,,,", "kind", "guest"),
        ("ada,T1,project,2,,", "share", "2"),
        ("ada,T1,project,half,,", "share", "half"),
        ("ada,T1,project,,2026-02-01,2026-01-01", "valid_to", "2026-01-01"),
    ],
)
def test_faults_of_memberships(roster: Roster, row: str, column: str, value: str) -> None:
    assert ("memberships.csv", 2, column, value) in problems(roster, memberships=MEMBERSHIPS + row + "\n")


def test_overlapping_memberships_are_refused(roster: Roster) -> None:
    rows = "ada,T1,line,,2020-01-01,2021-01-01\nada,T1,line,,2021-01-01,\n"
    assert problems(roster, memberships=MEMBERSHIPS + rows) == [
        ("memberships.csv", 3, "valid_from", "2021-01-01")
    ]


def test_a_member_who_is_not_in_people_is_a_fault(roster: Roster) -> None:
    roster.load(people=people(person(), person("bo")))
    found = problems(roster, people=people(person()), memberships=MEMBERSHIPS + "bo,T1,line,,,\n")
    assert found == [("memberships.csv", 0, "person_id", "bo")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("zoe,urn:s:1,,reason,,", "person_id"),
        ("ada,,,reason,,", "skill_iri"),
        ("ada,urn:s:1,cook,reason,,", "skill_iri"),
        ("ada,urn:s:1,,,,", "reason"),
        ("ada,urn:s:1,,reason,2026-02-01,2026-01-01", "valid_to"),
    ],
)
def test_faults_of_exemptions(roster: Roster, row: str, column: str) -> None:
    found = problems(roster, exemptions=EXEMPTIONS + row + "\n")
    assert ("exemptions.csv", 2, column) in [problem[:3] for problem in found]


def test_overlapping_exemptions_are_refused(roster: Roster) -> None:
    rows = "ada,urn:s:1,,one,2026-01-01,\nada,urn:s:1,,two,2026-02-01,\n"
    assert problems(roster, exemptions=EXEMPTIONS + rows) == [
        ("exemptions.csv", 3, "valid_from", "2026-02-01")
    ]


def test_an_unknown_column_is_refused_and_one_with_x_is_an_attribute(roster: Roster) -> None:
    found = problems(roster, people=people(person(extra=",1,2"), extra=",x_site,site"))
    assert found == [("people.csv", 1, "site", "")]


def test_all_faults_of_all_files_are_told_at_once_and_nothing_is_applied(roster: Roster) -> None:
    found = problems(
        roster, teams=teams("T1,,,,"), people=people(person(team="T9")), exemptions=EXEMPTIONS + "zoe,,,,,\n"
    )
    assert {problem[0] for problem in found} == {"teams.csv", "people.csv", "exemptions.csv"}


def test_other_files_are_ignored_but_one_must_be_known(roster: Roster) -> None:
    assert roster.plan({"teams.csv": teams(), "notes.txt": "hello"}).changes == ()
    with pytest.raises(FileRefusedError, match=r"none of teams\.csv"):
        roster.plan({"notes.txt": "hello"})


def test_spans_of_state_are_what_the_plan_says() -> None:
    assert Span((), None, None).covers(MONDAY)


CLAIMS = st.lists(
    st.tuples(
        st.sampled_from(["ada", "bo", "cem", ""]),
        st.sampled_from(["", "", "2026-02-01", "2026-07-15"]),
        st.integers(0, 40),
    ),
    max_size=7,
)


@given(CLAIMS)
def test_an_account_belongs_to_one_person_a_day_whatever_files_say(
    claims: list[tuple[str, str, int]],
) -> None:
    roster = Roster()
    names = ("ada", "bo", "cem")
    for holder, since, days in claims:
        rows = [
            person(name, start=f"{2020 + place}-01-01", accounts=SEVEN if name == holder else "", since=since)
            for place, name in enumerate(names)
        ]
        roster.load(teams=teams(), people=people(*rows))
        assert roster.plan({"people.csv": people(*rows)}).changes == ()
        held = sorted(
            (begin or date.min, end or date.max)
            for name in names
            for begin, end in roster.days("identities", SEVEN, name)
        )
        for (_, end), (begin, _) in pairwise(held):
            assert end <= begin
        if holder:
            assert roster.days("identities", SEVEN, holder)[-1][1] is None
        roster.later(days)
