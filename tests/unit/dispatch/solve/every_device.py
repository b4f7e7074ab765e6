"""A park with a device of each kind and each rule, so that the program has every block there is."""

from typing import Any

STEPS = 9


def every_device() -> dict[str, Any]:
    """Eight hours in nine steps of a park with everything; its numbers make many limits bind."""
    return {
        "horizon": {"steps_h": [0.5, 0.5, *[1.0] * (STEPS - 2)]},
        "nodes": [
            {"id": "electricity", "carrier": "electricity"},
            {"id": "yard", "carrier": "electricity"},
            {"id": "east", "carrier": "electricity"},
            {"id": "west", "carrier": "electricity"},
            {"id": "heat", "carrier": "heat", "surplus_price": 0.05},
        ],
        "lines": [
            {"id": "feeder", "from_node": "electricity", "to_node": "yard", "limit_kw": 40}
            | {"loss_share": 0.02},
            _mesh("north", "electricity", "east"),
            _mesh("middle", "east", "west"),
            _mesh("south", "west", "electricity"),
        ],
        "grids": [
            {
                "id": "grid",
                "import_price": [0.3, 0.3, 0.2, -0.1, 0.4, 0.9, 1.2, 0.6, 0.3],
                "export_price": [0.1, 0.1, 0.1, -0.2, 0.1, 0.3, 0.4, 0.2, 0.1],
                "import_limit_kw": 400,
                "export_limit_kw": 100,
                "headroom_kw": 20,
                "carbon_kg_per_kwh": 0.6,
                "contracted_kw": 250,
                "excess_price_per_kw": 2,
                "demand_charge": {"price_per_kw": 3, "interval_h": 1, "period_ends_h": 4},
            }
        ],
        "contracts": [
            {"id": "green", "grid": "grid", "power_kw": 20, "price_per_kwh": 0.4}
            | {"take_or_pay_share": 0.5}
        ],
        "supplies": [
            {"id": "gas_main", "node": "gas", "price": 0.3, "limit_kw": 120}
            | {"carbon_kg_per_kwh": 0.2},
            {"id": "water_main", "node": "water", "price": 5, "limit_kw": 3},
        ],
        "sinks": [
            {
                "id": "hydrogen_truck",
                "node": "hydrogen",
                "price": [0.5, 0.5, 3, 3, 3, 0.2, 0.2, 3, 3],
                "limit_kw": 12,
            }
        ],
        "productions": [{"id": "sun", "available_kw": [0, 0, 5, 40, 90, 80, 30, 0, 0]}],
        "loads": [
            {"id": "hall", "power_kw": 60},
            {"id": "depot", "node": "yard", "power_kw": 39}
            | {"shedding": {"price_per_kwh": 2, "share": 0.2}},
            {"id": "pumps", "node": "east", "power_kw": 10}
            | {
                "interruption": {
                    "price_per_kwh": 0.5,
                    "price_per_start": 1,
                    "least_h": 1,
                    "most_h": 2,
                    "most_starts": 1,
                    "most_starts_per_day": 1,
                }
            },
            {"id": "clinic", "node": "west", "power_kw": 8, "critical": True},
            {"id": "homes", "node": "heat", "power_kw": 50},
        ],
        "clusters": [{"id": "garage", "limit_kw": 12}],
        "sessions": [
            {"id": "van", "leaves_h": 5, "power_kw": 11, "wanted_kwh": 30, "cluster": "garage"},
            {
                "id": "bus",
                "arrives_h": 1,
                "leaves_h": 7,
                "power_kw": 20,
                "wanted_kwh": 10,
                "discharge_kw": 10,
                "stored_kwh": 30,
                "least_kwh": 15,
                "capacity_kwh": 39,
                "cluster": "garage",
            },
        ],
        "processes": [
            {"id": "kiln", "flows_kw": {"electricity": [30], "heat": [-5]}}
            | {"duration_h": 2, "latest_end_h": 6},
            {"id": "glaze", "flows_kw": {"electricity": [12]}, "after": "kiln"}
            | {"duration_h": 1, "latest_end_h": 8, "missed_price": 50},
            {"id": "mill", "flows_kw": {"electricity": [15]}, "duration_h": 3, "latest_end_h": 8}
            | {"most_starts": 2, "least_run_h": 1},
        ],
        "queues": [
            {
                "id": "jobs",
                "arriving_kwh": [40, 40, 0, 0, 0, 10, 0, 0, 0],
                "patience_h": 3,
                "power_kw": 25,
                "least_kw": 5,
                "backlog_kwh": 5,
            }
        ],
        "stores": [
            {
                "id": "battery",
                "highest_kwh": 90,
                "lowest_kwh": 10,
                "start_kwh": 5,
                "charge_kw": 40,
                "discharge_kw": 40,
                "charge_efficiency": 0.95,
                "discharge_efficiency": 0.95,
                "wear_per_kwh": 0.02,
                "holding_price_per_kwh_h": 0.001,
                "holding_free_kwh": 40,
                "most_cycles": 0.8,
                "power_at": [
                    {"level_kwh": 0, "charge_kw": 40, "discharge_kw": 0},
                    {"level_kwh": 50, "charge_kw": 40, "discharge_kw": 40},
                    {"level_kwh": 90, "charge_kw": 10, "discharge_kw": 40},
                ],
                "targets": [{"at_h": 8, "least_kwh": 40}],
                "hedges": [{"at_h": 5, "least_kwh": 80, "price_per_kwh": 0.4}],
            },
            {
                "id": "tank",
                "node": "heat",
                "highest_kwh": 60,
                "start_kwh": 10,
                "charge_kw": 30,
                "discharge_kw": 30,
                "power_at": [
                    {"level_kwh": 5, "charge_kw": 30, "discharge_kw": 0},
                    {"level_kwh": 20, "charge_kw": 30, "discharge_kw": 30},
                ],
            },
        ],
        "units": [
            {
                "id": "boiler",
                "input_node": "gas",
                "outputs": [{"node": "heat", "ratio": 0.9}],
                "most_kw": 60,
                "least_kw": 10,
                "ramp_kw_per_h": 15,
                "on_at_start": True,
                "input_at_start_kw": 20,
                "start_cost": 4,
                "running_cost_per_h": 1,
            },
            {
                "id": "chp",
                "input_node": "gas",
                "outputs": [
                    {"node": "electricity", "curve": _curve(6, 25, 38)},
                    {"node": "heat", "curve": _curve(10, 20, 40)},
                ],
                "most_kw": 100,
                "least_kw": 30,
                "start_cost": 2,
                "cold_start_cost": 5,
                "cold_after_h": 2,
                "least_on_h": 2,
                "least_off_h": 2,
                "most_starts": 1,
                "most_starts_per_day": 1,
            },
            {
                "id": "electrolyser",
                "input_node": "electricity",
                "outputs": [
                    {"node": "hydrogen", "ratio": 0.6},
                    {"node": "water", "ratio": -0.01},
                ],
                "most_kw": 50,
                "least_kw": 10,
                "standby_kw": 2,
                "start_cost": 30,
            },
        ],
        "mode": {"feed_in_share": 0.2, "self_use_share": 0.6, "load_share": 0.1},
        "carbon": {"price_per_kg": 0.01, "caps": [{"limit_kg": 600, "to_h": 8}]},
        "reserve": {"hours": 2, "critical_after_kw": 8},
        "former": {
            "power_kw": {"battery": 10, "boiler": 20, "van": 5, "sun": 30},
            "move_cost_per_kw": 0.001,
            "committed_h": 2,
        },
        "uncertainty": {"scenarios": [{"weight": 0.2, "power_kw": {"hall": 90}}], "decided_h": 2},
    }


def _mesh(name: str, from_node: str, to_node: str) -> dict[str, Any]:
    ends = {"from_node": from_node, "to_node": to_node}
    return {"id": name, "limit_kw": 11, "reactance": 0.1} | ends


def _curve(*outputs_kw: float) -> list[dict[str, float]]:
    inputs_kw = (30, 70, 100)
    return [{"input_kw": at, "output_kw": kw} for at, kw in zip(inputs_kw, outputs_kw, strict=True)]
