"""The demo's badges from outside: every proof holds without a network, and each is for somebody who lacks the skill."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from lms_bridge import clock
from lms_bridge.credentials.open_badges import judged
from lms_bridge.demo.badges import ACADEMIES, CRM, STRANGER, awarded, badge_files
from lms_bridge.demo.company import SEED
from lms_bridge.demo.draws import Draws
from lms_bridge.demo.plan import build_plan
from lms_bridge.demo.timeline import WRITTEN_FOR, Timeline
from lms_bridge.remote.badge_verification import achievement_texts, verify_badge
from tests.demo.picture import company
from tests.demo.seen import rows

ZONE = ZoneInfo("Europe/Berlin")
STANDINGS = {academy.issuer_id: academy.standing for academy in ACADEMIES}


def unreachable(url: str) -> bytes:
    raise AssertionError(f"asked {url}")


def files(today: date) -> dict[str, bytes]:
    timeline, draws = Timeline(today), Draws(SEED)
    return dict(badge_files(timeline, draws, awarded(build_plan(timeline, draws))))


@pytest.mark.parametrize("today", [WRITTEN_FOR, clock.today(ZONE)])
def test_every_proof_holds_and_each_outcome_occurs(today: date) -> None:
    badges = [verify_badge(content, lambda _: None, ZONE, unreachable) for content in files(today).values()]
    outcomes = [judged(badge, STANDINGS[badge.issuer_id])[0] for badge in badges]
    assert sorted(outcomes) == ["recognised"] * 2 + ["unrecognised"] * 6
    assert {STANDINGS[badge.issuer_id] is None for badge in badges} == {True, False}
    assert all(badge.awarded_on <= today for badge in badges)
    assert len({badge.award_id for badge in badges}) == len(badges) == 8
    assert all(all(achievement_texts(content)) for content in files(today).values())


def test_the_holders_are_people_of_the_company_who_lack_the_skill_and_one_stranger() -> None:
    timeline, draws = Timeline(WRITTEN_FOR), Draws(SEED)
    given = awarded(build_plan(timeline, draws))
    by_address = {row["email"]: row["person_id"] for row in rows("people.csv")}
    whole = company(WRITTEN_FOR)
    for one in given:
        if one.address == STRANGER:
            assert one.address not in by_address
            continue
        shown = {row.fact.skill_iri for row in whole.evidence.get(by_address[one.address], ())}
        assert one.badge.skill not in shown
    assert sum(one.badge is CRM for one in given) == 4


def test_two_days_give_the_same_badges_shifted() -> None:
    assert files(WRITTEN_FOR) == files(WRITTEN_FOR)
    assert set(files(WRITTEN_FOR)) == set(files(date(2026, 11, 27)))
