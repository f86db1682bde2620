"""Deriving on a real database: worker and rebuild agree byte for byte, whatever came in which order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from lms_bridge import clock
from lms_bridge.credentials.open_badges import TIERS, Standing, Tier
from lms_bridge.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from lms_bridge.evidence.causes import PersonCauses, RuleBook
from lms_bridge.evidence.history import Derived, derive
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import derivation
from lms_bridge.pipeline.confirmations import EFFECTS, assert_own, confirm, take_back
from lms_bridge.pipeline.credentials import check_credentials, import_credentials
from lms_bridge.pipeline.derivation import rebuild
from lms_bridge.pipeline.imports import import_rules
from lms_bridge.pipeline.issuer_decisions import follow_issuer, trust_issuer
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.company import evidence_known
from lms_bridge.store.database import session_of
from tests.credentials.issuing import Academy
from tests.databases import DatabaseKind, Databases
from tests.pipeline.company import (
    FAILED,
    FIRST_DAY,
    OTHER_SKILL,
    PASSED,
    SKILL,
    Company,
    statement,
    statement_id,
    voiding,
)

# LMS_BRIDGE_TEST_INTERLEAVINGS=300 for a long night.
INTERLEAVINGS = int(os.environ.get("LMS_BRIDGE_TEST_INTERLEAVINGS", "8"))
RUN = "https://lms.example/course/course-v1:Co+Aid+{}"
COURSE = "https://lms.example/course/course-v1:Co+Aid"
QUIZ = "https://lms.example/quiz/1"
ADDRESS = "shared@example.com"
BOOKS = "https://lms.example/book/{}"

PATTERN = """
[[pattern]]
id = "passed"
canonical = "course_key"
[pattern.when]
verb = ["http://adlnet.gov/expapi/verbs/passed"]
[pattern.withdrawn_by]
verb = ["http://adlnet.gov/expapi/verbs/failed"]
effect = "{effect}"
"""
RULE = """
[[rule]]
id = "{id}"
uses = "passed"
[rule.when]
{condition}
{needs}
[[rule.gives]]
skill = "{skill}"
level = {level}
strength = "completed"
{validity}
"""


def pack(*rules: str, effect: str = "ended") -> str:
    return 'pack = "co"\n' + PATTERN.format(effect=effect) + "".join(rules)


def a_rule(
    rule_id: str = "r1",
    condition: str = 'object = "aid"',
    *,
    skill: str = SKILL,
    level: int = 2,
    validity: str = "",
    needs: str = "",
) -> str:
    return RULE.format(
        id=rule_id, condition=condition, skill=skill, level=level, validity=validity, needs=needs
    )


@pytest.fixture
def company(migrated_database_url: str, tmp_path: Path) -> Iterator[Company]:
    opened = Company.open(migrated_database_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def running(company: Company) -> Company:
    """Ada has an account, the course is in the catalogue, and a rule counts it."""
    company.roster({"ada": ["ada"], "bo": []})
    company.catalogue({"aid": [RUN.format("*")]})
    company.rules(pack(a_rule()))
    company.drain()
    return company


def assert_rebuild_agrees(company: Company) -> None:
    company.drain()
    assert company.waiting() == 0
    incremental = company.derived()
    company.start_again()
    assert company.derived() == incremental


def test_a_statement_is_evidence_after_the_drain(running: Company) -> None:
    running.post(statement(1, "ada", RUN.format("2026"), day=3))
    assert running.waiting() == 1
    assert running.facts() == []
    running.drain()
    (fact,) = running.facts()
    assert (fact["person_id"], fact["skill_iri"], fact["level"]) == ("ada", SKILL, 2)
    assert (fact["achieved_on"], fact["statement_id"]) == ("2026-01-08", statement_id(1))


def test_the_same_statement_again_changes_nothing(running: Company) -> None:
    body = statement(1, "ada", RUN.format("2026"), day=3)
    running.post(body)
    running.drain()
    before = running.derived()
    assert running.post(body).already_stored == 1
    assert running.waiting() == 0
    running.drain()
    assert running.derived() == before


def test_another_statement_under_a_stored_id_is_a_conflict(running: Company) -> None:
    running.post(statement(1, "ada", RUN.format("2026"), day=3))
    with pytest.raises(ConflictError, match="stored with other content"):
        running.post(statement(1, "ada", RUN.format("2026"), day=4))


@pytest.mark.parametrize("is_void_first", [True, False])
def test_a_voided_statement_proves_nothing(running: Company, *, is_void_first: bool) -> None:
    bodies = [statement(1, "ada", RUN.format("2026"), day=3), voiding(2, 1)]
    for body in reversed(bodies) if is_void_first else bodies:
        running.post(body)
        running.drain()
    assert running.facts() == []
    assert (running.export(history=True) == b"") is is_void_first
    assert_rebuild_agrees(running)


def test_an_account_joined_later_brings_its_past_and_parted_takes_it(running: Company) -> None:
    running.post(statement(1, "bo-at-lms", RUN.format("2026"), day=3))
    running.drain()
    assert running.facts() == []
    running.roster({"ada": ["ada"], "bo": ["bo-at-lms"]})
    running.drain()
    assert [fact["person_id"] for fact in running.facts()] == ["bo"]
    running.roster({"ada": ["ada"], "bo": []})
    running.drain()
    assert running.facts() == []
    assert running.export(history=True) != b""
    assert_rebuild_agrees(running)


def test_a_changed_rule_without_a_choice_is_refused(running: Company) -> None:
    with pytest.raises(InvalidInputError, match=r"--from DATE .* --correction"):
        running.rules(pack(a_rule(level=3)))


def test_a_rule_from_a_day_keeps_the_past(running: Company) -> None:
    running.post(
        statement(1, "ada", RUN.format("2025"), day=3), statement(2, "ada", RUN.format("2026"), day=90)
    )
    running.rules(pack(a_rule(level=3)), new_from=date(2026, 3, 1))
    running.drain()
    assert [(fact["achieved_on"], fact["level"]) for fact in running.facts()] == [
        ("2026-01-08", 2),
        ("2026-04-05", 3),
    ]
    assert_rebuild_agrees(running)


def test_a_corrected_rule_holds_for_all_time(running: Company) -> None:
    running.post(statement(1, "ada", RUN.format("2025"), day=3))
    running.drain()
    running.rules(pack(a_rule(level=3)), is_correction=True)
    running.drain()
    assert [fact["level"] for fact in running.facts()] == [3]
    assert_rebuild_agrees(running)


@pytest.mark.parametrize("pattern", [COURSE, RUN.format("*"), RUN.format("2026")])
def test_a_catalogue_that_comes_after_the_statement_makes_it_count(company: Company, pattern: str) -> None:
    company.roster({"ada": ["ada"]})
    company.rules(pack(a_rule()))
    company.post(statement(1, "ada", RUN.format("2026"), day=3))
    company.drain()
    assert company.facts() == []
    company.catalogue({"aid": [pattern]})
    company.drain()
    assert len(company.facts()) == 1
    assert_rebuild_agrees(company)


@pytest.mark.parametrize("condition", ['object = "aid"', 'object = "ai*"', f'activity = "{COURSE}"'])
def test_a_rule_that_comes_after_the_statement_makes_it_count(company: Company, condition: str) -> None:
    company.roster({"ada": ["ada"]})
    company.rules(pack())
    company.catalogue({"aid": [COURSE]})
    company.post(statement(1, "ada", RUN.format("2026"), day=3))
    company.drain()
    company.rules(pack(a_rule(condition=condition)))
    company.drain()
    assert len(company.facts()) == 1
    assert_rebuild_agrees(company)


def test_an_alias_that_moves_keeps_what_was_learned_before(running: Company) -> None:
    running.post(statement(1, "ada", RUN.format("2026"), day=3))
    running.drain()
    running.catalogue({"aid": [], "other": [RUN.format("*")]})
    running.drain()
    assert [fact["achieved_on"] for fact in running.facts()] == ["2026-01-08"]
    running.catalogue({"other": [RUN.format("*")], "aid": []}, replace=True)
    running.drain()
    assert running.facts() == []
    assert_rebuild_agrees(running)


def test_two_files_of_one_pack_are_refused(running: Company) -> None:
    with session_of(running.engine) as session, pytest.raises(InvalidInputError, match="stands in two files"):
        import_rules(
            session,
            {"a.toml": pack(a_rule()).encode(), "b.toml": b'pack = "co"'},
            clock.now(),
        )


def test_an_account_that_somebody_has_on_some_days_only_waits_for_the_others(running: Company) -> None:
    for number, day in ((1, 3), (2, 6), (3, 9)):
        running.post(statement(number, "both", RUN.format(number), day=day))
    leaver = "account:https://lms.example|both"
    people = f"ada,Ada,,T,,,{leaver},2020-01-01,2026-01-09,\nbo,Bo,,T,,,{leaver},2026-01-12,,\n"
    running.people(people)
    assert_rebuild_agrees(running)
    assert [fact["person_id"] for fact in running.facts()] == ["ada", "bo"]
    assert any("unknown_actor" in line and "both" in line for line in running.derived()[1])


def test_a_report_as_known_earlier_does_not_change(running: Company) -> None:
    running.post(statement(1, "ada", RUN.format("2026"), day=3))
    running.drain()
    known_on = running.through()
    before = running.export(known_on), running.export(known_on, history=True)
    running.post(voiding(9, 1), statement(2, "ada", RUN.format("2026"), day=2))
    assert running.through() >= known_on
    running.rules(pack(a_rule(level=3)), is_correction=True)
    running.drain()
    assert (running.export(known_on), running.export(known_on, history=True)) == before
    running.start_again()
    assert (running.export(known_on), running.export(known_on, history=True)) == before


def test_what_waits_bounds_what_a_report_may_know(running: Company) -> None:
    stored_at = running.post(statement(1, "ada", RUN.format("2026"), day=3)).stored_at
    assert running.through() < stored_at
    running.drain()
    assert running.through() > stored_at


def test_a_failing_person_of_a_group_keeps_none_of_the_others_waiting(
    running: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.roster({"ada": ["ada"], "bo": ["bo"]})
    running.drain()
    running.post(
        statement(1, "ada", RUN.format("2026"), day=3), statement(2, "bo", RUN.format("2026"), day=3)
    )

    def failing(causes: PersonCauses, book: RuleBook) -> Derived:
        if causes.person_id == "ada":
            raise LookupError("told to fail")
        return derive(causes, book)

    monkeypatch.setattr(derivation, "derive", failing)
    assert running.deriver.drain().failed == 1
    assert {row["person_id"] for row in running.facts()} == {"bo"}
    monkeypatch.undo()
    running.drain()
    assert_rebuild_agrees(running)


def test_the_rebuild_use_case_finds_nothing_to_change(running: Company) -> None:
    running.post(statement(1, "ada", RUN.format("2026"), day=3), statement(2, "ada", QUIZ, day=4))
    running.drain()
    before = running.derived()
    for is_dry in (True, False):
        result = rebuild(running.engine, dry_run=is_dry)
        assert (result.appeared, result.vanished) == (0, 0)
    assert running.derived() == before


def test_a_rebuild_that_was_broken_off_goes_on_and_counts_on(
    running: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.roster({"ada": ["ada"], "bo": ["bo"]})
    running.post(*(statement(number, who, QUIZ, day=4) for number, who in enumerate(("ada", "bo", "bo"), 1)))
    running.drain()
    whole = rebuild(running.engine, dry_run=False)
    assert whole.people >= 2
    monkeypatch.setattr(derivation, "GROUP", 1)
    seen: list[derivation.RebuildResult] = []

    def break_off(done: derivation.RebuildResult, total: int) -> None:
        assert total == whole.people
        seen.append(done)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        rebuild(running.engine, dry_run=False, progress=break_off)
    assert [done.people for done in seen] == [1]
    assert rebuild(running.engine, dry_run=False, begin=seen[0]) == whole
    # Whoever stands before the mark is not derived again.
    answered: list[str] = []
    compared = derivation._compared

    def spy(
        deriver: derivation.Deriver, session: Any, group: Sequence[str], before: derivation.RebuildResult
    ) -> derivation.RebuildResult:
        answered.extend(group)
        return compared(deriver, session, group, before)

    monkeypatch.setattr(derivation, "_compared", spy)
    rebuild(running.engine, dry_run=True, begin=seen[0])
    assert seen[0].after not in answered
    assert len(answered) == whole.people - 1


def test_an_unknown_account_waits_with_its_facts_until_it_is_joined(running: Company) -> None:
    running.post(statement(1, "dora", RUN.format("2026"), day=3))
    running.drain()
    assert any("unknown_actor" in line and "dora" in line for line in running.derived()[1])
    running.roster({"ada": ["ada"], "bo": ["dora"]})
    running.drain()
    assert not any("unknown_actor" in line for line in running.derived()[1])
    assert_rebuild_agrees(running)


# Random interleavings

ACCOUNTS = ("ada", "bo", "shared", "dora")
ACTIVITIES = (RUN.format("2025"), RUN.format("2026"), QUIZ, BOOKS.format(1), BOOKS.format(2))
GROUP = '[rule.needs]\nat_least = 2\nof = ["aid", "book-1", "book-2"]'
VALIDITIES = ("", 'valid_for = "P40D"', 'valid_for = "P40D"\nrenew_window = "P15D"')
CATALOGUES: tuple[dict[str, list[str]], ...] = (
    {"aid": [RUN.format("*")], "book-1": [BOOKS.format(1)], "book-2": [BOOKS.format(2)]},
    {"aid": [COURSE], "book-1": [BOOKS.format(1)]},
    {"aid": [COURSE, QUIZ], "book-1": [], "book-2": [BOOKS.format("*")]},
    {"aid": [RUN.format("2026")], "book-1": [], "book-2": []},
)


BADGE = "https://academy.example/badges/first-aid"
HR, OWN = Reader("hr@example.com", "hr", None), Reader("ada@example.com", "employee", "ada")


class Interleavings(RuleBasedStateMachine):
    """Everything that can happen, in any order, with drains anywhere between."""

    company: Company

    def __init__(self) -> None:
        super().__init__()
        self.posted: dict[int, bytes] = {}
        self.remembered: list[tuple[datetime, bytes, bytes]] = []
        self.academy = Academy()
        self.voids = 0

    @rule(
        number=st.integers(0, 30),
        account=st.sampled_from(ACCOUNTS),
        activity=st.sampled_from(ACTIVITIES),
        day=st.integers(0, 90),
        verb=st.sampled_from([PASSED, PASSED, PASSED, FAILED]),
    )
    def post(self, number: int, account: str, activity: str, day: int, verb: str) -> None:
        body = self.posted.setdefault(number, statement(number, account, activity, day=day, verb=verb))
        self.company.post(body)

    @rule(voided=st.integers(0, 30))
    def void(self, voided: int) -> None:
        self.voids += 1
        self.company.post(voiding(1000 + self.voids, voided))

    @rule(
        shared=st.sampled_from(["ada", "bo", ""]),
        is_bo_joined=st.booleans(),
        valid_from=st.sampled_from(["", "2026-02-01"]),
    )
    def change_roster(self, shared: str, valid_from: str, *, is_bo_joined: bool) -> None:
        people = {"ada": ["ada"], "bo": ["bo"] if is_bo_joined else []}
        if shared:
            people[shared] = [*people[shared], "shared", ADDRESS]
        self.company.roster(people, valid_from)

    @rule(
        level=st.integers(1, 3),
        validity=st.sampled_from(VALIDITIES),
        condition=st.sampled_from(['object = "aid"', 'object = "a*"', f'activity = "{QUIZ}"']),
        has_group=st.booleans(),
        effect=st.sampled_from(["ended", "never_held"]),
        since=st.sampled_from([None, date(2026, 2, 1), date(2026, 3, 1)]),
    )
    def change_rules(
        self,
        level: int,
        validity: str,
        condition: str,
        effect: str,
        since: date | None,
        *,
        has_group: bool,
    ) -> None:
        rules = [a_rule("r1", condition, level=level, validity=validity)]
        if has_group:
            rules.append(a_rule("r2", "", skill=OTHER_SKILL, level=level, needs=GROUP, validity=validity))
        self.company.rules(pack(*rules, effect=effect), new_from=since, is_correction=since is None)

    @rule(number=st.integers(0, len(CATALOGUES) - 1), replace=st.booleans())
    def change_catalogue(self, number: int, *, replace: bool) -> None:
        self.company.catalogue(CATALOGUES[number], replace=replace)

    @rule(number=st.integers(1, 3))
    def take_badge(self, number: int) -> None:
        issued = FIRST_DAY + timedelta(days=20 * number)
        content = self.academy.jwt(
            skill=SKILL, recipient=f"mailto:{ADDRESS}", number=number, issued=issued, status=number
        )
        with session_of(self.company.engine) as session:
            import_credentials(
                session, self.company.settings, {"badge": content}, download=self.academy.download
            )

    @rule(
        tier=st.sampled_from(TIERS), level=st.integers(1, 3), badge=st.sampled_from(["", "", BADGE, "urn:x"])
    )
    def decide_issuer(self, tier: Tier, level: int, badge: str) -> None:
        standing = Standing(tier, Strength.ASSESSED, level)
        with session_of(self.company.engine) as session:
            trust_issuer(session, self.academy.issuer_id, standing, reason="drawn", achievement_id=badge)

    @rule(badge=st.sampled_from([BADGE, "urn:x"]))
    def follow_issuer(self, badge: str) -> None:
        with session_of(self.company.engine) as session, suppress(InvalidInputError):
            follow_issuer(session, self.academy.issuer_id, badge, reason="drawn")

    @rule(level=st.integers(1, 2), day=st.integers(1, 3), is_own=st.booleans())
    def say(self, level: int, day: int, *, is_own: bool) -> None:
        achieved_on = FIRST_DAY.date() + timedelta(days=day)
        with (
            session_of(self.company.engine) as session,
            suppress(InvalidInputError, ForbiddenError, NotFoundError),
        ):
            if is_own:
                assert_own(session, self.company.settings, OWN, SKILL, level, achieved_on, "")
            else:
                confirm(session, self.company.settings, HR, "ada", SKILL, level, achieved_on, "interview", "")

    @rule(place=st.integers(0, 5), effect=st.sampled_from(EFFECTS), day=st.integers(3, 20))
    def take_back(self, place: int, effect: str, day: int) -> None:
        with session_of(self.company.engine) as session:
            rows = [row for found in evidence_known(session, ["ada"], clock.now()).values() for row in found]
            held = [
                row.evidence_id for row in rows if row.fact.cited_kind == "award" and row.reversed_at is None
            ]
        if held:
            with (
                session_of(self.company.engine) as session,
                suppress(InvalidInputError, NotFoundError),
            ):
                ended_on = FIRST_DAY.date() + timedelta(days=day)
                take_back(
                    *(session, self.company.settings, HR, held[place % len(held)], ""),
                    effect,
                    ended_on,
                    "drawn",
                )

    @rule(number=st.integers(1, 3), is_lifted=st.booleans())
    def revoke_badge(self, number: int, *, is_lifted: bool) -> None:
        (self.academy.revoked.discard if is_lifted else self.academy.revoked.add)(number)
        with session_of(self.company.engine) as session:
            check_credentials(session, self.company.settings, download=self.academy.download)

    @rule(most=st.sampled_from([1, 2, None]))
    def drain(self, most: int | None) -> None:
        self.company.drain(most)

    @precondition(lambda self: len(self.remembered) < 3)
    @rule()
    def remember(self) -> None:
        self.company.drain()
        through = self.company.through()
        self.remembered.append(
            (through, self.company.export(through), self.company.export(through, history=True))
        )

    def teardown(self) -> None:
        try:
            assert_rebuild_agrees(self.company)
            for through, plain, history in self.remembered:
                assert self.company.export(through) == plain
                assert self.company.export(through, history=True) == history
        finally:
            self.company.close()


def test_any_interleaving_equals_a_rebuild(
    database_kind: DatabaseKind, databases: Databases, tmp_path: Path
) -> None:
    with ExitStack() as stack:

        class OnThisDatabase(Interleavings):
            def __init__(self) -> None:
                super().__init__()
                stack.close()
                url = stack.enter_context(databases.migrated(database_kind, tmp_path))
                self.company = Company.open(url, tmp_path)

        options: dict[str, Any] = {"max_examples": INTERLEAVINGS, "stateful_step_count": 25}
        run_state_machine_as_test(
            OnThisDatabase,
            settings=settings(deadline=None, suppress_health_check=list(HealthCheck), **options),
        )
