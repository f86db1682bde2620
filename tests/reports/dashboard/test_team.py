"""A manager's page: to-dos by urgency, gaps by reason, depth."""

from __future__ import annotations

from datetime import date

import pytest

from reports.dashboard.team import depth_lines, gap_lines, headcount_lines, reason_heads, todo_list
from tests.web.content import PAYROLL, PRIVACY, headcount, report, skill, todo


@pytest.mark.parametrize(
    ("urgency", "due_on", "word", "weight"),
    [
        (0, date(2026, 6, 1), "! overdue since", "poor"),
        (1, None, "! now", "poor"),
        (2, None, "× now", "fair"),
        (3, date(2026, 7, 14), "○ by", "plain"),
        (4, date(2026, 7, 14), "renew by", "plain"),
        (4, None, "renew", "plain"),
    ],
)
def test_a_to_do_says_by_when(urgency: int, due_on: date | None, word: str, weight: str) -> None:
    (line,) = todo_list([todo(urgency=urgency, due_on=due_on)], None, show_all=False).lines
    assert (line.word, line.weight) == (word, weight)


def test_the_counts_are_those_of_the_whole_list() -> None:
    lines = [todo(urgency=urgency) for urgency in (0, 2, 2, 3)]
    found = todo_list(lines, 2, show_all=False)
    assert (found.total, found.hidden, len(found.lines)) == (2, 0, 2)
    assert [count for _, _, count in found.counts] == [1, 0, 2, 1, 0]


def test_gaps_are_counted_by_reason() -> None:
    lines = gap_lines(report())
    assert [(line.label, line.unmet) for line in lines] == [("data protection", 1), ("payroll accounting", 1)]
    assert dict(zip(reason_heads(), lines[0].counts, strict=True))["has run out"] == 1
    assert lines[1].closes == "Payroll in practice"
    assert (lines[0].is_closable, lines[0].closes) == (False, "nothing of the catalogue closes this")


def test_the_thinnest_skills_stand_first() -> None:
    skills = (
        skill("a", "deep", depth=5),
        skill(
            "b", "single", depth=1, is_single_point=True, holder_ids=("p-ada",), holder_names=("Ada Okafor",)
        ),
        skill("c", "uncovered", depth=0, holder_ids=(), holder_names=()),
        skill("d", "one of one", depth=1, holder_ids=("p-ada",), holder_names=("Ada Okafor",)),
        skill("e", "unknown", depth=None),
    )
    lines = depth_lines(report(skills=skills, people=()))
    assert [(line.label, line.state, line.word) for line in lines] == [
        ("uncovered", "uncovered", "nobody"),
        ("single", "single", "one person"),
        ("one of one", "deep", "1 person"),
        ("deep", "deep", "5 people"),
    ]


def test_many_holders_are_cut() -> None:
    ids = tuple(f"p{number}" for number in range(9))
    (line,) = depth_lines(
        report(skills=(skill(PAYROLL, "x", depth=9, holder_ids=ids, holder_names=ids),), people=())
    )
    assert (len(line.holders), line.more_holders) == (4, 5)


def test_headcounts_that_are_short_stand_first() -> None:
    lines = headcount_lines(report(headcounts=(headcount(skill_iri=PRIVACY, holders=2), headcount())))
    assert [(line.word, line.shade) for line in lines] == [("1 missing", "q4"), ("enough", "q8")]
