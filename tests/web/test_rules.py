"""/rules: the list, one rule, trying it, changing it, and making one for new learning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import ConflictError, InvalidInputError
from lms_bridge.people.scope import Role
from lms_bridge.pipeline import rule_making
from tests.web.conftest import Calls, shown_by

ClientOf = Callable[[Role], FlaskClient]
FORM = {
    "object": "m-99",
    "title": "Excel",
    "skill": "urn:x:excel",
    "level:urn:x:excel": "2",
    "strength": "assessed",
}


def text(client: FlaskClient, address: str) -> str:
    return client.get(address).get_data(as_text=True)


def test_the_list_tells_what_each_rule_gives_and_how_often_it_counted(hr: FlaskClient) -> None:
    page = text(hr, "/rules/")
    assert "payroll accounting at level 2, assessed" in page
    assert 'href="/rules/of/excel-course"' in page
    assert ">12<" in page


def test_a_rule_shows_its_text_and_every_version(hr: FlaskClient) -> None:
    page = text(hr, "/rules/of/excel-course")
    assert "[[rule]]" in page
    assert "0123456789abcdef" in page


def test_a_trial_shows_each_condition_and_what_it_would_give(hr: FlaskClient, calls: Calls) -> None:
    sent = {"statement": '{"actor": {}}', "source": "moodle"}
    page = hr.post("/rules/try/excel-course", data=sent).get_data(as_text=True)
    assert calls.of("try_rule")[0][1:] == ("excel-course", '{"actor": {}}', "moodle")
    assert "at least 70 %" in page
    assert "not every condition holds" in page
    # What was pasted comes back as text, never as markup.
    evil = hr.post("/rules/try/excel-course", data=sent | {"statement": "</textarea><script>"})
    assert "</textarea><script>" not in evil.get_data(as_text=True)


def test_an_auditor_reads_and_changes_nothing(client_of: ClientOf) -> None:
    assert "Change it" not in text(client_of("auditor"), "/rules/of/excel-course")
    assert client_of("auditor").post("/rules/change/excel-course").status_code == 404


def test_a_change_is_shown_before_it_takes_effect(hr: FlaskClient, calls: Calls) -> None:
    form = {"text": "[[rule]]", "past": "from", "new_from": "2026-05-01"}
    page = hr.post("/rules/change/excel-course", data=form).get_data(as_text=True)
    assert "Put the change into force" in page
    assert "Bo Lindqvist" in page
    assert calls.of("put_change") == []
    address = "/rules/change/excel-course"
    confirm = {"confirm": "1", "shown": shown_by(hr, address, form)}
    changed = hr.post(address, data=form | confirm | {"text": "[[rule]] # other"}).get_data(as_text=True)
    assert "The form was changed after it was shown." in changed
    assert calls.of("put_change") == []
    answer = hr.post(address, data=form | confirm)
    assert (answer.status_code, answer.location) == (303, "/rules/of/excel-course")
    wanted = calls.of("put_change")[0][-1]
    assert (wanted.rule_id, str(wanted.new_from), wanted.is_correction) == (
        "excel-course",
        "2026-05-01",
        False,
    )


def test_a_text_that_is_no_rule_comes_back_with_the_reason(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InvalidInputError("company.toml: not readable as TOML")

    monkeypatch.setattr(rule_making, "foresee_change", refuse)
    answer = hr.post("/rules/change/excel-course", data={"text": "[[rule", "past": "correction"})
    assert answer.status_code == 400
    assert "not readable as TOML" in answer.get_data(as_text=True)
    assert "[[rule" in answer.get_data(as_text=True)


def test_learning_leads_from_suggestion_to_dry_run_to_rule(hr: FlaskClient, calls: Calls) -> None:
    page = text(hr, "/rules/new?object=m-99")
    assert "payroll accounting" in page
    assert "shares payroll" in page
    shown = hr.post("/rules/new", data=FORM).get_data(as_text=True)
    assert "Put the rule into force" in shown
    assert "Bo Lindqvist" in shown
    assert calls.of("put_draft") == []
    form = FORM | {"score_min": "70", "valid_for": "p2y"}
    confirm = {"confirm": "1", "shown": shown_by(hr, "/rules/new", form)}
    changed = hr.post("/rules/new", data=form | confirm | {"score_min": "80"}).get_data(as_text=True)
    assert "The form was changed after it was shown." in changed
    assert calls.of("put_draft") == []
    answer = hr.post("/rules/new", data=form | confirm)
    assert (answer.status_code, answer.location) == (303, "/rules/of/excel-course")
    draft = calls.of("put_draft")[0][-1]
    assert (draft.level, draft.score_min, draft.valid_for) == (2, "0.70", "P2Y")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"skill": ""}, "skill: none is chosen"),
        ({"level:urn:x:excel": "high"}, "level: &#39;high&#39;"),
        ({"score_min": "0.7"}, "no percentage"),
        ({"score_min": "170"}, "no percentage"),
        ({"valid_for": "2 years"}, "valid for: &#39;2 years&#39; is no period; write P2Y"),
    ],
)
def test_a_wrong_value_is_named(hr: FlaskClient, change: dict[str, str], named: str) -> None:
    answer = hr.post("/rules/new", data=FORM | change)
    assert answer.status_code == 400
    assert named in answer.get_data(as_text=True)


def test_the_queue_leads_to_the_suggestions(hr: FlaskClient) -> None:
    assert "/rules/new?object=" in text(hr, "/queues/unmapped")


def test_a_change_says_what_it_replaces_and_is_told_where_that_is_gone(
    hr: FlaskClient, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/rules/of/excel-course"
    assert '<input type="hidden" name="replaces" value="7 8">' in hr.get(address).get_data(as_text=True)
    sent = {"text": "[[rule]]", "past": "correction", "replaces": "5 6"}
    shown = hr.post("/rules/change/excel-course", data=sent).get_data(as_text=True)
    assert calls.of("foresee_change")[0][1].replaces == "5 6"
    assert 'name="replaces" value="5 6"' in shown

    def changed(*_: object) -> None:
        raise ConflictError("rule 'excel-course' was changed by somebody else meanwhile")

    monkeypatch.setattr(rule_making, "foresee_change", changed)
    answer = hr.post("/rules/change/excel-course", data=sent)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "was changed by somebody else meanwhile" in page
    assert 'name="replaces" value="7 8"' in page
