"""The picture that the demo's tour shows, computed by the product's own functions."""

from collections import Counter
from datetime import date, timedelta

import pytest

from lms_bridge.coverage.teams import headcounts, team_coverage
from lms_bridge.demo.cast import BY_HANDLE, OPENEDX, SPLIT_PERSON
from lms_bridge.demo.skills import SKILLS
from lms_bridge.evidence.attainment import attained
from lms_bridge.evidence.history import derive
from lms_bridge.skills.strengths import Strength
from tests.demo.picture import book, company, derived, person_causes, sheet
from tests.demo.seen import WRITTEN_FOR, owners, person, rows

DAYS = [WRITTEN_FOR, date(2024, 2, 29), date(2026, 11, 23)]
SHORT = {iri: name for name, iri in SKILLS.items()}


def level_of(person_id: str, skill: str, day: date, least: Strength = Strength.COMPLETED) -> int:
    facts = [row.fact for row in derived(WRITTEN_FOR, person_id).rows if row.fact.skill_iri == SKILLS[skill]]
    return attained(facts, day, least)


@pytest.mark.parametrize("today", DAYS)
def test_the_company_meets_two_thirds_log_fewest_and_swe_most(today: date) -> None:
    shares = {
        team_id: team_coverage(company(today), team_id, sheet=sheet(today)).met.share or 0.0
        for team_id in company(today).teams
    }
    whole = team_coverage(company(today), "CO", tree=True, sheet=sheet(today)).met.share
    assert round(100 * (whole or 0)) == 68
    assert min(shares, key=lambda team_id: shares[team_id]) == "LOG"
    assert max(shares, key=lambda team_id: shares[team_id]) == "SWE"
    assert (round(100 * shares["LOG"]), round(100 * shares["SWE"])) == (41, 91)


@pytest.mark.parametrize("today", DAYS)
def test_seven_skills_hang_on_one_person(today: date) -> None:
    found = [
        (team_id, SHORT[skill.skill_iri])
        for team_id in sorted(company(today).teams)
        for skill in team_coverage(company(today), team_id, sheet=sheet(today)).skills
        if skill.is_single_point
    ]
    assert found == [
        ("DAT", "staff-safety"),
        ("LOG", "first-aid"),
        ("MNT", "plc"),
        ("OPS", "dangerous-goods-transport"),
        ("QA", "spc"),
        ("QA", "staff-safety"),
        ("SAL", "sales-pitch"),
    ]


@pytest.mark.parametrize("today", DAYS)
def test_twenty_three_attainments_expire_within_90_days(today: date) -> None:
    ending: Counter[str] = Counter()
    for row in rows("people.csv", today):
        if row["end_date"]:
            continue
        facts = [item.fact for item in derived(today, row["person_id"]).rows]
        for skill_iri in {fact.skill_iri for fact in facts}:
            own = [fact for fact in facts if fact.skill_iri == skill_iri]
            later = attained(own, today + timedelta(days=90), Strength.COMPLETED)
            ending[SHORT[skill_iri]] += attained(own, today, Strength.COMPLETED) > later
    assert +ending == {
        "safety": 6,
        "infosec": 4,
        "electrical-safety": 4,
        "forklift": 4,
        "first-aid": 2,
        "fire-extinguishers": 2,
        "warehouse-safety": 1,
    }


def test_the_head_counts_are_those_of_the_tour() -> None:
    counts = {
        (count.team_id, SHORT[count.skill_iri]): (len(count.holder_ids), count.needed)
        for count in headcounts(sheet(WRITTEN_FOR), frozenset(company(WRITTEN_FOR).teams))
    }
    assert counts == {
        ("OPS", "first-aid"): (8, 8),
        ("OPS", "dangerous-goods-transport"): (1, 1),
        ("LOG", "first-aid"): (1, 2),
        ("OPS-A", "fire-extinguishers"): (2, 2),
        ("OPS-B", "fire-extinguishers"): (2, 2),
        ("MNT", "plc"): (1, 2),
        ("SAL", "english"): (6, 5),
    }


def test_jorg_is_the_only_plc_expert_and_sven_the_next_best_since_march() -> None:
    maintenance = team_coverage(company(WRITTEN_FOR), "MNT", sheet=sheet(WRITTEN_FOR))
    plc = next(skill for skill in maintenance.skills if skill.skill_iri == SKILLS["plc"])
    assert plc.holder_ids == (person("Jörg Lindner"),)
    assert plc.next_best is not None
    assert plc.next_best.person_id == person("Sven Hartmann")
    assert (plc.next_best.level, plc.next_best.since) == (3, date(2026, 3, 11))


def test_repeats_of_passed_keep_the_first_day_and_the_first_end() -> None:
    facts = [row.fact for row in derived(WRITTEN_FOR, person("Priya Raman")).rows]
    assert [(fact.achieved_on, fact.ended_on) for fact in facts if fact.object_key == "x-02"] == [
        (date(2025, 9, 15), date(2028, 9, 15))
    ]


@pytest.mark.parametrize("name", ["Andrzej Mazur", "Karl-Heinz Brückner"])
def test_a_failed_refresher_takes_nothing_back(name: str) -> None:
    assert level_of(person(name), "electrical-safety", date(2026, 9, 9)) == 3
    assert level_of(person(name), "electrical-safety", date(2026, 9, 10)) == 0


