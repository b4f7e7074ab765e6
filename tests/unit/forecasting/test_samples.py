"""Of several readings of one key the one that arrived last stands, in any order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.forecasting.domain.samples import Samples, concatenate, standing, touched_quarters

ROW = st.tuples(
    st.integers(1, 2), st.integers(0, 3), st.floats(-10, 10), st.integers(1, 2), st.integers(0, 2)
)


def samples(*rows: tuple[int, int, float, int, int]) -> Samples:
    """Rows of (point, time, value, arrival, frame)."""
    point, time, value, arrival, frame = zip(*rows, strict=True) if rows else ([],) * 5
    return Samples(
        np.array(point, np.int64),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.ones(len(rows), np.int64),
        np.array(arrival, np.int64),
        np.array(frame, np.int64),
    )


def test_a_correction_that_arrives_later_stands() -> None:
    kept = standing(samples((1, 0, 5.0, 20, 1), (1, 0, 4.0, 10, 9), (1, 1, 3.0, 10, 1)))

    assert kept.value.tolist() == [5.0, 3.0]


@given(st.lists(ROW, min_size=1, max_size=12, unique_by=lambda r: (r[0], r[1], r[3], r[4])))
def test_order_and_repetition_of_readings_change_nothing(
    rows: list[tuple[int, int, float, int, int]],
) -> None:
    once = standing(samples(*rows))

    again = standing(concatenate([samples(*reversed(rows)), samples(*rows)]))

    for name in Samples.__slots__:
        np.testing.assert_array_equal(getattr(once, name), getattr(again, name))


def test_readings_touch_the_quarters_they_lie_in() -> None:
    quarter_us = 900_000_000

    touched = touched_quarters(
        samples((1, 0, 1.0, 1, 1), (1, quarter_us - 1, 1.0, 1, 1), (2, quarter_us, 1.0, 1, 1))
    )

    assert touched.tolist() == [[1, 0], [2, 1]]
