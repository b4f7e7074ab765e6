"""Random rules of a park: shares, carbon, reserve, the plan before."""

from dataclasses import replace
from typing import Any

from services.dispatch.domain.park.rules import (
    Balance,
    CarbonCap,
    CarbonRule,
    Former,
    Reserve,
    SupplyMode,
)
from tests.property.dispatch.draw import Draw


def shares(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    so_far = Balance(generated_kwh=500.0, fed_in_kwh=80.0, used_kwh=900.0)
    mode = SupplyMode(
        feed_in_share=draw.pick(None, 0.0, 0.2),
        self_use_share=draw.pick(None, 0.6, 1.0),
        load_share=draw.pick(None, 0.3, 1.0),
        so_far=draw.pick(Balance(), so_far, replace(so_far, curtailed_kwh=200.0)),
        year_ends_h=draw.pick(None, draw.moment()),
    )
    return {"mode": mode}


def carbon(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    cap = CarbonCap(limit_kg=draw.pick(0.0, 20.0, 500.0), from_h=0.0, to_h=draw.moment())
    price = draw.pick(0.0, 0.08)
    return {"carbon": CarbonRule(price_per_kg=price, caps=draw.pick((), (cap,), (cap, cap)))}


def reserve(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    if not any(store.id == "battery" for store in parts.get("stores", ())):
        return {}
    hours = draw.pick(0.5, 2.0, 30.0)
    after_kw = {0.5: None, 2.0: 7.0, 30.0: 12.0}[hours]
    return {"reserve": Reserve(hours=hours, stores=("battery",), critical_after_kw=after_kw)}


def former(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    named = [
        part.id
        for group in ("stores", "sessions", "productions", "units", "loads", "processes", "queues")
        for part in parts.get(group, ())
        if draw.maybe(0.5)
    ]
    some = {name: draw.pick(0.0, draw.series(-20.0, 60.0)) for name in (*named, "who has gone")}
    return {
        "former": Former(
            power_kw=some,
            move_cost_per_kw=draw.pick(0.0, 0.01),
            committed_h=draw.pick(0.0, draw.moment()),
        )
    }
