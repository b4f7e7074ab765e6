"""What arrives: readings, deliveries, prices, intensities, forecasts. Each updates the house."""

from datetime import datetime

import numpy as np
from opentelemetry import context as otel_context
from opentelemetry import trace

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from parkflow.telemetry.v1.delivery_pb2 import SetpointDelivery
from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.dispatch.domain.outcomes import Delivery
from services.dispatch.domain.signals import Signal
from services.dispatch.domain.triggers import told
from services.dispatch.house import House
from services.dispatch.journal import Journal
from services.dispatch.messages import forecast_of, intensity_curve, moment_of, price_curves
from services.dispatch.store import Store
from services.dispatch.telling import Teller
from services.energy.quantities import Quantity
from services.energy.time_grid import from_microseconds, to_microseconds
from services.runtime.frames import Frame, frame_from
from services.runtime.received import Received


class Intake:
    """Takes messages in. Repeats and any order are harmless: the newest event time counts."""

    def __init__(self, house: House, store: Store, journal: Journal, teller: Teller) -> None:
        self._house, self._store = house, store
        self._journal, self._teller = journal, teller
        self._park_id = house.plant.park.id
        meter = house.plant.meter
        self._grid_source = meter.source_id
        self._registers = frozenset(
            [
                meter.point_id(Quantity.EXPORT_ENERGY),
                meter.point_id(Quantity.IMPORT_ENERGY),
                *house.desk.generation_points(),
            ]
        )
        self._powers = {d.point_id(Quantity.ACTIVE_POWER): d.id for d in house.plant.steered}

    async def on_frame(self, received: Received[ReadingFrame]) -> None:
        """Believe the believed readings of a frame."""
        if received.message.park_id != self._park_id:
            return
        frame = frame_from(received.message)
        self.believe(frame, received.position)
        if frame.source_id == self._grid_source:
            self._house.grid_context = otel_context.get_current()
        else:
            context = trace.get_current_span().get_span_context()
            self._house.other_frames[frame.source_id] = context

    def recall(self, received: Received[ReadingFrame]) -> None:
        """Take in a frame from before the start; its trace goes on in the set-points."""
        frame = frame_from(received.message)
        self.believe(frame, received.position)
        if frame.source_id == self._grid_source:
            self._house.grid_context = received.context

    def believe(self, frame: Frame, position: str) -> None:
        """Take in the rows that matter: recent ones, and registers of the feed-in rule."""
        now = self._house.clock.now()
        recent_us = to_microseconds(now - self._house.oldest_of_interest)
        registers = np.array([point in self._registers for point in frame.point_ids], dtype=bool)
        matters = frame.believed & (frame.event_time_us >= recent_us)
        if len(registers):
            matters |= frame.believed & registers[frame.point_index]
        rows = np.flatnonzero(matters)
        if not len(rows):
            return
        since = self._house.counting_since(now)
        for point, time_us, value in zip(
            frame.point_index[rows].tolist(),
            frame.event_time_us[rows].tolist(),
            frame.value[rows].tolist(),
            strict=True,
        ):
            point_id, at = frame.point_ids[point], from_microseconds(time_us)
            if time_us >= recent_us:
                self._house.desk.believe(point_id, Signal(value, at, position))
            if point_id in self._registers:
                self._house.desk.count(point_id, value, at, since)
            elif point_id in self._powers:
                self._measure(self._powers[point_id], value, at, now)

    def _measure(self, device_id: str, power_w: float, at: datetime, now: datetime) -> None:
        self._teller.tell(self._house.tracker.measure(device_id, power_w, at, now))

    async def on_delivery(self, received: Received[SetpointDelivery]) -> None:
        """Take the adapter's word about a set-point."""
        message = received.message
        if message.park_id != self._park_id:
            return
        result, at = Delivery(message.result), moment_of(message.arrival_time)
        self._teller.tell(
            self._house.tracker.deliver(message.setpoint_id, result, message.reason, at)
        )
        if result is Delivery.ACCEPTED:
            setpoint_id = message.setpoint_id
            self._journal.add(lambda db: self._store.save_acceptance(db, setpoint_id, at))

    async def on_prices(self, received: Received[PriceCurve]) -> None:
        """Learn a price curve; a new price asks for a new plan."""
        if received.message.park_id == self._park_id and self.learn_prices(received.message):
            self._house.watch = told(self._house.watch, "new prices")

    def learn_prices(self, message: PriceCurve) -> bool:
        """Learn import and export prices; return whether anything changed."""
        imported, exported = price_curves(message)
        desk = self._house.desk
        changed = desk.import_prices.learn(imported)
        changed |= desk.export_prices.learn(exported)
        return changed

    async def on_intensity(self, received: Received[IntensityCurve]) -> None:
        """Learn an intensity curve."""
        if received.message.park_id == self._park_id:
            self._house.desk.intensities.learn(intensity_curve(received.message))

    async def on_forecast(self, received: Received[ForecastIssue]) -> None:
        """Take the newest forecast; it asks for a new plan."""
        if received.message.park_id == self._park_id and self.learn_forecast(received.message):
            self._house.watch = told(self._house.watch, "new forecast")

    def learn_forecast(self, message: ForecastIssue) -> bool:
        """Keep a forecast that is newer than the one there is."""
        forecast, known = forecast_of(message), self._house.desk.forecast
        if known is not None and forecast.issue_time <= known.issue_time:
            return False
        self._house.desk.forecast = forecast
        return True
