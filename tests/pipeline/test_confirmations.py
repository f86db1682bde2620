"""What somebody at the company vouches for: confirmations on the job and certificates on paper, never one's own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ForbiddenError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.confirmations import (
    Paper,
    TakenBack,
    assert_own,
    confirm,
    may_take_back,
    record_certificate,
    take_back,
    to_take_back,
)
from lms_bridge.pipeline.imports import import_certificates
from lms_bridge.pipeline.proof_pages import proof
from lms_bridge.skills.strengths import Strength
from lms_bridge.store.awards import award_by_id
from lms_bridge.store.company import evidence_known
from lms_bridge.store.database import session_of
from lms_bridge.store.proofs import evidence_by_id as evidence_row_of
from tests.pipeline.company import SKILL, Company

HR = Reader("hr@example.com", "hr", None)
PAPER = Paper(SKILL, 2, Strength.CERTIFIED, date(2026, 3, 1), date(2026, 12, 31), " Red Cross ", "No. 7")
EMPTY = b"person_id,skill_iri,level,strength,achieved_on,last_valid_day,issuer,reference\n"


@pytest.fixture
def company(migrated_database_url: str, tmp_path: Path) -> Iterator[Company]:
    opened = Company.open(migrated_database_url, tmp_path)
    opened.roster({"ada": ["ada"], "bo": ["bo"]})
    opened.drain()
    yield opened
    opened.close()


@pytest.fixture
def session(company: Company) -> Iterator[Session]:
    with session_of(company.engine) as opened:
        yield opened


def test_a_certificate_on_paper_proves_until_its_last_day(session: Session, company: Company) -> None:
    award_id = record_certificate(session, company.settings, HR, "ada", PAPER)
    company.drain()
    (fact,) = company.facts()
    assert (fact["person_id"], fact["skill_iri"], fact["level"], fact["strength"]) == (
        "ada",
        SKILL,
        2,
        "certified",
    )
    assert (fact["achieved_on"], fact["ended_on"], fact["award_id"]) == ("2026-03-01", "2027-01-01", award_id)


def test_no_import_takes_it_back_and_it_is_written_down_once(session: Session, company: Company) -> None:
    record_certificate(session, company.settings, HR, "ada", PAPER)
    with pytest.raises(InvalidInputError, match="of Red Cross is written down already"):
        record_certificate(session, company.settings, HR, "ada", replace(PAPER, issuer="Red Cross"))
    session.rollback()
    done = import_certificates(session, company.settings, EMPTY, replace=True)
    assert done.lines == ()
    company.drain()
    assert len(company.facts()) == 1


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (replace(PAPER, skill_iri="urn:co:none"), "is in no loaded framework"),
        (replace(PAPER, level=5), "level 5 is no step of the skill's scale; use 1 to 4"),
        (replace(PAPER, level=0), "use 1 to 4"),
        (
            replace(PAPER, last_valid_day=date(2026, 2, 28)),
            "last_valid_day 2026-02-28 lies before 2026-03-01",
        ),
        (replace(PAPER, issuer=" "), "issuer: it is empty"),
        (replace(PAPER, strength=Strength.VERIFIED), "strength: 'verified' comes from no paper"),
    ],
)
def test_what_is_not_possible_is_told_and_nothing_is_written(
    session: Session, company: Company, paper: Paper, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        record_certificate(session, company.settings, HR, "ada", paper)
    session.rollback()
    assert company.waiting() == 0


def test_a_day_to_come_is_refused(session: Session, company: Company) -> None:
    tomorrow = clock.today(company.settings.zone) + timedelta(days=1)
    with pytest.raises(InvalidInputError, match="lies in the future"):
        record_certificate(
            session, company.settings, HR, "ada", replace(PAPER, achieved_on=tomorrow, last_valid_day=None)
        )
    with pytest.raises(InvalidInputError, match="lies in the future"):
        confirm(session, company.settings, HR, "ada", SKILL, 1, tomorrow, "interview", "seen")


def test_nobody_vouches_for_themselves(session: Session, company: Company) -> None:
    own = Reader("ada@example.com", "hr", "ada")
    with pytest.raises(ForbiddenError, match="never by oneself"):
        record_certificate(session, company.settings, own, "ada", PAPER)
    with pytest.raises(ForbiddenError, match="never by oneself"):
        confirm(session, company.settings, own, "ada", SKILL, 1, date(2026, 3, 1), "interview", "seen")
    with pytest.raises(ForbiddenError, match="by HR or the admin"):
        record_certificate(session, company.settings, Reader("x@example.com", "auditor", None), "ada", PAPER)
    with pytest.raises(NotFoundError):
        record_certificate(session, company.settings, HR, "nobody", PAPER)


def test_a_confirmation_is_verified_and_has_no_end(session: Session, company: Company) -> None:
    award_id = confirm(
        session, company.settings, HR, "bo", SKILL, 3, date(2026, 3, 1), "work sample", "the June audit"
    )
    company.drain()
    (fact,) = company.facts()
    assert (fact["person_id"], fact["level"], fact["strength"]) == ("bo", 3, "verified")
    assert (fact["ended_on"], fact["award_id"]) == (None, award_id)


ADA = Reader("ada@example.com", "employee", "ada")
MARCH = date(2026, 3, 1)


def evidence_ids(company: Company) -> list[str]:
    company.drain()
    with session_of(company.engine) as session:
        rows = evidence_known(session, ["ada", "bo"], clock.now())
    return [row.evidence_id for found in rows.values() for row in found if row.reversed_at is None]


def test_a_confirmation_says_how_and_is_given_once(session: Session, company: Company) -> None:
    confirm(session, company.settings, HR, "bo", SKILL, 3, MARCH, "interview", "")
    with pytest.raises(InvalidInputError, match="is written down already"):
        confirm(session, company.settings, HR, "bo", SKILL, 3, MARCH, "interview", "")
    session.rollback()
    with pytest.raises(InvalidInputError, match="method: 'hearsay' is none; choose observed at work"):
        confirm(session, company.settings, HR, "bo", SKILL, 3, MARCH, "hearsay", "")
    session.rollback()
    (evidence_id,) = evidence_ids(company)
    assert proof(session, company.settings, HR, evidence_id).reference == "interview"


def test_ones_own_word_is_the_weakest_strength(session: Session, company: Company) -> None:
    award_id = assert_own(session, company.settings, ADA, SKILL, 4, MARCH, "at home")
    company.drain()
    (fact,) = company.facts()
    assert (fact["person_id"], fact["level"], fact["strength"], fact["award_id"]) == (
        *("ada", 4, "self-asserted"),
        award_id,
    )
    (evidence_id,) = evidence_ids(company)
    card = proof(session, company.settings, ADA, evidence_id)
    assert (card.proof.title, card.least_strength) == ("Own word", "completed")
    with pytest.raises(ForbiddenError, match="no person of the roster"):
        assert_own(session, company.settings, HR, SKILL, 4, MARCH, "")
    with pytest.raises(InvalidInputError, match="use 1 to 4"):
        assert_own(session, company.settings, ADA, SKILL, 9, MARCH, "")


@pytest.mark.parametrize(("effect", "left"), [("ended", 1), ("never_held", 0)])
def test_what_is_taken_back_ends_or_never_held_and_can_be_said_again(
    session: Session, company: Company, effect: str, left: int
) -> None:
    assert_own(session, company.settings, ADA, SKILL, 2, MARCH, "")
    (evidence_id,) = evidence_ids(company)
    before = clock.now()
    day = date(2026, 4, 1)
    assert take_back(session, company.settings, ADA, evidence_id, "", effect, day, "a mistake") == TakenBack(
        "ada", ()
    )
    company.drain()
    facts = company.facts()
    assert len(facts) == left
    if facts:
        assert facts[0]["ended_on"] == "2026-04-01"
    card = proof(session, company.settings, ADA, evidence_id)
    assert (card.to_take_back, card.is_known) == ((), False)
    assert "a mistake" in card.reversal_text
    assert company.export(before) != b""
    with pytest.raises(NotFoundError, match="taken back already"):
        take_back(session, company.settings, ADA, evidence_id, "", effect, day, "again")
    session.rollback()
    if effect == "never_held":
        with pytest.raises(InvalidInputError, match=r"as an error \(a mistake\); HR can write it down again"):
            assert_own(session, company.settings, ADA, SKILL, 2, MARCH, "")
        return
    assert_own(session, company.settings, ADA, SKILL, 2, MARCH, "")
    company.drain()
    (fact,) = company.facts()
    assert fact["ended_on"] is None
    assert "a mistake" in proof(session, company.settings, ADA, evidence_id).reversal_text


def test_what_ended_may_turn_out_never_to_have_held(session: Session, company: Company) -> None:
    record_certificate(session, company.settings, HR, "ada", PAPER)
    (evidence_id,) = evidence_ids(company)
    take_back(session, company.settings, HR, evidence_id, "", "ended", date(2026, 5, 1), "withdrawn")
    (ended,) = evidence_ids(company)
    assert ended != evidence_id
    session.rollback()
    take_back(session, company.settings, HR, ended, "", "never_held", None, "a forgery")
    company.drain()
    assert company.facts() == []
    record_certificate(session, company.settings, HR, "ada", PAPER)
    company.drain()
    assert len(company.facts()) == 1


def test_what_ran_out_is_not_ended_later(session: Session, company: Company) -> None:
    short = replace(PAPER, last_valid_day=date(2026, 3, 31))
    record_certificate(session, company.settings, HR, "ada", short)
    (evidence_id,) = evidence_ids(company)
    with pytest.raises(InvalidInputError, match="it ran out after 2026-03-31 already"):
        take_back(session, company.settings, HR, evidence_id, "", "ended", date(2026, 5, 1), "late")


def test_what_a_file_brings_anew_holds_again(session: Session, company: Company) -> None:
    line = f"ada,{SKILL},2,certified,2026-03-01,,Red Cross,No. 8\n".encode()
    import_certificates(session, company.settings, EMPTY + line)
    (evidence_id,) = evidence_ids(company)
    take_back(session, company.settings, HR, evidence_id, "", "never_held", None, "a forgery")
    import_certificates(session, company.settings, EMPTY + line)
    company.drain()
    assert company.facts() == []
    import_certificates(session, company.settings, EMPTY, replace=True)
    import_certificates(session, company.settings, EMPTY + line)
    company.drain()
    assert len(company.facts()) == 1


def test_of_two_who_say_the_same_each_takes_back_the_own_word(session: Session, company: Company) -> None:
    first, second = (Reader(f"{name}@example.com", "hr", None) for name in ("m1", "m2"))
    for reader in (first, second):
        confirm(session, company.settings, reader, "ada", SKILL, 3, MARCH, "interview", "")
    (evidence_id,) = evidence_ids(company)
    manager = Reader("m1@example.com", "manager", "bo")
    offered = proof(session, company.settings, HR, evidence_id).to_take_back
    assert {issuer for _, issuer, _ in offered} == {"m1@example.com", "m2@example.com"}
    award = {issuer: award_id for award_id, issuer, _ in offered}
    row = evidence_row_of(session, evidence_id)
    assert row is not None
    assert [item.issuer for item in to_take_back(session, manager, row)] == ["m1@example.com"]
    session.rollback()
    done = take_back(
        *(session, company.settings, first, evidence_id, award["m1@example.com"]), "never_held", None, "no"
    )
    assert done == TakenBack("ada", ("m2@example.com",))
    company.drain()
    assert len(company.facts()) == 1


@pytest.mark.parametrize("reference", ["two\nlines", "nul\x00", "x" * 301])
def test_a_text_that_cannot_be_kept_or_read_is_refused(
    session: Session, company: Company, reference: str
) -> None:
    with pytest.raises(InvalidInputError, match="reference: write up to 300 characters on one line"):
        assert_own(session, company.settings, ADA, SKILL, 2, MARCH, reference)
    ghost = Reader("ghost@example.com", "employee", "ghost")
    with pytest.raises(ForbiddenError, match="is not in the roster"):
        assert_own(session, company.settings, ghost, SKILL, 2, MARCH, "")


def test_who_gave_it_or_hr_takes_back_and_nobody_ones_own(session: Session, company: Company) -> None:
    boss, other = Reader("boss@example.com", "admin", "bo"), Reader("x@example.com", "auditor", None)
    confirm(session, company.settings, boss, "ada", SKILL, 3, MARCH, "interview", "")
    (evidence_id,) = evidence_ids(company)
    award = award_by_id(session, proof(session, company.settings, HR, evidence_id).proof.cited_id)
    assert award is not None
    manager = Reader("boss@example.com", "manager", "bo")
    allowed = {reader: may_take_back(reader, award) for reader in (boss, HR, manager, other, ADA)}
    assert list(allowed.values()) == [True, True, True, False, False]
    assert not may_take_back(Reader("ada@example.com", "hr", "ada"), award)
    for reader in (other, ADA):
        with pytest.raises(NotFoundError):
            take_back(session, company.settings, reader, evidence_id, "", "ended", None, "because")
    with pytest.raises(NotFoundError):
        take_back(session, company.settings, HR, "nothing", "", "ended", None, "because")


@pytest.mark.parametrize(
    ("effect", "day", "reason", "said"),
    [
        ("gone", None, "because", "effect: 'gone' is none"),
        ("ended", None, " ", "reason: say why"),
        ("ended", date(2026, 2, 1), "because", "lies before 2026-03-01"),
        ("ended", date(2999, 1, 1), "because", "or in the future"),
    ],
)
def test_what_cannot_be_taken_back_so_is_told(
    session: Session, company: Company, effect: str, day: date | None, reason: str, said: str
) -> None:
    assert_own(session, company.settings, ADA, SKILL, 2, MARCH, "")
    (evidence_id,) = evidence_ids(company)
    with pytest.raises(InvalidInputError, match=said):
        take_back(session, company.settings, ADA, evidence_id, "", effect, day, reason)
    session.rollback()
    assert company.waiting() == 0


def test_two_who_take_back_at_once_do_it_once(session: Session, company: Company) -> None:
    record_certificate(session, company.settings, HR, "ada", PAPER)
    (evidence_id,) = evidence_ids(company)

    def annul(number: int) -> bool:
        with session_of(company.engine) as own, suppress(InvalidInputError, NotFoundError):
            take_back(own, company.settings, HR, evidence_id, "", "never_held", None, f"reason {number}")
            return True
        return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(annul, range(4))) == 1
    company.drain()
    session.rollback()
    assert "reason" in proof(session, company.settings, HR, evidence_id).reversal_text
