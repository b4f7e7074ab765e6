"""Rollups as the series of an answer, one point each, on the grid that was asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkflow.history.v1 import history_service_pb2 as wire
from services.energy.time_grid import from_microseconds
from services.history.domain.columns import Rollups
from services.history.domain.energy import WH, Grid
from services.history.estimates import Estimated

Values = NDArray[np.float64]
QUARTER_S = 900.0


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
    points = np.unique(numbers)
    place = (
        np.searchsorted(points, rollups.point_id),
        np.searchsorted(borders, rollups.start_us, side="right") - 1,
    )
    shape = (len(points), len(borders) - 1)
    values = _spread(values_of(rollups, request.aggregation), place, shape, np.nan)
    counts = {
        field: _spread(getattr(rollups, name), place, shape, 0) for field, name in _COUNTS.items()
    }
    covered_s = _spread(rollups.covered_us / 1e6, place, shape, 0.0)
    for name, row in zip(request.point_ids, np.searchsorted(points, numbers), strict=True):
        series = answer.series.add(
            point_id=name,
            value=values[row].tolist(),
            covered_s=covered_s[row].tolist(),
            **{field: matrix[row].tolist() for field, matrix in counts.items()},
        )
        _set_grid(series, request, borders)


def add_estimates(
    answer: wire.GetAggregateResponse,
    numbers: list[int],
    borders: NDArray[np.int64],
    estimated: Estimated,
) -> None:
    """Put the mean of its quarter hours into each slot of which some is estimated, and say so."""
    count = len(borders) - 1
    kept = borders[:-1] >= estimated.kept_from_us  # of the others quarter hours are gone
    slot = np.searchsorted(borders, estimated.start_us, side="right") - 1
    for series, row in zip(
        answer.series, np.searchsorted(np.unique(numbers), numbers), strict=True
    ):
        mean, method = estimated.mean[row], estimated.method[row]
        quarters = np.bincount(slot[method > 0], minlength=count)
        known = np.isfinite(mean)
        total = np.bincount(slot[known], mean[known], count)
        shares = np.maximum(1, np.bincount(slot[known], minlength=count))
        values = np.where(kept & (quarters > 0), total / shares, np.array(series.value))
        methods = np.zeros(count, np.int64)
        np.bitwise_or.at(methods, slot, method)
        series.value[:] = values.tolist()
        series.estimated_s.extend((quarters * QUARTER_S).tolist())
        series.gap_methods.extend(methods.tolist())


def add_energies(
    answer: wire.GetEnergyResponse,
    request: wire.GetEnergyRequest,
    numbers: list[int],
    grid: Grid,
) -> None:
    """Add a series for each register of the request, in its order."""
    believed_s, known_s = (grid.columns[name] / 1e6 for name in ("believed_us", "known_us"))
    for name, row in zip(request.point_ids, np.searchsorted(grid.points, numbers), strict=True):
        series = answer.series.add(
            point_id=name,
            believed_s=believed_s[row].tolist(),
            known_s=known_s[row].tolist(),
            **{wh: grid.columns[wh][row].tolist() for wh in (*WH, "methods")},
        )
        _set_grid(series, request, grid.borders)


def values_of(rollups: Rollups, aggregation: Any) -> Values:
    """Return one value a slot: NaN where nothing counts, or nothing is covered."""
    integral = aggregation == wire.AGGREGATION_INTEGRAL
    there = rollups.covered_us > 0 if integral else rollups.readings > 0
    return np.where(there, HOW[aggregation](rollups), np.nan)


def _set_grid(
    series: wire.AggregateSeries | wire.EnergySeries,
    request: wire.GetAggregateRequest | wire.GetEnergyRequest,
    borders: NDArray[np.int64],
) -> None:
    series.start.FromDatetime(from_microseconds(int(borders[0])))
    if request.calendar_step:
        series.border_us.extend(borders.tolist())
    else:
        series.step.CopyFrom(request.step)


def _spread(
    values: NDArray[Any],
    place: tuple[NDArray[np.intp], NDArray[np.intp]],
    shape: tuple[int, int],
    otherwise: float,
) -> NDArray[Any]:
    """Return a row a point, a column a slot: the values in their places, `otherwise` elsewhere."""
    spread = np.full(shape, otherwise, dtype=values.dtype)
    spread[place] = values
    return spread
