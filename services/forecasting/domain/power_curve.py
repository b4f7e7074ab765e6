"""What a turbine gives by its power curve, in air as dense as foreseen.

The one module that knows windpowerlib, which is loaded when first needed: its curves of types, its
way from the wind of the forecast to the hub (Hellman, 1/7) and its correction of a curve for the
density of the air (from temperature and pressure, by the ideal gas).
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.energy.site import Turbine
from services.forecasting.domain.series import Floats

ZERO_C_K, PA_PER_HPA = 273.15, 100.0
USUAL_HPA = 1_013.25
"""Where no pressure is foreseen: a hundred metres are as much as a degree or two."""

USUAL_KG_M3 = 1.225
"""What power curves are told for."""


class UnknownTurbine(ValueError):
    """A type of which nobody knows the power curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Powers at wind speeds at the hub in air of usual density; W, positive; beyond both ends 0."""

    speed_m_s: Floats
    power_w: Floats
    hub_height_m: float
    wind_height_m: float

    @property
    def highest_w(self) -> float:
        """The most it gives."""
        return float(self.power_w.max())

    def power(self, wind_m_s: Floats, temperature_c: Floats, pressure_hpa: Floats) -> Floats:
        """Return the powers of winds as foreseen, NaN where no wind is.

        Without a temperature the air is as dense as usual, without a pressure that is.
        """
        found, known = np.full(len(wind_m_s), np.nan), np.isfinite(wind_m_s)
        if known.any():
            columns = (wind_m_s[known], temperature_c[known], pressure_hpa[known])
            found[known] = self._power(*columns)
        return found

    def _power(self, wind_m_s: Floats, temperature_c: Floats, pressure_hpa: Floats) -> Floats:
        from windpowerlib import density, power_output, wind_speed

        hub_m_s = wind_speed.hellman(wind_m_s, self.wind_height_m, self.hub_height_m)
        pressure_pa = np.where(np.isfinite(pressure_hpa), pressure_hpa, USUAL_HPA) * PA_PER_HPA
        kelvin = temperature_c + ZERO_C_K
        found = np.asarray(density.ideal_gas(pressure_pa, 0.0, self.hub_height_m, kelvin))
        kg_m3 = np.where(np.isfinite(found), found, USUAL_KG_M3)
        given = (hub_m_s, self.speed_m_s, self.power_w, kg_m3)
        return np.asarray(power_output.power_curve_density_correction(*given), np.float64)


@lru_cache(maxsize=32)
def curve_of(turbine: Turbine, rating_w: float) -> Curve:
    """Return a device's curve; UnknownTurbine when its type is none.

    A type's curve is drawn to the device's rating: a row of turbines of a type is one device.
    """
    if turbine.type is None:
        speed, power_w = np.array(turbine.speed_m_s), np.array(turbine.power_w)
    else:
        speed, power_w = _of_type(turbine.type)
        power_w = power_w * (rating_w / power_w.max())
    return Curve(speed, power_w, turbine.hub_height_m, turbine.wind_height_m)


def _of_type(name: str) -> tuple[Floats, Floats]:
    from windpowerlib import WindTurbine

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an unknown type is a warning there and a mistake here
        found = WindTurbine(hub_height=1_000.0, turbine_type=name).power_curve
    if found is None:
        raise UnknownTurbine(f"{name!r} has no power curve in windpowerlib; write one of your own")
    return found["wind_speed"].to_numpy(np.float64), found["value"].to_numpy(np.float64)
