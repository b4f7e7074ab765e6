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


def a_network(loss_share: float, **more: Any) -> dict[str, Any]:
    """80 kW at b, where a kWh costs 2; at a it costs 0.50, and 50 kW can be sent."""
    grids = [
        {"id": name, "node": node, "import_price": price, "import_limit_kw": 1000}
        for name, node, price in (("cheap", "a", 0.5), ("dear", "b", 2.0))
    ]
    ends = {"id": "feeder", "from_node": "a", "to_node": "b", "limit_kw": 50}
    return {
        "nodes": [{"id": name, "carrier": "electricity"} for name in ("a", "b")],
        "grids": grids,
        "lines": [ends | {"loss_share": loss_share} | more],
        "loads": [{"id": "hall", "node": "b", "power_kw": 80}],
    }


@pytest.mark.parametrize(("loss_share", "what"), [(0.0, "flow"), (0.02, "forward")])
def test_a_line_at_its_limit_says_what_more_room_would_save(loss_share: float, what: str) -> None:
    said = why("feeder", 0, **a_network(loss_share))

    saves = round(2.0 * (1.0 - loss_share) - 0.5, 2)  # what arrives is worth 2 a kWh
    assert worths(said, Kind.LIMIT) == {what: saves}
    assert worths(said, Kind.MOVE)[what] == saves
    assert "flow forward at its limit of 50 kW" in said.en
    assert "正向潮流达到上限 50 kW" in said.zh
    assert "1 kW less flow forward now" in said.en


def test_a_line_that_sends_back_says_so_and_which_limit_binds() -> None:
    turned = {"from_node": "b", "to_node": "a", "limit_kw": 90, "back_limit_kw": 50}

    said = why("feeder", 0, **a_network(0.0, **turned))

    assert "carries 50.0 kW back" in said.en
    assert "flow back at its limit of 50 kW, one more kWh of room would save 1.500" in said.en
    assert "反向潮流达到上限 50 kW" in said.zh


def test_a_carbon_cap_that_binds_is_told_of_what_emits() -> None:
    """A kWh of the grid brings 0.6 kg; the CHP gives 0.4 kWh at 0.40 and 0.1 kg a kWh of gas."""
    said = why(
        "grid",
        0,
        grids=[a_grid(import_price=0.5, carbon_kg_per_kwh=0.6)[0]],
        loads=[{"id": "hall", "power_kw": 50}],
        supplies=[
            {"id": "main", "node": "gas", "price": 0.4, "limit_kw": 999, "carbon_kg_per_kwh": 0.1}
        ],
        units=[
            {"id": "chp", "input_node": "gas", "most_kw": 500}
            | {"outputs": [{"node": "electricity", "ratio": 0.4}]}
        ],
        carbon={"caps": [{"limit_kg": 40, "to_h": 2}]},
    )

    assert worths(said, Kind.LIMIT) == {"carbon.caps[0]": 1.43}  # 0.50 saves 0.35 kg
    assert "carbon cap (carbon), one more kg of room" in said.en
    assert "碳排放上限（carbon），每放宽 1 kg" in said.zh


A_KILN = {"id": "kiln", "flows_kw": {"electricity": [50]}, "duration_h": 1, "latest_end_h": 4}
DEARER = {"horizon": {"steps": 4, "step_h": 1.0}, "loads": [{"id": "hall", "power_kw": 1}]} | {
    "grids": a_grid(import_price=[0.1, 0.2, 0.4, 0.8], import_limit_kw=200)
}


def test_a_batch_says_what_it_draws_and_what_another_beginning_would_cost() -> None:
    said = why("kiln", 0, processes=[A_KILN], **DEARER)
    idle = why("kiln", 3, processes=[A_KILN], **DEARER)

    assert "kiln draws 50.0 kW from electricity" in said.en
    assert "从 electricity 节点用能 50.0 kW" in said.zh
    moves = [
        (one.what, one.step, round(one.worth, 2)) for one in said.because if one.kind == "move"
    ]
    assert moves == [("start", 1, 5.0)]  # 50 kWh, 0.10 dearer
    assert "Next best: beginning in the next step would cost at least 5.000 CNY more" in said.en
    assert "kiln rests" in idle.en
    told = [(one.step, round(one.worth, 2)) for one in idle.because if one.kind == "move"]
    assert told == [(1, 5.0), (3, 35.0)]


def test_a_batch_that_waits_for_another_is_not_said_to_begin_before_that_ends() -> None:
    second = A_KILN | {"id": "glaze", "after": "kiln"}

    said = why("glaze", 1, processes=[A_KILN | {"earliest_h": 0}, second], **DEARER)

    steps = [one.step for one in said.because if one.kind is Kind.MOVE]
    assert said.does["power_kw.electricity"] == pytest.approx(50.0)
    assert steps == [2]


