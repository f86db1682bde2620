"""A report as JSON and as CSV: every figure of the content, in a fixed order, so that equal content is equal bytes."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson

from reports.content.model import CellContent, Expiring, Report, SkillContent
from reports.content.words import REASON_WORDS

CSV_COLUMNS = (
    "person_id",
    "name",
    "team",
    "skill_iri",
    "skill",
    "required",
    "attained",
    "status",
    "gap",
    "reason",
    "due_on",
    "last_valid_day",
    "importance",
    "evidence",
)
RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r")


def report_json(report: Report) -> bytes:
    """Return the report's figures as JSON (docs/reports.md lists the fields)."""
    return orjson.dumps(report_data(report), option=orjson.OPT_INDENT_2)


def report_data(report: Report) -> dict[str, Any]:
    """Return the report's figures as plain data."""
    return {
        "kind": report.kind,
        "scope": {"team_id": report.team_id, "tree": report.tree},
        "team_name": report.team_name,
        "as_of": report.as_of.isoformat(),
        "known_on": report.known_on.isoformat().replace("+00:00", "Z"),
        "time_zone": report.time_zone,
        "least_strength": report.least_strength,
        "compliance": {"met": report.met.met, "required": report.met.total},
        "mandatory": {"met": report.mandatory.met, "required": report.mandatory.total},
        "freshness": {"met": report.freshness.met, "required": report.freshness.total},
        "at_risk": {str(days): share for days, share in report.at_risk.items()},
        "skills": [_skill(skill) for skill in report.skills],
        "people": [
            {
                "person_id": person.person_id,
                "name": person.name,
                "team_ids": list(person.team_ids),
                "on_leave": person.on_leave,
                "met": person.met.met,
                "required": person.met.total,
                "cells": [
                    {
                        "skill_iri": cell.skill_iri,
                        "required": cell.required,
                        "attained": cell.attained,
                        "status": cell.status,
                        "met": cell.status == "met" if cell.status in ("met", "unmet") else None,
                        "gap": cell.gap,
                        "reason": cell.reason,
                        "due_on": cell.due_on.isoformat() if cell.due_on else None,
                        "last_valid_day": cell.last_valid_day.isoformat() if cell.last_valid_day else None,
                        "importance": cell.importance,
                        "exempt_reason": cell.exempt_reason,
                        "evidence": list(cell.evidence),
                        "traces": list(cell.traces),
                    }
                    for cell in person.cells
                ],
            }
            for person in report.people
        ],
        "mandatory_skills": [
            {
                "skill_iri": line.skill_iri,
                "met": line.met.met,
                "required": line.met.total,
                "open": line.open_pairs,
                "missing": [person_id for person_id, _, _ in line.missing],
            }
            for line in report.mandatory_lines
        ],
        "expiring": [_ending(line) for line in report.expiring],
        "overdue": [_ending(line) for line in report.overdue],
        "teams": [
            {
                "team_id": line.team_id,
                "name": line.name,
                "members": line.members,
                "met": line.met.met,
                "required": line.met.total,
                "mandatory_met": line.mandatory.met,
                "mandatory_required": line.mandatory.total,
                "single_points": line.single_points,
                "uncovered": line.uncovered,
                "expiring_90": line.expiring_90,
                "at_risk": {str(days): share for days, share in line.at_risk.items()},
            }
            for line in report.teams
        ],
    }


def _ending(line: Expiring) -> dict[str, Any]:
    return {
        "person_id": line.person_id,
        "skill_iri": line.skill_iri,
        "last_valid_day": line.last_valid_day.isoformat(),
        "days_left": line.days_left,
        "evidence_id": line.evidence_id,
    }


def _skill(skill: SkillContent) -> dict[str, Any]:
    return {
        "skill_iri": skill.skill_iri,
        "label": skill.label,
        "required_level": skill.required_level,
        "min_strength": skill.min_strength,
        "needed": skill.needed,
        "met": skill.met,
        "open": skill.open_pairs,
        "holders": skill.holders,
        "holder_ids": list(skill.holder_ids),
        "coverage_share": skill.coverage_share,
        "depth": skill.depth,
        "single_point": skill.is_single_point,
        "next_best": (
            {
                "person_id": skill.next_best_id,
                "level": skill.next_best_level,
                "since": skill.next_best_since.isoformat() if skill.next_best_since else None,
            }
            if skill.next_best_id
            else None
        ),
        "headcounts": [
            {
                "team_id": count.team_id,
                "level": count.level,
                "min_strength": count.min_strength,
                "needed": count.needed,
                "holders": count.holders,
                "coverage_share": count.coverage_share,
            }
            for count in skill.headcounts
        ],
        "at_risk": {str(days): share for days, share in skill.at_risk.items()},
    }


def report_csv(report: Report) -> str:
    """Return one row per person and skill; texts that a spreadsheet would read as a formula are quoted with an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    labels = {skill.skill_iri: skill.label for skill in report.skills}
    for person in report.people:
        for cell in person.cells:
            writer.writerow(
                safe(value)
                for value in (
                    person.person_id,
                    person.name,
                    "; ".join(person.team_names),
                    cell.skill_iri,
                    labels[cell.skill_iri],
                    "" if cell.required is None else cell.required,
                    cell.attained,
                    cell.status,
                    cell.gap,
                    _reason(cell),
                    cell.due_on or "",
                    cell.last_valid_day or "",
                    cell.importance or "",
                    "; ".join(cell.evidence),
                )
            )
    return target.getvalue()


def _reason(cell: CellContent) -> str:
    """Return why a cell is as it is, in the words of the sheet Data: the gap's reason, or the exemption's."""
    return (cell.exempt_reason or "") if cell.status == "exempt" else REASON_WORDS.get(cell.reason or "", "")


def safe(value: object) -> object:
    """Keep a text a text where a spreadsheet opens the file: OWASP's CSV injection rule."""
    if isinstance(value, str) and value.startswith(RISKY_STARTS):
        return "'" + value
    return value
