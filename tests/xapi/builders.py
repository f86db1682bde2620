"""Statements for tests: one valid statement, and ways to say what a test is about."""

from __future__ import annotations

from typing import Any

import orjson

from lms_bridge.xapi.attachments import AttachmentPart
from lms_bridge.xapi.statements import Batch, IncomingStatement, read_statements
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation

ADA = {"objectType": "Agent", "name": "Ada", "mbox": "mailto:ada@example.com"}
BO = {"account": {"homePage": "https://lms.example.com", "name": "bo-17"}}
COURSE = "https://lms.example.com/course/42"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
OTHER_ID = "8f87ccde-bb56-4c2e-ab83-44982ef22df0"
DELETE = object()


def statement(**changes: Any) -> dict[str, Any]:
    """Return Ada's passing of a course with `changes` at the top; DELETE takes a property away."""
    base: dict[str, Any] = {
        "id": ID,
        "actor": ADA,
        "verb": {"id": PASSED, "display": {"en": "passed"}},
        "object": {"id": COURSE, "definition": {"name": {"en": "First aid"}}},
        "timestamp": "2026-05-04T09:30:00.000Z",
    }
    base.update(changes)
    return {key: value for key, value in base.items() if value is not DELETE}


def substatement(**changes: Any) -> dict[str, Any]:
    """Return a statement whose object is a SubStatement with `changes`."""
    inner = {"objectType": "SubStatement", **statement(**({"id": DELETE, "timestamp": DELETE} | changes))}
    return statement(object=inner)


def read(
    value: Any,
    *,
    version: Version = Version.V1_0_3,
    lenient: bool = False,
    parts: dict[str, AttachmentPart] | None = None,
) -> Batch:
    """Read `value` (bytes, or anything JSON) as the body of a request."""
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return read_statements(body, version=version, lenient=lenient, attachments=parts)


def accepted(value: Any, *, version: Version = Version.V1_0_3, lenient: bool = False) -> IncomingStatement:
    """Return the one statement of a body that must be valid."""
    batch = read(value, version=version, lenient=lenient)
    assert batch.violations == ()
    (one,) = batch.statements
    return one


def refused(value: Any, *, version: Version = Version.V1_0_3, lenient: bool = False) -> Violation:
    """Return the first violation of a body that must be refused as a whole."""
    batch = read(value, version=version, lenient=lenient)
    assert batch.violations
    assert batch.statements == ()
    return batch.violations[0]
