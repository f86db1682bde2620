"""The JSON API for programs: bearer tokens, the same content as page and workbook, described by OpenAPI 3.1."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from lms_bridge.errors import UnauthenticatedError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import accounts, issuing, pages
from lms_bridge.store.database import db
from lms_bridge.web.context import asked_view, is_asked, settings
from lms_bridge.web.openapi import document

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Answer with the description of this API."""
    return Response(orjson.dumps(document(settings().base_url)), mimetype="application/json")


@blueprint.get("/teams/<team_id>/coverage")
def team_coverage(team_id: str) -> Response:
    """Answer with every figure of the team's report; 401 without a good token, 404 for a team out of its scope."""
    report = pages.team(
        db.session(),
        settings(),
        _token_reader(),
        asked_view(),
        team_id,
        tree=is_asked("tree"),
        with_trend=False,
    )
    return Response(issuing.json_bytes(report), mimetype="application/json")


def _token_reader() -> Reader:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    reader = accounts.token_reader(db.session(), token.strip()) if scheme.lower() == "bearer" else None
    if reader is None:
        raise UnauthenticatedError(
            "No valid API token; send 'Authorization: Bearer <token>' with a token of `lms-bridge token add`"
        )
    return reader
