"""Coverage held against what is used now: certificates never cover what nobody took."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.inventory.clipping import clipped
from services.carbon_accounting.domain.inventory.consuming import Consumed, Consumption
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.inventory.open_items import Kind
from services.carbon_accounting.domain.matching.supply import EmissionRate
from services.energy.time_grid import QUARTER, to_microseconds
from tests.support.certificates import NEW_YEAR

FIRST, SECOND = (Certificate(name, EmissionRate("wind", 0, "V2")) for name in ("C1", "C2"))
QUARTER_US = 900_000_000


def wh(*some: int) -> np.ndarray:
    return np.array(some, np.int64)


def steel_took(*grid_wh: int) -> Consumption:
    """Steel's grid power of the first quarter hours of 2025."""
    starts = to_microseconds(NEW_YEAR) + QUARTER_US * np.arange(len(grid_wh))
    took = wh(*grid_wh)
    consumed = Consumed(took, took, np.zeros_like(took), np.ones(len(took), bool))
    return Consumption(starts, timedelta(minutes=15), {"steel": consumed})


def test_what_was_used_less_since_is_covered_less_and_told() -> None:
    claimed = {"steel": {FIRST: wh(10, 10, 0), SECOND: wh(5, 5, 5)}}

    found = clipped(claimed, steel_took(20, 12, 5))  # the second quarter hour was 15 Wh before

    assert {c.id: some.tolist() for c, some in found.claimed["steel"].items()} == {
        "C1": [10, 10, 0],
        "C2": [5, 2, 5],
    }
    (item,) = found.open_items
    assert (item.kind, item.subject) == (Kind.NOT_COVERED, "C2")
    assert item.what == "covers 3 Wh of steel more than it took from the grid"
    assert (item.start, item.end) == (NEW_YEAR + QUARTER, NEW_YEAR + 2 * QUARTER)


def test_who_used_nothing_has_nothing_covered() -> None:
    found = clipped({"cloth": {FIRST: wh(4)}}, steel_took(9))

    assert found.claimed == {}
    assert [item.what for item in found.open_items] == [
        "covers 4 Wh of cloth more than it took from the grid"
    ]


def test_coverage_within_what_is_used_stays_as_it_is() -> None:
    found = clipped({"steel": {FIRST: wh(3, 0)}}, steel_took(3, 9))

    assert found.claimed["steel"][FIRST].tolist() == [3, 0]
    assert found.open_items == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 80)),
        min_size=1,
        max_size=8,
    )
)
def test_nothing_is_covered_beyond_use_and_nothing_is_lost_untold(
    quarters: list[tuple[int, int, int]],
) -> None:
    one, two, used = (wh(*column) for column in zip(*quarters, strict=True))

    found = clipped({"steel": {FIRST: one, SECOND: two}}, steel_took(*used.tolist()))

    kept = sum(found.claimed.get("steel", {}).values(), np.zeros_like(one))
    told = sum(int(item.what.split()[1]) for item in found.open_items)
    assert (kept == np.minimum(one + two, used)).all()
    assert int(kept.sum()) + told == int(one.sum() + two.sum())
