"""The whole controller against the simulator's physics, in one process and without a clock.

Commands reach the devices `latency_s` of park time after the cycle that sent them; the cycle sees
samples up to its own time.
"""

import csv
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from services.dispatch.domain.control import Mode
from services.dispatch.domain.costing import EnergyCost, MeteredSlot, cost_of
from services.dispatch.domain.curves import Curve
from services.dispatch.domain.desk import Desk
from services.dispatch.domain.expected import Forecast, Series
from services.dispatch.domain.planning import plan_at
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.signals import Signal
from services.dispatch.domain.solver import best_plan
from services.dispatch.domain.triggers import Watch, planned, reason_to_plan
from services.energy.site import DeviceKind, Park
from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.setpoints import SetPoint

DATA = Path("parks/demo-data")
SAMPLE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
STORY = datetime(2019, 6, 3, 22, tzinfo=UTC)


@dataclass
class Day:
    """What a day in the loop came to."""

    grid_w: list[float] = field(default_factory=list)
    modes: list[Mode] = field(default_factory=list)
    cost: EnergyCost = field(default_factory=EnergyCost)
    issued: int = 0
    plans: int = 0
    solve_s: list[float] = field(default_factory=list)
    cycle_s: list[float] = field(default_factory=list)
    wear_kwh: float = 0.0
    stored_change_kwh: float = 0.0
    vehicle_kwh: float = 0.0
    generated_kwh: float = 0.0
    unmet_kwh: float = 0.0
    desk: Desk | None = None

    def longest_above(self, limit_w: float) -> int:
        """Return the longest run of samples in which the grid power was above `limit_w`."""
        return _longest(np.array(self.grid_w) > limit_w)

    def longest_below(self, limit_w: float) -> int:
        """Return the longest run of samples in which the grid power was below `limit_w`."""
        return _longest(np.array(self.grid_w) < limit_w)


def _longest(broken: np.ndarray) -> int:
    best = run = 0
    for is_broken in broken.tolist():
        run = run + 1 if is_broken else 0
        best = max(best, run)
    return best


def market(start: datetime, hours: int) -> tuple[Curve, Curve]:
    """Return the recorded prices (micros per kWh) and intensities (g per kWh) from `start` on."""
    with gzip.open(DATA / "market_hourly.csv.gz", "rt") as file:
        rows = {row["start_utc"]: row for row in csv.DictReader(file)}
    moments = [start + timedelta(hours=h) for h in range(hours)]
    picked = [rows[f"{m:%Y-%m-%dT%H:%MZ}"] for m in moments]
    price = tuple(float(row["price_gbp_per_kwh"] or "nan") * 1e6 for row in picked)
    intensity = tuple(float(row["intensity_kg_per_kwh"] or "nan") * 1e3 for row in picked)
    hour = timedelta(hours=1)
    return Curve("agile", start, start, hour, price), Curve("ngeso", start, start, hour, intensity)


Forecaster = Callable[[DemoPark, datetime], Forecast | None]


def recorded_forecast(error: float = 0.0, seed: int = 0) -> Forecaster:
    """Return a forecaster that knows the recordings, up to a relative error per point and slot."""

    def forecast(park: DemoPark, now: datetime) -> Forecast:
        rng = np.random.default_rng([seed, int(now.timestamp())])
        recordings = park.world.recordings
        start = now - (now - STORY) % QUARTER
        rows = [recordings.row(int((start + k * QUARTER).timestamp())) for k in range(97)]
        series = {}
        for device in park.world.park.devices_of(DeviceKind.LOAD, DeviceKind.PV, DeviceKind.WIND):
            sign = 1.0 if device.kind is DeviceKind.LOAD else -1.0
            power = np.nan_to_num(recordings.power_w[rows, recordings.column(device.id)]) * sign
            power = power * (1 + error * rng.standard_normal(len(rows)))
            series[f"{device.id}.active_power_w"] = Series(
                start, QUARTER, power, power, power, "recorded"
            )
        return Forecast(start, start + timedelta(hours=1), series)

    return forecast


