"""Verifying Open Badges: the proof, what it rests on, the status; and everything a forger would try."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from lms_bridge.errors import InvalidInputError
from lms_bridge.remote.badge_verification import (
    BadgeRefusedError,
    BadgeRevokedError,
    read_public_key,
    verify_badge,
)
from tests.credentials.issuing import Academy, new_key, public_of


def no_key(_: str) -> bytes | None:
    return None


@pytest.fixture
def academy() -> Academy:
    return Academy()


@pytest.mark.parametrize("form", ["jwt", "document", "svg"])
def test_every_form_is_read_and_its_proof_rests_on_the_issuers_did(academy: Academy, form: str) -> None:
    badge = verify_badge(getattr(academy, form)(), no_key, UTC, academy.download)
    assert (badge.issuer_id, badge.name, badge.anchor) == (
        "did:web:academy.example",
        "First aid at work",
        "issuer's DID",
    )
    assert [item.target for item in badge.alignments] == ["urn:co:first-aid"]
    assert [item.key for item in badge.recipients] == ["mbox:mailto:ada@example.com"]
    assert (badge.awarded_on, badge.last_valid_day) == (date(2026, 3, 4), None)


@pytest.mark.parametrize("form", ["jwt", "document"])
def test_a_pinned_key_needs_no_network(academy: Academy, form: str) -> None:
    academy.is_reachable = False
    badge = verify_badge(getattr(academy, form)(), lambda _: academy.public, UTC, academy.download)
    assert badge.anchor == "pinned key"
    assert academy.asked == []


def test_a_did_key_shows_only_that_nothing_was_changed() -> None:
    academy = Academy.self_asserted()
    assert verify_badge(academy.jwt(), no_key, UTC, academy.download).anchor == "carried key"
    assert verify_badge(academy.document(), no_key, UTC, academy.download).anchor == "carried key"


def test_an_issuer_with_an_address_and_a_key_that_came_along_is_not_anchored() -> None:
    academy = Academy("https://academy.example/issuers/1")
    assert verify_badge(academy.document(), no_key, UTC, academy.download).anchor == "carried key"
    with pytest.raises(BadgeRefusedError, match="pin it"):
        verify_badge(academy.jwt(), no_key, UTC, academy.download)


def test_days_are_the_companys_and_midnight_ends_the_day_before(academy: Academy) -> None:
    issued = datetime(2026, 3, 31, 23, tzinfo=UTC)
    until = datetime(2037, 3, 31, 22, tzinfo=UTC)
    content = academy.jwt(issued=issued, until=until)
    badge = verify_badge(content, no_key, ZoneInfo("Europe/Berlin"), academy.download)
    assert (badge.awarded_on, badge.last_valid_day) == (date(2026, 4, 1), date(2037, 3, 31))


@pytest.mark.parametrize("form", ["jwt", "document"])
def test_another_key_than_the_issuers_is_refused(academy: Academy, form: str) -> None:
    forged = getattr(Academy(academy.issuer_id), form)()
    with pytest.raises(BadgeRefusedError):
        verify_badge(forged, no_key, UTC, academy.download)
    with pytest.raises(BadgeRefusedError):
        verify_badge(forged, lambda _: academy.public, UTC, academy.download)


def test_a_document_that_was_changed_is_refused(academy: Academy) -> None:
    document = json.loads(academy.document())
    document["credentialSubject"]["id"] = "mailto:mallory@example.com"
    with pytest.raises(BadgeRefusedError):
        verify_badge(json.dumps(document).encode(), no_key, UTC, academy.download)


def test_a_jwt_without_signature_is_refused(academy: Academy) -> None:
    _, claims, _ = academy.jwt().split(b".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=")
    with pytest.raises(BadgeRefusedError):
        verify_badge(header + b"." + claims + b".", no_key, UTC, academy.download)


def test_a_document_without_proof_is_refused(academy: Academy) -> None:
    document = json.loads(academy.document())
    del document["proof"]
    with pytest.raises(BadgeRefusedError, match="no proof"):
        verify_badge(json.dumps(document).encode(), no_key, UTC, academy.download)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b"{",
        b"hello",
        b"\x89PNG\r\n\x1a\nxx",
        b"<svg/>",
        b"\xff\xfe",
        b'{"credentialSubject":{}}',
    ],
)
def test_what_is_no_badge_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(BadgeRefusedError) as refused:
        verify_badge(content, no_key, UTC)
    assert len(str(refused.value)) > 10


def test_a_badge_out_of_its_time_is_refused(academy: Academy) -> None:
    content = academy.jwt(until=datetime(2026, 3, 5, tzinfo=UTC))
    with pytest.raises(BadgeRefusedError):
        verify_badge(content, no_key, UTC, academy.download)


@pytest.mark.parametrize("form", ["jwt", "document"])
def test_a_revoked_badge_is_told_from_one_whose_status_cannot_be(academy: Academy, form: str) -> None:
    content = getattr(academy, form)(status=7)
    assert verify_badge(content, no_key, UTC, academy.download).name == "First aid at work"
    academy.revoked.add(7)
    with pytest.raises(BadgeRevokedError, match="revoked") as revoked:
        verify_badge(content, no_key, UTC, academy.download)
    assert revoked.value.badge.credential_id.endswith("001")
    academy.is_reachable = False
    with pytest.raises(BadgeRefusedError, match="cannot be told") as unknown:
        verify_badge(content, lambda _: academy.public, UTC, academy.download)
    assert not isinstance(unknown.value, BadgeRevokedError)


def test_a_status_list_of_somebody_else_does_not_lift_a_revocation(academy: Academy) -> None:
    content = academy.jwt(status=7)
    academy.revoked.add(7)
    other = Academy(academy.issuer_id)

    def download(url: str) -> bytes:
        return other.download(url) if "status" in url else academy.download(url)

    with pytest.raises(BadgeRefusedError, match="cannot be told"):
        verify_badge(content, no_key, UTC, download)


def test_a_hashed_recipient_is_kept_as_its_digest(academy: Academy) -> None:
    badge = verify_badge(academy.jwt(recipient=None, hashed="ada@example.com"), no_key, UTC, academy.download)
    (one,) = badge.recipients
    assert one.key is None
    assert one.digest is not None
    assert one.salt == "salt"


def test_the_same_credential_is_the_same_award_in_every_form(academy: Academy) -> None:
    ids = {
        verify_badge(content, no_key, UTC, academy.download).award_id
        for content in (academy.jwt(), academy.document(), academy.svg())
    }
    assert len(ids) == 1
    assert verify_badge(academy.jwt(number=2), no_key, UTC, academy.download).award_id not in ids


def test_a_key_is_checked_before_it_is_pinned() -> None:
    private = new_key()
    assert read_public_key(public_of(private))
    with pytest.raises(InvalidInputError, match="key"):
        read_public_key(b"hello")
