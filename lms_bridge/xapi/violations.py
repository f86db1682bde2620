"""What is wrong with a request: one violation for each rule that a statement, a document or a parameter breaks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Defect(StrEnum):
    """The known defects of real senders that a lenient source may send; the value is the slug shown to people."""

    GROUP_ACTIVITY = "group-activity"
    OBJECT_ID_NOT_IRI = "object-id-not-iri"
    ACCOUNT_WITHOUT_HOMEPAGE = "account-without-homepage"
    PARENT_WITHOUT_ID = "parent-without-id"
    EMPTY_REGISTRATION = "empty-registration"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule.

    `index` is the statement's place in its batch, None where the whole request is meant. `pointer` is a JSON pointer
    (RFC 6901) inside the statement, or the parameter's name for a query. `requirement` is the conformance requirement
    ("XAPI-00083"), "" where none is numbered. `message` names thing, value and remedy. `defect` is the slug of the
    lenient defect that this is, else None.
    """

    index: int | None
    pointer: str
    requirement: str
    message: str
    defect: str | None = None


class Missing:
    """What stands where a property is absent, so that messages tell absent from null."""


MISSING = Missing()


def shown(value: Any) -> str:
    """Return `value` for a message: shortened, so that a hostile value does not fill a page."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    if isinstance(value, str):
        return repr(value) if len(value) <= 80 else f"{value[:77]!r}…"
    if value is MISSING:
        return "missing"
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)
    return text if len(text) <= 40 else f"{text[:37]}…"


def pointer_token(key: str) -> str:
    """Return `key` escaped as one token of a JSON pointer (RFC 6901 section 3); NUL, which no store takes, is replaced."""
    return key.replace("~", "~0").replace("/", "~1").replace("\x00", "\ufffd")