def test_a_batch_in_pieces_says_what_another_hour_would_cost() -> None:
    split = A_KILN | {"duration_h": 2, "most_starts": 2}

    said = why("kiln", 1, processes=[split], **DEARER)

    (move,) = [one for one in said.because if one.kind is Kind.MOVE]
    assert move.en == "running in step 2 instead of now"
    assert move.worth == pytest.approx(10.0)


def an_interruption(step: int, **more: Any) -> Explained:
    """50 kW that may be switched off at 1.20 a kWh and 10 each time; import 1, 3, 2, 1."""
    at = {"price_per_kwh": 1.2, "price_per_start": 10, "most_starts": 1} | more
    return why(
        "pump",
        step,
        horizon={"steps": 4, "step_h": 1.0},
        grids=a_grid(import_price=[1, 3, 2, 1]),
        loads=[{"id": "pump", "power_kw": 50, "interruption": at}],
    )


def test_an_interruption_at_its_longest_says_what_an_hour_more_would_save() -> None:
    said = an_interruption(2, most_h=1)

    assert worths(said, Kind.LIMIT) == {"pump.most": 40.0}  # 50 kWh at 2.00 instead of 1.20
    assert "longest interruption (pump), one more hour of room would save 40.000" in said.en
    assert "最长中断时间（pump），每放宽 1 小时可节省 40.000" in said.zh
    assert "power while on" not in said.en


def test_an_interruption_is_told_as_one() -> None:
    said = an_interruption(1, most_h=1)

    assert "pump is interrupted" in said.en
    assert "中断供电" in said.zh
    assert worths(said, Kind.LIMIT) == {}


def test_interruptions_that_are_used_up_say_what_one_more_would_save() -> None:
    prices = {"grids": a_grid(import_price=[3, 0.5, 0.5, 2])}
    load = {"id": "pump", "power_kw": 50} | {
        "interruption": {"price_per_kwh": 1.2, "price_per_start": 10, "most_starts": 1}
    }

    said = why("pump", 3, horizon={"steps": 4, "step_h": 1.0}, loads=[load], **prices)

    assert worths(said, Kind.LIMIT) == {"pump.starts": 30.0}  # 40 for the energy, 10 to begin


def test_a_unit_kept_on_says_what_a_shorter_time_on_would_save() -> None:
    """A heater of 10 kW serves 10 kW of heat; afterwards it burns 4 kW for nothing."""
    heater = {"id": "heater", "input_node": "electricity", "most_kw": 10, "least_kw": 4}
    heater |= {"outputs": [{"node": "heat", "ratio": 1.0}], "least_on_h": 2}
    heat = {"id": "heat", "carrier": "heat", "surplus_price": 0}

    said = why(
        "heater",
        1,
        nodes=[heat],
        units=[heater],
        loads=[{"id": "hall", "node": "heat", "power_kw": [10, 0]}],
    )

    assert said.does["input_kw"] == pytest.approx(4.0)
    assert worths(said, Kind.LIMIT)["heater.least_on"] == pytest.approx(1.2)  # 4 kW at 0.30


def test_work_that_is_due_is_worth_what_waiting_saves_not_what_being_late_costs() -> None:
    jobs = {"id": "jobs", "arriving_kwh": [6, 0], "patience_h": 1, "power_kw": 9}

    said = why("jobs", 0, grids=a_grid(import_price=[0.3, 0.1]), queues=[jobs])

    assert worths(said, Kind.LIMIT) == {"jobs.late": 0.2}


def test_water_is_counted_in_cubic_metres() -> None:
    washer = {"id": "washer", "node": "water", "power_kw": 2}
    main = {"id": "main", "node": "water", "price": 5, "limit_kw": 9}

    said = why("main", 0, loads=[washer], supplies=[main])

    assert (
        said.en == "Step 0 (0 h): main gives 2.0 m³/h. One more m³ used at water costs 5.000 CNY."
    )
    assert (
        said.zh
        == "第 0 时段（0 h）：main 供应 2.0 m³/h。water 节点多用 1 m³ 的边际成本为 5.000 CNY。"
    )


def test_what_would_break_a_limit_is_no_next_best_action() -> None:
    """Nothing brings hydrogen, so none can be handed over."""
    truck = {"id": "truck", "node": "hydrogen", "price": 1, "limit_kw": 9}

    said = why("truck", 0, sinks=[truck])

    assert worths(said, Kind.MOVE) == {}
    assert "would break a limit that is kept" in said.en


def test_a_vehicle_that_is_away_is_said_to_be() -> None:
    van = {"id": "van", "arrives_h": 1, "leaves_h": 2, "power_kw": 5, "wanted_kwh": 3}

    said = why("van", 0, sessions=[van])

    assert "van is not there" in said.en
    assert "van 不在场" in said.zh
