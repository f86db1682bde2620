"""Factories of page content: each returns a full struct, and a test states only what it is about.

The cast: Ada Okafor leads Payroll. Bo Lindqvist moved there from Sales in March. Cem Yıldız is on leave. The skills are
payroll accounting (required at 3), data protection (mandatory at 1) and first aid (a head-count).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reports.content.model import (
    CellContent,
    DataHealth,
    Expiring,
    HeadcountContent,
    MandatoryLine,
    PersonContent,
    ProofLine,
    Report,
    Share,
    SkillContent,
    SourceHealth,
    TeamLine,
    ToDo,
    TrendPoint,
    UnmappedLearning,
    WaitingBadge,
)

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 10, 15, tzinfo=UTC)
LEVELS = ("Aware", "Working", "Independent", "Expert")
PAYROLL = "https://skills.example/payroll-accounting"
PRIVACY = "https://skills.example/data-protection"
FIRST_AID = "https://skills.example/first-aid"
EVIDENCE = "5f2b6c9e-6d0a-5c1e-9a58-0e7f4a3b2c1d"
STATEMENT = "7ccd3322-e1a5-411a-a67d-6a735c76f119"


def cell(person_id: str, skill_iri: str, **given: Any) -> CellContent:
    """Return a met cell: level 3 of 3, without end."""
    usual: dict[str, Any] = {
        "person_id": person_id,
        "skill_iri": skill_iri,
        "required": 3,
        "attained": 3,
        "status": "met",
        "gap": 0,
        "reason": None,
        "due_on": None,
        "last_valid_day": None,
        "days_left": None,
        "importance": "required",
        "exempt_reason": None,
        "evidence": (EVIDENCE,),
        "traces": (),
    }
    return CellContent(**{**usual, **given})


def unmet(person_id: str, skill_iri: str, **given: Any) -> CellContent:
    """Return an unmet cell: level 2 of 3, shown at a lower level."""
    usual: dict[str, Any] = {"attained": 2, "status": "unmet", "gap": 1, "reason": "too_low"}
    return cell(person_id, skill_iri, **{**usual, **given})


def skill(skill_iri: str, label: str, **given: Any) -> SkillContent:
    """Return a skill that three people need at level 3 and two hold."""
    usual: dict[str, Any] = {
        "skill_iri": skill_iri,
        "short_id": skill_iri.rsplit("/", 1)[-1],
        "label": label,
        "framework": "Company skills",
        "description": "",
        "levels": LEVELS,
        "required_level": 3,
        "min_strength": "completed",
        "needed": 3,
        "met": 2,
        "open_pairs": 0,
        "holders": 2,
        "holder_ids": ("p-ada", "p-cem"),
        "holder_names": ("Ada Okafor", "Cem Yıldız"),
        "coverage_share": 2 / 3,
        "depth": 2,
        "is_single_point": False,
        "next_best_id": None,
        "next_best_name": None,
        "next_best_level": None,
        "next_best_since": None,
        "headcounts": (),
        "at_risk": {30: 2 / 3, 60: 2 / 3, 90: 1 / 3},
        "closing_titles": (),
    }
    return SkillContent(**{**usual, **given})


def person(person_id: str, name: str, cells: tuple[CellContent, ...], **given: Any) -> PersonContent:
    """Return a member of Payroll with the role payroll clerk."""
    counted = [one for one in cells if one.status in {"met", "unmet"}]
    usual: dict[str, Any] = {
        "person_id": person_id,
        "name": name,
        "team_ids": ("PAY",),
        "team_names": ("Payroll",),
        "role_names": ("Payroll clerk",),
        "on_leave": False,
        "met": Share(sum(1 for one in counted if one.status == "met"), len(counted)),
        "cells": cells,
    }
    return PersonContent(**{**usual, **given})


def headcount(**given: Any) -> HeadcountContent:
    """Return a mandatory head-count of two first-aiders, one of them missing."""
    usual: dict[str, Any] = {
        "team_id": "PAY",
        "team_name": "Payroll",
        "skill_iri": FIRST_AID,
        "skill_label": "provide first aid",
        "level": 1,
        "level_name": "1 Aware",
        "min_strength": "certified",
        "importance": "mandatory",
        "asked": "2 people",
        "needed": 2,
        "holders": 1,
        "holder_names": ("Ada Okafor",),
        "coverage_share": 0.5,
    }
    return HeadcountContent(**{**usual, **given})


def proof(**given: Any) -> ProofLine:
    """Return a proof of payroll accounting that holds without end."""
    usual: dict[str, Any] = {
        "evidence_id": EVIDENCE,
        "person_id": "p-ada",
        "person_name": "Ada Okafor",
        "skill_iri": PAYROLL,
        "skill_label": "payroll accounting",
        "level": 3,
        "level_name": "3 Independent",
        "strength": "assessed",
        "authenticity": "source key",
        "achieved_on": date(2025, 11, 3),
        "last_valid_day": None,
        "end_kind": None,
        "state": "holds",
        "title": "Payroll in practice",
        "source": "moodle",
        "rule_id": "payroll-quiz",
        "rule_version": "9f1c2ab04d",
        "cited_kind": "statement",
        "cited_id": STATEMENT,
    }
    return ProofLine(**{**usual, **given})


def todo(**given: Any) -> ToDo:
    """Return Bo's to-do: payroll accounting from level 2 to 3."""
    usual: dict[str, Any] = {
        "urgency": 2,
        "person_id": "p-bo",
        "person_name": "Bo Lindqvist",
        "team_name": "Payroll",
        "skill_iri": PAYROLL,
        "skill_short_id": "payroll-accounting",
        "skill_label": "payroll accounting",
        "required": 3,
        "attained": 2,
        "level_name": "3 Independent",
        "importance": "required",
        "status": "unmet",
        "reason": "too_low",
        "reason_text": "shown at a lower level",
        "due_on": None,
        "action": "Payroll in practice",
    }
    return ToDo(**{**usual, **given})


