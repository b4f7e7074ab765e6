"""A park in place of the devices, ingest and validation: frames out, set-points in, deliveries."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from aiokafka import AIOKafkaConsumer

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint
from parkflow.market.v1.price_pb2 import PriceCurve
from parkflow.telemetry.v1 import delivery_pb2
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.runtime import spans
from services.runtime.clock import ParkClock
from services.runtime.frames import Frame, message_from
from services.runtime.publishing import Publisher
from services.runtime.telemetry import span
from services.runtime.topics import DELIVERIES, PRICES, READINGS, SETPOINTS
from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.setpoints import Refused, SetPoint, judged
from services.simulator.recordings import load_world
from tests.support.builders import REPOSITORY

SAMPLE = timedelta(minutes=1)
GRID = "modbus-grid"


class LivingPark:
    """The simulator's physics behind real topics, on the park clock."""

    def __init__(self, park: Park, clock: ParkClock, bootstrap: str) -> None:
        self.park, self.clock, self._bootstrap = park, clock, bootstrap
        self.ingest = Publisher("ingest", bootstrap, {})
        self.validation = Publisher("validation", bootstrap, {})
        data = Path(REPOSITORY / "parks" / "demo-data")
        start = clock.park_origin
        self.demo = DemoPark.at(load_world(park, data), start)
        self.grid_w: list[float] = []
        self.setpoints: list[Setpoint] = []
        self.headers: list[dict[str, str]] = []
        self.grid_traces: set[str] = set()
        self.silent_sources: set[str] = set()
        self._waiting: list[SetPoint] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.ingest.start()
        await self.validation.start()
        self._consumer = AIOKafkaConsumer(
            SETPOINTS.name, bootstrap_servers=self._bootstrap, auto_offset_reset="latest"
        )
        await self._consumer.start()
        await self._consumer.seek_to_end()  # now, and not when it fetches first
        self._tasks = [asyncio.create_task(self._measure()), asyncio.create_task(self._obey())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._consumer.stop()
        await self.ingest.stop()
        await self.validation.stop()
        for end in ends:
            assert isinstance(end, asyncio.CancelledError), f"the park itself failed: {end!r}"

    async def publish_prices(self, micros_per_kwh: int) -> None:
        curve = PriceCurve(park_id=self.park.id, source_id="test-prices", currency_code="GBP")
        curve.known_at.FromDatetime(self.clock.now())
        curve.start.FromDatetime(self.clock.park_origin)
        curve.step.FromTimedelta(timedelta(hours=1))
        curve.import_price_micros_per_kwh.extend([micros_per_kwh, micros_per_kwh * 2] * 24)
        await self.ingest.publish(PRICES, self.park.id, curve)

    async def _measure(self) -> None:
        while True:
            next_sample = self.demo.now + SAMPLE
            await self.clock.sleep_until(next_sample)
            until_s = int(next_sample.timestamp())  # catching up, later set-points wait their turn
            due = [s for s in self._waiting if s.at_s <= until_s]
            self._waiting = [s for s in self._waiting if s.at_s > until_s]
            self.demo, samples = self.demo.advance(next_sample, due)
            for sample in samples:
                self.grid_w.append(float(sample.values["grid"]["active_power_w"]))
                await self._publish(sample.at_s, sample.values)

    async def _publish(self, at_s: int, values: dict[str, dict[str, float | int]]) -> None:
        sources: dict[str, list[tuple[str, float]]] = {}
        for device_id, quantities in values.items():
            source = self.park.device(device_id).source_id
            rows = [(f"{device_id}.{q}", float(v)) for q, v in quantities.items()]
            sources.setdefault(source, []).extend(rows)
        at = datetime.fromtimestamp(at_s, UTC)
        for source, rows in sources.items():
            if source in self.silent_sources:
                continue
            frame = Frame(
                park_id=self.park.id,
                source_id=source,
                frame_id=str(uuid.uuid4()),
                arrival_time=self.clock.now(),
                point_ids=tuple(point for point, _ in rows),
                point_index=np.arange(len(rows), dtype=np.uint32),
                event_time_us=np.full(len(rows), to_microseconds(at), dtype=np.int64),
                value=np.array([value for _, value in rows]),
                verdict=np.ones(len(rows), dtype=np.uint8),
                doubt=np.zeros(len(rows), dtype=np.uint8),
            )
            with span(spans.INGEST_MQTT, source=source) as current:
                if source == GRID:
                    self.grid_traces.add(f"{current.get_span_context().trace_id:032x}")
                key = f"{self.park.id}/{source}"
                await self.validation.publish(READINGS, key, message_from(frame))

    async def _obey(self) -> None:
        async for message in self._consumer:
            setpoint = Setpoint.FromString(message.value)
            if setpoint.park_id != self.park.id:
                continue
            self.setpoints.append(setpoint)
            self.headers.append({name: value.decode() for name, value in message.headers})
            await self._hand_over(setpoint)

    async def _hand_over(self, setpoint: Setpoint) -> None:
        device = self.park.device(setpoint.device_id)
        command = SetPoint(
            setpoint.setpoint_id,
            device.id,
            "active_power_w" if device.battery else "active_power_limit_w",
            setpoint.value_w,
            int(setpoint.expires_at.ToDatetime(tzinfo=UTC).timestamp()),
            int(self.clock.now().timestamp()),
        )
        answer = judged(command, device, local=False)
        delivery = delivery_pb2.SetpointDelivery(
            park_id=self.park.id, device_id=device.id, setpoint_id=setpoint.setpoint_id
        )
        delivery.arrival_time.FromDatetime(self.clock.now())
        if isinstance(answer, Refused):
            delivery.result = delivery_pb2.DELIVERY_RESULT_REJECTED
            delivery.reason = answer.reason
        else:
            delivery.result = delivery_pb2.DELIVERY_RESULT_ACCEPTED
            self._waiting.append(command)
        await self.ingest.publish(DELIVERIES, f"{self.park.id}/{device.id}", delivery)
