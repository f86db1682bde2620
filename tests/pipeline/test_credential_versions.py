"""One credential in several documents: given again, signed again, revoked in one of them; what is known stays right."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from openbadgeslib.ob3 import Alignment, OB3Signer

from lms_bridge import clock
from lms_bridge.pipeline.credential_pages import credentials_page
from lms_bridge.pipeline.credentials import Checked, check_credentials, import_credentials
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.scoping import OPERATOR
from lms_bridge.remote import badge_verification
from lms_bridge.store.database import session_of
from tests.credentials.issuing import ISSUED, Academy, new_key
from tests.pipeline.company import SKILL, Company
from tests.pipeline.test_credentials import ADA, PERSON, PROVED, Badges

BO = PERSON.format("bo", "Bo", "")
LONG = datetime(2037, 1, 1, tzinfo=UTC)


@pytest.fixture
def badges(migrated_database_url: str, tmp_path: Path) -> Iterator[Badges]:
    company = Company.open(migrated_database_url, tmp_path)
    made = Badges(company, Academy())
    made.people(ADA, BO)
    made.decide()
    yield made
    company.close()


def check(badges: Badges) -> Checked:
    with session_of(badges.company.engine) as session:
        return check_credentials(session, badges.company.settings, download=badges.academy.download)


def today(badges: Badges) -> str:
    return clock.today(badges.company.settings.zone).isoformat()


def ends(badges: Badges) -> list[object]:
    return [row[5] for row in badges.held()]


def test_given_again_to_somebody_else_it_is_no_longer_the_firsts(badges: Badges) -> None:
    badges.take(badges.academy.jwt())
    assert badges.held() == PROVED
    before = badges.company.through()
    held = badges.company.export(before)
    badges.take(badges.academy.jwt(recipient="mailto:bo@example.com"))
    assert [row[0] for row in badges.held()] == ["bo"]
    badges.agrees_with_a_rebuild()
    assert badges.company.export(before) == held


def test_a_revocation_is_told_by_the_document_that_names_where(badges: Badges) -> None:
    badges.take(badges.academy.jwt())
    again = badges.take(badges.academy.jwt(status=5))
    assert (again.outcome, again.is_new) == ("recognised", False)
    badges.academy.revoked.add(5)
    assert check(badges).ended == ("First aid at work",)
    assert ends(badges) == [today(badges)]
    # Nothing gives it back but the issuer.
    assert badges.take(badges.academy.jwt(status=5)).outcome == "refused"
    copy = badges.take(badges.academy.jwt())
    assert "its issuer has taken it back" in copy.reason
    assert check(badges).hold_again == ()
    assert ends(badges) == [today(badges)]
    badges.agrees_with_a_rebuild()
    badges.academy.revoked.clear()
    assert check(badges).hold_again == ("First aid at work",)
    assert badges.held() == PROVED
    badges.agrees_with_a_rebuild()


def test_a_revoked_document_ends_what_was_known_without_a_status(badges: Badges) -> None:
    badges.take(badges.academy.jwt())
    badges.academy.revoked.add(5)
    assert badges.take(badges.academy.jwt(status=5)).outcome == "refused"
    assert ends(badges) == [today(badges)]
    assert check(badges).hold_again == ()
    assert ends(badges) == [today(badges)]
    badges.agrees_with_a_rebuild()


@pytest.mark.parametrize("is_pinned", [False, True])
def test_after_a_change_of_keys_the_new_document_is_asked_about(badges: Badges, is_pinned: bool) -> None:
    issuer_id = "https://academy.example/issuers/1" if is_pinned else badges.academy.issuer_id
    for _ in range(2):
        badges.academy = Academy(issuer_id, new_key())
        badges.decide(key=badges.academy.public if is_pinned else None)
        assert badges.take(badges.academy.jwt(status=5)).outcome == "recognised"
    assert badges.held() == PROVED
    badges.academy.revoked.add(5)
    assert check(badges).ended == ("First aid at work",)
    assert ends(badges) == [today(badges)]
    badges.agrees_with_a_rebuild()


def test_the_key_that_is_pinned_later_counts_with_the_badge_imported_again(badges: Badges) -> None:
    badges.academy = Academy("https://academy.example/issuers/1")
    badges.decide()
    first = badges.take(badges.academy.document())
    assert "then import the badge again" in first.reason
    before = badges.company.through()
    held = badges.company.export(before)
    badges.decide(key=badges.academy.public)
    assert badges.take(badges.academy.document()).outcome == "recognised"
    assert badges.held() == PROVED
    with session_of(badges.company.engine) as session:
        (line,) = credentials_page(session, badges.company.settings, OPERATOR).credentials
    assert line.outcome == "recognised"
    assert badges.company.export(before) == held
    badges.agrees_with_a_rebuild()


def test_an_older_version_does_not_come_back(badges: Badges) -> None:
    old, new = badges.academy.jwt(until=LONG), badges.academy.jwt(until=datetime(2036, 12, 31, tzinfo=UTC))
    badges.take(old)
    badges.take(new)
    again = badges.take(old)
    assert (again.outcome, again.award_id) == ("refused", None)
    assert "a later version of this credential is known" in again.reason
    assert ends(badges) == ["2036-12-31"]
    earlier = badges.take(badges.academy.jwt(issued=datetime(2025, 1, 1, tzinfo=UTC), until=LONG))
    assert earlier.outcome == "refused"
    assert ends(badges) == ["2036-12-31"]
    badges.agrees_with_a_rebuild()


def test_a_copy_that_names_no_status_replaces_none_that_does(badges: Badges) -> None:
    badges.take(badges.academy.jwt(status=3))
    other = badges.take(badges.academy.jwt(until=LONG))
    assert (other.outcome, badges.held()) == ("refused", PROVED)
    assert "names where its issuer tells" in other.reason


def test_the_revocation_of_an_earlier_version_leaves_the_later_one(badges: Badges) -> None:
    badges.take(badges.academy.jwt(status=1))
    badges.take(badges.academy.jwt(status=2, until=LONG))
    badges.academy.revoked.add(1)
    refused = badges.take(badges.academy.jwt(status=1))
    assert "a later version of this credential is known and stays" in refused.reason
    assert ends(badges) == ["2037-01-01"]
    badges.agrees_with_a_rebuild()


def test_a_later_version_that_is_revoked_ends_the_credential(badges: Badges) -> None:
    badges.take(badges.academy.jwt(status=1))
    badges.academy.revoked.add(2)
    # Of one instant: the known one is asked about by itself.
    tie = badges.take(badges.academy.jwt(status=2, until=LONG))
    assert "is known and stays" in tie.reason
    assert badges.held() == PROVED
    later = badges.academy.jwt(issued=ISSUED + timedelta(hours=1), status=2, until=LONG)
    assert badges.take(later).outcome == "refused"
    assert ends(badges) == [today(badges)]
    assert check(badges).hold_again == ()
    assert ends(badges) == [today(badges)]
    badges.agrees_with_a_rebuild()


def test_the_later_of_one_day_counts_whatever_order_they_come_in(badges: Badges) -> None:
    wrong = badges.academy.jwt(status=1)
    right = badges.academy.jwt(
        issued=ISSUED + timedelta(minutes=5), status=2, recipient="mailto:bo@example.com"
    )
    badges.academy.revoked.add(1)
    badges.take(right)
    for _ in range(2):
        assert "a later version" in badges.take(wrong).reason
        assert [row[0] for row in badges.held()] == ["bo"]
        assert badges.take(right).outcome == "recognised"
        assert check(badges).ended == ()
    badges.academy.revoked.clear()
    assert badges.take(wrong).outcome == "refused"
    assert [row[0] for row in badges.held()] == ["bo"]
    badges.agrees_with_a_rebuild()


@pytest.mark.parametrize("forged_first", [False, True])
def test_what_anybody_can_have_signed_locks_nobody_out(badges: Badges, forged_first: bool) -> None:
    issuer_id = "https://academy.example/issuers/1"
    badges.academy, forger = Academy(issuer_id), Academy(issuer_id)
    badges.decide()
    genuine = badges.academy.document(status=1)
    forged = [
        forger.document(status=2),
        forger.document(until=LONG, issued=ISSUED + timedelta(days=5)),
        forger.document(recipient="mailto:bo@example.com"),
    ]
    first = [genuine, *forged] if not forged_first else [*forged, genuine]
    for document in first:
        badges.take(document)
    badges.decide(key=badges.academy.public)
    assert badges.take(genuine).outcome == "recognised"
    assert badges.held() == PROVED
    for document in forged:
        assert badges.take(document).outcome == "refused"
    assert check(badges).unknown == ()
    assert badges.held() == PROVED
    badges.academy.revoked.add(1)
    assert check(badges).ended == ("First aid at work",)
    badges.agrees_with_a_rebuild()


def test_no_copy_with_another_status_lifts_a_revocation(badges: Badges) -> None:
    first, second = badges.academy.jwt(status=1), badges.academy.jwt(status=2)
    badges.take(first)
    badges.academy.revoked.add(1)
    assert check(badges).ended == ("First aid at work",)
    for _ in range(2):
        assert "its issuer has taken it back" in badges.take(second).reason
        assert check(badges).hold_again == ()
        assert badges.take(first).outcome == "refused"
        assert ends(badges) == [today(badges)]
    badges.academy.revoked.clear()
    assert check(badges).hold_again == ("First aid at work",)
    assert badges.held() == PROVED
    badges.academy.revoked.add(1)
    assert check(badges).ended == ("First aid at work",)
    badges.agrees_with_a_rebuild()


def test_the_same_document_is_the_same_in_another_time_zone(badges: Badges) -> None:
    document = badges.academy.jwt(issued=datetime(2026, 3, 4, 23, 30, tzinfo=UTC), status=3)
    badges.take(document)
    badges.academy.revoked.add(3)
    berlin = replace(badges.company.settings, time_zone="Europe/Berlin")
    with session_of(badges.company.engine) as session:
        import_credentials(session, berlin, {"badge": document}, download=badges.academy.download)
    assert [row[4] for row in badges.held()] == ["2026-03-04"]
    assert ends(badges) == [clock.today(berlin.zone).isoformat()]
    badges.agrees_with_a_rebuild()


def test_a_code_that_a_later_framework_knows_makes_a_badge_count(badges: Badges) -> None:
    credential = badges.academy.credential()
    credential.achievement.alignments = [
        Alignment("Late", "https://elsewhere.example/late", None, "urn:late:1")
    ]
    badges.take(OB3Signer(badges.academy.private, "EdDSA").sign(credential).encode())
    assert badges.held() == []
    late = b"skill_iri,label\nurn:late:1,Late\n"
    with session_of(badges.company.engine) as session:
        import_framework(session, format="csv", files={"l.csv": late}, name="Late", known_at=clock.now())
    assert [(row[0], row[1]) for row in badges.held()] == [("ada", "urn:late:1")]
    badges.agrees_with_a_rebuild()


def test_four_who_take_in_one_file_at_once_leave_one_credential(badges: Badges) -> None:
    document = badges.academy.jwt(recipient=None, hashed="ada@example.com", status=3)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: badges.take(document), range(4)))
    assert sorted(one.is_new for one in done) == [False, False, False, True]
    with session_of(badges.company.engine) as session:
        page = credentials_page(session, badges.company.settings, OPERATOR)
    assert [line.holders for line in page.credentials] == [(("ada", "Ada"),)]
    badges.academy.revoked.add(3)
    assert check(badges).ended == ("First aid at work",)
    assert ends(badges) == [today(badges)]
    badges.agrees_with_a_rebuild()


def test_a_person_who_comes_while_a_badge_is_taken_in_gets_it(badges: Badges) -> None:
    """Whichever of the two commits last: the other is seen, or waits."""
    for number in range(5):
        name = f"p{number}"
        document = badges.academy.jwt(number=10 + number, recipient=None, hashed=f"{name}@example.com")
        people = [ADA, BO, *(PERSON.format(f"p{one}", f"P{one}", "") for one in range(number + 1))]
        with ThreadPoolExecutor(2) as pool:
            taken = pool.submit(badges.take, document)
            came = pool.submit(badges.people, *people)
            taken.result()
            came.result()
    assert [row[0] for row in badges.held()] == [f"p{number}" for number in range(5)]
    badges.agrees_with_a_rebuild()


def signed(badges: Badges, **changes: Any) -> bytes:
    payload = badges.academy.credential().to_jwt_payload()
    for name, value in changes.items():
        payload[name] = value if name != "issuer" else {**payload["issuer"], **value}
    key: Any = load_pem_private_key(badges.academy.private, None)
    return jwt.encode(payload, key, algorithm="EdDSA").encode()


def unsigned(claims: bytes) -> bytes:
    def encoded(part: bytes) -> bytes:
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    return b".".join([encoded(b'{"alg":"EdDSA","typ":"JWT"}'), encoded(claims), encoded(bytes(64))])


def test_one_file_does_not_keep_the_others_out(badges: Badges, monkeypatch: pytest.MonkeyPatch) -> None:
    berlin = replace(badges.company.settings, time_zone="Europe/Berlin")
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    files = {
        "never": badges.academy.jwt(until=never),
        "surrogate": unsigned(b'{"iss":"did:web:\\ud800"}'),
        "nul": unsigned(b'{"iss":"did:web:a\\u0000b"}'),
        "name": signed(badges, name={"@value": "Erste Hilfe", "@language": "de"}),
        "names": signed(badges, issuer={"name": [{"@value": "Akademie", "@language": "de"}]}),
        "good": badges.academy.jwt(number=2),
    }
    with session_of(badges.company.engine) as session:
        done = {
            one.file: one
            for one in import_credentials(session, berlin, files, download=badges.academy.download)
        }
    assert {file: one.outcome for file, one in done.items() if file in {"never", "good"}} == {
        "never": "recognised",
        "good": "recognised",
    }
    assert {done[file].outcome for file in ("surrogate", "nul")} == {"refused"}
    assert "Erste Hilfe" in {done["name"].name, done["names"].name} or done["name"].outcome == "refused"
    assert ("ada", SKILL) in [(row[0], row[1]) for row in badges.held()]
    texts = badge_verification._text

    def broken(value: object) -> str:
        if value == "Academy":
            raise ZeroDivisionError
        return texts(value)

    with monkeypatch.context() as patched:
        patched.setattr(badge_verification, "_text", broken)
        result = badges.take(badges.academy.jwt(number=3))
        assert (result.outcome, result.reason) == ("refused", "it cannot be read; what broke is in the log")
        assert len(check(badges).unknown) >= 1
    assert check(badges).unknown == ()
