"""Series whose forecasts can be checked in the head: quarters of a UTC park from a Monday on."""

from datetime import UTC, datetime
from math import inf

import numpy as np

from services.forecasting.domain.series import Floats, Series, quarter_number
from services.forecasting.domain.targets import Shape, Target

MONDAY = datetime(2019, 6, 3, tzinfo=UTC)
FIRST = quarter_number(MONDAY)


def a_series(power_w: Floats, first_quarter: int = FIRST) -> Series:
    return Series(first_quarter, np.asarray(power_w, np.float64))


def a_target(shape: Shape = Shape.DEMAND) -> Target:
    lowest, highest = {Shape.DEMAND: (0.0, inf)}.get(shape, (-1_000.0, 0.0))
    return Target("x.active_power_w", "x.active_power_w", 1.0, shape, lowest, highest)


def a_shift_week(weeks: int) -> Floats:
    """Return 100 W by day (06:00-18:00) on workdays, 20 W otherwise."""
    quarter = np.arange(weeks * 7 * 96)
    working = (quarter // 96 % 7 < 5) & (quarter % 96 >= 24) & (quarter % 96 < 72)
    return np.where(working, 100.0, 20.0)


def a_sunny_day(days: int) -> Floats:
    """Return a half sine of -1000 W between 06:00 and 18:00, exactly 0 at night."""
    quarter = np.arange(days * 96) % 96
    light = np.sin((quarter - 24) / 48 * np.pi)
    return np.where((quarter > 24) & (quarter < 72), -1000.0 * light, 0.0)
