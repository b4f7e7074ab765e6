"""Turbines whose power curve is known: what the foreseen wind alone makes of them.

It stands beside the wind as a column that models learn from, and it is the forecast of a turbine
that is too young to have learnt, held to its last reading.
"""

from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.power_curve import Curve, curve_of
from services.forecasting.domain.series import Floats, Series
from services.forecasting.domain.targets import CURVE_POWER, Target
from services.forecasting.domain.weather import Foreseen, Weather

YOUNG_DAYS = 10.0
"""Of history: with less nothing is learnt but how plain models fared."""
AIR = (Weather.WIND_SPEED_M_S, Weather.TEMPERATURE_C, Weather.PRESSURE_HPA)
WIND_OFF_M_S = 1.9
"""From the middle to P10 and P90 of the wind: forecasts of it are off by some 1.5 m/s a day ahead
(root mean square), in a normal distribution."""
FORGOTTEN_QUARTERS = 12.0
"""In which the present deviation from the curve fades to a share of 1/e."""
NARROWEST = 0.3
"""Of the band, right after a reading: the wind turns within a quarter hour."""
MEMBER = "power-curve"


def with_curve(weather: Foreseen, target: Target) -> Foreseen:
    """Return the weather with what the power curve makes of it, where the target has one."""
    if target.turbine is None:
        return weather
    power_w = _power_w(weather, curve_of(target.turbine, -target.lowest_w))[:, None]
    age = weather.of((Weather.WIND_SPEED_M_S.column,)).age_min
    return replace(
        weather,
        columns=(*weather.columns, CURVE_POWER),
        value=np.hstack((weather.value, power_w)),
        age_min=np.hstack((weather.age_min, age)),
    )


def _power_w(weather: Foreseen, curve: Curve, off_m_s: float = 0.0) -> Floats:
    """Return what a curve makes of winds that are off by so much, positive."""
    wind, temperature, pressure = weather.of(tuple(one.column for one in AIR)).value.T
    return curve.power(np.maximum(wind + off_m_s, 0.0), temperature, pressure)


@dataclass(frozen=True, slots=True, eq=False)
class Young:
    """A turbine too young to have learnt, at an issue; `known` is in the published sign."""

    curve: Curve
    highest_w: float
    known: Series
    weather: Foreseen

    @classmethod
    def of(cls, target: Target, known: Series, weather: Foreseen) -> "Young | None":
        """Return the turbine, None where its curve is not told or it is old enough to learn."""
        if target.turbine is None or known.history_days >= YOUNG_DAYS:
            return None
        return cls(curve_of(target.turbine, -target.lowest_w), -target.lowest_w, known, weather)

    def outlook(self, otherwise: Outlook | None) -> Outlook | None:
        """Return the curve's word where wind is foreseen, and another's where it is not.

        None where nothing is said of some step.
        """
        own = self._quantiles()
        away = ~np.isfinite(own[1])
        if away.any() and otherwise is None:
            return None
        share = 1.0 - float(away.mean())
        if otherwise is None:
            return Outlook(own, {MEMBER: 1.0})
        weight = {name: (1.0 - share) * one for name, one in otherwise.weight.items()}
        quantiles = np.where(away, otherwise.quantiles, own)
        return Outlook(quantiles, {MEMBER: share} | weight)

    def _quantiles(self) -> Floats:
        """Return P10, P50, P90 of what it makes, positive, held to the last reading."""
        ahead = slice(self.weather.ahead, None)
        middle = _power_w(self.weather, self.curve)
        kept, size = self._present(middle)
        winds = (-WIND_OFF_M_S, 0.0, WIND_OFF_M_S)
        said = np.array([_power_w(self.weather, self.curve, off)[ahead] for off in winds])
        sorted_ = np.sort(said, axis=0)
        low, high = sorted_[0] - said[1], sorted_[2] - said[1]
        centre = said[1] + kept
        quantiles = np.array([centre + size * low, centre, centre + size * high])
        bounded: Floats = np.clip(quantiles, 0.0, self.highest_w)
        return bounded

    def _present(self, middle: Floats) -> tuple[Floats, Floats]:
        """Return how much of the present deviation is left at each step, and of the band."""
        step = np.arange(len(middle) - self.weather.ahead) + 1.0
        made = 0.0 - self.known.power_w
        now, age = self.weather.ahead - 1, self.known.newest_age_quarters
        off = made[-1 - age] - middle[now - age] if age < len(made) else np.nan
        if not np.isfinite(off):
            return np.zeros(len(step)), np.ones(len(step))
        left = np.exp(-(step + age) / FORGOTTEN_QUARTERS)
        return left * off, np.maximum(1.0 - left, NARROWEST)
