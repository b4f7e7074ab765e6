"""Fits the models of a series on what is known; a short series gets the plain ones only."""

from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.outlook.boosted import band_of
from services.forecasting.domain.outlook.booster import SEED
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.features import Cases, features_of
from services.forecasting.domain.outlook.foresight import Blind, Seeing, blinded
from services.forecasting.domain.outlook.lessons import OUTER, Lessons
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.opinions import heard_twice
from services.forecasting.domain.outlook.plain import plain_models
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.sun import Place, place_of
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import NO_WEATHER, View, clear_of, view_of
from services.forecasting.domain.outlook.weather import Weather, fit_weather
from services.forecasting.domain.series import Floats, Ints

FEWEST_DAYS = 10
WARM_UP_DAYS = 3
LONGEST_DAYS, MOST_ROWS = 500, 150_000
SCALE_QUANTILE = 0.99
CASES_SEED, OTHER_SEED = 7, 20190604
OLD_DAYS, OLD_OF_THE_SUN_DAYS = 400.0, 90.0
Models = tuple[Model, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Models ready to answer, the scale and place they were fitted in."""

    models: tuple[Model, ...]
    scale: float
    place: Place | None
    blind_names: tuple[str, ...]
    weather: Weather = NO_WEATHER
    outer: tuple[Model, ...] = ()

    @property
    def speaking(self) -> tuple[Model, ...]:
        """All whose word is kept: those that are mixed and those that say outer quantiles."""
        return (*self.models, *self.outer)

    @property
    def is_plain(self) -> bool:
        """Whether no model learnt anything: the series was too young, or always the same."""
        return not self.outer

    @property
    def names(self) -> tuple[str, ...]:
        """Who is mixed."""
        return tuple(model.name for model in self.models)

    @property
    def outer_names(self) -> dict[float, str]:
        """Who says which outer quantile."""
        return OUTER if self.outer else {}


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
    clear = clear_of(record.days, task, bare.place)
    weather, expected = fit_weather(record, task, bare.scale, clear, effort)
    bare = replace(bare, weather=weather)
    view = view_of(record, task, bare.scale, bare.place, weather, expected)
    given = _lessons(view, effort)
    if not view.of_foreseen:
        models, outer = _learnt(given)
        return _with(bare, models, (), outer)
    less = replace(effort, rounds=max(1, effort.rounds // 2))  # for when weather is away
    unseeing = replace(given, features=blinded(given.features), effort=less).to_mix()
    models, outer = _learnt(given)
    blind, seeing = (Blind(model) for model in unseeing), (Seeing(model) for model in models)
    return _with(bare, tuple(blind), tuple(seeing), tuple(Seeing(model) for model in outer))


def _lessons(view: View, effort: Effort, other: bool = False) -> Lessons:
    """Return cases to learn from; `other` ones for a second opinion."""
    cases = _cases(view, effort, OTHER_SEED if other else CASES_SEED)
    old_days = OLD_OF_THE_SUN_DAYS if view.task.sun else OLD_DAYS
    weight = 0.5 ** ((view.rows - cases.origin) / (old_days * view.task.day))
    given = (view, cases, features_of(view, cases), view.value[cases.target], weight, effort)
    return Lessons(*given, seed=OTHER_SEED if other else SEED)


def _learnt(given: Lessons) -> tuple[Models, Models]:
    """Return the models to mix, heard twice where the effort is thorough, and the outer ones."""
    foreseen = given.foreseen()
    models, outer = foreseen.learnt()
    if not given.effort.thorough:
        return models, outer
    other = _lessons(given.view, given.effort, other=True).foreseen()
    return heard_twice(models, other.second()), outer


def _with(bare: Fitted, blind: Models, seeing: Models, outer: Models) -> Fitted:
    names = tuple(model.name for model in (*bare.models, *blind))
    models = (*bare.models, *blind, *seeing)
    return replace(bare, models=models, blind_names=names, outer=outer)


def _cases(view: View, effort: Effort, seed: int) -> Cases:
    """Return a fixed random choice of cases with a known truth, as many for each band."""
    task, rng = view.task, np.random.default_rng(seed)
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
