"""Plays the story to the outside: one step a sample, saved before anything leaves the house."""

import asyncio
from collections.abc import Mapping
from math import ceil

import grpc

from parkflow.market.v1.market_service_pb2_grpc import MarketServiceStub
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.runtime import metrics
from services.runtime.grpc_client import open_channel
from services.runtime.progress import Stage
from services.runtime.service import Service
from services.runtime.telemetry import log_for, record
from services.simulator import messages
from services.simulator.backfill import push_history
from services.simulator.domain.faults import Garbage, Spoiler, require_playable
from services.simulator.domain.samples import ParkSample, Values
from services.simulator.domain.setpoints import Accepted, Refused, SetPoint
from services.simulator.journal import Journal
from services.simulator.listener import first_listener
from services.simulator.market import MarketFeed, RecordedMarket
from services.simulator.messages import Undecodable
from services.simulator.modbus import ModbusDevices
from services.simulator.modbus_server import ModbusServer
from services.simulator.mqtt import PROTOCOL, Broker, Frames, MqttDevices, topic_prefix_of
from services.simulator.recordings import load_world
from services.simulator.settings import Settings
from services.simulator.store import StateFile
from services.simulator.story import Story, opening

# Slower than the rings are read, so that no record is overwritten unread while catching up.
CATCH_UP_SAMPLES = 16
CATCH_UP_PAUSE_S = 0.5
LONGEST_WAIT_S = 1.0
LONG_SILENCE_S = 30.0
LAST_RECORDS_READ_S = 2.0
log = log_for(__name__)


def assemble(service: Service[Settings]) -> None:
    """Register what the simulator does."""
    player = Player(service)
    service.at_start(player.start)
    service.at_stop(player.stop)
    service.keep_running("play", player.play)
    service.keep_running("mqtt", player.talk)
    if service.settings.knows_ingest:
        service.keep_running("push to ingest", player.push_to_ingest)


def broker_of(settings: Settings) -> Broker:
    """Return the broker the settings name."""
    file = settings.mqtt_password_file
    return Broker(
        settings.mqtt,
        settings.mqtt_user,
        file.read_text(encoding="utf-8").strip() if file else None,
        str(settings.mqtt_ca) if settings.mqtt_ca else None,
    )


