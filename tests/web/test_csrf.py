"""Every form carries a token, and no form is taken without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms_bridge.web.access import OPERATORS
from lms_bridge.web.security import MOST_FORM_BYTES
from tests.web.conftest import PASSWORD, Calls, make_app
from tests.web.routes import routes

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PAGES_WITH_FORMS = (
    "/queues/rejected",
    "/queues/unknown-actors",
    "/queues/clocks",
    "/queues/failures",
    "/people/p-bo",
    "/credentials/",
    "/frameworks/",
    "/roles/edit/profile",
    "/frameworks/of/Payroll%20words/skill?iri=urn:b",
)


@pytest.fixture
def guarded(tmp_path: Path, calls: Calls) -> Flask:
    """The application with the check on, as it runs."""
    return make_app(tmp_path)


@pytest.fixture
def operator(guarded: Flask) -> FlaskClient:
    """A client of an administrator who signed in through the form."""
    client = guarded.test_client()
    token = _token(client, "/sign-in")
    data = {"email": "admin@example.com", "password": PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=data).status_code == 303
    return client


def _token(client: FlaskClient, address: str) -> str:
    found = TOKEN.search(client.get(address).get_data(as_text=True))
    assert found is not None
    return found.group(1)


def test_no_form_is_taken_without_a_token(guarded: Flask, operator: FlaskClient, calls: Calls) -> None:
    calls.made.clear()
    forms = [route for route in routes(guarded) if route.method == "POST"]
    assert len(forms) >= len(OPERATORS) + 6
    for route in forms:
        answer = operator.post(route.address, data={"reason": "x", "email": "a@example.com"})
        assert answer.status_code == 400, route
    assert calls.made == []


def test_a_token_of_another_session_is_refused(guarded: Flask, operator: FlaskClient) -> None:
    foreign = _token(guarded.test_client(), "/sign-in")
    assert operator.post("/queues/failures/3/retry", data={"csrf_token": foreign}).status_code == 400


def test_every_form_carries_the_token(operator: FlaskClient) -> None:
    for address in PAGES_WITH_FORMS:
        page = operator.get(address).get_data(as_text=True)
        forms = re.findall(r"<form[^>]*method=\"post\"[^>]*>.*?</form>", page, re.DOTALL)
        assert forms, address
        assert all(TOKEN.search(form) for form in forms), address


def test_a_form_with_its_token_is_taken(operator: FlaskClient, calls: Calls) -> None:
    token = _token(operator, "/queues/failures")
    answer = operator.post("/queues/failures/3/retry", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/queues/failures")
    assert [arguments[1] for arguments in calls.of("retry_failure")] == [3]


def test_the_api_takes_no_cookie_and_needs_no_token(guarded: Flask, operator: FlaskClient) -> None:
    assert operator.get("/api/v1/teams/PAY/coverage").status_code == 401


@pytest.mark.parametrize("address", ["/sign-in", "/credentials/take-in"])
def test_a_form_is_bounded_before_it_is_read_signed_in_or_not(
    guarded: Flask, operator: FlaskClient, calls: Calls, address: str
) -> None:
    client = guarded.test_client() if address == "/sign-in" else operator
    calls.made.clear()
    form = "multipart/form-data; boundary=x"
    answer = client.post(address, data=b"x" * (MOST_FORM_BYTES + 1), content_type=form)
    assert answer.status_code == 413
    assert f"more than {MOST_FORM_BYTES} bytes" in answer.get_data(as_text=True)
    assert calls.made == []
