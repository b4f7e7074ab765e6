"""How whole base units are shown: which unit, how many decimals."""

from dataclasses import dataclass
from fractions import Fraction

NG_PER_T = 10**15


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit to show amounts in. `base_per_unit` base units are one of it.

    Where `base_unit` is empty there is no whole base unit behind a number (shares, indicators).
    """

    unit: str
    decimals: int
    base_unit: str = ""
    base_per_unit: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.decimals < 0 or self.base_per_unit <= 0:
            raise ValueError(
                f"measure {self.unit!r}: {self.decimals} decimals must be at least 0 and "
                f"{self.base_per_unit} base units a unit above 0"
            )


ENERGY = Measure("MWh", 3, "Wh", Fraction(10**6))
SHARE = Measure("%", 2, "", Fraction(1, 100))
COUNT = Measure("", 0)
KILOGRAM = Measure("kg", 3, "g", Fraction(1000))
G_PER_T = 10**6

_OF_BASE_UNIT = {
    "Wh": ENERGY,
    "g": Measure("t", 3, "g", Fraction(10**6)),
    "dm3": Measure("m3", 3, "dm3", Fraction(1000)),
    "Ndm3": Measure("Nm3", 3, "Ndm3", Fraction(1000)),
    "pcs": Measure("pcs", 0, "pcs"),
}
_FACTOR_SHOWN = {
    "Wh": ("kg/kWh", 10**9),
    "g": ("t/t", 10**9),
    "dm3": ("kg/m3", 10**9),
    "Ndm3": ("kg/Nm3", 10**9),
    "pcs": ("g/pcs", 10**9),
}


def measured_as(base_unit: str) -> Measure:
    """Return how amounts of a base unit are shown; ValueError names a unit that is none."""
    if base_unit not in _OF_BASE_UNIT:
        raise ValueError(f"{base_unit!r} is no base unit; give one of {sorted(_OF_BASE_UNIT)}")
    return _OF_BASE_UNIT[base_unit]


def amount_in(amount: int, base_unit: str) -> Measure:
    """Return how an amount is shown: a mass below a tonne in kg, so that 500 g of SF6 are seen."""
    is_small = base_unit == "g" and 0 < abs(amount) < G_PER_T
    return KILOGRAM if is_small else measured_as(base_unit)


def emissions_in(gas: str) -> Measure:
    """Return how nanograms of `gas` (CO2, CO2e) are shown: tonnes with three decimals."""
    return Measure(f"t{gas}", 3, "ng", Fraction(NG_PER_T))


def factor_per(base_unit: str) -> Measure:
    """Return how a factor in ng per base unit is shown: with nine decimals, so exactly."""
    measured_as(base_unit)
    shown, ng_per_unit = _FACTOR_SHOWN[base_unit]
    return Measure(shown, 9, f"ng/{base_unit}", Fraction(ng_per_unit))


def indicator_in(unit: str, decimals: int = 4) -> Measure:
    """Return how an indicator is shown; a share given as 0..1 with the unit % is shown in %."""
    return SHARE if unit == "%" else Measure(unit, decimals)
