"""How far off the forecasts are on the recorded park, against the best naive method of the run.

Six weeks from each start, an issue every 31 h, 21 days of past each; errors are means over the
series of a kind; `4h` is the second to fourth hour, `24h` the rest of the day. The best naive
method (persistence, day ago, week ago) is chosen per series and horizon, with hindsight; in the
quantile loss it stands as a point. The method's few constants were chosen on the weeks from the
demo's start (2019-06-03), one of them (`blend.REWEIGHTINGS`) on the wind of the half year from
there; otherwise the other seasons (from 03-04, 09-02, 11-11) were looked at afterwards.
"""

import numpy as np

from services.forecasting.domain.forecast import forecast
from services.forecasting.domain.targets import Shape, targets_of
from tests.bench.measure import Result, seconds_of
from tests.support.backtest import FIRST_ORIGIN, HORIZONS, NAIVE, Backtest, as_table, backtest
from tests.support.builders import a_park
from tests.support.recorded import past

KINDS = {"9 loads": Shape.DEMAND, "PV": Shape.SUN, "wind": Shape.WIND}
OTHER_SEASONS = tuple(FIRST_ORIGIN + days * 96 for days in (-91, 91, 161))


def run() -> tuple[list[Result], str]:
    """Return the figures and the table of every series from the demo's start."""
    targets = targets_of(a_park())
    demo = [backtest(target) for target in targets]
    others = [backtest(target, first=first) for first in OTHER_SEASONS for target in targets]
    figures = [*_figures("June", demo), *_figures("other seasons", others), _speed()]
    return figures, as_table(demo)


def _figures(when: str, results: list[Backtest]) -> list[Result]:
    figures = []
    for name, shape in KINDS.items():
        of_kind = [result for result in results if result.target.shape is shape]
        figures += [_mae(f"{name}, {when}", of_kind, horizon) for horizon in HORIZONS]
        figures.append(_pinball(f"{name}, {when}", of_kind))
    return figures


def _mae(name: str, results: list[Backtest], horizon: str) -> Result:
    blend = np.mean([r.mae_in_w("blend", horizon) for r in results]) / 1000
    best = np.mean([min(r.mae_in_w(n, horizon) for n in NAIVE) for r in results]) / 1000
    what = f"forecast error, {name}, {horizon}"
    return Result(what, float(blend), float(best), "kW (MAE)", "best naive")


def _pinball(name: str, results: list[Backtest]) -> Result:
    blend = np.mean([r.pinball_w["blend"].mean() for r in results]) / 1000
    best = np.mean([min(r.pinball_w[n].mean() for n in NAIVE) for r in results]) / 1000
    inside = np.mean([r.coverage.mean() for r in results])
    what = f"quantile loss P10/P50/P90, {name}, whole day"
    note = f"{inside:.0%} of truths in P10–P90"
    return Result(what, float(blend), float(best), "kW", "best naive", note)


def _speed() -> Result:
    pasts = {target: past(target, FIRST_ORIGIN, 56) for target in targets_of(a_park())}
    took_s = seconds_of(lambda: [forecast(series, target) for target, series in pasts.items()])
    what = f"one issue of {len(pasts)} series from 56 days"
    return Result(what, took_s, 1.0, "s", "the allowed time")
