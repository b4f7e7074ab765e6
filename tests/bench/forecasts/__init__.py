"""Rolling-origin back-tests of the outlooks on the demo park's recorded series, beside rivals.

Issues every 23 h from June on (EV from 20 July), 24 h ahead, learning every 7 days as the service
does (the command lets an old series wait up to 28). The naive method is the best in hindsight of
last value, 24 h ago and 168 h ago. Rivals see the same: LightGBM with its own defaults and ridge on
lags and calendar, retrained every 28 days; MSTL and AutoTheta on the last 28 days, at every 12th
issue, where they are compared.
`PARKFLOW_PV_WITH_WEATHER` may name the PVOD station that is not in the repository,
`PARKFLOW_WIND_WITH_FAR_WEATHER` weather of another place, taken as if it had been foreseen for the
turbine's: no forecast of wind beside a turbine's power is recorded.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.rolling import rolled
from tests.bench.forecasts import rivals
from tests.bench.forecasts.scores import Scored
from tests.bench.forecasts.series import Benched, all_series, origins_of
from tests.bench.forecasts.table import as_tables
from tests.bench.measure import Result

EVERY_HOURS = 23
STATISTICS_EVERY = 12
EFFORT = Effort(learn_every_days=7, patience_days=7)
ONLY = "PARKFLOW_BENCH_SERIES"  # names, comma separated; default: all


def run() -> tuple[list[Result], str]:
    """Return the figures and the tables of every series, a process a core working on them."""
    wanted = [name for name in os.environ.get(ONLY, "").split(",") if name]
    names = [name for name in all_series() if not wanted or name in wanted]
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        scored = list(workers.map(_named, names))
    return [_figure(series) for series in scored], as_tables(scored)


def _named(name: str) -> Scored:
    began = time.perf_counter()
    scored = _scored(all_series()[name]())
    took_s = time.perf_counter() - began
    sys.stderr.write(f"\n  {name} {took_s:.0f} s, day {scored.gain('day'):+.1%}")
    sys.stderr.flush()
    return scored


def _figure(series: Scored) -> Result:
    ours, best = series.mae("ours", "day"), series.best_naive("day")
    what = f"forecast error a day ahead, {series.name}"
    note = f"{series.coverage():.0%} of truths in P10–P90"
    return Result(what, ours, series.mae(best, "day"), "MAE", best, note)


def _scored(benched: Benched) -> Scored:
    task, record = benched.task, benched.record
    origins = list(origins_of(benched, EVERY_HOURS))
    truth = record.value[np.array(origins)[:, None] + task.steps - 1]
    ours = np.array([o.quantiles for _, o in rolled(record, task, origins, EFFORT)])
    said = {"ours": ours, **rivals.naive(record, task, origins)}
    said["LightGBM"] = rivals.boosting(record, task, origins)
    said["ridge"] = rivals.ridge(record, task, origins)
    some = origins[::STATISTICS_EVERY]
    for name, found in rivals.statistics(record, task, some).items():
        said[name] = np.full_like(ours, np.nan)
        said[name][::STATISTICS_EVERY] = found
    said["average"] = np.mean([said[n] for n in ("LightGBM", "ridge", "MSTL", "AutoTheta")], axis=0)
    return Scored(benched.name, benched.kind, task, origins, truth, said)
