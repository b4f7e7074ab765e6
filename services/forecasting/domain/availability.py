"""Devices of which a part cannot run: the whole device is learnt and forecast, the part issued."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from services.forecasting.domain.plans import Planned
from services.forecasting.domain.point_forecast import PointForecast
from services.forecasting.domain.series import Floats, Series, quarter_start

TELLING = 0.5
"""Below it what runs tells too little of the whole: an outage of half an hour begins a little late
and ends a little early."""
MOST_SPANS = 3
PLAN_TOLD = "planned availability"
"""What is said of a plan begins so."""


def of_the_whole(power_w: Floats, share: Floats | None) -> Floats:
    """Return what the whole device would have made or taken; NaN where too little of it could run.

    Powers and shares are `(…, quarters)`; None: all of it could run all the time.
    """
    if share is None:
        return power_w
    telling = share >= TELLING
    return np.where(telling, power_w / np.where(telling, share, 1.0), np.nan)


class Wholes(Mapping[str, Series]):
    """Series of the whole devices by point, each made when it is asked for."""

    def __init__(self, measured: Mapping[str, Series], planned: Planned) -> None:
        self._measured = measured
        self._planned = planned

    def __getitem__(self, point_id: str) -> Series:
        known = self._measured[point_id]
        share = self._planned.share(point_id, known.first_quarter, len(known.power_w))
        return replace(known, power_w=of_the_whole(known.power_w, share))

    def __iter__(self) -> Iterator[str]:
        return iter(self._measured)

    def __len__(self) -> int:
        return len(self._measured)


def as_available(forecast: PointForecast, share: Floats | None) -> PointForecast:
    """Return the forecast of the part that can run `(quarters,)`; None: all of it can."""
    if share is None:
        return forecast
    low, middle, high = (
        (share * power_w).round(1) + 0.0
        for power_w in (forecast.p10_w, forecast.p50_w, forecast.p90_w)
    )
    caveat = "; ".join(filter(None, (forecast.caveat, told(share, forecast.start_quarter))))
    return replace(forecast, p10_w=low, p50_w=middle, p90_w=high, caveat=caveat, share=share)


def told(share: Floats, first_quarter: int) -> str:
    """Return what is planned, for people: the spans in which a part cannot run."""
    borders = [0, *(np.flatnonzero(np.diff(share)) + 1).tolist(), len(share)]
    spans = [(begin, end) for begin, end in pairwise(borders) if share[begin] < 1.0]
    texts = [
        f"{PLAN_TOLD} {share[begin]:.0%} "
        f"from {_moment(first_quarter + begin)} to {_moment(first_quarter + end)}"
        for begin, end in spans[:MOST_SPANS]
    ]
    more = len(spans) - len(texts)
    return "; ".join(texts) + (f" and {more} more" if more else "")


def _moment(quarter: int) -> str:
    return f"{quarter_start(quarter):%Y-%m-%dT%H:%MZ}"
