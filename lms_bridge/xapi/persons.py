"""The Person object of GET /agents: one agent's identifiers and names as arrays (1.0.3 Communication 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lms_bridge.xapi.parameters import Arguments, Parameters, parse_text
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation

_PROPERTIES = ("name", "mbox", "mbox_sha1sum", "openid", "account")


def read_agent_query(
    arguments: Arguments, version: Version, *, lenient: bool = False
) -> dict[str, Any] | tuple[Violation, ...]:
    """Read the parameters of GET /agents: the agent, given as JSON (XAPI-00243, XAPI-00249)."""
    parameters = Parameters(arguments, {"agent"}, version, lenient=lenient)
    parameters.require("agent", "XAPI-00243")
    if parameters.agent("agent") is None or parameters.violations:
        return tuple(parameters.violations)
    agent: dict[str, Any] = parse_text(parameters.values["agent"])
    return agent


def read_activity_query(
    arguments: Arguments, version: Version, *, lenient: bool = False
) -> str | tuple[Violation, ...]:
    """Read the parameters of GET /activities: the activity's IRI (XAPI-00250)."""
    parameters = Parameters(arguments, {"activityId"}, version, lenient=lenient)
    parameters.require("activityId", "XAPI-00250")
    iri = parameters.activity("activityId")
    return tuple(parameters.violations) if iri is None or parameters.violations else iri


def person(agents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the Person that some agents, known to be one, make up; values stand once, in the order given.

    XAPI-00238 to XAPI-00242: every property but objectType is an array.
    """
    # XAPI-00237, XAPI-00244: the objectType is Person, and what stands in mbox came from a valid Agent.
    found: dict[str, Any] = {"objectType": "Person"}
    for agent in agents:
        for key in _PROPERTIES:
            if key in agent:
                _add(found.setdefault(key, []), agent[key])
    return found


def _add(values: Sequence[Any], value: Any) -> None:
    if isinstance(values, list) and value not in values:
        values.append(value)
