"""Open Badges as evidence: whose, from when, under which decisions; worker and rebuild agree whatever comes last."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge import clock
from lms_bridge.credentials.open_badges import Known, Standing, Tier, in_force
from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.credential_pages import credentials_page
from lms_bridge.pipeline.credentials import (
    CredentialResult,
    check_credentials,
    import_credentials,
)
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.imports import import_requirements
from lms_bridge.pipeline.issuer_decisions import follow_issuer, foresee, trust_issuer
from lms_bridge.pipeline.scoping import OPERATOR
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.company import unrecognised_badges
from lms_bridge.store.database import session_of
from reports.content.credentials import CredentialsPage
from reports.content.rules import Foresight
from tests.credentials.issuing import Academy
from tests.pipeline.company import SKILL, Company

PERSON = "{0},{1},{0}@example.com,T,,,{2},2020-01-01,,\n"


@dataclass
class Badges:
    """A company and an academy that gives its people badges."""

    company: Company
    academy: Academy

    def take(self, content: bytes) -> CredentialResult:
        with session_of(self.company.engine) as session:
            (result,) = import_credentials(
                session, self.company.settings, {"badge": content}, download=self.academy.download
            )
        return result

    def decide(
        self, tier: Tier = "trusted", *, level: int = 2, key: bytes | None = None, badge: str = ""
    ) -> int:
        standing = Standing(tier, Strength.ASSESSED, level)
        with session_of(self.company.engine) as session:
            return trust_issuer(
                *(session, self.academy.issuer_id, standing), reason="audited", key=key, achievement_id=badge
            )

    def people(self, *lines: str) -> None:
        self.company.people("".join(lines))

    def held(self) -> list[tuple[object, ...]]:
        """Return what is proved now: person, skill, level, day, end."""
        self.company.drain()
        names = ("person_id", "skill_iri", "level", "strength", "achieved_on", "ended_on")
        return [tuple(row[name] for name in names) for row in self.company.facts()]

    def agrees_with_a_rebuild(self) -> None:
        self.company.drain()
        incremental = self.company.derived()
        self.company.start_again()
        assert self.company.derived() == incremental


ADA = PERSON.format("ada", "Ada", "")
PROVED = [("ada", SKILL, 2, "assessed", "2026-03-04", None)]


@pytest.fixture
def badges(migrated_database_url: str, tmp_path: Path) -> Iterator[Badges]:
    opened = Company.open(migrated_database_url, tmp_path)
    yield Badges(opened, Academy())
    opened.close()


@pytest.mark.parametrize("order", ["person, trust, badge", "badge, trust, person", "trust, badge, person"])
def test_a_badge_counts_whatever_comes_last(badges: Badges, order: str) -> None:
    for step in order.split(", "):
        match step:
            case "person":
                badges.people(ADA)
            case "trust":
                badges.decide()
            case _:
                badges.take(badges.academy.jwt())
    assert badges.held() == PROVED
    badges.agrees_with_a_rebuild()


def test_what_becomes_of_a_badge_is_said_with_its_reason(badges: Badges) -> None:
    first = badges.take(badges.academy.jwt())
    assert (first.outcome, first.skills, first.is_new) == ("unrecognised", (SKILL,), True)
    assert "not decided" in first.reason
    assert "it waits" in first.reason
    badges.people(ADA)
    badges.decide()
    again = badges.take(badges.academy.jwt())
    assert (again.outcome, again.is_new, again.has_recipient) == ("recognised", False, True)
    badges.decide("refused")
    assert badges.take(badges.academy.jwt()).outcome == "refused"
    assert badges.take(b"hello").outcome == "refused"
    other = badges.take(badges.academy.jwt(skill="urn:elsewhere:1", number=2))
    assert other.unmatched == ("First aid",)
    assert "it names no skill" in badges.take(badges.academy.jwt(skill=None, number=3)).reason


@pytest.mark.parametrize("tier", ["known", "refused"])
def test_an_issuer_that_is_no_longer_trusted_proves_nothing_from_then_on(badges: Badges, tier: Tier) -> None:
    badges.people(ADA)
    badges.decide()
    badges.take(badges.academy.jwt())
    assert badges.held() == PROVED
    before = badges.company.through()
    assert badges.decide(tier) == 1
    assert badges.held() == []
    assert badges.company.export(before) != b""
    badges.decide(level=3)
    assert [row[2] for row in badges.held()] == [3]
    badges.agrees_with_a_rebuild()


def test_what_an_unrecognised_badge_is_to_its_person_follows_every_decision(badges: Badges) -> None:
    def doubts(instant: datetime) -> list[tuple[str, str, object]]:
        with session_of(badges.company.engine) as session:
            found = unrecognised_badges(session, ["ada", "bob"], instant)
            everybody = unrecognised_badges(
                session, [f"p{number}" for number in range(600)] + ["ada"], instant
            )
        assert everybody == {key: found[key] for key in found if key == "ada"}
        return [(person, item.doubt, item.ended_on) for person, items in found.items() for item in items]

    badges.people(ADA)
    before = clock.now()
    badges.take(badges.academy.jwt())
    undecided = clock.now()
    assert doubts(before) == []
    assert doubts(undecided) == [("ada", "undecided", None)]
    badges.decide("known")
    known = clock.now()
    assert doubts(known) == [("ada", "known", None)]
    badges.decide("refused")
    assert doubts(clock.now()) == []
    badges.decide("trusted")
    assert doubts(clock.now()) == []
    assert doubts(undecided) == [("ada", "undecided", None)], "what was known then does not change"
    badges.people(PERSON.format("bob", "Bob", ""))
    assert doubts(known) == [("ada", "known", None)]


def test_a_badge_that_was_taken_back_or_names_no_loaded_skill_is_no_doubt(badges: Badges) -> None:
    badges.people(ADA)
    badges.take(badges.academy.jwt(skill="urn:elsewhere:1"))
    badges.take(badges.academy.jwt(number=2, status=5))
    badges.academy.revoked.add(5)
    badges.take(badges.academy.jwt(number=2, status=5))
    with session_of(badges.company.engine) as session:
        (badge,) = unrecognised_badges(session, ["ada"], clock.now())["ada"]
    assert (badge.skill_iri, badge.ended_on) == (SKILL, clock.today(badges.company.settings.zone))


FIRST_AID = "https://academy.example/badges/first-aid"


def test_a_badge_that_was_decided_by_itself_can_follow_its_issuer_again(badges: Badges) -> None:
    company = badges.company

    def foreseen() -> list[tuple[str, str]]:
        with session_of(company.engine) as session:
            found = foresee(*(session, company.settings, OPERATOR, badges.academy.issuer_id, FIRST_AID), None)
        return [(gain.before, gain.after) for gain in found.gains]

    def follow(badge: str = FIRST_AID, reason: str = "a mistake") -> int:
        with session_of(company.engine) as session:
            return follow_issuer(session, badges.academy.issuer_id, badge, reason=reason)

    badges.people(ADA)
    badges.take(badges.academy.jwt())
    badges.decide(level=1)
    for refused in (foreseen, follow):
        with pytest.raises(InvalidInputError, match="decided by itself"):
            refused()
    badges.decide("refused", badge=FIRST_AID)
    assert badges.held() == []
    at_refused = company.through()
    assert foreseen() == [("", "1 Aware")]
    with pytest.raises(InvalidInputError, match="decided by itself"):
        follow(badge="")
    with pytest.raises(InvalidInputError, match="reason"):
        follow(reason=" ")
    assert badges.held() == []
    assert follow() == 1
    assert [row[2] for row in badges.held()] == [1]
    assert company.export(at_refused) == b""
    with session_of(company.engine) as session:
        page = credentials_page(session, company.settings, OPERATOR)
    assert [(line.achievement_id, line.tier) for line in page.issuers] == [("", "trusted")]
    badges.decide(level=3)
    assert [row[2] for row in badges.held()] == [3]
    badges.agrees_with_a_rebuild()


def test_what_is_decided_of_one_badge_goes_before_what_is_decided_of_its_issuer(badges: Badges) -> None:
    badges.people(ADA)
    badges.take(badges.academy.jwt())
    badges.decide("refused")
    badges.decide(level=3, badge=FIRST_AID)
    assert [row[2] for row in badges.held()] == [3]
    at_three = badges.company.through()
    badges.decide(level=1)
    assert [row[2] for row in badges.held()] == [3]
    badges.decide("known", badge=FIRST_AID)
    assert badges.held() == []
    with session_of(badges.company.engine) as session:
        (doubt,) = unrecognised_badges(session, ["ada"], clock.now())["ada"]
        assert unrecognised_badges(session, ["ada"], at_three) == {}
        page = credentials_page(session, badges.company.settings, OPERATOR)
    assert doubt.doubt == "known"
    assert [(line.achievement_id, line.tier, line.level) for line in page.issuers] == [
        ("", "trusted", 1),
        (FIRST_AID, "known", 2),
    ]
    (line,) = page.badges
    assert (line.issuer_id, line.achievement_id) == (badges.academy.issuer_id, FIRST_AID)
    assert (line.name, line.description, line.criteria, line.skills, line.credentials) == (
        "First aid at work",
        "Two days with an exercise.",
        "Pass the exercise.",
        ("First aid",),
        1,
    )
    assert page.credentials[0].outcome == "unrecognised"
    assert badges.take(badges.academy.jwt()).outcome == "unrecognised"
    badges.decide(level=2, badge="urn:another")
    assert badges.held() == []
    badges.agrees_with_a_rebuild()
    with pytest.raises(InvalidInputError, match="key: it is the issuer's"):
        badges.decide(badge=FIRST_AID, key=badges.academy.public)


def test_the_page_counts_the_gaps_that_wait_for_each_decision(badges: Badges) -> None:
    company = badges.company
    badges.people(ADA, PERSON.format("bo", "Bo", ""), PERSON.format("eve", "Eve", ""))
    asked = (
        f"scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to\nteam,T,T,{SKILL},3,,,\n"
    )

    def pages() -> CredentialsPage:
        company.drain()
        with session_of(company.engine) as session:
            return credentials_page(session, company.settings, OPERATOR)

    def gaps() -> tuple[list[int], list[int]]:
        page = pages()
        return [line.gaps for line in page.issuers], [line.gaps for line in page.badges]

    badges.take(badges.academy.jwt())
    badges.take(badges.academy.jwt(number=2))
    badges.take(badges.academy.jwt(number=3, recipient="mailto:bo@example.com"))
    badges.take(badges.academy.jwt(number=4, recipient="mailto:stranger@example.com"))
    # Nothing is asked yet.
    assert gaps() == ([0], [0])
    with session_of(company.engine) as session:
        import_requirements(session, company.settings, asked.encode(), who="test")
    # Ada's two badges are of one gap, and the stranger's is of none.
    assert gaps() == ([2], [2])
    page = pages()
    assert {line.holders for line in page.credentials} == {(("ada", "Ada"),), (("bo", "Bo"),), ()}
    (stranger,) = (line for line in page.credentials if line.waits_for_person)
    assert "nobody here has the account" in stranger.reason
    assert "did:" not in stranger.reason
    badges.decide("known")
    assert gaps() == ([2], [2])
    # What counts waits for no decision, though its level is too low.
    badges.decide(level=2)
    assert gaps() == ([0], [0])
    badges.decide("refused")
    assert gaps() == ([0], [0])
    # What was decided of a badge by itself waits for no decision on its issuer.
    badges.decide("known", badge=FIRST_AID)
    assert gaps() == ([0, 2], [2])


def test_a_foresight_writes_nothing_and_is_what_then_happens(badges: Badges) -> None:
    words = {"": 0, "1 Aware": 1, "2 Working": 2, "3 Independent": 3, "4 Expert": 4}
    company = badges.company
    badges.people(ADA, PERSON.format("bo", "Bo", ""))
    badges.take(badges.academy.jwt())
    badges.take(badges.academy.jwt(number=2, recipient="mailto:bo@example.com"))
    badges.take(badges.academy.jwt(number=3, recipient="mailto:stranger@example.com"))

    def levels() -> dict[str, int]:
        return {str(row[0]): int(str(row[2])) for row in badges.held()}

    def foreseen(standing: Standing, achievement_id: str = "", reader: Reader = OPERATOR) -> Foresight:
        with session_of(company.engine) as session:
            return foresee(
                *(session, company.settings, reader, badges.academy.issuer_id, achievement_id, standing)
            )

    before = levels()
    for tier, level, badge in (
        ("trusted", 2, ""),
        ("trusted", 3, ""),
        ("known", 3, FIRST_AID),
        ("refused", 1, ""),
        ("trusted", 4, FIRST_AID),
        ("known", 4, FIRST_AID),
        ("trusted", 1, ""),
    ):
        standing = Standing(cast("Tier", tier), Strength.ASSESSED, level)
        foresight = foreseen(standing, badge)
        assert company.waiting() == 0
        assert levels() == before
        assert (foresight.people_touched, foresight.is_whole) == (2, True)
        then = dict(before)
        for gain in foresight.gains:
            assert words[gain.before] == before.get(gain.person_id, 0)
            then[gain.person_id] = words[gain.after]
        badges.decide(standing.tier, level=level, badge=badge)
        before = levels()
        assert before == {person: held for person, held in then.items() if held}
    assert foreseen(Standing("trusted", Strength.ATTENDED, 2), FIRST_AID).gains == ()
    for refused in (Reader("m@example.com", "manager", "ada"), Reader("a@example.com", "auditor", None)):
        with pytest.raises(NotFoundError):
            foreseen(Standing("trusted", Strength.ASSESSED, 2), reader=refused)
    with pytest.raises(InvalidInputError, match="level: 0 is no step"):
        foreseen(Standing("trusted", Strength.ASSESSED, 0))


def test_two_who_decide_at_once_leave_one_decision(badges: Badges) -> None:
    badges.people(ADA)
    badges.take(badges.academy.jwt())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda level: badges.decide(level=level), (1, 2, 3, 4)))
    with session_of(badges.company.engine) as session:
        page = credentials_page(session, badges.company.settings, OPERATOR)
    assert len(page.issuers) == 1
    assert [row[2] for row in badges.held()] == [page.issuers[0].level]
    badges.agrees_with_a_rebuild()


HOURS = st.integers(0, 12)


@given(st.lists(HOURS, max_size=5, unique=True), st.lists(HOURS, max_size=5, unique=True), st.booleans())
def test_at_every_instant_the_special_decision_is_in_force_where_there_is_one(
    special: list[int], general: list[int], is_open: bool
) -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 1, 1, hour, tzinfo=UTC)

    def known(name: str, hours: list[int], *, ends: bool) -> list[Known[str]]:
        begins = sorted(hours)
        pairs = list(pairwise(begins))
        made = [Known(at(begin), at(end), f"{name}{begin}") for begin, end in pairs]
        return made if ends or not begins else [*made, Known(at(begins[-1]), None, f"{name}{begins[-1]}")]

    specials, generals = known("s", special, ends=not is_open), known("g", general, ends=False)
    found = in_force(specials, generals)

    def standing(items: list[Known[str]], when: datetime) -> list[str]:
        return [
            item.decision
            for item in items
            if item.known_from <= when and (item.known_to is None or when < item.known_to)
        ]

    for hour in range(14):
        when = at(hour)
        assert standing(found, when) == (standing(specials, when) or standing(generals, when))


def test_a_key_alone_proves_nothing_until_it_is_trusted_itself(badges: Badges) -> None:
    badges.people(ADA)
    badges.academy = Academy("https://academy.example/issuers/1")
    badges.decide()
    found = badges.take(badges.academy.document())
    assert found.outcome == "unrecognised"
    assert "pin" in found.reason
    assert badges.held() == []
    badges.decide(key=badges.academy.public)
    pinned = badges.take(badges.academy.document(number=2))
    assert pinned.outcome == "recognised"
    assert pinned.reason.startswith("verified by the key that was pinned for its issuer; ")
    assert badges.held() == PROVED
    badges.academy = Academy.self_asserted()
    badges.decide("refused")
    assert badges.take(badges.academy.jwt(number=3)).outcome == "refused"
    badges.decide()
    assert badges.take(badges.academy.jwt(number=3)).outcome == "recognised"


def test_a_badge_is_of_who_had_the_address_on_the_day_of_the_award(badges: Badges) -> None:
    badges.decide()
    badges.people("bo,Bo,,T,,,mbox:mailto:ada@example.com,2020-01-01,,2020-01-01\n")
    badges.people(
        "bo,Bo,,T,,,,2020-01-01,,2026-02-01\n",
        "eve,Eve,,T,,,mbox:mailto:ada@example.com,2026-02-01,,2026-02-01\n",
    )
    badges.take(badges.academy.jwt())
    badges.take(badges.academy.jwt(number=2, issued=datetime(2025, 5, 5, tzinfo=UTC)))
    assert [(row[0], row[4]) for row in badges.held()] == [("bo", "2025-05-05"), ("eve", "2026-03-04")]
    badges.agrees_with_a_rebuild()


def test_a_hashed_address_is_found_when_its_person_comes(badges: Badges) -> None:
    badges.decide()
    badges.take(badges.academy.jwt(recipient=None, hashed="ada@example.com"))
    with session_of(badges.company.engine) as session:
        page = credentials_page(session, badges.company.settings, OPERATOR)
    assert [line.holders for line in page.credentials] == [()]
    assert [(line.issuer_id, line.tier) for line in page.issuers] == [("did:web:academy.example", "trusted")]
    badges.people(ADA)
    assert badges.held() == PROVED
    with session_of(badges.company.engine) as session:
        page = credentials_page(session, badges.company.settings, OPERATOR)
    (line,) = page.credentials
    assert (line.holders, line.skills) == ((("ada", "Ada"),), ("First aid",))
    badges.agrees_with_a_rebuild()


def test_a_framework_that_comes_later_makes_a_badge_count(badges: Badges) -> None:
    badges.people(ADA)
    badges.decide()
    badges.take(badges.academy.jwt(skill="urn:late:1"))
    assert badges.held() == []
    content = b"skill_iri,label,parent_iri,description,levels,alt_labels,lang\nurn:late:1,Late,,,,,en\n"
    with session_of(badges.company.engine) as session:
        import_framework(
            session, format="csv", files={"late-1/late.csv": content}, name="Late", known_at=clock.now()
        )
    assert [row[1] for row in badges.held()] == ["urn:late:1"]
    badges.agrees_with_a_rebuild()


def test_revoked_it_ends_today_and_a_lifted_suspension_gives_it_back(badges: Badges) -> None:
    badges.people(ADA)
    badges.decide()
    badges.take(badges.academy.jwt(status=5))
    assert badges.held() == PROVED
    badges.academy.revoked.add(5)
    with session_of(badges.company.engine) as session:
        done = check_credentials(session, badges.company.settings, download=badges.academy.download)
        assert (done.hold, done.ended) == (0, ("First aid at work",))
        assert (
            check_credentials(session, badges.company.settings, download=badges.academy.download).ended == ()
        )
    (row,) = badges.held()
    assert row[5] == clock.today(badges.company.settings.zone).isoformat()
    assert badges.take(badges.academy.jwt(status=5)).outcome == "refused"
    badges.agrees_with_a_rebuild()
    badges.academy.revoked.clear()
    with session_of(badges.company.engine) as session:
        done = check_credentials(session, badges.company.settings, download=badges.academy.download)
        assert (done.hold, done.hold_again) == (1, ("First aid at work",))
    assert badges.held() == PROVED
    badges.agrees_with_a_rebuild()


def test_revoked_it_ends_for_who_was_found_by_a_digest_too(badges: Badges) -> None:
    badges.people(ADA)
    badges.decide()
    badges.take(badges.academy.jwt(recipient=None, hashed="ada@example.com", status=3))
    assert badges.held() == PROVED
    badges.academy.revoked.add(3)
    with session_of(badges.company.engine) as session:
        done = check_credentials(session, badges.company.settings, download=badges.academy.download)
    assert done.ended == ("First aid at work",)
    assert [row[5] for row in badges.held()] == [clock.today(badges.company.settings.zone).isoformat()]
    badges.agrees_with_a_rebuild()


def test_an_issuer_that_does_not_answer_changes_nothing(badges: Badges) -> None:
    badges.people(ADA)
    badges.decide()
    badges.take(badges.academy.jwt(status=5))
    badges.academy.is_reachable = False
    with session_of(badges.company.engine) as session:
        done = check_credentials(session, badges.company.settings, download=badges.academy.download)
    assert [name for name, _ in done.unknown] == ["First aid at work"]
    assert badges.held() == PROVED


def test_what_was_told_within_a_day_is_not_asked_again(
    badges: Badges, monkeypatch: pytest.MonkeyPatch
) -> None:
    badges.take(badges.academy.jwt(status=5))
    badges.academy.asked.clear()
    now = clock.now()
    for hours, asks in ((1, False), (25, True), (26, False)):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + timedelta(hours=hours))
        with session_of(badges.company.engine) as session:
            check_credentials(
                session,
                badges.company.settings,
                download=badges.academy.download,
                least_age=timedelta(days=1),
            )
        assert bool(badges.academy.asked) == asks, hours
        badges.academy.asked.clear()


def test_a_credential_that_is_given_again_with_another_end_replaces_the_first(badges: Badges) -> None:
    badges.people(ADA)
    badges.decide()
    badges.take(badges.academy.jwt())
    badges.take(badges.academy.jwt(until=datetime(2037, 1, 1, tzinfo=UTC)))
    assert [row[5] for row in badges.held()] == ["2037-01-01"]
    badges.agrees_with_a_rebuild()


def test_a_decision_wants_a_reason_an_id_and_a_step(badges: Badges) -> None:
    good = Standing("trusted", Strength.COMPLETED, 1)
    with session_of(badges.company.engine) as session:
        for issuer_id, standing, reason in (
            ("did:web:a.example", good, " "),
            ("academy", good, "why"),
            ("did:web:a.example", Standing("trusted", Strength.COMPLETED, 0), "why"),
        ):
            with pytest.raises(InvalidInputError):
                trust_issuer(session, issuer_id, standing, reason=reason)
        assert credentials_page(session, badges.company.settings, OPERATOR).issuers == ()
