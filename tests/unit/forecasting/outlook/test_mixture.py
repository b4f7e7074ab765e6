"""Weights go to whom was right out of sample; luck does not beat the naive."""

import numpy as np

from services.forecasting.domain.outlook.bands import weighted_quantiles
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.mixture import Mixture, mixture_of
from services.forecasting.domain.outlook.sureness import FIRST_MARGIN, HIGH, LOW, margin_after
from services.forecasting.domain.series import Floats
from tests.support.outlooks import an_hourly_task

HORIZONS = (1, 2, 3)
ORIGINS = 200


def a_ledger(**said: Floats) -> Ledger:
    minute = 60 * np.arange(ORIGINS)
    return Ledger(np.array(HORIZONS), minute, {n.replace("_", "-"): s for n, s in said.items()})


def noise(size: float, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(0.0, size, (ORIGINS, len(HORIZONS)))


def weights(ledger: Ledger, truth: Floats) -> dict[str, Floats]:
    mixture = mixture_of(ledger, truth, tuple(ledger.said), Blocks.over(HORIZONS))
    return dict(zip(mixture.names, mixture.weight, strict=True))


def test_the_model_that_was_right_gets_the_weight() -> None:
    truth = noise(10.0, 0)

    found = weights(a_ledger(last=noise(10.0, 1), boosted=truth + noise(0.1, 2)), truth)

    assert (found["boosted"] > 0.9).all()


def test_a_model_that_is_no_better_than_the_naive_gets_little() -> None:
    truth = noise(10.0, 0)
    said = {"last": truth + noise(5.0, 1), "boosted": truth + noise(5.1, 1) + noise(5.0, 2)}

    found = weights(a_ledger(**said), truth)

    assert (found["last"] > 0.8).all()


def test_weights_are_shares() -> None:
    truth = noise(10.0, 0)
    said = {"last": noise(9.0, 1), "day_ago": truth + noise(3.0, 2), "ridge": truth + noise(3.0, 3)}

    found = np.array(list(weights(a_ledger(**said), truth).values()))

    assert (found >= 0.0).all()
    assert np.allclose(found.sum(axis=0), 1.0)


def test_who_is_silent_gives_its_weight_to_the_others() -> None:
    mixture = Mixture(("a", "b"), Blocks.over((1,)), np.array([[0.9], [0.1]]))
    said = {"a": np.array([[np.nan]]), "b": np.array([[7.0]])}

    assert mixture.mixed(said, np.array([1])) == 7.0


def test_where_nobody_speaks_nothing_is_said() -> None:
    mixture = Mixture(("a",), Blocks.over((1,)), np.array([[1.0]]))

    assert np.isnan(mixture.mixed({"a": np.array([[np.nan]])}, np.array([1]))).all()


def test_bands_that_held_too_rarely_grow_and_those_that_always_held_shrink() -> None:
    truth, task = noise(1.0, 0), an_hourly_task(horizons=HORIZONS)
    narrow = Ledger(np.array(HORIZONS), 60 * np.arange(ORIGINS), {LOW: truth + 1, HIGH: truth + 2})
    wide = Ledger(np.array(HORIZONS), 60 * np.arange(ORIGINS), {LOW: truth - 9, HIGH: truth + 9})
    day = (60 * 100, 60 * 124)

    assert margin_after(FIRST_MARGIN, narrow, truth, *day, task) > FIRST_MARGIN
    assert margin_after(FIRST_MARGIN, wide, truth, *day, task) < FIRST_MARGIN


def test_quantiles_of_equal_counts_are_those_of_the_values() -> None:
    value = np.arange(1.0, 1_001.0)

    low, middle, high = weighted_quantiles(value, np.ones(1_000), (0.1, 0.5, 0.9))

    assert abs(low - 100.5) < 1.0
    assert abs(middle - 500.5) < 1.0
    assert abs(high - 900.5) < 1.0
