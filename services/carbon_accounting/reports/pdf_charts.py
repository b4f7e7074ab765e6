"""Charts on PDF pages, drawn with reportlab's graphics."""

from collections.abc import Sequence
from math import ceil

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib import colors

from services.carbon_accounting.domain.reporting.charts import Chart, HeatMap, Lines, StackedBars
from services.carbon_accounting.reports.drawn import (
    PALETTE,
    chart_title,
    course_of,
    numbers_of,
)
from services.carbon_accounting.reports.pdf_drawing import LEFT, LINE, SIZE, label, thinned
from services.carbon_accounting.reports.pdf_heat_map import heat_map
from services.carbon_accounting.reports.pdf_text import (
    MIXED,
    clean,
    font_of,
    width_of,
    wrapped,
)
from services.carbon_accounting.reports.phrases import (
    NO_NUMBERS,
    Footnotes,
    Language,
    said,
)

TITLE_SIZE = 8.5
BOTTOM, PLOT_HEIGHT = 22.0, 120.0
WIDEST_BAR = 60.0
COLORS = tuple(colors.HexColor(f"#{code}") for code in PALETTE)
GREY = colors.HexColor("#8a9a9f")


def pdf_chart(chart: Chart, language: Language, footnotes: Footnotes, width: float) -> Drawing:
    """Return a drawing of `width` points with title, unit, legend and the mark of doubts."""
    title = wrapped(chart_title(chart, language, footnotes), width, MIXED, TITLE_SIZE)
    drawing = _body(chart, language, width, LINE * len(title) + 8)
    for place, line in enumerate(title, start=1):
        drawing.add(label(line, 0, drawing.height - LINE * place, TITLE_SIZE))
    return drawing


def _body(chart: Chart, language: Language, width: float, head: float) -> Drawing:
    """Return what stands below the title, `head` points of it left free."""
    if not numbers_of(chart):
        return _without_numbers(language, width, head)
    if isinstance(chart, HeatMap):
        return heat_map(chart, language, width, head)
    return _with_axes(chart, language, width, head)


def _without_numbers(language: Language, width: float, head: float) -> Drawing:
    drawing = Drawing(width, head + LINE)
    drawing.add(label(said(NO_NUMBERS, language), 0, 3))
    return drawing


def _with_axes(chart: Chart, language: Language, width: float, head: float) -> Drawing:
    legend = _legend([clean(said(each.name, language)) for each in chart.series], width)
    height = BOTTOM + PLOT_HEIGHT + LINE * (1 + max(row for _, _, row in legend)) + head
    drawing = Drawing(width, height)
    plot = _lines(chart) if isinstance(chart, Lines) else _bars(chart)
    plot.x, plot.y, plot.height = LEFT, BOTTOM, PLOT_HEIGHT
    plot.width = min(width - LEFT - 10, _room_for(chart))
    _scale(plot, chart)
    _name_categories(plot, [clean(said(name, language)) for name in chart.categories])
    drawing.add(plot)
    for place, (text, x, row) in enumerate(legend):
        y = BOTTOM + PLOT_HEIGHT + 8 + LINE * row
        drawing.add(Rect(x, y, 7, 7, fillColor=COLORS[place % len(COLORS)], strokeColor=None))
        drawing.add(label(text, x + 10, y))
    return drawing


def _bars(chart: Chart) -> VerticalBarChart:
    plot = VerticalBarChart()
    plot.data = [course_of(series) for series in chart.series]
    plot.categoryAxis.style = "stacked" if isinstance(chart, StackedBars) else "parallel"
    plot.groupSpacing, plot.barSpacing = 6, 0.5
    for place in range(len(chart.series)):
        plot.bars[place].fillColor = COLORS[place % len(COLORS)]
        plot.bars[place].strokeColor = None
    return plot


def _room_for(chart: Chart) -> float:
    """Return how wide a plot may get: few bars do not become walls."""
    abreast = 1 if isinstance(chart, StackedBars | Lines) else len(chart.series)
    return WIDEST_BAR * len(chart.categories) * abreast + WIDEST_BAR


def _lines(chart: Chart) -> HorizontalLineChart:
    """Return a line for each stretch of a series without a gap: reportlab draws across gaps."""
    plot = HorizontalLineChart()
    stretches = [
        (number, stretch)
        for number, series in enumerate(chart.series)
        for stretch in unbroken(course_of(series))
    ]
    plot.data = [stretch for _, stretch in stretches]
    for place, (number, _) in enumerate(stretches):
        plot.lines[place].strokeColor = COLORS[number % len(COLORS)]
        plot.lines[place].strokeWidth = 1.2
        plot.lines[place].symbol = makeMarker("Circle", size=3)
    return plot


def unbroken(course: Sequence[float | None]) -> list[list[float | None]]:
    """Return the stretches between gaps, each as long as the course, None outside of it."""
    found: list[list[float | None]] = []
    for place, value in enumerate(course):
        if value is None:
            continue
        if place == 0 or course[place - 1] is None:
            found.append([None] * len(course))
        found[-1][place] = value
    return found


def _scale(plot: VerticalBarChart | HorizontalLineChart, chart: Chart) -> None:
    """Let the axis hold zero and every number, with a little room above."""
    values = _stacks(chart) if isinstance(chart, StackedBars) else numbers_of(chart)
    low, high = min(0.0, *values), max(0.0, *values)
    axis = plot.valueAxis
    axis.valueMin, axis.valueMax = low * 1.05, (high or 1.0 if low == 0 else high) * 1.05
    axis.labels.fontName, axis.labels.fontSize = font_of(""), SIZE
    axis.labelTextFormat = lambda value: f"{value:,.13g}"
    axis.visibleGrid, axis.gridStrokeColor, axis.gridStrokeWidth = 1, GREY, 0.2
    axis.strokeColor = plot.categoryAxis.strokeColor = GREY


def _stacks(chart: StackedBars) -> list[float]:
    """Return the tops of the stacks, and their bottoms below zero."""
    stacks = zip(*(course_of(series) for series in chart.series), strict=True)
    each = [[value for value in stack if value is not None] for stack in stacks]
    tops = [sum(value for value in stack if value > 0) for stack in each]
    return [*tops, *(sum(value for value in stack if value < 0) for stack in each)]


def _name_categories(plot: VerticalBarChart | HorizontalLineChart, names: Sequence[str]) -> None:
    """Write the names below the axis, every other or every third where they would not fit."""
    axis, font = plot.categoryAxis, font_of("".join(names))
    widest = max(width_of(name, font, SIZE) for name in names) + 4
    axis.categoryNames = thinned(names, ceil(widest * len(names) / plot.width))
    axis.labels.fontName, axis.labels.fontSize, axis.labels.dy = font, SIZE, -2
    axis.labelAxisMode = "low"


def _legend(names: Sequence[str], width: float) -> list[tuple[str, float, int]]:
    """Return each name, cut to the width, with its x and its row, from the lowest row up."""
    placed, x, row = [], LEFT, 0
    for name in names:
        line = wrapped(name, (width - LEFT) / 2, MIXED, SIZE)
        text = line[0] if len(line) == 1 else f"{line[0]}..."
        wide = width_of(text, MIXED, SIZE) + 24
        if x + wide > width and x > LEFT:
            x, row = LEFT, row + 1
        placed.append((text, x, row))
        x += wide
    return placed