def expiring(days_left: int = 12, **given: Any) -> Expiring:
    """Return Ada's data protection, which ends in `days_left` days."""
    usual: dict[str, Any] = {
        "person_id": "p-ada",
        "person_name": "Ada Okafor",
        "team_name": "Payroll",
        "skill_iri": PRIVACY,
        "skill_short_id": "data-protection",
        "skill_label": "data protection",
        "level": 1,
        "level_name": "1 Aware",
        "importance": "mandatory",
        "last_valid_day": TODAY + timedelta(days=days_left),
        "days_left": days_left,
        "title": "Data protection, yearly",
        "evidence_id": EVIDENCE,
    }
    return Expiring(**{**usual, **given})


def team_line(team_id: str, name: str, **given: Any) -> TeamLine:
    """Return a team below HR with 6 of 9 requirements met."""
    usual: dict[str, Any] = {
        "team_id": team_id,
        "name": name,
        "parent_team_id": "HR",
        "depth": 1,
        "members": 3,
        "met": Share(6, 9),
        "mandatory": Share(2, 3),
        "single_points": 1,
        "uncovered": 0,
        "expiring_90": 2,
        "at_risk": {30: 6 / 9, 60: 5 / 9, 90: 5 / 9},
        "skill_shares": {PAYROLL: (2, 3), PRIVACY: (2, 3)},
    }
    return TeamLine(**{**usual, **given})


def health(**given: Any) -> DataHealth:
    """Return data in which one source is silent and one title is counted by no rule."""
    usual: dict[str, Any] = {
        "sources": (
            SourceHealth("moodle", "moodle", NOW - timedelta(minutes=4), 0, is_silent=False, refused=2),
            SourceHealth("openedx", "openedx", NOW - timedelta(days=5), 5, is_silent=True, refused=0),
        ),
        "unmapped_objects": 1,
        "unmapped_people": 2,
        "unmapped_share": 0.04,
        "unknown_actors": 3,
        "doubtful_clocks": 1,
        "refused_requests": 2,
        "not_proof": 15,
        "failures": 0,
        "queue_depth": 0,
    }
    return DataHealth(**{**usual, **given})


def sound_health() -> DataHealth:
    """Return data without any finding."""
    source = SourceHealth("moodle", "moodle", NOW, 0, is_silent=False, refused=0)
    return DataHealth((source,), 0, 0, None, 0, 0, 0, 0, 0, 0)


