"""What one walk over one statement gathers: violations, flags of a lenient source, and what the index needs.

The walk (`statements`, `contexts`, `activities`, `actors`, `results`, `attachments`) validates and gathers at once,
because ingestion is bound by the processor: pointers are built only where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lms_bridge.xapi.identifiers import is_iri, is_language_tag
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import MISSING, Defect, Violation, pointer_token, shown

# One request lists every violation up to this many; a hostile batch must not fill the memory with them.
MOST_VIOLATIONS = 1000


class Reading:
    """The state of one walk. `index` is the statement's place in the batch, None for a parameter."""

    __slots__ = (
        "activities",
        "agents",
        "attachments",
        "definitions",
        "flags",
        "index",
        "is_v2",
        "lenient",
        "parts",
        "single_activities",
        "version",
        "violations",
    )

    def __init__(
        self,
        index: int | None,
        version: Version,
        *,
        lenient: bool = False,
        parts: Mapping[str, bytes] | None = None,
    ) -> None:
        self.index = index
        self.version = version
        self.is_v2 = version is Version.V2_0_0
        self.lenient = lenient
        # The attachments that came with the request by digest; None where it was application/json alone.
        self.parts = parts
        self.violations: list[Violation] = []
        self.flags: list[Violation] = []
        # Agent key -> whether it matches `agent=` without related_agents; activity IRI likewise.
        self.agents: dict[str, bool] = {}
        self.activities: dict[str, bool] = {}
        self.definitions: list[tuple[str, dict[str, Any]]] = []
        self.attachments: list[dict[str, Any]] = []
        # Whether a context activity came as a single object, which GET returns as an array.
        self.single_activities = False

    def refuse(self, pointer: str, requirement: str, message: str) -> None:
        """Note that the statement breaks a rule at `pointer`."""
        if len(self.violations) < MOST_VIOLATIONS:
            self.violations.append(Violation(self.index, pointer, requirement, message))

    def refuse_type(self, pointer: str, requirement: str, value: Any, wanted: str) -> None:
        """Note that a value has the wrong type; null has its own rule."""
        if value is MISSING:
            self.refuse(pointer, requirement, f"{pointer} is missing; give {wanted}")
        elif value is None:
            # XAPI-00001: null is allowed only inside extensions (Data 2.2).
            self.refuse(pointer, "XAPI-00001", f"{pointer} is null; give {wanted} or leave the property out")
        else:
            self.refuse(pointer, requirement, f"{pointer} is {shown(value)}; give {wanted}")

    def defect(self, defect: Defect, pointer: str, requirement: str, message: str) -> None:
        """Note a known defect of real senders: a flag where the source is lenient, else a violation."""
        noted = self.flags if self.lenient else self.violations
        if len(noted) < MOST_VIOLATIONS:
            noted.append(Violation(self.index, pointer, requirement, message, defect.value))

    def unknown_keys(self, pointer: str, keys: Iterable[str], allowed: frozenset[str]) -> None:
        """Note every key that the specification does not have at `pointer`; call it only where one is."""
        by_lower = {key.lower(): key for key in allowed}
        for key in keys:
            if key in allowed:
                continue
            at = f"{pointer}/{pointer_token(key)}"
            meant = by_lower.get(key.lower())
            if meant is not None:
                # XAPI-00008: the case of a key must match (Data 2.2).
                self.refuse(
                    at, "XAPI-00008", f"the property {shown(key)} has the wrong case; write {meant!r}"
                )
            else:
                # XAPI-00010: only properties of the specification (Data 2.2).
                message = f"the property {shown(key)} is not allowed here; put it into extensions"
                self.refuse(at, "XAPI-00010", message)

    def agent(self, key: str, *, direct: bool) -> None:
        """Index an agent; one that is found directly anywhere stays direct."""
        agents = self.agents
        if direct or key not in agents:
            agents[key] = direct

    def activity(self, iri: str, *, direct: bool) -> None:
        """Index an activity; one that is found directly anywhere stays direct."""
        activities = self.activities
        if direct or iri not in activities:
            activities[iri] = direct


def check_iri(reading: Reading, value: Any, pointer: str, requirement: str) -> bool:
    """Check a value that must be an absolute IRI (Data 4.3)."""
    if type(value) is str:
        if is_iri(value):
            return True
        message = (
            f"{pointer} is {shown(value)}, which is no absolute IRI; give one with a scheme, percent-encoded"
        )
        # XAPI-00007, XAPI-00011: an IRI is one, with a scheme (Data 2.2); the property's own number is the narrower one.
        reading.refuse(pointer, requirement or "XAPI-00011", message)
        return False
    reading.refuse_type(pointer, requirement, value, "an absolute IRI")
    return False


def check_text(reading: Reading, value: Any, pointer: str, requirement: str) -> None:
    """Check a value that must be a string."""
    if type(value) is not str:
        reading.refuse_type(pointer, requirement, value, "a string")


def check_language_map(reading: Reading, value: Any, pointer: str, requirement: str) -> None:
    """Check a language map: RFC 5646 tags to strings (Data 4.2)."""
    if type(value) is not dict:
        reading.refuse_type(
            pointer, requirement, value, "a language map (an object of language tags and strings)"
        )
        return
    for tag, text in value.items():
        if not is_language_tag(tag):
            # XAPI-00121: the keys of a language map are RFC 5646 tags (Data 4.2).
            message = f"{pointer} has the key {shown(tag)}, which is no language tag; use one such as 'en' or 'de-AT'"
            reading.refuse(f"{pointer}/{pointer_token(tag)}", "XAPI-00121", message)
        if type(text) is not str:
            reading.refuse_type(f"{pointer}/{pointer_token(tag)}", requirement, text, "a string")


def check_extensions(reading: Reading, value: Any, pointer: str, requirement: str) -> None:
    """Check extensions: keys are IRIs, values any JSON, null and empty values too (Data 4.1, XAPI-00119)."""
    if type(value) is not dict:
        reading.refuse_type(pointer, requirement, value, "an object of IRIs and values")
        return
    for key in value:
        if not is_iri(key):
            # XAPI-00118: the keys of extensions are IRIs (Data 4.1).
            message = (
                f"{pointer} has the key {shown(key)}, which is no absolute IRI; use an IRI that you control"
            )
            reading.refuse(f"{pointer}/{pointer_token(key)}", "XAPI-00118", message)
