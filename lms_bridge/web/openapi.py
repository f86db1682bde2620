"""The description of /api/v1 as an OpenAPI 3.1 document; the tests hold it against the routes and the answers."""

from __future__ import annotations

from typing import Any, Final

from lms_bridge import __version__

Schema = dict[str, Any]

_DAY: Final[Schema] = {"type": "string", "format": "date"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_TEXT: Final[Schema] = {"type": "string"}
_IRI: Final[Schema] = {"type": "string", "format": "iri"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_MAYBE_COUNT: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
_MAYBE_DAY: Final[Schema] = {"type": ["string", "null"], "format": "date"}
_MAYBE_SHARE: Final[Schema] = {
    "type": ["number", "null"],
    "minimum": 0,
    "maximum": 1,
    "description": "0..1; null is n/a: nothing is asked.",
}


def document(base_url: str) -> Schema:
    """Return the OpenAPI 3.1 document of the service at `base_url`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LMS Bridge",
            "version": __version__,
            "summary": "Team skill coverage, with the proof behind every figure.",
            "description": (
                "The same content as the pages and workbooks. A token sees what its holder may see: what is out of "
                "its scope answers 404, like what does not exist. Days are calendar days of the company's time zone."
            ),
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/teams/{team_id}/coverage": {"get": _team_coverage()},
            "/api/v1/openapi.json": {"get": _self_description()},
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token made with `lms-bridge token add`.",
                }
            },
            "parameters": _parameters(),
            "responses": _responses(),
            "schemas": _schemas(),
        },
    }


def _team_coverage() -> Schema:
    return {
        "operationId": "teamCoverage",
        "summary": "Every figure of a team's report",
        "tags": ["reports"],
        "parameters": [
            {
                "name": "team_id",
                "in": "path",
                "required": True,
                "schema": _TEXT,
                "description": "The team's id as in teams.csv.",
            },
            *({"$ref": f"#/components/parameters/{name}"} for name in ("tree", "as_of", "known_on")),
        ],
        "responses": {
            "200": {
                "description": "The report.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}},
            },
            **{
                status: {"$ref": f"#/components/responses/{name}"}
                for status, name in (("400", "Invalid"), ("401", "Unauthenticated"), ("404", "NotFound"))
            },
        },
    }


def _self_description() -> Schema:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "tags": ["service"],
        "security": [],
        "responses": {
            "200": {
                "description": "The description of this API.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }


def _parameters() -> Schema:
    return {
        "tree": {
            "name": "tree",
            "in": "query",
            "schema": {"type": "string", "enum": ["0", "1"], "default": "0"},
            "description": "1 takes the teams below along.",
        },
        "as_of": {
            "name": "as_of",
            "in": "query",
            "schema": _DAY,
            "description": "The day for which the figures hold; default today.",
        },
        "known_on": {
            "name": "known_on",
            "in": "query",
            "schema": {"anyOf": [_DAY, _INSTANT]},
            "description": (
                "What was known then; a day means its end. Default and latest is what has been derived by now; "
                "a later one is refused."
            ),
        },
    }


def _responses() -> Schema:
    return {
        name: {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for name, description in (
            ("Invalid", "A parameter is no date, or asks for more than is known."),
            ("Unauthenticated", "No token, or one that is not valid."),
            ("NotFound", "There is no such team, or it is not open to the token's holder."),
        )
    }


def _object(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def _list(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _schemas() -> Schema:
    return {
        "Problem": _object(
            {
                "type": {"type": "string", "format": "uri"},
                "title": _TEXT,
                "status": {"type": "integer"},
                "detail": _TEXT,
                "instance": {"type": "string", "format": "uri-reference"},
                "errors": {"type": "array", "items": {"type": "object"}},
            },
            optional=("errors",),
        ),
        "Report": _object(
            {
                "scope": _object({"team_id": _TEXT, "tree": {"type": "boolean"}}),
                "as_of": _DAY,
                "known_on": _INSTANT,
                "compliance": _object({"met": _COUNT, "required": _COUNT}),
                "skills": _list("Skill"),
                "people": _list("Person"),
            }
        ),
        "Skill": _object(
            {
                "skill_iri": _IRI,
                "label": _TEXT,
                "required_level": _MAYBE_COUNT,
                "needed": _MAYBE_COUNT,
                "met": _MAYBE_COUNT,
                "holders": _MAYBE_COUNT,
                "coverage_share": _MAYBE_SHARE,
                "depth": _MAYBE_COUNT,
                "headcounts": _list("Headcount"),
                "at_risk": {
                    "type": "object",
                    "description": "Coverage 30, 60 and 90 days ahead if nothing is renewed.",
                    "required": ["30", "60", "90"],
                    "properties": dict.fromkeys(("30", "60", "90"), _MAYBE_SHARE),
                },
            }
        ),
        "Headcount": _object(
            {
                "team_id": _TEXT,
                "level": _COUNT,
                "min_strength": {"$ref": "#/components/schemas/Strength"},
                "needed": _COUNT,
                "holders": _COUNT,
                "coverage_share": _MAYBE_SHARE,
            }
        ),
        "Person": _object({"person_id": _TEXT, "name": _TEXT, "cells": _list("Cell")}),
        "Cell": _object(
            {
                "skill_iri": _IRI,
                "required": _MAYBE_COUNT,
                "attained": _COUNT,
                "status": {"enum": ["met", "unmet", "open", "exempt", "desirable", "not_required"]},
                "met": {"type": ["boolean", "null"]},
                "gap": _COUNT,
                "reason": {"enum": ["reversed", "expired", "not_recognised", "too_low", "never", None]},
                "due_on": _MAYBE_DAY,
                "evidence": {
                    "type": "array",
                    "items": {"type": "string", "format": "uuid"},
                    "description": "Ids of the facts that count: each is a proof card at /evidence/<id>.",
                },
            }
        ),
        "Strength": {"enum": ["self-asserted", "attended", "completed", "assessed", "verified", "certified"]},
    }
