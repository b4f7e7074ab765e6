"""What is asked of a series: its step, its horizons, its physics and the people behind it."""

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.series import Floats, Ints

MINUTES_A_DAY = 1440
_UTC = ZoneInfo("UTC")
SHORTEST_STEP_MIN, LONGEST_STEP_MIN = 1, 60


@dataclass(frozen=True)
class Task:
    """Horizons count steps from 1: horizon h is the period that begins h - 1 steps after the issue.

    `lowest` and `highest` are physical bounds in the unit of the series (infinite where there are
    none); `sun` marks photovoltaics, dark at night; `zone` is the clock people live by; `size` is
    how large values are thought to be while none is known.
    """

    step_min: int
    horizons: tuple[int, ...]
    lowest: float = -np.inf
    highest: float = np.inf
    sun: bool = False
    zone: ZoneInfo = _UTC
    holidays: str | None = None
    size: float = 1.0

    def __post_init__(self) -> None:
        if MINUTES_A_DAY % self.step_min or not (
            SHORTEST_STEP_MIN <= self.step_min <= LONGEST_STEP_MIN
        ):
            raise ValueError(f"a step of {self.step_min} min does not divide a day: use 1 to 60")
        if (
            not self.horizons
            or min(self.horizons) < 1
            or len(set(self.horizons)) < len(self.horizons)
        ):
            raise ValueError(f"horizons {self.horizons[:9]} must be distinct steps from 1 on")
        if not self.lowest < self.highest:
            raise ValueError(f"bounds {self.lowest} .. {self.highest} leave nothing between them")

    @property
    def day(self) -> int:
        """Steps a day."""
        return MINUTES_A_DAY // self.step_min

    @property
    def reach(self) -> int:
        """The longest horizon in steps."""
        return max(self.horizons)

    @property
    def days_ahead(self) -> int:
        """Whole days that the longest horizon needs."""
        return -(-self.reach // self.day)

    @cached_property
    def steps(self) -> Ints:
        """The horizons as an array, in the order asked for."""
        return np.array(self.horizons, np.int64)

    def hours(self, hours: float) -> int:
        """Return how many steps last that long, at least one."""
        return max(1, round(hours * 60 / self.step_min))

    def bounded(self, value: Floats) -> Floats:
        """Return values within the physical bounds."""
        return np.clip(value, self.lowest, self.highest)
