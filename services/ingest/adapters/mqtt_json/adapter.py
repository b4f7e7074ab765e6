"""Mapped JSON over MQTT: acknowledged once Kafka has the readings, set-points seen to be held."""

import asyncio
from collections import defaultdict

from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    Tools,
    carry,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.leases import Leases, keep_leases
from services.ingest.adapters.mqtt.adapter import broker_of
from services.ingest.adapters.mqtt.carrying import keep_carrying
from services.ingest.adapters.mqtt.inbox import Inbox
from services.ingest.adapters.mqtt.session import MqttSession, Received
from services.ingest.adapters.mqtt_json import JsonSetpoint, JsonSettings
from services.ingest.adapters.mqtt_json.mapping import (
    Mapping,
    Unreadable,
    at,
    document_of,
    number_of,
    samples_of,
    written,
)
from services.ingest.adapters.read_back import ReadBack
from services.ingest.adapters.sample import Sample


class JsonAdapter:
    """All topics of one source."""

    def __init__(self, source_id: str, settings: JsonSettings, tools: Tools) -> None:
        devices = tools.park.devices_from(source_id)
        self.source_id = source_id
        self.device_ids = frozenset(device.id for device in devices)
        self._tools, self.connection = tools, Connection(source_id)
        self._mappings: dict[str, list[Mapping]] = defaultdict(list)
        for point in settings.points:
            self._mappings[point.topic].append(point.mapping)
        self._setpoints = {(s.order.device_id, s.order.quantity): s for s in settings.setpoints}
        steered = [d for d in devices if any(d.id == s.order.device_id for s in settings.setpoints)]
        self._leases = Leases(steered, tools.clock.now(), tools.park.dispatch.setpoint_lease)
        self._read_back = ReadBack()
        self._inbox: Inbox[Received] = Inbox(source_id)
        self._session = MqttSession(
            broker_of(tools.settings),
            f"parkflow-ingest-{tools.park.id}-{source_id}",
            sorted({*self._mappings, *(s.held_topic for s in settings.setpoints)}),
            self._sort,
            self._note_connection,
            version=settings.version,
        )

    async def run(self) -> None:
        """Carry readings into the intake for ever; give back what is over."""
        self._session.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(
                    keep_carrying(
                        self._inbox, self._carry, self._bury_defect, self._session.acknowledge
                    )
                )
                tasks.create_task(keep_leases(self._leases, self._tools.clock, self.hand_over))
        finally:
            await self._session.stop()

    async def hand_over(self, command: Command) -> Answer:
        """Publish a set-point and wait until the device shows it."""
        setpoint = self._setpoints.get((command.device_id, command.quantity))
        if setpoint is None:
            return Refused(f"{self.source_id} takes no {command.quantity} for {command.device_id}")
        self._leases.tried(command)
        waiting = self._read_back.expect(setpoint, command.value_w, setpoint.order.tolerance_w)
        if not self._send(setpoint, command):
            return NoAnswer("the MQTT broker is away")
        answer = await self._read_back.answer(setpoint, waiting, setpoint.held_topic)
        if isinstance(answer, Accepted):
            self._leases.took(command)
        return answer

    def _send(self, setpoint: JsonSetpoint, command: Command) -> bool:
        payload = written(setpoint.value, setpoint.order.scale.theirs(command.value_w))
        return self._session.publish(setpoint.topic, payload)

    def _note_connection(self, up: bool) -> None:
        if not up:
            self.connection.down("the MQTT broker is away")
            return
        self.connection.up()
        for command in self._leases.standing(self._tools.clock.now()):
            self._send(self._setpoints[command.device_id, command.quantity], command)

    def _sort(self, message: Received) -> None:
        """Look at once for what a set-point waits for; queue what holds readings."""
        for setpoint in self._setpoints.values():
            if setpoint.held_topic == message.topic:
                self._look_for(setpoint, message)
        if message.topic not in self._mappings:
            self._session.acknowledge(message)
        elif not self._inbox.refuses(message):
            self._inbox.put(message, len(message.payload))

    def _look_for(self, setpoint: JsonSetpoint, message: Received) -> None:
        try:
            held = number_of(at(document_of(message.payload), setpoint.held_value))
        except Unreadable:
            return
        self._read_back.saw(setpoint, setpoint.order.scale.ours(held))

    async def _carry(self, messages: list[Received]) -> None:
        samples = [s for message in messages for s in await self._readable(message)]
        await carry(self._tools, self.source_id, samples)

    async def _readable(self, message: Received) -> list[Sample]:
        """Return the samples of one message; what of it cannot be used is buried."""
        try:
            document = document_of(message.payload)
        except Unreadable as mistake:
            await self._bury(message, "unreadable", str(mistake))
            return []
        samples, mistakes = samples_of(document, self._mappings[message.topic])
        if mistakes:
            await self._bury(message, "partly unreadable", "; ".join(mistakes[:10]))
        return samples

    async def _bury_defect(self, message: Received, defect: Exception) -> None:
        await self._tools.dead_letters.bury(
            origin=f"mqtt:{message.topic}",
            reason="defect",
            detail=repr(defect),
            payload=message.payload,
            error=defect,
        )

    async def _bury(self, message: Received, reason: str, detail: str) -> None:
        await self._tools.dead_letters.bury(
            origin=f"mqtt:{message.topic}", reason=reason, detail=detail, payload=message.payload
        )