def test_a_forfeited_badge_was_held_until_the_day_it_was_taken_back() -> None:
    murat = person("Murat Yıldız")
    assert level_of(murat, "lead-team", date(2026, 1, 31)) == 3
    assert level_of(murat, "lead-team", date(2026, 3, 12)) == 0
    cell = sheet(WRITTEN_FOR).cell(murat, SKILLS["lead-team"])
    assert (cell.status, cell.reason) == ("unmet", "reversed")


@pytest.mark.parametrize(
    "name", ["Sven Hartmann", "Andrzej Mazur", "Emre Polat", "Florian Seidel", "Timo Winkler"]
)
def test_a_closed_tab_after_the_pass_keeps_the_level(name: str) -> None:
    assert level_of(person(name), "plc", WRITTEN_FOR) == 3


def test_fifteen_who_look_finished_in_c_02_are_named_as_no_proof() -> None:
    reasons = {
        (row["person_id"], reading.reason.split(":")[0].split(" is")[0])
        for row in rows("people.csv")
        for reading in derived(WRITTEN_FOR, row["person_id"]).readings
        if reading.kind == "not_proof" and reading.object_key == "c-02"
    }
    assert Counter(reason for _, reason in reasons) == {"waived by an administrator": 12, "satisfied": 15}
    assert all(level_of(person_id, "warehouse-safety", WRITTEN_FOR) == 0 for person_id, _ in reasons)


def test_joining_three_accounts_moves_eleven_facts() -> None:
    split = person("Katharina Brandt")
    assert derived(WRITTEN_FOR, split).rows == ()
    accounts = (
        "account:https://moodle.rheintal.example|4711",
        "mbox:mailto:katharina.sommer@rheintal.example",
        f"account:{OPENEDX}|{BY_HANDLE[SPLIT_PERSON].openedx_id}",
    )
    assert {account.partition(":")[2] for account in accounts}.isdisjoint(owners())
    joined = derive(person_causes(WRITTEN_FOR, split, accounts), book(WRITTEN_FOR))
    assert len(joined.rows) == 11


def test_the_statements_of_2025_stay_with_the_leaver() -> None:
    days = {
        name: sorted(
            row.fact.achieved_on
            for row in derived(WRITTEN_FOR, person_id).rows
            if row.fact.object_key[0] == "s"
        )
        for name, person_id in (("leaver", person("Arno Müller")), ("newcomer", person("Anna Müller", "SAL")))
    }
    assert days["leaver"] == [date(2025, 4, 10), date(2025, 6, 18)]
    assert days["newcomer"]
    assert days["newcomer"][0] >= date(2026, 1, 1)


def test_the_movers_new_requirements_are_due_in_july() -> None:
    quality = team_coverage(company(WRITTEN_FOR), "QA", sheet=sheet(WRITTEN_FOR))
    mover = [cell for (person_id, _), cell in quality.cells.items() if person_id == person("Ralf Neumann")]
    still_open = [cell for cell in mover if cell.status == "open"]
    assert len(still_open) == 6
    assert {cell.due_on for cell in still_open} == {date(2026, 7, 14)}


def test_learning_of_the_silent_week_has_the_day_of_the_event() -> None:
    facts = [
        row.fact for row in derived(WRITTEN_FOR, person("Lea Schäfer")).rows if row.fact.object_key == "m-04"
    ]
    assert [fact.achieved_on for fact in facts] == [date(2026, 2, 11)]
    clocks = [
        reading
        for row in rows("people.csv")
        for reading in derived(WRITTEN_FOR, row["person_id"]).readings
        if reading.kind == "clock"
    ]
    assert len(clocks) == 5


def test_the_driver_was_licensed_on_the_day_of_the_accident_and_is_today() -> None:
    driver = person("Grzegorz Jankowski")
    for day in (date(2026, 3, 15), date(2026, 3, 16), WRITTEN_FOR):
        assert level_of(driver, "forklift", day, Strength.CERTIFIED) == 2


def test_fourteen_people_of_sales_head_the_unmapped_learning() -> None:
    people = {
        (reading.object_key, row["person_id"])
        for row in rows("people.csv")
        for reading in derived(WRITTEN_FOR, row["person_id"]).readings
        if reading.kind == "unmapped"
    }
    by_object = Counter(key for key, _ in people)
    assert by_object.most_common(1) == [("s-05", 14)]


def test_the_adviser_without_a_role_is_in_no_ratio() -> None:
    management = team_coverage(company(WRITTEN_FOR), "CO", sheet=sheet(WRITTEN_FOR))
    cells = [
        cell for (person_id, _), cell in management.cells.items() if person_id == person("Aurelio Conti")
    ]
    assert {cell.status for cell in cells} == {"exempt", "not_required"}


def test_every_reason_for_a_gap_occurs() -> None:
    whole = team_coverage(company(WRITTEN_FOR), "CO", tree=True, sheet=sheet(WRITTEN_FOR))
    reasons = Counter(cell.reason for cell in whole.cells.values() if cell.status == "unmet")
    assert set(reasons) == {"never", "too_low", "expired", "not_recognised", "reversed"}
