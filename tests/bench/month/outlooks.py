"""What forecasting would have issued at each quarter of a month: learnt weekly, in time order.

The outlooks are the service's own (`services/forecasting/domain`), with the effort of its training
process, on the last PAST_DAYS of each series. Prices are known until the end of the day, from noon
on until the end of the next (the demo's market); beyond, an outlook foresees them.
"""

import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.joint.past_errors import PastErrors, past_errors_of
from services.forecasting.domain.joint.paths import paths
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.rolling import advanced
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.series import Floats
from services.forecasting.domain.series_record import HORIZONS, record_of, task_of
from services.forecasting.domain.signals import Signal
from services.forecasting.domain.targets import Target
from tests.bench.month.truth import DAY, Span, metered, truth
from tests.support.builders import a_park
from tests.support.recorded import recorded

EFFORT = Effort(cases=2_000, rounds=25)
PAST_DAYS = 150
SCRATCH = "PARKFLOW_BENCH_SCRATCH"  # a folder that keeps what was issued; default: nothing is kept
NOON = 12 * 4
PARK_AHEAD = 8 * 4


@dataclass(frozen=True, slots=True, eq=False)
class Issued:
    """One series' issues: P10, P50, P90 `(issues, 3, HORIZONS)`, in kW or money per kWh, positive.

    `errors` are those that paths are drawn from, each from an issue on.
    """

    quantiles: NDArray[np.float32]
    errors: tuple[tuple[int, PastErrors], ...]
    lowest: float
    highest: float

    def errors_at(self, issue: int) -> PastErrors:
        """Return the past errors as they were known at an issue."""
        return [errors for since, errors in self.errors if since <= issue][-1]


@dataclass(frozen=True, slots=True, eq=False)
class Outlooks:
    """All series' issues of a span, by name; `load` is each load, the others stand alone."""

    span: Span
    loads: dict[str, Issued]
    wind: dict[str, Issued]
    pv: dict[str, Issued]
    price: Issued

    def paths(self, issue: int, count: int) -> tuple[Floats, Floats, Floats]:
        """Return joint paths of load, wind and PV, each `(count, HORIZONS)`, kW."""
        groups = (self.loads, self.wind, self.pv)
        every = {name: one for group in groups for name, one in group.items()}
        spreads = {
            name: Spread(one.quantiles[issue].astype(np.float64), one.lowest, one.highest)
            for name, one in every.items()
        }
        errors = {name: one.errors_at(issue) for name, one in every.items()}
        drawn = dict(paths(spreads, errors, count, self.span.first + issue))
        load, wind, pv = (
            np.asarray(sum(drawn[name] for name in group), np.float64) for group in groups
        )
        return load, wind, pv

    def medians(self, issue: int) -> tuple[Floats, Floats, Floats]:
        """Return the medians of load, wind and PV, each `(HORIZONS,)`, kW."""
        load, wind, pv = (
            np.asarray(sum(one.quantiles[issue, 1] for one in group.values()), np.float64)
            for group in (self.loads, self.wind, self.pv)
        )
        return load, wind, pv

    def held_on(self, issue: int, now_kw: tuple[float, ...]) -> list[Floats]:
        """Return the medians of load, wind and PV corrected by what is measured of each now."""
        groups, ahead = (self.loads, self.wind, self.pv), np.arange(HORIZONS)
        found = []
        for group, median, now in zip(groups, self.medians(issue), now_kw, strict=True):
            off = (now - median[0]) * np.exp(-ahead / self._memory(group, issue))
            found.append(np.asarray(np.maximum(median + off, 0.0), np.float64))
        return found

    def unsure(self, issue: int) -> list[Floats]:
        """Return how much of each group's spread is left at each step when now is measured."""
        ahead = np.arange(HORIZONS)
        return [
            np.asarray(1.0 - np.exp(-ahead / self._memory(group, issue)), np.float64)
            for group in (self.loads, self.wind, self.pv)
        ]

    @staticmethod
    def _memory(group: dict[str, Issued], issue: int) -> float:
        """Return how many quarters it takes until an error is forgotten, the mean of a group."""
        return float(np.mean([one.errors_at(issue).memory for one in group.values()]))


def outlooks_of(span: Span) -> Outlooks:
    """Return all issues of a span, from the scratch folder where they are kept there."""
    folder = os.environ.get(SCRATCH)
    if not folder:
        return _issued(span)
    kept = Path(folder) / f"outlooks-{span.first}-{span.end}.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(_issued(span)))
    found: Outlooks = pickle.loads(kept.read_bytes())
    return found


def _issued(span: Span) -> Outlooks:
    groups = metered()
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        made = [[workers.submit(_of_target, one, span) for one in group] for group in groups]
        price = workers.submit(_of_price, span)
        loads, wind, pv = (
            {one.point_id: work.result() for one, work in zip(group, works, strict=True)}
            for group, works in zip(groups, made, strict=True)
        )
        return Outlooks(span, loads, wind, pv, price.result())


def _of_target(target: Target, span: Span) -> Issued:
    """Return a meter's issues: at each quarter, all quarters before it are known."""
    first, powers = recorded()
    published_w = powers[target]
    task = task_of(target, a_park())
    issued = _rolled(target, first, published_w, list(range(span.first, span.end)))
    return Issued(issued[0] / np.float32(1e3), issued[1], task.lowest / 1e3, task.highest / 1e3)


def _rolled(
    target: Target,
    first: int,
    value: Floats,
    ends: list[int],
    state: State | None = None,
) -> tuple[NDArray[np.float32], tuple[tuple[int, PastErrors], ...]]:
    """Return what was said where the known past ends at each of `ends`, in the core's sign."""
    task = task_of(target, a_park())
    said, errors = np.empty((len(ends), 3, HORIZONS), np.float32), []
    for place, end in enumerate(ends):
        begin = max(0, end - first - PAST_DAYS * DAY)
        record = record_of(value[begin : end - first], first + begin, target, task)
        known = cleaned(record, task)
        newer = advanced(known, task, EFFORT, state)
        if newer is not state:
            errors.append((place, past_errors_of(known, newer)))
        state = newer
        said[place] = answer(known, state).quantiles
    return said, tuple(errors)


def _of_price(span: Span) -> Issued:
    """Return the price's issues: what is published, and an outlook from where that ends."""
    known = truth()
    ends = [_published_until(quarter) for quarter in range(span.first, span.end)]
    moments = sorted(set(ends))
    said, errors = _rolled(Signal.IMPORT_PRICE.target, known.first, known.price, moments)
    quantiles = np.empty((len(span), 3, HORIZONS), np.float32)
    for place, end in enumerate(ends):
        told = end - (span.first + place)
        row = span.first + place - known.first
        quantiles[place, :, :told] = known.price[row : row + told]
        quantiles[place, :, told:] = said[moments.index(end)][:, : HORIZONS - told]
    return Issued(quantiles, errors, -np.inf, np.inf)


def _published_until(quarter: int) -> int:
    """Return the first quarter whose price nobody knows yet: noon tells the next day."""
    of_day = (quarter + PARK_AHEAD) % DAY
    return quarter - of_day + (2 * DAY if of_day >= NOON else DAY)
