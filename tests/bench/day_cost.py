"""What the recorded day costs with dispatch and without: the same simulator, everything real.

Runs the whole system twice over 24 h of park time, once steering and once only watching
(`PARKFLOW_DISPATCH=off`), and prices the grid meter's registers with the published curves.
Energy left in the battery is valued at the mean price; vehicles are compared by what they got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc

from parkflow.market.v1.market_service_pb2 import WatchMarketRequest
from parkflow.market.v1.market_service_pb2_grpc import MarketServiceStub
from services.demo.park_run import STORY_START
from services.dispatch.domain.costing import EnergyCost, MeteredSlot, cost_of
from services.energy.time_grid import QUARTER
from services.runtime.park_file import load_park
from tests.support.parks import PARK_ID, RunningPark, a_running_park

SPEED = 240.0
SAMPLE_S = 60
DAY = timedelta(hours=24)
MICROS = 1_000_000

REGISTERS = f"""
    SELECT r.event_time, p.name, r.value FROM history.reading r
      JOIN history.point p USING (point_id)
     WHERE p.name IN ('grid.import_energy_wh', 'grid.export_energy_wh')
       AND r.event_time BETWEEN '{STORY_START.isoformat()}'
                            AND '{(STORY_START + DAY).isoformat()}'
       AND extract(epoch FROM r.event_time)::bigint % 900 = 0 AND r.verdict <> 3
"""
GAINED = f"""
    SELECT sum(gained) FROM (
      SELECT max(r.value) - min(r.value) AS gained FROM history.reading r
        JOIN history.point p USING (point_id)
       WHERE p.name LIKE '%%{{quantity}}' AND r.verdict <> 3
         AND r.event_time BETWEEN '{STORY_START.isoformat()}'
                              AND '{(STORY_START + DAY).isoformat()}'
       GROUP BY p.name) AS points
"""
EXTREMES = f"""
    SELECT max(r.value), min(r.value) FROM history.reading r JOIN history.point p USING (point_id)
     WHERE p.name = 'grid.active_power_w' AND r.event_time >= '{STORY_START.isoformat()}'
"""
CHARGE = f"""
    SELECT (array_agg(r.value ORDER BY r.event_time))[1],
           (array_agg(r.value ORDER BY r.event_time DESC))[1]
      FROM history.reading r JOIN history.point p USING (point_id)
     WHERE p.name = 'battery.state_of_charge_pct'
       AND r.event_time BETWEEN '{STORY_START.isoformat()}'
                            AND '{(STORY_START + DAY).isoformat()}'
