"""What is expected of every point over the horizon: the forecast, or the last value persisting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from services.dispatch.domain.park.horizon import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A forecast of one point: mean value a step, unit and sign of the point."""

    start: datetime
    step: timedelta
    p10: Floats
    p50: Floats
    p90: Floats
    method: str

    def at(self, moments: Iterable[datetime]) -> Floats:
        """Return p50 at each moment, NaN outside the forecast."""
        index = np.array([(moment - self.start) // self.step for moment in moments])
        inside = (index >= 0) & (index < len(self.p50))
        if not len(self.p50):
            return np.full(len(index), np.nan)
        return np.where(inside, self.p50[np.clip(index, 0, len(self.p50) - 1)], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """All series issued together; `signals` are prices (currency per kWh) and intensities (g).

    `residual` is the sum of loads and generation; None where one of them was not forecast.
    """

    issue_time: datetime
    valid_until: datetime
    series: Mapping[str, Series]
    signals: Mapping[str, Series] = field(default_factory=dict)
    residual: Series | None = None

    def signal_at(self, signal_id: str, moment: datetime) -> float | None:
        """Return what a signal is expected to be, p50; None where nothing is."""
        if (series := self.signals.get(signal_id)) is None:
            return None
        value = float(series.at([moment])[0])
        return value if np.isfinite(value) else None


@dataclass(frozen=True, slots=True, eq=False)
class ResidualPaths:
    """What loads and generation of an issue may come to, each path as likely as the others.

    `power_w` is (paths, steps) from `start` on, generation negative; `parts_w` are some of the
    series that it is the sum of, by point.
    """

    issue_time: datetime
    start: datetime
    step: timedelta
    power_w: Floats
    parts_w: Mapping[str, Floats] = field(default_factory=dict)

    def off_w(self, power_w: Floats, median: Series, moments: list[datetime]) -> Floats:
        """Return how far paths are from their median, (paths, moments) W; 0 beyond the issue."""
        index = np.array([(moment - self.start) // self.step for moment in moments])
        inside = (index >= 0) & (index < power_w.shape[1])
        there = power_w[:, np.clip(index, 0, power_w.shape[1] - 1)]
        off = there - median.at(moments)
        return np.asarray(np.where(inside & np.isfinite(off), off, 0.0), np.float64)
