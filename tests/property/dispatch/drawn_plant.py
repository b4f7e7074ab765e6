"""Random stores and units."""

from typing import Any

from services.dispatch.domain.park.network import (
    Sink,
    Supply,
)
from services.dispatch.domain.park.storage import Hedge, PowerAt, Store, Target
from services.dispatch.domain.park.units import CurvePoint, Output, Unit
from tests.property.dispatch.draw import Draw


def a_hedge(draw: Draw) -> Hedge:
    return Hedge(
        at_h=draw.moment(),
        least_kwh=draw.number(0.0, 110.0),
        price_per_kwh=draw.pick(0.0, 0.05, 2.0, 500.0),
    )


def stores(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    battery = Store(
        id="battery",
        highest_kwh=100.0,
        lowest_kwh=draw.pick(0.0, 10.0),
        start_kwh=draw.number(10.0, 100.0),
        charge_kw=draw.pick(20.0, 50.0),
        discharge_kw=draw.pick(20.0, 50.0),
        charge_efficiency=draw.pick(1.0, 0.95),
        discharge_efficiency=draw.pick(1.0, 0.93),
        loss_share_per_h=draw.pick(0.0, 0.001),
        wear_per_kwh=draw.pick(0.0, 0.05),
        holding_price_per_kwh_h=draw.pick(0.0, 0.002),
        holding_free_kwh=draw.pick(0.0, 50.0),
        end_value_per_kwh=draw.pick(None, 0.0, 0.4),
        most_cycles=draw.pick(None, 0.0, 0.3),
        power_at=draw.pick((), tapering()),
        targets=draw.pick((), (Target(at_h=draw.moment(), least_kwh=draw.number(0.0, 110.0)),)),
        hedges=draw.pick((), (a_hedge(draw), a_hedge(draw))),
    )
    tank = Store(
        id="heat tank",
        node="heat",
        highest_kwh=60.0,
        start_kwh=20.0,
        charge_kw=30.0,
        discharge_kw=30.0,
        loss_share_per_h=0.02,
    )
    return {"stores": draw.pick((battery,), (battery, tank))}


def tapering() -> tuple[PowerAt, ...]:
    """Charging slows down above 80 kWh, discharging below 20 kWh."""
    return (
        PowerAt(level_kwh=0.0, charge_kw=50.0, discharge_kw=5.0),
        PowerAt(level_kwh=20.0, charge_kw=50.0, discharge_kw=50.0),
        PowerAt(level_kwh=80.0, charge_kw=50.0, discharge_kw=50.0),
        PowerAt(level_kwh=100.0, charge_kw=5.0, discharge_kw=50.0),
    )


def units(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    chp = a_chp(draw)
    pump = Unit(
        id="heat pump",
        input_node="electricity",
        outputs=(Output(node="heat", ratio=draw.series(2.0, 4.0)),),
        most_kw=20.0,
        ramp_kw_per_h=draw.pick(None, 15.0),
    )
    electrolyser = Unit(
        id="electrolyser",
        input_node="electricity",
        outputs=(Output(node="hydrogen", curve=curve()), Output(node="water", ratio=-0.001)),
        least_kw=5.0,
        most_kw=40.0,
        standby_kw=draw.pick(None, 1.0),
        start_cost=draw.pick(0.0, 2.0),
    )
    hydrogen = Sink(id="hydrogen sold", node="hydrogen", price=draw.number(0.2, 2.0), limit_kw=50.0)
    water = Supply(id="water", node="water", price=3.0, limit_kw=1.0)
    more = {
        "sinks": (*parts.get("sinks", ()), hydrogen),
        "supplies": (*parts.get("supplies", ()), water),
    }
    some = draw.pick((chp,), (pump,), (chp, pump), (chp, pump, electrolyser))
    return {"units": some, **(more if electrolyser in some else {})}


def a_chp(draw: Draw) -> Unit:
    cold_cost = draw.pick(None, 15.0)
    availability = tuple(draw.pick(0.0, 0.3, 0.5, 1.0, 1.0, 1.0) for _ in draw.horizon.hours)
    return Unit(
        id="chp",
        input_node="gas",
        outputs=(Output(node="electricity", ratio=0.4), Output(node="heat", ratio=0.45)),
        least_kw=draw.pick(0.0, 40.0),
        most_kw=100.0,
        start_cost=draw.pick(0.0, 6.0),
        cold_start_cost=cold_cost,
        cold_after_h=None if cold_cost is None else 3.0,
        running_cost_per_h=draw.pick(0.0, 1.5),
        cost_per_kwh=draw.pick(0.0, 0.02, -0.3),
        ramp_kw_per_h=draw.pick(None, 80.0),
        least_on_h=draw.pick(0.0, 1.0, 2.0),
        least_off_h=draw.pick(0.0, 1.0),
        most_starts=draw.pick(None, 0, 1, 2),
        on_at_start=draw.maybe(0.4),
        state_since_h=draw.pick(0.5, 1000.0),
        input_at_start_kw=draw.pick(None, 60.0, 100.0),
        availability=draw.pick(1.0, availability),
        most_starts_per_day=draw.pick(None, None, 0, 1),
        starts_today=draw.pick(0, 0, 1, 3),
    )


def curve() -> tuple[CurvePoint, ...]:
    """Best in the middle: 60 % at 5 kW, 70 % at 20 kW, 62.5 % at 40 kW."""
    points = ((5.0, 3.0), (20.0, 14.0), (40.0, 25.0))
    return tuple(CurvePoint(input_kw=x, output_kw=y) for x, y in points)
