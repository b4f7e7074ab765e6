"""The judge accepts a solved plan, and refuses it with any one rule of §2, §4, §5 or §6 broken."""

from dataclasses import replace

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.demand import Cluster, Load, Session, Shedding
from services.dispatch.domain.park.network import (
    Carrier,
    Contract,
    DemandCharge,
    Grid,
    Node,
    Production,
    Sink,
    Supply,
)
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import SupplyMode
from services.dispatch.domain.park.storage import Hedge, PowerAt, Store, Target
from tests.support.judged_plans import Plan, a_solved_plan, hours, some


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Four hours: power is cheap in the first two; the sun shines in the second."""
    return a_solved_plan(a_park())


def a_park() -> ParkProblem:
    charge = DemandCharge(price_per_kw=0.01, interval_h=2.0)
    taper = (
        PowerAt(level_kwh=0.0, charge_kw=20.0, discharge_kw=10.0),
        PowerAt(level_kwh=50.0, charge_kw=10.0, discharge_kw=20.0),
    )
    return ParkProblem(
        horizon=hours(4),
        nodes=(Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.01),),
        grids=(
            Grid(
                id="grid",
                import_price=(0.1, 0.1, 0.9, 0.9),
                export_price=0.05,
                import_limit_kw=100.0,
                export_limit_kw=50.0,
                contracted_kw=20.0,
                excess_price_per_kw=0.01,
                demand_charge=charge,
            ),
        ),
        contracts=(
            Contract(id="ppa", grid="grid", power_kw=5.0, price_per_kwh=0.3, take_or_pay_share=0.5),
        ),
        supplies=(Supply(id="boiler house", node="heat", price=0.2, limit_kw=30.0),),
        sinks=(Sink(id="neighbour", node="heat", price=0.3, limit_kw=5.0),),
        productions=(
            Production(id="pv", available_kw=(0.0, 30.0, 5.0, 0.0), curtailment_price=0.001),
            Production(id="waste heat", node="heat", available_kw=2.0, curtailable=False),
        ),
        loads=(
            Load(id="base", power_kw=10.0),
            Load(id="offices", power_kw=8.0, shedding=Shedding(price_per_kwh=0.5, share=0.5)),
            Load(id="heating", node="heat", power_kw=(12.0, 12.0, 0.0, 12.0)),
        ),
        clusters=(Cluster(id="yard", limit_kw=15.0),),
        sessions=(
            Session(
                id="van",
                leaves_h=3.0,
                power_kw=11.0,
                wanted_kwh=18.0,
                efficiency=0.9,
                cluster="yard",
                discharge_kw=5.0,
                stored_kwh=10.0,
                least_kwh=5.0,
                capacity_kwh=60.0,
                wear_per_kwh=0.02,
            ),
        ),
        stores=(
            Store(
                id="battery",
                highest_kwh=50.0,
                lowest_kwh=5.0,
                start_kwh=10.0,
                charge_kw=20.0,
                discharge_kw=20.0,
                charge_efficiency=0.9,
                discharge_efficiency=0.9,
                wear_per_kwh=0.01,
                holding_price_per_kwh_h=0.001,
                end_value_per_kwh=0.1,
                most_cycles=0.6,
                power_at=taper,
                targets=(Target(at_h=2.0, least_kwh=30.0),),
                hedges=(Hedge(at_h=1.0, least_kwh=48.0, price_per_kwh=0.002),),
            ),
        ),
    )


def test_a_solved_plan_is_right(plan: Plan) -> None:
    assert plan.faults == []
    assert plan.breaches == ()


@pytest.mark.parametrize(
    ("device", "series", "step", "kw", "said"),
    [
        ("grid", "import_kw", 3, 77.0, "more comes in than goes out"),
        ("grid", "import_kw", 3, -1.0, "import_kw -1.0000 is not within"),
        ("grid", "export_kw", 0, 3.0, "both ways at once"),
        ("grid", "import_kw", 3, 2.0, "contracts take"),
        ("ppa", "taken_kw", 2, 6.0, "taken_kw 6.0000 is not within 0.0000..5.0000"),
        ("boiler house", "power_kw", 0, 31.0, "power_kw 31.0000 is not within 0.0000..30.0000"),
        ("neighbour", "power_kw", 0, 6.0, "power_kw 6.0000 is not within 0.0000..5.0000"),
        ("pv", "power_kw", 1, 31.0, "power_kw 31.0000 is not within 0.0000..30.0000"),
        ("waste heat", "power_kw", 1, 1.0, "is curtailed, which it may not be"),
        ("base", "power_kw", 0, 9.0, "9.0000 kW served, not 10.0000"),
        ("offices", "power_kw", 0, 3.0, "power_kw 3.0000 is not within 4.0000..8.0000"),
        ("van", "charge_kw", 0, 12.0, "charge_kw 12.0000 is not within 0.0000..11.0000"),
        ("van", "charge_kw", 3, 1.0, "charge_kw 1.0000 is not within 0.0000..0.0000"),
        ("van", "discharge_kw", 2, 6.0, "discharge_kw 6.0000 is not within 0.0000..5.0000"),
        ("van", "discharge_kw", 0, 5.0, "both ways at once"),
        ("van", "charge_kw", 2, 9.0, "wants 18.0000"),
        ("battery", "charge_kw", 0, 21.0, "charge_kw 21.0000 is not within 0.0000..20.0000"),
        ("battery", "discharge_kw", 0, 3.0, "both ways at once"),
        ("battery", "discharge_kw", 3, 21.0, "most_cycles"),
        ("battery", "charge_kw", 0, 19.5, "(power_at)"),
        ("battery", "level_kwh", 1, 20.0, "level_kwh 20.0000 should be"),
        ("battery", "level_kwh", 3, 4.0, "level_kwh 4.0000 is not within 5.0000..50.0000"),
        ("heat", "unused_kw", 0, -1.0, "unused_kw -1.0000 is not within"),
        ("electricity", "unserved_kw", 1, 2.0, "unserved is broken by 2.0000"),
        ("electricity", "surplus_kw", 1, 2.0, "surplus is broken by 2.0000"),
    ],
)
def test_one_value_that_breaks_a_rule_is_told(
    plan: Plan, device: str, series: str, step: int, kw: float, said: str
) -> None:
    assert some(plan.changed(device, series, step, kw).faults, said)


@pytest.mark.parametrize(
    "kind",
    [
        "import",
        "export",
        "contracts",
        "contracted capacity",
        "demand charge",
        "supplies",
        "sales",
        "curtailment",
        "shedding",
        "wear",
        "holding",
        "left in stores",
        "risk",
        "unused",
        "violations",
    ],
)
def test_money_that_is_a_cent_off_is_told(plan: Plan, kind: str) -> None:
    spoiled = plan.paying(**{kind: plan.money.get(kind, 0.0) + 0.01})

    assert [fault.split(" it should")[0] for fault in spoiled.faults] == [
        f"money: {spoiled.money[kind]:.4f} for {kind},"
    ]


def test_a_series_that_is_missing_short_or_no_number_is_told(plan: Plan) -> None:
    devices = {name: dict(courses) for name, courses in plan.devices.items()}
    del devices["grid"]["export_kw"], devices["battery"]
    devices["pv"]["power_kw"] = [0.0, 30.0]
    devices["base"]["power_kw"] = [10.0, float("nan"), 10.0, 10.0]

    assert replace(plan, devices=devices).faults == [
        "grid: export_kw is missing",
        "pv: power_kw has 2 values, the horizon 4 steps",
        "base: power_kw has values that are no numbers",
        "battery: the plan does not name it",
    ]


def test_an_empty_plan_is_told_device_by_device() -> None:
    found = faults(a_park(), Schedule(), (), {})

    assert "van: the plan does not name it" in found
    assert "heat: the plan does not name it" in found


def a_broken_plan(**changes: object) -> Plan:
    """The park with a grid of 30 kW and a load of 60 kW, and what else is changed."""
    park = a_park()
    parts = {
        "grids": (replace(park.grids[0], import_limit_kw=15.0, export_limit_kw=0.0),),
        "loads": (*park.loads, Load(id="huge", power_kw=(0.0, 60.0, 0.0, 0.0))),
        "sessions": (replace(park.sessions[0], wanted_kwh=45.0),),
        "stores": (
            replace(park.stores[0], start_kwh=2.0, targets=(Target(at_h=1.0, least_kwh=45.0),)),
        ),
    }
    return a_solved_plan(replace(park, **{**parts, **changes}))


@pytest.mark.parametrize("limit", [Limit.IMPORT, Limit.VEHICLE, Limit.TARGET, Limit.LEVEL])
def test_a_broken_limit_must_be_listed(limit: Limit) -> None:
    plan = a_broken_plan()
    kept = [breach for breach in plan.breaches if breach.limit is not limit]

    spoiled = plan.listing(*kept)

    assert plan.faults == []
    assert len(kept) < len(plan.breaches)
    assert some(spoiled.faults, f"{limit} is broken by", "the plan lists 0.0000")


@pytest.mark.parametrize(
    ("mode", "limit"),
    [
        (SupplyMode(no_feed_in=True), Limit.NO_FEED_IN),
        (SupplyMode(), Limit.EXPORT),
    ],
)
def test_export_that_may_not_be_is_told(plan: Plan, mode: SupplyMode, limit: Limit) -> None:
    grid = replace(plan.problem.grids[0], export_limit_kw=0.0)
    forbidden = replace(plan, problem=replace(plan.problem, grids=(grid,), mode=mode))

    spoiled = forbidden.changed("grid", "export_kw", 1, 4.0)

    assert some(spoiled.faults, "grid in step 1", f"{limit} is broken by 4.0000")


def test_an_island_has_no_grid(plan: Plan) -> None:
    island = replace(plan, problem=replace(plan.problem, mode=SupplyMode(island=True)))

    assert some(island.faults, "grid", "an island's import_kw")


def test_a_violation_of_another_size_or_price_and_one_that_is_none_are_told() -> None:
    plan = a_broken_plan()
    first = plan.breaches[0]

    larger = plan.listing(replace(first, size=first.size + 1.0), *plan.breaches[1:])
    cheaper = plan.listing(replace(first, cost=first.cost / 2), *plan.breaches[1:])
    another = plan.listing(replace(first, limit=Limit.RESERVE), *plan.breaches)

    assert some(larger.faults, f"{first.limit} is broken by {first.size:.4f}")
    assert some(cheaper.faults, f"is priced at {first.cost / 2:.4f}, not at {first.cost:.4f}")
    assert some(another.faults, "reserve is broken by 0.0000")


def test_ports_behind_one_cable_share_it(plan: Plan) -> None:
    tight = replace(plan.problem, clusters=(Cluster(id="yard", limit_kw=1.0),))

    assert some(replace(plan, problem=tight).faults, "yard", "its ports' kW")


def test_a_vehicle_that_gives_keeps_what_it_must() -> None:
    park = a_park()
    van = replace(park.sessions[0], wanted_kwh=0.0, least_kwh=8.0)
    plan = a_solved_plan(replace(park, sessions=(van,)))

    spoiled = plan.changed("van", "discharge_kw", 0, 5.0).changed("van", "charge_kw", 0, 0.0)

    assert some(spoiled.faults, "van in step 0: its battery's kWh 5.0000 is not within 8.0000")
