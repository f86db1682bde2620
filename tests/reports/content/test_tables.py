"""A report as JSON and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import orjson
import pytest

from reports.content.tables import CSV_COLUMNS, report_csv, report_data, report_json, safe
from tests.factories import SKILL, company, evidence, fact, person, requirement
from tests.reports.content.building import report_of


def test_equal_content_is_equal_bytes_and_the_json_is_the_data() -> None:
    made = company([person(), person("p-bo")], [requirement(2)], [evidence(fact(2))])
    first, again = report_of(made), report_of(made)
    assert report_json(first) == report_json(again)
    assert orjson.loads(report_json(first)) == report_data(first)
    assert report_csv(first) == report_csv(again)


def test_the_json_has_every_field_that_programs_are_promised() -> None:
    data = report_data(report_of(company([person()], [requirement(2), requirement(headcount="2")])))
    assert data["scope"] == {"team_id": "TEAM", "tree": False}
    assert data["as_of"] == "2025-06-30"
    assert data["known_on"] == "2025-06-30T12:00:00Z"
    assert data["compliance"] == {"met": 0, "required": 1}
    skill = data["skills"][0]
    assert {
        "skill_iri",
        "label",
        "required_level",
        "needed",
        "met",
        "holders",
        "coverage_share",
        "depth",
        "headcounts",
        "at_risk",
    } <= skill.keys()
    assert skill["at_risk"].keys() == {"30", "60", "90"}
    assert skill["headcounts"] == [
        {
            "team_id": "TEAM",
            "level": 1,
            "min_strength": "completed",
            "needed": 2,
            "holders": 0,
            "coverage_share": 0.0,
        }
    ]
    cell = data["people"][0]["cells"][0]
    assert cell["skill_iri"] == SKILL
    assert (cell["required"], cell["attained"], cell["status"], cell["met"], cell["gap"], cell["reason"]) == (
        2,
        0,
        "unmet",
        False,
        2,
        "never",
    )
    assert (cell["due_on"], cell["evidence"]) == (None, [])


def test_a_pair_that_stands_in_no_ratio_is_neither_met_nor_unmet() -> None:
    data = report_data(report_of(company([person()], [requirement(importance="desirable")])))
    assert data["people"][0]["cells"][0]["met"] is None
    assert data["compliance"] == {"met": 0, "required": 0}
    skill = data["skills"][0]
    assert [
        skill[name] for name in ("required_level", "needed", "met", "holders", "coverage_share", "depth")
    ] == [None] * 6


def test_the_csv_has_one_row_for_each_person_and_skill() -> None:
    made = company([person(), person("p-bo")], [requirement(2), requirement(skill="skill:b")])
    rows = list(csv.DictReader(io.StringIO(report_csv(report_of(made)))))
    assert list(rows[0]) == list(CSV_COLUMNS)
    assert [(row["person_id"], row["skill_iri"]) for row in rows] == [
        (person_id, skill) for person_id in ("p-ada", "p-bo") for skill in ("skill:a", "skill:b")
    ]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_compute_stays_a_text(text: str) -> None:
    assert safe(text) == f"'{text}"
    named = replace(person(), name=text)
    rows = list(
        csv.DictReader(io.StringIO(report_csv(report_of(company([named], [requirement()]))), newline=""))
    )
    assert rows[0]["name"] == f"'{text}"


def test_numbers_days_and_plain_texts_stay_as_they_are() -> None:
    assert (safe(-1), safe(date(2025, 6, 30)), safe("Ada"), safe("")) == (-1, date(2025, 6, 30), "Ada", "")
