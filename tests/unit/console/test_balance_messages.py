"""A day of a node's quarter hours as the page shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.console.balance_messages import balances_json
from services.energy.site import Node
from tests.support.builders import a_park, after
from tests.support.fake_validation import a_balance

PARK = replace(a_park(), topology=(Node("park", "grid", ("steel", "pv")),))
BALANCED, TOO_MUCH_ABOVE, INCOMPLETE = 1, 2, 4


def shown(*balances: Any, quarters: int = 4) -> dict[str, Any]:
    [node] = balances_json(PARK, balances, after(), quarters)["nodes"]
    found: dict[str, Any] = node
    return found


def test_the_imbalance_is_what_the_meter_counted_beyond_its_children() -> None:
    node = shown(
        a_balance(after(), 1_000, 900, verdict=BALANCED),
        a_balance(after(minutes=15), 2_000, 1_000, verdict=TOO_MUCH_ABOVE, loss_allowance_wh=50),
    )

    assert node["newest"] == {
        "start": "2019-06-03T22:15:00.000Z",
        "metered_wh": 2_000,
        "imbalance_wh": 1_000,
        "share": 0.5,
        "least_wh": -500,
        "most_wh": 550,
        "verdict": "too_much_above",
    }
    assert node["day"] == {
        "metered_wh": 3_000,
        "imbalance_wh": 1_100,
        "share": 1_100 / 3_000,
        "quarters": 2,
    }


def test_of_an_incomplete_quarter_hour_nothing_is_claimed_but_who_is_missing() -> None:
    node = shown(
        a_balance(after(), 1_000, 900),
        a_balance(after(minutes=30), 1_000, 0, verdict=INCOMPLETE, missing=["steel"]),
    )

    assert node["strip"] == ["balanced", None, "incomplete", None]
    assert node["imbalance_wh"] == [100, None, None, None]
    assert node["missing"] == ["steel"]
    assert node["newest"]["start"] == "2019-06-03T22:00:00.000Z"
    assert node["day"]["metered_wh"] == 1_000


def test_a_meter_that_counted_nothing_has_no_share() -> None:
    assert shown(a_balance(after(), 0, -200))["newest"]["share"] is None


def test_an_export_is_compared_by_its_size() -> None:
    assert shown(a_balance(after(), -1_000, -900))["newest"]["share"] == -0.1


def test_a_node_that_was_never_told_of_is_there_with_nothing_claimed() -> None:
    node = shown()

    assert (node["newest"], node["missing"], node["day"]["quarters"]) == (None, [], 0)
    assert node["meter"] == {"en": "Grid connection", "zh": "并网点"}
    assert node["children"] == 2
