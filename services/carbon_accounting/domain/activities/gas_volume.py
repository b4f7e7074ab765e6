"""Gas at actual conditions into gas at normal conditions, by what the park declares."""

from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.factoring.exact import Amounts, scaled

NORMAL_PA = 101_325
NORMAL_MK = 273_150


@dataclass(frozen=True, slots=True)
class GasConditions:
    """What a meter's volume is at normal conditions (0 °C, 101.325 kPa): `ratio` Nm3 per m3."""

    ratio: Fraction

    def __post_init__(self) -> None:
        if self.ratio <= 0:
            raise ValueError(f"ratio {self.ratio} Nm3 per m3 must be above 0")

    @classmethod
    def at(cls, *, pressure_pa: int, temperature_mk: int) -> "GasConditions":
        """Return the ideal gas's ratio at an absolute pressure and a temperature in mK."""
        if pressure_pa <= 0 or temperature_mk <= 0:
            raise ValueError(
                f"pressure {pressure_pa} Pa and temperature {temperature_mk} mK are absolute and "
                "above 0"
            )
        return cls(Fraction(pressure_pa, NORMAL_PA) * Fraction(NORMAL_MK, temperature_mk))


def at_normal_conditions(volume_dm3: Amounts, gas: GasConditions, meter: str) -> Amounts:
    """Return whole Ndm3, each rounded once, half to even."""
    return scaled(volume_dm3, gas.ratio, meter)
