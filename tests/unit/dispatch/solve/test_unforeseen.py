"""Documents with room kept free and with scenarios (§10): planned, or their mistakes told."""

import pytest

from services.dispatch.domain.model.planning import Status
from tests.unit.dispatch.solve.documents import BATTERY, a_document, a_plan, mistakes_in

GRID = {"id": "grid", "import_price": [0.10, 0.30], "import_limit_kw": 16}


def test_a_document_with_headroom_is_planned_with_it() -> None:
    """10 kW of load behind 16 kW, 2 kept free: 4 kWh are stored for the dear hour."""
    plan = a_plan(grids=[GRID | {"headroom_kw": 2}], stores=[BATTERY])

    assert plan.status is Status.OPTIMAL
    assert plan.schedule.devices["grid"]["import_kw"].tolist() == pytest.approx([14.0, 6.0])


def test_a_document_with_scenarios_is_planned_and_the_judge_accepts_it() -> None:
    """In the scenario the dear hour takes 20 kW, 4 above the limit: 6 kWh are stored anyway."""
    scenario = {"power_kw": {"hall": [10, 20]}}

    plan = a_plan(
        grids=[GRID], stores=[BATTERY], uncertainty={"scenarios": [scenario], "decided_h": 1}
    )

    assert (plan.status, plan.caveats) == (Status.OPTIMAL, ())
    assert plan.schedule.devices["battery"]["charge_kw"].tolist() == pytest.approx([6.0, 0.0])


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"grids": [GRID | {"headroom_kw": -1}]}, "grids[0].headroom_kw"),
        ({"grids": [GRID | {"headroom_kw": [1]}]}, "grids[0].headroom_kw"),
        ({"uncertainty": {"scenarios": []}}, "uncertainty.scenarios"),
        (
            {"uncertainty": {"scenarios": [{"power_kw": {"hal": 1}}]}},
            "uncertainty.scenarios[0].power_kw.hal",
        ),
        (
            {"uncertainty": {"scenarios": [{"power_kw": {"hall": [1, 2, 3]}}]}},
            "uncertainty.scenarios[0].power_kw.hall",
        ),
        ({"uncertainty": {"scenarios": [{"weight": 2}]}}, "uncertainty.scenarios[0]"),
        (
            {"uncertainty": {"scenarios": [{"weight": 0, "power_kw": {"hall": 1}}]}},
            "uncertainty.scenarios[0].weight",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_its_path(more: dict[str, object], path: str) -> None:
    assert path in mistakes_in(a_document(**more))


def test_more_scenarios_than_a_plan_can_hold_are_refused() -> None:
    """50 scenarios of 401 steps are 20,050 parks' steps."""
    scenario = {"power_kw": {"hall": 1}}
    grid = GRID | {"import_price": 0.1}

    found = mistakes_in(
        a_document(
            horizon={"steps": 401, "step_h": 0.25},
            grids=[grid],
            uncertainty={"scenarios": [scenario] * 50},
        )
    )

    assert "give 49 at most" in found["uncertainty.scenarios"]
