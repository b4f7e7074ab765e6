"""What an indicator comes to: a known amount, or absent with every reason why. Never a zero."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.indicators.meanings import base_of


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a unit."""

    value: Fraction
    unit: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, Fraction):
            raise TypeError(f"amounts are exact fractions, got {self.value!r}; give Fraction(…)")


@dataclass(frozen=True, slots=True)
class Missing:
    """An input that nobody gave."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} is missing"


@dataclass(frozen=True, slots=True)
class DividedByZero:
    """A part of a formula that stands under a line and is 0."""

    part: str

    def __str__(self) -> str:
        return f"{self.part} is 0: nothing can be divided by it"


Reason = Missing | DividedByZero


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is there."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Absent:
    """No value, and every reason why."""

    reasons: tuple[Reason, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the inputs that nobody gave."""
        return tuple(reason.name for reason in self.reasons if isinstance(reason, Missing))


Value = Known | Absent


def absent_for(values: Iterable[Value]) -> Absent | None:
    """Return the reasons of all absent values together; None when every value is known."""
    absences = [value for value in values if isinstance(value, Absent)]
    if not absences:
        return None
    return Absent(tuple(dict.fromkeys(reason for gone in absences for reason in gone.reasons)))


def in_base(amount: Amount) -> Fraction:
    """Return an amount in the base units of its dimension, exactly."""
    return amount.value * base_of(amount.unit)
