"""Set-points to an ingest process and what became of them, as dispatch would send and read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointQuantity
from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult, SetpointDelivery
from services.demo.stack import Kafka
from services.runtime.topics import SETPOINTS
from tests.support.builders import MORNING
from tests.support.ingest import IngestProcess, Log, write

LIMIT = SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W
POWER = SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_W
TRIES = 10


def a_setpoint(
    ingest: IngestProcess,
    name: str,
    device: str,
    value_w: float,
    *,
    quantity: Any = POWER,
    issued: datetime = MORNING,
    lease: timedelta = timedelta(hours=1),
) -> Setpoint:
    """Return a set-point of this name."""
    message = Setpoint(
        setpoint_id=name,
        park_id=ingest.park_id,
        device_id=device,
        quantity=quantity,
        value_w=value_w,
    )
    message.issued_at.FromDatetime(issued)
    message.expires_at.FromDatetime(issued + lease)
    return message


def results(log: Log) -> dict[str, str]:
    """Return by name what became of each set-point."""
    return {
        m.setpoint_id: DeliveryResult.Name(m.result).removeprefix("DELIVERY_RESULT_")
        for m in log.messages
    }


@dataclass
class Desk:
    """Sends set-points to an ingest and reads its deliveries."""

    kafka: Kafka
    ingest: IngestProcess
    log: Log
    traceparent: str = ""

    async def send(self, *setpoints: Setpoint) -> None:
        """Send set-points of one device and wait until something became of each."""
        key = f"{self.ingest.park_id}/{setpoints[0].device_id}"
        await write(self.kafka, SETPOINTS, key, *setpoints, traceparent=self.traceparent)
        wanted = {setpoint.setpoint_id for setpoint in setpoints}
        await self.log.until(lambda: wanted <= results(self.log).keys())

    async def answered(self, setpoint: Setpoint) -> SetpointDelivery:
        """Return the delivery of a set-point, sent again where no answer came in time.

        Ingest waits two seconds for a device. Where the machine stops for longer that says nothing
        of either, and dispatch sends again: here a millisecond younger, under a name of its own.
        """
        name = setpoint.setpoint_id
        for number in range(TRIES):
            setpoint.setpoint_id = f"{name}/{number}" if number else name
            await self.send(setpoint)
            delivery = self.delivery_of(setpoint.setpoint_id)
            if delivery.result != DeliveryResult.DELIVERY_RESULT_TIMEOUT:
                break
            setpoint.issued_at.nanos += 1_000_000
        return delivery

    def delivery_of(self, setpoint_id: str) -> SetpointDelivery:
        """Return what became of a set-point."""
        found: SetpointDelivery = next(m for m in self.log.messages if m.setpoint_id == setpoint_id)
        return found
