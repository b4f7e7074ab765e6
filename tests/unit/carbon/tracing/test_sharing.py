"""Tenants sum to the meter, to the Wh and to the cent (issue: Enterprises)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.carbon_accounting.domain.tracing.proportions import shared
from services.carbon_accounting.domain.tracing.sharing import Key, Owners, tenant_sums
from tests.support.tracing import NOON_US, QUARTER_US

NOON = datetime.fromtimestamp(NOON_US // 1_000_000, UTC)
STARTS = NOON_US + QUARTER_US * np.arange(3, dtype=np.int64)
THREE_QUARTERS = np.array([[100, 100, 7], [10, 10, 3]], np.int64)  # two origins


def a_key(weights: dict[str, int], quarter: int = 0, line: str = "lighting") -> Key:
    start_s = (NOON_US + quarter * QUARTER_US) // 1_000_000
    return Key(line, datetime.fromtimestamp(start_s, UTC), weights)


def shares(*keys: Key) -> dict[str, list[list[int]]]:
    found = Owners(keys).shares("lighting", STARTS, THREE_QUARTERS)
    return {enterprise: wh.tolist() for enterprise, wh in found.items()}


def test_a_meter_of_one_enterprise_is_all_its_own() -> None:
    assert shares(a_key({"steel": 1})) == {"steel": THREE_QUARTERS.tolist()}


def test_a_shared_meter_is_shared_by_its_key_and_sums_to_the_wh() -> None:
    assert shares(a_key({"steel": 2, "campus": 1})) == {
        "campus": [[33, 33, 2], [3, 3, 1]],
        "steel": [[67, 67, 5], [7, 7, 2]],
    }


def test_a_key_holds_from_its_instant_on_and_nobody_s_before_is_the_park_s() -> None:
    found = shares(a_key({"steel": 1}, quarter=1), a_key({"campus": 1}, quarter=2))

    assert found == {
        "campus": [[0, 0, 7], [0, 0, 3]],
        "common": [[100, 0, 0], [10, 0, 0]],
        "steel": [[0, 100, 0], [0, 10, 0]],
    }


def test_a_line_nobody_is_declared_for_is_the_park_s() -> None:
    assert shares(a_key({"steel": 1}, line="press")) == {"common": THREE_QUARTERS.tolist()}


def test_a_key_may_begin_with_a_local_day_in_summer_too() -> None:
    midnight = datetime(2025, 6, 16, tzinfo=ZoneInfo("Europe/London"))

    assert Key("press", midnight, {"steel": 1}).valid_from_us == 1_750_028_400_000_000


def test_shares_whose_product_is_beyond_int64_are_as_exact() -> None:
    wh = np.full((1, 3), 3 * 10**15, np.int64)
    key = a_key({"campus": 10**6, "steel": 2 * 10**6})

    found = Owners((key,)).shares("lighting", STARTS, wh)

    assert found["campus"].tolist() == [[10**15] * 3]
    assert found["steel"].tolist() == [[2 * 10**15] * 3]


def test_money_is_shared_to_the_cent() -> None:
    assert shared(100, [1, 1, 1]) == [33, 33, 34]
    assert shared(-100, [1, 1, 1]) == [-33, -33, -34]


def test_enterprises_sum_over_lines() -> None:
    of_a_line = {"steel": np.array([1, 2])}
    of_another = {"steel": np.array([10, 20]), "campus": np.array([5, 5])}

    found = tenant_sums([of_a_line, of_another])

    assert {enterprise: wh.tolist() for enterprise, wh in found.items()} == {
        "campus": [5, 5],
        "steel": [11, 22],
    }


def test_two_keys_of_one_instant_are_refused_with_both() -> None:
    with pytest.raises(ValueError, match=r"lighting has two keys .*'a': 1.*'b': 1.*; keep one"):
        Owners((a_key({"a": 1}), a_key({"b": 1})))


def test_a_key_names_all_its_mistakes() -> None:
    with pytest.raises(ValueError, match=r"has no zone; weight -1 of a .*; the weights sum to -1"):
        Key("lighting", datetime(2025, 1, 1), {"a": -1})  # noqa: DTZ001


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weights \[0, 0\] must be at least 0 and one of them"):
        shared(10, [0, 0])
