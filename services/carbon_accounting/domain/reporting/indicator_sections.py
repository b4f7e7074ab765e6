"""Indicators with target, status, formula and what is missing; a line of each over its months."""

from collections.abc import Sequence

from services.carbon_accounting.domain.reporting.cells import (
    NOT_KNOWN,
    NOT_STATED,
    Absent,
    Cell,
    Name,
    Quantity,
    Value,
)
from services.carbon_accounting.domain.reporting.charts import Lines, Series
from services.carbon_accounting.domain.reporting.content import Paragraph, Section
from services.carbon_accounting.domain.reporting.measures import indicator_in
from services.carbon_accounting.domain.reporting.records import Enterprise, IndicatorResult
from services.carbon_accounting.domain.reporting.tables import Column, Table
from services.carbon_accounting.domain.reporting.wording import STATUSES, subject
from services.energy.site import Text

NO_INDICATORS = Text("No indicator was computed.", "未计算任何指标。")
MISSING_INPUTS = Absent(Text("inputs missing", "缺少输入"))
NOTHING_MISSING = Text("none", "无")


def indicators_section(
    results: Sequence[IndicatorResult], enterprises: Sequence[Enterprise]
) -> Section:
    """Return a table of the indicators, their formulas, and a chart of each that has a course."""
    heading = Text("Indicators", "指标")
    if not results:
        return Section(heading, (Paragraph(NO_INDICATORS),))
    charts = tuple(_course(result) for result in results if _is_a_course(result))
    return Section(heading, (_values(results, enterprises), _formulas(results), *charts))


def _values(results: Sequence[IndicatorResult], enterprises: Sequence[Enterprise]) -> Table:
    return Table(
        Text("Values and targets", "数值与目标"),
        (
            Column(Text("Of", "对象")),
            Column(Text("Indicator", "指标")),
            Column(Text("Value", "数值")),
            Column(Text("Target", "目标")),
            Column(Text("Status", "状态")),
            Column(Text("Missing inputs", "缺少的输入")),
        ),
        tuple((subject(result.enterprise, enterprises), *_row(result)) for result in results),
    )


def _row(result: IndicatorResult) -> tuple[Cell, ...]:
    measure = indicator_in(result.unit)
    absent = MISSING_INPUTS if result.missing else NOT_KNOWN
    value = absent if result.value is None else Quantity(result.value, measure, result.unverified)
    missing = joined(result.missing) if result.missing else NOTHING_MISSING
    return (_full_name(result), value, _target(result), STATUSES[result.status], missing)


def _formulas(results: Sequence[IndicatorResult]) -> Table:
    return Table(
        Text("How they are computed", "计算公式"),
        (Column(Text("Indicator", "指标")), Column(Text("Formula", "公式"))),
        tuple((_full_name(result), result.formula) for result in results),
    )


def _is_a_course(result: IndicatorResult) -> bool:
    """Whether there are months to compare: one alone, or none that is known, stands in tables."""
    return len(result.course) > 1 and any(value is not None for _, value in result.course)


def _course(result: IndicatorResult) -> Lines:
    measure = indicator_in(result.unit)
    values: tuple[Value, ...] = tuple(
        NOT_KNOWN if value is None else Quantity(value, measure, result.unverified)
        for _, value in result.course
    )
    return Lines(
        in_both(_full_name(result)),
        measure.unit,
        tuple(str(month) for month, _ in result.course),
        (
            Series(Text("value", "数值"), values),
            Series(Text("target", "目标"), (_target(result),) * len(values)),
        ),
    )


def _target(result: IndicatorResult) -> Value:
    if result.target is None:
        return NOT_STATED
    return Quantity(result.target, indicator_in(result.unit), result.target_unverified)


def in_both(name: Name) -> Text:
    """Return words as a text of both languages."""
    return name if isinstance(name, Text) else Text(name, name)


def joined(names: Sequence[Name]) -> Text:
    """Return several names as one text."""
    texts = [in_both(name) for name in names]
    return Text("; ".join(text.en for text in texts), "；".join(text.zh for text in texts))


def _full_name(result: IndicatorResult) -> Name:
    if not result.reading:
        return result.name
    name, reading = in_both(result.name), in_both(result.reading)
    return Text(f"{name.en} ({reading.en})", f"{name.zh}（{reading.zh}）")
