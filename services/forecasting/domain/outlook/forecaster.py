"""A series' forecaster: learns now and then, and reckons daily how far to trust what it learnt.

Both are pure steps: a newer state from an older one and from what is known. Whatever is known ends
at the origin, so nothing can look ahead. `answering` makes outlooks of a state.
"""

from dataclasses import replace

import numpy as np

from services.forecasting.domain.outlook.bands import bands_of, hour_of
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.fitting import Fitted, fit, plain
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
GROWN, LITTLE = 1.5, 0.15


def due_to_learn(state: State, effort: Effort, record: Record) -> bool:
    """Whether models should be fitted anew: a young series has grown by half, or it is time.

    The longer the past, the less a week adds to it: an old series waits a little longer.
    """
    age_min = now_of(record, state.task) - state.learnt_at
    grown = len(record) >= GROWN * state.learnt_rows and age_min >= MINUTES_A_DAY
    little_days = LITTLE * state.learnt_rows / state.task.day
    wait_days = max(effort.learn_every_days, min(little_days, effort.patience_days))
    return grown or age_min >= wait_days * MINUTES_A_DAY


def due_to_reckon(state: State, now: int) -> bool:
    """Whether weights and bands should be made anew."""
    return now - state.reckoned_at >= RECKON_EVERY_HOURS * 60


def learn(record: Record, task: Task, effort: Effort, before: State | None) -> State:
    """Return a state whose models are fitted on all that is known.

    The first that learn get a past even where plain ones spoke before them, since the series was
    too young for others: else weeks would pass until anybody listens to them. So do models that
    follow some of long ago, by whose words nobody can judge them.
    """
    fitted = fit(record, task, effort)
    before = None if before is None else listened(before, record)
    if before is None or _tells_nothing(before, fitted, record):
        before = listened(rehearsed(record, task, effort), record)
    now, rows = now_of(record, task), len(record)
    return _weighed(replace(before, fitted=fitted, learnt_at=now, learnt_rows=rows), record)


def _tells_nothing(before: State, fitted: Fitted, record: Record) -> bool:
    """Whether what a state's models said does not tell how good the new ones are."""
    age_min = now_of(record, before.task) - before.learnt_at
    was_young = before.fitted.is_plain and not fitted.is_plain
    return was_young or age_min > WINDOW_DAYS * MINUTES_A_DAY


def reckon(record: Record, state: State) -> State:
    """Return the state with what its models said since, and weights and bands by it.

    A plant that nobody found is looked for again.
    """
    if state.task.sun and state.fitted.place is None and state.fitted.is_plain:
        state = replace(state, fitted=plain(record, state.task))
    return _weighed(listened(state, record), record)


def rehearsed(record: Record, task: Task, effort: Effort) -> State:
    """Return a state as if it had learnt some weeks ago, so that its models have a past."""
    held_back = min(REHEARSAL_DAYS * task.day, int(REHEARSAL_SHARE * len(record)))
    past = record.until(len(record) - held_back, task.reach)
    fitted = fit(past, task, effort) if len(past) else plain(record, task)
    nothing = Weighing(Mixture((), Blocks.over(task.horizons), np.empty((0, 0))), None, {})
    at = now_of(past, task)
    return State(task, fitted, at, len(past), Ledger.empty(task), at, nothing, nothing)


def listened(state: State, record: Record) -> State:
    """Return the state with its models' word from the origins since it last reckoned.

    Its weights and bands stay: `reckon` makes them anew.
    """
    task, now = state.task, now_of(record, state.task)
    since = (now - state.reckoned_at) // task.step_min
    near = record.newest(since + WINDOW_DAYS * task.day)
    first = int(near.days.minute[0])
    origins = origins_between(max(1, len(near) - since), len(near), first, task)
    if not len(origins):
        return replace(state, reckoned_at=now)
    view, horizons = state.view(near), state.ledger.horizons
    said = answers(view, state.fitted.speaking, origins, horizons, state.fitted.scale)
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
    if which.bands is None or any(name not in said for name in which.names):
        return {}
    hour = hour_of(view.days, origins[:, None] + horizons - 1)
    found = which.bands.around(which.heard(said, horizons), hour, horizons)
    return {LOW: state.task.bounded(found[0]), HIGH: state.task.bounded(found[-1])}


def _weighed(state: State, record: Record) -> State:
    """Return the state with weights and bands by its ledger."""
    fitted = state.fitted
    seeing = _weighing(state, record, fitted.names, fitted.outer_names)
    if fitted.blind_names == fitted.names:
        return replace(state, seeing=seeing, blind=seeing)
    return replace(state, seeing=seeing, blind=_weighing(state, record, fitted.blind_names, {}))


def _weighing(
    state: State, record: Record, names: tuple[str, ...], outer: dict[float, str]
) -> Weighing:
    ledger, task = state.ledger, state.task
    blocks = Blocks.over(task.horizons)
    wanted = (*names, *outer.values())
    silent = np.full((len(ledger.minute), len(ledger.horizons)), np.nan)
    ledger = replace(ledger, said={name: ledger.said.get(name, silent) for name in wanted})
    truth = _lit(ledger.truth(record, task), ledger, state)
    mixture = mixture_of(ledger, truth, names, blocks)
    weighing = Weighing(mixture, None, outer)
    origin = (ledger.minute - record.days.minute[0]) // task.step_min
    row = np.clip(origin[:, None] + ledger.horizons - 1, 0, len(record.days) - 1)
    counts = recency(ledger.minute)
    hour = hour_of(record.days, row)
    said = weighing.heard(ledger.said, ledger.horizons)
    given = (truth, said, hour, ledger.horizons, counts, blocks, LEVELS)
    return replace(weighing, bands=bands_of(*given, margin=state.margin))


def _lit(truth: Floats, ledger: Ledger, state: State) -> Floats:
    """Return the truth without the nights of a plant: they are known and teach nothing."""
    task, place = state.task, state.fitted.place
    if place is None or not len(ledger.minute):
        return truth
    minute = ledger.minute[:, None] + (ledger.horizons - 1) * task.step_min
    return np.where(place.elevation(minute, task.step_min) > 0.0, truth, np.nan)
