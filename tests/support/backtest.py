"""Forecasts made again at many past moments of the recorded park, and how far off they were."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.rolling import advanced
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.point_forecast import PointForecast, point_forecast
from services.forecasting.domain.series import Floats, Series, quarter_number
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.targets import Target
from tests.support.builders import MORNING, a_park
from tests.support.recorded import future_w, past

HORIZON = 96  # compared; issues reach further
FIRST_ORIGIN = quarter_number(MORNING)
# Every 31 hours and a quarter, so that origins wander through the hour, the day and the week.
ORIGIN_STEP = 31 * 4 + 1
NAIVE = ("persistence", "day-ago", "week-ago")
# Classes of horizons by their far end: the first hour, the next three, the rest of the day.
HORIZONS = {"1h": slice(0, 4), "4h": slice(4, 16), "24h": slice(16, HORIZON)}
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Backtest:
    """Errors of one target: mean absolute `(HORIZON,)` by method, share inside P10..P90.

    `pinball_w` is the mean over P10, P50 and P90; a naive point forecast is its own quantile.
    """

    target: Target
    mae_w: dict[str, Floats]
    pinball_w: dict[str, Floats]
    coverage: Floats

    def mae_in_w(self, method: str, horizon: str) -> float:
        """Return the mean absolute error of a method in a class of horizons."""
        return float(self.mae_w[method][HORIZONS[horizon]].mean())


def backtest(
    target: Target, *, first: int = FIRST_ORIGIN, days: int = 21, weeks: int = 6
) -> Backtest:
    """Forecast `target` at moments over `weeks` from quarter `first`, from `days` of past."""
    absolute: dict[str, list[Floats]] = {name: [] for name in ("ours", *NAIVE)}
    pinball: dict[str, list[Floats]] = {name: [] for name in ("ours", *NAIVE)}
    state: State | None = None
    inside, task = [], task_of(target, a_park())
    for origin in range(first, first + weeks * 7 * 96, ORIGIN_STEP):
        series, truth_w = past(target, origin, days), future_w(target, origin)
        known = known_of(series, target, task)
        state = advanced(known, task, PLAIN, state)
        made = issued(known, state, series, target)
        p10_w, p50_w, p90_w = (w[:HORIZON] for w in (made.p10_w, made.p50_w, made.p90_w))
        ways = {"ours": (p10_w, p50_w, p90_w)}
        ways |= {name: (path,) * 3 for name, path in naive_w(series.power_w).items()}
        for name, way in ways.items():
            absolute[name].append(np.abs(truth_w - way[1]))
            pinball[name].append(pinball_loss_w(truth_w, way))
        known = np.isfinite(truth_w)
        inside.append(np.where(known, (p10_w <= truth_w) & (truth_w <= p90_w), np.nan))
    return Backtest(
        target,
        {name: np.nanmean(errors, axis=0) for name, errors in absolute.items()},
        {name: np.nanmean(errors, axis=0) for name, errors in pinball.items()},
        np.nanmean(inside, axis=0),
    )


def known_of(series: Series, target: Target, task: Task) -> Record:
    """Return a series as the live issuer hands it to the outlooks."""
    return cleaned(record_of(series.power_w, series.first_quarter, target, task), task)


def issued(known: Record, state: State, series: Series, target: Target) -> PointForecast:
    """Return the forecast as the live issuer makes it."""
    return point_forecast(answer(known, state), series, target, model="plain models", weakness="")


def naive_w(power_w: Floats) -> dict[str, Floats]:
    """Return what the naive methods say."""
    return {
        "persistence": np.full(HORIZON, power_w[-1]),
        "day-ago": power_w[-HORIZON:],
        "week-ago": power_w[-7 * 96 : -6 * 96],
    }


def pinball_loss_w(truth_w: Floats, way: tuple[Floats, ...]) -> Floats:
    """Return the quantile loss `(HORIZON,)`, mean over LEVELS."""
    losses = [
        np.maximum(level * (truth_w - said), (level - 1) * (truth_w - said))
        for level, said in zip(LEVELS, way, strict=True)
    ]
    loss: Floats = np.mean(losses, axis=0)
    return loss


def as_table(results: list[Backtest]) -> str:
    """Return the results as a Markdown table, errors in kW."""
    rows = [
        "| series | horizon | ours | persistence | day ago | week ago "
        "| pinball / best naive | P10–P90 |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        for horizon, steps in HORIZONS.items():
            errors = [result.mae_in_w(name, horizon) / 1000 for name in ("ours", *NAIVE)]
            best = min(result.pinball_w[name][steps].mean() for name in NAIVE)
            ratio = result.pinball_w["ours"][steps].mean() / best
            cells = " | ".join(f"{error:.1f}" for error in errors)
            rows.append(
                f"| {result.target.point_id} | {horizon} | {cells} "
                f"| {ratio:.2f} | {result.coverage[steps].mean():.0%} |"
            )
    return "\n".join(rows)
