"""A heat map on PDF pages: the higher a value, the redder its field."""

from math import ceil

from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib import colors

from services.carbon_accounting.domain.reporting.charts import HeatMap
from services.carbon_accounting.reports.drawn import COLD, HOT, course_of, numbers_of
from services.carbon_accounting.reports.pdf_drawing import LEFT, LINE, SIZE, label, thinned
from services.carbon_accounting.reports.phrases import GAPS, Language, said

CELL_HEIGHT, TALLEST_FIELD = 10.0, 400.0
FROM, TO = colors.HexColor(f"#{COLD}"), colors.HexColor(f"#{HOT}")


def heat_map(chart: HeatMap, language: Language, width: float, head: float) -> Drawing:
    """Return a drawing with `head` points left free for the title."""
    rows = len(chart.series)
    high = min(CELL_HEIGHT, TALLEST_FIELD / rows)
    field = LINE + high * rows
    drawing = Drawing(width, field + LINE + head)
    most = max(numbers_of(chart))
    wide = (width - LEFT - 10) / len(chart.categories)
    names = thinned([said(each.name, language) for each in chart.series], ceil(SIZE / high))
    for row, (day, series) in enumerate(zip(names, chart.series, strict=True), start=1):
        drawing.add(label(day, 0, field - high * row + 2))
        for place, value in enumerate(course_of(series)):
            drawing.add(_field((LEFT + wide * place, field - high * row, wide, high), value, most))
    for place, name in enumerate(chart.categories):
        drawing.add(label(said(name, language), LEFT + wide * (place + 0.3), field + 3))
    drawing.add(label(_scale_text(chart, language), LEFT, 1))
    return drawing


def _field(place: tuple[float, float, float, float], value: float | None, most: float) -> Rect:
    """Return one field (x, y, width, height), the redder the higher; blank without a number."""
    fill = None
    if value is not None:
        fill = colors.linearlyInterpolatedColor(FROM, TO, 0, most or 1, max(value, 0))
    return Rect(*place, fillColor=fill, strokeColor=colors.white, strokeWidth=0.5)


def _scale_text(chart: HeatMap, language: Language) -> str:
    values = numbers_of(chart)
    return f"{min(values):,.3f}–{max(values):,.3f} {chart.unit}. {said(GAPS, language)}"
