"""Serves models of a folder many times over and says what that took, as one line of JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from services.forecasting.domain.joint.past_errors import PastErrors
from services.forecasting.domain.joint.paths import paths
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.joint.sums import BANDED_PATHS, Sum, Totals
from services.forecasting.domain.nowcast.learning import Trust, taught
from services.forecasting.domain.nowcast.memory import REMEMBERED_MIN, Memory
from services.forecasting.domain.nowcast.nowcast import FRESH_MIN, Based, nowcast
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.packed import packed
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.point_forecast import PointForecast, point_forecast
from services.forecasting.domain.series_record import record_of
from services.forecasting.domain.targets import Target
from services.forecasting.past import KEPT_DAYS, Known
from services.forecasting.registry.bodies import state_of
from tests.support.backtest import FIRST_ORIGIN
from tests.support.recorded import past, recorded_targets

RNG = np.random.default_rng(1)
T = TypeVar("T")


def main(folder: Path, points: int) -> None:
    """Serve, and print what it took."""
    targets = list(islice(cycle(recorded_targets()), points))
    took: dict[str, float] = {}
    states = _timed(took, "restored_s", lambda: [_restored(folder / t.point_id) for t in targets])
    kept = [past(target, FIRST_ORIGIN, KEPT_DAYS).power_w for target in targets]
    names = [str(i) for i in range(points)]
    known = Known(FIRST_ORIGIN - KEPT_DAYS * 96, names, np.array(kept, np.float32))
    del kept
    _issued(targets[:11], known, states[:11])  # libraries are loaded when first needed
    made = _timed(took, "issue_s", lambda: _issued(targets, known, states))
    errors = [_past_errors() for _ in targets]
    _timed(took, "sums_s", lambda: _drawn(made, errors))
    memory = _remembering(made)
    based = _based(targets, made)
    newest = memory.before(FIRST_ORIGIN * 15, FRESH_MIN)
    minute, trust = FIRST_ORIGIN * 15 + 5, Trust.untaught(points)
    _timed(took, "nowcast_s", lambda: nowcast(minute, based, newest, trust))
    alone = replace(based, quantiles=based.quantiles[:1], lowest=based.lowest[:1])
    alone = replace(alone, highest=based.highest[:1], sun=based.sun[:1])
    nowcast(minute, alone, newest[:1], Trust.untaught(1))  # fills what is kept by the hour
    _timed(took, "alone_s", lambda: nowcast(minute, alone, newest[:1], Trust.untaught(1)))
    _timed(took, "taught_s", lambda: taught(*memory.lessons(0, FIRST_ORIGIN * 15)))
    took["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(took) + "\n")


def _told(what: str) -> None:
    sys.stderr.write(f"{what} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB\n")


def _timed(took: dict[str, float], name: str, work: Callable[[], T]) -> T:
    began = time.process_time()
    made = work()
    took[name] = time.process_time() - began
    _told(name)
    return made


def _restored(body: Path) -> State:
    state = state_of(body.read_bytes())
    return replace(state, fitted=packed(state.fitted))


def _issued(targets: list[Target], known: Known, states: list[State]) -> list[PointForecast]:
    made = []
    for i, (target, state) in enumerate(zip(targets, states, strict=True)):
        series, task = known[str(i)], state.task
        record = cleaned(record_of(series.power_w, series.first_quarter, target, task), task)
        outlook = answer(record, state)
        made.append(point_forecast(outlook, series, target, model="model 1", weakness=""))
    return made


def _past_errors() -> PastErrors:
    minute, score = 165 * np.arange(200), RNG.standard_normal((200, 32)).astype(np.float32)
    return PastErrors(minute, np.arange(1, 193, 6), score, 8.0)


def _drawn(made: list[PointForecast], errors: list[PastErrors]) -> None:
    spreads = {
        str(i): Spread(np.array([one.p10_w, one.p50_w, one.p90_w])) for i, one in enumerate(made)
    }
    known = {str(i): one for i, one in enumerate(errors)}
    totals = Totals([Sum("all", tuple(spreads), 0.0, np.inf)])
    for name, path_w in paths(spreads, known, BANDED_PATHS, seed=1):
        totals.put(name, path_w)


def _remembering(made: list[PointForecast]) -> Memory:
    memory = Memory(len(made), FIRST_ORIGIN)
    quantiles = np.array([[one.p10_w, one.p50_w, one.p90_w] for one in made])
    for quarter in range(FIRST_ORIGIN - 192, FIRST_ORIGIN):
        memory.put_head(quarter, quantiles)
    minute = np.arange(FIRST_ORIGIN * 15 - REMEMBERED_MIN, FIRST_ORIGIN * 15)
    for point in range(len(made)):
        level = made[point].p50_w[0]
        memory.put_minutes(np.full(len(minute), point), minute, np.full(len(minute), level))
    return memory


def _based(targets: list[Target], made: list[PointForecast]) -> Based:
    return Based(
        FIRST_ORIGIN,
        np.array([[one.p10_w, one.p50_w, one.p90_w] for one in made])[:, :, :18],
        np.array([target.lowest_w for target in targets]),
        np.array([target.highest_w for target in targets]),
        np.array([target.highest_w <= 0.0 for target in targets]),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
