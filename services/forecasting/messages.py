"""Between the wire and the domain: frames in, issues out."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, QuantilePath, SeriesForecast
from services.energy.readings import Verdict
from services.energy.time_grid import QUARTER, to_microseconds
from services.forecasting.domain.issuing import ISSUE_VALID
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.point_forecast import PointForecast
from services.forecasting.domain.samples import Samples
from services.forecasting.domain.series import quarter_start
from services.runtime.frames import Frame

NOT_OURS = -1


def samples_from(frame: Frame, numbers: Mapping[str, int]) -> Samples:
    """Return the usable readings of the points in `numbers`; the frame may hold many others."""
    number = np.array([numbers.get(name, NOT_OURS) for name in frame.point_ids], np.int64)
    point_number = number[frame.point_index]
    usable = (frame.verdict != Verdict.REJECTED) & np.isfinite(frame.value)
    kept = np.flatnonzero((point_number != NOT_OURS) & usable)
    return Samples(
        point_number=point_number[kept],
        event_time_us=frame.event_time_us[kept],
        value=frame.value[kept],
        verdict=frame.verdict[kept].astype(np.int64),
        arrival_time_us=np.full(len(kept), to_microseconds(frame.arrival_time), np.int64),
        frame_number=np.full(len(kept), _frame_number(frame.frame_id), np.int64),
    )


def _frame_number(frame_id: str) -> int:
    """Return a number that orders frames of one arrival time the same way everywhere."""
    digest = hashlib.blake2b(frame_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def issue_message(
    park_id: str, issue_time: datetime, forecasts: Iterable[PointForecast]
) -> ForecastIssue:
    """Return the Kafka message of an issue."""
    issue = ForecastIssue(park_id=park_id)
    issue.issue_time.FromDatetime(issue_time)
    issue.valid_until.FromDatetime(issue_time + ISSUE_VALID)
    issue.series.extend(_series_message(forecast) for forecast in forecasts)
    return issue


def _series_message(forecast: PointForecast) -> SeriesForecast:
    series = SeriesForecast(
        point_id=forecast.point_id,
        p10_w=forecast.p10_w,
        p50_w=forecast.p50_w,
        p90_w=forecast.p90_w,
        method=forecast.method,
        history_days=forecast.history_days,
        caveat=forecast.caveat,
    )
    series.start.FromDatetime(quarter_start(forecast.start_quarter))
    series.step.FromTimedelta(QUARTER)
    if forecast.share is not None:
        series.available_share.extend(forecast.share)
    return series


def only(issue: ForecastIssue, point_ids: Iterable[str]) -> tuple[ForecastIssue, list[str]]:
    """Return the issue with these series, sums and signals, each kind in this order.

    And which it does not have.
    """
    by_point = {series.point_id: series for series in issue.series}
    sums = {series.point_id: series for series in issue.aggregates}
    signals = {signal.signal_id: signal for signal in issue.signals}
    wanted = list(dict.fromkeys(point_ids))
    narrowed = ForecastIssue(
        park_id=issue.park_id, issue_time=issue.issue_time, valid_until=issue.valid_until
    )
    narrowed.series.extend(by_point[name] for name in wanted if name in by_point)
    narrowed.aggregates.extend(sums[name] for name in wanted if name in sums)
    narrowed.signals.extend(signals[name] for name in wanted if name in signals)
    known = {*by_point, *sums, *signals}
    return narrowed, [name for name in wanted if name not in known]


def with_quantiles(
    issue: ForecastIssue, spread: Callable[[SeriesForecast], Spread], levels: Sequence[float]
) -> ForecastIssue:
    """Return the issue with more quantiles of every series and sum, in the order of the levels."""
    more = ForecastIssue()
    more.CopyFrom(issue)
    for series in (*more.series, *more.aggregates):
        whole = spread(series)
        series.quantiles.extend(
            QuantilePath(level=level, power_w=whole.at_level(level)) for level in levels
        )
    return more
