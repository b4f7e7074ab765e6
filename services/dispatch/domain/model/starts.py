"""What the starts in a unit's courses cost (§7)."""

import numpy as np

from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.horizon import MOMENT_H, Horizon
from services.dispatch.domain.park.units import Unit


def start_costs(horizon: Horizon, unit: Unit, courses: Courses) -> float:
    """Return the cost of all starts, each by how long the unit was off before."""
    warm, cold_after_h = unit.start_cost, unit.cold_after_h
    running = np.concatenate([[unit.on_at_start], courses["on"] + courses["standby"] > 0.5])
    cost, off_since_h = 0.0, -unit.state_since_h
    for k, begins_h in enumerate(horizon.begins_h.tolist()):
        if running[k] and not running[k + 1]:
            off_since_h = begins_h
        if running[k + 1] and not running[k]:
            is_cold = cold_after_h is not None and begins_h - off_since_h >= cold_after_h - MOMENT_H
            cost += (unit.cold_start_cost or 0.0) if is_cold else warm
    return cost
