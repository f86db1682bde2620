"""A statement that an LMS posts changes the right cell of page, JSON and workbook; voiding it changes it back."""

from __future__ import annotations

import base64
import json
import statistics
import sys
import time
import uuid
from http.client import HTTPConnection
from typing import Any

from lms_bridge.demo.cast import BY_HANDLE, CMI5
from lms_bridge.demo.courses import COURSE_BY_KEY
from tests.end_to_end.company import HEAT_MAP, Company
from tests.end_to_end.pages_read import table
from tests.end_to_end.served import until

WHO, COURSE, SKILL, LABEL = "Krzysztof Zając", "c-03", "wms", "use a warehouse management system"
TRIES = 10
BOUND_SECONDS = 5.0
ADL = "http://adlnet.gov/expapi/verbs/"
CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/"


def passed(company: Company) -> dict[str, Any]:
    """Return what the cmi5 LMS sends when Krzysztof passes the course."""
    return {
        "id": str(uuid.uuid4()),
        "actor": {"account": {"homePage": CMI5, "name": BY_HANDLE[WHO].employee_number}},
        "verb": {"id": ADL + "passed"},
        "object": {"id": f"{CMI5}/activities/{uuid.uuid4()}"},
        "result": {"success": True, "score": {"scaled": 0.91}},
        "context": {
            "registration": str(uuid.uuid4()),
            "contextActivities": {
                "grouping": [{"id": COURSE_BY_KEY[COURSE].url}],
                "category": [{"id": CATEGORY + "cmi5"}, {"id": CATEGORY + "moveon"}],
            },
            "extensions": {
                "https://w3id.org/xapi/cmi5/context/extensions/sessionid": "s-1",
                "https://w3id.org/xapi/cmi5/context/extensions/masteryscore": 0.7,
            },
        },
        "timestamp": f"{company.today}T09:00:00Z",
    }


def voiding(statement_id: str) -> dict[str, Any]:
    return {
        "actor": {"account": {"homePage": CMI5, "name": "administrator"}},
        "verb": {"id": ADL + "voided"},
        "object": {"objectType": "StatementRef", "id": statement_id},
    }


def post(company: Company, statement: dict[str, Any]) -> float:
    """Post a statement as an LMS does and return the moment of its 200."""
    key = base64.b64encode(":".join(company.keys["cmi5"]).encode()).decode()
    connection = HTTPConnection("127.0.0.1", company.service.port, timeout=60)
    try:
        headers = {
            "Authorization": f"Basic {key}",
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
        }
        connection.request("POST", "/xapi/statements", json.dumps(statement).encode(), headers)
        answer = connection.getresponse()
        body = answer.read()
        stored_at = time.monotonic()
        assert answer.status == 200, body
        return stored_at
    finally:
        connection.close()


def on_page(company: Company) -> str:
    return table(company.page("/teams/LOG"), HEAT_MAP).cell(WHO, LABEL).text


def in_workbook(company: Company) -> str:
    sheet = company.workbook("LOG")["Heat map"]
    rows = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    heads = next(row for row in rows if row[0] == "Person")
    return next(row for row in rows if row[0] == WHO)[heads.index(LABEL)]


def seconds_until(company: Company, start: str, since: float) -> float:
    until(f"the cell says {start}", lambda: on_page(company).startswith(start), BOUND_SECONDS)
    return time.monotonic() - since


def test_a_statement_changes_its_cell_on_every_door_and_voiding_changes_it_back(company: Company) -> None:
    before = company.coverage("LOG")
    assert on_page(company).startswith("0/2 ×")
    assert in_workbook(company) == "✗ 0/2"
    statement = passed(company)
    seconds_until(company, "2/2 ✓", post(company, statement))
    cell = company.cell("LOG", WHO, SKILL)
    assert (cell["status"], cell["attained"], len(cell["evidence"])) == ("met", 2, 1)
    assert in_workbook(company) == "✓ 2/2"
    assert company.coverage("LOG")["compliance"]["met"] == before["compliance"]["met"] + 1
    others = [person for person in company.coverage("LOG")["people"] if person["name"] != WHO]
    assert others == [person for person in before["people"] if person["name"] != WHO]
    post(company, statement)  # the same again changes nothing
    company.settle()
    assert company.cell("LOG", WHO, SKILL)["evidence"] == cell["evidence"]
    proof = company.page(f"/evidence/{cell['evidence'][0]}")
    assert statement["id"] in proof
    seconds_until(company, "0/2 ×", post(company, voiding(statement["id"])))
    company.settle()
    after = company.cell("LOG", WHO, SKILL)
    assert (after["status"], after["reason"]) == ("unmet", "reversed")
    assert in_workbook(company) == "✗ 0/2"
    assert company.coverage("LOG")["compliance"] == before["compliance"]
    assert "The statement was voided" in company.page(f"/evidence/{cell['evidence'][0]}")


def test_the_cell_changes_within_seconds_of_the_200(company: Company) -> None:
    spans = []
    for _ in range(TRIES):
        statement = passed(company)
        spans.append(seconds_until(company, "2/2 ✓", post(company, statement)))
        seconds_until(company, "0/2 ×", post(company, voiding(statement["id"])))
    sys.stdout.write(
        f"\n200 to changed cell: median {statistics.median(spans):.2f} s, longest {max(spans):.2f} s\n"
    )
    company.settle()
    assert max(spans) < BOUND_SECONDS