def report(**given: Any) -> Report:
    """Return the report of Payroll: three people, three skills, one of each kind of finding."""
    people = (
        person(
            "p-ada",
            "Ada Okafor",
            (
                cell("p-ada", PAYROLL),
                cell("p-ada", PRIVACY, required=1, attained=1, importance="mandatory", days_left=12),
                cell("p-ada", FIRST_AID, required=None, attained=1, status="not_required", importance=None),
            ),
        ),
        person(
            "p-bo",
            "Bo Lindqvist",
            (
                unmet("p-bo", PAYROLL),
                unmet("p-bo", PRIVACY, required=1, attained=0, reason="expired", importance="mandatory"),
                cell("p-bo", FIRST_AID, required=None, attained=0, status="not_required", importance=None),
            ),
        ),
        person(
            "p-cem",
            "Cem Yıldız",
            (
                cell("p-cem", PAYROLL),
                cell("p-cem", PRIVACY, required=1, attained=0, status="open", due_on=date(2026, 7, 14)),
                cell(
                    "p-cem", FIRST_AID, required=None, attained=0, status="desirable", importance="desirable"
                ),
            ),
            on_leave=True,
        ),
    )
    usual: dict[str, Any] = {
        "kind": "team",
        "company_name": "Example Ltd",
        "team_id": "PAY",
        "team_name": "Payroll",
        "tree": False,
        "manager_name": "Ada Okafor",
        "as_of": TODAY,
        "known_on": NOW,
        "known_on_text": "2026-06-30 12:15",
        "generated_at": NOW,
        "time_zone": "Europe/Berlin",
        "least_strength": "completed",
        "met": Share(3, 5),
        "mandatory": Share(1, 2),
        "freshness": Share(4, 5),
        "at_risk": {30: 0.6, 60: 0.4, 90: 0.4},
        "skills": (
            skill(PAYROLL, "payroll accounting", closing_titles=("Payroll in practice",)),
            skill(
                PRIVACY,
                "data protection",
                required_level=1,
                needed=2,
                met=1,
                coverage_share=0.5,
                depth=1,
                is_single_point=True,
                holder_ids=("p-ada",),
                holder_names=("Ada Okafor",),
                next_best_id="p-bo",
                next_best_name="Bo Lindqvist",
                next_best_level=1,
                next_best_since=date(2026, 3, 2),
            ),
            skill(
                FIRST_AID,
                "provide first aid",
                required_level=None,
                needed=2,
                met=1,
                headcounts=(headcount(),),
            ),
        ),
        "people": people,
        "todo": (
            todo(
                urgency=0,
                skill_iri=PRIVACY,
                skill_short_id="data-protection",
                skill_label="data protection",
                importance="mandatory",
                reason="expired",
                reason_text="ran out on 2026-06-20",
                action="Data protection, yearly",
            ),
            todo(),
        ),
        "expiring": (expiring(),),
        "overdue": (expiring(-10, person_id="p-bo", person_name="Bo Lindqvist"),),
        "mandatory_lines": (
            MandatoryLine(
                PRIVACY,
                "data-protection",
                "data protection",
                Share(1, 2),
                1,
                (("p-bo", "Bo Lindqvist", "has run out"),),
            ),
        ),
        "headcounts": (headcount(),),
        "proofs": {EVIDENCE: proof()},
        "teams": (),
        "trend": (),
        "health": health(),
        "unmapped": (UnmappedLearning("s-05", "Handling difficult customers", 2, 3, date(2026, 5, 4)),),
        "waiting_badges": (WaitingBadge("Payroll <b>", "Academy", "nobody has decided on its issuer", 1, 1),),
        "footnotes": ("Cem Yıldız is on leave and stands in no head-count.",),
        "base_url": "https://bridge.example",
        "attribution": (),
    }
    return Report(**{**usual, **given})


def company_report(**given: Any) -> Report:
    """Return the report of the company: HR with Payroll and Recruiting below, and a trend over three months."""
    usual: dict[str, Any] = {
        "kind": "company",
        "team_id": "HR",
        "team_name": "Example Ltd",
        "tree": True,
        "teams": (
            team_line("HR", "Human resources", parent_team_id=None, depth=0, members=6, met=Share(14, 18)),
            team_line("PAY", "Payroll"),
            team_line(
                "REC", "Recruiting", met=Share(8, 9), mandatory=Share(3, 3), single_points=0, expiring_90=0
            ),
        ),
        "trend": (
            TrendPoint(date(2026, 4, 30), Share(15, 18), ""),
            TrendPoint(date(2026, 5, 31), Share(16, 18), "Recruiting joined on 2026-05-04"),
            TrendPoint(TODAY, Share(14, 18), ""),
        ),
    }
    return replace(report(), **{**usual, **given})
