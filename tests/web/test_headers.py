"""The headers of every answer, and that the pages hold to their own policy."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from lms_bridge.web.filters import STATIC
from tests.web.conftest import Calls, make_app
from tests.web.routes import routes

TEMPLATES = STATIC.parent / "templates"


def test_every_answer_carries_the_strict_policy(app: Flask, admin: FlaskClient) -> None:
    for route in routes(app):
        if route.method == "GET":
            with admin.get(route.address) as answer:
                headers = answer.headers
            assert headers["Content-Security-Policy"] == (
                "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; font-src 'self'; "
                "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
            ), route
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"


def test_pages_of_people_are_not_kept_by_caches(admin: FlaskClient) -> None:
    assert admin.get("/people/p-bo").headers["Cache-Control"] == "private, no-store"


def test_assets_are_kept_because_their_address_changes_with_them(admin: FlaskClient) -> None:
    page = admin.get("/").get_data(as_text=True)
    addresses = re.findall(r'"(/assets/[^"]+)"', page)
    assert len(addresses) >= 5
    for address in addresses:
        assert "?v=" in address
        with admin.get(address) as answer:
            assert answer.status_code == 200, address
            assert "immutable" in answer.headers["Cache-Control"]


def test_transport_security_is_asked_for_exactly_under_https(tmp_path: Path, calls: Calls) -> None:
    secure = make_app(tmp_path, base_url="https://bridge.example").test_client().get("/healthz")
    plain = make_app(tmp_path, base_url="http://localhost:8000").test_client().get("/healthz")
    assert "Strict-Transport-Security" in secure.headers
    assert "Strict-Transport-Security" not in plain.headers


def test_no_page_holds_a_style_a_script_or_a_handler(app: Flask, admin: FlaskClient) -> None:
    for route in routes(app):
        if route.method == "GET" and not route.address.startswith(("/assets", "/static", "/reports")):
            page = admin.get(route.address).get_data(as_text=True)
            assert not re.search(r"<[^>]*\sstyle=", page), route
            assert not re.search(r"<[^>]*\son[a-z]+=", page), route
            assert "<style" not in page, route
            assert not re.search(r"<script(?![^>]*\ssrc=)", page), route


def test_what_people_wrote_is_never_trusted_as_markup() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert "| safe" not in text, template.name
        assert "|safe" not in text, template.name
        assert "autoescape" not in text, template.name
