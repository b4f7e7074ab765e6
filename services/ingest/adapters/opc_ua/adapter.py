"""An OPC UA server as a source: monitored nodes into the intake, set-points as writes.

At least once: a message of the server is acknowledged after the intake has taken it; while the
intake waits, nothing more is asked for and the server's queues fill. What a queue dropped is
counted. With `history` the server's own history is read after each new subscription.
"""

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from asyncua import ua

from services.energy.time_grid import from_microseconds, to_microseconds
from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    Tools,
    answer_of,
    carry,
    in_time,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.leases import Leases, keep_leases
from services.ingest.adapters.opc_ua import MonitoredPoint, OpcUaSettings, WrittenTarget
from services.ingest.adapters.opc_ua.session import AWAY, NoNamespace, OpcUaSession
from services.ingest.adapters.opc_ua.values import (
    NoTime,
    changes_in,
    lost_before,
    number_in,
    reading_of,
)
from services.ingest.domain.batch import Reading
from services.runtime import metrics
from services.runtime.telemetry import log_for, record

CLOCKS_APART = timedelta(minutes=5)
log = log_for(__name__)


class OpcUaAdapter:
    """One server."""

    def __init__(self, source_id: str, settings: OpcUaSettings, tools: Tools) -> None:
        self.source_id = source_id
        self.device_ids = frozenset(d.id for d in tools.park.devices_from(source_id))
        self._settings, self._tools = settings, tools
        self._points = settings.points
        self._targets = {(t.order.device_id, t.order.quantity): t for t in settings.targets}
        self.connection = Connection(source_id)
        self._session = OpcUaSession(settings, self._carry)
        self._newest: dict[str, int] = {}  # point: newest event time Kafka has, in microseconds
        self._gap_since: dict[str, int] | None = None  # `_newest` before a gap not yet read
        self._told: set[str] = set()
        self._types: dict[ua.NodeId, ua.VariantType] = {}
        told = {target.order.device_id for target in settings.targets}
        steered = [d for d in tools.park.devices_from(source_id) if d.id in told]
        self._leases = Leases(steered, tools.clock.now(), tools.park.dispatch.setpoint_lease)

    async def run(self) -> None:
        """Stay connected and subscribed for ever; give back what is over."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.connection.keep(self._converse, AWAY))
                tasks.create_task(keep_leases(self._leases, self._tools.clock, self.hand_over))
        finally:
            await self._session.end()

    async def hand_over(self, command: Command) -> Answer:
        """Write a set-point to its node and read back what the device holds."""
        target = self._targets.get((command.device_id, command.quantity))
        if target is None:
            return Refused(f"{command.device_id} takes no {command.quantity} here")
        answer = await self._answer(target, command)
        if isinstance(answer, Accepted):
            self._leases.took(command)
        return answer

    async def _answer(self, target: WrittenTarget, command: Command) -> Answer:
        where = self._settings.endpoint
        try:
            return await in_time(where, self._write(target, command), (OSError,))
        except ua.UaStatusCodeError as error:
            said = f"{where}: {error}"
            return NoAnswer(said) if error.code in _NOT_REACHED else Refused(said)
        except NoNamespace as mistake:
            return Refused(f"{where}: {mistake}")
        except ua.UaError as error:  # the node's type cannot hold the number
            return Refused(f"{where}: {error}")

    async def _converse(self) -> None:
        try:
            await self._session.connect()
            await self._subscribe()
            self.connection.up()
            await self._tell_again()
            await self._session.until_lost()
        finally:
            await self._session.leave()

    async def _tell_again(self) -> None:
        """Give a server that was away the set-points that are in force."""
        for command in self._leases.standing(self._tools.clock.now()):
            answer = await self.hand_over(command)
            log.info("setpoint_told_again", device=command.device_id, answer=str(answer))

    async def _subscribe(self) -> None:
        known = dict(self._newest)  # before the first new value hides the gap
        statuses = await self._session.subscribe([point.node for point in self._points])
        for point, status in zip(self._points, statuses, strict=False):
            if not status.is_good():
                await self._tell(point, "not monitored", f"the server says {status.name}")
        if statuses and self._gap_since is None:
            self._gap_since = known
        if self._settings.history is not None and self._gap_since is not None:
            await self._read_history(self._settings.history, self._gap_since)
        self._gap_since = None

    async def _carry(self, message: ua.NotificationMessage) -> None:
        readings: list[Reading] = []
        for handle, value in changes_in(message):
            if 0 <= handle < len(self._points):
                readings += await self._readings(self._points[handle], value)
            else:
                log.warning("unknown_handle", source=self.source_id, handle=handle)
        await self._take(readings)

    async def _take(self, readings: list[Reading]) -> None:
        await carry(self._tools, self.source_id, readings)
        for point_id, time_us, *_ in readings:
            self._newest[point_id] = max(time_us, self._newest.get(point_id, time_us))

    async def _readings(self, point: MonitoredPoint, value: ua.DataValue) -> list[Reading]:
        if lost_before(value):
            log.warning("queue_overflow", source=self.source_id, point=point.point_id)
            record(metrics.RECORDS_MISSING, source=self.source_id)
        try:
            return [reading_of(point, value)]
        except NoTime as mistake:
            await self._tell(point, "no time", str(mistake))
            return []

    async def _tell(self, point: MonitoredPoint, reason: str, detail: str) -> None:
        """Bury once a point and reason what cannot be read; the rest goes on."""
        name = f"{point.point_id} {reason}"
        if name in self._told:
            return
        self._told.add(name)
        await self._tools.dead_letters.bury(
            origin=f"opc_ua:{self.source_id}/{point.node.id}",
            reason=reason,
            detail=f"{point.point_id}: {detail}",
            payload=b"",
        )

    async def _read_history(self, depth: timedelta, known: Mapping[str, int]) -> None:
        """Carry what the server's history has since the newest `known` reading of each point."""
        now = self._tools.clock.now()
        oldest_us, until = to_microseconds(now - depth), now + CLOCKS_APART
        for point in self._points:
            since = from_microseconds(max(oldest_us, known.get(point.point_id, 0)))
            try:
                await self._take(await self._history_of(point, since, until))
            except (ua.UaStatusCodeError, NoNamespace) as error:
                log.warning(
                    "no_history", source=self.source_id, point=point.point_id, error=str(error)
                )

    async def _history_of(
        self, point: MonitoredPoint, since: datetime, until: datetime
    ) -> list[Reading]:
        node = self._session.client.get_node(self._session.node_id(point.node))
        values = await node.read_raw_history(since, until, return_bounds=False)
        return [reading for value in values for reading in await self._readings(point, value)]

    async def _write(self, target: WrittenTarget, command: Command) -> Answer:
        client = self._session.client
        self._leases.tried(command)
        node = self._session.node_id(target.node)
        if node not in self._types:
            self._types[node] = await client.get_node(node).read_data_type_as_variant_type()
        wanted = target.order.scale.theirs(command.value_w)
        number = wanted if self._types[node] in _FLOATS else round(wanted)
        value = ua.DataValue(ua.Variant(number, self._types[node]))
        (status,) = await client.uaclient.session.write_attributes([node], [value])
        if not status.is_good():
            return Refused(f"the server refused the write: {status.name}")
        return await self._compare(target, command)

    async def _compare(self, target: WrittenTarget, command: Command) -> Answer:
        node = self._session.client.get_node(self._session.node_id(target.read_back))
        shown = await node.read_data_value(raise_on_bad_status=False)
        number = number_in(shown)
        if not shown.StatusCode.is_good() or not math.isfinite(number):
            return Accepted(None)  # taken; what it holds cannot be told
        return answer_of(command.value_w, target.order.scale.ours(number), target.order.tolerance_w)


_NOT_REACHED = {
    ua.StatusCodes.BadTimeout,
    ua.StatusCodes.BadRequestTimeout,
    ua.StatusCodes.BadConnectionClosed,
    ua.StatusCodes.BadSecureChannelClosed,
    ua.StatusCodes.BadSessionClosed,
    ua.StatusCodes.BadSessionIdInvalid,
    ua.StatusCodes.BadSessionNotActivated,
    ua.StatusCodes.BadCommunicationError,
    ua.StatusCodes.BadNoCommunication,
    ua.StatusCodes.BadServerHalted,
    ua.StatusCodes.BadShutdown,
    ua.StatusCodes.BadTooManyOperations,
}
_FLOATS = (ua.VariantType.Float, ua.VariantType.Double)
