"""For any device and step: which limits bind, what room is worth, what else would have cost."""

from typing import Any

import pytest

from services.dispatch.domain.explaining.because import Explained, Kind
from services.dispatch.domain.explaining.explained import explained
from services.dispatch.solve.plan_file import prices_at
from tests.unit.dispatch.solve.documents import BATTERY, a_plan, nothing


def why(device: str, step: int, **more: Any) -> Explained:
    return next(iter(explained(a_plan(**more), device, range(step, step + 1))))


def worths(said: Explained, kind: Kind) -> dict[str, float]:
    return {one.what: round(one.worth, 2) for one in said.because if one.kind is kind}


def a_grid(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "grid", "import_price": [0.1, 0.3], "import_limit_kw": 100} | more]


def test_the_price_at_a_node_is_what_one_more_kwh_there_costs() -> None:
    now = a_plan(stores=[BATTERY | {"charge_efficiency": 0.5, "highest_kwh": 3}])
    more = a_plan(
        stores=[BATTERY | {"charge_efficiency": 0.5, "highest_kwh": 3}],
        loads=[{"id": "hall", "power_kw": [10, 11]}],
    )

    assert prices_at(now, "electricity") == pytest.approx([0.10, 0.30])
    assert more.books.total - now.books.total == pytest.approx(0.30)


def test_a_price_is_per_kwh_whatever_a_step_lasts() -> None:
    plan = a_plan(horizon={"steps_h": [0.25, 0.5]})

    assert prices_at(plan, "electricity") == pytest.approx([0.10, 0.30])


def test_a_battery_at_its_power_says_what_a_kw_more_would_save() -> None:
    small = BATTERY | {"charge_kw": 4}

    said = why("battery", 0, stores=[small])

    assert said.does["charge_kw"] == pytest.approx(4.0)
    assert worths(said, Kind.LIMIT) == {"charge": 0.20}  # bought at 0.10, used at 0.30
    assert worths(said, Kind.PRICE) == {"electricity.balance": 0.10, "battery.level": 0.30}


def test_a_full_battery_says_what_more_room_would_save() -> None:
    said = why("battery", 0, stores=[BATTERY | {"highest_kwh": 6}])

    assert worths(said, Kind.LIMIT) == {"level": 0.20}


def test_what_else_would_have_cost_is_told_the_cheapest_first() -> None:
    said = why("battery", 0, stores=[BATTERY | {"charge_kw": 4, "wear_per_kwh": 0.05}])

    moves = [
        (one.what, one.step, round(one.worth, 2)) for one in said.because if one.kind == "move"
    ]
    # a kWh stored is worth 0.25: charging 1 kW less loses 0.15, and so does charging at 0.30
    # instead; discharging now earns 0.10 of 0.30
    assert moves[0] == ("charge", 1, 0.05)
    assert ("charge", 0, 0.15) in moves
    assert ("discharge", 0, 0.20) in moves


def test_a_connection_at_its_limit_says_what_it_is_worth() -> None:
    said = why("grid", 1, grids=a_grid(import_limit_kw=[100, 8]), stores=[BATTERY])

    assert said.does["import_kw"] == pytest.approx(0.0)

    shed = [{"id": "hall", "power_kw": 10, "shedding": {"price_per_kwh": 2}}]
    said = why("grid", 1, grids=a_grid(import_limit_kw=8), loads=shed)

    assert worths(said, Kind.LIMIT) == {"import": 1.70}  # 0.30 instead of shedding at 2


def test_a_peak_binds_where_it_is_paid() -> None:
    charged = a_grid(demand_charge={"price_per_kw": 5, "interval_h": 1})

    said = why("grid", 1, grids=charged, loads=[{"id": "hall", "power_kw": [3, 10]}])

    assert worths(said, Kind.LIMIT) == {"grid.peak": 5.0}
    assert worths(said, Kind.PRICE) == {"electricity.balance": 5.3}


def test_a_vehicle_says_what_one_more_kwh_wanted_costs_and_which_cluster_binds() -> None:
    said = why(
        "van",
        0,
        sessions=[
            {"id": "van", "leaves_h": 2, "power_kw": 9, "wanted_kwh": 12, "cluster": "garage"}
        ],
        clusters=[{"id": "garage", "limit_kw": 7}],
    )

    assert said.does["charge_kw"] == pytest.approx(7.0)
    assert worths(said, Kind.LIMIT) == {"garage.cluster": 0.20}
    assert worths(said, Kind.PRICE)["van.wanted"] == 0.30


def test_a_vehicle_that_is_there_for_some_steps_only_is_explained_in_these() -> None:
    van = {"id": "van", "arrives_h": 1, "leaves_h": 2, "power_kw": 5, "wanted_kwh": 9}

    assert worths(why("van", 0, sessions=[van]), Kind.LIMIT) == {}
    assert "charge" in worths(why("van", 1, sessions=[van]), Kind.LIMIT)


def test_production_says_what_curtailing_would_cost() -> None:
    said = why("sun", 1, productions=[{"id": "sun", "available_kw": 5}])

    assert worths(said, Kind.MOVE) == {"curtailed": 0.30}


def test_a_load_says_what_shedding_it_would_cost_more() -> None:
    shed = [{"id": "hall", "power_kw": 10, "shedding": {"price_per_kwh": 2}}]

    said = why("hall", 1, loads=shed)

    assert worths(said, Kind.MOVE) == {"shed": 1.70}


def test_it_is_said_in_english_and_in_chinese() -> None:
    said = why("battery", 0, stores=[BATTERY | {"charge_kw": 4}])

    assert said.en == (
        "Step 0 (0 h): battery charges 4.0 kW and ends the step with 4.0 kWh."
        " One more kWh used at electricity costs 0.100 CNY;"
        " one more stored kWh is worth 0.300 CNY later."
        " Binding: charging at its limit of 4 kW, one more kWh of room would save 0.200 CNY."
        " Next best: 1 kW more charging in the next step would cost the same."
    )
    assert said.zh == (
        "第 0 时段（0 h）：battery 充电 4.0 kW，期末电量 4.0 kWh。"
        "electricity 节点多用 1 kWh 的边际成本为 0.100 CNY；多储存 1 kWh 日后价值 0.300 CNY。"
        "起作用的约束：充电达到上限 4 kW，每放宽 1 kWh 可节省 0.200 CNY。"
        "次优动作：下一时段充电增加 1 kW，成本不变。"
    )


def test_a_plan_by_rules_is_explained_without_prices() -> None:
    said = why("hall", 0, solver=nothing)

    assert said.en == "Step 0 (0 h): hall draws 10.0 kW; no prices are known for this plan."
    assert said.because == ()
