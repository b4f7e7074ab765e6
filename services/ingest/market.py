"""MarketService: price and intensity curves in and out.

Kafka holds the curves; this process remembers the newest ones (rebuilt from the log at start) and
passes on what is published through it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.market_service_pb2 import (
    PublishIntensityRequest,
    PublishIntensityResponse,
    PublishPricesRequest,
    PublishPricesResponse,
    WatchMarketRequest,
    WatchMarketResponse,
)
from parkflow.market.v1.market_service_pb2_grpc import MarketServiceServicer
from parkflow.market.v1.price_pb2 import PriceCurve
from services.energy.site import Park
from services.ingest.domain.curves import Mistakes, Span, intensity_mistakes, price_mistakes
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.deadline import before_deadline
from services.runtime.publishing import Publisher
from services.runtime.refusals import FieldMistake, InvalidFields, check_park, invalid_field
from services.runtime.telemetry import record
from services.runtime.topics import INTENSITY, PRICES

SERVICE_NAME = "parkflow.market.v1.MarketService"
LONGEST_NAME = 128
CURVES_REMEMBERED = 64
MOST_WAITING = 256

Curve = PriceCurve | IntensityCurve


class Market:
    """Holder of one park's newest curves, by kind, source and start, and of the watchers."""

    def __init__(self, park_id: str) -> None:
        self._park_id = park_id
        self._newest: dict[tuple[str, str, int], Curve] = {}
        self._watchers: set[asyncio.Queue[Curve]] = set()

    def recall(self, curve: Curve) -> None:
        """Take a curve in; of the same source and start the later known one counts.

        The topic is shared by all parks: what belongs to another one stays unknown here.
        """
        if curve.park_id != self._park_id:
            return
        key = (type(curve).__name__, curve.source_id, curve.start.ToMicroseconds())
        known = self._newest.get(key)
        if known is not None and _known_us(known) > _known_us(curve):
            return
        self._newest[key] = curve
        if len(self._newest) > CURVES_REMEMBERED:
            del self._newest[min(self._newest, key=lambda name: name[2])]

    def show(self, curve: Curve) -> None:
        """Take a new curve in and pass it on; a watcher that is full loses its oldest."""
        self.recall(curve)
        for queue in self._watchers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(curve)

    async def watch(self) -> AsyncIterator[Curve]:
        """Yield the remembered curves, earliest known first, then each new one."""
        queue: asyncio.Queue[Curve] = asyncio.Queue(MOST_WAITING)
        self._watchers.add(queue)
        record(metrics.WATCHERS, len(self._watchers), method="WatchMarket")
        try:
            for curve in deque(sorted(self._newest.values(), key=_known_us)):
                yield curve
            while True:
                yield await queue.get()
        finally:
            self._watchers.discard(queue)
            record(metrics.WATCHERS, len(self._watchers), method="WatchMarket")


def _known_us(curve: Curve) -> int:
    return int(curve.known_at.ToMicroseconds())


class MarketRpc(MarketServiceServicer):
    """Prices and intensities of one park."""

    def __init__(self, park: Park, clock: ParkClock, publisher: Publisher, market: Market) -> None:
        self._park, self._clock = park, clock
        self._publisher, self._market = publisher, market

    async def PublishPrices(  # noqa: N802
        self, request: PublishPricesRequest, context: Any
    ) -> PublishPricesResponse:
        """Answer once Kafka has the curve."""
        curve = request.curve
        mistakes = self._common_mistakes(curve)
        imports, exports = curve.import_price_micros_per_kwh, curve.export_price_micros_per_kwh
        mistakes += price_mistakes(
            _span(curve, len(imports)), curve.currency_code, self._park.currency, imports, exports
        )
        self._refuse(mistakes, curve.park_id)
        self._stamp(curve)
        await before_deadline(context, self._publisher.publish(PRICES, self._park.id, curve))
        self._market.show(curve)
        return PublishPricesResponse()

    async def PublishIntensity(  # noqa: N802
        self, request: PublishIntensityRequest, context: Any
    ) -> PublishIntensityResponse:
        """Answer once Kafka has the curve."""
        curve = request.curve
        mistakes = self._common_mistakes(curve)
        values = curve.intensity_g_per_kwh
        mistakes += intensity_mistakes(_span(curve, len(values)), values)
        self._refuse(mistakes, curve.park_id)
        self._stamp(curve)
        await before_deadline(context, self._publisher.publish(INTENSITY, self._park.id, curve))
        self._market.show(curve)
        return PublishIntensityResponse()

    async def WatchMarket(  # noqa: N802
        self, request: WatchMarketRequest, _: Any
    ) -> AsyncIterator[WatchMarketResponse]:
        """Send the newest curves, then each new one."""
        check_park(request.park_id, self._park.id)
        async for curve in self._market.watch():
            if isinstance(curve, PriceCurve):
                yield WatchMarketResponse(prices=curve)
            else:
                yield WatchMarketResponse(intensity=curve)

    def _common_mistakes(self, curve: Curve) -> Mistakes:
        mistakes: Mistakes = []
        if not curve.park_id:
            mistakes.append(("park_id", f"is empty; this ingest serves {self._park.id!r}"))
        if not 1 <= len(curve.source_id) <= LONGEST_NAME:
            mistakes.append(("source_id", f"must have 1 to {LONGEST_NAME} characters"))
        latest = self._clock.now() + self._park.telemetry.future_tolerance
        if curve.HasField("known_at") and (_moment("known_at", curve.known_at) > latest):
            mistakes.append(("known_at", f"is ahead of park time {self._clock.now().isoformat()}"))
        return mistakes

    def _refuse(self, mistakes: Mistakes, park_id: str) -> None:
        if mistakes:
            raise InvalidFields([FieldMistake(f"curve.{field}", text) for field, text in mistakes])
        check_park(park_id, self._park.id)

    def _stamp(self, curve: Curve) -> None:
        if not curve.HasField("known_at"):
            curve.known_at.FromDatetime(self._clock.now())


def _span(curve: Curve, count: int) -> Span:
    start = _moment("start", curve.start) if curve.HasField("start") else None
    return Span(start, _step(curve), count)


def _step(curve: Curve) -> timedelta:
    try:
        step: timedelta = curve.step.ToTimedelta()
    except (ValueError, OverflowError) as mistake:
        raise invalid_field("curve.step", f"is not a duration: {mistake}") from None
    return step


def _moment(field: str, stamp: Any) -> datetime:
    try:
        moment: datetime = stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as mistake:
        raise invalid_field(f"curve.{field}", f"is not an instant: {mistake}") from None
    return moment
