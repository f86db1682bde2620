"""Addresses of the service's pages for a figure of a sheet, with the report's own day and knowledge time.

A page opened from a workbook weeks later therefore still shows what the workbook says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from urllib.parse import quote

from reports.content.model import Report

MOST_CHARACTERS = 2_000
"""Excel refuses hyperlinks beyond 2,079 characters."""


@dataclass(frozen=True, slots=True)
class Links:
    """Every method returns an address, or None where the report has no base address or the address is too long."""

    base_url: str
    times: str

    def person(self, person_id: str) -> str | None:
        """The page of a person."""
        return self._address(f"/people/{quote(person_id, safe='')}?{self.times}")

    def pair(self, person_id: str, skill_short_id: str) -> str | None:
        """The page of a person, opened at a skill: from there each proof is one click away."""
        person = quote(person_id, safe="")
        return self._address(f"/people/{person}?skill={quote(skill_short_id, safe='')}&{self.times}")

    def skill(self, skill_short_id: str) -> str | None:
        """The page of a skill."""
        return self._address(f"/skills/{quote(skill_short_id, safe='')}?{self.times}")

    def team(self, team_id: str) -> str | None:
        """The page of a team."""
        return self._address(f"/teams/{quote(team_id, safe='')}?{self.times}")

    def evidence(self, evidence_id: str) -> str | None:
        """The proof card."""
        return self._address(f"/evidence/{quote(evidence_id, safe='')}")

    def _address(self, path: str) -> str | None:
        address = f"{self.base_url}{path}"
        return address if self.base_url and len(address) <= MOST_CHARACTERS else None


def links_of(report: Report) -> Links:
    """Return the addresses for the figures of `report`."""
    known_on = report.known_on.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return Links(
        base_url=report.base_url.rstrip("/"),
        times=f"as_of={report.as_of.isoformat()}&known_on={quote(known_on, safe='')}",
    )
