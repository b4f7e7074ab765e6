"""What changes in the simulated park, and the powers that follow from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.simulator.domain.battery import BatteryState
from services.simulator.domain.chargers import ChargersState
from services.simulator.domain.setpoints import Lease


@dataclass(frozen=True, slots=True)
class ParkState:
    """The park at `at_s`. Recorded streams are not in it: they follow from the time alone."""

    at_s: int
    battery: BatteryState
    chargers: ChargersState
    generated_wh: float
    pv_lease: Lease | None = None
    imported_wh: float = 0.0
    exported_wh: float = 0.0


@dataclass(frozen=True, slots=True)
class Powers:
    """Powers of one second: `pv_w` is a magnitude, `port_w` (ports,), the others signed (§2.2)."""

    pv_w: float
    battery_w: float
    port_w: NDArray[np.float64]
    grid_w: float
