"""/credentials: what became of each, taking one in, deciding on an issuer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from flask.testing import FlaskClient

from lms_bridge.people.scope import Role
from lms_bridge.skills.strengths import Strength
from tests.web.conftest import Calls

ClientOf = Callable[[Role], FlaskClient]
DECISION = {
    "issuer": "did:web:academy.example",
    "tier": "trusted",
    "strength": "assessed",
    "level": "2",
    "reason": "audited",
}


def test_the_page_tells_what_became_of_each_and_what_waits(hr: FlaskClient) -> None:
    page = hr.get("/credentials/").get_data(as_text=True)
    assert "recognised, waits for its person" in page
    assert "nobody known" in page
    assert re.search(r'<a href="/people/p-bo">Bo &lt;b&gt;</a>', page)
    assert "Asks: Pass the &lt;b&gt; exam.<br>About &lt;b&gt; pay." in page
    assert "waits for a decision" in page
    assert "certified, level 2" in page
    assert "Academy <b>" not in page


def test_an_auditor_reads_and_decides_nothing(client_of: ClientOf) -> None:
    page = client_of("auditor").get("/credentials/").get_data(as_text=True)
    assert "Decide</button>" not in page
    assert "Verify and take in" not in page
    assert client_of("auditor").post("/credentials/issuers", data=DECISION).status_code == 404


def test_a_badge_is_taken_in_and_its_outcome_said(hr: FlaskClient, calls: Calls) -> None:
    sent = {"file": (io.BytesIO(b"<svg/>"), "badge.svg")}
    answer = hr.post("/credentials/take-in", data=sent)
    assert answer.status_code == 303
    assert calls.of("take_in")[0][1:] == ("badge.svg", b"<svg/>")
    assert "badge.svg: recognised: verified" in hr.get("/credentials/").get_data(as_text=True)


def test_no_file_is_told_with_what_to_do(hr: FlaskClient, calls: Calls) -> None:
    answer = hr.post("/credentials/take-in", data={})
    assert answer.status_code == 400
    assert "choose a file" in answer.get_data(as_text=True)
    assert calls.of("take_in") == []


def test_a_decision_is_handed_on_as_it_was_made(hr: FlaskClient, calls: Calls) -> None:
    assert hr.post("/credentials/issuers", data=DECISION).status_code == 303
    assert "Decided: trusted. 3 people who hold such a badge" in hr.get("/credentials/").get_data(
        as_text=True
    )
    (_, issuer_id, achievement_id, standing, reason) = calls.of("decide")[0]
    assert (issuer_id, achievement_id, reason) == ("did:web:academy.example", "", "audited")
    assert (standing.tier, standing.strength, standing.level) == ("trusted", Strength.ASSESSED, 2)


def test_a_decision_that_is_none_is_refused_in_a_sentence(hr: FlaskClient, calls: Calls) -> None:
    for change in ({"tier": "friend"}, {"level": "two"}, {"strength": "felt"}):
        answer = hr.post("/credentials/issuers", data=DECISION | change)
        assert answer.status_code == 400, change
        assert 'role="alert"' in answer.get_data(as_text=True)
    assert calls.of("decide") == []


def test_one_badge_of_an_issuer_is_decided_by_itself(hr: FlaskClient, calls: Calls) -> None:
    page = hr.get("/credentials/").get_data(as_text=True)
    assert "Guild: badge Exam &lt;b&gt;" in page
    assert '<span class="soft">badge</span> Exam &lt;b&gt;' in page
    # Browsers send the end of a line as two characters.
    sent = DECISION | {"issuer": "did:web:guild.example\r\nurn:exam"}
    assert hr.post("/credentials/issuers", data=sent).status_code == 303
    assert calls.of("decide")[0][1:3] == ("did:web:guild.example", "urn:exam")


def test_a_badge_is_given_back_to_what_is_decided_of_its_issuer(hr: FlaskClient, calls: Calls) -> None:
    sent = DECISION | {"issuer": "did:web:guild.example\r\nurn:exam", "tier": "as its issuer"}
    assert "<option>as its issuer</option>" in hr.get("/credentials/").get_data(as_text=True)
    assert hr.post("/credentials/issuers", data=sent).status_code == 303
    assert calls.of("decide")[0][1:4] == ("did:web:guild.example", "urn:exam", None)
    assert "Decided: as its issuer." in hr.get("/credentials/").get_data(as_text=True)


def test_what_a_decision_would_do_is_shown_before_it_is_made(hr: FlaskClient, calls: Calls) -> None:
    sent = DECISION | {"foresee": "1", "reason": "", "strength": "verified", "level": "3"}
    page = hr.post("/credentials/issuers", data=sent).get_data(as_text=True)
    assert "What it would do" in page
    assert calls.of("decide") == []
    (_, issuer_id, _, standing) = calls.of("foresee")[0]
    assert (issuer_id, standing.level) == ("did:web:academy.example", 3)
    # The form keeps what was chosen.
    assert '<option value="did:web:academy.example" selected>' in page
    assert "<option selected>verified</option>" in page
    assert 'name="level" type="number" min="1" max="99" value="3"' in page
    of_badge = sent | {"issuer": "did:web:guild.example\r\nurn:exam"}
    again = hr.post("/credentials/issuers", data=of_badge).get_data(as_text=True)
    assert calls.of("foresee")[1][1:3] == ("did:web:guild.example", "urn:exam")
    assert '<option value="did:web:guild.example\nurn:exam" selected>' in again
