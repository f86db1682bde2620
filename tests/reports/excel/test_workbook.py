"""The workbook as a whole: sheets, types, print setup, properties, and nothing that acts on its own."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from reports.content.model import Report
from reports.excel.workbook import SHEETS
from tests.reports import content_factory as factory
from tests.reports.excel.reading import links_of_sheet, opened, texts_of, written

TITLES = [
    "To do",
    "Heat map",
    "Expiring",
    "Summary",
    "Depth",
    "Mandatory",
    "Data",
    "Evidence",
    "Definitions",
    "About",
]
# The sequence of CT_Worksheet (ECMA-376 part 1, 18.3.1.99); Excel repairs a sheet that breaks it.
SEQUENCE = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "autoFilter",
    "mergeCells",
    "conditionalFormatting",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "drawing",
    "tableParts",
]


def reports() -> dict[str, Report]:
    return {
        "team": factory.report(),
        "company": factory.report(kind="company"),
        "empty": factory.empty_report(),
        "empty company": replace(factory.empty_report(), kind="company", team_id="company"),
        "no links": factory.report(base_url=""),
    }


@pytest.fixture(params=sorted(reports()))
def report(request: pytest.FixtureRequest) -> Report:
    return reports()[request.param]


def test_sheets_stand_in_the_order_of_a_managers_questions(report: Report) -> None:
    workbook = opened(report)

    assert workbook.sheetnames == TITLES == [title for title, _ in SHEETS]
    assert workbook.active is not None
    assert workbook.active.title == "To do"


def test_no_cell_is_a_formula_or_an_error(report: Report) -> None:
    for sheet in opened(report).worksheets:
        types = {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert types <= {"s", "n", "d"}, sheet.title
    with ZipFile(BytesIO(written(report))) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in package.read(name)


def test_names_that_look_like_formulas_stay_text_and_are_quoted() -> None:
    workbook = opened(factory.report())
    for title in ("To do", "Heat map", "Data", "Evidence", "Expiring", "Mandatory"):
        sheet = workbook[title]
        cells = [
            cell
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith(("=", "@", "+", "-"))
        ]
        assert cells, title
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells), title


def test_every_sheet_prints_on_landscape_pages_with_headings_and_footer(report: Report) -> None:
    for sheet in opened(report).worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows
        assert sheet.freeze_panes
        footer = sheet.oddFooter
        assert footer is not None
        assert "2026-06-30" in (footer.left.text or "")
        assert footer.right.text == "Page &P of &N"


def test_a_team_name_is_no_command_in_the_footer() -> None:
    content = written(factory.report(team_name="12 R&D &P"))
    with ZipFile(BytesIO(content)) as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
    footer = re.search(r"<oddFooter>(.*?)</oddFooter>", xml)
    assert footer is not None
    # openpyxl writes other entities where lxml is installed.
    assert html.unescape(footer[1]).startswith("&L&8 12 R&&D &&P · as of 2026-06-30")


def test_properties_name_the_product_and_the_report() -> None:
    properties = opened(factory.report()).properties

    assert properties.creator == "LMS Bridge"
    assert properties.title == (
        "Skill coverage: Rheintal Components GmbH · Assembly & Test, as of 2026-06-30"
    )
    moment = datetime(2026, 6, 30, 6, 20)  # noqa: DTZ001 -- Excel knows no zones
    assert properties.created == properties.modified == moment


def test_parts_of_a_sheet_stand_in_the_order_of_the_schema(report: Report) -> None:
    with ZipFile(BytesIO(written(report))) as package:
        for number in range(1, len(TITLES) + 1):
            xml = package.read(f"xl/worksheets/sheet{number}.xml").decode()
            # Only the children of the root: rows and what they hold are taken out.
            outer = re.sub(r"<sheetData>.*</sheetData>", "<sheetData/>", xml, flags=re.DOTALL)
            found = [name for name in re.findall(r"<(\w+)\b", outer) if name in SEQUENCE]
            positions = [SEQUENCE.index(name) for name in found]
            assert positions == sorted(positions), (number, found)


def test_every_relationship_is_used_once_and_every_use_has_one(report: Report) -> None:
    with ZipFile(BytesIO(written(report))) as package:
        for name in package.namelist():
            relations = re.fullmatch(r"xl/worksheets/_rels/(sheet\d+)\.xml\.rels", name)
            if relations is None:
                continue
            known = re.findall(r'\bId="([^"]+)"', package.read(name).decode())
            used = re.findall(r'r:id="([^"]+)"', package.read(f"xl/worksheets/{relations[1]}.xml").decode())
            assert len(known) == len(set(known))
            assert set(used) == set(known)


def test_every_text_hangs_together_as_xml_and_rows_ascend(report: Report) -> None:
    with ZipFile(BytesIO(written(report))) as package:
        for number in range(1, len(TITLES) + 1):
            xml = package.read(f"xl/worksheets/sheet{number}.xml").decode()
            rows = [int(row) for row in re.findall(r'<row r="(\d+)"', xml)]
            assert rows == sorted(set(rows))


def test_equal_reports_give_equal_bytes() -> None:
    assert written(factory.report()) == written(factory.report())


def test_without_a_base_address_nothing_is_linked() -> None:
    for sheet in opened(factory.report(base_url="")).worksheets:
        assert links_of_sheet(sheet) == {}


def test_texts_with_control_characters_are_written_without_them() -> None:
    people = factory.report().people
    bad = replace(people[0], name="Ada\x00 \x1bLove\ud800lace\ufffe")
    sheet = opened(replace(factory.report(), people=(bad, *people[1:])))["Data"]

    assert isinstance(sheet, Worksheet)
    assert sheet["B2"].value == "Ada Lovelace"


def test_error_words_of_excel_stay_text() -> None:
    workbook = opened(
        replace(factory.report(), team_name="#N/A", manager_name="#REF!", footnotes=("#DIV/0!",))
    )

    assert "#DIV/0!" in texts_of(workbook["About"])
    for sheet in workbook.worksheets:
        assert all(cell.data_type != "e" for row in sheet.iter_rows() for cell in row)
