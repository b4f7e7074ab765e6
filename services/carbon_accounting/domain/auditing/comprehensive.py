"""Comprehensive energy: E = sum of e_i p_i over what the park takes in from outside (rules C.1).

The coefficients are factors, `coal-equivalent:<carrier>`; 等价值 is `equivalent-value:<carrier>`,
of which none comes with us. A measured heating value goes before the coefficient.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.coal_equivalent import (
    CoalEquivalent,
    coal_equivalent,
    measured_coal_equivalent,
)
from services.carbon_accounting.domain.auditing.coal_equivalents import Calorific, Equivalent
from services.carbon_accounting.domain.factoring.factor import Factor, crossing
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.units import UnitsDiffer

NATURAL_GAS = "natural-gas"
KG_PER_T = 1000
NG_PER_TCE = 10**15


class Use(StrEnum):
    """What energy is used as; feedstock is left out of shares (rules A.4, C.1)."""

    FUEL = "fuel"
    FEEDSTOCK = "feedstock"


@dataclass(frozen=True, slots=True)
class Stream:
    """So much of a carrier that crosses the boundary; make two of what is clean in part.

    `amount` is in whole base units (Wh, g, dm3, Ndm3), None: not known. `is_clean` leaves natural
    gas out: whether gas is clean is an open rule (rules A.3). `ncv_j` is measured, whole J per
    base unit; `doubts` say why the amount itself is doubtful. `coefficient`: the carrier whose
    coefficient it has, where that is not its own (gas that is metered as heat).
    """

    name: str
    carrier: str
    amount: int | None
    unit: str
    use: Use = Use.FUEL
    is_non_fossil: bool = False
    is_clean: bool = False
    ncv_j: int | None = None
    doubts: tuple[str, ...] = ()
    coefficient: str = ""

    @property
    def is_natural_gas(self) -> bool:
        """Whether it is gas out of the ground."""
        return self.carrier == NATURAL_GAS and not self.is_non_fossil


@dataclass(frozen=True, slots=True)
class Line:
    """A stream in tce, in both columns; the second is None where its coefficient is not stated."""

    stream: Stream
    coal: CoalEquivalent
    calorific: Calorific
    equivalent: Equivalent | None

    @property
    def unverified(self) -> tuple[str, ...]:
        """Why the line must be shown as unverified."""
        return (*self.coal.unverified, *self.stream.doubts)


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
        """Why the total must be shown as unverified (rules H.6), each reason once."""
        return _doubts(self.lines)

    def amounts(self) -> dict[str, Amount]:
        """Return the inputs of the indicators; nothing while anything is lacking."""
        if self.lacking:
            return {}
        found = {name: Amount(_total(lines).tce, "tce") for name, lines in self._by_word().items()}
        if self.equivalent is not None:
            found["energy.comprehensive_equivalent"] = Amount(self.equivalent.tce, "tce")
        return found

    def doubts(self) -> dict[str, tuple[str, ...]]:
        """Return why each of `amounts` must be shown as unverified."""
        return {name: why for name, lines in self._by_word().items() if (why := _doubts(lines))}

    def _by_word(self) -> dict[str, Sequence[Line]]:
        fuel = [line for line in self.lines if line.stream.use is Use.FUEL]
        return {
            "energy.comprehensive": self.lines,
            "energy.feedstock": [one for one in self.lines if one.stream.use is Use.FEEDSTOCK],
            "energy.non_fossil": [one for one in fuel if one.stream.is_non_fossil],
            "energy.clean": [one for one in fuel if one.stream.is_clean],
            "energy.natural_gas": [one for one in fuel if one.stream.is_natural_gas],
        }


def comprehensive(streams: Iterable[Stream], basis: Basis) -> Comprehensive:
    """Return the streams in tce; those that cannot be counted are named."""
    counted = [_counted(stream, basis) for stream in streams]
    return Comprehensive(
        tuple(one for one in counted if isinstance(one, Line)),
        tuple(one for one in counted if isinstance(one, Lacking)),
    )


def _counted(stream: Stream, basis: Basis) -> Line | Lacking:
    if stream.amount is None:
        return Lacking(stream, "its amount is not known")
    try:
        coal = _coal(stream, stream.amount, basis)
    except UnitsDiffer as mistake:
        return Lacking(stream, str(mistake))
    if isinstance(coal, str):
        return Lacking(stream, coal)
    calorific = Calorific(Fraction(coal.total_ng, NG_PER_TCE))
    return Line(stream, coal, calorific, _equivalent(stream, stream.amount, basis))


def _coal(stream: Stream, amount: int, basis: Basis) -> CoalEquivalent | str:
    """Return the coal equivalent, or why there is none; UnitsDiffer as of the factor."""
    carrier = stream.coefficient or stream.carrier
    if stream.ncv_j is not None:
        name, ncv_j = stream.name, stream.ncv_j
        return measured_coal_equivalent(name, stream.carrier, amount, stream.unit, ncv_j)
    made = coal_equivalent(stream.name, carrier, amount, stream.unit, basis)
    if isinstance(made, CoalEquivalent):
        return made
    return f"no coefficient for {carrier}; add it with its source"


def _equivalent(stream: Stream, amount: int, basis: Basis) -> Equivalent | None:
    quantity = f"equivalent-value:{stream.coefficient or stream.carrier}"
    factor = basis.factors.find(basis.boundary.ledger, quantity, basis.region, basis.at)
    if not isinstance(factor, Factor):
        return None
    kgce = factor.stated() * crossing(factor.unit, f"kgce/{stream.unit}", factor)
    return Equivalent(amount * kgce / KG_PER_T)


def _doubts(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(why for line in lines for why in line.unverified))


def _total(lines: Iterable[Line]) -> Calorific:
    return sum((line.calorific for line in lines), start=Calorific(Fraction(0)))
