"""Who may open which route: one table, read by the gate, the navigation and the access tests.

The table decides by role alone; which teams, people and proofs a reader sees is the scope engine's, inside the use
cases. What a role may not open answers like what does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Door = Literal["public", "bearer"]
Access = frozenset[str] | Door

PUBLIC: Final[Door] = "public"
BEARER: Final[Door] = "bearer"
EVERYONE: Final = frozenset({"admin", "hr", "manager", "auditor", "employee"})
OVERSEERS: Final = frozenset({"admin", "hr", "manager", "auditor"})
CARETAKERS: Final = frozenset({"admin", "hr", "auditor"})
CONFIRMERS: Final = frozenset({"admin", "hr", "manager"})
JOINERS: Final = frozenset({"admin", "hr"})
OPERATORS: Final = frozenset({"admin"})

# This blueprint checks credentials of LMSs itself: no session cookie opens it.
TOKENS: Final = "oauth"
# The one resource below the statement door that is answered by that blueprint.
TOKENS_BELOW_THE_DOOR: Final = "oauth/token"

ACCESS: Final[Mapping[str, Access]] = {
    "static": PUBLIC,
    "site.static": PUBLIC,
    "auth.sign_in": PUBLIC,
    "auth.sign_in_submit": PUBLIC,
    "auth.sign_out": EVERYONE,
    "health.alive": PUBLIC,
    "health.ready": PUBLIC,
    "health.metrics": PUBLIC,
    "api.openapi": PUBLIC,
    "api.team_coverage": BEARER,
    "dashboard.overview": EVERYONE,  # an employee is led on to the own page
    "dashboard.me": EVERYONE,
    "dashboard.evidence": EVERYONE,
    "dashboard.statement": EVERYONE,
    "dashboard.statement_with_reason": EVERYONE,
    "dashboard.definitions": EVERYONE,
    "dashboard.teams": OVERSEERS,
    "dashboard.team": OVERSEERS,
    "dashboard.person": EVERYONE,  # an employee is led on to the own page
    "dashboard.skills": OVERSEERS,
    "dashboard.skill": OVERSEERS,
    "dashboard.role": OVERSEERS,
    "roles.listed": OVERSEERS,
    "roles.occupations": JOINERS,
    "roles.draft": JOINERS,
    "roles.edit": JOINERS,
    "dashboard.expiring": OVERSEERS,
    "dashboard.sources": CARETAKERS,
    "connections.products": OPERATORS,
    "connections.product": OPERATORS,
    "connections.connect": OPERATORS,
    "connections.source": CARETAKERS,
    "connections.check": CARETAKERS,
    "connections.renew": OPERATORS,
    "connections.content_key": OPERATORS,
    "connections.change": OPERATORS,
    "connections.close": OPERATORS,
    "credentials.listed": CARETAKERS,
    "credentials.take_in": JOINERS,
    "credentials.decide": JOINERS,
    "frameworks.listed": CARETAKERS,
    "frameworks.framework": CARETAKERS,
    "frameworks.file": CARETAKERS,
    "frameworks.skill": JOINERS,
    "frameworks.edit": JOINERS,
    "frameworks.begin": JOINERS,
    "frameworks.align": JOINERS,
    "frameworks.end_alignment": JOINERS,
    "frameworks.levels": JOINERS,
    "rules.listed": CARETAKERS,
    "rules.rule": CARETAKERS,
    "rules.attempt": CARETAKERS,
    "rules.change": JOINERS,
    "rules.learning": JOINERS,
    "rules.make": JOINERS,
    "dashboard.confirm": CONFIRMERS,
    "dashboard.record": JOINERS,
    "dashboard.assert_own": EVERYONE,
    "dashboard.take_back": EVERYONE,  # whom the award lets: who gave it, HR, oneself one's own assertion
    "downloads.team_workbook": OVERSEERS,
    "downloads.team_csv": OVERSEERS,
    "downloads.company_workbook": OVERSEERS,
    "downloads.company_csv": OVERSEERS,
    "queues.first": CARETAKERS,
    "queues.rejected": CARETAKERS,
    "queues.unknown_actors": CARETAKERS,
    "queues.unmapped": CARETAKERS,
    "queues.clocks": CARETAKERS,
    "queues.failures": CARETAKERS,
    "queues.replay": OPERATORS,
    "queues.replay_all": OPERATORS,
    "queues.join": JOINERS,
    "queues.part": JOINERS,
    "queues.decide": OPERATORS,
    "queues.retry": OPERATORS,
}


def is_statement_door(path: str) -> bool:
    """Tell whether a path is below the statement door, which answers with headers of its own and knows no cookie.

    Slashes count once, also those before it: some proxies and clients double them.
    """
    return f"/{path.lstrip('/')}/".startswith("/xapi/")


def is_open_to(role: str, endpoint: str) -> bool:
    """Tell whether `role` may open `endpoint`; an endpoint that is not listed is open to nobody."""
    access = ACCESS.get(endpoint, frozenset())
    return access == PUBLIC or (isinstance(access, frozenset) and role in access)
