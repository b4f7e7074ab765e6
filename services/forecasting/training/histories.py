"""The past that models learn from, wherever it is kept: quarters of points, words about signals."""

from datetime import datetime

from services.forecasting.domain.series import Series, quarter_number
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.signal_forecast import Published
from services.forecasting.domain.signals import Signal
from services.forecasting.domain.targets import Shape, Target
from services.forecasting.signal_store import SignalStore
from services.forecasting.store import QuarterStore
from services.forecasting.training.known_weather import HISTORY_QUARTERS


class Histories:
    """HISTORY_QUARTERS of each target of one park."""

    def __init__(self, quarters: QuarterStore, signals: SignalStore) -> None:
        self._quarters = quarters
        self._signals = signals

    async def newest(self, target: Target, now: datetime) -> Series:
        """Return what is known of a target by now, NaN unknown: of a signal, to where that ends."""
        if target.shape is Shape.MARKET:
            return await self._published(Signal(target.point_id), now)
        end = quarter_number(now)
        first = end - HISTORY_QUARTERS
        power_w = await self._quarters.power_w((target,), first, end)
        return Series(first, power_w[target.point_id])

    async def known(self, targets: list[Target], now: datetime, most: int) -> dict[str, int]:
        """Return how many quarters of each target are known, counted to `most`."""
        end = quarter_number(now)
        first = end - HISTORY_QUARTERS
        points = [target for target in targets if target.shape is not Shape.MARKET]
        signals = [Signal(one.point_id) for one in targets if one.shape is Shape.MARKET]
        counted = await self._quarters.known(points, first, end, most)
        published = await self._signals.count(signals, first, end, now)
        return counted | {signal.value: min(n, most) for signal, n in published.items()}

    async def _published(self, signal: Signal, now: datetime) -> Series:
        border = quarter_number(now)
        first, end = border - HISTORY_QUARTERS, border + HORIZONS
        found = await self._signals.published([signal], first, end, now)
        known = Published(border, found[signal]).known
        return Series(known.end_quarter - HISTORY_QUARTERS, known.power_w[-HISTORY_QUARTERS:])
