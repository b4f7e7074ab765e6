"""A battery: ramp, state-of-charge window, one-way efficiencies, registers of AC energy.

stored' = stored + charge_ac * charge_efficiency - discharge_ac / discharge_efficiency
"""

from dataclasses import dataclass, replace
from math import floor, inf

from services.energy.site import Battery
from services.simulator.domain.setpoints import Lease

SECONDS_PER_HOUR = 3600
STEP_S = 1
NOTHING_WH = 1e-6
NOTHING_W = 1e-3


@dataclass(frozen=True, slots=True)
class BatteryState:
    """`power_w` is what it last did (positive charges); registers count AC energy."""

    stored_wh: float
    charged_wh: float = 0.0
    discharged_wh: float = 0.0
    power_w: float = 0.0
    lease: Lease | None = None

    def state_of_charge_pct(self, battery: Battery) -> float:
        """Return the stored energy as a share of the capacity."""
        return 100.0 * self.stored_wh / battery.capacity_wh


def room_wh(battery: Battery, state: BatteryState) -> float:
    """Return how much can still be stored."""
    highest_wh = battery.capacity_wh * battery.state_of_charge_max_pct / 100.0
    return _unless_nothing(highest_wh - state.stored_wh)


def reserve_wh(battery: Battery, state: BatteryState) -> float:
    """Return how much of the stored energy may still be taken."""
    lowest_wh = battery.capacity_wh * battery.state_of_charge_min_pct / 100.0
    return _unless_nothing(state.stored_wh - lowest_wh)


def power_w(battery: Battery, state: BatteryState, target_w: float) -> float:
    """Return the power of the next second on the way to `target_w`."""
    ramp_w = battery.ramp_w_per_s * STEP_S
    ramped_w = min(max(target_w, state.power_w - ramp_w), state.power_w + ramp_w)
    most_w = room_wh(battery, state) / battery.charge_efficiency * SECONDS_PER_HOUR / STEP_S
    least_w = -reserve_wh(battery, state) * battery.discharge_efficiency * SECONDS_PER_HOUR / STEP_S
    return min(max(ramped_w, least_w), most_w)


def steady_s(battery: Battery, state: BatteryState, power: float, target_w: float) -> float:
    """Return for how many whole seconds `power` can be held before it has to change."""
    if abs(power) < NOTHING_W:
        stays = power_w(battery, replace(state, power_w=power), target_w) == power
        return inf if stays else STEP_S
    if power != target_w:
        return STEP_S
    if power > 0.0:
        hours = room_wh(battery, state) / (power * battery.charge_efficiency)
    else:
        hours = reserve_wh(battery, state) * battery.discharge_efficiency / -power
    return max(STEP_S, floor(hours * SECONDS_PER_HOUR))


def after(battery: Battery, state: BatteryState, power: float, seconds: int) -> BatteryState:
    """Return the state after `power` was held for `seconds`."""
    energy_wh = power * seconds / SECONDS_PER_HOUR
    if energy_wh >= 0.0:
        return replace(
            state,
            stored_wh=state.stored_wh + energy_wh * battery.charge_efficiency,
            charged_wh=state.charged_wh + energy_wh,
            power_w=power,
        )
    return replace(
        state,
        stored_wh=state.stored_wh + energy_wh / battery.discharge_efficiency,
        discharged_wh=state.discharged_wh - energy_wh,
        power_w=power,
    )


def _unless_nothing(energy_wh: float) -> float:
    return energy_wh if energy_wh > NOTHING_WH else 0.0
