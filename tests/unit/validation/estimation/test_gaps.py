"""What stands in for power that nobody measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.validation.domain.estimation.gaps import GapRules, Source, filled, like_day_of

NAN = float("nan")
RULES = GapRules(linear_slots=2, longest_slots=4)


def series(*values: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(values, np.float64)


def test_a_short_gap_is_a_straight_line() -> None:
    result = filled(series(100, NAN, NAN, 400), series(0, 9, 9, 0), RULES)

    assert result.value.tolist() == [100, 200, 300, 400]
    assert result.source.tolist() == [
        Source.MEASURED,
        Source.LINEAR,
        Source.LINEAR,
        Source.MEASURED,
    ]


def test_a_longer_gap_follows_the_like_day_and_meets_both_sides() -> None:
    like_day = series(90, 150, 250, 150, 90)  # a hump at noon; today is 10 W more

    result = filled(series(100, NAN, NAN, NAN, 100), like_day, RULES)

    assert result.value.tolist() == [100, 160, 260, 160, 100]
    assert result.source.tolist()[1:4] == [Source.LIKE_DAY] * 3


def test_without_a_like_day_a_longer_gap_is_a_straight_line_too() -> None:
    for like_day in (None, series(90, NAN, 250, 150, 90)):
        result = filled(series(0, NAN, NAN, NAN, 400), like_day, RULES)

        assert result.value.tolist() == [0, 100, 200, 300, 400]
        assert result.source.tolist()[1:4] == [Source.LINEAR] * 3


def test_what_is_missing_too_long_or_on_one_side_only_stays_absent() -> None:
    result = filled(series(NAN, 5, *[NAN] * 5, 5, NAN), None, RULES)

    assert np.isnan(result.value[[0, *range(2, 7), 8]]).all()
    assert result.source.tolist() == [3, 0, 3, 3, 3, 3, 3, 0, 3]


def test_the_real_value_takes_the_place_of_its_estimate() -> None:
    value = series(100, NAN, NAN, 400)
    value[1] = 150

    result = filled(value, None, RULES)

    assert result.value.tolist() == [100, 150, 275, 400]
    assert result.source[1] == Source.MEASURED


def test_a_like_day_is_the_mean_of_the_days_of_its_kind() -> None:
    past = np.array([[100.0, 200.0], [300.0, NAN], [9.0, 9.0]])

    assert like_day_of(past, np.array([0, 0, 1]), 0).tolist() == [200, 200]


def test_rules_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="linear_slots 5"):
        GapRules(5, 4)


@given(st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), max_size=30))
def test_measured_values_stay_and_lines_stay_between_their_ends(values: list[float]) -> None:
    result = filled(series(*values), None, RULES)

    measured = result.source == Source.MEASURED
    np.testing.assert_array_equal(result.value[measured], series(*values)[measured])
    if measured.any():
        low, high = np.nanmin(series(*values)), np.nanmax(series(*values))
        estimated = result.value[result.source == Source.LINEAR]
        assert ((estimated >= low - 1e-6) & (estimated <= high + 1e-6)).all()