class Player:
    """The shells around one story."""

    def __init__(self, service: Service[Settings]) -> None:
        settings = service.settings
        self._settings, self._clock, self._service = settings, service.clock, service
        self._world = load_world(
            service.park,
            settings.data,
            sample_period_s=settings.sample_period_s,
            mode=settings.mode,
        )
        self._store = StateFile(settings.state)
        saved = self._store.load() or opening(self._world, settings.story_start_s)
        self._story = Story(self._world, saved)
        self._spoiler = Spoiler(settings.fault_list)
        self._journal = Journal(settings.journal)
        self._modbus = ModbusDevices(service.park, self._answer, self._command_time_s)
        self._server = ModbusServer(self._modbus.units, settings.modbus_host, settings.modbus_port)
        source = next(s for s in service.park.sources if s.protocol == PROTOCOL)
        self._on_modbus = self._modbus.device_ids
        require_playable(settings.fault_list, self._on_modbus)
        self._on_mqtt = [d.id for d in service.park.devices if d.source_id == source.id]
        self.mqtt = MqttDevices(
            broker_of(settings), topic_prefix_of(source), self._command, self._delivered
        )
        self._stage: Stage = service.progress.stage("play")

    async def start(self) -> None:
        """Retell what may not have arrived, then listen for Modbus clients."""
        story = self._story
        rings = self._store.load_rings(self._world.sample_period_s)
        self._modbus.recall(self._world, story.state, rings)
        self._store.save(story.saved())
        self._publish(story.retold)
        log.info(
            "story",
            start=messages.stamp(story.start_s),
            acknowledged=messages.stamp(story.acknowledged_s),
            head=messages.stamp(story.head_s),
            sample_period_s=self._world.sample_period_s,
            mode=self._world.mode.value,
            faults=len(self._spoiler.faults),
        )
        silent_s = (story.head_s - self._clock.now().timestamp()) / self._clock.speed
        if silent_s > LONG_SILENCE_S:
            log.warning(
                "clock_behind_story", silent_s=round(silent_s), cure="resume it at the head"
            )
        await self._server.start()

    async def stop(self) -> None:
        """Save, and serve on until the last records have been read."""
        self._store.save(self._story.saved())
        await asyncio.sleep(LAST_RECORDS_READ_S)
        await self._server.stop()

    async def play(self) -> None:
        """Tell the story as park time passes; catch up in original order when it is behind."""
        period_s = self._world.sample_period_s
        while True:
            due_s = self._story.next_sample_s
            await self._wait_until(due_s)
            now_s = int(self._clock.now().timestamp())
            samples = self._story.tell(min(now_s, due_s + CATCH_UP_SAMPLES * period_s))
            self._store.save(self._story.saved())
            self._publish(samples)
            behind = self._story.next_sample_s <= now_s
            await asyncio.sleep(CATCH_UP_PAUSE_S if behind else 0.0)

    async def talk(self) -> None:
        """Publish on MQTT for ever; the first words of a story wait for a first listener.

        A broker keeps nothing for a session it has never seen; afterwards it keeps everything.
        """
        untold = self._story.acknowledged_s < self._story.start_s
        if untold and self._settings.knows_ingest:
            async with open_channel(self._settings.ingest_address, self._settings) as channel:
                await first_listener(channel, self._service.park.id)
        await self.mqtt.run()

    async def push_to_ingest(self) -> None:
        """Push the history once and feed the market for ever."""
        async with open_channel(self._settings.ingest_address, self._settings) as channel:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed_market(channel))
                group.create_task(self._backfill(channel))
            await asyncio.Event().wait()

    async def _feed_market(self, channel: grpc.aio.Channel) -> None:
        if self._settings.market:
            market = RecordedMarket.load(self._settings.data)
            stub, days = MarketServiceStub(channel), self._settings.backfill_days
            feed = MarketFeed(self._service.park, market, stub, days)
            await feed.run(self._clock)

    async def _backfill(self, channel: grpc.aio.Channel) -> None:
        if self._story.backfilled:
            return
        await push_history(
            self._world,
            TelemetryServiceStub(channel),
            story_start_s=self._story.start_s,
            days=self._settings.backfill_days,
        )
        self._story.backfilled = True

    async def _wait_until(self, due_s: int) -> None:
        while (left_s := (due_s - self._clock.now().timestamp()) / self._clock.speed) > 0:
            self._stage.move()  # waiting for park time is no stand-still
            await asyncio.sleep(min(left_s, LONGEST_WAIT_S))
        self._stage.move()

    def _publish(self, samples: list[ParkSample]) -> None:
        """Show samples on Modbus, and on MQTT those the broker has not acknowledged."""
        for sample in samples:
            sent = self._spoiled(sample)
            readings = {d: v for d, v in sent.items() if not isinstance(v, Garbage)}
            self._modbus.put(sample.at_s, self._world.sample_period_s, readings)
            if sample.at_s <= self._story.acknowledged_s:
                continue
            self._note(sample.at_s, {d: readings[d] for d in readings if d in self._on_modbus})
            payloads = [
                (device_id, messages.telemetry(sent[device_id], sample.at_s))
                for device_id in self._on_mqtt
                if device_id in sent
            ]
            published = {d: readings[d] for d in self._on_mqtt if d in readings}
            self.mqtt.put(Frames(sample.at_s, payloads, published))
        # Before the broker can acknowledge them: what is acknowledged is not told again.
        self._store.save_rings(self._world.sample_period_s, self._modbus.rings)

    def _delivered(self, frames: Frames) -> None:
        """Note what the broker has; only then may the story forget it."""
        self._note(frames.at_s, frames.readings)
        self._story.acknowledge(frames.at_s)

    def _note(self, at_s: int, readings: Mapping[str, Values]) -> None:
        self._journal.write(at_s, readings)
        for device_id, values in readings.items():
            record(metrics.SAMPLES_PLAYED, len(values), device=device_id)

    def _spoiled(self, sample: ParkSample) -> dict[str, Values | Garbage]:
        """Return what each device sends; a device in a gap is absent."""
        sent: dict[str, Values | Garbage] = {}
        for device_id, values in sample.values.items():
            spoiled = self._spoiler.spoiled(device_id, values, sample.at_s)
            if spoiled is not None:
                sent[device_id] = spoiled
        return sent

    def _command(self, device_id: str, payload: bytes) -> bytes:
        """Return the device's answer to a command on MQTT."""
        try:
            setpoint = messages.setpoint(device_id, payload, self._command_time_s())
        except Undecodable as mistake:
            return messages.result(
                messages.setpoint_id(payload), Refused(str(mistake)), self._clock.now()
            )
        verdict = self._answer(setpoint)
        return messages.result(setpoint.setpoint_id, verdict, self._clock.now())

    def _answer(self, setpoint: SetPoint) -> Accepted | Refused:
        verdict = self._story.answer(setpoint)
        log.debug("setpoint", device=setpoint.device_id, value_w=setpoint.value_w, verdict=verdict)
        return verdict

    def _command_time_s(self) -> int:
        """Return the second a command takes effect: the next one, never in the told past."""
        return max(ceil(self._clock.now().timestamp()), self._story.head_s)
