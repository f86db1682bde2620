"""Reads what a report's renderings show, each on its own, into the same plain shapes, so that they can be compared."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.words import REASON_WORDS, STATUS_WORDS

VOID_TAGS = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
MARKS = {"✓": "met", "✗": "unmet", "◷": "open", "E": "exempt", "D": "desirable", "–": "not_required"}
STATUS_OF = {word: status for status, word in STATUS_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Shown:
    """What every rendering tells of a pair: the state, and the levels required and attained."""

    status: str
    required: int | None
    attained: int


@dataclass(slots=True)
class HtmlCell:
    """A cell of a table: its link, and its text by the class of the span around it ("" is the cell's own)."""

    link: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All text that is seen."""
        return " ".join("".join(text for name, text in self.texts.items() if name != "vh").split())

    def of(self, name: str) -> str:
        """The text in spans of a class."""
        return " ".join(self.texts.get(name, "").split())


@dataclass(slots=True)
class HtmlTable:
    """A table by its caption: rows of cells, headings included."""

    caption: str = ""
    rows: list[list[HtmlCell]] = field(default_factory=list)


class PageReader(HTMLParser):
    """Collects the tables of a page and the texts of its tiles, heading to figure and details."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[HtmlTable] = []
        self.tiles: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        self._tile: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in VOID_TAGS:
            return
        self._open.append((tag, given.get("class", "")))
        if tag == "table":
            self.tables.append(HtmlTable())
        elif tag == "tr":
            self.tables[-1].rows.append([])
        elif tag in ("td", "th"):
            self.tables[-1].rows[-1].append(HtmlCell())
        elif tag == "a" and self._inside("td", "th") and not self.tables[-1].rows[-1][-1].link:
            self.tables[-1].rows[-1][-1].link = given.get("href", "")
        elif tag == "p" and self._tile is not None:
            self._tile.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._inside("caption"):
            self.tables[-1].caption += data.strip()
        elif self._inside("td", "th"):
            cell = self.tables[-1].rows[-1][-1]
            span = next((name for tag, name in reversed(self._open) if tag in ("span", "td", "th")), "")
            name = span if self._open[-1][0] == "span" or self._inside("span") else ""
            cell.texts[name] = cell.texts.get(name, "") + data
        elif any("tile" in name.split() for _, name in self._open):
            if self._inside("h2"):
                self._tile = self.tiles.setdefault(data.strip(), [])
            elif self._inside("p") and self._tile:
                self._tile[-1] += data

    def _inside(self, *tags: str) -> bool:
        return any(tag in tags for tag, _ in self._open)

    def table(self, caption: str) -> HtmlTable | None:
        """The table whose caption begins so."""
        return next((table for table in self.tables if table.caption.startswith(caption)), None)


def person_of(link: str) -> str:
    """The person's id in an address of a page."""
    return link.removeprefix("/people/").partition("?")[0].partition("#")[0]


@dataclass(frozen=True, slots=True)
class Rendering:
    """The figures that page and workbook both draw of a team: cells by (person id, skill label), and totals.

    `totals` are met of needed by person id, `skills` met/needed by label, `depth` holders by label, `headcounts` lines
    of (skill, holders, needed).
    """

    cells: dict[tuple[str, str], Shown]
    totals: dict[str, tuple[int, int] | None]
    skills: dict[str, tuple[int, int] | None]
    depth: dict[str, int]
    headcounts: tuple[tuple[str, int, int], ...]


def parted(text: str) -> tuple[int, int] | None:
    """`3/9` or `3 of 9` as numbers; None for n/a or –."""
    first, found, second = text.replace(" of ", "/").partition("/")
    return (int(first), int(second)) if found and first.strip().isdigit() else None


def of_page(html: str) -> Rendering:
    """What a team's page shows."""
    page = PageReader(html)
    cells: dict[tuple[str, str], Shown] = {}
    totals: dict[str, tuple[int, int] | None] = {}
    skills: dict[str, tuple[int, int] | None] = {}
    grid = page.table("Level attained of level required")
    if grid is not None:
        labels = [cell.text for cell in grid.rows[0][1:-1]]
        for row in grid.rows[1:-1]:
            person_id = person_of(row[0].link)
            totals[person_id] = parted(row[-1].text)
            for label, cell in zip(labels, row[1:-1], strict=True):
                cells[person_id, label] = _page_cell(cell)
        skills = dict(zip(labels, (parted(cell.of("figure")) for cell in grid.rows[-1][1:-1]), strict=True))
    depth = page.table("Holders of each skill")
    counts = page.table("Head-counts asked")
    return Rendering(
        cells,
        totals,
        skills,
        {_label(row[0]): _first_number(row[1].text) for row in depth.rows[1:]} if depth else {},
        tuple(sorted((_label(row[0]), *_held(row[2].text)) for row in counts.rows[1:])) if counts else (),
    )


def _label(cell: HtmlCell) -> str:
    return cell.of("")


def _held(text: str) -> tuple[int, int]:
    words = text.split()
    return int(words[0]), int(words[2])


def _first_number(text: str) -> int:
    words = text.replace("!", " ").split()
    return {"nobody": 0, "one": 1}.get(words[0]) or (int(words[0]) if words[0].isdigit() else 0)


def _page_cell(cell: HtmlCell) -> Shown:
    words, figure = cell.of("vh"), cell.of("figure")
    required, attained = _levels(figure)
    known = (
        ("met", "met"),
        ("mandatory and not met", "unmet"),
        ("not met", "unmet"),
        ("not yet due", "open"),
        ("exempt", "exempt"),
        ("desirable", "desirable"),
        ("held, not required", "not_required"),
        ("not required", "not_required"),
    )
    return Shown(next(status for start, status in known if words.startswith(start)), required, attained)


def _levels(text: str) -> tuple[int | None, int]:
    attained, found, required = text.partition("/")
    return (int(required), int(attained)) if found else (None, int(attained) if attained.isdigit() else 0)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's sheets that hold figures."""

    rendering: Rendering
    data: tuple[dict[str, Any], ...]
    summary: dict[str, str]
    mandatory: dict[str, tuple[int, int] | None]


def rows_of(sheet: Worksheet) -> list[list[Any]]:
    """The values of a sheet, trailing empty cells cut."""
    found = []
    for row in sheet.iter_rows(values_only=True):
        values = list(row)
        while values and values[-1] is None:
            values.pop()
        found.append(values)
    return found


def of_workbook(content: bytes, person_ids: list[str]) -> Book:
    """What a team's workbook shows; `person_ids` in the order of the map, whose rows carry names."""
    book = load_workbook(io.BytesIO(content))
    sheet = {name: rows_of(book[name]) for name in ("Heat map", "Data", "Depth", "Summary", "Mandatory")}
    heat = sheet["Heat map"]
    heading = heat[3] if len(heat) > 3 else []
    lead = heading.index("Share") + 1 if "Share" in heading else 0
    labels = [str(value) for value in heading[lead:]]
    cells: dict[tuple[str, str], Shown] = {}
    totals: dict[str, tuple[int, int] | None] = {}
    for person_id, row in zip(person_ids, heat[4:], strict=False):
        totals[person_id] = parted(str(row[lead - 2]))
        for label, text in zip(labels, row[lead:], strict=True):
            cells[person_id, label] = _heat_cell(str(text))
    skills = _totals_row(heat, "Met / needed", labels, lead)
    depths = {str(row[1]): int(row[3]) for row in sheet["Depth"][4:] if row}
    records = [
        dict(zip(sheet["Data"][0], [*row, *[None] * 30], strict=False)) for row in sheet["Data"][1:] if row
    ]
    return Book(
        Rendering(cells, totals, skills, depths, tuple(sorted(_headcounts(heat, lead)))),
        tuple(records),
        {str(row[0]): str(row[1]) for row in sheet["Summary"] if len(row) > 1},
        {
            str(row[0]): parted(str(row[1]))
            for row in sheet["Mandatory"][5:]
            if len(row) > 2 and row[2] in ("clean", "not clean")
        },
    )


def _totals_row(
    heat: list[list[Any]], name: str, labels: list[str], lead: int
) -> dict[str, tuple[int, int] | None]:
    row = next((row for row in heat if row and row[0] == name), None)
    if row is None:
        return {}
    return {label: parted(str(value)) for label, value in zip(labels, row[lead:], strict=True)}


def _headcounts(heat: list[list[Any]], lead: int) -> Iterator[tuple[str, int, int]]:
    start = next((at for at, row in enumerate(heat) if row and row[0] == "Head-counts"), None)
    if start is None:
        return
    for row in heat[start + 2 :]:
        if not row or row[0] in ("Legend", "The counts behind the shares: met / needed"):
            return
        yield str(row[0]), *_held(str(row[lead - 2]))


def _heat_cell(text: str) -> Shown:
    mark, _, rest = text.partition(" ")
    required, attained = _levels(rest.removesuffix(" M"))
    return Shown(MARKS[mark], required, attained)


@dataclass(frozen=True, slots=True)
class Full:
    """A pair with all that data sheets, CSV and JSON tell of it; days as ISO text."""

    status: str
    required: int | None
    attained: int
    gap: int
    reason: str
    due: str
    until: str
    importance: str
    proofs: int

    @property
    def shown(self) -> Shown:
        """What the maps tell."""
        return Shown(self.status, self.required, self.attained)


def of_json(data: dict[str, Any]) -> dict[tuple[str, str], Full]:
    """The pairs of a JSON report by (person id, skill IRI)."""
    return {
        (person["person_id"], cell["skill_iri"]): Full(
            cell["status"],
            cell["required"],
            cell["attained"],
            cell["gap"],
            cell["exempt_reason"] or REASON_WORDS.get(cell["reason"] or "", ""),
            cell["due_on"] or "",
            cell["last_valid_day"] or "",
            cell["importance"] or "",
            len(cell["evidence"]),
        )
        for person in data["people"]
        for cell in person["cells"]
    }


def of_csv(text: str) -> dict[tuple[str, str], Full]:
    """The pairs of a CSV report."""
    return {
        (row["person_id"], row["skill_iri"]): Full(
            row["status"],
            int(row["required"]) if row["required"] else None,
            int(row["attained"]),
            int(row["gap"]),
            row["reason"],
            row["due_on"],
            row["last_valid_day"],
            row["importance"],
            len([part for part in row["evidence"].split("; ") if part]),
        )
        for row in csv.DictReader(io.StringIO(text))
    }


def of_data(rows: tuple[dict[str, Any], ...]) -> dict[tuple[str, str], Full]:
    """The pairs of the sheet Data."""
    return {
        (row["Person ID"], row["Skill IRI"]): Full(
            STATUS_OF[row["Status"]],
            row["Required level"],
            row["Attained level"],
            row["Gap"],
            row["Reason"] or "",
            _day(row["Due on"]),
            _day(row["Last valid day"]),
            row["Importance"] or "",
            row["Proofs"],
        )
        for row in rows
    }


def _day(value: Any) -> str:
    return value.date().isoformat() if value is not None else ""
