"""Answers from a state: the outlook from where a record ends."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.bands import hour_of
from services.forecasting.domain.outlook.features import Cases
from services.forecasting.domain.outlook.first_light import first_light
from services.forecasting.domain.outlook.ledger import said_of
from services.forecasting.domain.outlook.likely_sun import likely_light
from services.forecasting.domain.outlook.plain import LAST
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import (
    LEVELS,
    NEAR_DAYS,
    WINDOW_DAYS,
    State,
    Weighing,
)
from services.forecasting.domain.outlook.turns import audited, turned
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

FIRST_WIDTH = 1.3  # standard deviations, while nothing is known of errors


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Quantiles `(levels, horizons)` of the asked horizons, in the unit of the series.

    `weight` is each model's mean weight where it serves: those that look at the weather do only
    where it is foreseen, the blind ones elsewhere; so these are weights of both by their horizons.
    """

    quantiles: Floats
    weight: dict[str, float]


def answer(record: Record, state: State) -> Outlook:
    """Return the outlook from the end of the record.

    The models are asked of the last hours too, as some time before: whether there was a turn.
    """
    task, near = state.task, record.newest(WINDOW_DAYS * state.task.day)
    view = state.view(near, since=max(0, len(near) - NEAR_DAYS * task.day))
    fitted = state.fitted
    asked, past = Cases.every(np.array([view.rows]), task.steps), audited(view)
    cases = asked.and_also(past)
    said = said_of(view, fitted.speaking, cases, fitted.scale)
    quantiles = np.empty((len(LEVELS), len(cases)))
    weighings = _weighings(state, said)
    for which, columns in weighings:
        part = {name: found[:, columns] for name, found in said.items()}
        quantiles[:, columns] = _quantiles(which, part, cases.at(columns), view, state, record)
    ahead, before = np.split(quantiles, [len(asked)], axis=1)
    if task.sun and (unheard := _unheard(said)).any():
        ahead[:, unheard] = _first_light(near, view, state)[:, task.steps[unheard] - 1]
    if len(past) and state.seeing.bands is not None:
        ahead = turned(ahead, before, past, view, fitted.scale)
    return Outlook(_physical(ahead, view, state), _weights(weighings, len(asked)))


def _unheard(said: dict[str, Floats]) -> NDArray[np.bool_]:
    """Return which horizons nobody but the last value speaks of: it tells nothing of the sun."""
    others = np.array([found[0] for name, found in said.items() if name != LAST.name])
    unheard: NDArray[np.bool_] = np.isnan(others).all(axis=0)
    return unheard


def _first_light(near: Record, view: View, state: State) -> Floats:
    """Return quantiles `(levels, rows)` of all rows after the record, by the light of its end."""
    day = near.newest(state.task.day)
    if state.fitted.place is None:
        clear = likely_light(day.value, day.days, state.task)
    else:
        clear = view.clear[None, -len(day.days) :]
    return first_light(day.value, clear, state.task)


def _quantiles(
    which: Weighing,
    said: dict[str, Floats],
    cases: Cases,
    view: View,
    state: State,
    record: Record,
) -> Floats:
    """Return the mixture with its bands; wide ones where too little has come true to know."""
    known = record.value[np.isfinite(record.value)]
    level = float(known.mean()) if len(known) else 0.0
    heard = which.heard(said, cases.horizon)
    mixed = heard.middle[0]
    middle = np.where(np.isfinite(mixed), mixed, level)
    spread = FIRST_WIDTH * float(known.std()) if len(known) else state.task.size
    width = np.maximum(spread * _lightness(view, cases), 0.5 * np.abs(middle))
    first = np.array([middle - width, middle, middle + width])
    if which.bands is None:
        return first
    hour = hour_of(view.days, cases.target)
    known_all = replace(heard, middle=middle[None])
    found = which.bands.around(known_all, hour[None], cases.horizon)[:, 0]
    return np.where(np.isfinite(found).all(axis=0), found, first)


def _lightness(view: View, cases: Cases) -> Floats:
    """Return how light it is beside the lightest of the cases, 0 to 1; 1 where nobody knows."""
    clear = view.clear[cases.target]
    lightest = np.nan_to_num(clear).max(initial=0.0)
    return np.nan_to_num(clear / lightest, nan=1.0) if lightest > 0.0 else np.ones(len(clear))


def _physical(quantiles: Floats, view: View, state: State) -> Floats:
    """Return the quantiles in order, within bounds, and zero where it is dark."""
    task = state.task
    bounded = task.bounded(np.sort(quantiles, axis=0))
    dark = view.dark[view.rows + task.steps - 1]
    return np.where(dark, max(task.lowest, 0.0), bounded) if task.sun else bounded


def _weights(weighings: list[tuple[Weighing, Ints]], asked: int) -> dict[str, float]:
    weight = dict[str, float]()
    for which, columns in weighings:
        if not (share := float((columns < asked).sum()) / asked):
            continue
        for name, own in zip(which.mixture.names, which.mixture.weight.mean(axis=1), strict=True):
            weight[name] = weight.get(name, 0.0) + share * float(own)
    return weight


def _weighings(state: State, said: dict[str, Floats]) -> list[tuple[Weighing, Ints]]:
    """Return which weighing serves which columns: the blind one where weather is missing."""
    if state.seeing.mixture.names == state.blind.mixture.names:
        return [(state.seeing, np.arange(next(iter(said.values())).shape[1]))]
    foresight = [n for n in state.seeing.mixture.names if n not in state.blind.mixture.names]
    sees = np.isfinite(np.array([said[name][0] for name in foresight])).any(axis=0)
    parts = [(state.seeing, np.flatnonzero(sees)), (state.blind, np.flatnonzero(~sees))]
    return [(which, columns) for which, columns in parts if len(columns)]
