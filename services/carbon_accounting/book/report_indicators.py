"""Indicators of a park's month and of its year to date, with their course over the months."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from services.carbon_accounting.book.written_books import Row
from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.indicators.showing import Verdict
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.doubts import reasons_of
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import IndicatorResult, Status
from services.energy.site import Text

PERCENT = "percent"
STATUSES = {
    Verdict.MET.value: Status.MET,
    Verdict.MISSED.value: Status.NOT_MET,
    Verdict.OPEN.value: Status.NEEDS_CONFIRMATION,
    Verdict.INCOMPLETE.value: Status.NEEDS_CONFIRMATION,
    Verdict.NO_TARGET.value: Status.NOT_APPLICABLE,
    Verdict.ABSENT.value: Status.NOT_KNOWN,
    Verdict.EXPLAINED.value: Status.NOT_APPLICABLE,
}
READINGS = {
    "conservative": Text("conservative reading", "保守口径"),
    "optimistic": Text("optimistic reading", "宽松口径"),
}


def indicator_results(rows: Iterable[Row], period: Period) -> Iterator[IndicatorResult]:
    """Yield the indicators of the period's last month, then those of the year up to it.

    Where a rule is open each of its readings follows as a row of its own.
    """
    table = list(rows)
    month, year = str(period.last), f"{period.last.year:04d} to {period.last}"
    for row in table:
        if (row["kind"], row["period"]) == (PeriodKind.MONTH.value, month):
            name = Text(row["name_en"], row["name_zh"])
            yield from _rows(row, replace(_result(row, name), course=_course(table, row, period)))
    for row in table:
        if (row["kind"], row["period"]) == (PeriodKind.YEAR_TO_DATE.value, year):
            name = Text(f"{row['name_en']}, year to date", f"{row['name_zh']}，本年累计")
            yield from _rows(row, _result(row, name))


def _rows(row: Row, result: IndicatorResult) -> Iterator[IndicatorResult]:
    """Yield an indicator and each reading of it that has a value."""
    yield result
    for side, reading in READINGS.items():
        if row[side]:
            value, formula = _number(row[side], row["unit"]), row[f"{side}_formula"]
            yield replace(result, value=value, formula=formula, reading=reading, course=())


def _result(row: Row, name: Text) -> IndicatorResult:
    doubts = reasons_of(row["unverified"])
    of_target = tuple(
        doubt for doubt in doubts if doubt.en.startswith(f"the target of {row['indicator']}:")
    )
    return IndicatorResult(
        name=name,
        unit="%" if row["unit"] == PERCENT else row["unit"],
        value=_number(row["value"], row["unit"]),
        target=_number(row["target"], row["unit"]),
        status=_status(row["verdict"], is_sure=not of_target),
        formula=row["formula"],
        missing=tuple(name for name in row["missing"].split(", ") if name),
        unverified=tuple(doubt for doubt in doubts if doubt not in of_target),
        target_unverified=of_target,
    )


def _status(verdict: str, *, is_sure: bool) -> Status:
    """Return the status; against a target that is no settled fact nothing is met or missed."""
    found = STATUSES[verdict]
    is_judged = found in (Status.MET, Status.NOT_MET)
    return Status.NEEDS_CONFIRMATION if is_judged and not is_sure else found


def _course(
    table: Iterable[Row], row: Row, period: Period
) -> tuple[tuple[Month, Fraction | None], ...]:
    values = {
        one["period"]: _number(one["value"], one["unit"])
        for one in table
        if one["kind"] == PeriodKind.MONTH.value and one["indicator"] == row["indicator"]
    }
    return tuple((month, values.get(str(month))) for month in period.months)


def _number(text: str, unit: str) -> Fraction | None:
    if not text:
        return None
    return Fraction(text) / 100 if unit == PERCENT else Fraction(text)
