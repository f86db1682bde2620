"""docs/metrics.md says of every figure what the page and the Definitions sheet say."""

from __future__ import annotations

import re
from typing import get_args

from lms_bridge.coverage.pairs import Reason, Status
from lms_bridge.skills.strengths import Strength
from reports.content.definitions import DEFINITIONS
from tests.docs.pages import codes, page, rows, section

TEXT = page("metrics.md")


def test_the_definitions_are_those_of_the_workbook_in_their_order() -> None:
    listed = re.findall(r"^- \*\*(.+?)\.\*\* (.+)$", section(TEXT, "## Definitions"), re.MULTILINE)
    assert listed == list(DEFINITIONS)


def test_every_status_and_reason_is_explained() -> None:
    assert {codes(row[0])[0] for row in rows(section(TEXT, "## Pairs"))} == set(get_args(Status))
    explained = {code for row in rows(section(TEXT, "## Gap and reason")) for code in codes(row[0])}
    assert explained == set(get_args(Reason))


def test_the_strengths_stand_in_their_order() -> None:
    assert " < ".join(strength.label for strength in sorted(Strength)) in TEXT
    assert " < ".join(strength.label for strength in sorted(Strength)) in page("glossary.md")
