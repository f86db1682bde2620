"""/sources: the connected LMSs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from lms_bridge.pipeline import pages
from tests.web import page_content
from tests.web.content import health


def test_a_source_tells_what_it_sends_and_what_is_refused(hr: FlaskClient) -> None:
    page = hr.get("/sources").get_data(as_text=True)
    assert "12\u202f480" in page
    assert "XAPI-00083" in page
    assert 'href="/queues/rejected?source=moodle"' in page


def test_a_silent_source_says_since_when(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = page_content.source_row(health=health().sources[1])
    never = page_content.source_row(
        name="new", health=replace(health().sources[1], last_seen=None, silent_days=None)
    )
    monkeypatch.setattr(pages, "sources", lambda *_: (silent, never))
    page = hr.get("/sources").get_data(as_text=True)
    assert "silent for 5 days" in page
    assert "never sent anything" in page


def test_without_sources_the_command_is_named(hr: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "sources", lambda *_: ())
    assert "lms-bridge source add" in hr.get("/sources").get_data(as_text=True)
