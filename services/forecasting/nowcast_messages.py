"""Between nowcasts and the wire."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue, SeriesNowcast
from services.energy.time_grid import QUARTER
from services.forecasting.domain.nowcast.leads import MINUTES, first_quarter
from services.forecasting.domain.nowcast.moment import MINUTE, NOWCAST_VALID, minute_start
from services.forecasting.domain.nowcast.nowcast import Nowcast
from services.forecasting.domain.series import Floats, quarter_start


def quantiles_of(
    issue: ForecastIssue, point_ids: Sequence[str], most: int, first: int = 0
) -> Floats:
    """Return P10, P50, P90 of quarters of an issue `(points, 3, quarters)`, NaN where it has none.

    At most `most` quarters from `first` on: fewer where no series reaches so far.
    """
    by_point = {series.point_id: series for series in issue.series}
    longest = max((len(series.p50_w) for series in issue.series), default=0)
    found = np.full((len(point_ids), 3, max(0, min(most, longest - first))), np.nan)
    for i, name in enumerate(point_ids):
        if (series := by_point.get(name)) is not None:
            rows = [q[first : first + most] for q in (series.p10_w, series.p50_w, series.p90_w)]
            found[i, :, : len(rows[0])] = rows
    return found


def issued_shares(
    issue: ForecastIssue, point_ids: Sequence[str], most: int, first: int = 0
) -> Floats:
    """Return how much of each device can run by plan in these quarters, `(points, quarters)`."""
    by_point = {series.point_id: series for series in issue.series}
    longest = max((len(series.p50_w) for series in issue.series), default=0)
    found = np.ones((len(point_ids), max(0, min(most, longest - first))))
    for i, name in enumerate(point_ids):
        if (series := by_point.get(name)) is not None and series.available_share:
            share = series.available_share[first : first + most]
            found[i, : len(share)] = share
    return found


def nowcast_message(
    park_id: str, made: Nowcast, outlook_time: datetime, point_ids: Sequence[str]
) -> NowcastIssue:
    """Return the Kafka message; points without an outlook are absent."""
    message = NowcastIssue(park_id=park_id)
    issue_time = minute_start(made.minute)
    message.issue_time.FromDatetime(issue_time)
    message.valid_until.FromDatetime(issue_time + NOWCAST_VALID)
    message.outlook_time.FromDatetime(outlook_time)
    message.quarters_start.FromDatetime(quarter_start(first_quarter(made.minute)))
    message.minute_step.FromTimedelta(MINUTE)
    message.quarter_step.FromTimedelta(QUARTER)
    known = np.isfinite(made.quantiles).all(axis=(1, 2))
    message.series.extend(_series(made, i, point_ids[i]) for i in np.flatnonzero(known).tolist())
    return message


def _series(made: Nowcast, at: int, point_id: str) -> SeriesNowcast:
    minutes, quarters = np.split(np.round(made.quantiles[at], 1) + 0.0, [MINUTES], axis=1)
    series = SeriesNowcast(
        point_id=point_id,
        p10_minute_w=minutes[0],
        p50_minute_w=minutes[1],
        p90_minute_w=minutes[2],
        p10_quarter_w=quarters[0],
        p50_quarter_w=quarters[1],
        p90_quarter_w=quarters[2],
    )
    if made.age_min[at] >= 0:
        series.anchor_w = float(made.last[at])
        series.anchor_age.FromTimedelta(timedelta(minutes=int(made.age_min[at])))
    return series


def only(nowcast: NowcastIssue, point_ids: Iterable[str]) -> tuple[NowcastIssue, list[str]]:
    """Return the nowcast with these series in this order, and which of them it does not have."""
    by_point = {series.point_id: series for series in nowcast.series}
    wanted = list(dict.fromkeys(point_ids))
    narrowed = NowcastIssue()
    narrowed.CopyFrom(nowcast)
    del narrowed.series[:]
    narrowed.series.extend(by_point[name] for name in wanted if name in by_point)
    return narrowed, [name for name in wanted if name not in by_point]
