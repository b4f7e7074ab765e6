"""Where indicators stand on the way to their target year, as a table."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.edition import edition_of
from services.carbon_accounting.book.indicators import DIGITS, Told
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.indicators.definitions import Definition, PeriodKind
from services.carbon_accounting.domain.indicators.paths import NotYet, Shape, Standing, standing
from services.carbon_accounting.domain.indicators.paths import Path as Way
from services.carbon_accounting.domain.indicators.showing import Shown
from services.carbon_accounting.domain.indicators.values import Known
from services.carbon_accounting.domain.inventory.site import PlannedPath

COLUMNS = (
    *("indicator", "year", "planned", "value", "unit", "on_path", "beyond"),
    *("needed_step", "needed_rate", "unverified"),
)


def write_paths(path: Path, inputs: Inputs, told: Sequence[Told]) -> None:
    """Write a line for each year of each path; what is needed stands at the latest known year."""
    ready = {one.definition.id: one.definition for one in edition_of(inputs.site).indicators}
    rows = (
        row
        for planned in inputs.site.paths
        for row in _rows(planned, ready[planned.indicator], _years(told, planned.indicator), inputs)
    )
    write_table(path, COLUMNS, rows)


def way_of(planned: PlannedPath, definition: Definition) -> Way:
    """Return a declared path, on the side that its indicator should be."""
    return Way(
        planned.base_year,
        Fraction(planned.base),
        planned.target_year,
        Fraction(planned.target),
        Shape(planned.shape),
        definition.targets.direction,
    )


def _years(told: Sequence[Told], indicator: str) -> dict[int, Shown]:
    """Return what is shown of each year to date that has a value."""
    return {
        int(one.period[:4]): one.shown
        for one in told
        if one.shown.definition.id == indicator
        and one.shown.period.kind is PeriodKind.YEAR_TO_DATE
        and isinstance(one.shown.value, Known)
    }


def _rows(
    planned: PlannedPath, definition: Definition, shown: Mapping[int, Shown], inputs: Inputs
) -> Iterator[tuple[object, ...]]:
    way = way_of(planned, definition)
    history = {year: one.value.value for year, one in shown.items() if isinstance(one.value, Known)}
    at = standing(way, history)
    for year in range(way.base_year, way.target_year + 1):
        value = history.get(year)
        on_path = None if value is None else str(way.is_on(year, value)).lower()
        doubts = _doubts(shown[year], inputs) if year in shown else ()
        yield (
            *(definition.id, year, _text(way.at(year)), _text(value), definition.unit, on_path),
            *_standing(at, year),
            "; ".join(doubts),
        )


def _standing(at: Standing | NotYet, year: int) -> tuple[object, ...]:
    if isinstance(at, NotYet) or at.year != year:
        return "", "", ""
    rate = None if at.needed_rate is None else f"{at.needed_rate:.{DIGITS}g}"
    return _text(at.beyond), _text(at.needed_step), rate


def _doubts(shown: Shown, inputs: Inputs) -> tuple[str, ...]:
    """Return why a year's value is doubtful; one of less than a year says so."""
    zone = inputs.site.time_zone
    first, after = shown.period.start.astimezone(zone), shown.period.end.astimezone(zone)
    if (first.month, first.day, after.month, after.day) == (1, 1, 1, 1):
        return shown.unverified
    return (f"of {first.date()} up to {after.date()} alone", *shown.unverified)


def _text(value: Fraction | None) -> str | None:
    return None if value is None else f"{float(value):.{DIGITS}g}"
