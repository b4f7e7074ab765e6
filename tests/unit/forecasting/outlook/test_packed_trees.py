"""Packed trees answer as LightGBM does, gaps and all, in an eighth of the memory."""

from dataclasses import replace

import numpy as np
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.booster import MEDIAN, Ground, Trees
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.packed import PackedTrees, packed
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, shift_work

RNG = np.random.default_rng(3)


def grown(gaps: float, cases: int = 3_000) -> tuple[Trees, Floats]:
    """Return trees on four columns, one of them whole numbers, and what they may be asked."""
    matrix = RNG.normal(0.0, 1.0, (cases, 4))
    matrix[:, 3] = RNG.integers(0, 24, cases)
    truth = np.abs(matrix[:, 0]) + 0.1 * matrix[:, 3] + RNG.normal(0.0, 0.1, cases)
    matrix[RNG.random(matrix.shape) < gaps] = np.nan
    return Ground(matrix, truth).grow(np.ones(cases), Effort(cases, 40), MEDIAN), matrix


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_packed_trees_say_what_lightgbm_says(gaps: float) -> None:
    trees, matrix = grown(gaps)
    asked = np.concatenate((matrix, np.full((1, 4), np.nan), np.zeros((1, 4))))

    found = PackedTrees.of(trees.saved).said(asked)

    np.testing.assert_allclose(found, trees.said(asked), atol=1e-5)


def test_trees_that_never_saw_a_gap_take_one_as_lightgbm_does() -> None:
    trees, matrix = grown(0.0)
    matrix[RNG.random(matrix.shape) < 0.5] = np.nan

    found = PackedTrees.of(trees.saved).said(matrix)

    np.testing.assert_allclose(found, trees.said(matrix), atol=1e-5)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_trees_say_the_same_as_they_grew_and_from_their_text(gaps: float) -> None:
    trees, matrix = grown(gaps)

    again = Trees(trees.saved)

    assert again.said(matrix).tobytes() == trees.said(matrix).tobytes()


def test_an_ensemble_stays_as_it_is_while_another_grows_on_its_ground() -> None:
    matrix = RNG.normal(0.0, 1.0, (2_000, 4))
    ground, effort = Ground(matrix, np.abs(matrix[:, 0])), Effort(2_000, 30)
    first = ground.grow(np.ones(2_000), effort, MEDIAN)
    said = first.said(matrix)

    ground.grow(np.linspace(0.0, 1.0, 2_000), effort, 0.9)

    assert first.said(matrix).tobytes() == said.tobytes()
    assert Trees(first.saved).said(matrix).tobytes() == said.tobytes()


def test_trees_that_found_nothing_to_split_are_a_number() -> None:
    trees = Ground(np.ones((50, 2)), np.full(50, 7.0)).grow(np.ones(50), Effort(50, 3), MEDIAN)

    found = PackedTrees.of(trees.saved).said(np.zeros((2, 2)))

    np.testing.assert_allclose(found, trees.said(np.zeros((2, 2))), rtol=1e-6)


def test_a_state_with_packed_trees_answers_alike() -> None:
    task = an_hourly_task()
    record = a_record(shift_work(40), task)
    state = learn(record, task, LITTLE, None)
    small = replace(state, fitted=packed(state.fitted))

    before, after = answer(record, state), answer(record, small)

    np.testing.assert_allclose(after.quantiles, before.quantiles, atol=1e-3)
    assert after.weight == before.weight


def test_packed_trees_take_little_memory() -> None:
    trees, _ = grown(0.2)

    held = PackedTrees.of(trees.saved)

    kept = sum(getattr(held, name).nbytes for name in PackedTrees.__slots__)
    assert kept / 40 < 260  # bytes a tree of fifteen leaves
