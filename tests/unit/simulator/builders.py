"""A small park with numbers that can be checked in the head."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.energy.site import (
    Battery,
    CarbonRules,
    Carrier,
    Connection,
    Device,
    DeviceKind,
    DispatchRules,
    FailSafe,
    Park,
    SupplyMode,
    TelemetryRules,
    Text,
)
from services.simulator.domain.recorded import QUARTER_S, RecordedEnergy, Recordings
from services.simulator.domain.sessions import Sessions
from services.simulator.domain.setpoints import SetPoint
from services.simulator.domain.world import DeviceMode, World

START = datetime(2019, 6, 3, 22, tzinfo=UTC)
START_S = int(START.timestamp())
DAYS = 3

BATTERY = Battery(
    power_w=1_500_000.0,
    capacity_wh=3_000_000.0,
    charge_efficiency=0.95,
    discharge_efficiency=0.95,
    state_of_charge_min_pct=10.0,
    state_of_charge_max_pct=95.0,
    wear_cost_micros_per_kwh=30_000,
    ramp_w_per_s=100_000.0,
)


def a_device(device_id: str, kind: DeviceKind, **more: object) -> Device:
    name, ttl = Text(device_id, device_id), timedelta(minutes=5)
    return Device(device_id, kind, name, "mqtt-site", ttl, **more)  # type: ignore[arg-type]


def a_park(ports: int = 4) -> Park:
    charger = {"rating_w": 7_000.0, "fail_safe": FailSafe(active_power_limit_w=2_000.0)}
    pv = {"rating_w": 3_000_000.0, "fail_safe": FailSafe(active_power_limit_w=1_500_000.0)}
    battery = {"battery": BATTERY, "fail_safe": FailSafe(active_power_w=0.0)}
    devices = (
        a_device("grid", DeviceKind.GRID_METER),
        a_device("steel", DeviceKind.LOAD, rating_w=800_000.0),
        a_device("offices", DeviceKind.LOAD, rating_w=750_000.0),
        a_device("h3_gas", DeviceKind.LOAD, carrier=Carrier.NATURAL_GAS),
        a_device("pv", DeviceKind.PV, **pv),
        a_device("wind", DeviceKind.WIND, rating_w=2_050_000.0),
        a_device("weather", DeviceKind.WEATHER),
        a_device("battery", DeviceKind.BATTERY, **battery),
        *(a_device(f"charger_{n:02}", DeviceKind.CHARGER, **charger) for n in range(1, ports + 1)),
    )
    quarter = timedelta(minutes=15)
    supply = SupplyMode("green_direct_connection", 0.2, 0.6, 0.3)
    return Park(
        id="demo-park",
        name=Text("Park", "Park"),
        time_zone=ZoneInfo("Asia/Shanghai"),
        currency="GBP",
        ledger_from=START,
        connection=Connection("grid", 1_900_000.0, 800_000.0, 35_000, supply),
        devices=devices,
        sources=(),
        telemetry=TelemetryRules(timedelta(minutes=5), timedelta(days=40)),
        dispatch=DispatchRules(quarter, quarter, quarter, quarter, 60_000_000, 50_000.0),
        carbon=CarbonRules(2023, "", "CN", None, timedelta(hours=2)),
        tenants=(),
        points=(),
    )


def recordings(**quarter_kwh: float) -> Recordings:
    """Three days around START with the same energy in every quarter; what is not named is 0."""
    quarters = DAYS * 96
    names = ("steel", "offices", "h3_gas", "pv", "wind")
    energies = {
        name: RecordedEnergy.of_intervals(
            np.full(quarters, 1000.0 * quarter_kwh.get(name, 0.0)), QUARTER_S
        )
        for name in names
    }
    weather = np.full(quarters, 20.0)
    return Recordings.of(START_S - 86_400, energies, weather, weather)


def sessions(*rows: tuple[int, int, int, float]) -> Sessions:
    """Each row: port (from 0), minutes after START of arrival and departure, wanted kWh."""
    ports, arrivals, departures, wanted = np.array(rows or [(0, -9e5, -8e5, 1.0)]).T
    departure_s = START_S + departures.astype(np.int64) * 60
    return Sessions.of(
        port=ports.astype(np.int64),
        arrival_s=START_S + arrivals.astype(np.int64) * 60,
        departure_s=departure_s,
        announced_s=departure_s + 600,
        wanted_wh=wanted * 1000.0,
    )


def a_world(
    *rows: tuple[int, int, int, float],
    mode: DeviceMode = DeviceMode.REMOTE,
    period_s: int = 60,
    **quarter_kwh: float,
) -> World:
    return World.of(
        a_park(), recordings(**quarter_kwh), sessions(*rows), sample_period_s=period_s, mode=mode
    )


def a_setpoint(
    device: str, value_w: float, *, at_min: float = 0.0, lasting_min: float = 10.0
) -> SetPoint:
    quantity = "active_power_w" if device == "battery" else "active_power_limit_w"
    at_s = START_S + int(at_min * 60)
    return SetPoint("sp-1", device, quantity, value_w, at_s + int(lasting_min * 60), at_s)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)
