"""docs/xapi_support.md names every scope, error and lenient defect."""

from __future__ import annotations

from lms_bridge.pipeline.sources import SCOPES
from lms_bridge.web.problems import PROBLEMS
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Defect
from tests.docs.pages import codes, page, rows, section

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
