"""The courses of the plan before, laid over the steps of a new horizon."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon

ON = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LastPlan:
    """What devices were to do between `edges_h`, (steps + 1,) h from the new horizon's beginning.

    Edges before that beginning are negative. `devices` are the courses of the plan (§11), a value
    a step; what is NaN is not known.
    """

    edges_h: Floats
    devices: Mapping[str, Courses]

    def reaches(self, horizon: Horizon) -> bool:
        """Whether it says anything of the horizon."""
        return bool(self.edges_h[-1] > MOMENT_H and self.edges_h[0] < horizon.ends_h[-1])

    def mean(self, horizon: Horizon, device: str, name: str) -> Floats:
        """Return a course's mean over what it knows of each step, (steps,); NaN: nothing."""
        if name not in self.devices.get(device, {}):
            return np.full(len(horizon), np.nan)
        values = self.devices[device][name]
        known = np.isfinite(values)
        kwh = self._within(horizon, np.where(known, values, 0.0))
        hours = self._within(horizon, known.astype(np.float64))
        return np.where(hours > MOMENT_H, kwh / np.maximum(hours, MOMENT_H), np.nan)

    def is_on(self, horizon: Horizon, device: str, name: str = "on") -> Floats:
        """Return 1 where a switch was on for half of a step at least, 0 elsewhere, (steps,)."""
        return np.asarray(self.mean(horizon, device, name) >= ON, np.float64)

    def first_on_h(self, device: str) -> float | None:
        """When a device was to be on first; None where it was not."""
        steps = np.flatnonzero(self.devices.get(device, {}).get("on", np.zeros(0)) > ON)
        return float(self.edges_h[steps[0]]) if len(steps) else None

    def _within(self, horizon: Horizon, values: Floats) -> Floats:
        """Return what a course sums up to within each step of the horizon, (steps,)."""
        sums = np.concatenate([[0.0], np.cumsum(values * np.diff(self.edges_h))])
        return np.asarray(np.diff(np.interp(horizon.edges_h, self.edges_h, sums)), np.float64)
