"""Energy in tce, of two kinds that never meet: 当量值 and 等价值 (rules C.1, GB/T 2589).

当量值 is the heat in the energy itself; the national indicators know no other. 等价值 is what it
took to make it, about 0.30-0.31 kgce/kWh of electricity by year: a column apart in some audits.
"""

from dataclasses import dataclass
from fractions import Fraction


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
