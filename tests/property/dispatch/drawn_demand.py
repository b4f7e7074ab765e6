"""Random loads, vehicles, batches and work."""

from dataclasses import replace
from typing import Any

from services.dispatch.domain.park.demand import (
    Cluster,
    Interruption,
    Load,
    Process,
    Session,
    Shedding,
    WorkQueue,
)
from tests.property.dispatch.draw import Draw


def loads(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    priced = Shedding(price_per_kwh=draw.number(0.5, 20.0), share=draw.pick(0.3, 1.0))
    return {
        "loads": (
            Load(id="base", power_kw=draw.series(5.0, 90.0), critical=draw.maybe(0.5)),
            Load(id="offices", power_kw=draw.series(-5.0, 30.0), shedding=priced),
            Load(id="heating", node="heat", power_kw=draw.series(0.0, 40.0)),
        )
    }


def interruptions(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    least_h = draw.pick(0.0, 0.5, 1.0)
    rule = Interruption(
        price_per_kwh=draw.pick(0.0, 0.3, 3.0),
        price_per_start=draw.pick(0.0, 5.0),
        least_h=least_h,
        most_h=draw.pick(None, least_h + 1.0),
        most_starts=draw.pick(None, 0, 1, 3),
        most_starts_per_day=draw.pick(None, None, 0, 1),
        starts_today=draw.pick(0, 0, 1, 3),
        off_h=draw.pick(0.0, 0.0, 0.2, 0.5, 3.0),
    )
    pump = Load(id="pump", power_kw=draw.series(0.0, 40.0), interruption=rule)
    return {"loads": (*parts.get("loads", ()), pump)}


def sessions(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    some = []
    for i in range(draw.pick(1, 3)):
        arrives_h = draw.pick(0.0, draw.moment(0.0, 0.6))
        capacity_kwh = draw.number(40.0, 80.0)
        some.append(
            Session(
                id=f"vehicle {i}",
                arrives_h=arrives_h,
                leaves_h=arrives_h + draw.moment(0.1, 1.2),
                power_kw=draw.pick(7.0, 22.0, 60.0),
                wanted_kwh=draw.pick(0.0, draw.number(0.0, 60.0)),
                efficiency=draw.pick(1.0, 0.93),
                cluster=draw.pick(None, "yard"),
                discharge_kw=draw.pick(0.0, 11.0),
                discharge_efficiency=draw.pick(1.0, 0.95),
                stored_kwh=draw.number(0.0, capacity_kwh),
                least_kwh=draw.pick(0.0, 10.0),
                capacity_kwh=capacity_kwh,
                wear_per_kwh=draw.pick(0.0, 0.1),
            )
        )
    limit_kw = draw.pick(15.0, draw.series(0.0, 60.0))
    return {"sessions": tuple(some), "clusters": (Cluster(id="yard", limit_kw=limit_kw),)}


def processes(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    end_h = float(draw.horizon.ends_h[-1])
    duration_h = draw.moment(0.1, 0.5)
    first = Process(
        id="batch",
        flows_kw={"electricity": (30.0, 10.0), "heat": (-8.0,)},
        duration_h=duration_h,
        latest_end_h=draw.pick(end_h, end_h, draw.moment(0.5, 1.5)),
        earliest_h=draw.pick(0.0, draw.moment(0.0, 0.3)),
        done_h=draw.pick(0.0, 0.0, round(duration_h / 3, 3)),
        missed_price=draw.pick(None, 20.0),
    )
    second = Process(
        id="finish",
        flows_kw={"electricity": (15.0,)},
        duration_h=draw.moment(0.05, 0.4),
        latest_end_h=draw.pick(end_h, draw.moment(0.5, 1.5)),
        after="batch",
        gap_h=draw.pick(0.0, 0.25),
    )
    split = a_mill(draw)
    sifting = replace(second, id="sift", after="mill", flows_kw={"electricity": (4.0, 0.0, 9.0)})
    return {
        "processes": draw.pick(
            (first,), (first, second), (split,), (split, sifting), (first, second, split)
        )
    }


def a_mill(draw: Draw) -> Process:
    duration_h = draw.moment(0.1, 0.6)
    done_h = draw.pick(0.0, round(duration_h / 2, 3))
    return Process(
        id="mill",
        flows_kw={"electricity": (25.0,), "steam": (6.0,)},
        duration_h=duration_h,
        latest_end_h=draw.moment(0.7, 1.5),
        most_starts=draw.pick(2, 3),
        least_run_h=draw.pick(None, 0.5),
        done_h=done_h,
        running_h=draw.pick(0.0, done_h, done_h / 3),
    )


def queues(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    jobs = WorkQueue(
        id="jobs",
        arriving_kwh=draw.series(0.0, 20.0),
        patience_h=draw.pick(0.1, 0.25, 1.0, 4.0),
        power_kw=draw.pick(5.0, 20.0, 60.0),
        least_kw=draw.pick(0.0, 0.0, 5.0),
        backlog_kwh=draw.pick(0.0, 15.0),
        backlog_patience_h=draw.pick(None, 0.5, 100.0),
        late_price_per_kwh=draw.pick(None, 0.4),
    )
    return {"queues": (jobs,)}
