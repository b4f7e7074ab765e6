"""Charts of a report: what is drawn, not how. What is absent leaves a gap."""

from dataclasses import dataclass
from typing import TypeAlias

from services.carbon_accounting.domain.ledgers import MixedLedgers
from services.carbon_accounting.domain.reporting.cells import (
    Emitted,
    Name,
    Reasons,
    Value,
    reasons_in,
)
from services.energy.site import Text


@dataclass(frozen=True, slots=True)
class Series:
    """One named run of values, one a category."""

    name: Name
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars side by side; so those of several ledgers may stand next to each other."""

    title: Text
    unit: str
    categories: tuple[Name, ...]
    series: tuple[Series, ...]

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Bars on top of each other, which adds them: emissions are of one ledger."""

    title: Text
    unit: str
    categories: tuple[Name, ...]
    series: tuple[Series, ...]

    def __post_init__(self) -> None:
        _check(self)
        values = [value for series in self.series for value in series.values]
        books = {value.book.__name__ for value in values if isinstance(value, Emitted)}
        if len(books) > 1:
            raise MixedLedgers(f"{sorted(books)} cannot be stacked; draw a chart for each")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over time, as an indicator and its target."""

    title: Text
    unit: str
    categories: tuple[Name, ...]
    series: tuple[Series, ...]

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A field of values: a row a day or month, a column an hour of the local day."""

    title: Text
    unit: str
    categories: tuple[Name, ...]
    series: tuple[Series, ...]

    def __post_init__(self) -> None:
        _check(self)


Chart: TypeAlias = Bars | StackedBars | Lines | HeatMap


def reasons_of(chart: Chart) -> Reasons:
    """Return why numbers drawn in it are unverified."""
    return reasons_in(value for series in chart.series for value in series.values)


def _check(chart: Chart) -> None:
    for series in chart.series:
        if len(series.values) != len(chart.categories):
            raise ValueError(
                f"chart {chart.title.en!r}: series {series.name!r} has {len(series.values)} "
                f"values for {len(chart.categories)} categories; give NOT_KNOWN for a gap"
            )
