"""Errors of past issues by how far ahead they looked, against what anyone could have said."""

import numpy as np
import pytest

from services.forecasting.domain.scoring import HorizonClass, Said, Scores, Truths, scored
from services.forecasting.domain.series import Floats
from tests.unit.forecasting.builders import FIRST, a_sunny_day

NOW = FIRST + 10 * 96
LAST_VALUE, DAY_AGO, WEEK_AGO = 0, 1, 2


def truths(power_w: Floats, *, sun: bool = False) -> Truths:
    return Truths(FIRST, {"x": 0}, power_w[None, :], np.array([sun]))


def said(horizon: HorizonClass, p50_w: float, *, point: str = "x", wide: float = 5.0) -> Said:
    horizons = np.arange(horizon.first, horizon + 1)
    flat = np.full((1, len(horizons)), p50_w)
    return Said(NOW, (point,), horizons, flat - wide, flat, flat + wide)


def score(horizon: HorizonClass, p50_w: float, came: Truths) -> Scores:
    return scored(said(horizon, p50_w), horizon, came)


def test_the_classes_share_all_horizons_of_two_days_without_overlap() -> None:
    horizons = [h for one in HorizonClass for h in range(one.first, one + 1)]

    assert horizons == list(range(1, 193))


def test_the_next_quarter_hour_is_scored_by_its_error_its_side_and_its_band() -> None:
    power_w = np.full(11 * 96, 10.0)
    power_w[NOW - FIRST] = 40.0

    found = score(HorizonClass.QUARTER, 38.0, truths(power_w))

    assert (found.cases[0], found.inside[0]) == (1, 1)
    assert (found.error_w[0], found.excess_w[0], found.size_w[0]) == (2.0, -2.0, 40.0)
    assert found.low_loss_w[0] == pytest.approx(0.1 * (40 - 33))
    assert found.high_loss_w[0] == pytest.approx(0.1 * (43 - 40))
    assert found.naive_w[:, 0].tolist() == [30.0, 30.0, 30.0]


def test_each_naive_method_says_only_what_was_known_at_the_issue() -> None:
    power_w = np.arange(13 * 96, dtype=np.float64)  # one more with each quarter

    found = score(HorizonClass.TWO_DAYS, 0.0, truths(power_w))

    ahead = np.arange(97, 193)
    assert found.naive_w[LAST_VALUE, 0] == ahead.sum()
    assert found.naive_w[DAY_AGO, 0] == 96 * 2 * 96  # of horizons beyond a day: two days back
    assert found.naive_w[WEEK_AGO, 0] == 96 * 7 * 96


def test_a_naive_method_is_compared_only_where_it_had_something_to_say() -> None:
    power_w = np.full(11 * 96, 10.0)
    power_w[NOW - FIRST - 7 * 96] = np.nan

    found = score(HorizonClass.HOUR, 12.0, truths(power_w))
    first = score(HorizonClass.QUARTER, 12.0, truths(power_w))

    assert found.naive_cases[:, 0].tolist() == [3, 3, 3]
    assert first.naive_cases[:, 0].tolist() == [1, 1, 0]
    assert first.rival_w[:, 0].tolist() == [2.0, 2.0, 0.0]


def test_the_last_value_is_the_newest_of_the_hour_before() -> None:
    power_w = np.full(11 * 96, 10.0)
    power_w[NOW - FIRST - 2 : NOW - FIRST] = np.nan
    power_w[NOW - FIRST - 3] = 17.0

    held = truths(power_w).last_before(np.array([0]), NOW)

    assert held.tolist() == [17.0]


def test_what_was_not_measured_is_not_scored() -> None:
    power_w = np.full(11 * 96, 10.0)
    power_w[NOW - FIRST + 1] = np.nan

    hour = score(HorizonClass.HOUR, 12.0, truths(power_w))
    nothing = score(HorizonClass.QUARTER, 12.0, truths(np.full(96, np.nan)))

    assert hour.cases.tolist() == [2]  # of the three quarters of 15 min to 1 h
    assert len(nothing) == 0


def test_a_point_without_truth_or_unknown_is_left_out() -> None:
    found = scored(
        said(HorizonClass.QUARTER, 1.0, point="gone"),
        HorizonClass.QUARTER,
        truths(np.full(11 * 96, 1.0)),
    )

    assert found.point_ids == ()


def test_the_night_of_a_plant_is_not_counted_and_a_wrong_night_is() -> None:
    power_w = a_sunny_day(12)
    dark_said = said(HorizonClass.DAY, 0.0, wide=0.0)  # hours 12 to 24 after midnight

    at_night = scored(dark_said, HorizonClass.DAY, truths(power_w, sun=True))
    of_a_load = scored(dark_said, HorizonClass.DAY, truths(power_w, sun=False))
    bright_said = scored(
        said(HorizonClass.DAY, -400.0), HorizonClass.DAY, truths(power_w, sun=True)
    )

    assert at_night.cases.tolist() == [24]  # noon to 18:00, where it was light
    assert of_a_load.cases.tolist() == [48]
    assert bright_said.cases.tolist() == [48]


def test_scores_of_many_points_are_those_of_each_alone() -> None:
    rng = np.random.default_rng(5)
    power_w = rng.normal(100.0, 20.0, (3, 12 * 96))
    power_w[rng.random(power_w.shape) < 0.1] = np.nan
    names = ("a", "b", "c")
    p50_w = rng.normal(100.0, 20.0, (3, 48))
    horizons = np.arange(49, 97)
    together = scored(
        Said(NOW, names, horizons, p50_w - 9, p50_w, p50_w + 9),
        HorizonClass.DAY,
        Truths(FIRST, {name: i for i, name in enumerate(names)}, power_w, np.zeros(3, bool)),
    )

    for row, name in enumerate(names):
        alone = scored(
            Said(
                NOW,
                (name,),
                horizons,
                p50_w[[row]] - 9,
                p50_w[[row]],
                p50_w[[row]] + 9,
            ),
            HorizonClass.DAY,
            Truths(FIRST, {name: 0}, power_w[[row]], np.zeros(1, bool)),
        )
        assert together.error_w[row] == alone.error_w[0]
        assert together.naive_w[:, row].tolist() == alone.naive_w[:, 0].tolist()
