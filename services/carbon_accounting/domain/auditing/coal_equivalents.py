"""Energy in tce, of two kinds that never meet: 当量值 and 等价值 (rules C.1, GB/T 2589).

当量值 is the heat in the energy itself; the national indicators know no other. 等价值 is what it
took to make it, about 0.30-0.31 kgce/kWh of electricity by year: a column apart in some audits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.factors import TRUST
from services.carbon_accounting.domain.units import ratio

KGCE_PER_MJ = 1 / Fraction("29.3076")


@dataclass(frozen=True, slots=True)
class Calorific:
    """Energy at 当量值, tce."""

    tce: Fraction

    def __add__(self, other: "Calorific") -> "Calorific":
        if not isinstance(other, Calorific):
            raise TypeError(f"当量值 and {type(other).__name__} are never added; show two columns")
        return Calorific(self.tce + other.tce)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Energy at 等价值, tce."""

    tce: Fraction

    def __add__(self, other: "Equivalent") -> "Equivalent":
        if not isinstance(other, Equivalent):
            raise TypeError(f"等价值 and {type(other).__name__} are never added; show two columns")
        return Equivalent(self.tce + other.tce)


@dataclass(frozen=True, slots=True)
class CoalEquivalent:
    """How many kgce a unit of a carrier is. `kgce` None: by its measured heating value alone.

    `equivalent_kgce` is the 等价值; None where it is not stated, then the column stays empty.
    """

    carrier: str
    unit: str
    kgce: Fraction | None
    trust: str
    source: str
    equivalent_kgce: Fraction | None = None

    def __post_init__(self) -> None:
        if self.trust not in TRUST:
            raise ValueError(f"{self.carrier}: trust {self.trust!r} is none of {sorted(TRUST)}")
        if (self.kgce or 0) < 0 or (self.equivalent_kgce or 0) < 0:
            raise ValueError(
                f"{self.carrier}: a coefficient is negative; give kgce per {self.unit}"
            )


class CoalEquivalents:
    """The coefficients by carrier; a missing one is named, never guessed."""

    def __init__(self, coefficients: Iterable[CoalEquivalent]) -> None:
        self._by_carrier: dict[str, CoalEquivalent] = {}
        for one in coefficients:
            if one.carrier in self._by_carrier:
                raise ValueError(f"carrier {one.carrier} stands twice; keep one of them")
            self._by_carrier[one.carrier] = one

    @property
    def carriers(self) -> tuple[str, ...]:
        """The carriers there are."""
        return tuple(self._by_carrier)

    def of(self, carrier: str) -> CoalEquivalent | None:
        """Return a carrier's coefficient, if there is one."""
        return self._by_carrier.get(carrier)


def by_heating_value(heating_value: Fraction, unit: str, per: str) -> Fraction:
    """Return kgce per `per` of a measured lower heating value in `unit` (as MJ/m3 per m3).

    UnitsDiffer when the two do not fit.
    """
    return heating_value * ratio(unit, f"MJ/{per}") * KGCE_PER_MJ
