"""Native charts that read their figures from cells of their own sheet.

openpyxl 3.1 hides axes unless told (`delete = False`) and smooths lines unless told; both are told here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, NumRef, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from reports.excel.style import GREY, LINE, NAVY

PERCENT_FORMAT = "0 %"
MONTH_FORMAT = "yyyy-mm"
GAP = 90_000
"""Between charts, in English Metric Units (360,000 a centimetre)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Cells of a chart: labels and values in two columns, from `first_row` to `last_row`; the name stands above."""

    label_column: int
    value_column: int
    first_row: int
    last_row: int


@dataclass(frozen=True, slots=True)
class Place:
    """The cells that a chart covers, counted from 1, the last ones included: it grows with them, nothing overlaps."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int


def put_share_bars(
    sheet: Worksheet, figures: Figures, place: Place, *, title: str, label_title: str, value_title: str
) -> None:
    """Draw shares as horizontal bars, the first row on top."""
    chart = BarChart()
    chart.type = "bar"
    # The first category of a horizontal bar chart stands at the bottom unless the axis runs backwards; then the
    # values' axis would move to the top unless it crosses at the far end.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"
    chart.gapWidth = 35
    chart.x_axis.tickLblSkip = 1
    _finish(chart, sheet, figures, place, (title, label_title, value_title))


def put_share_columns(
    sheet: Worksheet, figures: Figures, place: Place, *, title: str, label_title: str, value_title: str
) -> None:
    """Draw shares as columns, in the order of the rows."""
    chart = BarChart()
    chart.type = "col"
    chart.gapWidth = 60
    _finish(chart, sheet, figures, place, (title, label_title, value_title))


def put_share_line(
    sheet: Worksheet, figures: Figures, place: Place, *, title: str, label_title: str, value_title: str
) -> None:
    """Draw shares as a line without smoothing: between two days nothing is known."""
    chart = LineChart()
    _finish(chart, sheet, figures, place, (title, label_title, value_title))
    series = chart.series[0]
    series.smooth = False
    # Days are numbers of Excel: their format, not their value, is shown.
    labels = series.cat.strRef.f
    series.cat = AxDataSource(numRef=NumRef(f=labels))
    chart.x_axis.number_format = MONTH_FORMAT
    chart.x_axis.numFmt.sourceLinked = False
    chart.dataLabels = None
    series.marker.symbol = "circle"
    series.marker.size = 6
    series.marker.graphicalProperties = GraphicalProperties(solidFill=NAVY)
    series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=NAVY, w=25_400))


def _finish(
    chart: BarChart | LineChart,
    sheet: Worksheet,
    figures: Figures,
    place: Place,
    titles: tuple[str, str, str],
) -> None:
    chart.add_data(
        Reference(sheet, figures.value_column, figures.first_row - 1, figures.value_column, figures.last_row),
        titles_from_data=True,
    )
    letter = get_column_letter(figures.label_column)
    labels = f"{quote_sheetname(sheet.title)}!${letter}${figures.first_row}:${letter}${figures.last_row}"
    series = chart.series[0]
    series.cat = AxDataSource(strRef=StrRef(f=labels))
    series.graphicalProperties = GraphicalProperties(solidFill=NAVY)
    chart.legend = None
    chart.title, chart.x_axis.title, chart.y_axis.title = titles
    _set_title_size(chart.title, 1_200, NAVY)
    _set_title_size(chart.x_axis.title, 900, GREY)
    _set_title_size(chart.y_axis.title, 900, GREY)
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
        axis.txPr = RichText(p=[Paragraph(pPr=_characters(800, GREY), endParaRPr=CharacterProperties())])
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=LINE))
    chart.y_axis.scaling.min = 0
    chart.y_axis.scaling.max = 1
    chart.y_axis.majorUnit = 0.2
    chart.y_axis.number_format = PERCENT_FORMAT
    chart.y_axis.numFmt.sourceLinked = False
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill=LINE)))
    chart.dataLabels = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.dataLabels.txPr = RichText(
        p=[Paragraph(pPr=_characters(800, GREY), endParaRPr=CharacterProperties())]
    )
    # Markers count from 0; the second one is the cell after the last.
    chart.anchor = TwoCellAnchor(  # type: ignore[assignment]  # the stubs know only the name of a cell
        editAs="oneCell",
        _from=AnchorMarker(col=place.first_column - 1, row=place.first_row - 1, colOff=GAP, rowOff=GAP),
        to=AnchorMarker(col=place.last_column, row=place.last_row),
    )
    sheet.add_chart(chart)


def _characters(size: int, colour: str) -> ParagraphProperties:
    return ParagraphProperties(defRPr=CharacterProperties(sz=size, solidFill=colour, b=False))


def _set_title_size(title: Any, size: int, colour: str) -> None:
    """Set the size of a title in hundredths of a point; `title` is openpyxl's own Title, made from a text."""
    title.overlay = False
    for paragraph in title.tx.rich.p:
        paragraph.pPr = ParagraphProperties(defRPr=CharacterProperties(sz=size, solidFill=colour, b=True))
        for run in paragraph.r:
            run.rPr = CharacterProperties(sz=size, solidFill=colour, b=True)
