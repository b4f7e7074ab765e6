"""Documents as people write them: rounded steps, tariffs with peaks, limits that are none."""

from typing import Any

import pytest

from services.dispatch.domain.model.planning import Status
from tests.unit.dispatch.solve.documents import BATTERY, a_document, a_plan, mistakes_in

CHEAP_LATER = [1.2] * 6 + [0.2] * 6


@pytest.mark.parametrize("step_h", [0.16667, 0.166667, 0.1666667, 1 / 6])
def test_ten_minutes_may_be_rounded(step_h: float) -> None:
    grid = {"id": "grid", "import_price": CHEAP_LATER, "import_limit_kw": 1000}
    batch = {"flows_kw": {"electricity": [100]}, "duration_h": 1, "latest_end_h": 2}

    plan = a_plan(
        horizon={"steps": 12, "step_h": step_h},
        grids=[grid],
        loads=[],
        processes=[{"id": "batch", **batch}],
    )

    assert (plan.status, plan.caveats) == (Status.OPTIMAL, ())
    assert plan.books.total == pytest.approx(20.0, rel=1e-3)  # 100 kWh in the cheap hour


@pytest.mark.parametrize(
    "given_up",
    [
        {"productions": [{"id": "sun", "available_kw": 60, "curtailment_price": 1500}]},
        {
            "productions": [{"id": "sun", "available_kw": 60, "curtailable": False}],
            "nodes": [{"id": "electricity", "carrier": "electricity", "surplus_price": 1500}],
        },
        {
            "grids": [{"id": "grid", "import_price": 0.1, "import_limit_kw": 10}],
            "processes": [
                {
                    "id": "batch",
                    "flows_kw": {"electricity": [10]},
                    "duration_h": 2,
                    "latest_end_h": 2,
                    "missed_price": 20_000,
                }
            ],
        },
        {
            "grids": [{"id": "grid", "import_price": 0.1, "import_limit_kw": 10}],
            "queues": [
                {
                    "id": "jobs",
                    "arriving_kwh": [10, 0],
                    "patience_h": 1,
                    "power_kw": 10,
                    "late_price_per_kwh": 1500,
                }
            ],
        },
    ],
)
def test_what_may_be_given_up_goes_before_a_limit_whatever_it_costs(given_up: Any) -> None:
    grid = {"id": "grid", "import_price": 0.1, "import_limit_kw": 20, "export_limit_kw": 10}

    plan = a_plan(**({"grids": [grid]} | given_up))

    assert plan.books.breaches == []


def test_no_vehicle_is_left_empty_and_no_batch_missed_to_save_a_peak() -> None:
    charge = {"price_per_kw": 40}
    grid = {"id": "grid", "import_price": 1.2, "import_limit_kw": 1000, "demand_charge": charge}
    car = {"arrives_h": 0.5, "leaves_h": 1.0, "power_kw": 150, "wanted_kwh": 40}
    batch = {"flows_kw": {"electricity": [100]}, "duration_h": 0.5, "latest_end_h": 0.5}

    plan = a_plan(
        horizon={"steps": 4, "step_h": 0.25},
        grids=[grid],
        sessions=[{"id": "car", **car}],
        processes=[{"id": "batch", **batch}],
    )

    assert plan.books.breaches == []


def test_a_load_that_may_be_shed_goes_before_the_limit_whatever_its_price() -> None:
    grid = {"id": "grid", "import_price": 1.2, "import_limit_kw": 40}
    load = {"id": "hall", "power_kw": 50, "shedding": {"price_per_kwh": 5000}}

    plan = a_plan(grids=[grid], loads=[load])

    assert plan.books.breaches == []
    assert plan.books.money["shedding"] == pytest.approx(2 * 10 * 5000)


def test_a_limit_that_is_none_costs_no_optimum() -> None:
    grid = {"id": "grid", "import_price": [0.30, 1.10], "export_price": 0.45}
    endless = {"import_limit_kw": 1e7, "export_limit_kw": 1e7}

    plan = a_plan(grids=[grid | endless], stores=[BATTERY])

    assert (plan.status, plan.gap) == (Status.OPTIMAL, pytest.approx(0.0, abs=1e-9))
    assert plan.books.total == pytest.approx(20 * 0.30)  # 10 kWh stored for the dear hour


def test_a_vehicle_owes_nothing_that_it_can_get_after_the_horizon() -> None:
    tomorrow = {"arrives_h": 9, "leaves_h": 20, "power_kw": 11, "wanted_kwh": 30}
    overnight = {"arrives_h": 1, "leaves_h": 4, "power_kw": 10, "wanted_kwh": 25}

    plan = a_plan(sessions=[{"id": "tomorrow", **tomorrow}, {"id": "overnight", **overnight}])

    assert plan.books.breaches == []  # 5 kWh now, 20 kWh in the two hours after
    assert plan.schedule.devices["overnight"]["charge_kw"].tolist() == pytest.approx([0.0, 5.0])


def test_clusters_of_one_name_and_intervals_without_number_are_refused() -> None:
    clusters = [{"id": "c", "limit_kw": 5}, {"id": "c", "limit_kw": 6}]
    fine = {"price_per_kw": 1, "interval_h": 0.01}
    grid = {"id": "grid", "import_price": 1, "import_limit_kw": 1, "demand_charge": fine}

    told = mistakes_in(
        a_document(horizon={"steps": 3000, "step_h": 24}, clusters=clusters, grids=[grid], loads=[])
    )

    assert told["clusters[1].id"] == "'c' stands twice: give it another id"
    assert "7,200,000 intervals over 3000 steps" in told["grids[0].demand_charge.interval_h"]
    assert len(told) == 2
