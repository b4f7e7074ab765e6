"""Documents that nobody should write: each gets its mistakes with path and cure, or a plan."""

import json
from typing import Any

import pytest

from services.dispatch.domain.model.planning import Status
from services.dispatch.solve.plan_file import document_of, text_of
from tests.unit.dispatch.solve.documents import BATTERY, a_document, a_plan, mistakes_in

BATCH = {"id": "p", "flows_kw": {"electricity": [5]}, "duration_h": 1, "latest_end_h": 2}
BOILER = {"id": "u", "input_node": "gas", "outputs": [{"node": "heat", "ratio": 0.9}]}
VAN = {"id": "van", "leaves_h": 2, "power_kw": 5, "wanted_kwh": 5}


def a_row_of_batches(count: int) -> list[dict[str, Any]]:
    return [BATCH | {"id": f"p{i}"} | ({"after": f"p{i - 1}"} if i else {}) for i in range(count)]


def a_steep(level_kwh: float) -> dict[str, Any]:
    first = {"level_kwh": 1, "charge_kw": 10, "discharge_kw": 10}
    return BATTERY | {"power_at": [first, first | {"level_kwh": level_kwh, "charge_kw": 0}]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"currency":"\\ud800"}', "is no JSON: unexpected end of hex escape"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "is nested too deeply"),
        (b'{"horizon":{"steps":' + b"9" * 5000 + b"}}", "has a number of thousands of digits"),
        (json.dumps(a_document()).encode("utf-16"), "is no UTF-8 at byte 0: save it as UTF-8"),
        (json.dumps(a_document()).encode() + b"x", "is no JSON at line 1 column"),
    ],
)
def test_bytes_that_are_no_document_are_told_as_one_mistake(content: bytes, told: str) -> None:
    (text,) = mistakes_in(content).values()

    assert text.startswith(told)


@pytest.mark.parametrize(
    ("more", "path", "told"),
    [
        ({"processes": [BATCH | {"after": "p"}]}, "processes[0].after", "break the circle at p"),
        ({"processes": a_row_of_batches(900)}, "processes[100].after", "waits for 100 others"),
        ({"stores": [a_steep(1 + 1e-9)]}, "stores[0]", "0.001 kWh apart at least"),
        (
            {"stores": [BATTERY | {"discharge_efficiency": 1e-300}]},
            "stores[0].discharge_efficiency",
            "too small: at least 0.001",
        ),
        ({"sessions": [VAN | {"arrives_h": 2}]}, "sessions[0]", "leaves at 2.0 h before it"),
        ({"sessions": [VAN | {"leaves_h": 0}]}, "sessions[0].leaves_h", "it must be above 0"),
        ({"horizon": {"steps_h": [1e-9, 1]}}, "horizon.steps_h[0]", "at least 0.01"),
        ({"stores": [BATTERY | {"id": "hall"}]}, "stores[0].id", "is taken by loads[0]"),
        ({"loads": [{"id": "a", "power_kw": []}]}, "loads[0].power_kw", "has 0 values"),
    ],
)
def test_each_mistake_is_told_once_at_its_place(more: dict[str, Any], path: str, told: str) -> None:
    mistakes = mistakes_in(a_document(**more))

    assert list(mistakes) == [path]
    assert told in mistakes[path]


@pytest.mark.parametrize(
    "more",
    [
        {"grids": [], "loads": []},
        {"grids": [], "loads": [], "mode": {"island": True}},
        {"grids": [], "loads": [], "nodes": [{"id": "pond", "carrier": "water"}]},
        {
            "stores": [
                BATTERY | {"id": name} for name in ("电池 🔋", " ", "a\nb", "\x00", "hall.shed")
            ]
        },
        {
            "stores": [
                BATTERY | {"id": name} for name in ("electricity", "reserve", "carbon", "park")
            ]
        },
        {"processes": [BATCH | {"earliest_h": 5, "latest_end_h": 2}]},
        {"processes": [BATCH | {"duration_h": 1e-9}]},
        {"processes": a_row_of_batches(100)},
        {"sessions": [VAN | {"arrives_h": 1, "leaves_h": 1.0000001, "wanted_kwh": 1e7}]},
        {"sessions": [VAN | {"arrives_h": 50, "leaves_h": 60}]},
        {"stores": [BATTERY | {"start_kwh": 1e7, "loss_share_per_h": 1, "lowest_kwh": 5}]},
        {"units": [BOILER | {"most_kw": 10, "cost_per_kwh": -1e7, "input_node": "electricity"}]},
        {"units": [BOILER | {"most_kw": 10, "outputs": [{"node": "gas", "ratio": 2}]}]},
        {"loads": [{"id": "a", "power_kw": -1e7}]},
        {"carbon": {"caps": [{"limit_kg": 0, "from_h": 1e6, "to_h": 1e7}]}},
        {"former": {"power_kw": {"ghost": 5}, "move_cost_per_kw": 1e7, "committed_h": 1e7}},
    ],
)
def test_what_is_odd_but_no_mistake_gets_a_plan_that_can_be_written(more: dict[str, Any]) -> None:
    plan = a_plan(**more)

    assert plan.status in (Status.OPTIMAL, Status.INCUMBENT)
    assert json.loads(text_of(document_of(plan)))["status"] == plan.status.value


def test_thousands_of_devices_are_looked_at_once_each() -> None:
    stores = [BATTERY | {"id": f"s{i}", "end_value_per_kwh": None} for i in range(400)]

    assert a_plan(stores=stores).effort.build_s < 5.0


def test_all_that_a_part_s_own_checks_find_is_told_at_once() -> None:
    wrong = {"lowest_kwh": 90, "highest_kwh": 50, "power_at": [RISING, RISING]}

    (told,) = mistakes_in(a_document(stores=[BATTERY | wrong])).values()

    assert "is above highest_kwh" in told
    assert "must have rising levels" in told


RISING = {"level_kwh": 1, "charge_kw": 10, "discharge_kw": 10}


def test_a_list_whose_entries_are_wrong_is_not_called_empty() -> None:
    outputs = [{"node": "heat", "ratio": -1e9}]

    found = mistakes_in(a_document(units=[BOILER | {"outputs": outputs, "most_kw": 10}]))

    assert list(found) == ["units[0].outputs[0].ratio"]


@pytest.mark.parametrize("unit", [1.0, 1e-4, 1e-6])
def test_in_any_unit_of_money_the_plan_is_the_same(unit: float) -> None:
    """CNY, 10,000 CNY and a million CNY: what settles ties must not weigh like a price."""
    price = [0.3 * unit, 0.3 * unit, 1.2 * unit, 1.2 * unit]
    grid = {"id": "grid", "import_price": price, "import_limit_kw": 500}
    store = BATTERY | {"highest_kwh": 100, "start_kwh": 0, "charge_kw": 50, "discharge_kw": 50}

    plan = a_plan(
        horizon={"steps": 4, "step_h": 1.0},
        grids=[grid],
        loads=[{"id": "hall", "power_kw": 60}],
        stores=[store | {"wear_per_kwh": 0.1 * unit}],
    )

    assert plan.schedule.devices["battery"]["charge_kw"][:2].tolist() == pytest.approx([50, 50])
