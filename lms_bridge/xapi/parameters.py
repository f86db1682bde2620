"""Reading the parameters of a request by their types; shared by the statement query and the document resources.

XAPI-00012: a parameter follows the rules of the same type in statements (Data 2.2). XAPI-00324, XAPI-00325: a parameter
that is unknown, or known in another case, is refused (Communication 3.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from lms_bridge.xapi.actors import check_actor
from lms_bridge.xapi.identifiers import is_iri, is_uuid
from lms_bridge.xapi.instants import parse_timestamp
from lms_bridge.xapi.parsing import parse_json
from lms_bridge.xapi.reading import Reading
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation, shown

_AGENTS_REMEMBERED, _LONGEST_REMEMBERED = 512, 1_000
Arguments = Mapping[str, Sequence[str]] | Iterable[tuple[str, str]]


class Parameters:
    """The parameters of one request; every method notes what is wrong and returns None then.

    A `lenient` source asks with the known defects of activities and accounts that its statements may have.
    """

    def __init__(
        self, arguments: Arguments, allowed: Iterable[str], version: Version, *, lenient: bool = False
    ) -> None:
        self.version = version
        self.lenient = lenient
        self.violations: list[Violation] = []
        self.values: dict[str, str] = {}
        known = frozenset(allowed)
        for name, value in pairs_of(arguments):
            if name not in known:
                self._refuse_unknown(name, known)
            elif name in self.values:
                self.refuse(name, "XAPI-00012", f"the parameter {name!r} is given twice; give it once")
            else:
                self.values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def _refuse_unknown(self, name: str, known: frozenset[str]) -> None:
        meant = next((one for one in known if one.lower() == name.lower()), None)
        if meant is not None:
            self.refuse(
                name, "XAPI-00325", f"the parameter {shown(name)} has the wrong case; write {meant!r}"
            )
        else:
            self.refuse(name, "XAPI-00324", f"the parameter {shown(name)} is not known here; leave it out")

    def refuse(self, name: str, requirement: str, message: str) -> None:
        """Note that the parameter `name` breaks a rule."""
        self.violations.append(Violation(None, name.replace("\x00", "\ufffd"), requirement, message))

    def require(self, name: str, requirement: str) -> None:
        """Note it where `name` is absent."""
        if name not in self.values:
            self.refuse(name, requirement, f"the parameter {name!r} is missing; give it")

    def text(self, name: str) -> str | None:
        """Return a text that is not empty."""
        value = self.values.get(name)
        if value is None:
            return None
        if not value or "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            self.refuse(name, "XAPI-00012", f"the parameter {name!r} is {shown(value)}; give text in UTF-8")
            return None
        return value

    def uuid(self, name: str) -> str | None:
        """Return a UUID in lower case."""
        value = self.values.get(name)
        if value is None or is_uuid(value):
            return None if value is None else value.lower()
        self.refuse(name, "XAPI-00012", f"the parameter {name!r} is {shown(value)}; give a UUID")
        return None

    def iri(self, name: str) -> str | None:
        """Return an absolute IRI."""
        value = self.values.get(name)
        if value is None or is_iri(value):
            return value
        message = f"the parameter {name!r} is {shown(value)}; give an absolute IRI, encoded for the query"
        self.refuse(name, "XAPI-00012", message)
        return None

    def activity(self, name: str) -> str | None:
        """Return the IRI of an activity; of a lenient source whatever text its statements may have there."""
        return self.text(name) if self.lenient else self.iri(name)

    def timestamp(self, name: str) -> datetime | None:
        """Return an instant in UTC."""
        value = self.values.get(name)
        if value is None:
            return None
        instant = parse_timestamp(value, self.version)
        if instant is None:
            message = (
                f"the parameter {name!r} is {shown(value)}; give a timestamp such as '2026-05-04T09:30:00Z'"
            )
            self.refuse(name, "XAPI-00012", message)
        return instant

    def boolean(self, name: str) -> bool:
        """Return a boolean written as in JSON, false where absent."""
        value = self.values.get(name, "false")
        if value not in {"true", "false"}:
            self.refuse(name, "XAPI-00012", f"the parameter {name!r} is {shown(value)}; give true or false")
        return value == "true"

    def whole_number(self, name: str) -> int:
        """Return a number, 0 where absent; one of more than nine digits as the largest of nine."""
        value = self.values.get(name, "0")
        if value.isascii() and value.isdigit():
            return int(value) if len(value) <= 9 else 999_999_999
        self.refuse(
            name, "XAPI-00012", f"the parameter {name!r} is {shown(value)}; give a whole number from 0"
        )
        return 0

    def agent(self, name: str) -> str | None:
        """Return the key of an Agent or identified Group, given as JSON."""
        value = self.values.get(name)
        if value is None:
            return None
        read = _agent if len(value) <= _LONGEST_REMEMBERED else _agent.__wrapped__
        key, violations = read(name, value, self.version, self.lenient)
        self.violations.extend(violations)
        return key


@lru_cache(_AGENTS_REMEMBERED)
def _agent(
    name: str, value: str, version: Version, lenient: bool
) -> tuple[str | None, tuple[Violation, ...]]:
    """Return the key of an Agent given as JSON, or what is wrong with it; the same is often asked about again."""

    def refused(message: str) -> tuple[None, tuple[Violation, ...]]:
        return None, (Violation(None, name, "XAPI-00012", message),)

    agent = parse_text(value)
    if isinstance(agent, Violation):
        return refused(f"the parameter {name!r} is {shown(value)}; give an Agent as JSON")
    reading = Reading(None, version, lenient=lenient)
    key = check_actor(reading, agent, name, direct=True)
    if reading.violations:
        return None, tuple(reading.violations)
    if key is not None and key.startswith("group:"):
        return refused(f"the parameter {name!r} is an anonymous Group; give an Agent or an identified Group")
    return key, ()


def parse_text(text: str) -> Any:
    """Return the value of a parameter that is JSON, or a Violation."""
    try:
        return parse_json(text.encode())
    except UnicodeEncodeError:
        return Violation(None, "", "", "the text has an unpaired surrogate; send UTF-8")


def pairs_of(arguments: Arguments) -> Iterable[tuple[str, str]]:
    """Return names and values in order, a name that is given twice twice."""
    if isinstance(arguments, Mapping):
        return [(name, value) for name, values in arguments.items() for value in values]
    return arguments
