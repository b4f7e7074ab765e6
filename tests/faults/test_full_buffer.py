"""The disk buffer of ingest is full: told before it is, and what gives way is what was chosen.

Ingest, alerting, the MQTT broker and Kafka are real; 64 MiB fill in seconds with large messages.
"""

from __future__ import annotations

import asyncio
import json
import math
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import aiomqtt
import grpc
import pytest

from parkflow.alert.v1 import alert_service_pb2 as wire
from parkflow.alert.v1 import incident_pb2
from parkflow.alert.v1.alert_service_pb2_grpc import AlertServiceStub
from services.demo.stack import Mqtt
from services.ingest.spool.rules import SMALLEST_LIMIT_BYTES, Policy
from services.runtime import metrics
from services.runtime.database import migrate
from services.runtime.topics import RAW
from tests.integration.test_ingest_spool import spool_of, until_drained
from tests.support.builders import MORNING
from tests.support.ingest import IngestProcess, Log, the_log
from tests.support.park_process import ParkProcess
from tests.support.patience import until
from tests.support.pipeline import Pipeline, Servers, a_pipeline
from tests.support.stack import killed

VALUES = 1000
A_SECOND = 120
HOLD = 0.6
"""So full the buffer waits for the first warning: it shall not be the machine that is late."""
MOST = 12_000
DROPPED = 10  # frames; the busier the machine, the more messages are in one
FILLING = incident_pb2.INCIDENT_KIND_BUFFER_FILLING
WARNED, FULL = "ingest", "ingest.full"
PATIENCE_S = 200.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class SmallBufferIngest(IngestProcess):
    """An ingest with the smallest buffer there is."""

    spool: bool = True
    policy: Policy = Policy.REFUSE_NEWEST

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "PARKFLOW_SPOOL_MAX_BYTES": str(SMALLEST_LIMIT_BYTES),
            "PARKFLOW_SPOOL_POLICY": self.policy,
        }

    def dropped(self) -> float:
        """Return how many frames its metric page says were let go."""
        name = metrics.SPOOL_DROPPED.prometheus_name
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as page:
            lines = page.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@dataclass
class AlertingProcess(ParkProcess):
    """Alerting, which asks one ingest how full it is."""

    service: ClassVar[str] = "alerting"
    database_url: str
    ingest_address: str

    def environment(self) -> dict[str, str]:
        return {
            "PARKFLOW_DATABASE_URL": self.database_url,
            "PARKFLOW_WATCHED": "ingest",
            "PARKFLOW_INGEST_ADDRESS": self.ingest_address,
        }

    async def incidents(self) -> set[str]:
        """Return the open incidents about the buffer."""
        async with grpc.aio.insecure_channel(self.address) as channel:
            request = wire.ListIncidentsRequest(park_id=self.park_id)
            answer = await AlertServiceStub(channel).ListIncidents(request, timeout=30)
        return {one.subject for one in answer.incidents if one.kind == FILLING}


@dataclass
class Filling:
    """Large messages, numbered by their minute, until it is enough; now and then it is held up."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    is_enough: bool = False

    def note(self, *, held: bool, is_enough: bool) -> None:
        """Take in what was seen of the buffer."""
        self.is_enough = is_enough
        if held and not is_enough:
            self.goes_on.clear()
        else:
            self.goes_on.set()

    async def fill(self, park_id: str, mqtt: Mqtt) -> int:
        """Publish; return how many there were."""
        async with aiomqtt.Client("127.0.0.1", mqtt.port, identifier=f"big-{park_id}") as client:
            for number in range(MOST):
                await asyncio.sleep(1 / A_SECOND)
                await self.goes_on.wait()
                if self.is_enough:
                    return number
                stamp = (MORNING - timedelta(days=3) + timedelta(minutes=number)).isoformat()
                values = {f"q{k}": number for k in range(VALUES)}
                payload = json.dumps({"ts": stamp, "values": values})
                await client.publish(f"{park_id}/steel/telemetry", payload, qos=1)
        raise AssertionError(f"{MOST} messages were not enough")


def numbers_in(log: Log) -> set[int]:
    return {int(value) for _, _, value in log.told() if math.isfinite(value)}


async def with_buffer(
    run: Pipeline, mqtt: Mqtt, policy: Policy
) -> tuple[SmallBufferIngest, AlertingProcess]:
    """Add ingest and alerting, and start both."""
    await migrate("alerting", run.url)
    ingest: Any = run.add("ingest", SmallBufferIngest, mqtt_url=mqtt.url, policy=policy)
    alerting: Any = run.add("alerting", AlertingProcess, ingest_address=ingest.address)
    await run.start()

    async def answers() -> bool:
        with suppress(grpc.aio.AioRpcError):
            await alerting.incidents()
            return True
        return False

    await until(answers, "alerting answers, before Kafka is away", PATIENCE_S)
    return ingest, alerting


@pytest.mark.parametrize("policy", list(Policy))
async def test_a_buffer_that_fills_is_told_before_it_is_full_and_gives_way_as_configured(
    servers: Servers, mqtt: Mqtt, tmp_path: Path, policy: Policy
) -> None:
    async with a_pipeline(servers, tmp_path, now=MORNING) as run:
        ingest, alerting = await with_buffer(run, mqtt, policy)
        shares: dict[str, float] = {}
        filling = Filling()

        async def look() -> bool:
            await asyncio.sleep(0.3)
            told = await alerting.incidents()
            spool = await spool_of(ingest)  # asked last: it was no fuller when that was told
            # Giving way frees a whole segment: what was full may be at 94 % when looked at.
            share = 1.0 if spool.dropped_frame_count else spool.stored_bytes / spool.limit_bytes
            for subject in told:
                shares.setdefault(subject, share)
            gave_way = policy is Policy.REFUSE_NEWEST or spool.dropped_frame_count > DROPPED
            filling.note(
                held=share > HOLD and WARNED not in shares, is_enough=FULL in shares and gave_way
            )
            return filling.is_enough

        with killed(servers.kafka):
            publishing = asyncio.create_task(filling.fill(run.park_id, mqtt))
            await until(look, "the buffer is full and that is told", PATIENCE_S)
            sent = await publishing
            full = await spool_of(ingest)
        await until_drained(ingest)

        async def calm() -> bool:
            return not await alerting.incidents()

        await until(calm, "the incidents are resolved", PATIENCE_S)
        async with the_log(servers.kafka, RAW, run.park_id) as log:
            await log.until(lambda: sent - 1 in numbers_in(log), PATIENCE_S)
            there = numbers_in(log)
            frames = len({message.frame_id for message in log.messages})
        after, dropped = await spool_of(ingest), ingest.dropped()

    lost = sorted(set(range(sent)) - there)
    print(
        f"{policy}: warned at {shares[WARNED]:.0%}, full told at {shares[FULL]:.0%}; {sent} sent, "
        f"{full.frame_count} frames on disk, {len(lost)} messages lost in {dropped:.0f} frames, "
        f"{frames} frames in Kafka"
    )
    assert 0.5 <= shares[WARNED] < 0.95 <= shares[FULL]
    assert dropped == after.dropped_frame_count
    if policy is Policy.REFUSE_NEWEST:
        assert (lost, dropped) == ([], 0)
    else:
        assert dropped > DROPPED
        assert lost == list(range(lost[0], lost[0] + len(lost)))
        assert max(lost) < sent - full.frame_count / 2
