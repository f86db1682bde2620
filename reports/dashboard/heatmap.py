"""Heat maps as tables: rows, columns and cells with their text, mark, shade and words.

In goes the content of a report, out come structs that a template draws without arithmetic. A shade is the class q0
(nothing of what is asked) to q8 (all of it); a state that stands in no ratio has a class of its own. Every cell says
its state in words too, so nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.content.model import CellContent, PersonContent, Report, SkillContent, TeamLine
from reports.content.words import REASON_WORDS, day_word, days_word, share_word

SOON_DAYS = 90
MARKS = {"met": "✓", "unmet": "×", "open": "○", "exempt": "E", "desirable": "·", "not_required": ""}
MANDATORY_MARK = "!"


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A skill as a column; `foot` is its coverage in the whole grid, `foot_shade` the class of it."""

    skill_iri: str
    short_id: str
    label: str
    detail: str
    foot: str
    foot_shade: str
    foot_words: str


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell: `text` and `mark` are seen, `note` is the small line below, `words` are read aloud.

    `is_empty` marks a skill that nobody asks of this row and that it does not hold: such a cell leads nowhere.
    """

    short_id: str
    text: str
    mark: str
    note: str
    shade: str
    words: str
    is_empty: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """A person or a team with its cells in the order of the columns; `indent` is 0..5, the depth in the tree."""

    row_id: str
    label: str
    detail: str
    total: str
    indent: int
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A heat map; `hidden_columns` says how many skills were left out to keep it readable."""

    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    hidden_columns: int = 0


def ratio_shade(part: float, whole: float) -> str:
    """Return q0…q8 for `part` of `whole`; q8 is all of it and nothing less, q0 nothing; `none` where whole is 0."""
    if whole <= 0:
        return "none"
    if part >= whole:
        return "q8"
    if part <= 0:
        return "q0"
    return f"q{min(7, max(1, int(8 * part / whole)))}"


def person_grid(report: Report) -> Grid:
    """Return the heat map person × skill of `report`."""
    return Grid(
        columns=tuple(_column(skill) for skill in report.skills),
        rows=tuple(_person_row(person, report.skills) for person in report.people),
    )


def team_grid(
    teams: Iterable[TeamLine], skills: Sequence[SkillContent], most_columns: int | None = None
) -> Grid:
    """Return the heat map team × skill; at most `most_columns` skills, those with the lowest coverage first."""
    asked = [skill for skill in skills if skill.needed]
    chosen = asked
    if most_columns is not None:
        chosen = sorted(asked, key=_coverage_order)[:most_columns]
    return Grid(
        columns=tuple(_column(skill) for skill in chosen),
        rows=tuple(_team_row(team, chosen) for team in teams),
        hidden_columns=len(asked) - len(chosen),
    )


def cell_words(cell: CellContent) -> str:
    """Return the state of `cell` in words, as it is read aloud and shown on the person's page."""
    match cell.status:
        case "met":
            days = cell.days_left
            return f"met, runs out {days_word(days)}" if days is not None and _ends_soon(cell) else "met"
        case "unmet":
            reason = REASON_WORDS.get(cell.reason or "", "")
            importance = "mandatory and not met" if cell.importance == "mandatory" else "not met"
            return f"{importance}: {reason}" if reason else importance
        case "open":
            return f"not yet due, due {day_word(cell.due_on)}" if cell.due_on else "not yet due"
        case "exempt":
            return f"exempt: {cell.exempt_reason}" if cell.exempt_reason else "exempt"
        case "desirable":
            return "desirable, in no ratio"
        case _:
            return "held, not required" if cell.attained else "not required"


def cell_mark(cell: CellContent) -> str:
    """Return the mark that stands beside the figure."""
    if cell.status == "unmet" and cell.importance == "mandatory":
        return MANDATORY_MARK
    return MARKS.get(cell.status, "")


def cell_shade(cell: CellContent) -> str:
    """Return the class of `cell`: q0…q8 where it counts, else its state; met alone is q8."""
    if cell.status == "met":
        return "q8"
    if cell.status == "unmet":
        shade = ratio_shade(cell.attained, cell.required or 1)
        # The level may be there by proof that does not count: then the requirement is still not met.
        return "q7" if shade == "q8" else shade
    return cell.status.replace("_", "-")


def cell_text(cell: CellContent) -> str:
    """Return `2/3`, or the level alone where none is required."""
    if cell.required is not None:
        return f"{cell.attained}/{cell.required}"
    return str(cell.attained) if cell.attained or cell.status == "desirable" else "–"


def _ends_soon(cell: CellContent) -> bool:
    return cell.days_left is not None and 0 <= cell.days_left <= SOON_DAYS


def _coverage_order(skill: SkillContent) -> tuple[float, int, str, str]:
    share = 1.0 if skill.coverage_share is None else skill.coverage_share
    missing = (skill.needed or 0) - (skill.met or 0)
    return (share, -missing, skill.label, skill.skill_iri)


def _column(skill: SkillContent) -> GridColumn:
    needed, met = skill.needed or 0, skill.met or 0
    level = f"level {skill.required_level} asked" if skill.required_level else "no level asked"
    return GridColumn(
        skill_iri=skill.skill_iri,
        short_id=skill.short_id,
        label=skill.label,
        detail=level,
        foot=f"{met}/{needed}" if needed else "–",
        foot_shade=ratio_shade(met, needed),
        foot_words=share_word(met, needed),
    )


def _person_row(person: PersonContent, skills: Sequence[SkillContent]) -> GridRow:
    return GridRow(
        row_id=person.person_id,
        label=person.name,
        detail="on leave" if person.on_leave else ", ".join(person.role_names),
        total=f"{person.met.met}/{person.met.total}" if person.met.total else "n/a",
        indent=0,
        cells=tuple(
            _person_cell(cell, skill.short_id) for cell, skill in zip(person.cells, skills, strict=True)
        ),
    )


def _person_cell(cell: CellContent, short_id: str) -> GridCell:
    return GridCell(
        short_id=short_id,
        text=cell_text(cell),
        mark=cell_mark(cell),
        note=f"{cell.days_left} d" if cell.status == "met" and _ends_soon(cell) else "",
        shade=cell_shade(cell),
        words=cell_words(cell),
        is_empty=cell.status == "not_required" and not cell.attained,
    )


def _team_row(team: TeamLine, skills: Sequence[SkillContent]) -> GridRow:
    return GridRow(
        row_id=team.team_id,
        label=team.name,
        detail=f"{team.members} members",
        total=f"{team.met.met}/{team.met.total}" if team.met.total else "n/a",
        indent=min(team.depth, 5),
        cells=tuple(_team_cell(team, skill) for skill in skills),
    )


def _team_cell(team: TeamLine, skill: SkillContent) -> GridCell:
    met, total = team.skill_shares.get(skill.skill_iri, (0, 0))
    return GridCell(
        short_id=skill.short_id,
        text=f"{met}/{total}" if total else "–",
        mark="✓" if total and met >= total else "",
        note="",
        shade=ratio_shade(met, total),
        words=share_word(met, total) if total else "not asked",
        is_empty=not total,
    )
