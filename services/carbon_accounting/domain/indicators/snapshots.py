"""What was counted in a period, as totals by name; what nobody counted is simply not there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.indicators.meanings import dimension_of
from services.carbon_accounting.domain.indicators.values import Amount, Known, Value, in_base
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary
from services.carbon_accounting.domain.units import UnitsDiffer


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) in UTC, shown as of a local day: its version of an indicator is shown."""

    kind: PeriodKind
    start: datetime
    end: datetime
    shown_on: date

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError(f"period {self.start} to {self.end}: give instants with a time zone")
        if self.start >= self.end:
            raise ValueError(f"period {self.start} to {self.end} is empty; end it after its start")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Totals of a period by the names of the vocabulary, in any unit of the right kind.

    `doubts` say by name why an amount must be shown as unverified (rules H.6).
    """

    period: Period
    amounts: Mapping[str, Amount]
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def values_of(snapshot: Snapshot, vocabulary: Vocabulary) -> dict[str, Value]:
    """Return all words' values in base units; UnitsDiffer names an amount that cannot be one.

    Words without an amount are left out: whoever needs them finds them missing.
    """
    values: dict[str, Value] = {
        name: Known(in_base(constant.amount)) for name, constant in vocabulary.constants.items()
    }
    for name, word in vocabulary.words.items():
        if (amount := snapshot.amounts.get(name)) is not None:
            values[name] = Known(_as(amount, name, word.unit))
    return values


def _as(amount: Amount, name: str, unit: str) -> Fraction:
    if dimension_of(amount.unit) != dimension_of(unit):
        raise UnitsDiffer(f"{name} is {amount.value} {amount.unit}; give it in {unit}")
    return in_base(amount)
