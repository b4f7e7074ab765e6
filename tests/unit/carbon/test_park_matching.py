"""Matching a park: own attributes first, the park's shared over what is left, to the Wh."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.sharing import PARK, ParkMatching, match_park
from services.carbon_accounting.domain.matching.supply import Attribute, Consumption
from tests.support.certificates import SHANGHAI, hours_of_load, hours_of_supply


def hourly(loads: dict[str, Consumption], attributes: dict[str, list[Attribute]]) -> ParkMatching:
    return match_park(loads, attributes, Granularity.HOURLY, SHANGHAI)


def test_the_parks_attributes_cover_what_own_ones_leave_in_proportion() -> None:
    loads = {"steel": hours_of_load(50), "campus": hours_of_load(20)}
    attributes = {"steel": [hours_of_supply(20)], PARK: [hours_of_supply(10, id="park wind")]}

    found = hourly(loads, attributes)

    assert found.covered_wh("steel").tolist() == [26]  # own 20, and 6 of 10 for 30 of 50 left
    assert found.covered_wh("campus").tolist() == [4]


def test_attributes_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="attributes of mill have no consumption; beneficiaries"):
        hourly({"steel": hours_of_load(1)}, {"mill": []})


def test_enterprises_of_other_intervals_are_refused() -> None:
    with pytest.raises(ValueError, match="the same intervals"):
        hourly({"a": hours_of_load(1), "b": hours_of_load(1, 2)}, {})


wh = st.lists(st.integers(0, 40), min_size=4, max_size=4)


@given(
    st.lists(wh, min_size=1, max_size=4),
    st.lists(wh, max_size=3),
    st.lists(wh, max_size=3),
    st.sampled_from([Granularity.YEARLY, Granularity.HOURLY]),
)
def test_shares_sum_to_what_the_park_gave_and_nobody_gets_more_than_its_load(
    loads: list[list[int]], own: list[list[int]], park: list[list[int]], granularity: Granularity
) -> None:
    consumption = {f"e{i}": hours_of_load(*load) for i, load in enumerate(loads)}
    attributes = {
        "e0": [hours_of_supply(*supply, id=f"own {i}") for i, supply in enumerate(own)],
        PARK: [hours_of_supply(*supply, id=f"park {i}") for i, supply in enumerate(park)],
    }

    found = match_park(consumption, attributes, granularity, SHANGHAI)

    for place in range(len(park)):
        given_wh = sum(int(c.used_wh[place]) for c in found.shared.values())
        assert given_wh == int(found.common.coverage.used_wh[place])
    covered = np.sum([c.covered_wh for c in found.shared.values()], axis=0)
    assert covered.tolist() == found.common.coverage.covered_wh.tolist()
    for enterprise, load in consumption.items():
        assert (found.covered_wh(enterprise) <= load.load_wh).all()
        assert (found.shared[enterprise].wh > 0).all()
