"""Whether the figures can be trusted."""

from __future__ import annotations

from dataclasses import replace

from reports.dashboard.trust import trust
from tests.web.content import health, sound_health


def test_sound_data_say_so() -> None:
    found = trust(sound_health())
    assert (found.weight, found.lines) == ("good", ())
    assert found.detail == "Every source sends, every statement is read."


def test_a_silent_source_weighs_heaviest() -> None:
    found = trust(health())
    assert found.weight == "poor"
    assert found.lines[0].subject == "openedx"
    assert found.lines[0].text == "silent for 5 days"
    assert found.detail == "openedx: silent for 5 days; 4 more"


def test_what_waits_for_a_decision_is_told_with_its_door() -> None:
    doors = {line.subject: line.door for line in trust(health()).lines}
    assert doors["Unknown accounts"] == "unknown_actors"
    assert doors["Doubtful clocks"] == "clocks"
    assert doors["Refused requests"] == "rejected"
    assert doors["Unmapped learning"] == "unmapped"


def test_failed_work_weighs_more_than_a_queue() -> None:
    assert trust(replace(sound_health(), queue_depth=3)).weight == "fair"
    assert trust(replace(sound_health(), failures=1)).weight == "poor"


def test_what_is_no_proof_does_not_worry() -> None:
    found = trust(replace(sound_health(), not_proof=15))
    assert found.weight == "good"
    assert found.lines[0].text.startswith("15 statements")


def test_a_source_that_never_sent_says_so() -> None:
    source = replace(health().sources[1], last_seen=None, silent_days=None)
    assert trust(replace(sound_health(), sources=(source,))).lines[0].text == "has not sent anything yet"
