"""Lines draw the present back to the middle, and bend where it rests or runs at its most."""

import numpy as np

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.features import Cases, Features, features_of
from services.forecasting.domain.outlook.median_lines import MedianLines, fit_median_lines
from services.forecasting.domain.outlook.view import View, view_of
from services.forecasting.domain.series import Floats
from tests.support.outlooks import a_record, an_hourly_task

HORIZONS = (1, 4, 12)


def looked_at(value: Floats) -> tuple[View, Cases, Features]:
    task = an_hourly_task(horizons=HORIZONS)
    view = view_of(a_record(value, task), task, 1.0, None)
    origins = np.arange(72, len(value) - max(HORIZONS))
    cases = Cases.every(origins, task.steps)
    return view, cases, features_of(view, cases)


def lines(value: Floats) -> MedianLines:
    view, cases, features = looked_at(value)
    alike = np.ones(len(cases))
    return fit_median_lines(Blocks.over(HORIZONS), cases, features, view.value[cases.target], alike)


def wandering(hours: int) -> Floats:
    """Return a value that each hour keeps nine tenths of what it is off 5."""
    rng, value = np.random.default_rng(1), [5.0]
    for _ in range(hours - 1):
        value.append(5.0 + 0.9 * (value[-1] - 5.0) + rng.normal(0.0, 1.0))
    return np.array(value)


def test_the_present_is_drawn_back_to_the_middle_the_more_the_further_ahead() -> None:
    value = wandering(24 * 120)
    view, cases, features = looked_at(value)

    said = lines(value).said(view, cases, features).reshape(-1, len(HORIZONS))

    last = value[cases.origin[:: len(HORIZONS)] - 1]
    kept = [np.polyfit(last - 5.0, column - 5.0, 1)[0] for column in said.T]
    assert np.allclose(kept, 0.9 ** np.array(HORIZONS), atol=0.1)


def test_lines_are_nearer_than_the_last_value_to_what_comes_also_after_days_at_a_wild_level() -> (
    None
):
    value = wandering(24 * 120)
    wild = value.copy()
    wild[1000:1048] = 50.0
    view, cases, features = looked_at(value)
    came, last = view.value[cases.target], features.linear["last"]

    for learnt in (lines(value), lines(wild)):
        error = np.abs(learnt.said(view, cases, features) - came).mean()
        assert error < 0.9 * np.abs(last - came).mean()


def test_too_few_cases_give_no_line_and_nothing_is_said() -> None:
    value = wandering(24 * 7)
    view, cases, features = looked_at(value)

    assert np.isnan(lines(value).said(view, cases, features)).all()
