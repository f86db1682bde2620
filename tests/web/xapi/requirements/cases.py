"""Statements with everything in them, ways to spoil one value of them, and what the LRS says of each.

A path names a value: keys and places in arrays, from the top of the statement. `spoiled` puts one value in another's
place; `verdicts` sends many statements as one batch, of which each must be named.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.web.xapi.lrs import Answer, Caller, activity, agent, reference, statement

Path = tuple[str | int, ...]

VERSIONS = ("1.0.3", "2.0.0")
UUID = "39c24cc4-69d7-4d01-a0e4-61b6ea1c9a1f"
OTHER_UUID = "7ccd3322-e1a5-411a-a67d-6a735c76f119"
ACCOUNT = {"homePage": "https://lms.example.com", "name": "bo-17"}
TEAM = {"objectType": "Group", "name": "Payroll", "account": dict(ACCOUNT), "member": [agent("cem")]}
# What a parameter that is an Agent cannot be.
NO_AGENTS = (
    "",
    "ada",
    "{}",
    "[]",
    "null",
    "{",
    '{"mbox":"ada"}',
    '{"name":"Ada"}',
    '{"mbox":1}',
    "mailto:ada@example.com",
)
# What is taken away from a statement.
ABSENT: Any = object()
# Where keys are the sender's: extensions and language maps.
_FREE = frozenset({"extensions", "display", "name", "description"})


def choice() -> dict[str, Any]:
    """Return an activity with a whole definition, an interaction."""
    component = {"id": "yes", "description": {"en": "Yes"}}
    return activity("quiz") | {
        "definition": {
            "name": {"en-US": "Quiz"},
            "description": {"en-US": "A quiz"},
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "moreInfo": "https://example.com/more",
            "interactionType": "choice",
            "correctResponsesPattern": ["yes"],
            "choices": [component, {"id": "no"}],
            "extensions": {"https://example.com/e": {"deep": None}},
        }
    }


def context(version: str = "1.0.3") -> dict[str, Any]:
    """Return a context with every property that `version` knows."""
    found: dict[str, Any] = {
        "registration": UUID,
        "instructor": {"objectType": "Agent", "name": "Bo", "openid": "https://bo.example.com/"},
        "team": copy.deepcopy(TEAM),
        "contextActivities": {
            "parent": [activity("parent")],
            "grouping": [activity("grouping")],
            "category": [choice()],
            "other": [activity("other")],
        },
        "revision": "7",
        "platform": "Moodle",
        "language": "de-AT",
        "statement": reference(OTHER_UUID),
        "extensions": {"https://example.com/e": ""},
    }
    if version == "2.0.0":
        kind = "http://id.tincanapi.com/activitytype/coach"
        found["contextAgents"] = [
            {"objectType": "contextAgent", "agent": agent("dora"), "relevantTypes": [kind]}
        ]
        found["contextGroups"] = [
            {"objectType": "contextGroup", "group": copy.deepcopy(TEAM), "relevantTypes": [kind]}
        ]
    return found


def _attachment() -> dict[str, Any]:
    return {
        "usageType": "https://example.com/usage",
        "display": {"en": "Certificate"},
        "description": {"en": "A certificate"},
        "contentType": "application/pdf",
        "length": 3,
        "sha2": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "fileUrl": "https://files.example.com/1.pdf",
    }


def _core(version: str) -> dict[str, Any]:
    return {
        "actor": agent("ada") | {"name": "Ada"},
        "verb": {"id": "https://example.com/verbs/answered", "display": {"en": "answered"}},
        "object": choice(),
        "result": {
            "score": {"scaled": 0.5, "raw": 5.5, "min": 1, "max": 10},
            "success": True,
            "completion": False,
            "response": "yes",
            "duration": "PT1M30.5S",
            "extensions": {"https://example.com/e": {}},
        },
        "context": context(version),
        "timestamp": "2026-05-04T09:30:00.123Z",
        "attachments": [_attachment()],
    }


def whole(version: str = "1.0.3") -> dict[str, Any]:
    """Return a statement with every property that a sender may set, its id apart."""
    return _core(version) | {"authority": {"objectType": "Agent", "account": dict(ACCOUNT)}}


def nested(version: str = "1.0.3") -> dict[str, Any]:
    """Return a statement whose object is a SubStatement with every property."""
    found = statement(thing={"objectType": "SubStatement", **_core(version)})
    del found["id"]
    return found


def paths(value: Any, *, free: bool = False) -> Iterator[Path]:
    """Yield the path of every value, outer ones first; what stands inside extensions only where `free`."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, child in items:
        yield (key,)
        if key != "extensions" or free:
            yield from ((key, *rest) for rest in paths(child, free=free))


def value_at(value: Any, path: Path) -> Any:
    """Return what stands at a path."""
    for key in path:
        value = value[key]
    return value


def spoiled(value: dict[str, Any], path: Path, new: Any) -> dict[str, Any]:
    """Return a copy in which another value stands at `path`; ABSENT takes it away."""
    found = copy.deepcopy(value)
    inner = value_at(found, path[:-1])
    if new is ABSENT:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return found


def is_free(value: dict[str, Any], path: Path) -> bool:
    """Tell whether the keys of the object at `path` are the sender's: extensions, or a language map."""
    return bool(path) and path[-1] in _FREE and isinstance(value_at(value, path), dict)


def pointer(path: Path) -> str:
    """Return the JSON pointer of a path."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)


def at(text: str) -> Path:
    """Return the path that a dotted text names; digits are places in arrays."""
    return tuple(int(part) if part.isdigit() else part for part in text.split("."))


def verdicts(
    caller: Caller, statements: Sequence[dict[str, Any]], version: str = "1.0.3"
) -> list[list[tuple[str, str]]]:
    """Send statements as one batch that must be refused; return (requirement, pointer) of each one's violations."""
    answer = caller.speaking(version).send("POST", "statements", list(statements))
    assert answer.status_code == 400, answer.text
    found: list[list[tuple[str, str]]] = [[] for _ in statements]
    for error in answer.json["errors"]:
        found[error["index"]].append((error["requirement"], error["pointer"]))
    return found


def refusal(caller: Caller, one: Any, version: str = "1.0.3") -> set[str]:
    """Send one statement that must be refused with 400, and return the requirements that it is said to break."""
    answer = caller.speaking(version).send("POST", "statements", one)
    assert answer.status_code == 400, (answer.status_code, json.dumps(one)[:400])
    return {error["requirement"] for error in answer.json["errors"]}


def is_taken(caller: Caller, *statements: dict[str, Any], version: str = "1.0.3") -> bool:
    """Send each statement by itself, and tell whether all are taken; the first that is not fails with its answer."""
    for one in statements:
        answer: Answer = caller.speaking(version).send("POST", "statements", one)
        assert answer.status_code == 200, (answer.text, json.dumps(one)[:400])
    return True


def all_refused(
    caller: Caller, requirement: str, statements: Sequence[dict[str, Any]], version: str = "1.0.3"
) -> bool:
    """Tell whether each statement of a batch is said to break `requirement`; the first that is not fails."""
    found = verdicts(caller, statements, version)
    for one, violations in zip(statements, found, strict=True):
        assert requirement in {number for number, _ in violations}, (violations, json.dumps(one)[:400])
    return True
