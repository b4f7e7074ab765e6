"""Comprehensive energy: E = sum of e_i p_i over what the park takes in from outside (rules C.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.carbon_accounting.domain.auditing.coal_equivalents import (
    Calorific,
    CoalEquivalent,
    CoalEquivalents,
    Equivalent,
    by_heating_value,
)
from services.carbon_accounting.domain.factors import UNVERIFIED_TRUST
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.units import UnitsDiffer, ratio

NATURAL_GAS = "natural-gas"
KG_PER_T = 1000


class Use(StrEnum):
    """What energy is used as; feedstock is left out of shares (rules A.4, C.1)."""

    FUEL = "fuel"
    FEEDSTOCK = "feedstock"


@dataclass(frozen=True, slots=True)
class Stream:
    """So much of a carrier that crosses the boundary; make two of what is clean in part.

    `is_clean` leaves natural gas out: whether gas is clean is an open rule (rules A.3).
    `heating_value` is measured, per unit of the amount; it goes before the coefficient.
    """

    name: str
    carrier: str
    amount: Amount | None
    use: Use = Use.FUEL
    is_non_fossil: bool = False
    is_clean: bool = False
    heating_value: Amount | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A stream in tce, in both columns; the second is None where its coefficient is not stated."""

    stream: Stream
    coefficient: CoalEquivalent
    calorific: Calorific
    equivalent: Equivalent | None


@dataclass(frozen=True, slots=True)
class Lacking:
    """A stream that could not be counted, and why."""

    stream: Stream
    why: str


@dataclass(frozen=True, slots=True)
class Comprehensive:
    """The energy of a period. While anything is lacking there are lines, but no totals."""

    lines: tuple[Line, ...]
    lacking: tuple[Lacking, ...]

    @property
    def calorific(self) -> Calorific | None:
        """The total at 当量值, feedstock included."""
        return None if self.lacking else _total(self.lines)

    @property
    def equivalent(self) -> Equivalent | None:
        """The total at 等价值; None while a line has none."""
        known = [line.equivalent for line in self.lines if line.equivalent is not None]
        if self.lacking or len(known) < len(self.lines):
            return None
        return sum(known, start=Equivalent(Fraction(0)))

    @property
    def unverified(self) -> tuple[str, ...]:
        """Why the numbers must be shown as unverified: coefficients nobody could read (H.6)."""
        used = {line.coefficient.carrier: line.coefficient for line in self.lines}
        return tuple(
            f"the coefficient of {name} is flagged {one.trust}"
            for name, one in used.items()
            if one.trust in UNVERIFIED_TRUST
        )

    def amounts(self) -> dict[str, Amount]:
        """Return the inputs of the indicators; nothing while anything is lacking."""
        if self.lacking:
            return {}
        fuel = [line for line in self.lines if line.stream.use is Use.FUEL]
        found = {
            "energy.comprehensive": self.lines,
            "energy.feedstock": [one for one in self.lines if one.stream.use is Use.FEEDSTOCK],
            "energy.non_fossil": [one for one in fuel if one.stream.is_non_fossil],
            "energy.clean": [one for one in fuel if one.stream.is_clean],
            "energy.natural_gas": [one for one in fuel if one.stream.carrier == NATURAL_GAS],
        }
        amounts = {name: Amount(_total(lines).tce, "tce") for name, lines in found.items()}
        if self.equivalent is not None:
            amounts["energy.comprehensive_equivalent"] = Amount(self.equivalent.tce, "tce")
        return amounts


def comprehensive(streams: Iterable[Stream], coefficients: CoalEquivalents) -> Comprehensive:
    """Return the streams in tce; those that cannot be counted are named."""
    counted = [_counted(stream, coefficients) for stream in streams]
    return Comprehensive(
        tuple(one for one in counted if isinstance(one, Line)),
        tuple(one for one in counted if isinstance(one, Lacking)),
    )


def _counted(stream: Stream, coefficients: CoalEquivalents) -> Line | Lacking:
    coefficient = coefficients.of(stream.carrier)
    if coefficient is None:
        return Lacking(stream, f"no coefficient for {stream.carrier}; add it with its source")
    if stream.amount is None:
        return Lacking(stream, "its amount is not known")
    try:
        units = stream.amount.value * ratio(stream.amount.unit, coefficient.unit)
        kgce = _kgce(stream, coefficient.kgce, coefficient.unit)
    except UnitsDiffer as mistake:
        return Lacking(stream, str(mistake))
    if kgce is None:
        return Lacking(stream, f"{stream.carrier} needs its measured heating value")
    higher = coefficient.equivalent_kgce
    equivalent = None if higher is None else Equivalent(units * higher / KG_PER_T)
    return Line(stream, coefficient, Calorific(units * kgce / KG_PER_T), equivalent)


def _kgce(stream: Stream, kgce: Fraction | None, unit: str) -> Fraction | None:
    """Return kgce per unit: by the measured heating value where there is one."""
    if stream.heating_value is None:
        return kgce
    return by_heating_value(stream.heating_value.value, stream.heating_value.unit, unit)


def _total(lines: Iterable[Line]) -> Calorific:
    return sum((line.calorific for line in lines), start=Calorific(Fraction(0)))
