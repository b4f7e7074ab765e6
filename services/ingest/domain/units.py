"""Units of files into the unit of a point's quantity (§2.1): W, Wh, dm3, g, %, °C, W/m², s."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from services.energy.quantities import Quantity

JOULES_PER_WH = 3600.0


@dataclass(frozen=True, slots=True)
class Conversion:
    """`value * factor + offset`, then the sign turned where the file counts the other way."""

    factor: float = 1.0
    offset: float = 0.0
    inverted: bool = False

    def of(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the values in the point's unit."""
        converted = values * self.factor + self.offset
        return -converted if self.inverted else converted


_POWER = {"W": 1.0, "kW": 1e3, "MW": 1e6}
_ENERGY = {
    "Wh": 1.0,
    "kWh": 1e3,
    "MWh": 1e6,
    "GWh": 1e9,
    "MJ": 1e6 / JOULES_PER_WH,
    "GJ": 1e9 / JOULES_PER_WH,
}
_OF_SUFFIX: Mapping[str, Mapping[str, Conversion]] = {
    "_w": {name: Conversion(factor) for name, factor in _POWER.items()},
    "_wh": {name: Conversion(factor) for name, factor in _ENERGY.items()},
    "_dm3": {"dm3": Conversion(), "L": Conversion(), "m3": Conversion(1e3)},
    "_g": {"g": Conversion(), "kg": Conversion(1e3), "t": Conversion(1e6)},
    "_pct": {"%": Conversion(), "1": Conversion(100.0)},
    "_c": {
        "°C": Conversion(),
        "K": Conversion(1.0, -273.15),
        "°F": Conversion(5 / 9, -160 / 9),
    },
    "_w_m2": {"W/m2": Conversion(), "W/m²": Conversion(), "kW/m2": Conversion(1e3)},
    "_s": {"s": Conversion(), "ms": Conversion(1e-3)},
}


def units_of(quantity: Quantity) -> Mapping[str, Conversion]:
    """Return the units a quantity may be written in; empty where it has none (0/1)."""
    fitting = [suffix for suffix in _OF_SUFFIX if quantity.endswith(suffix)]
    return MappingProxyType(dict(_OF_SUFFIX[max(fitting, key=len)]) if fitting else {})
