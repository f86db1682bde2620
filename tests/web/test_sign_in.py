"""/sign-in and /sign-out: the session cookie."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.errors import BusyError
from lms_bridge.pipeline import accounts
from lms_bridge.web.auth import local_address
from tests.web.conftest import PASSWORD, Calls, make_app

GOOD = {"email": "hr@example.com", "password": PASSWORD}


def test_a_page_leads_to_the_sign_in_and_back(signed_out: FlaskClient) -> None:
    asked = signed_out.get("/teams/PAY?as_of=2026-03-15&tree=1")
    assert asked.status_code == 303
    form = signed_out.get(asked.location).get_data(as_text=True)
    assert 'name="next" value="/teams/PAY?as_of=2026-03-15&amp;tree=1"' in form
    answer = signed_out.post("/sign-in", data={**GOOD, "next": "/teams/PAY?as_of=2026-03-15&tree=1"})
    assert (answer.status_code, answer.location) == (303, "/teams/PAY?as_of=2026-03-15&tree=1")
    assert signed_out.get("/teams/PAY").status_code == 200


def test_a_wrong_password_keeps_the_address_and_tells_so(signed_out: FlaskClient) -> None:
    answer = signed_out.post("/sign-in", data={"email": "hr@example.com", "password": "wrong"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "E-mail or password is wrong" in page
    assert 'value="hr@example.com"' in page
    assert "wrong&#34;" not in page
    assert signed_out.get("/").status_code == 303


def test_too_many_tries_answer_503(signed_out: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise BusyError("Too many tries; wait a minute", retry_after_seconds=60)

    monkeypatch.setattr(accounts, "sign_in", busy)
    answer = signed_out.post("/sign-in", data=GOOD)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "wait a minute" in answer.get_data(as_text=True)


def test_a_reader_who_is_signed_in_is_led_on(hr: FlaskClient) -> None:
    answer = hr.get("/sign-in?next=/teams/")
    assert (answer.status_code, answer.location) == (303, "/teams/")


def test_signing_in_forgets_what_the_session_held(signed_out: FlaskClient) -> None:
    with signed_out.session_transaction() as session:
        session["planted"] = "before"
    signed_out.post("/sign-in", data=GOOD)
    with signed_out.session_transaction() as session:
        assert "planted" not in session
        assert session["email"] == "hr@example.com"


def test_signing_out_ends_the_session(hr: FlaskClient) -> None:
    assert hr.post("/sign-out").location == "/sign-in"
    assert hr.get("/").location.startswith("/sign-in")


def test_a_reader_whose_account_is_gone_is_signed_out(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "reader_of", lambda *_: None)
    assert hr.get("/").location == "/sign-in?next=/"


def test_a_form_of_a_lost_session_leads_to_the_overview_afterwards(signed_out: FlaskClient) -> None:
    assert signed_out.post("/queues/failures/3/retry").location == "/sign-in"


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/%0a\n/elsewhere.example",
        "javascript:alert(1)",
        "teams/",
        "",
        None,
    ],
)
def test_nobody_is_led_to_another_site(address: str | None) -> None:
    assert local_address(address) == "/"


@given(st.text(alphabet="/\\:@.?#%\t\n abcd", max_size=30))
def test_whatever_is_asked_for_stays_on_this_site(address: str) -> None:
    kept = local_address(address)
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("base_url", "is_secure"), [("https://bridge.example", True), ("http://localhost", False)]
)
def test_the_cookie_is_secure_exactly_when_the_base_url_is_https(
    base_url: str, is_secure: bool, tmp_path: Path, calls: Calls
) -> None:
    app = make_app(tmp_path, base_url=base_url)
    app.config["WTF_CSRF_ENABLED"] = False
    cookie = app.test_client().post("/sign-in", data=GOOD).headers["Set-Cookie"]
    assert ("Secure" in cookie) is is_secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_form_is_shown_without_a_menu(signed_out: FlaskClient, app: Flask) -> None:
    page = signed_out.get("/sign-in").get_data(as_text=True)
    assert "Sign out" not in page
    assert 'class="menu"' not in page
