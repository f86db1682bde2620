"""/healthz, /readyz, /metrics: what watches the service."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from lms_bridge.pipeline import health


def test_alive_asks_nobody(signed_out: FlaskClient) -> None:
    answer = signed_out.get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")


def test_ready_tells_each_check(signed_out: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert signed_out.get("/readyz").json == {"ready": True, "database": "ok"}
    monkeypatch.setattr(health, "readiness", lambda *_: (False, {"queue": 12}))
    waiting = signed_out.get("/readyz")
    assert waiting.status_code == 503
    assert waiting.json == {"ready": False, "queue": 12}


def test_figures_are_prometheus_text(signed_out: FlaskClient) -> None:
    answer = signed_out.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b"lms_bridge_statements_total 3" in answer.data
