"""Small problems and snapshots with numbers that can be checked in the head."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.network import Grid, Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonRule, SupplyMode
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.signals import Signal
from services.dispatch.domain.snapshot import Guide, Lease, Order, Snapshot, Trims, frozen
from services.dispatch.domain.softening import TIE_PER_KWH, series
from tests.support.builders import MORNING, a_park

HOUR = timedelta(hours=1)
SAMPLE = timedelta(minutes=1)
PLANT = Plant.of(a_park(), SAMPLE)


def line(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def a_storage(**more: Any) -> Store:
    """A battery of 10 kW and 0..20 kWh without losses or wear, empty."""
    given: dict[str, Any] = {
        "id": "battery",
        "charge_kw": 10.0,
        "discharge_kw": 10.0,
        "lowest_kwh": 0.0,
        "highest_kwh": 20.0,
        "start_kwh": 0.0,
        "end_value_per_kwh": 0.0,
    }
    return Store(**(given | more))


def the_sun(*kw: float) -> Production:
    """Production that may be curtailed."""
    return Production(id="pv", available_kw=kw, curtailment_price=TIE_PER_KWH)


def a_wind(*kw: float) -> Production:
    """Production that nobody can curtail."""
    return Production(id="wind", available_kw=kw, curtailable=False)


def a_vehicle(kw: float, wanted_kwh: float, stays_h: float) -> Session:
    """A vehicle at charger 01."""
    return Session(id="charger_01", power_kw=kw, wanted_kwh=wanted_kwh, leaves_h=stays_h)


def a_problem(
    base_kw: Floats,
    *,
    price: Floats | None = None,
    stores: tuple[Store, ...] = (),
    productions: tuple[Production, ...] = (),
    sessions: tuple[Session, ...] = (),
    hours: Floats | None = None,
    mode: SupplyMode | None = None,
    carbon_price_per_kg: float = 0.0,
    **more: Any,
) -> Framed:
    """Hours from the morning on; import 0.10 a kWh, feed-in 0.03, no carbon, wide limits."""
    steps = len(base_kw)
    lengths_h = np.ones(steps) if hours is None else hours
    given: dict[str, Any] = {
        "import_price": series(np.full(steps, 0.10) if price is None else price),
        "export_price": 0.03,
        "import_limit_kw": 100.0,
        "export_limit_kw": 100.0,
    }
    park = ParkProblem(
        horizon=Horizon(start=MORNING, steps_h=series(lengths_h)),
        grids=(Grid(id="grid", **(given | more)),),
        loads=(Load(id="load", power_kw=series(base_kw)),),
        productions=productions,
        sessions=sessions,
        stores=stores,
        mode=mode or SupplyMode(),
        carbon=CarbonRule(price_per_kg=carbon_price_per_kg),
    )
    return Framed(MORNING, MORNING, HOUR, park)


def a_snapshot(
    *,
    now: datetime = MORNING,
    grid_kw: float | None = 500.0,
    battery_kw: float = 0.0,
    level_pct: float | None = 50.0,
    pv_kw: float = 0.0,
    pv_available_kw: float | None = None,
    vehicles: Mapping[str, tuple[float, float, float]] | None = None,
    guide: Guide | None = None,
    orders: tuple[Order, ...] = (),
    leases: tuple[Lease, ...] = (),
    trims: Trims | None = None,
    age: timedelta = timedelta(0),
    grid_age: timedelta = timedelta(0),
) -> Snapshot:
    """The demo park at one moment; a vehicle is port: (drawn kW, wanted kWh, stays h)."""
    values: dict[str, float] = {
        "battery.active_power_w": battery_kw * 1e3,
        "pv.active_power_w": -pv_kw * 1e3,
        "pv.available_power_w": (pv_kw if pv_available_kw is None else pv_available_kw) * 1e3,
    }
    if level_pct is not None:
        values["battery.state_of_charge_pct"] = level_pct
    for port in PLANT.ports:
        drawn, wanted, stays = (vehicles or {}).get(port.id, (0.0, 0.0, 0.0))
        values[f"{port.id}.active_power_w"] = drawn * 1e3
        values[f"{port.id}.connected"] = float(port.id in (vehicles or {}))
        values[f"{port.id}.requested_energy_wh"] = wanted * 1e3
        values[f"{port.id}.departure_epoch_s"] = now.timestamp() + stays * 3600
    signals = {p: Signal(v, now - age, "topic/0/1") for p, v in values.items()}
    if grid_kw is not None:
        signals["grid.active_power_w"] = Signal(grid_kw * 1e3, now - grid_age, "topic/0/2")
    return frozen(
        Snapshot(
            taken_at=now,
            readings=signals,
            aligned=signals,
            guide=guide,
            orders=orders,
            leases={lease.device_id: lease for lease in leases},
            trims=trims or Trims(),
        )
    )


def a_guide(
    *,
    battery_kw: float = 0.0,
    pv_limit_kw: float | None = None,
    session_kw: Mapping[str, float] | None = None,
    valid_until: datetime = MORNING + timedelta(minutes=45),
) -> Guide:
    return Guide(
        plan_id="plan-1",
        valid_until=valid_until,
        battery_w={"battery": battery_kw * 1e3},
        production_limit_w={} if pv_limit_kw is None else {"pv": pv_limit_kw * 1e3},
        session_w={port: kw * 1e3 for port, kw in (session_kw or {}).items()},
    )


def an_order(device_id: str = "battery", kw: float = 200.0, hours: float = 1.0) -> Order:
    return Order("order-1", device_id, kw * 1e3, "li", "test run", MORNING + hours * HOUR)


def a_lease(device_id: str = "battery", kw: float = 0.0, minutes_ago: float = 0.0) -> Lease:
    issued = MORNING - timedelta(minutes=minutes_ago)
    return Lease(f"sp-{device_id}", device_id, kw * 1e3, issued, issued + timedelta(minutes=10))
