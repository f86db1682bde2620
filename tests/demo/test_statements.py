"""The ten messy events are all in the feed, and nothing else is unexplained."""

from collections import Counter
from datetime import date, timedelta
from itertools import groupby

import pytest

from lms_bridge.demo.statements import DemoStatement, sources, statements
from tests.demo.seen import WRITTEN_FOR, everything, files, identity, of, owners, person, rows

OUTAGE = ("2026-02-09", "2026-02-13")


def day_of(item: DemoStatement) -> str:
    return str(item.statement["timestamp"])[:10]


def first_times() -> list[DemoStatement]:
    """Every statement once, in sending order."""
    return list({item.statement["id"]: item for item in reversed(everything())}.values())[::-1]


def test_the_same_day_and_seed_give_the_same_statements() -> None:
    assert tuple(statements(WRITTEN_FOR)) == everything()
    assert tuple(statements(WRITTEN_FOR, seed=7)) != everything()


def test_two_days_never_share_a_statement_id() -> None:
    other = {item.statement["id"] for item in everything(date(2024, 2, 29))}
    assert other.isdisjoint(item.statement["id"] for item in everything())


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2025, 3, 1)])
def test_all_timestamps_move_with_the_day(today: date) -> None:
    shift = today - WRITTEN_FOR
    before = Counter(
        date.fromisoformat(day_of(item)) + shift for item in everything() if day_of(item) > "1971"
    )
    after = Counter(date.fromisoformat(day_of(item)) for item in everything(today) if day_of(item) > "1971")
    assert before == after


def test_a_few_thousand_statements_come_from_four_sources() -> None:
    count = Counter(item.source for item in everything())
    assert set(count) == {source.name for source in sources()} == {"moodle", "openedx", "cmi5", "skillstream"}
    assert 4000 < sum(count.values()) < 8000


def test_a_batch_is_one_request_of_one_source_without_repeated_ids() -> None:
    numbers = []
    for number, items in groupby(everything(), key=lambda item: item.batch):
        batch = list(items)
        numbers.append(number)
        assert len(batch) <= 80
        assert len({(item.source, item.via, item.expected) for item in batch}) == 1
        assert len({item.statement["id"] for item in batch}) == len(batch)
    assert numbers == list(range(1, len(numbers) + 1))


def test_sixty_accounts_are_unknown_and_forty_of_them_are_customers() -> None:
    seen = {identity(item.statement["actor"]) for item in everything() if item.expected != "refused"}
    unknown = seen - set(owners())
    assert len(unknown) == 60
    in_moodle = [name for name in unknown if name.startswith("https://moodle.rheintal.example|80")]
    others = {"https://moodle.rheintal.example|4711", "mailto:katharina.sommer@rheintal.example"}
    in_openedx = [name for name in unknown if name.startswith("https://learn.")]
    assert others <= unknown
    assert (len(in_moodle), len(in_openedx)) == (25, 15 + 1)


def test_only_the_recycled_address_has_two_owners() -> None:
    assert [name for name, ids in owners().items() if len(ids) > 1] == ["mailto:a.mueller@rheintal.example"]


def test_event_1_passed_is_repeated_3_to_40_times_by_nine_people() -> None:
    runs = Counter(
        identity(item.statement["actor"])
        for item in first_times()
        if item.statement["verb"]["id"].endswith("/passed") and "RC+SQL2+" in item.statement["object"]["id"]
    )
    repeats = sorted(times - 1 for times in runs.values() if times > 1)
    assert repeats == [3, 5, 7, 9, 12, 18, 25, 31, 40]
    priya = [day_of(item) for item in of(person("Priya Raman"), verb="/passed", about="RC+SQL2+")]
    assert date.fromisoformat(max(priya)) - date.fromisoformat(min(priya)) == timedelta(days=240)


@pytest.mark.parametrize("name", ["Andrzej Mazur", "Karl-Heinz Brückner"])
def test_event_2_two_technicians_fail_a_voluntary_retry(name: str) -> None:
    attempts = [
        (day_of(item), item.statement["result"]["success"])
        for item in of(person(name), verb="/completed", about="quiz/view.php?id=111")
    ]
    assert sorted(attempts) == [("2025-09-10", True), ("2026-05-20", False)]


def test_event_3_a_badge_is_forfeited_and_the_statement_is_two_days_late() -> None:
    badge = list(of(person("Murat Yıldız"), about="badges/overview.php?id=7"))
    assert [(day_of(item), item.statement["verb"]["id"].rsplit("/", 1)[1]) for item in badge] == [
        ("2025-11-03", "achieved"),
        ("2026-03-12", "forfeited"),
    ]
    before = [
        day_of(item) for item in everything()[: everything().index(badge[1])] if item.source == "moodle"
    ]
    assert before[-1] == "2026-03-14"


def test_event_4_five_close_the_tab_after_the_pass() -> None:
    left = [item for item in everything() if item.statement["verb"]["id"].endswith("/abandoned")]
    assert len(left) == 5
    for item in left:
        registration = item.statement["context"]["registration"]
        session = {
            other.statement["verb"]["id"].rsplit("/", 1)[1]
            for other in everything()
            if other.statement.get("context", {}).get("registration") == registration
        }
        assert session == {"launched", "initialized", "passed", "abandoned"}


