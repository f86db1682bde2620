"""The served demo company as its readers meet it: signed in by role, through pages, JSON, workbooks and the LMS door."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import httpx
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from lms_bridge.demo.cast import BY_HANDLE
from lms_bridge.demo.skills import SKILLS
from lms_bridge.demo.timeline import Timeline
from lms_bridge.skills.frameworks import short_id
from tests.end_to_end import served
from tests.end_to_end.pages_read import token_of

HEAT_MAP = "Level attained of level required"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that the demo prints."""

    role: str
    email: str
    password: str


@dataclass
class Company:
    """The running demo of `today`; readers stay signed in."""

    service: served.Service
    today: date
    _readers: dict[str, httpx.Client] = field(default_factory=dict)
    _exports: dict[tuple[str, ...], str] = field(default_factory=dict)

    @cached_property
    def printed(self) -> str:
        return self.service.printed.read_text(encoding="utf-8")

    @cached_property
    def sign_ins(self) -> tuple[SignIn, ...]:
        lines = re.findall(
            r"^  (admin|hr|auditor|manager|employee) +(\S+@\S+) +(\S+)$", self.printed, re.MULTILINE
        )
        return tuple(SignIn(*line) for line in lines)

    @cached_property
    def keys(self) -> Mapping[str, tuple[str, str]]:
        lines = re.findall(r"^  (\S+) +key (\S+)  secret (\S+)$", self.printed, re.MULTILINE)
        return {name: (key, secret) for name, key, secret in lines}

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.today)

    def on(self, written: str) -> date:
        """Return the day that takes the place of one written for 2026-06-30."""
        return self.timeline.on(written)

    def sign_in_of(self, who: str) -> SignIn:
        """Return the sign-in of a role, or of the manager whose address starts with `who`."""
        return next(item for item in self.sign_ins if item.role == who or item.email.startswith(who))

    def reader(self, who: str) -> httpx.Client:
        """Return a client that is signed in."""
        if who not in self._readers:
            given = self.sign_in_of(who)
            client = httpx.Client(base_url=self.service.base_url, timeout=SECONDS)
            form = {"email": given.email, "password": given.password}
            answer = client.post(
                "/sign-in", data=form | {"csrf_token": token_of(client.get("/sign-in").text)}
            )
            assert answer.status_code == 303, answer.status_code
            self._readers[who] = client
        return self._readers[who]

    def page(self, address: str, who: str = "hr", **query: object) -> str:
        """Return a page as its source."""
        answer = self.reader(who).get(address, params={name: str(value) for name, value in query.items()})
        assert answer.status_code == 200, f"{who} {address}: {answer.status_code}"
        return answer.text

    def post(self, address: str, on_page: str, who: str = "hr", **form: str) -> httpx.Response:
        """Send a form of a page."""
        token = token_of(self.page(on_page, who))
        return self.reader(who).post(address, data=form | {"csrf_token": token})

    def command(self, *arguments: str) -> str:
        """Run a command of the operator on the company's data."""
        return served.command(self.service.data_dir, *arguments)

    def export(self, *options: str) -> str:
        """Return the evidence as the operator exports it; exported again only after `settle`."""
        if options not in self._exports:
            self._exports[options] = self.command("evidence", "export", *options)
        return self._exports[options]

    def evidence(self, *options: str) -> list[dict[str, Any]]:
        """Return the rows of an export."""
        return [json.loads(line) for line in self.export(*options).splitlines()]

    @cached_property
    def _token(self) -> str:
        token: str = json.loads(self.command("token", "add", "end-to-end", "--role", "hr", "--json"))["token"]
        return token

    def coverage(self, team_id: str, token: str = "", **query: object) -> dict[str, Any]:
        """Return a team's report as JSON."""
        answer = httpx.get(
            f"{self.service.base_url}/api/v1/teams/{team_id}/coverage",
            params={name: str(value) for name, value in query.items()},
            headers={"Authorization": f"Bearer {token or self._token}"},
            timeout=SECONDS,
        )
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        return report

    def cell(self, team_id: str, handle: str, skill: str, **query: Any) -> dict[str, Any]:
        """Return the cell of a person and a skill of the JSON report."""
        return cell_of(self.coverage(team_id, **query), handle, skill)

    def workbook(self, team_id: str, who: str = "hr", **query: object) -> Workbook:
        """Return a team's workbook as a spreadsheet program reads it."""
        answer = self.reader(who).get(
            "/reports/team-coverage.xlsx",
            params={"team": team_id} | {name: str(value) for name, value in query.items()},
        )
        assert answer.status_code == 200
        return load_workbook(io.BytesIO(answer.content))

    def person_page(self, handle: str, skill: str = "", who: str = "hr", **query: object) -> str:
        """Return a person's page, with a skill chosen."""
        chosen = {"skill": short_id(SKILLS[skill])} if skill else {}
        return self.page(f"/people/{BY_HANDLE[handle].person_id}", who, **chosen, **query)

    def lms(self, source: str) -> httpx.Client:
        """Return a client that stands at the LMS door with the key and secret of a source."""
        return httpx.Client(
            base_url=f"{self.service.base_url}/xapi/",
            auth=self.keys[source],
            headers={"X-Experience-API-Version": "1.0.3"},
            timeout=SECONDS,
        )

    def stored(self, source: str, **query: str) -> list[dict[str, Any]]:
        """Return what a source's query for statements finds, all pages of it."""
        found: list[dict[str, Any]] = []
        with self.lms(source) as client:
            answer = client.get("statements", params=query | {"limit": "500"})
            while True:
                assert answer.status_code == 200, answer.text
                page = answer.json()
                found += page["statements"]
                if not page.get("more"):
                    return found
                answer = client.get(self.service.base_url + page["more"])

    def is_settled(self) -> bool:
        """Tell whether everything that arrived is derived."""
        ready = httpx.get(f"{self.service.base_url}/readyz", timeout=SECONDS).json()
        return bool(ready["queue_depth"] == 0)

    def settle(self) -> None:
        """Wait until everything that arrived is derived."""
        served.until("derived", self.is_settled)
        self._exports.clear()

    def close(self) -> None:
        """Sign everybody out by forgetting their cookies."""
        for client in self._readers.values():
            client.close()


def cell_of(report: Mapping[str, Any], handle: str, skill: str) -> dict[str, Any]:
    """Return the cell of a person and a skill of a JSON report."""
    person_id, skill_iri = BY_HANDLE[handle].person_id, SKILLS[skill]
    people: Sequence[Mapping[str, Any]] = report["people"]
    cells = next(person["cells"] for person in people if person["person_id"] == person_id)
    found: dict[str, Any] = next(cell for cell in cells if cell["skill_iri"] == skill_iri)
    return found
