"""GET /statements: its parameters in, one checked query out (1.0.3 Communication 2.1.3; 2.0 4.1.6.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal

from lms_bridge.xapi.parameters import Arguments, Parameters, pairs_of
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation, shown

Format = Literal["exact", "ids", "canonical"]
_FORMATS: dict[str, Format] = {"exact": "exact", "ids": "ids", "canonical": "canonical"}

# `cursor` is the LRS's own: where the next page begins, written into `more`.
QUERY_PARAMETERS = frozenset(
    {
        "statementId",
        "voidedStatementId",
        "agent",
        "verb",
        "activity",
        "registration",
        "related_activities",
        "related_agents",
        "since",
        "until",
        "limit",
        "format",
        "attachments",
        "ascending",
        "cursor",
    }
)
_QUERIES_REMEMBERED, _LONGEST_REMEMBERED = 256, 2_000
_ASKED_ONCE = frozenset({"statementId", "voidedStatementId", "cursor"})
_WITH_A_SINGLE_STATEMENT = frozenset({"attachments", "format"})


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """What a reader asks for. At most one of the two ids is set, and then no filter is.

    Ids and registration are lower case, instants UTC; `since` is exclusive, `until` inclusive, both on `stored`.
    `limit` 0 means as many as the LRS gives at once. `cursor` is unchecked text.
    """

    statement_id: str | None = None
    voided_statement_id: str | None = None
    agent_key: str | None = None
    verb_iri: str | None = None
    activity_iri: str | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    format: Format = "exact"
    attachments: bool = False
    ascending: bool = False
    cursor: str | None = None


def read_query(
    arguments: Arguments, version: Version, *, lenient: bool = False
) -> StatementQuery | tuple[Violation, ...]:
    """Read the parameters of GET /statements; a tuple of violations names every one that is wrong.

    What comes again is remembered: whoever follows `more` repeats every parameter but the cursor.
    """
    pairs = tuple(pairs_of(arguments))
    cursor = pairs[-1][1] if pairs and pairs[-1][0] == "cursor" else None
    rest = pairs if cursor is None else pairs[:-1]
    if not _comes_again(rest):
        return _query(pairs, version, lenient)
    read = _remembered_query(rest, version, lenient)
    if cursor is None:
        return read
    if isinstance(read, StatementQuery) and cursor and cursor.isascii() and cursor.isprintable():
        return replace(read, cursor=cursor)
    return _query(pairs, version, lenient)


def _comes_again(pairs: tuple[tuple[str, str], ...]) -> bool:
    """Tell whether parameters are worth remembering: few and short, and neither one statement's nor one page's."""
    length = 0
    for name, value in pairs:
        if name in _ASKED_ONCE:
            return False
        length += len(name) + len(value)
    return len(pairs) <= len(QUERY_PARAMETERS) and length <= _LONGEST_REMEMBERED


def _query(
    pairs: tuple[tuple[str, str], ...], version: Version, lenient: bool
) -> StatementQuery | tuple[Violation, ...]:
    parameters = Parameters(pairs, QUERY_PARAMETERS, version, lenient=lenient)
    _check_single(parameters)
    # XAPI-00157, XAPI-00158: one statement, voided or not, is asked for by its id (Communication 2.1.3).
    # XAPI-00166 to XAPI-00168, XAPI-00173 to XAPI-00181: the filters, and how the answer is cut and written.
    query = StatementQuery(
        statement_id=parameters.uuid("statementId"),
        voided_statement_id=parameters.uuid("voidedStatementId"),
        agent_key=parameters.agent("agent"),
        verb_iri=parameters.iri("verb"),
        activity_iri=parameters.activity("activity"),
        registration=parameters.uuid("registration"),
        related_activities=parameters.boolean("related_activities"),
        related_agents=parameters.boolean("related_agents"),
        since=parameters.timestamp("since"),
        until=parameters.timestamp("until"),
        limit=parameters.whole_number("limit"),
        format=_read_format(parameters),
        attachments=parameters.boolean("attachments"),
        ascending=parameters.boolean("ascending"),
        cursor=parameters.text("cursor"),
    )
    return tuple(parameters.violations) if parameters.violations else query


_remembered_query = lru_cache(_QUERIES_REMEMBERED)(_query)


def read_put_id(arguments: Arguments, version: Version) -> str | tuple[Violation, ...]:
    """Read the parameters of PUT /statements: `statementId` alone, returned as it was sent (XAPI-00145)."""
    parameters = Parameters(arguments, {"statementId"}, version)
    parameters.require("statementId", "XAPI-00145")
    parameters.uuid("statementId")
    return tuple(parameters.violations) or parameters.values["statementId"]


def read_post_parameters(arguments: Arguments, version: Version) -> tuple[Violation, ...]:
    """Return what is wrong with the parameters of POST /statements, which has none (XAPI-00324)."""
    return tuple(Parameters(arguments, (), version).violations)


def _check_single(parameters: Parameters) -> None:
    for name, requirement in (("statementId", "XAPI-00151"), ("voidedStatementId", "XAPI-00150")):
        if name in parameters:
            # XAPI-00150, XAPI-00151: a single statement is asked for with attachments and format alone.
            others = parameters.values.keys() - _WITH_A_SINGLE_STATEMENT - {name}
            if others:
                message = f"{name} comes with {', '.join(sorted(others))}; ask for it with attachments and format alone"
                parameters.refuse(name, requirement, message)


def _read_format(parameters: Parameters) -> Format:
    value = parameters.values.get("format", "exact")
    found = _FORMATS.get(value)
    if found is None:
        message = f"the parameter 'format' is {shown(value)}; give exact, ids or canonical"
        parameters.refuse("format", "XAPI-00012", message)
    return found or "exact"
