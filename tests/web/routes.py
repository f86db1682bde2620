"""Every route with a sample address, taken from the application's own table."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from tests.web.content import EVIDENCE, STATEMENT

SAMPLES = {
    "team_id": "PAY",
    "person_id": "p-bo",
    "short_id": "payroll-accounting",
    "role_id": "payroll-clerk",
    "evidence_id": EVIDENCE,
    "statement_id": STATEMENT,
    "refused_id": 7,
    "failure_id": 3,
    "filename": "site.css",
    "slug": "moodle",
    "rule_id": "excel-course",
    "source_id": 1,
    "name": "Payroll words",
}
TOKENS = "oauth."


@dataclass(frozen=True, slots=True)
class Route:
    """A rule and a method with an address that it takes."""

    endpoint: str
    method: str
    address: str


def routes(app: Flask) -> tuple[Route, ...]:
    """Return every route of the pages, downloads, API and health, sorted."""
    found = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(TOKENS):
            continue
        values = {name: SAMPLES[name] for name in rule.arguments}
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            address = adapter.build(rule.endpoint, values, method=method)
            if rule.endpoint in {"downloads.team_workbook", "downloads.team_csv"}:
                address += "?team=PAY"
            found.append(Route(rule.endpoint, method, address))
    return tuple(sorted(found, key=lambda route: (route.address, route.method)))
