"""What the devices' meters show at one instant: quantities per device, registers in whole Wh."""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from services.energy.quantities import Quantity
from services.simulator.domain.recorded import Recordings
from services.simulator.domain.sessions import NOBODY
from services.simulator.domain.state import ParkState, Powers
from services.simulator.domain.world import World

Values = dict[str, float | int]
# Float sums may end a hair below a whole Wh that has been counted.
COUNTED_WH = 1e-4


@dataclass(frozen=True, slots=True)
class ParkSample:
    """All devices' values at `at_s`; a device in a metering gap is absent (§4).

    A power is the one held from `at_s` on, so the mean of an interval's samples is its mean power.
    """

    at_s: int
    values: dict[str, Values]


def sampled(world: World, state: ParkState, now: Powers) -> ParkSample:
    """Return what all meters show at `state.at_s`."""
    values = recorded_values(world, state.at_s)
    row = world.recordings.row(state.at_s)
    values[world.pv.id] = {
        Quantity.ACTIVE_POWER.value: watts(-now.pv_w),
        Quantity.AVAILABLE_POWER.value: watts(float(world.pv_available_w[row])),
        Quantity.GENERATION_ENERGY.value: whole_wh(state.generated_wh),
    }
    values[world.battery_device.id] = {
        Quantity.ACTIVE_POWER.value: watts(now.battery_w),
        Quantity.CHARGE_ENERGY.value: whole_wh(state.battery.charged_wh),
        Quantity.DISCHARGE_ENERGY.value: whole_wh(state.battery.discharged_wh),
        Quantity.STATE_OF_CHARGE.value: round(state.battery.state_of_charge_pct(world.battery), 3),
    }
    values[world.park.connection.meter_id] = {
        Quantity.ACTIVE_POWER.value: whole_watts(now.grid_w),
        Quantity.IMPORT_ENERGY.value: whole_wh(state.imported_wh),
        Quantity.EXPORT_ENERGY.value: whole_wh(state.exported_wh),
    }
    values.update(_ports(world, state, now))
    return ParkSample(state.at_s, values)


def watts(power_w: float) -> float:
    """Return a power as a meter shows it: to 0.1 W, never minus zero."""
    return round(power_w, 1) + 0.0


def whole_watts(power_w: float) -> float:
    """Return a power as a Modbus record holds it: whole W, never minus zero."""
    return float(round(power_w))


def whole_wh(energy_wh: float) -> int:
    """Return a register as a meter shows it: whole Wh, rounded down."""
    return floor(energy_wh + COUNTED_WH)


def recorded_values(world: World, at_s: int) -> dict[str, Values]:
    """Return loads, gas meters, wind, weather, and PV as if it were never curtailed."""
    recordings = world.recordings
    row = recordings.row(at_s)
    power_w, register_wh = recordings.power_w[row].tolist(), recordings.register_wh(at_s).tolist()
    present = recordings.present[row].tolist()
    values: dict[str, Values] = {}
    for devices, power, register, sign in (
        (world.electric, Quantity.ACTIVE_POWER, Quantity.CONSUMPTION_ENERGY, 1.0),
        (world.gas, Quantity.THERMAL_POWER, Quantity.CONSUMPTION_ENERGY, 1.0),
        ((world.wind, world.pv), Quantity.ACTIVE_POWER, Quantity.GENERATION_ENERGY, -1.0),
    ):
        for device in devices:
            column = recordings.column(device.id)
            if present[column]:
                shown_w = watts(sign * power_w[column])
                values[device.id] = {power.value: shown_w, register.value: register_wh[column]}
    if world.pv.id in values:
        values[world.pv.id][Quantity.AVAILABLE_POWER.value] = watts(
            world.pv_available_w[row].item()
        )
    if world.weather is not None:
        values[world.weather.id] = _weather(recordings, row)
    return values


def _weather(recordings: Recordings, row: int) -> Values:
    return {
        Quantity.IRRADIANCE.value: float(recordings.irradiance_w_m2[row]),
        Quantity.TEMPERATURE.value: float(recordings.temperature_c[row]),
    }


def _ports(world: World, state: ParkState, now: Powers) -> dict[str, Values]:
    ports, session = state.chargers, state.chargers.session
    connected = session != NOBODY
    columns = zip(
        world.ports.names,
        now.port_w.tolist(),
        ports.delivered_wh.tolist(),
        connected.tolist(),
        ports.wanted_wh.tolist(),
        np.where(connected, world.sessions.announced_s[session], 0).tolist(),
        strict=True,
    )
    return {
        name: {
            Quantity.ACTIVE_POWER.value: whole_watts(power_w),
            Quantity.CONSUMPTION_ENERGY.value: whole_wh(delivered_wh),
            Quantity.CONNECTED.value: int(connected),
            Quantity.REQUESTED_ENERGY.value: max(0, ceil(wanted_wh - COUNTED_WH)),
            Quantity.DEPARTURE.value: announced_s,
        }
        for name, power_w, delivered_wh, connected, wanted_wh, announced_s in columns
    }
