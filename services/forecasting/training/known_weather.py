"""The weather that training learns from, read once for all points."""

import asyncio

from services.forecasting.domain.series import QUARTERS_A_DAY, quarter_start
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.targets import Shape
from services.forecasting.domain.weather import Foreseen
from services.forecasting.domain.weather_columns import MOVED_BY
from services.forecasting.foreseeing import foreseen
from services.forecasting.weather_store import WeatherStore

HISTORY_QUARTERS = 366 * QUARTERS_A_DAY


class KnownWeather:
    """What was foreseen of the quarters that models learn from; what was read last is held."""

    def __init__(self, store: WeatherStore) -> None:
        self._store = store
        self._end = 0
        self._held: Foreseen | None = None
        self._reading = asyncio.Lock()

    async def until(self, end_quarter: int) -> Foreseen:
        """Return the weather of HISTORY_QUARTERS and HORIZONS as known where the first end."""
        return await self._read(end_quarter, 1)

    async def for_shape(self, shape: Shape, end_quarter: int) -> Foreseen:
        """Return what such a series may learn from; nothing, unread, where no weather moves it."""
        if not MOVED_BY[shape]:
            return Foreseen.none(HISTORY_QUARTERS, HISTORY_QUARTERS + HORIZONS)
        return await self.until(end_quarter)

    async def lately(self, end_quarter: int) -> Foreseen:
        """Return it as read within the last day: enough to tell how much of the past it covers."""
        return await self._read(end_quarter, QUARTERS_A_DAY)

    async def _read(self, end_quarter: int, fresh_quarters: int) -> Foreseen:
        async with self._reading:
            if self._held is None or not 0 <= end_quarter - self._end < fresh_quarters:
                self._held = await foreseen(
                    self._store,
                    begin=quarter_start(end_quarter - HISTORY_QUARTERS),
                    rows=HISTORY_QUARTERS + HORIZONS,
                    issue_time=quarter_start(end_quarter),
                )
                self._end = end_quarter
            return self._held
