"""Bands rest on past errors, and on trees' own quantiles as far as these were right."""

import numpy as np

from services.forecasting.domain.outlook.bands import Bands, Said, bands_of
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.series import Floats

HORIZONS = np.array([1, 2, 3])
LEVELS = (0.1, 0.5, 0.9)
ORIGINS = 400
NOON = np.full((ORIGINS, len(HORIZONS)), 12)


def some_bands(truth: Floats, outer: dict[float, Floats]) -> Bands:
    said = Said(np.zeros(truth.shape), outer)
    blocks = Blocks.over((1, 2, 3))
    found = bands_of(truth, said, NOON, HORIZONS, np.ones(ORIGINS), blocks, LEVELS, margin=0.0)
    assert found is not None
    return found


def restless_now_and_then() -> tuple[Floats, Floats]:
    """Return errors and their expected sizes: ten times as large every other time."""
    size = np.where(np.arange(ORIGINS) % 2, 10.0, 1.0)[:, None] * np.ones(len(HORIZONS))
    return size * np.random.default_rng(0).normal(size=size.shape), size


def test_trees_that_know_when_a_series_is_restless_make_bands_that_know_it_too() -> None:
    truth, size = restless_now_and_then()
    bands = some_bands(truth, {0.1: -1.28 * size, 0.9: 1.28 * size})

    asked = Said(np.zeros((2, 3)), {0.1: -1.28 * size[:2], 0.9: 1.28 * size[:2]})
    low, _, high = bands.around(asked, NOON[:2], HORIZONS)

    width = high - low
    assert (width[1] > 5.0 * width[0]).all()


def test_trees_whose_quantiles_were_wrong_are_not_asked() -> None:
    truth, size = restless_now_and_then()
    misled = size[::-1]

    bands = some_bands(truth, {0.1: -40.0 * misled, 0.9: 40.0 * misled})

    assert (bands.share == 0.0).all()


def test_where_trees_are_silent_bands_go_around_the_mixture() -> None:
    truth, size = restless_now_and_then()
    bands = some_bands(truth, {0.1: -1.28 * size, 0.9: 1.28 * size})
    silence = np.full((1, 3), np.nan)

    low, middle, high = bands.around(
        Said(np.zeros((1, 3)), {0.1: silence, 0.9: silence}), NOON[:1], HORIZONS
    )

    assert np.isfinite([low, middle, high]).all()


def test_without_trees_one_truth_in_ten_is_beyond_each_side() -> None:
    truth, _ = restless_now_and_then()
    bands = some_bands(truth, {})

    low, _, high = bands.around(Said(np.zeros(truth.shape), {}), NOON, HORIZONS)

    assert abs((truth < low).mean() - 0.1) < 0.02
    assert abs((truth > high).mean() - 0.1) < 0.02


def test_horizons_of_which_too_little_has_come_true_have_no_bands_yet() -> None:
    truth, _ = restless_now_and_then()
    truth[7:, 2] = np.nan  # seven origins

    bands = some_bands(truth, {})

    low, _, high = bands.around(Said(np.zeros((1, 3)), {}), NOON[:1], HORIZONS)
    assert np.isfinite(high - low)[0, 0]
    assert np.isnan(high - low)[0, 2]


def leaning(lean: float) -> Floats:
    """Return errors of size 1 that lie `lean` above nothing, alike at all horizons."""
    noise = np.random.default_rng(2).normal(size=(ORIGINS, 1))
    return lean + np.repeat(noise, len(HORIZONS), axis=1)


def middle_of(bands: Bands) -> Floats:
    found: Floats = bands.around(Said(np.zeros((1, 3)), {}), NOON[:1], HORIZONS)[1, 0]
    return found


def test_a_lean_that_luck_explains_moves_the_middle_by_a_fraction_of_it() -> None:
    truth = leaning(0.05)  # a standard error of 400 origins

    moved = middle_of(some_bands(truth, {}))

    assert (np.abs(moved) < 0.5 * np.abs(np.median(truth))).all()


def test_a_lean_that_is_none_of_luck_moves_the_middle_all_the_way() -> None:
    truth = leaning(1.0)

    moved = middle_of(some_bands(truth, {}))

    assert np.abs(moved - np.median(truth)).max() < 0.05
