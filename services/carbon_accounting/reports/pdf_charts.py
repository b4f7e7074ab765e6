"""Charts on PDF pages, drawn with reportlab's graphics."""

from collections.abc import Sequence

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, Group, Rect, String
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib import colors

from services.carbon_accounting.domain.reporting.charts import Chart, HeatMap, Lines, StackedBars
from services.carbon_accounting.reports.drawn import (
    COLD,
    HOT,
    PALETTE,
    chart_title,
    course_of,
    numbers_of,
)
from services.carbon_accounting.reports.pdf_text import (
    MIXED,
    clean,
    font_of,
    runs,
    width_of,
    wrapped,
)
from services.carbon_accounting.reports.phrases import (
    GAPS,
    NO_NUMBERS,
    Footnotes,
    Language,
    said,
)

SIZE, TITLE_SIZE = 7.0, 8.5
LEFT, BOTTOM, PLOT_HEIGHT, LINE = 70.0, 22.0, 120.0, 11.0
CELL_HEIGHT, WIDEST_BAR = 10.0, 60.0
COLORS = tuple(colors.HexColor(f"#{code}") for code in PALETTE)
FROM, TO = colors.HexColor(f"#{COLD}"), colors.HexColor(f"#{HOT}")
GREY = colors.HexColor("#8a9a9f")


def pdf_chart(chart: Chart, language: Language, footnotes: Footnotes, width: float) -> Drawing:
    """Return a drawing of `width` points with title, unit, legend and the mark of doubts."""
    body = _heat_map if isinstance(chart, HeatMap) else _with_axes
    if not numbers_of(chart):
        body = _without_numbers
    title = wrapped(chart_title(chart, language, footnotes), width, MIXED, TITLE_SIZE)
    drawing = body(chart, language, width, LINE * len(title) + 8)
    for place, line in enumerate(title, start=1):
        drawing.add(_label(line, 0, drawing.height - LINE * place, TITLE_SIZE))
    return drawing


def _without_numbers(chart: Chart, language: Language, width: float, head: float) -> Drawing:
    drawing = Drawing(width, head + LINE)
    drawing.add(_label(said(NO_NUMBERS, language), 0, 3))
    return drawing


def _with_axes(chart: Chart, language: Language, width: float, head: float) -> Drawing:
    legend = _legend([clean(said(each.name, language)) for each in chart.series], width)
    height = BOTTOM + PLOT_HEIGHT + LINE * (1 + max(row for _, _, row in legend)) + head
    drawing = Drawing(width, height)
    plot = _lines(chart) if isinstance(chart, Lines) else _bars(chart)
    plot.x, plot.y, plot.height = LEFT, BOTTOM, PLOT_HEIGHT
    plot.width = min(width - LEFT - 10, _room_for(chart))
    _scale(plot, chart)
    _name_categories(plot.categoryAxis, [clean(said(n, language)) for n in chart.categories])
    drawing.add(plot)
    for place, (text, x, row) in enumerate(legend):
        y = BOTTOM + PLOT_HEIGHT + 8 + LINE * row
        drawing.add(Rect(x, y, 7, 7, fillColor=COLORS[place % len(COLORS)], strokeColor=None))
        drawing.add(_label(text, x + 10, y))
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


def _name_categories(axis: object, names: Sequence[str]) -> None:
    axis.categoryNames = list(names)  # type: ignore[attr-defined]
    labels = axis.labels  # type: ignore[attr-defined]
    labels.fontName, labels.fontSize, labels.dy = font_of("".join(names)), SIZE, -2
    axis.labelAxisMode = "low"  # type: ignore[attr-defined]


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


def _heat_map(chart: Chart, language: Language, width: float, head: float) -> Drawing:
    rows, columns = len(chart.series), len(chart.categories)
    top = LINE + CELL_HEIGHT * rows + LINE
    drawing = Drawing(width, top + head)
    most = max(numbers_of(chart))
    wide = (width - LEFT - 10) / columns
    for row, series in enumerate(chart.series, start=1):
        y = top - LINE - CELL_HEIGHT * row
        drawing.add(_label(clean(said(series.name, language)), 0, y + 2))
        for place, value in enumerate(course_of(series)):
            drawing.add(_field(LEFT + wide * place, y, wide, value, most))
    for place, name in enumerate(chart.categories):
        drawing.add(_label(said(name, language), LEFT + wide * (place + 0.3), top - LINE + 3))
    drawing.add(_label(_scale_text(chart, language), LEFT, 1))
    return drawing


def _field(x: float, y: float, width: float, value: float | None, most: float) -> Rect:
    fill = None
    if value is not None:
        fill = colors.linearlyInterpolatedColor(FROM, TO, 0, most or 1, max(value, 0))
    return Rect(x, y, width, CELL_HEIGHT, fillColor=fill, strokeColor=colors.white, strokeWidth=0.5)


def _scale_text(chart: Chart, language: Language) -> str:
    values = numbers_of(chart)
    return f"{min(values):,.3f}–{max(values):,.3f} {chart.unit}. {said(GAPS, language)}"


def _label(text: str, x: float, y: float, size: float = SIZE) -> Group:
    """Return one line of text, each run in a font that has its letters."""
    label = Group()
    for run, font in runs(clean(text)):
        label.add(String(x, y, run, fontName=font, fontSize=size))
        x += width_of(run, font, size)
    return label
