"""A method is called better only where luck is an unlikely reason."""

import numpy as np

from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from tests.bench.forecasts.paired import luck
from tests.bench.forecasts.scores import Scored

ISSUES = 120
TASK = Task(60, tuple(range(1, 25)))


def quantiles(middle: Floats) -> Floats:
    return np.stack([middle - 1.0, middle, middle + 1.0], axis=1)


def a_series(seed: int, *, better_by: float) -> Scored:
    """Return a series on which a rival errs as we do, and `better_by` more often by 1."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(ISSUES, len(TASK.steps)))
    ours, rival = (truth + rng.normal(size=truth.shape) for _ in range(2))
    far = quantiles(truth + 5.0)
    said = {"ours": quantiles(ours), "rival": quantiles(rival + better_by * np.sign(rival - truth))}
    naive = dict.fromkeys(("last value", "24 h ago", "168 h ago"), far)
    return Scored(f"series {seed}", "load", TASK, list(range(ISSUES)), truth, said | naive)


def test_equally_good_methods_differ_by_luck() -> None:
    series = [a_series(seed, better_by=0.0) for seed in range(4)]

    assert luck(series, "rival", "error") > 0.05
    assert luck(series, "rival", "quantile") > 0.05


def test_a_method_that_errs_more_on_every_series_does_so_by_no_luck() -> None:
    series = [a_series(seed, better_by=0.2) for seed in range(4)]

    assert luck(series, "rival", "error") < 0.005
    assert luck(series, "rival", "quantile") < 0.005


def test_issues_without_the_rivals_word_are_left_out() -> None:
    series = a_series(1, better_by=0.2)
    series.said["rival"][::2] = np.nan

    assert luck([series], "rival", "error") < 0.005
