"""Rollups as the series of an answer, one point each, on the grid that was asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkflow.history.v1 import history_service_pb2 as wire
from services.energy.time_grid import from_microseconds
from services.history.domain.rollup import Rollups

Values = NDArray[np.float64]


def _mean(rollups: Rollups) -> Values:
    with np.errstate(invalid="ignore"):
        return np.asarray(rollups.total / rollups.readings)


HOW: dict[int, Callable[[Rollups], Values]] = {
    wire.AGGREGATION_MEAN: _mean,
    wire.AGGREGATION_MIN: lambda rollups: rollups.least,
    wire.AGGREGATION_MAX: lambda rollups: rollups.greatest,
    wire.AGGREGATION_LAST: lambda rollups: rollups.last,
    wire.AGGREGATION_COUNT: lambda rollups: rollups.readings.astype(np.float64),
    wire.AGGREGATION_SUM: lambda rollups: rollups.total,
    wire.AGGREGATION_INTEGRAL: lambda rollups: rollups.integral,
}
_COUNTS = {
    "reading_count": "readings",
    "believed_count": "believed",
    "suspect_count": "suspect",
    "estimated_count": "estimated",
    "rejected_count": "rejected",
}


def add_series(
    answer: wire.GetAggregateResponse,
    request: wire.GetAggregateRequest,
    numbers: list[int],
    borders: NDArray[np.int64],
    rollups: Rollups,
) -> None:
    """Add a series for each point of the request, in its order."""
    values = values_of(rollups, request.aggregation)
    place = np.searchsorted(borders, rollups.start_us, side="right") - 1
    for name, number in zip(request.point_ids, numbers, strict=True):
        own = slice(*np.searchsorted(rollups.point_id, [number, number + 1]))
        part = rollups.take(np.arange(own.start, own.stop))
        series = answer.series.add(point_id=name)
        _set_grid(series, request, borders)
        _fill(series, part, values[own], place[own], len(borders) - 1)


def values_of(rollups: Rollups, aggregation: Any) -> Values:
    """Return one value a slot: NaN where nothing counts, or nothing is covered."""
    integral = aggregation == wire.AGGREGATION_INTEGRAL
    there = rollups.covered_us > 0 if integral else rollups.readings > 0
    return np.where(there, HOW[aggregation](rollups), np.nan)


def _set_grid(
    series: wire.AggregateSeries, request: wire.GetAggregateRequest, borders: NDArray[np.int64]
) -> None:
    series.start.FromDatetime(from_microseconds(int(borders[0])))
    if request.calendar_step:
        series.border_us.extend(borders.tolist())
    else:
        series.step.CopyFrom(request.step)


def _fill(
    series: wire.AggregateSeries,
    rollups: Rollups,
    values: Values,
    place: NDArray[np.intp],
    slots: int,
) -> None:
    series.value.extend(_spread(values, place, slots, np.nan).tolist())
    for field, name in _COUNTS.items():
        counts = _spread(getattr(rollups, name), place, slots, 0)
        getattr(series, field).extend(counts.tolist())
    covered_s = _spread(rollups.covered_us / 1e6, place, slots, 0.0)
    series.covered_s.extend(covered_s.tolist())


def _spread(
    values: NDArray[Any], place: NDArray[np.intp], slots: int, otherwise: float
) -> NDArray[Any]:
    """Return the values at their slots and `otherwise` in the others."""
    spread = np.full(slots, otherwise, dtype=values.dtype)
    spread[place] = values
    return spread