def test_event_5_twelve_are_waived_and_fifteen_satisfied() -> None:
    verbs = Counter(item.statement["verb"]["id"].rsplit("/", 1)[1] for item in everything())
    assert (verbs["waived"], verbs["satisfied"]) == (12, 15)
    waived = next(item.statement for item in everything() if item.statement["verb"]["id"].endswith("/waived"))
    assert waived["result"]["success"] is True
    assert waived["result"]["completion"] is True
    looks_done = {
        identity(item.statement["actor"])
        for item in everything()
        if item.statement["verb"]["id"].endswith(("/waived", "/satisfied"))
    }
    really_done = {
        identity(item.statement["actor"])
        for item in everything()
        if item.statement["verb"]["id"].endswith("/completed")
        and "warehouse-safety" in str(item.statement.get("context"))
    }
    assert len(looks_done) == 15
    assert looks_done.isdisjoint(really_done)


def test_event_6_three_accounts_of_one_person_learn_nine_courses() -> None:
    accounts = {"https://moodle.rheintal.example|4711", "mailto:katharina.sommer@rheintal.example"}
    accounts |= {
        identity(item.statement["actor"])
        for item in everything()
        if item.source == "openedx"
        and identity(item.statement["actor"]) not in owners()
        and "PROD" not in str(item.statement["object"])
    }
    assert len(accounts) == 3
    ends = Counter(
        item.source
        for item in first_times()
        if identity(item.statement["actor"]) in accounts
        and item.statement["verb"]["id"].endswith(("/completed", "/passed"))
        and item.statement["object"]["definition"]["type"].endswith(("/course", "/attempt"))
    )
    assert ends == {"moodle": 3, "skillstream": 4, "openedx": 2}


def test_event_6_the_recycled_address_speaks_in_both_years() -> None:
    days = {
        day_of(item)
        for item in everything()
        if identity(item.statement["actor"]) == "mailto:a.mueller@rheintal.example"
    }
    assert min(days) < "2025-10-31"
    assert max(days) > "2026-01-01"
    assert not any("2025-10-31" < day < "2026-01-01" for day in days)


def test_event_7_half_marks_arrive_as_zero() -> None:
    scaled = Counter(
        item.statement["result"]["score"]["scaled"]
        for item in first_times()
        if item.source == "moodle"
        and "score" in item.statement.get("result", {})
        and item.expected == "stored"
    )
    assert (scaled[0.0], scaled[0.5]) == (31, 8)
    lesson = [item.statement["result"]["score"] for item in everything() if item.expected == "either"]
    assert lesson == [{"raw": 0, "min": 0, "max": 0, "scaled": 0}]


def test_event_9_moodle_is_silent_and_then_replays_1240_statements() -> None:
    backfilled = [
        item
        for item in everything()
        if item.source == "moodle"
        and (OUTAGE[0] <= day_of(item) <= OUTAGE[1] or day_of(item) < "1971" or day_of(item) > "2030")
    ]
    ids = Counter(item.statement["id"] for item in backfilled)
    assert (len(ids), len(backfilled)) == (1240, 1640)
    clocks = Counter(
        day_of(item)[:4] for item in first_times() if day_of(item) < "1971" or day_of(item) > "2030"
    )
    assert (clocks["1970"], clocks["2051"]) == (3, 2)
    sent = [day_of(item) for item in everything() if item.source == "moodle"]
    first = next(index for index, day in enumerate(sent) if OUTAGE[0] <= day <= OUTAGE[1])
    assert max(day for day in sent[:first] if day < "2030") >= "2026-02-18"


def test_the_administrators_two_tests_are_voided_later() -> None:
    batch_of = {item.statement["id"]: item.batch for item in everything()}
    voidings = [item for item in everything() if item.statement["verb"]["id"].endswith("/voided")]
    assert len(voidings) == 2
    assert all(batch_of[item.statement["object"]["id"]] < item.batch for item in voidings)


def test_one_batch_of_fifty_has_one_bad_statement() -> None:
    bad = [item for item in everything() if item.expected == "refused"]
    assert len(bad) == 50
    assert len({item.batch for item in bad}) == 1
    assert [identity(item.statement["actor"]) for item in bad].count("") == 1


def test_openedx_sends_object_types_that_do_not_exist() -> None:
    groups = [item for item in everything() if item.statement["object"].get("objectType") == "GroupActivity"]
    assert groups
    assert {(item.source, item.via) for item in groups} == {("openedx", "raw")}


def test_fourteen_of_sales_finish_a_course_that_no_rule_counts() -> None:
    team = {row["person_id"]: row["team_id"] for row in rows("people.csv")}
    finished = {
        owners()[identity(item.statement["actor"])][0]
        for item in everything()
        if item.statement["object"]["id"] == "urn:skillstream:course:2005"
    }
    assert len(finished) == 14
    assert {team[person_id] for person_id in finished} == {"SAL"}


def test_nothing_is_learned_before_the_first_day_with_the_company() -> None:
    starts = {row["person_id"]: row["start_date"] for row in rows("people.csv")}
    for item in everything():
        ids = owners().get(identity(item.statement["actor"]), ())
        if len(ids) == 1 and day_of(item) > "1971":
            assert day_of(item) >= starts[ids[0]] or item.statement["verb"]["id"].endswith(
                ("registered", "played")
            )


def test_sven_is_the_latest_at_plc_level_3() -> None:
    passes = {
        identity(item.statement["actor"]): day_of(item)
        for item in everything()
        if item.statement["verb"]["id"].endswith("/passed")
        and "plc-level-3" in str(item.statement["context"])
    }
    latest = max(passes, key=lambda name: passes[name])
    assert owners()[latest] == (person("Sven Hartmann"),)
    assert passes[latest] == "2026-03-11"
    assert "plc" not in files()["teams.csv"]
