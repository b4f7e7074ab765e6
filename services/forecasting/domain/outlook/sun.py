"""Where the sun stands over a plant whose place nobody told: its place follows from its own light.

The one module that knows pvlib. Longitude follows from when the plant's day is half over, latitude
from when it is light at all; a plant's clock may be off or in another zone, so what is found is
where the clock says it stands, which is what is needed. The library is loaded when first needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.series import Floats, Ints

FEWEST_LIT = 40
LIT_SHARE = 0.005  # of the highest value seen
_LATITUDES = np.arange(-60.0, 65.1, 5.0)
_LONGITUDES = np.arange(-10.0, 10.1, 2.5)
_MOST_ROWS = 3000
_MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees north and east, by the plant's own light and clock."""

    latitude: float
    longitude: float

    def elevation(self, minute: Ints, step_min: int) -> Floats:
        """Return the sun's elevation in degrees at the middle of each step."""
        from pvlib import solarposition

        middle = minute + step_min / 2
        day_of_year = (middle / _MINUTES_A_DAY) % 365.2425 + 1.0
        turn = solarposition.equation_of_time_spencer71(day_of_year)
        hour_angle = np.radians(((middle + turn) % _MINUTES_A_DAY) / 4.0 - 180.0 + self.longitude)
        tilt = solarposition.declination_spencer71(day_of_year)
        zenith = solarposition.solar_zenith_analytical(np.radians(self.latitude), hour_angle, tilt)
        return 90.0 - np.degrees(np.asarray(zenith, np.float64))

    def clear_w_m2(self, minute: Ints, step_min: int) -> Floats:
        """Return the irradiance of a clear sky on level ground (Haurwitz)."""
        import pandas as pd
        from pvlib import clearsky

        zenith = pd.Series(90.0 - self.elevation(minute, step_min))
        return np.asarray(clearsky.haurwitz(zenith)["ghi"], np.float64)


def place_of(value: Floats, days: Days, step_min: int) -> Place | None:
    """Return where a plant stands by its production; None when it was hardly ever lit."""
    rows = np.flatnonzero(np.isfinite(value))[-60 * _MINUTES_A_DAY // step_min :]
    power = value[rows]
    lit = power > LIT_SHARE * power.max(initial=0.0)
    if lit.sum() < FEWEST_LIT or lit.all():
        return None
    every = -(-len(rows) // _MOST_ROWS)
    minute, lit = days.minute[rows], lit
    longitude = noon_longitude(minute[lit], power[lit], step_min)
    return _best_place(minute[::every], lit[::every], step_min, longitude)


def noon_longitude(minute: Ints, power: Floats, step_min: int) -> float:
    """Return the longitude by the middle of the produced energy (a mean on the clock's circle)."""
    angle = 2 * np.pi * ((minute + step_min / 2) % _MINUTES_A_DAY) / _MINUTES_A_DAY
    middle = np.angle((power * np.exp(1j * angle)).sum()) / (2 * np.pi) * 360.0
    return float((180.0 - middle + 180.0) % 360.0 - 180.0)


def _best_place(minute: Ints, lit: NDArray[np.bool_], step_min: int, near: float) -> Place:
    places = [Place(lat, near + off) for lat in _LATITUDES for off in _LONGITUDES]
    wrong = [
        ((place.elevation(minute, step_min) > 0.0) != lit).mean()
        + 1e-4 * abs(place.longitude - near)
        for place in places
    ]
    return places[int(np.argmin(wrong))]
