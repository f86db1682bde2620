"""/api/v1: bearer tokens, the report as JSON, and its description."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from reports.content.tables import report_json
from tests.web.conftest import TOKEN, Calls
from tests.web.content import report
from tests.web.routes import routes

BEARER = {"Authorization": f"Bearer {TOKEN}"}


def test_a_token_opens_the_report(signed_out: FlaskClient, calls: Calls) -> None:
    answer = signed_out.get("/api/v1/teams/PAY/coverage?tree=1", headers=BEARER)
    assert answer.status_code == 200
    assert answer.json == {"scope": {"team_id": "PAY", "tree": False}}
    asked = calls.of("team")[0]
    assert (asked[0].role, asked[2], asked[3]) == ("hr", "PAY", True)


def test_a_wrong_token_a_cookie_and_none_answer_401(signed_out: FlaskClient, hr: FlaskClient) -> None:
    for client, headers in (
        (signed_out, {}),
        (signed_out, {"Authorization": "Bearer wrong"}),
        (signed_out, {"Authorization": f"Basic {TOKEN}"}),
        (hr, {}),
    ):
        answer = client.get("/api/v1/teams/PAY/coverage", headers=headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_team_out_of_scope_answers_404_as_a_problem(signed_out: FlaskClient) -> None:
    answer = signed_out.get("/api/v1/teams/NOPE/coverage", headers=BEARER)
    body = answer.json
    assert answer.status_code == 404
    assert body is not None
    assert body["type"] == "urn:lms-bridge:problem:not-found"
    assert body["instance"] == "/api/v1/teams/NOPE/coverage"


def test_an_unknown_path_and_a_wrong_method_are_problems_too(signed_out: FlaskClient) -> None:
    assert signed_out.get("/api/v1/nothing").mimetype == "application/problem+json"
    wrong = signed_out.post("/api/v1/teams/PAY/coverage")
    assert wrong.status_code == 405
    assert wrong.mimetype == "application/problem+json"
    assert "GET" in wrong.headers["Allow"]


def _document(client: FlaskClient) -> dict[str, Any]:
    body = client.get("/api/v1/openapi.json").json
    assert isinstance(body, dict)
    return body


def test_the_description_names_every_route_of_the_api(app: Flask, signed_out: FlaskClient) -> None:
    described = {
        (path.replace("{team_id}", "PAY"), method.upper())
        for path, methods in _document(signed_out)["paths"].items()
        for method in methods
    }
    assert described == {
        (route.address, route.method) for route in routes(app) if route.endpoint.startswith("api.")
    }


def test_every_reference_of_the_description_leads_somewhere(signed_out: FlaskClient) -> None:
    document = _document(signed_out)
    assert document["openapi"] == "3.1.0"
    found = list(_references(document))
    assert found
    for reference in found:
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_the_report_has_what_the_description_promises(signed_out: FlaskClient) -> None:
    import orjson

    schemas = _document(signed_out)["components"]["schemas"]
    body = orjson.loads(report_json(report()))
    _holds(body, {"$ref": "#/components/schemas/Report"}, schemas, "report")


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [reference for value in node.values() for reference in _references(value)]
    if isinstance(node, list):
        return [reference for value in node for reference in _references(value)]
    return []


_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def _holds(value: Any, schema: dict[str, Any], schemas: dict[str, Any], place: str) -> None:
    """Assert that `value` is of the kind, has the properties and is one of the values that `schema` names."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    if "enum" in schema:
        assert value in schema["enum"], place
    if "type" in schema:
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        assert any(isinstance(value, _KINDS[kind]) for kind in kinds), (
            f"{place}: {value!r} is none of {kinds}"
        )
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            assert name in value, f"{place}.{name}"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                _holds(value[name], part, schemas, f"{place}.{name}")
    if isinstance(value, list):
        for item in value:
            _holds(item, schema.get("items", {}), schemas, f"{place}[]")