def live_through(
    demo: DemoPark,
    park: Park,
    until: datetime,
    *,
    control: bool = True,
    optimise: bool = True,
    forecaster: Forecaster | None = None,
    latency_s: int = 20,
    disturb: Callable[[Desk, datetime], None] = lambda desk, now: None,
) -> Day:
    """Play the park from now to `until`, one cycle a sample, and return what came of it."""
    start, day = demo.now, Day()
    desk = Desk(Plant.of(park, SAMPLE))
    prices, intensities = market(start - timedelta(hours=24), 24 * 4)
    desk.import_prices.learn(prices)
    desk.intensities.learn(intensities)
    first_stored = demo.state.battery.stored_wh
    waiting: list[SetPoint] = []
    watch, now = Watch(), start
    registers = {start: demo.sample().values["grid"]}
    charged0 = float(demo.state.chargers.delivered_wh.sum())
    generated0 = demo.state.generated_wh
    while now < until:
        now += SAMPLE
        due = [s for s in waiting if s.at_s <= int(now.timestamp())]
        waiting = [s for s in waiting if s.at_s > int(now.timestamp())]
        before = demo.state.chargers
        demo, samples = demo.advance(now, due)
        left = (before.session != -1) & (demo.state.chargers.session != before.session)
        day.unmet_kwh += float(before.wanted_wh[left].sum()) / 1e3
        for sample in samples:
            at = datetime.fromtimestamp(sample.at_s, UTC)
            for name, values in sample.values.items():
                for quantity, value in values.items():
                    point = f"{name}.{quantity}"
                    desk.believe(point, Signal(float(value), at))
                    if point == "grid.export_energy_wh" or quantity == "generation_energy_wh":
                        desk.count(point, float(value), at, start)
            day.grid_w.append(float(sample.values["grid"]["active_power_w"]))
            if (at - start) % QUARTER == timedelta(0):
                registers[at] = sample.values["grid"]
        if not control:
            continue
        disturb(desk, now)
        if optimise and reason_to_plan(watch, now, QUARTER):
            watch = planned(watch, now)
            desk.forecast = (forecaster or recorded_forecast())(demo, now)
            began = time.perf_counter()
            desk.plan = plan_at(desk.plant, desk.knowledge(), now, best_plan, former=desk.plan).plan
            day.solve_s.append(time.perf_counter() - began)
            day.plans += 1
        began = time.perf_counter()
        _, decision, out = desk.cycle(now)
        day.cycle_s.append(time.perf_counter() - began)
        day.modes.append(decision.mode)
        day.issued += len(out)
        sent = int(now.timestamp()) + latency_s
        for issue in out:
            device = park.device(issue.lease.device_id)
            quantity = "active_power_w" if device.battery else "active_power_limit_w"
            waiting.append(
                SetPoint(
                    issue.lease.setpoint_id,
                    device.id,
                    quantity,
                    issue.lease.value_w,
                    int(issue.lease.expires_at.timestamp()),
                    sent,
                )
            )
    day.cost = cost_of(_slots(registers, desk, park))
    day.wear_kwh = demo.state.battery.discharged_wh / 1e3
    day.stored_change_kwh = (demo.state.battery.stored_wh - first_stored) / 1e3
    day.vehicle_kwh = (float(demo.state.chargers.delivered_wh.sum()) - charged0) / 1e3
    day.generated_kwh = (demo.state.generated_wh - generated0) / 1e3
    day.desk = desk
    return day


def _slots(
    registers: dict[datetime, dict[str, float]], desk: Desk, park: Park
) -> list[MeteredSlot]:
    moments = sorted(registers)
    slots = []
    for first, second in pairwise(moments):
        known = desk.import_prices.at(first)
        price = None if known is None else round(known.value)
        flows = [
            int(registers[second][name] - registers[first][name])
            for name in ("import_energy_wh", "export_energy_wh")
        ]
        slots.append(
            MeteredSlot(flows[0], flows[1], price, park.connection.feed_in_price_micros_per_kwh)
        )
    return slots
