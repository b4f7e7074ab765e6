"""Day-ahead prices and carbon intensities, pushed to ingest like any market platform would."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from numpy.typing import NDArray

from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.market_service_pb2 import PublishIntensityRequest, PublishPricesRequest
from parkflow.market.v1.market_service_pb2_grpc import MarketServiceStub
from parkflow.market.v1.price_pb2 import PriceCurve
from services.energy.site import Park
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently
from services.runtime.telemetry import log_for
from services.simulator.recordings import numbers, stamps_s, table

MICROS = 1_000_000
GRAMS = 1000.0
STEP = timedelta(hours=1)
PUBLISHED_AT = time(12, 0)
PRICE_SOURCE = "agile-gb"
INTENSITY_SOURCE = "neso-gb"
CALL_S = 15.0
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class RecordedMarket:
    """Hourly columns from `start_s` on: price in GBP/kWh, intensity in kg/kWh."""

    start_s: int
    price: NDArray[np.float64]
    intensity: NDArray[np.float64]

    @classmethod
    def load(cls, folder: Path) -> "RecordedMarket":
        """Read `market_hourly.csv.gz`."""
        columns = table(folder, "market_hourly")
        start_s = int(stamps_s(columns["start_utc"][:1])[0])
        price = numbers(columns["price_gbp_per_kwh"])
        return cls(start_s, price, numbers(columns["intensity_kg_per_kwh"]))

    def hours(self, start: datetime, end: datetime) -> slice:
        """Return the rows of [start, end); empty outside the record."""
        first, last = (int(t.timestamp() - self.start_s) // 3600 for t in (start, end))
        return slice(max(first, 0), max(last, 0))


def local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return a local day's [start, end) in UTC."""
    start, end = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def known_at(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the curve of `day` became known: at noon the day before, never after `now`."""
    noon = datetime.combine(day - timedelta(days=1), PUBLISHED_AT, zone)
    return min(noon.astimezone(UTC), now)


class MarketFeed:
    """Publishes the days up to tomorrow at the start, then each local noon the next day."""

    def __init__(
        self, park: Park, market: RecordedMarket, stub: MarketServiceStub, past_days: int = 0
    ) -> None:
        """`past_days` before today are published, too, as far back as they were recorded."""
        self._park, self._market, self._stub = park, market, stub
        self._past_days = past_days

    async def run(self, clock: ParkClock) -> None:
        """Publish for ever."""
        zone = self._park.time_zone
        today = clock.now().astimezone(zone).date()
        for day in self.first_days(today):
            await self.publish(day, clock.now())
        while True:
            noon = datetime.combine(today, PUBLISHED_AT, zone).astimezone(UTC)
            await clock.sleep_until(noon)
            await self.publish(today + timedelta(days=1), clock.now())
            today += timedelta(days=1)

    def first_days(self, today: date) -> list[date]:
        """Return the days to publish at the start, oldest first."""
        past = [today - timedelta(days=back) for back in range(self._past_days, 0, -1)]
        recorded = [day for day in past if self._is_recorded(day)]
        return [*recorded, today, today + timedelta(days=1)]

    def _is_recorded(self, day: date) -> bool:
        start, _ = local_day(day, self._park.time_zone)
        return start.timestamp() >= self._market.start_s

    async def publish(self, day: date, now: datetime) -> None:
        """Publish both curves of one local day, waiting for ingest as long as it takes."""
        prices = PublishPricesRequest(curve=self.price_curve(day, now))
        intensity = PublishIntensityRequest(curve=self.intensity_curve(day, now))
        await patiently(lambda: self._stub.PublishPrices(prices, timeout=CALL_S), "ingest")
        await patiently(lambda: self._stub.PublishIntensity(intensity, timeout=CALL_S), "ingest")
        log.info("market_published", day=day.isoformat())

    def price_curve(self, day: date, now: datetime) -> PriceCurve:
        """Return the prices of a local day."""
        start, end = local_day(day, self._park.time_zone)
        prices = self._market.price[self._market.hours(start, end)]
        return PriceCurve(
            park_id=self._park.id,
            source_id=PRICE_SOURCE,
            known_at=_timestamp(known_at(day, self._park.time_zone, now)),
            start=_timestamp(start),
            step=_duration(STEP),
            currency_code=self._park.currency,
            import_price_micros_per_kwh=np.rint(prices * MICROS).astype(int).tolist(),
        )

    def intensity_curve(self, day: date, now: datetime) -> IntensityCurve:
        """Return the intensities of a local day."""
        start, end = local_day(day, self._park.time_zone)
        intensities = self._market.intensity[self._market.hours(start, end)]
        return IntensityCurve(
            park_id=self._park.id,
            source_id=INTENSITY_SOURCE,
            known_at=_timestamp(known_at(day, self._park.time_zone, now)),
            start=_timestamp(start),
            step=_duration(STEP),
            intensity_g_per_kwh=np.round(intensities * GRAMS, 6).tolist(),
        )


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _duration(span: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(span)
    return duration
