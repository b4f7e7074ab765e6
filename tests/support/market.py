"""Curves of prices and intensities as a market publishes them: a day a noon, hour by hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.forecasting.domain.series import Floats

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def an_hourly_price(day: int) -> Floats:
    """Return 24 prices a kWh: dear in the evening, below zero at noon, another level each day."""
    hour = np.arange(24)
    return np.round(0.15 + 0.1 * ((hour >= 17) & (hour < 21)) - 0.2 * (hour == 12), 6) + 0.001 * day


def prices(
    park_id: str,
    start: datetime,
    hourly: Sequence[float],
    *,
    known_at: datetime | None = None,
    source: str = "exchange",
    currency: str = "GBP",
) -> PriceCurve:
    """Return a curve that became known at the noon before it, if nothing else is said."""
    curve = PriceCurve(
        park_id=park_id,
        source_id=source,
        currency_code=currency,
        import_price_micros_per_kwh=np.rint(np.array(hourly) * 1e6).astype(int).tolist(),
    )
    _stamp(curve, start, known_at)
    return curve


def intensities(
    park_id: str,
    start: datetime,
    hourly: Sequence[float],
    *,
    known_at: datetime | None = None,
    source: str = "grid",
) -> IntensityCurve:
    """Return a curve that became known at the noon before it, if nothing else is said."""
    curve = IntensityCurve(park_id=park_id, source_id=source, intensity_g_per_kwh=hourly)
    _stamp(curve, start, known_at)
    return curve


def days_of_prices(park_id: str, first: datetime, days: int) -> list[PriceCurve]:
    """Return a curve a day."""
    return [prices(park_id, first + n * DAY, an_hourly_price(n).tolist()) for n in range(days)]


def _stamp(curve: PriceCurve | IntensityCurve, start: datetime, known_at: datetime | None) -> None:
    curve.known_at.FromDatetime(known_at or start - 12 * HOUR)
    curve.start.FromDatetime(start)
    curve.step.FromTimedelta(HOUR)
