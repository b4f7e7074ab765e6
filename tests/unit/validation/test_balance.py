"""Sub-meters against the meter above them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.site import Node
from services.validation.domain.balance import Balance, Balanced, Meters, balance

REGISTERS = (
    "grid.import_energy_wh",
    "grid.export_energy_wh",
    "steel.consumption_energy_wh",
    "hall.consumption_energy_wh",
    "pv.generation_energy_wh",
    "feeder.consumption_energy_wh",
)
PARK = Node("park", "grid", ("steel", "hall", "pv"), tolerance_share=0.0, tolerance_wh=10)


def of(*quarters: tuple[float, ...], node: Node = PARK) -> Balance:
    """Return the balance of quarters with one energy for each register, NaN where not known."""
    energies = np.array(quarters).T
    known = np.isfinite(energies)
    wh = np.where(known, energies, -1).astype(np.int64)
    return balance(Meters.of([node], REGISTERS), wh, known)


def verdicts(found: Balance) -> list[Balanced]:
    return [Balanced(int(verdict)) for verdict in found.verdict[0]]


def test_what_the_grid_gives_is_what_loads_take_less_what_the_roof_makes() -> None:
    found = of((1000, 0, 900, 300, 200, 0), (0, 500, 100, 0, 600, 0))

    assert found.metered_wh.tolist() == [[1000, -500]]
    assert found.children_wh.tolist() == [[1000, -500]]
    assert verdicts(found) == [Balanced.YES, Balanced.YES]


@pytest.mark.parametrize(
    ("grid_wh", "verdict"),
    [
        (1010, Balanced.YES),
        (1011, Balanced.TOO_MUCH_ABOVE),
        (990, Balanced.YES),
        (989, Balanced.TOO_MUCH_BELOW),
    ],
)
def test_meters_may_differ_by_the_tolerance(grid_wh: int, verdict: Balanced) -> None:
    assert verdicts(of((grid_wh, 0, 700, 300, 0, 0))) == [verdict]


def test_losses_are_allowed_downwards_only() -> None:
    lossy = Node("park", "grid", ("steel",), 0.02, 80.0, tolerance_share=0, tolerance_wh=0)

    # 2 % of 1,050 Wh is 21 Wh; 80 W for a quarter hour is 20 Wh
    found = of(
        (1041, 0, 1000, 0, 0, 0), (1050, 0, 1000, 0, 0, 0), (999, 0, 1000, 0, 0, 0), node=lossy
    )

    assert found.allowance_wh.tolist() == [[41, 41, 40]]
    assert verdicts(found) == [Balanced.YES, Balanced.TOO_MUCH_ABOVE, Balanced.TOO_MUCH_BELOW]


def test_who_is_missing_is_named_and_nothing_is_claimed() -> None:
    nan = float("nan")

    found = of((1000, 0, nan, 300, 0, 0), (1000, nan, 700, 300, 0, 0))

    assert verdicts(found) == [Balanced.INCOMPLETE, Balanced.INCOMPLETE]
    assert found.missing == ((0, 1, "grid"), (0, 0, "steel"))
    assert found.imbalance_wh[0, 0] == 700


def test_a_child_that_is_a_node_counts_by_its_meter() -> None:
    nodes = [Node("park", "grid", ("north", "pv")), Node("north", "feeder", ("steel", "hall"))]
    wh = np.array([[800], [0], [500], [450], [200], [1000]])

    found = balance(Meters.of(nodes, REGISTERS), wh, np.ones((6, 1), np.bool_))

    assert found.children_wh.tolist() == [[800], [950]]
    assert found.imbalance_wh.tolist() == [[0], [50]]


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3))
def test_a_meter_that_is_the_sum_of_its_children_is_always_balanced(children: list[int]) -> None:
    steel, hall, pv = children
    net_wh = steel + hall - pv

    found = of((max(net_wh, 0), max(-net_wh, 0), steel, hall, pv, 0))

    assert found.imbalance_wh.tolist() == [[0]]
    assert verdicts(found) == [Balanced.YES]
