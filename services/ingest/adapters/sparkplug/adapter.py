"""A Sparkplug host application: hears edge nodes, asks for births, writes metrics.

It says on `spBv1.0/STATE/<host>` whether it is there, so that edge nodes which keep data for their
primary host do so while ingest is away. Data is acknowledged to the broker once Kafka has it; what
edge nodes publish with QoS 0, as the specification has it, only their own store can save.
"""

import asyncio
import json
from dataclasses import dataclass

from services.energy.time_grid import to_microseconds
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
from services.ingest.adapters.mqtt.session import MqttSession, Received, Will
from services.ingest.adapters.read_back import ReadBack
from services.ingest.adapters.sparkplug import MetricSetpoint, Place, SparkplugSettings
from services.ingest.adapters.sparkplug.nodes import Heard, Nodes
from services.ingest.adapters.sparkplug.payload import BOOLEAN, command_payload
from services.runtime.telemetry import log_for

FROM_NODES = ("NBIRTH/{}", "NDATA/{}", "NDEATH/{}", "DBIRTH/{}/+", "DDATA/{}/+", "DDEATH/{}/+")
REBIRTH_AGAIN_S = 5.0
REBIRTH = "Node Control/Rebirth"
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was heard and is not yet safe."""

    message: Received
    heard: Heard


class SparkplugAdapter:
    """The edge nodes of one source."""

    def __init__(self, source_id: str, settings: SparkplugSettings, tools: Tools) -> None:
        devices = tools.park.devices_from(source_id)
        self.source_id = source_id
        self.device_ids = frozenset(device.id for device in devices)
        self._settings, self._tools = settings, tools
        self.connection, self._nodes = Connection(source_id), Nodes(settings.points)
        self._setpoints = {(s.order.device_id, s.order.quantity): s for s in settings.setpoints}
        steered = [d for d in devices if any(d.id == s.order.device_id for s in settings.setpoints)]
        self._leases = Leases(steered, tools.clock.now(), tools.park.dispatch.setpoint_lease)
        self._read_back, self._inbox = ReadBack(), Inbox[Taken](source_id)
        self._asked: dict[str, str] = {}  # node: why it should be asked once more
        self._session = self._new_session()

    def _new_session(self) -> MqttSession:
        tools, group = self._tools, self._settings.group
        return MqttSession(
            broker_of(tools.settings),
            f"parkflow-ingest-{tools.park.id}-{self.source_id}",
            [f"spBv1.0/{group}/{f.format(n)}" for n in self._settings.nodes for f in FROM_NODES],
            self._sort,
            self._note_connection,
            version=self._settings.version,
            will=Will(self._state_topic, self._state(online=False)),
        )

    async def run(self) -> None:
        """Carry readings into the intake for ever; give back what is over."""
        self._session.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(
                    keep_carrying(self._inbox, self._carry, self._bury_defect, self._acknowledge)
                )
                tasks.create_task(keep_leases(self._leases, self._tools.clock, self.hand_over))
        finally:
            self._session.publish(self._state_topic, self._state(online=False), retain=True)
            await self._session.stop()

    async def hand_over(self, command: Command) -> Answer:
        """Write a metric and wait until the device shows the new value."""
        setpoint = self._setpoints.get((command.device_id, command.quantity))
        if setpoint is None:
            return Refused(f"{self.source_id} takes no {command.quantity} for {command.device_id}")
        if not self._nodes.is_alive(setpoint.place):
            return NoAnswer(f"{_where(setpoint.place)} is not alive")
        self._leases.tried(command)
        waiting = self._read_back.expect(setpoint.held, command.value_w, setpoint.order.tolerance_w)
        if not self._send(setpoint, command):
            return NoAnswer("the MQTT broker is away")
        answer = await self._read_back.answer(setpoint.held, waiting, _where(setpoint.held))
        if isinstance(answer, Accepted):
            self._leases.took(command)
        return answer

    def _send(self, setpoint: MetricSetpoint, command: Command) -> bool:
        datatype = self._nodes.datatype_of(setpoint.place)
        value = setpoint.order.scale.theirs(command.value_w)
        return self._write(setpoint.place, value, datatype)

    def _write(self, place: Place, value: float, datatype: int) -> bool:
        """Send a command to a device, or to the node where there is none."""
        kind, device = ("DCMD", f"/{place.device}") if place.device else ("NCMD", "")
        topic = f"spBv1.0/{self._settings.group}/{kind}/{place.node}{device}"
        payload = command_payload(place.metric, value, self._now_us(), datatype=datatype)
        return self._session.publish(topic, payload)

    def _note_connection(self, up: bool) -> None:
        if not up:
            self.connection.down("the MQTT broker is away")
            return
        self.connection.up()
        self._session.publish(self._state_topic, self._state(online=True), retain=True)
        for node in self._settings.nodes:
            self._ask_for_birth(node, "we may have missed some of it")

    def _ask_for_birth(self, node: str, because: str) -> None:
        """Ask a node to be born again; what is wanted soon after waits until it may be asked."""
        if node in self._asked:
            self._asked[node] = because
            return
        self._asked[node] = ""
        asyncio.get_running_loop().call_later(REBIRTH_AGAIN_S, self._may_ask_again, node)
        log.info("rebirth_asked", source=self.source_id, node=node, because=because)
        self._write(Place(node, "", REBIRTH), 1.0, BOOLEAN)

    def _may_ask_again(self, node: str) -> None:
        if because := self._asked.pop(node, ""):
            self._ask_for_birth(node, because)

    def _sort(self, message: Received) -> None:
        """Hear a message in its order; what a set-point waits for is seen at once."""
        if self._inbox.refuses(message):
            return  # the gap in the sequence asks for a rebirth
        heard = self._nodes.hear(message.topic, message.payload, self._now_us())
        if heard.rebirth_because:
            self._ask_for_birth(heard.node, heard.rebirth_because)
        for place, value in heard.shown:
            for setpoint in self._setpoints.values():
                if place == setpoint.held:
                    self._read_back.saw(place, setpoint.order.scale.ours(value))
        if heard.born is not None:
            self._was_born(heard.born)
        self._inbox.put(Taken(message, heard), len(message.payload))

    def _was_born(self, born: Place) -> None:
        """Write the set-points in force to what was just born."""
        if not born.device and born.node in self._asked:
            self._asked[born.node] = ""
        for command in self._leases.standing(self._tools.clock.now()):
            setpoint = self._setpoints[command.device_id, command.quantity]
            if (setpoint.place.node, setpoint.place.device) == (born.node, born.device):
                self._send(setpoint, command)

    async def _carry(self, batch: list[Taken]) -> None:
        for taken in batch:
            if taken.heard.mistakes:
                await self._bury(taken)
        samples = [sample for taken in batch for sample in taken.heard.samples]
        await carry(self._tools, self.source_id, samples)

    def _acknowledge(self, taken: Taken) -> None:
        self._session.acknowledge(taken.message)

    async def _bury_defect(self, taken: Taken, defect: Exception) -> None:
        await self._tools.dead_letters.bury(
            origin=f"mqtt:{taken.message.topic}",
            reason="defect",
            detail=repr(defect),
            payload=taken.message.payload,
            error=defect,
        )

    async def _bury(self, taken: Taken) -> None:
        await self._tools.dead_letters.bury(
            origin=f"mqtt:{taken.message.topic}",
            reason="partly unreadable" if taken.heard.samples else "unreadable",
            detail="; ".join(taken.heard.mistakes),
            payload=taken.message.payload,
        )

    @property
    def _state_topic(self) -> str:
        return f"spBv1.0/STATE/{self._settings.host}"

    def _state(self, *, online: bool) -> bytes:
        return json.dumps({"online": online, "timestamp": self._now_us() // 1000}).encode()

    def _now_us(self) -> int:
        return to_microseconds(self._tools.clock.now())


def _where(place: Place) -> str:
    return f"metric {place.metric!r} of {place.node}{'/' if place.device else ''}{place.device}"
