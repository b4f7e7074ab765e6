"""What a chart shows in either file: its title with unit and doubts, its numbers, its gaps."""

from services.carbon_accounting.domain.reporting.cells import Absent, Value
from services.carbon_accounting.domain.reporting.charts import Chart, Series, reasons_of
from services.carbon_accounting.domain.reporting.formatting import number
from services.carbon_accounting.reports.phrases import (
    UNVERIFIED,
    Footnotes,
    Language,
    mark_of,
    said,
)

PALETTE = ("0072B2", "E69F00", "009E73", "CC79A7", "56B4E9", "D55E00", "999999")
"""Distinct for the colour-blind (Okabe and Ito)."""
COLD, HOT = "EEF4F6", "B2182B"
"""The ends of a heat map's scale."""


def chart_title(chart: Chart, language: Language, footnotes: Footnotes) -> str:
    """Return title and unit, and the mark where numbers drawn are unverified."""
    title = f"{said(chart.title, language)}, {chart.unit}".removesuffix(", ")
    mark = mark_of(reasons_of(chart), footnotes)
    return f"{title} ({mark} {said(UNVERIFIED, language)})" if mark else title


def plotted(value: Value) -> float | None:
    """Return what is drawn for a value; None leaves a gap."""
    return None if isinstance(value, Absent) else number(value.amount, value.measure)


def course_of(series: Series) -> list[float | None]:
    """Return what is drawn for a series, one a category."""
    return [plotted(value) for value in series.values]


def numbers_of(chart: Chart) -> list[float]:
    """Return every number drawn."""
    return [value for each in chart.series for value in course_of(each) if value is not None]
