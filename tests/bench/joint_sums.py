"""Sums of the six electric loads a day ahead: members added up, against an outlook of their own.

Reconciled is what the service issues: medians added up, P10 and P90 from joint paths. Unreconciled
is an outlook learnt on the summed series. 60 issues, one every 23 h, from the demo's start on.
"""

import numpy as np

from services.forecasting.domain.joint.past_errors import past_errors_of
from services.forecasting.domain.joint.paths import paths
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.joint.sums import BANDED_PATHS, banded
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.rolling import advanced
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.targets import Target
from tests.bench.measure import Result
from tests.support.backtest import FIRST_ORIGIN
from tests.support.builders import a_park
from tests.support.recorded import recorded, recorded_targets

EFFORT = Effort(cases=4_000, rounds=60, learn_every_days=28)
ISSUES, EVERY_QUARTERS, PAST_DAYS, DAY = 60, 93, 150, 96


def run() -> tuple[list[Result], str]:
    """Return the figures; the table says no more."""
    loads = [t for t in recorded_targets() if t.point_id.endswith("active_power_w")][:6]
    said: dict[str, list[Floats]] = {"summed": [], "own": [], "added": []}
    truth, states = [], dict.fromkeys(range(len(loads) + 1))
    for issue in range(ISSUES):
        origin = FIRST_ORIGIN + issue * EVERY_QUARTERS
        knowns, came = _known(loads, origin)
        answers = []
        for i, (task, known) in enumerate(knowns):
            states[i] = state = advanced(known, task, EFFORT, states[i])  # type: ignore[assignment]
            answers.append(answer(known, state).quantiles)
        *members, own = answers
        said["own"].append(own[:, :DAY])
        said["added"].append(np.sum(members, axis=0)[:, :DAY])
        said["summed"].append(_summed(members, knowns, states, origin)[:, :DAY])  # type: ignore[arg-type]
        truth.append(came)
    return _figures({name: np.array(rows) for name, rows in said.items()}, np.array(truth)), ""


def _known(loads: list[Target], origin: int) -> tuple[list[tuple[Task, Record]], Floats]:
    """Return each load's task and past, then the sum's, and what the sum was in the next day."""
    first, powers = recorded()
    end = origin - first
    series = [powers[load] for load in loads]
    series.append(np.sum(series, axis=0))
    knowns = []
    for load, power_w in zip([*loads, loads[0]], series, strict=True):
        task, begin = task_of(load, a_park()), end - PAST_DAYS * DAY
        record = record_of(power_w[begin:end], first + begin, load, task)
        knowns.append((task, cleaned(record, task)))
    return knowns, series[-1][end : end + DAY]


def _summed(
    members: list[Floats],
    knowns: list[tuple[Task, Record]],
    states: dict[int, State],
    seed: int,
) -> Floats:
    spreads = {str(i): Spread(quantiles, 0.0) for i, quantiles in enumerate(members)}
    errors = {str(i): past_errors_of(knowns[i][1], states[i]) for i in range(len(members))}
    drawn = dict(paths(spreads, errors, BANDED_PATHS, seed))
    median = np.sum([quantiles[1] for quantiles in members], axis=0)
    return banded(median, np.sum(list(drawn.values()), axis=0))


def _figures(said: dict[str, Floats], truth: Floats) -> list[Result]:
    figures = []
    for name, noted in (("summed", "joint paths"), ("added", "quantiles added up")):
        inside = [
            (rows[:, 0] <= truth) & (truth <= rows[:, 2]) for rows in (said[name], said["own"])
        ]
        shares = [float(one[np.isfinite(truth)].mean()) for one in inside]
        ours, own = (_loss(said[way], truth) for way in (name, "own"))
        note = f"{shares[0]:.0%} of truths in P10–P90, {shares[1]:.0%} of the own outlook's"
        against = "unreconciled"
        what = f"sum of loads, quantile loss, {noted}"
        figures.append(Result(what, ours, own, "kW", against, note))
    mae, own_mae = (float(np.nanmean(np.abs(said[w][:, 1] - truth))) for w in ("summed", "own"))
    what = "sum of loads, error a day ahead, medians added up"
    return [Result(what, mae / 1e3, own_mae / 1e3, "kW (MAE)", "unreconciled"), *figures]


def _inside(quantiles: Floats, truth: Floats) -> float:
    held = (quantiles[:, 0] <= truth) & (truth <= quantiles[:, 2])
    return float(held[np.isfinite(truth)].mean())


def _loss(quantiles: Floats, truth: Floats) -> float:
    off = truth[:, None] - quantiles
    level = np.array([0.1, 0.5, 0.9])[:, None]
    return float(np.nanmean(np.maximum(level * off, (level - 1) * off))) / 1e3
