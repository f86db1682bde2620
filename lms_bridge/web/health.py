"""What watches the service: alive, ready, and figures for Prometheus. They tell nothing of people and need no sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from lms_bridge.pipeline import health
from lms_bridge.store.database import db
from lms_bridge.web.context import settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer 200 as long as the process serves requests; the database is not asked."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Answer 200 where the service can do its work, else 503; the body names each check."""
    is_ready, checks = health.readiness(db.session(), settings())
    return jsonify({"ready": is_ready, **checks}), 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer with the figures in Prometheus's text format."""
    return Response(
        health.metrics(db.session(), settings()), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
