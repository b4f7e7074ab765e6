"""What is wrong with a request is said field by field."""

import pytest

from services.forecasting.requests import (
    count_mistakes,
    levels_mistakes,
    paths_mistakes,
    points_mistakes,
)
from services.runtime.refusals import InvalidFields, check_park


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_level_outside_zero_and_one_is_refused_by_name(level: float) -> None:
    (mistake,) = levels_mistakes([0.5, level])

    assert mistake.field == "quantiles"
    assert "above 0 and below 1" in mistake.text


def test_twenty_levels_may_be_asked_and_no_more() -> None:
    assert levels_mistakes([0.5] * 20) == []
    assert [mistake.field for mistake in levels_mistakes([0.5] * 21)] == ["quantiles"]


def test_scenarios_are_bounded_by_their_number_and_by_all_their_paths() -> None:
    assert count_mistakes(200) == paths_mistakes(200, 100) == []
    assert [mistake.field for mistake in count_mistakes(201)] == ["count"]
    assert [mistake.field for mistake in paths_mistakes(200, 101)] == ["count"]


def test_all_mistakes_are_told_at_once_and_the_park_comes_first() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_park("", "demo-park", points_mistakes(["", *["x"] * 1_000]))

    assert [mistake.field for mistake in refused.value.mistakes] == [
        "park_id",
        "point_ids",
        "point_ids",
    ]