"""


@dataclass(frozen=True)
class Day:
    """What one played day came to."""

    cost: EnergyCost
    vehicle_kwh: float
    wind_pv_kwh: float
    peak_import_kw: float
    peak_export_kw: float
    charge_start_pct: float
    charge_end_pct: float
    mean_price_micros: float
    worst_quarter_import_kw: float
    worst_quarter_export_kw: float

    def adjusted_cost(self, capacity_kwh: float) -> float:
        """Return the cost less the value of energy the battery gained, in currency units."""
        gained_kwh = (self.charge_end_pct - self.charge_start_pct) / 100 * capacity_kwh
        return self.cost.net_micros / MICROS - gained_kwh * self.mean_price_micros / MICROS


def played_day(dispatch: str) -> Day:
    """Play the day and read it from history."""
    with a_running_park(speed=SPEED, sample_period_s=SAMPLE_S, PARKFLOW_DISPATCH=dispatch) as park:
        park.play_until(STORY_START + DAY + timedelta(minutes=30))
        park.losses(STORY_START + DAY)
        return _day(park)


def _day(park: RunningPark) -> Day:
    prices = _prices(park)
    feed_in = load_park(park.run.park_file).connection.feed_in_price_micros_per_kwh
    registers: dict[datetime, dict[str, float]] = {}
    for moment, name, value in park.rows(REGISTERS):
        registers.setdefault(moment, {})[str(name)] = float(value)  # type: ignore[arg-type, call-overload]
    slots = []
    for start in sorted(registers):
        before, after = registers[start], registers.get(start + QUARTER)
        if after and len(before) == len(after) == 2:
            slots.append(
                MeteredSlot(
                    import_wh=int(after["grid.import_energy_wh"] - before["grid.import_energy_wh"]),
                    export_wh=int(after["grid.export_energy_wh"] - before["grid.export_energy_wh"]),
                    import_price_micros_per_kwh=_price_at(prices, start),
                    export_price_micros_per_kwh=feed_in,
                )
            )
    highest, lowest = park.rows(EXTREMES)[0]
    first, last = park.rows(CHARGE)[0]
    known = [price for slot in slots if (price := slot.import_price_micros_per_kwh) is not None]
    return Day(
        cost=cost_of(slots),
        vehicle_kwh=_gained(park, "charger%%.consumption_energy_wh"),
        wind_pv_kwh=_gained(park, "generation_energy_wh"),
        peak_import_kw=float(highest) / 1000,  # type: ignore[arg-type]
        peak_export_kw=-float(lowest) / 1000,  # type: ignore[arg-type]
        charge_start_pct=float(first),  # type: ignore[arg-type]
        charge_end_pct=float(last),  # type: ignore[arg-type]
        mean_price_micros=sum(known) / len(known),
        worst_quarter_import_kw=max(slot.import_wh for slot in slots) * 4 / 1000,
        worst_quarter_export_kw=max(slot.export_wh for slot in slots) * 4 / 1000,
    )


def _gained(park: RunningPark, quantity: str) -> float:
    query = GAINED.format(quantity=quantity).replace("%%", "%")
    return float(park.rows(query)[0][0]) / 1000  # type: ignore[arg-type]


def _prices(park: RunningPark) -> dict[datetime, int]:
    prices: dict[datetime, int] = {}
    with grpc.insecure_channel(park.run.ports.address_of("ingest")) as channel:
        answers = MarketServiceStub(channel).WatchMarket(
            WatchMarketRequest(park_id=PARK_ID), timeout=3.0
        )
        try:
            for answer in answers:
                if answer.HasField("prices"):
                    start = answer.prices.start.ToDatetime(UTC)
                    step = answer.prices.step.ToTimedelta()
                    for place, micros in enumerate(answer.prices.import_price_micros_per_kwh):
                        prices[start + place * step] = micros
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                raise
    return prices


def _price_at(prices: dict[datetime, int], moment: datetime) -> int | None:
    return prices.get(moment.replace(minute=0))


def report() -> str:
    """Play both days and return the comparison as Markdown."""
    steered, watched = played_day("on"), played_day("off")
    park = load_park("parks/demo.yaml")
    battery = park.device("battery").battery
    assert battery is not None
    capacity_kwh = battery.capacity_wh / 1000
    unit = park.currency
    rows = [
        "| the recorded day 2019-06-04 | dispatch on | dispatch off |",
        "|---|---|---|",
        _row(
            f"energy cost, {unit}",
            steered.cost.net_micros / MICROS,
            watched.cost.net_micros / MICROS,
            2,
        ),
        _row(
            f"the same with the battery's gain at the mean price, {unit}",
            steered.adjusted_cost(capacity_kwh),
            watched.adjusted_cost(capacity_kwh),
            2,
        ),
        _row("imported, kWh", steered.cost.import_wh / 1000, watched.cost.import_wh / 1000),
        _row("exported, kWh", steered.cost.export_wh / 1000, watched.cost.export_wh / 1000),
        _row("highest import in a sample, kW", steered.peak_import_kw, watched.peak_import_kw),
        _row("highest export in a sample, kW", steered.peak_export_kw, watched.peak_export_kw),
        _row(
            "highest quarter-hour import, kW",
            steered.worst_quarter_import_kw,
            watched.worst_quarter_import_kw,
        ),
        _row(
            "highest quarter-hour export, kW",
            steered.worst_quarter_export_kw,
            watched.worst_quarter_export_kw,
        ),
        _row("vehicles charged, kWh", steered.vehicle_kwh, watched.vehicle_kwh),
        _row("PV and wind produced, kWh", steered.wind_pv_kwh, watched.wind_pv_kwh),
        _row("battery at the start, %", steered.charge_start_pct, watched.charge_start_pct),
        _row("battery at the end, %", steered.charge_end_pct, watched.charge_end_pct),
    ]
    return "\n".join(rows)


def _row(name: str, steered: float, watched: float, digits: int = 0) -> str:
    return f"| {name} | {steered:,.{digits}f} | {watched:,.{digits}f} |"


if __name__ == "__main__":
    print(report())
