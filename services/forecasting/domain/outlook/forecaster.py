"""A series' forecaster: learns now and then, and reckons daily how far to trust what it learnt.

Both are pure steps: a newer state from an older one and from what is known. Whatever is known ends
at the origin, so nothing can look ahead. `answering` makes outlooks of a state.
"""

from dataclasses import replace

import numpy as np

from services.forecasting.domain.outlook.bands import bands_of, hour_of
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.fitting import fit, plain
from services.forecasting.domain.outlook.ledger import Ledger, answers, origins_between
from services.forecasting.domain.outlook.mixture import Mixture, mixture_of, recency
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import LEVELS, WINDOW_DAYS, State, Weighing, now_of
from services.forecasting.domain.outlook.sureness import HIGH, LOW, margin_after
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

REHEARSAL_DAYS = 28
REHEARSAL_SHARE = 0.4  # of a young series
RECKON_EVERY_HOURS = 24
GROWN = 1.5


def due_to_learn(state: State, effort: Effort, record: Record) -> bool:
    """Whether models should be fitted anew: it is time, or a young series has grown by half."""
    age_min = now_of(record, state.task) - state.learnt_at
    grown = len(record) >= GROWN * state.learnt_rows and age_min >= MINUTES_A_DAY
    return grown or age_min >= effort.learn_every_days * MINUTES_A_DAY


def due_to_reckon(state: State, now: int) -> bool:
    """Whether weights and bands should be made anew."""
    return now - state.reckoned_at >= RECKON_EVERY_HOURS * 60


def learn(record: Record, task: Task, effort: Effort, before: State | None) -> State:
    """Return a state whose models are fitted on all that is known."""
    if before is None:
        before = rehearsed(record, task, effort)
    before = _extended(before, record)
    fitted = fit(record, task, effort)
    now, rows = now_of(record, task), len(record)
    return _weighed(replace(before, fitted=fitted, learnt_at=now, learnt_rows=rows), record)


def reckon(record: Record, state: State) -> State:
    """Return the state with what its models said since, and weights and bands by it."""
    return _weighed(_extended(state, record), record)


def rehearsed(record: Record, task: Task, effort: Effort) -> State:
    """Return a state as if it had learnt some weeks ago, so that its models have a past."""
    held_back = min(REHEARSAL_DAYS * task.day, int(REHEARSAL_SHARE * len(record)))
    past = record.until(len(record) - held_back, task.reach)
    fitted = fit(past, task, effort) if len(past) else plain(record, task)
    nothing = Weighing(Mixture((), Blocks.over(task.horizons), np.empty((0, 0))), None)
    at = now_of(past, task)
    return State(task, fitted, at, len(past), Ledger.empty(task), at, nothing, nothing)


def _extended(state: State, record: Record) -> State:
    """Return the state with its models' word from the origins since it last reckoned."""
    task, now = state.task, now_of(record, state.task)
    since = (now - state.reckoned_at) // task.step_min
    near = record.newest(since + WINDOW_DAYS * task.day)
    first = int(near.days.minute[0])
    origins = origins_between(max(1, len(near) - since), len(near), first, task)
    if not len(origins):
        return replace(state, reckoned_at=now)
    view, horizons = state.view(near), state.ledger.horizons
    said = answers(view, state.fitted.models, origins, horizons, state.fitted.scale)
    minute = first + origins * task.step_min
    said |= _said_bands(state, said, view, origins)
    ledger = state.ledger.with_said(minute, said)
    truth = _lit(ledger.truth(record, task), ledger, state)
    margin = margin_after(state.margin, ledger, truth, state.reckoned_at, now, task)
    return replace(state, ledger=ledger, reckoned_at=now, margin=margin)


def _said_bands(
    state: State, said: dict[str, Floats], view: View, origins: Ints
) -> dict[str, Floats]:
    """Return the outer quantiles as they would have been issued, before anything newer was seen."""
    which, horizons = state.seeing, state.ledger.horizons
    if which.bands is None or any(name not in said for name in which.mixture.names):
        return {}
    middle = which.mixture.mixed(said, horizons)
    target = origins[:, None] + horizons - 1
    flat = which.bands.offsets(view.days, target.ravel(), np.tile(horizons, len(origins)))
    low, high = (state.task.bounded(middle + flat[i].reshape(middle.shape)) for i in (0, -1))
    return {LOW: low, HIGH: high}


def _weighed(state: State, record: Record) -> State:
    """Return the state with weights and bands by its ledger."""
    names = tuple(model.name for model in state.fitted.models)
    return replace(
        state,
        seeing=_weighing(state, record, names),
        blind=_weighing(state, record, state.fitted.blind_names),
    )


def _weighing(state: State, record: Record, names: tuple[str, ...]) -> Weighing:
    ledger, task = state.ledger, state.task
    blocks = Blocks.over(task.horizons)
    silent = np.full((len(ledger.minute), len(ledger.horizons)), np.nan)
    ledger = replace(ledger, said={name: ledger.said.get(name, silent) for name in names})
    truth = _lit(ledger.truth(record, task), ledger, state)
    mixture = mixture_of(ledger, truth, names, blocks)
    errors = truth - mixture.mixed(ledger.said, ledger.horizons)
    origin = (ledger.minute - record.days.minute[0]) // task.step_min
    row = np.clip(origin[:, None] + ledger.horizons - 1, 0, len(record.days) - 1)
    counts = recency(ledger.minute)
    hour = hour_of(record.days, row)
    given = (errors, hour, ledger.horizons, counts, blocks, LEVELS)
    return Weighing(mixture, bands_of(*given, margin=state.margin))


def _lit(truth: Floats, ledger: Ledger, state: State) -> Floats:
    """Return the truth without the nights of a plant: they are known and teach nothing."""
    task, place = state.task, state.fitted.place
    if place is None or not len(ledger.minute):
        return truth
    minute = ledger.minute[:, None] + (ledger.horizons - 1) * task.step_min
    return np.where(place.elevation(minute, task.step_min) > 0.0, truth, np.nan)
