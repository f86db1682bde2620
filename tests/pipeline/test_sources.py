"""Connecting LMSs: what a source is by default, what is refused, and who is let in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms_bridge.errors import ConflictError, InvalidInputError, NotFoundError
from lms_bridge.pipeline.access import SCOPES, authenticate, granted_scopes, rights_of
from lms_bridge.pipeline.sources import NewSource, add_source, list_sources, revoke_source, rotate_secret
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import open_engine, session_of
from lms_bridge.store.models.skills import Policy
from lms_bridge.store.models.statements import SourceKey

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def session(migrated_database_url: str) -> Iterator[Session]:
    engine = open_engine(migrated_database_url)
    with session_of(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path, migrated_database_url: str) -> Settings:
    return load_settings(
        environ={
            "LMS_BRIDGE_DATA_DIR": str(tmp_path),
            "LMS_BRIDGE_DATABASE_URL": migrated_database_url,
            "LMS_BRIDGE_BASE_URL": "https://bridge.example/lms",
        }
    )


def header(source: NewSource) -> str:
    return "Basic " + base64.b64encode(f"{source.key}:{source.secret}".encode()).decode()


def scale_of(session: Session, name: str) -> str:
    return session.execute(
        select(Policy.value).where(Policy.name == f"score_scale:{name}", Policy.known_to.is_(None))
    ).scalar_one()


def test_a_source_by_default_does_everything_with_its_own(session: Session, settings: Settings) -> None:
    new = add_source(session, settings, "Our Moodle", kind="moodle", now=NOW)
    assert new.endpoint == "https://bridge.example/lms/xapi/"
    (listed,) = list_sources(session)
    assert (listed.scopes, listed.xapi_version, listed.validation) == (("all/mine",), "1.0.3", "strict")
    found = authenticate(session, settings, header(new), NOW)
    assert found is not None
    assert (found.rights.reads_statements, found.rights.writes_statements) == ("own", True)
    assert not found.rights.reaches_all
    assert b'"homePage":"https://bridge.example/lms"' in found.sender.authority


def test_the_score_scale_follows_the_kind_unless_it_is_named(session: Session, settings: Settings) -> None:
    add_source(session, settings, "m", kind="moodle", now=NOW)
    add_source(session, settings, "t", kind="totara", now=NOW)
    add_source(session, settings, "moodle-in-name-only", now=NOW)
    add_source(session, settings, "n", kind="moodle", score_scale="0..1", now=NOW)
    scales = [scale_of(session, name) for name in ("m", "t", "moodle-in-name-only", "n")]
    assert scales == ["-1..1", "-1..1", "0..1", "0..1"]


def test_only_the_digest_of_a_secret_is_kept(session: Session, settings: Settings) -> None:
    new = add_source(session, settings, "one", now=NOW)
    stored = session.execute(select(SourceKey.secret_sha256)).scalar_one()
    assert bytes(stored) == hashlib.sha256(new.secret.encode()).digest()
    assert len(bytes.fromhex(new.secret)) == 32


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "mooodle"},
        {"scopes": ("everything",)},
        {"xapi_version": "1.0"},
        {"validation": "loose"},
        {"score_scale": "0..100"},
        {"name": ""},
        {"name": " padded"},
        {"name": "x" * 101},
        {"name": "line\nbreak"},
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(
    session: Session, settings: Settings, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        add_source(session, settings, **{"name": "one", "now": NOW, **wrong})
    assert repr(next(iter(wrong.values()))).strip("(),") in str(refused.value)
    assert list_sources(session) == ()


def test_a_name_is_taken_once(session: Session, settings: Settings) -> None:
    add_source(session, settings, "one", now=NOW)
    with pytest.raises(ConflictError):
        add_source(session, settings, "one", now=NOW)


def test_a_revoked_source_stays_listed_and_out(session: Session, settings: Settings) -> None:
    new = add_source(session, settings, "one", now=NOW)
    revoke_source(session, "one", NOW)
    revoke_source(session, "one", NOW + timedelta(days=1))
    (listed,) = list_sources(session)
    assert (listed.revoked_at, listed.keys) == (NOW, ())
    assert authenticate(session, settings, header(new), NOW) is None
    with pytest.raises(ConflictError):
        rotate_secret(session, settings, "one", NOW)
    with pytest.raises(NotFoundError):
        revoke_source(session, "two", NOW)


def test_after_the_overlap_only_the_new_secret_opens(session: Session, settings: Settings) -> None:
    old = add_source(session, settings, "one", now=NOW)
    new = rotate_secret(session, settings, "one", NOW, overlap=timedelta(hours=1))
    inside, after = NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)
    assert authenticate(session, settings, header(old), inside) is not None
    assert authenticate(session, settings, header(old), after) is None
    assert authenticate(session, settings, header(new), after) is not None


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "state", "profiles", "defines"),
    [
        (("all/mine",), "own", True, True, True, True),
        (("all",), "all", True, True, True, True),
        (("all/read",), "all", False, False, False, False),
        (("statements/write",), "none", True, False, False, False),
        (("statements/write", "define"), "none", True, False, False, True),
        (("statements/read/mine",), "own", False, False, False, False),
        (("statements/read",), "own", False, False, False, False),
        (("state",), "none", False, True, False, False),
        (("profile",), "none", False, False, True, False),
        (("xapi:write",), "none", True, False, False, True),
        (("xapi:read",), "own", False, False, False, False),
        (("xapi:all",), "own", True, True, True, True),
    ],
)
def test_scopes(
    scopes: tuple[str, ...], reads: str, writes: bool, state: bool, profiles: bool, defines: bool
) -> None:
    rights = rights_of(scopes)
    found = (
        rights.reads_statements,
        rights.writes_statements,
        rights.writes_state,
        rights.writes_profiles,
        rights.defines,
    )
    assert found == (reads, writes, state, profiles, defines)


@pytest.mark.parametrize("held", SCOPES)
def test_a_granted_scope_never_adds_a_right(held: str) -> None:
    own = rights_of((held,))
    order = {"none": 0, "own": 1, "all": 2}
    for asked in SCOPES:
        granted = rights_of(granted_scopes((held,), (asked,)))
        for name in own.__dataclass_fields__:
            before, after = getattr(own, name), getattr(granted, name)
            if isinstance(before, str):
                is_default = name == "reads_documents" and after == "own"
                assert is_default or order[after] <= order[before]
            else:
                assert before or not after, (held, asked, name)


def test_a_name_that_somebody_takes_meanwhile_is_told_in_a_sentence(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_source(session, settings, "twice", now=NOW)
    monkeypatch.setattr("lms_bridge.store.sources.source_named", lambda *_: None)
    with pytest.raises(ConflictError, match="'twice' exists"):
        add_source(session, settings, "twice", now=NOW)
