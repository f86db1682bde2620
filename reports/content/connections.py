"""What the pages of a connection say: products and their forms, one source with its traffic, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reports.content.pages import SourceRow


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a product's own form, as that form calls it, and what belongs into it.

    `value` is None where it is a secret that is no longer shown; `is_code` tells what is pasted from what is described.
    """

    label: str
    value: str | None
    is_code: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product that the bridge guides through: its form, and where that was read. `fields` are labels and kinds of value."""

    slug: str
    name: str
    kind: str
    validation: str
    in_browser: bool
    form: str
    first_statement: str
    read_on: date
    fields: Sequence[tuple[str, str]]

    @property
    def has_form(self) -> bool:
        """Whether the product itself asks for an LRS."""
        return bool(self.fields)


@dataclass(frozen=True, slots=True)
class NewConnection:
    """A source that was just connected, or whose secret was renewed: the form filled, the secret for this once."""

    source_id: int
    name: str
    endpoint: str
    key: str
    secret: str
    fields: tuple[FormField, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a connection, with its remedy. `slug` is constant; `address` leads to more."""

    slug: str
    sentence: str
    remedy: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How a source sends: statements an hour over the last 7 days, and how long they are under way.

    `delay_seconds` are the median and the longest of the last 200 statements from their timestamp to their arrival;
    None without statements.
    """

    per_hour: float
    delay_seconds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """The latest statement of a source, for the page that waits for the first one."""

    stored_at: datetime
    statement_id: str
    verb_iri: str


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """What a page that waits for the first statement asks for again and again."""

    product: Product | None
    latest: Arrival | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source: its row, its traffic, what arrived last, and what is wrong."""

    source_id: int
    row: SourceRow
    product: Product | None
    fields: tuple[FormField, ...]
    origins: tuple[str, ...]
    traffic: Traffic
    latest: Arrival | None
    findings: tuple[Finding, ...]
    reasons: Mapping[str, int]
