"""/queues/…: reasons, remedies and the actions of the administrator."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import ConflictError, NotFoundError
from lms_bridge.people.scope import Role
from lms_bridge.pipeline import queues
from reports.dashboard.rules import rule_draft
from tests.web.conftest import Calls
from tests.web.content import STATEMENT

QUEUES = ("rejected", "unknown-actors", "unmapped", "clocks", "failures")


def test_every_queue_leads_to_the_others_and_tells_its_remedy(hr: FlaskClient) -> None:
    for name in QUEUES:
        page = hr.get(f"/queues/{name}").get_data(as_text=True)
        assert all(f'href="/queues/{other}"' in page for other in QUEUES), name
        assert page.count('aria-current="page"') == 2
        assert '<div class="remedy' in page


def test_a_refused_request_names_every_violation(hr: FlaskClient, calls: Calls) -> None:
    page = hr.get("/queues/rejected?source=moodle").get_data(as_text=True)
    assert "/12/result/score/scaled" in page
    assert "XAPI-00083" in page
    assert calls.of("refused")[0][1] == "moodle"


def test_a_request_is_handed_in_again(admin: FlaskClient, calls: Calls) -> None:
    assert admin.post("/queues/rejected/7/replay").location == "/queues/rejected"
    assert calls.of("replay")[0][1] == 7
    assert "stored 49, already stored 1" in admin.get("/queues/rejected").get_data(as_text=True)


def test_all_of_a_source_is_handed_in_from_its_own_list(
    admin: FlaskClient, hr: FlaskClient, calls: Calls
) -> None:
    assert "Hand in all of" not in admin.get("/queues/rejected").get_data(as_text=True)
    assert "Hand in all of moodle" in admin.get("/queues/rejected?source=moodle").get_data(as_text=True)
    assert "Hand in all of" not in hr.get("/queues/rejected?source=moodle").get_data(as_text=True)
    answer = admin.post("/queues/rejected/replay", data={"source": "moodle"})
    assert answer.location == "/queues/rejected?source=moodle"
    assert calls.of("replay_all")[0][1] == "moodle"
    assert "moodle: 2 requests taken." in admin.get("/queues/rejected").get_data(as_text=True)


def test_an_account_is_joined(client_of: Callable[[Role], FlaskClient], calls: Calls) -> None:
    for role in ("admin", "hr"):
        data = {"agent_key": "account:https://moodle.example|4711", "person_id": " p-bo "}
        assert client_of(role).post("/queues/unknown-actors/join", data=data).status_code == 303
    assert [arguments[1:] for arguments in calls.of("join_actor")] == [
        ("account:https://moodle.example|4711", "p-bo")
    ] * 2


@pytest.mark.parametrize(
    "error", [NotFoundError("person 'x' is not here"), ConflictError("belongs to somebody")]
)
def test_what_cannot_be_done_is_told_on_the_queue(
    error: Exception, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(queues, "join_actor", refuse)
    admin.post("/queues/unknown-actors/join", data={"agent_key": "a", "person_id": "x"})
    page = admin.get("/queues/unknown-actors").get_data(as_text=True)
    assert 'role="alert"' in page
    assert str(error).replace("'", "&#39;") in page


def test_an_account_is_parted(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    parted: list[tuple[object, ...]] = []
    monkeypatch.setattr(queues, "part_actor", lambda *arguments: parted.append(arguments[3:]))
    admin.post("/queues/unknown-actors/part", data={"agent_key": "a", "person_id": "p-bo"})
    assert parted == [("a", "p-bo")]


def test_a_clock_is_decided_with_a_reason_and_the_true_day(admin: FlaskClient, calls: Calls) -> None:
    data = {"decision": "accept", "reason": "paper list", "achieved_on": "2026-02-11"}
    assert admin.post(f"/queues/clocks/{STATEMENT}", data=data).location == "/queues/clocks"
    assert calls.of("decide_clock")[0][1:] == (STATEMENT, "accept", "paper list", date(2026, 2, 11))


def test_a_day_that_is_none_decides_nothing(admin: FlaskClient, calls: Calls) -> None:
    admin.post(
        f"/queues/clocks/{STATEMENT}", data={"decision": "accept", "reason": "x", "achieved_on": "soon"}
    )
    assert calls.of("decide_clock") == []
    assert "is no day" in admin.get("/queues/clocks").get_data(as_text=True)


def test_failed_work_is_tried_again(admin: FlaskClient, calls: Calls) -> None:
    admin.post("/queues/failures/3/retry")
    assert calls.of("retry_failure")[0][1] == 3


def test_unmapped_learning_comes_with_the_start_of_a_rule(hr: FlaskClient) -> None:
    page = hr.get("/queues/unmapped").get_data(as_text=True)
    assert "object = &#34;s-05&#34;" in page
    assert "waived by an administrator" in page


@pytest.mark.parametrize("key", ['a"b\\c', "https://moodle.example/mod/quiz/view.php?id=1", "ümläut\x7f\n"])
def test_the_start_of_a_rule_is_toml(key: str) -> None:
    draft = tomllib.loads(rule_draft(key, "Übung: 5S & more"))
    assert draft["rule"][0]["when"]["object"] == key
    assert draft["rule"][0]["id"] == "bung-5s-more"
