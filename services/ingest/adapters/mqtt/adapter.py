"""Devices on MQTT: telemetry in, commands out, results back (docs/names-and-ports.md).

At least once: the session is persistent (QoS 1, clean session off) and a message is acknowledged
only once Kafka has its readings, so that a broker with persistent sessions sends again whatever a
killed ingest had not yet handed on. The broker must not limit what it keeps for an absent session
(mosquitto: `persistence true`, `max_queued_messages 0`; by default it drops beyond 1,000). Payloads
that arrive within `GATHER_S` share a frame.
"""

import asyncio
import json
import math
from datetime import datetime

from services.ingest.adapters.adapter import (
    ANSWER_WITHIN_S,
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    Tools,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.mqtt import MqttSettings
from services.ingest.adapters.mqtt.carrying import keep_carrying
from services.ingest.adapters.mqtt.inbox import Inbox
from services.ingest.adapters.mqtt.payload import Unreadable, telemetry_of
from services.ingest.adapters.mqtt.session import Broker, MqttSession, Received
from services.ingest.domain.batch import batch_of
from services.ingest.settings import Settings
from services.runtime import spans
from services.runtime.telemetry import span


class MqttAdapter:
    """All devices below one topic prefix."""

    def __init__(self, source_id: str, settings: MqttSettings, tools: Tools) -> None:
        self.source_id = source_id
        self.device_ids = frozenset(d.id for d in tools.park.devices_from(source_id))
        self._prefix, self._tools = settings.topic_prefix, tools
        self.connection = Connection(source_id)
        self._inbox: Inbox[Received] = Inbox(source_id)
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._session = MqttSession(
            broker_of(tools.settings),
            f"parkflow-ingest-{tools.park.id}-{source_id}",
            [f"{self._prefix}/+/telemetry", f"{self._prefix}/+/result"],
            self._sort,
            self._note_connection,
        )

    async def run(self) -> None:
        """Carry telemetry into the intake for ever."""
        self._session.start()
        try:
            await keep_carrying(
                self._inbox, self._carry, self._bury_defect, self._session.acknowledge
            )
        finally:
            await self._session.stop()

    async def hand_over(self, command: Command) -> Answer:
        """Publish the command and wait for the device's result of the same set-point."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[command.setpoint_id] = answer
        try:
            if not self._session.publish(
                f"{self._prefix}/{command.device_id}/command", _encoded(command)
            ):
                return NoAnswer("the MQTT broker is away")
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await answer
        except TimeoutError:
            return NoAnswer(f"no result from {command.device_id} within {ANSWER_WITHIN_S:g} s")
        finally:
            self._waiting.pop(command.setpoint_id, None)

    def _note_connection(self, up: bool) -> None:
        if up:
            self.connection.up()
        else:
            self.connection.down("the MQTT broker is away")

    def _sort(self, message: Received) -> None:
        """Take a result at once (it answers a waiting command); queue everything else."""
        if not message.topic.endswith("/result"):
            if not self._inbox.refuses(message):
                self._inbox.put(message, len(message.payload))
            return
        self._session.acknowledge(message)
        setpoint_id, answer = result_of(message.payload)
        waiting = self._waiting.get(setpoint_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def _carry(self, messages: list[Received]) -> None:
        with span(spans.INGEST_MQTT, source=self.source_id) as current:
            readings: list[tuple[str, int, float]] = []
            for message in messages:
                readings.extend(await self._readable(message))
            current.set_attribute("readings", len(readings))
            if readings:
                await self._tools.take(batch_of(self.source_id, readings))

    async def _readable(self, message: Received) -> list[tuple[str, int, float]]:
        """Return the readings of one payload; what of it cannot be used is buried."""
        device_id = message.topic.removeprefix(f"{self._prefix}/").removesuffix("/telemetry")
        try:
            if device_id not in self.device_ids:
                raise Unreadable(
                    f"source {self.source_id} has no device {device_id[:80]!r} in the park file"
                )
            telemetry = telemetry_of(device_id, message.payload)
        except Unreadable as mistake:
            await self._bury(message, "unreadable", str(mistake))
            return []
        if telemetry.mistakes:
            await self._bury(message, "partly unreadable", "; ".join(telemetry.mistakes[:10]))
        return telemetry.readings

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


def broker_of(settings: Settings) -> Broker:
    """Return the broker the settings name."""
    file = settings.mqtt_password_file
    return Broker(
        settings.mqtt,
        settings.mqtt_user,
        file.read_text(encoding="utf-8").strip() if file else None,
        str(settings.mqtt_ca) if settings.mqtt_ca else None,
        (settings.mqtt_cert, settings.mqtt_key)
        if settings.mqtt_cert and settings.mqtt_key
        else None,
    )


def result_of(payload: bytes) -> tuple[str, Answer]:
    """Return the set-point id of a device's result and what it says; never raises."""
    try:
        message = json.loads(payload)
        setpoint_id, result = str(message["setpoint_id"]), message["result"]
        reason = str(message.get("reason") or "")
        read_back_w = _optional_number(message.get("read_back_w"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", Refused("the result is unreadable")
    if result == "accepted":
        return setpoint_id, Accepted(read_back_w)
    if result == "rejected":
        return setpoint_id, Refused(reason or "no reason given", read_back_w)
    return setpoint_id, Refused(f"unknown result {str(result)[:40]!r}", read_back_w)


def _optional_number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _encoded(command: Command) -> bytes:
    return json.dumps(
        {
            "setpoint_id": command.setpoint_id,
            "quantity": command.quantity,
            "value_w": command.value_w,
            "expires_at": _stamp(command.expires_at),
        }
    ).encode()


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
