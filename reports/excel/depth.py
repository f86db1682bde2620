"""Sheet "Depth": which skills nobody holds, which hang on one person, and who is next best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report, SkillContent
from reports.content.words import NOT_AVAILABLE, level_word
from reports.excel.layout import Column, Listed, put, put_list, put_title, set_page, shown_shares
from reports.excel.links import Links
from reports.excel.stream import RowLink, Shown, StreamedRows, StreamedValue
from reports.excel.style import ORANGE, ORANGE_LIGHT, coloured

HEADING_ROW = 4
UNCOVERED, SINGLE_POINT, COVERED = "uncovered", "single point of failure", "covered"
MET_COLUMN = 9
MOST_NAMES = 5
_COLUMNS = (
    Column("State", "strong", 13, 15),
    Column("Skill", "text", 20, 28),
    Column("Level asked", "text", 12, 14),
    Column("Depth (holders)", "number", 11, 11),
    Column("Held by", "text", 20, 34),
    Column("Next best", "text", 14, 20),
    Column("Level of next best", "text", 12, 14),
    Column("Since", "day", 11, 11),
    Column("Met of needed", "link centred", 11, 12),
    Column("Coverage", "share", 10, 10),
    Column("Learning that closes it", "text", 20, 28),
)


def depth_state(skill: SkillContent) -> str:
    """Return the word for a skill's depth."""
    if skill.depth == 0:
        return UNCOVERED
    return SINGLE_POINT if skill.is_single_point else COVERED


def draw_depth(sheet: Worksheet, report: Report, links: Links) -> tuple[StreamedRows, ...]:
    """Draw the sheet: uncovered skills first, then single points of failure, then the others by depth."""
    put_title(sheet, report, "Depth")
    order = (UNCOVERED, SINGLE_POINT, COVERED)
    skills = sorted(
        (skill for skill in report.skills if skill.depth is not None),
        key=lambda skill: (order.index(depth_state(skill)), skill.depth or 0, skill.label, skill.skill_iri),
    )
    shares = shown_shares(sheet, "share", (skill.coverage_share for skill in skills))
    listed = _listed(skills, links, shares)
    rows = put_list(sheet, HEADING_ROW, listed)
    set_page(sheet, report, heading_row=HEADING_ROW, heading_columns=2)
    if rows is None:
        put(sheet, 3, 1, "No skill is asked of this team on this day.", "fact")
        return ()
    states = [depth_state(skill) for skill in skills]
    sentence = (
        f"{states.count(UNCOVERED)} uncovered · {states.count(SINGLE_POINT)} on one person · "
        f"{states.count(COVERED)} covered"
    )
    put(sheet, 3, 1, sentence, "fact")
    first, last = HEADING_ROW + 1, HEADING_ROW + listed.count
    for word, colour in ((UNCOVERED, ORANGE), (SINGLE_POINT, ORANGE_LIGHT)):
        rule = Rule(type="expression", formula=[f'$A{first}="{word}"'], dxf=coloured(colour, bold=True))
        sheet.conditional_formatting.add(f"A{first}:A{last}", rule)
    return (rows,)


def names_word(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Return the names in one text; beyond `most` the number of the others."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def _listed(
    skills: Sequence[SkillContent], links: Links, shares: Mapping[float | None, Shown | str]
) -> Listed:
    def rows() -> Iterator[tuple[StreamedValue, ...]]:
        for skill in skills:
            next_level = skill.next_best_level
            yield (
                depth_state(skill),
                skill.label,
                "" if skill.required_level is None else level_word(skill.levels, skill.required_level),
                skill.depth,
                names_word(skill.holder_names) or "nobody",
                skill.next_best_name or "nobody",
                "" if next_level is None else level_word(skill.levels, next_level),
                skill.next_best_since,
                f"{skill.met or 0} of {skill.needed}" if skill.needed else NOT_AVAILABLE,
                shares[skill.coverage_share],
                ", ".join(skill.closing_titles) or "none in the catalogue",
            )

    def row_links() -> Iterator[RowLink]:
        for row, skill in enumerate(skills):
            url = links.skill(skill.short_id)
            if url is not None and skill.needed:
                yield RowLink(row, MET_COLUMN, url)

    return Listed(_COLUMNS, len(skills), rows, row_links)
