"""Where there is time, trees are grown twice on different cases, and their mean counts."""

from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.outlook.effort import MANY_CASES, Effort
from services.forecasting.domain.outlook.features import Cases, Features, features_of
from services.forecasting.domain.outlook.fitting import fit
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.opinions import Opinions, heard_twice
from services.forecasting.domain.outlook.view import View, view_of
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, THOROUGH, a_record, an_hourly_task, shift_work


@dataclass(frozen=True)
class Always:
    """A model that says one value of every case."""

    name: str
    value: float

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        return np.full(len(cases), self.value)


def said_by(model: Model) -> Floats:
    task = an_hourly_task()
    view = view_of(a_record(shift_work(20), task), task, 1.0, None)
    cases = Cases.every(np.array([240]), task.steps)
    return model.said(view, cases, features_of(view, cases))


def test_two_opinions_count_by_their_mean() -> None:
    assert (
        said_by(Opinions("trees", (Always("trees", 10.0), Always("trees", 20.0)))) == 15.0
    ).all()


def test_where_one_is_silent_there_is_no_second_opinion_and_none_at_all() -> None:
    silent = Always("trees", np.nan)

    assert np.isnan(said_by(Opinions("trees", (Always("trees", 10.0), silent)))).all()


def test_only_models_of_the_same_name_are_heard_together() -> None:
    line, trees = Always("line", 1.0), Always("trees", 10.0)
    other = Always("trees", 20.0)

    assert heard_twice((line, trees), (other,)) == (line, Opinions("trees", (trees, other)))


def test_few_cases_are_learnt_from_once_and_many_twice() -> None:
    task = an_hourly_task()
    record = a_record(shift_work(40), task)

    once, twice = (fit(record, task, effort).models for effort in (LITTLE, THOROUGH))

    assert [model.name for model in once if isinstance(model, Opinions)] == []
    heard = [model.name for model in twice if isinstance(model, Opinions)]
    assert heard == ["boosted", "boosted-moved", "boosted-lately"]
    assert {model.name for model in twice} - {model.name for model in once} == {"boosted-ridge"}


def test_second_opinions_come_from_other_cases() -> None:
    task = an_hourly_task()
    record = a_record(shift_work(120), task)

    models = fit(record, task, THOROUGH).models

    first, second = next(m for m in models if isinstance(m, Opinions)).models
    assert not np.array_equal(said_by(first), said_by(second))


def test_an_effort_is_thorough_from_ten_thousand_cases_on() -> None:
    assert Effort().thorough
    assert replace(Effort(), cases=MANY_CASES).thorough
    assert not replace(Effort(), cases=MANY_CASES - 1).thorough
