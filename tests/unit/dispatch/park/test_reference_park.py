"""The reference park is what the bars name, and the same on every machine."""

import pytest

from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import mistakes_between
from services.dispatch.domain.solver import best_courses
from tests.support.reference_park import lp_park, reference_park


def test_the_reference_park_has_what_the_bars_name() -> None:
    park = reference_park()

    batteries = [store for store in park.stores if store.node in ("works", "campus", "yard")]
    assert (len(park.horizon), len(batteries), len(park.sessions)) == (192, 10, 60)
    assert (len(park.processes), len(park.lines)) == (6, 3)
    assert [one.after for one in park.processes if one.after] == ["melting"]
    assert {unit.id for unit in park.units} == {
        "electrolyser",
        "chp",
        "boiler",
        "heat_pump",
        "chiller",
    }
    assert {"hydrogen_tank", "cold_store"} <= {store.id for store in park.stores}
    assert all(grid.demand_charge for grid in park.grids)


def test_one_seed_is_one_park_and_another_seed_another() -> None:
    assert reference_park(seed=3) == reference_park(seed=3)
    assert reference_park(seed=3) != reference_park(seed=4)


@pytest.mark.parametrize("without", [{}, {"lines": False}, {"units": False}, {"processes": False}])
def test_nothing_in_a_reference_park_contradicts_itself(without: dict[str, bool]) -> None:
    for seed in range(5):
        assert mistakes_between(reference_park(seed=seed, **without)) == []
        assert mistakes_between(reference_park(96, seed=seed, **without)) == []


def test_the_linear_part_is_planned_without_a_binary_and_without_a_violation() -> None:
    park = lp_park()

    found = best_courses(park, 30.0)

    assert not isinstance(found, str)
    assert found.proven
    assert not len(found.solution.program.integer)
    assert booked(park, read(found.solution)).breaches == []
