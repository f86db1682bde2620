"""/frameworks: which are loaded, the company's own shown, changed after a look at what it would do, and aligned."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms_bridge.errors import InvalidInputError
from lms_bridge.people.scope import Role
from lms_bridge.pipeline import own_frameworks
from tests.web.conftest import Calls, shown_by

ClientOf = Callable[[Role], FlaskClient]
OWN = "/frameworks/of/Payroll%20words"
EDIT = {
    "iri": "urn:b",
    "lang": "EN",
    "label": " Wages ",
    "alternatives": "pay\r\n\r\n salaries ",
    "description": "What people are paid",
    "parent": ["urn:pay"],
    "levels": "1=Aware",
}


def test_the_list_leads_to_own_frameworks_alone(hr: FlaskClient) -> None:
    page = hr.get("/frameworks/").get_data(as_text=True)
    assert f'href="{OWN}"' in page
    assert "/frameworks/of/ESCO" not in page
    assert "2 skills have no label" in page


def test_a_framework_is_shown_and_downloaded(hr: FlaskClient) -> None:
    page = hr.get(OWN).get_data(as_text=True)
    assert "Wages &lt;b&gt;" in page
    assert "1=Aware;2=Working" in page
    answer = hr.get(f"{OWN}/framework.csv")
    assert answer.mimetype == "text/csv"
    assert "Payroll words.csv" in answer.headers["Content-Disposition"]


def test_an_auditor_reads_and_changes_nothing(client_of: ClientOf) -> None:
    auditor = client_of("auditor")
    assert "New skill" not in auditor.get(OWN).get_data(as_text=True)
    assert "Begin</button>" not in auditor.get("/frameworks/").get_data(as_text=True)
    for address in (f"{OWN}/skill", "/frameworks/new", f"{OWN}/align"):
        assert auditor.post(address, data=EDIT).status_code == 404
    assert auditor.get(f"{OWN}/skill").status_code == 404


def test_a_change_is_shown_before_it_is_put(hr: FlaskClient, calls: Calls) -> None:
    page = hr.post(f"{OWN}/skill", data=EDIT).get_data(as_text=True)
    assert "4 people hold it and keep their proof; 2 requirements ask it; rules give it: excel-course" in page
    assert "“Pay” is called “Payroll” in en" in page
    assert "Wages &lt;b&gt; vanishes" in page
    assert "Also changed: description, levels." in page
    (_, edit) = calls.of("foresee_edit")[0]
    assert (edit.framework, edit.iri, edit.lang, edit.label) == ("Payroll words", "urn:b", "en", "Wages")
    assert (edit.alternatives, edit.parents) == (("pay", "salaries"), ("urn:pay",))
    assert not edit.is_removed
    assert calls.of("put_edit") == []


def test_the_shown_form_puts_the_same_change(hr: FlaskClient, calls: Calls) -> None:
    confirm = {"confirm": "1", "shown": shown_by(hr, f"{OWN}/skill", EDIT)}
    changed = hr.post(f"{OWN}/skill", data=EDIT | confirm | {"label": "Another"}).get_data(as_text=True)
    assert "The form was changed after it was shown." in changed
    assert "What it would do" in changed
    assert calls.of("put_edit") == []
    answer = hr.post(f"{OWN}/skill", data=EDIT | confirm)
    assert (answer.status_code, answer.location) == (303, OWN)
    assert calls.of("put_edit")[0] == calls.of("foresee_edit")[0]


def test_what_is_refused_is_said_and_what_was_typed_stays(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InvalidInputError("levels: step 1 does not follow step 2")

    monkeypatch.setattr(own_frameworks, "foresee_edit", refuse)
    answer = hr.post(f"{OWN}/skill", data=EDIT)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "levels: step 1 does not follow step 2" in page
    assert "What people are paid" in page
    assert 'value="1=Aware"' in page


def test_a_new_skill_keeps_the_name_that_it_was_given(hr: FlaskClient, calls: Calls) -> None:
    page = hr.post(f"{OWN}/skill", data=EDIT | {"is_new": "1", "iri": "urn:uuid:mine"}).get_data(as_text=True)
    assert 'value="urn:uuid:mine"' in page
    assert calls.of("skill_form")[-1][2] is None


def test_a_framework_is_begun(hr: FlaskClient, calls: Calls) -> None:
    sent = {"framework": " Shop ", "scale": "1=Aware", "label": "Tills"}
    answer = hr.post("/frameworks/new", data=sent)
    assert (answer.status_code, answer.location) == (303, "/frameworks/of/Shop")
    assert calls.of("begin")[0][1:] == ("Shop", "1=Aware", "Tills")


def test_skills_are_aligned(hr: FlaskClient, calls: Calls) -> None:
    page = hr.get(f"{OWN}/skill?iri=urn:b&q=wages").get_data(as_text=True)
    assert '<option value="urn:esco:wages">wages – ESCO</option>' in page
    sent = {"iri": "urn:b", "target": "urn:esco:wages", "relation": "exactMatch"}
    assert hr.post(f"{OWN}/align", data=sent).status_code == 303
    assert calls.of("align")[0][1:] == ("Payroll words", "urn:b", "urn:esco:wages", "exactMatch", "")
    hr.post(f"{OWN}/align", data=sent | {"levels": " 1=1 "})
    assert calls.of("align")[1][-1] == "1=1"


def test_an_alignment_is_ended_whichever_way_it_was_written(hr: FlaskClient, calls: Calls) -> None:
    page = hr.get(f"{OWN}/skill?iri=urn:b").get_data(as_text=True)
    assert "End<span" in page
    sent = {"iri": "urn:b", "other": "urn:esco:pay"}
    assert hr.post(f"{OWN}/end-alignment", data=sent | {"is_source": "1"}).status_code == 303
    assert "reports of earlier days keep it" in hr.get(f"{OWN}/skill?iri=urn:b").get_data(as_text=True)
    hr.post(f"{OWN}/end-alignment", data=sent | {"is_error": "1"})
    assert "reports as known before keep it" in hr.get(f"{OWN}/skill?iri=urn:b").get_data(as_text=True)
    assert [call[2:] for call in calls.of("end_alignment")] == [
        ("urn:b", "urn:b", "urn:esco:pay", False),
        ("urn:b", "urn:esco:pay", "urn:b", True),
    ]


def test_levels_are_put_into_force_or_refused(
    hr: FlaskClient, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hr.post(f"{OWN}/levels", data={"scale": " 1=A "}).status_code == 303
    assert calls.of("edit_scale")[0][1:] == ("Payroll words", "1=A")

    def refuse(*_: object) -> None:
        raise InvalidInputError("levels: 1 steps instead of 2")

    monkeypatch.setattr(own_frameworks, "edit_scale", refuse)
    answer = hr.post(f"{OWN}/levels", data={"scale": "1=<b>"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "1 steps instead of 2" in page
    assert 'value="1=&lt;b&gt;"' in page
