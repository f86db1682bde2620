"""The ten messy events of the demo: what a reader of the served company sees of each.

Days are those of the story, written for 2026-06-30. What was known on a past day is the matter of test_known_on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from lms_bridge.demo import cases, mess
from lms_bridge.demo.cast import BY_HANDLE, OPENEDX, RECYCLED_ADDRESS, SPLIT_MAIDEN_ADDRESS, SPLIT_PERSON
from lms_bridge.demo.skills import SKILLS
from lms_bridge.demo.statements import DemoStatement
from lms_bridge.skills.frameworks import short_id
from reports.content.words import day_word
from tests.demo.seen import everything
from tests.end_to_end.company import HEAT_MAP, Company
from tests.end_to_end.pages_read import table, words

DAY = timedelta(days=1)


def sent(company: Company, verb: str = "", about: str = "") -> Iterator[DemoStatement]:
    """Yield what the LMSs sent, by the end of the verb and a part of the statement."""
    for item in everything(company.today):
        if item.statement["verb"]["id"].endswith(verb) and about in json.dumps(item.statement):
            yield item


def cited(company: Company) -> frozenset[str]:
    return frozenset(row["statement_id"] for row in company.evidence("--history") if "statement_id" in row)


def ids(items: Iterator[DemoStatement]) -> frozenset[str]:
    return frozenset(item.statement["id"] for item in items)


def test_1_a_repeat_is_no_renewal(company: Company) -> None:
    rows = [row for row in company.evidence() if row["rule_id"] == "demo-x-02"]
    firsts = {row.handle: company.on(row.on) for row in cases.LEARNED if row.key == "x-02"}
    assert len(cases.REOPENED) == 9
    for handle, repeats in cases.REOPENED.items():
        person = BY_HANDLE[handle]
        own = [row for row in rows if row["person_id"] == person.person_id]
        first = firsts[handle]
        assert [(row["achieved_on"], row["ended_on"]) for row in own] == [
            (first.isoformat(), first.replace(year=first.year + 3).isoformat())
        ], handle
        agent = json.dumps({"account": {"homePage": OPENEDX, "name": person.openedx_id}})
        stored = company.stored("openedx", agent=agent, verb="http://adlnet.gov/expapi/verbs/passed")
        assert sum("SQL2" in item["object"]["id"] for item in stored) == 1 + repeats, handle
        page = words(company.person_page(handle, "sql"))
        assert f"last valid day {day_word(first.replace(year=first.year + 3) - DAY)}" in page


@pytest.mark.parametrize("handle", ["Andrzej Mazur", "Karl-Heinz Brückner"])
def test_2_a_failed_refresher_takes_nothing_back_and_no_manager_sees_it(
    company: Company, handle: str
) -> None:
    last = company.on("2025-09-10").replace(year=company.on("2025-09-10").year + 1) - DAY
    assert company.cell("MNT", handle, "electrical-safety", as_of=last)["status"] == "met"
    after = company.cell("MNT", handle, "electrical-safety", as_of=last + DAY)
    assert (after["status"], after["reason"]) == ("unmet", "expired")
    page = company.person_page(handle, "electrical-safety", who="joerg")
    assert f"last valid day {day_word(last)}" in words(page)
    share = next(row.score for row in cases.FAILED if row.handle == handle)
    assert share is not None
    person = BY_HANDLE[handle]
    failed = [
        item.statement
        for item in sent(company, "completed", f'"name": "{person.moodle_id}"')
        if item.statement.get("result", {}).get("score", {}).get("raw") == round(100 * share, 2)
    ]
    assert len(failed) == 1
    for address in (f"/people/{person.person_id}", "/teams/MNT", "/expiring", "/"):
        seen = company.page(address, "joerg")
        assert failed[0]["id"] not in seen
        assert day_word(company.on("2026-05-20")) not in words(seen), address
        assert f"{share:.2f}" not in words(seen)
    assert company.reader("joerg").get(f"/statements/{failed[0]['id']}").status_code == 404


def test_3_a_badge_taken_back_counts_up_to_that_day(company: Company) -> None:
    handle, _, taken_back = cases.WITHDRAWN_BADGE
    for skill in ("lead-team", "feedback"):
        assert company.cell("OPS-A", handle, skill, as_of=company.on("2026-01-31"))["status"] == "met"
        last = company.cell("OPS-A", handle, skill, as_of=company.on(taken_back) - DAY)
        assert (last["status"], last["attained"] > 0) == ("met", True)
        now = company.cell("OPS-A", handle, skill, as_of=company.on(taken_back))
        assert (now["status"], now["reason"], now["attained"]) == ("unmet", "reversed", 0)
    page = words(company.person_page(handle, "lead-team"))
    assert "Führung kompakt (Badge)" in page
    assert "withdrawn lead a team, 3 Independent Führung kompakt (Badge)" in page


def test_4_a_closed_tab_after_the_pass_keeps_the_level(company: Company) -> None:
    report = company.coverage("MNT")
    left = ids(sent(company, "abandoned"))
    assert len(left) == len(cases.ABANDONED) == 5
    assert not left & cited(company)
    page = table(company.page("/teams/MNT"), HEAT_MAP)
    for handle in cases.ABANDONED:
        assert page.cell(handle, "programmable logic controller").text.startswith("3/3 ✓")
    people = {person["name"]: person["cells"] for person in report["people"]}
    for handle in cases.ABANDONED:
        attained = [cell["attained"] for cell in people[handle] if cell["skill_iri"] == SKILLS["plc"]]
        assert attained == [3], handle


def test_5_a_waiver_is_no_proof_and_is_listed_as_that(company: Company) -> None:
    fifteen = (*cases.WAIVED, *cases.SATISFIED_AT_ENROLMENT)
    assert len(fifteen) == 15
    people = {BY_HANDLE[handle].person_id for handle in fifteen}
    assert not [
        row for row in company.evidence() if row["person_id"] in people and row["rule_id"] == "demo-c-02"
    ]
    weak = table(company.page("/queues/unmapped"), "Statements about mapped learning that prove nothing")
    found = {
        row[1].text.split(":")[0]: row[weak.heads.index("People")].text
        for row in weak.rows
        if row[0].text.startswith("Lagersicherheit")
    }
    assert found == {
        "waived by an administrator": "12",
        "satisfied is also sent after a waiver and at enrolment": "15",
    }
    for handle in fifteen:
        if "safety regulations for warehouses" in (
            page := words(company.person_page(handle, "warehouse-safety"))
        ):
            assert "Lagersicherheit, completed" not in page, handle


def test_6_joining_three_accounts_moves_eleven_facts_and_parting_brings_the_former_report(
    company: Company,
) -> None:
    person = BY_HANDLE[SPLIT_PERSON]
    accounts = (
        "account:https://moodle.rheintal.example|4711",
        f"mbox:mailto:{SPLIT_MAIDEN_ADDRESS}",
        f"account:{OPENEDX}|{person.openedx_id}",
    )
    waiting = table(company.page("/queues/unknown-actors"), "Accounts that no person claims")
    place = waiting.heads.index("Facts waiting")
    lines = {row[0].text: row[place].text for row in waiting.rows}
    assert sum(int(lines[text]) for text in lines for key in accounts if text.endswith(key)) == 11
    before, report = company.export(), company.coverage("SAL")
    for key in accounts:
        answer = company.post(
            "/queues/unknown-actors/join", "/queues/unknown-actors", agent_key=key, person_id=person.person_id
        )
        assert answer.status_code == 303
    company.settle()
    try:
        joined = [row for row in company.evidence() if row["person_id"] == person.person_id]
        assert len(joined) == 11
        assert company.coverage("SAL")["compliance"]["met"] > report["compliance"]["met"]
        assert all(key not in company.page("/queues/unknown-actors") for key in accounts)
    finally:
        for key in accounts:
            answer = company.post(
                "/queues/unknown-actors/part",
                "/queues/unknown-actors",
                agent_key=key,
                person_id=person.person_id,
            )
            assert answer.status_code == 303
        company.settle()
    assert company.export() == before
    after = company.coverage("SAL")
    assert after | {"known_on": ""} == report | {"known_on": ""}


def test_6_an_address_given_anew_leaves_the_past_with_the_leaver(company: Company) -> None:
    by_person: dict[str, list[date]] = {"Arno Müller": [], "Anna Müller (SAL)": []}
    for row in company.evidence():
        for handle, days in by_person.items():
            if row["person_id"] == BY_HANDLE[handle].person_id and str(row["rule_id"]).startswith("demo-s-"):
                days.append(date.fromisoformat(row["achieved_on"]))
    assert BY_HANDLE["Arno Müller"].email == BY_HANDLE["Anna Müller (SAL)"].email == RECYCLED_ADDRESS
    assert {*by_person["Arno Müller"]} == {company.on("2025-04-10"), company.on("2025-06-18")}
    assert by_person["Anna Müller (SAL)"]
    assert min(by_person["Anna Müller (SAL)"]) >= company.on("2026-01-01")


def test_7_half_marks_give_no_level(company: Company) -> None:
    asked = {"m-01", "m-03", "m-08", "m-10", "m-14"}
    half = [
        item.statement
        for item in sent(company, "completed", "mod_quiz")
        if item.statement["result"]["score"]["scaled"] == 0.0
    ]
    assert len(half) == sum(count for _, key, count in cases.HALF_MARKS if key in asked) == 31
    three_quarters = [
        item.statement["id"]
        for item in sent(company, "completed", "mod_quiz")
        if item.statement["result"]["score"]["scaled"] == 0.5 and "cmid=105" in item.statement["object"]["id"]
    ]
    assert len(three_quarters) == 8
    rows = {row["statement_id"]: row for row in company.evidence() if "statement_id" in row}
    assert not {item["id"] for item in half} & set(rows)
    assert [rows[statement_id]["level"] for statement_id in three_quarters] == [2] * 8
    assert not ids(sent(company, "completed", "mod/lesson")) & set(rows)


def test_8_a_reorganisation_is_a_step_with_a_footnote(company: Company) -> None:
    moved = company.on("2026-04-01")
    page = words(company.page("/"))
    assert f"Warehouse and logistics moved below Operations on {day_word(moved)}" in page
    before = company.coverage("COM", tree="1", as_of=moved - DAY)
    after = company.coverage("COM", tree="1", as_of=moved)
    log = {person.person_id for person in BY_HANDLE.values() if person.team_id == "LOG"}
    assert log & {person["person_id"] for person in before["people"]}
    assert not log & {person["person_id"] for person in after["people"]}
    mover = BY_HANDLE["Ralf Neumann"].person_id
    day = company.on("2026-04-15")
    teams = {
        (team_id, when)
        for team_id in ("MNT", "QA")
        for when in (day - DAY, day)
        if mover in {person["person_id"] for person in company.coverage(team_id, as_of=when)["people"]}
    }
    assert teams == {("MNT", day - DAY), ("QA", day)}


def test_8_the_movers_new_role_is_due_in_july_and_not_red(company: Company) -> None:
    cells = next(
        person["cells"]
        for person in company.coverage("QA")["people"]
        if person["person_id"] == BY_HANDLE["Ralf Neumann"].person_id
    )
    still_open = [cell for cell in cells if cell["status"] == "open"]
    assert len(still_open) == 6
    assert {cell["due_on"] for cell in still_open} == {company.on("2026-07-14").isoformat()}
    row = table(company.page("/teams/QA"), HEAT_MAP).row("Ralf Neumann")
    assert sum("not yet due" in cell.text for cell in row) == 6
    assert f"due {day_word(company.on('2026-07-14'))}" in words(company.person_page("Ralf Neumann"))


def test_8_an_issued_report_stays_as_issued(company: Company) -> None:
    asked = {"team": "COM", "tree": "1", "as_of": str(company.on("2026-03-31"))}
    first = company.page("/reports/team-coverage.csv", **asked)
    known_on = company.coverage("COM", as_of=asked["as_of"], tree="1")["known_on"]
    again = company.page("/reports/team-coverage.csv", **asked, known_on=known_on)
    assert first.count("\n") > 100
    assert again == first


def test_9_what_was_replayed_has_the_day_of_the_event_and_stands_once(company: Company) -> None:
    outage = [company.on(day) for day in mess.OUTAGE]
    batch_counts = Counter(item.statement["id"] for item in sent(company) if item.source == "moodle")
    assert sum(count == 2 for count in batch_counts.values()) == mess.REPEATED
    stored = Counter(item["id"] for item in company.stored("moodle"))
    assert max(stored.values()) == 1
    replayed = [
        row
        for row in company.evidence()
        if outage[0] <= date.fromisoformat(row["achieved_on"]) <= outage[1] and row["rule_id"] == "demo-m-04"
    ]
    names = {"Stefan Groß", "Lea Schäfer", "Petra Weiß", "Beate Kühn"}
    days = {
        row.handle: company.on(row.on) for row in cases.LEARNED if row.handle in names and row.key == "m-04"
    }
    found = {row["person_id"]: row["achieved_on"] for row in replayed}
    assert {BY_HANDLE[name].person_id: day.isoformat() for name, day in days.items()}.items() <= found.items()


def test_9_five_wrong_clocks_wait(company: Company) -> None:
    clocks = table(company.page("/queues/clocks"), "Statements whose time cannot be")
    says = [row[clocks.heads.index("Says")].text for row in clocks.rows]
    assert len(says) == 5
    assert sum(text.startswith("1970-") for text in says) == 3
    assert all("waits" in row[-1].text for row in clocks.rows)
    wrong = {row[0].text.rpartition(" ")[2] for row in clocks.rows}
    assert not wrong & cited(company)


def test_10_the_driver_was_licensed_on_the_day_of_the_accident(company: Company) -> None:
    driver = "Grzegorz Jankowski"
    accident = company.on("2026-03-15")
    for day in (accident, accident + DAY, company.today):
        assert company.cell("LOG", driver, "forklift", as_of=day)["status"] == "met", day
    page = table(company.page("/teams/LOG", as_of=accident), HEAT_MAP)
    assert page.cell(driver, "operate forklift").text.startswith("2/2 ✓ met")
    person = words(company.person_page(driver, "forklift"))
    assert f"{day_word(company.on('2021-03-16'))} to {day_word(accident)}" in person


def test_also_two_voided_tests_of_an_administrator_prove_nothing(company: Company) -> None:
    voided = [item.statement["object"]["id"] for item in sent(company, "voided")]
    assert len(voided) == 2
    assert not set(voided) & cited(company)
    with company.lms("moodle") as client:
        for statement_id in voided:
            assert client.get("statements", params={"statementId": statement_id}).status_code == 404
            assert client.get("statements", params={"voidedStatementId": statement_id}).status_code == 200


def test_also_one_bad_statement_refuses_its_batch_and_is_named(company: Company) -> None:
    bad = ids(item for item in sent(company) if item.expected == "refused")
    assert len(bad) == 50
    assert not bad & {item["id"] for item in company.stored("moodle")}
    page = words(company.page("/queues/rejected", source="moodle"))
    assert "statement 31 /actor/account/homePage" in page
    assert "XAPI-00042" in page
    assert "/result/score/min is 0 and max 0" in page


def test_also_known_defects_of_a_lenient_source_are_told(company: Company) -> None:
    groups = ids(
        item for item in sent(company) if item.statement["object"].get("objectType") == "GroupActivity"
    )
    assert len(groups) == 10
    page = words(company.page("/sources"))
    assert f"Accepted with known defects {len(groups)}" in page
    assert not groups & cited(company)


def test_also_unknown_accounts_wait_and_customers_are_nobody(company: Company) -> None:
    waiting = table(company.page("/queues/unknown-actors"), "Accounts that no person claims")
    assert len(waiting.rows) == 60
    customers = [
        row
        for row in waiting.rows
        if "Customer learner" in row[0].text
        or (
            row[0].text.startswith("without a name account:https://learn.")
            and row[waiting.heads.index("Facts waiting")].text == "–"
        )
    ]
    assert len(customers) == mess.CUSTOMERS_IN_MOODLE + mess.CUSTOMERS_IN_OPENEDX == 40


def test_also_chat_and_logins_are_on_no_managers_screen(company: Company) -> None:
    noise = ("logged", "sent", "replied", "viewed", "login", "logout")
    chatter = ids(item for verb in noise for item in sent(company, verb))
    assert len(chatter) > 1000
    assert not chatter & cited(company)
    for address in ("/", "/teams/MNT", f"/people/{BY_HANDLE['Sven Hartmann'].person_id}"):
        seen = company.page(address, "joerg")
        assert "Nachricht" not in seen
        assert "Schichtplan" not in seen
        assert "Merkblatt" not in seen
    for address in (
        "/queues/unmapped",
        "/queues/clocks",
        "/queues/rejected",
        "/queues/unknown-actors",
        "/sources",
    ):
        assert company.reader("joerg").get(address).status_code == 404


def test_also_near_twins_are_named_and_count_nothing(company: Company) -> None:
    for twin, other in (
        ("first-aid-knowledge", "provide first aid"),
        ("crm-software", "customer relationship management"),
    ):
        assert other in words(company.page(f"/skills/{short_id(SKILLS[twin])}")).partition("What it is")[2]
    for handle in ("Etienne Marchand", "Camille Girard"):
        rows = [row for row in company.evidence() if row["person_id"] == BY_HANDLE[handle].person_id]
        assert SKILLS["first-aid-knowledge"] in {row["skill_iri"] for row in rows}
        assert SKILLS["first-aid"] not in {row["skill_iri"] for row in rows}
