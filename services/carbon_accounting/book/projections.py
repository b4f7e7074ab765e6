"""Indicators at the end of the year that the readings end in, as a table."""

from collections.abc import Iterator
from pathlib import Path

from services.carbon_accounting.book.edition import edition_of
from services.carbon_accounting.book.indicators import limit_of, number_of, yearly
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.indicators.projections import Projected, projected
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.inventory.rest_of_year import Rest, rest_of_year
from services.energy.time_grid import Interval

PROJECTIONS = (
    *("year", "indicator", "version", "name_en", "name_zh", "so_far", "at_year_end", "unit"),
    *("target", "verdict", "conservative", "optimistic", "missing", "not_foreseen"),
    *("how", "unverified"),
)


def write_projections(path: Path, inputs: Inputs, measuring: Measuring) -> None:
    """Write each yearly indicator at the end of the year that the readings end in."""
    write_table(path, PROJECTIONS, _projections(inputs, measuring))


def _projections(inputs: Inputs, measuring: Measuring) -> Iterator[tuple[object, ...]]:
    edition, zone = edition_of(inputs.site), inputs.site.time_zone
    years = yearly(inputs, measuring)
    if not years:
        return
    name, so_far = years[-1]
    year, known = name.partition(" ")[0], Interval(inputs.data.begins, so_far.period.end)
    flows = [name for name, word in edition.vocabulary.words.items() if word.adds_up]
    rest = rest_of_year(measuring, known, flows, inputs.forecast)
    if not isinstance(rest, Rest):
        return
    end = rest.span.end.astimezone(zone).date()
    period = Period(PeriodKind.YEAR_TO_DATE, rest.span.start, rest.span.end, end)
    found = projected(
        edition,
        so_far,
        Snapshot(period, rest.amounts),
        year_end=end,
        explained=inputs.site.does_not_apply,
    )
    for one in found.values():
        if one.so_far.is_usual:
            yield _projection(year, one, rest.how, _short_of(year, so_far.period, inputs))


def _short_of(year: str, period: Period, inputs: Inputs) -> tuple[str, ...]:
    """Return that the year's first days are not in the data, where that is so."""
    first = period.start.astimezone(inputs.site.time_zone)
    if (first.month, first.day) == (1, 1):
        return ()
    return (f"{year} is known from {first.date()} on alone",)


def _projection(year: str, one: Projected, how: str, short: tuple[str, ...]) -> tuple[object, ...]:
    definition, then = one.so_far.definition, one.at_year_end
    readings = {side.value: number_of(value) for side, value in then.readings.items()}
    return (
        *(year, definition.id, definition.version, definition.names.en, definition.names.zh),
        *(number_of(one.so_far.value), number_of(then.value), definition.unit),
        *(limit_of(then), then.verdict),
        *(readings.get("conservative", ""), readings.get("optimistic", "")),
        *(", ".join(then.missing), ", ".join(one.not_foreseen), how),
        "; ".join((how, *short, *then.unverified)),
    )
