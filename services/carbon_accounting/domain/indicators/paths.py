"""The way to a target year: where a value should be each year, and whether history is on it.

Linear: the same step every year. Compound: the same rate every year; whether a value is on it is
decided without roots, by comparing powers of exact fractions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.carbon_accounting.domain.indicators.targets import Direction


class Shape(StrEnum):
    """How a path goes from its base to its target."""

    LINEAR = "linear"
    COMPOUND = "compound"


@dataclass(frozen=True, slots=True)
class Path:
    """From a base year's value to a target year's, in the indicator's unit."""

    base_year: int
    base: Fraction
    target_year: int
    target: Fraction
    shape: Shape
    direction: Direction

    def __post_init__(self) -> None:
        if self.target_year <= self.base_year:
            raise ValueError(f"a path from {self.base_year} to {self.target_year} leads nowhere")
        if self.shape is Shape.COMPOUND and min(self.base, self.target) <= 0:
            raise ValueError(
                f"no yearly rate leads from {self.base} to {self.target}; take a linear path"
            )

    @property
    def years(self) -> int:
        """How many years it takes."""
        return self.target_year - self.base_year

    def at(self, year: int) -> Fraction:
        """Return the value of a year; that of a compound path is rounded like a float."""
        passed = Fraction(self._passed(year), self.years)
        if self.shape is Shape.LINEAR:
            return self.base + (self.target - self.base) * passed
        return Fraction(float(self.base) * float(self.target / self.base) ** float(passed))

    def is_on(self, year: int, value: Fraction) -> bool:
        """Whether a year's value is on the path or on its better side, exactly."""
        passed = self._passed(year)
        if self.shape is Shape.LINEAR:
            here, there = value, self.at(year)
        elif value <= 0:
            return self.direction is Direction.AT_MOST
        else:
            here = value**self.years
            there = self.base ** (self.years - passed) * self.target**passed
        return here <= there if self.direction is Direction.AT_MOST else here >= there

    def _passed(self, year: int) -> int:
        if not self.base_year <= year <= self.target_year:
            raise ValueError(f"{year} is not within {self.base_year} to {self.target_year}")
        return year - self.base_year


@dataclass(frozen=True, slots=True)
class NotYet:
    """No year after the base is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where history stands in its latest known year.

    `beyond` is how far the value is on the wrong side of the path (negative: on the better one).
    `needed_step` and `needed_rate` lead from here to the target: a change a year in the unit, and
    as a share of the value (-0.1 is 10 % less a year). The rate is None where none leads there,
    both are None in the target year.
    """

    year: int
    value: Fraction
    on_path: bool
    beyond: Fraction
    needed_step: Fraction | None
    needed_rate: float | None


def standing(path: Path, history: Mapping[int, Fraction]) -> Standing | NotYet:
    """Return where the latest year of a history stands; years without a value are not in it."""
    years = [year for year in history if path.base_year < year <= path.target_year]
    if not years:
        return NotYet()
    year = max(years)
    value = history[year]
    sign = 1 if path.direction is Direction.AT_MOST else -1
    left = path.target_year - year
    return Standing(
        year=year,
        value=value,
        on_path=path.is_on(year, value),
        beyond=sign * (value - path.at(year)),
        needed_step=(path.target - value) / left if left else None,
        needed_rate=needed_rate(value, path.target, left),
    )


def needed_rate(value: Fraction, target: Fraction, years: int) -> float | None:
    """Return the yearly change, as a share, that leads from a value to a target in so many years.

    None where no rate does: no year is left, or one of the two is not above 0.
    """
    if years < 1 or value <= 0 or target <= 0:
        return None
    return float(float(target / value) ** (1 / years)) - 1
