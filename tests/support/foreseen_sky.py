"""The demo park's recorded plant, and weather forecasts of its sky as someone might have made them.

What a run says of an hour is the hour around it as the plant saw it, off by 10 %; the plant's own
past tells much less. Runs come twice a day and reach 60 h.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from services.energy.time_grid import QUARTER
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.domain.targets import Shape
from services.forecasting.domain.weather import Weather, WeatherValue
from tests.support.recorded import recorded

EVERY, REACH_H = timedelta(hours=12), 60
W_A_W_M2 = 3_000.0
WRONG = 0.1
HOUR = timedelta(hours=1)


def sun_power_w(begin: datetime, end: datetime) -> Floats:
    """Return what the plant gave in each quarter, as its meter counts it: positive."""
    first, powers = recorded()
    (power_w,) = (one for target, one in powers.items() if target.shape is Shape.SUN)
    return 0.0 - power_w[quarter_number(begin) - first : quarter_number(end) - first]


def a_run(issued: datetime) -> Iterator[WeatherValue]:
    """Yield a run of hours from its issue on, known at once."""
    power_w = sun_power_w(issued - 2 * QUARTER, issued + REACH_H * HOUR - 2 * QUARTER)
    said = power_w.reshape(REACH_H, 4).mean(axis=1) / W_A_W_M2
    off = np.random.default_rng(quarter_number(issued)).normal(1.0, WRONG, REACH_H)
    for hour, value in enumerate((said * off).tolist()):
        yield a_value(issued, hour, value, issued)


def runs(begin: datetime, end: datetime) -> list[WeatherValue]:
    """Return the runs of [begin, end)."""
    count = -((begin - end) // EVERY)
    return [value for i in range(count) for value in a_run(begin + i * EVERY)]


def a_value(issued: datetime, hour: int, irradiance_w_m2: float, known: datetime) -> WeatherValue:
    """Return the irradiance of an hour after the issue of its run."""
    at = issued + hour * HOUR
    return WeatherValue("park", Weather.IRRADIANCE_W_M2, issued, at, irradiance_w_m2, known)
