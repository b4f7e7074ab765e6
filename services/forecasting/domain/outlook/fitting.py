"""Fits the models of a series on what is known; a short series gets the plain ones only."""

from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.boosted import band_of, fit_boosted
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.features import Cases, Features, features_of
from services.forecasting.domain.outlook.foresight import Blind, Seeing, blinded
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.plain import anchor_for, plain_models
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.ridge import fit_ridge
from services.forecasting.domain.outlook.sun import Place, place_of
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View, view_of
from services.forecasting.domain.series import Floats, Ints

FEWEST_DAYS = 10
WARM_UP_DAYS = 3
LONGEST_DAYS, MOST_ROWS = 500, 150_000
SCALE_QUANTILE = 0.99
CASES_SEED = 7
OLD_DAYS, NEW_DAYS = 90.0, 14.0


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Models ready to answer, the scale and place they were fitted in."""

    models: tuple[Model, ...]
    scale: float
    place: Place | None
    blind_names: tuple[str, ...]


def plain(record: Record, task: Task) -> Fitted:
    """Return the models that need no fitting."""
    models: tuple[Model, ...] = plain_models(task)
    place = place_of(record.value, record.days, task.step_min) if task.sun else None
    return Fitted(models, scale_of(record.value), place, tuple(m.name for m in models))


def scale_of(value: Floats) -> float:
    """Return the size of a series: its nearly largest magnitude, 1 where there is none."""
    known = np.abs(value[np.isfinite(value)])
    size = float(np.quantile(known, SCALE_QUANTILE)) if len(known) else 0.0
    return size if size > 0.0 else float(known.max(initial=0.0)) or 1.0


def fit(record: Record, task: Task, effort: Effort) -> Fitted:
    """Return the models fitted on everything known."""
    record = record.newest(min(LONGEST_DAYS * task.day, MOST_ROWS))
    bare = plain(record, task)
    few = record.known < FEWEST_DAYS * task.day
    if not effort.rounds or few or np.nanstd(record.value) == 0.0:
        return bare
    view = view_of(record, task, bare.scale, bare.place)
    cases = _cases(view, effort)
    truth = view.value[cases.target]
    weight = 0.5 ** ((view.rows - cases.origin) / (OLD_DAYS * task.day))
    features = features_of(view, cases)
    given = _Lessons(view, cases, features, truth, weight, effort)
    if not view.foreseen.shape[1]:
        return _with(bare, given.learnt(), ())
    blind = tuple(Blind(model) for model in replace(given, features=blinded(features)).learnt())
    return _with(bare, blind, tuple(Seeing(model) for model in given.seen().learnt()))


def _with(bare: Fitted, blind: tuple[Model, ...], seeing: tuple[Model, ...]) -> Fitted:
    names = tuple(model.name for model in (*bare.models, *blind))
    return replace(bare, models=(*bare.models, *blind, *seeing), blind_names=names)


@dataclass(frozen=True, slots=True, eq=False)
class _Lessons:
    """Cases with what they look at, what came, and how much each counts."""

    view: View
    cases: Cases
    features: Features
    truth: Floats
    weight: Floats
    effort: Effort

    def seen(self) -> "_Lessons":
        """Return the cases whose weather was foreseen."""
        rows = self.features.foreseen
        return replace(
            self,
            cases=self.cases.at(rows),
            features=self.features.at(rows),
            truth=self.truth[rows],
            weight=self.weight[rows],
        )

    def learnt(self) -> tuple[Model, ...]:
        """Return the models that learn from these cases."""
        effort = self.effort
        given = (self.view, self.cases, self.features, self.truth, self.weight, effort)
        task = self.view.task
        return (
            fit_ridge(Blocks.over(task.horizons), *given[1:5]),
            fit_boosted("boosted", None, *given),
            fit_boosted("boosted-moved", anchor_for(task), *given),
            fit_boosted("boosted-lately", anchor_for(task), *given[:4], self._lately(), effort),
        )

    def _lately(self) -> Floats:
        """Return weights that forget within weeks: series change their ways."""
        age = self.view.rows - self.cases.origin
        return 0.5 ** (age / (NEW_DAYS * self.view.task.day))


def _cases(view: View, effort: Effort) -> Cases:
    """Return a fixed random choice of cases with a known truth, as many for each band."""
    task, rng = view.task, np.random.default_rng(CASES_SEED)
    bands = band_of(task, task.steps)
    steps = [task.steps[bands == band] for band in np.unique(bands)]
    parts = [_drawn(view, of_band, effort.cases, rng) for of_band in steps]
    origin, horizon = np.concatenate(parts, axis=1)
    return Cases(origin, horizon)


def _drawn(view: View, steps: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Return origins and horizons, none twice: a case seen often would be learnt by heart."""
    first = min(WARM_UP_DAYS * view.task.day, view.rows // 3)
    drawn = rng.integers(0, (view.rows - first) * len(steps), 2 * count)
    pair = rng.permutation(np.unique(drawn))
    origin, horizon = first + pair // len(steps), steps[pair % len(steps)]
    row = np.minimum(origin + horizon - 1, view.rows - 1)
    usable = (origin + horizon - 1 < view.rows) & np.isfinite(view.value[row])
    if view.task.sun:
        usable &= ~view.dark[row]
    chosen = np.flatnonzero(usable)[:count]
    return np.array([origin[chosen], horizon[chosen]])
