"""Training as the training process does it, challenger against champion included.

40 points of a year of quarter hours, 48 h ahead, at the process's own effort (2,000 cases a band,
25 trees), by two workers in processes of their own: the demo park's eleven recorded series, ending
in four seasons, one of them at Christmas. `first` is a point without a model, `weekly` a week later
with a champion. The bars are those of the issue for 1,000 points, which is this sample
extrapolated, not run: 10 minutes and 4 GB. `with weather` has irradiance and temperature foreseen
beside every series (what the solar station measured): a load learns from the temperature, a plant
of the sun from both, each two sets of models; the turbine and the market learn as without. Reading
and writing the database is not in it. What a model takes in the registry is that of the champions,
here and at the effort of the back-tests
(16,000 cases, 160 trees).
"""

import multiprocessing
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from services.forecasting.domain.outlook.effort import BACKTEST, Effort
from services.forecasting.domain.series import Floats
from services.forecasting.domain.series_record import task_of
from services.forecasting.domain.weather import Foreseen
from services.forecasting.registry.models import Learnt
from services.forecasting.training.settings import Settings
from services.forecasting.training.work import Made, Serving, Work, made_of
from services.simulator.recordings import numbers, table
from tests.bench.forecasts.series import DATA
from tests.bench.measure import Result, seconds_of
from tests.support.builders import a_park
from tests.support.recorded import recorded

POINTS, WORKERS = 40, 2
FORESEEN = ("irradiance_w_m2", "temperature_c")
WEEK, SEASON, YEAR = 7 * 96, 91 * 96, 365 * 96
BAR_S, BAR_MB, BAR_POINTS = 600.0, 4_000.0, 1_000


def run() -> tuple[list[Result], str]:
    """Return seconds and memory against the bars, and bytes a model."""
    effort = Settings(park=Path("demo.yaml"), database_url="none").effort
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as workers:
        list(workers.map(_taught, [_work(i, effort) for i in range(WORKERS)]))  # loads libraries
        first, first_s = _timed(workers, [_work(i, effort) for i in range(POINTS)])
        champions = [_serving(made.learnt) for made in first]
        weekly = [_work(i, effort, champions[i], WEEK) for i in range(POINTS)]
        again, weekly_s = _timed(workers, weekly)
        told = [_weathered(_work(i, effort)) for i in range(POINTS)]
        seen, weather_s = _timed(workers, told)
        champions = [_serving(made.learnt) for made in seen]
        told = [_weathered(_work(i, effort, champions[i], WEEK)) for i in range(POINTS)]
        _, again_s = _timed(workers, told)
        resident_mb = sum(workers.map(_resident_mb, range(WORKERS)))
    large = made_of(_work(0, BACKTEST)).learnt
    return [
        _bar("first models", first_s),
        _bar("weekly, against a champion", weekly_s),
        _bar("with weather, first models", weather_s),
        _bar("with weather, weekly", again_s),
        Result("memory of both workers", resident_mb, BAR_MB, "MB", "the bar", "largest seen"),
    ], _detail(first, again, large)


@dataclass(frozen=True)
class _Took:
    """Seconds of the processor and of the wall for all points of the sample."""

    processor_s: float
    wall_s: float


def _taught(work: Work) -> tuple[Made, float]:
    began = time.process_time()
    made = made_of(work)
    return made, time.process_time() - began


def _timed(workers: ProcessPoolExecutor, work: list[Work]) -> tuple[list[Made], _Took]:
    found: list[tuple[Made, float]] = []
    wall_s = seconds_of(lambda: found.extend(workers.map(_taught, work)), repeats=1)
    return [made for made, _ in found], _Took(sum(took for _, took in found), wall_s)


def _bar(what: str, took: _Took) -> Result:
    """Return what 1,000 points take on as many free cores as there are workers."""
    a_point_s = took.processor_s / POINTS
    note = (
        f"{a_point_s:.2f} s of a processor a point, shared by {WORKERS} free cores and "
        f"extrapolated; by the wall clock of this run {took.wall_s / POINTS * BAR_POINTS:,.0f} s"
    )
    of_all_s = a_point_s / WORKERS * BAR_POINTS
    return Result(f"training 1,000 points, {what}", of_all_s, BAR_S, "s", "the bar", note)


def _work(
    number: int, effort: Effort, serving: Serving | None = None, later_quarters: int = 0
) -> Work:
    """Return a year of a recorded series, moved in a circle so that it ends in some season."""
    first, powers = recorded()
    target = list(powers)[number % len(powers)]
    power_w = np.roll(powers[target], (number // len(powers)) * SEASON)
    begin = later_quarters
    power_w = np.concatenate((power_w, power_w[:WEEK]))[begin : begin + YEAR]
    task = task_of(target, a_park())
    weather = Foreseen.none(len(power_w), len(power_w) + task.reach)
    return Work(target, task, power_w, first + begin, effort, serving, weather)


def _weathered(work: Work) -> Work:
    """Return the work with weather beside it; the columns that its shape is moved by are taken."""
    rows, measured = len(work.power_w) + work.task.reach, _measured()
    value = np.resize(measured, (rows, len(FORESEEN)))
    weather = Foreseen(FORESEEN, value, np.full(value.shape, 60.0), len(work.power_w))
    return replace(work, weather=weather)


@cache
def _measured() -> Floats:
    """Return the solar station's year `(quarters, columns)`; its gaps are 0."""
    rows = table(DATA, "pv_weather_15min")
    columns = [numbers(rows[name]) for name in FORESEEN]
    return np.nan_to_num(np.column_stack(columns))


def _serving(learnt: Learnt | None) -> Serving | None:
    return learnt and Serving(learnt.body, None, learnt.ledger, learnt.reckoned_at)


def _resident_mb(_: int) -> float:
    time.sleep(0.2)  # so that each worker answers once
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _detail(first: Sequence[Made], again: Sequence[Made], large: Learnt | None) -> str:
    body_kb = _kilobytes([made.learnt.body for made in first if made.learnt])
    ledger_kb = _kilobytes([made.learnt.ledger for made in first if made.learnt])
    large_kb = len(large.body) / 1000 if large else float("nan")
    gained = [_gain(made) for made in first if made.scores]
    return (
        f"A champion takes {body_kb:.0f} kB for what answers need (at the effort of the back-tests "
        f"{large_kb:.0f} kB) and {ledger_kb:.0f} kB for its ledger of 28 days; up to "
        f"{ledger_kb * 2:.0f} kB once that holds 56.\n\n"
        f"Of {len(first)} first models {_promoted(first)} beat the plain models and serve, with "
        f"{np.mean(gained):.0%} less error on the days held back; of the challengers a week later "
        f"{_promoted(again)} beat their champion."
    )


def _kilobytes(bodies: Sequence[bytes]) -> float:
    return float(np.mean([len(body) for body in bodies])) / 1000


def _promoted(made: Sequence[Made]) -> int:
    return sum(one.verdict.promoted for one in made)


def _gain(made: Made) -> float:
    return 1.0 - float(np.mean([score.over_before for score in made.scores]))
