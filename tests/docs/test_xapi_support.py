"""docs/xapi_support.md names every scope, error, lenient defect and conformance requirement."""

from __future__ import annotations

import re

from lms_bridge.pipeline.sources import SCOPES
from lms_bridge.web.problems import PROBLEMS
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Defect
from tests.docs.pages import ROOT, codes, page, rows, section
from tests.docs.xapi_support_table import (
    citations_by_number,
    generated_part,
    numbers_in,
    proofs_by_number,
    requirements,
    table,
)

TEXT = page("xapi_support.md")


def test_every_scope_is_explained() -> None:
    listed = {code for row in rows(section(TEXT, "## Credentials and scopes")) for code in codes(row[0])}
    assert listed == set(SCOPES)


def test_every_status_that_the_lrs_answers_is_explained() -> None:
    listed = {int(row[0]) for row in rows(section(TEXT, "## Errors"))}
    answered = {problem.status for problem in PROBLEMS.values()} - {500}
    assert answered <= listed


def test_every_version_is_named() -> None:
    assert all(version.value.removesuffix(".0") in TEXT for version in Version)


def test_every_lenient_defect_is_explained() -> None:
    own = section(page("connect/cmi5.md"), "## Every kind of source: the lenient defects")
    assert [codes(row[0])[0] for row in rows(own)] == [defect.value for defect in Defect]


def test_the_table_of_requirements_is_what_the_list_the_code_and_the_tests_say() -> None:
    assert generated_part(TEXT) == table(ROOT), "run python -m tests.docs.xapi_support_table --write"


def test_the_list_has_every_number_once_and_a_short_rule() -> None:
    listed = requirements(ROOT)
    assert [one.number for one in listed] == [f"XAPI-{number:05}" for number in range(1, 337)]
    for one in listed:
        assert 0 < len(one.rule) <= 110, one.number
        assert re.fullmatch(r"(Data|Communication) [0-9](\.[0-9]+)*", one.section), one.number
        assert set(one.versions) <= {"1.0.3", "2.0"}, one.number
        assert one.versions, one.number


def test_every_requirement_is_cited_in_code_and_proved_by_a_test() -> None:
    code, tests = citations_by_number(ROOT), proofs_by_number(ROOT)
    live = [one.number for one in requirements(ROOT) if not one.is_withdrawn]
    assert [number for number in live if number not in code] == []
    assert [number for number in live if number not in tests] == []


def test_nothing_cites_a_requirement_that_is_withdrawn_or_not_in_the_list() -> None:
    live = {one.number for one in requirements(ROOT) if not one.is_withdrawn}
    cited = citations_by_number(ROOT).keys() | proofs_by_number(ROOT).keys()
    assert cited - live == set()


def test_a_citation_may_span_numbers_and_name_a_half_of_one() -> None:
    assert numbers_in("XAPI-00067 to XAPI-00069, XAPI-00087-2") == {
        "XAPI-00067",
        "XAPI-00068",
        "XAPI-00069",
        "XAPI-00087",
    }
