"""/roles/<id>: what a role asks, and how ready its people are."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from lms_bridge.pipeline import pages
from tests.web import page_content


def test_a_role_shows_requirements_and_readiness(hr: FlaskClient) -> None:
    page = hr.get("/roles/payroll-clerk").get_data(as_text=True)
    assert "3 Independent" in page
    assert "1 of 3 (33 %)" in page
    assert "data protection" in page


def test_a_role_without_requirements_says_what_to_do(
    hr: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "role", lambda *_: page_content.role_page(requirements=(), people=()))
    assert "Import its requirements" in hr.get("/roles/payroll-clerk").get_data(as_text=True)
