"""Random connections, trade, sources and lines."""

from dataclasses import replace
from typing import Any

from services.dispatch.domain.park.network import (
    Carrier,
    Contract,
    DemandCharge,
    Grid,
    Line,
    Node,
    Production,
    Sink,
    Supply,
)
from tests.property.dispatch.draw import Draw


def grids(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    low = draw.pick(-0.2, 0.05, 0.05)
    grid = Grid(
        id="grid",
        import_price=draw.series(low, 1.2),
        export_price=draw.pick(0.0, draw.series(low, 0.4), draw.series(0.5, 1.5)),
        import_limit_kw=draw.pick(200.0, draw.series(20.0, 300.0)),
        export_limit_kw=draw.pick(0.0, 100.0, draw.series(0.0, 100.0)),
        carbon_kg_per_kwh=draw.pick(None, 0.6, draw.series(0.2, 0.9)),
        contracted_kw=draw.pick(None, 60.0),
        excess_price_per_kw=draw.pick(0.0, 8.0),
        demand_charge=draw.pick(None, demand_charge(draw)),
    )
    other = replace(grid, id="second grid", demand_charge=None, import_price=draw.series(0.2, 1.0))
    return {"grids": draw.pick((grid,), (grid,), (grid, other))}


def demand_charge(draw: Draw) -> DemandCharge:
    interval_h = draw.pick(0.25, 0.5, 1.0)
    return DemandCharge(
        price_per_kw=draw.pick(0.0, 5.0, 40.0),
        peak_so_far_kw=draw.pick(0.0, 50.0, 120.0),
        interval_h=interval_h,
        elapsed_h=draw.pick(0.0, interval_h * 0.4),
        metered_kwh=draw.pick(0.0, 12.0),
        period_ends_h=draw.pick(None, draw.moment()),
    )


def contracts(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    if "grids" not in parts:
        return {}
    some = [
        Contract(
            id=f"contract {i}",
            grid="grid",
            power_kw=draw.pick(30.0, draw.series(0.0, 80.0)),
            price_per_kwh=draw.number(0.1, 0.9),
            fee_per_kwh=draw.pick(0.0, 0.08),
            take_or_pay_share=draw.pick(0.0, 0.7, 1.0),
            carbon_kg_per_kwh=draw.pick(0.0, 0.02),
        )
        for i in range(draw.pick(1, 2))
    ]
    return {"contracts": tuple(some)}


def trade(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    gas = Supply(
        id="gas", node="gas", price=draw.number(0.2, 0.5), limit_kw=300.0, carbon_kg_per_kwh=0.2
    )
    steam = Supply(id="steam", node="steam", price=draw.series(0.2, 0.9), limit_kw=80.0)
    sold = Sink(
        id="steam sold",
        node="steam",
        price=draw.number(0.0, 1.0),
        limit_kw=draw.series(0.0, 30.0),
        carbon_kg_per_kwh=draw.pick(0.0, 0.05),
    )
    return {"supplies": (gas, steam), "sinks": (sold,)}


def productions(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    sun = Production(
        id="pv",
        available_kw=draw.series(0.0, draw.pick(50.0, 200.0)),
        curtailable=draw.maybe(0.7),
        curtailment_price=draw.pick(0.0, 0.02),
    )
    waste = Production(id="waste heat", node="heat", available_kw=draw.series(0.0, 30.0))
    return {"productions": draw.pick((sun,), (sun, waste))}


def lines(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    """A triangle of feeders; some loads and productions move to its corners."""
    nodes = tuple(Node(id=name, carrier=Carrier.ELECTRICITY) for name in ("north", "south"))
    reactance, loss = draw.pick(None, 0.1), draw.pick(0.0, 0.03)
    ends = (("electricity", "north"), ("electricity", "south"), ("north", "south"))
    some = tuple(
        Line(
            id=f"{one}-{other}",
            from_node=one,
            to_node=other,
            limit_kw=draw.pick(0.0, 20.0, 100.0, draw.series(10.0, 80.0)),
            back_limit_kw=draw.pick(None, 15.0),
            loss_share=loss,
            reactance=None if reactance is None else draw.number(0.05, 0.3),
        )
        for one, other in draw.pick(ends, ends[:2])
    )
    moved = [
        replace(load, node="north") if load.id == "base" else load
        for load in parts.get("loads", ())
    ]
    sun = [
        replace(one, node="south") if one.id == "pv" else one
        for one in parts.get("productions", ())
    ]
    return {"nodes": nodes, "lines": some, "loads": tuple(moved), "productions": tuple(sun)}
