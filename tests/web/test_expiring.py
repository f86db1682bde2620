"""/expiring: what has run out, and what runs out within 90 days."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.content import EVIDENCE


def test_each_line_names_last_day_person_and_proof(hr: FlaskClient) -> None:
    page = hr.get("/expiring").get_data(as_text=True)
    assert "2026-07-12" in page
    assert "in 12 days" in page
    assert "10 days ago" in page
    assert f'href="/evidence/{EVIDENCE}"' in page
