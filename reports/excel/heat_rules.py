"""What a cell of a heat map says and which colour it takes: mark and level first, colour by rule, never colour alone."""

from __future__ import annotations

from openpyxl.formatting.rule import ColorScaleRule, Rule
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import CellContent
from reports.excel.style import (
    BLUE,
    BLUE_LIGHT,
    GREY,
    ORANGE,
    ORANGE_LIGHT,
    PALE,
    WHITE,
    YELLOW_LIGHT,
    coloured,
)

MET, NOT_MET, OPEN, EXEMPT, DESIRABLE, NOT_REQUIRED = "✓", "✗", "◷", "E", "D", "–"
MANDATORY = "M"
_MARKS = {
    "met": MET,
    "unmet": NOT_MET,
    "open": OPEN,
    "exempt": EXEMPT,
    "desirable": DESIRABLE,
    "not_required": NOT_REQUIRED,
}
LEGEND: tuple[tuple[str, str], ...] = (
    (f"{MET} 3/3", "met: attained level / required level"),
    (f"{NOT_MET} 2/3", "not met: one level is missing, or the level is shown by proof that does not count"),
    (f"{NOT_MET} 0/2", "not met: two or more levels are missing"),
    (f"{OPEN} 1/2", "not met, but not yet due: stands in no ratio"),
    (f"{EXEMPT} 0/2", "exempt: stands in no ratio"),
    (f"{DESIRABLE} 1/2", "desirable: stands in no ratio"),
    (f"{NOT_REQUIRED} 2", "not required; the level is shown where the person holds one"),
    (f"{NOT_MET} 0/2 {MANDATORY}", "M: a mandatory requirement"),
)
LEGEND_LINE = (
    f"{MET} met   {NOT_MET} not met   {OPEN} not yet due   {EXEMPT} exempt   {DESIRABLE} desirable   "
    f"{NOT_REQUIRED} not required   2/3 attained / required level   {MANDATORY} mandatory"
)


def heat_text(cell: CellContent) -> str:
    """Return the text of a cell: `✗ 2/3 M` is level 2 of 3, not met, mandatory."""
    mark = _MARKS.get(cell.status, cell.status)
    if cell.required is None:
        levels = f"{cell.attained}" if cell.attained else ""
    else:
        levels = f"{cell.attained}/{cell.required}"
    asked = cell.status in {"met", "unmet", "open"} and cell.importance == "mandatory"
    return " ".join(part for part in (mark, levels, MANDATORY if asked else "") if part)


def add_status_rules(sheet: Worksheet, first_cell: str, area: str) -> None:
    """Colour `area` by the marks in its texts; `first_cell` is its upper left."""
    mark = f"LEFT({first_cell},1)"
    slash = f'FIND("/",{first_cell})'
    attained = f"VALUE(MID({first_cell},3,{slash}-3))"
    # The required level ends at the text's end or at the blank before M.
    required = f'VALUE(MID({first_cell},{slash}+1,FIND(" ",{first_cell}&" ",{slash})-{slash}-1))'
    rules = (
        (f'AND({mark}="{NOT_MET}",{required}-{attained}>=2)', coloured(ORANGE, bold=True)),
        (f'{mark}="{NOT_MET}"', coloured(ORANGE_LIGHT, bold=True)),
        (f'{mark}="{MET}"', coloured(BLUE_LIGHT)),
        (f'{mark}="{OPEN}"', coloured(YELLOW_LIGHT)),
        (f'{mark}="{DESIRABLE}"', coloured(PALE, italic=True)),
        (f'{mark}="{EXEMPT}"', coloured(PALE, ink=GREY)),
        (f'{mark}="{NOT_REQUIRED}"', coloured(WHITE, ink=GREY)),
    )
    for formula, look in rules:
        rule = Rule(type="expression", formula=[f"IFERROR({formula},FALSE)"], dxf=look, stopIfTrue=True)
        sheet.conditional_formatting.add(area, rule)


def add_share_scale(sheet: Worksheet, area: str) -> None:
    """Colour shares 0..1 from orange over white to blue; texts such as "n/a" stay white."""
    scale = ColorScaleRule(  # type: ignore[no-untyped-call]  # the stubs leave its arguments untyped
        start_type="num",
        start_value=0,
        start_color=ORANGE,
        mid_type="num",
        mid_value=0.6,
        mid_color=WHITE,
        end_type="num",
        end_value=1,
        end_color=BLUE,
    )
    sheet.conditional_formatting.add(area, scale)
