"""Sheet "To do": who must do what by when, most urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report
from reports.content.words import IMPORTANCE_WORDS, level_word, share_word
from reports.excel.layout import Column, Listed, put, put_list, put_title, set_page
from reports.excel.links import Links
from reports.excel.stream import RowLink, StreamedRows, StreamedValue
from reports.excel.style import BLUE_LIGHT, ORANGE, ORANGE_LIGHT, YELLOW_LIGHT, coloured

URGENCY_WORDS = (
    "1 overdue, mandatory",
    "2 mandatory",
    "3 required",
    "4 not yet due",
    "5 runs out soon",
)
NOW = "now"
HEADING_ROW = 6
PERSON_COLUMN = 3
_TEAM = Column("Team", "text", 12, 18)
_COLUMNS = (
    Column("Urgency", "text", 13, 15),
    Column("Due by", "day", 11, 11),
    Column("Person", "link", 16, 22),
    Column("Skill", "text", 20, 28),
    Column("Level asked", "text", 12, 14),
    Column("Level held", "text", 12, 14),
    Column("Importance", "text", 12, 12),
    Column("Why", "text", 18, 24),
    Column("What to do", "strong", 24, 36),
    Column("Done", "centred", 7, 7),
)


def draw_todo(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    """Draw the sheet; the list itself is streamed."""
    put_title(sheet, report, f"To do: {report.team_name}")
    _put_facts(sheet, report)
    listed = _listed(report, links)
    rows = put_list(sheet, HEADING_ROW, listed)
    set_page(sheet, report, heading_row=HEADING_ROW)
    if rows is None:
        put(sheet, HEADING_ROW + 1, 1, _nothing(report), "fact")
        return ()
    _colour(sheet, report, HEADING_ROW + 1, HEADING_ROW + listed.count)
    return (rows,)


def _put_facts(sheet: Worksheet, report: Report) -> None:
    """Write the block above the list: whom it is for, as of when, and the two figures that matter most."""
    manager = f" (manager: {report.manager_name})" if report.manager_name else ""
    facts: tuple[tuple[int, int, str, str | date], ...] = (
        (3, 1, "Team", f"{report.team_name}{manager}"),
        (3, 6, "As of", report.as_of),
        (4, 1, "Requirements met", share_word(report.met.met, report.met.total)),
        (4, 6, "Mandatory compliance", share_word(report.mandatory.met, report.mandatory.total)),
        (5, 1, "To do", _counts(report)),
    )
    for row, column, label, value in facts:
        put(sheet, row, column, label, "label")
        put(sheet, row, column + 2, value, "fact day" if isinstance(value, date) else "fact")


def _listed(report: Report, links: Links) -> Listed:
    with_team = len({todo.team_name for todo in report.todo}) > 1
    columns = (*_COLUMNS[:PERSON_COLUMN], *((_TEAM,) if with_team else ()), *_COLUMNS[PERSON_COLUMN:])
    levels = {skill.skill_iri: skill.levels for skill in report.skills}

    def rows() -> Iterator[tuple[StreamedValue, ...]]:
        for todo in report.todo:
            names = levels.get(todo.skill_iri, ())
            yield (
                urgency_word(todo.urgency),
                todo.due_on or (NOW if todo.status == "unmet" else None),
                todo.person_name,
                *((todo.team_name,) if with_team else ()),
                todo.skill_label,
                level_word(names, todo.required),
                level_word(names, todo.attained),
                IMPORTANCE_WORDS.get(todo.importance, todo.importance),
                todo.reason_text,
                todo.action,
                "☐",
            )

    def row_links() -> Iterator[RowLink]:
        for row, todo in enumerate(report.todo):
            url = links.pair(todo.person_id, todo.skill_short_id)
            if url is not None:
                yield RowLink(row, PERSON_COLUMN, url)

    return Listed(columns, len(report.todo), rows, row_links)


def urgency_word(urgency: int) -> str:
    """Return the word of an urgency, numbered so that it sorts."""
    return URGENCY_WORDS[min(max(urgency, 0), len(URGENCY_WORDS) - 1)]


def _counts(report: Report) -> str:
    if not report.todo:
        return "nothing"
    by_urgency = Counter(urgency_word(todo.urgency) for todo in report.todo)
    parts = (f"{by_urgency[word]} {word[2:]}" for word in URGENCY_WORDS if by_urgency[word])
    return f"{len(report.todo)} in all: {'; '.join(parts)}"


def _nothing(report: Report) -> str:
    if report.met.total == 0:
        return "Nothing to do: no requirement binds anybody here on this day."
    return "Nothing to do: every requirement is met, and none runs out within 90 days."


def _colour(sheet: Worksheet, report: Report, first: int, last: int) -> None:
    """Colour the urgency by its words, and due days that have passed."""
    day = report.as_of
    passed = f"AND(ISNUMBER($B{first}),$B{first}<DATE({day.year},{day.month},{day.day}))"
    sheet.conditional_formatting.add(
        f"B{first}:B{last}",
        Rule(type="expression", formula=[passed], dxf=coloured(ORANGE, bold=True)),
    )
    for number, colour in enumerate((ORANGE, ORANGE_LIGHT, YELLOW_LIGHT, BLUE_LIGHT, BLUE_LIGHT), start=1):
        sheet.conditional_formatting.add(
            f"A{first}:A{last}",
            Rule(
                type="expression",
                formula=[f'LEFT($A{first},1)="{number}"'],
                dxf=coloured(colour, bold=number == 1),
            ),
        )
