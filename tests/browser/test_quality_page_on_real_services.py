"""The data-quality page over a real ingest and validation: what it says is what they say."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from playwright.async_api import Page, expect

from parkflow.telemetry.v1.telemetry_service_pb2 import PushedReading, PushRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from parkflow.validation.v1 import balance_pb2
from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.demo.stack import Kafka
from services.energy.readings import VERDICT_OF, Doubt, Verdict
from services.energy.time_grid import QUARTER, floor, to_microseconds
from services.runtime.clock import ParkClock
from services.runtime.database import migrate
from tests.support.builders import MORNING
from tests.support.console_process import ConsoleProcess
from tests.support.ingest import IngestProcess, ValidationProcess, running
from tests.support.raw_log import a_raw_frame, publish_raw

SOURCE, METER = "mqtt-site", "steel.consumption_energy_wh"
TOPOLOGY = "\ntopology:\n  - {id: halls, meter: steel, children: [offices], tolerance_kwh: 0.5}\n"
EVENING = floor(MORNING) - 20 * QUARTER


@dataclass
class Desk:
    """Real services, and a console that serves the page over them."""

    kafka: Kafka
    park_id: str
    clock: ParkClock
    url: str
    ingest: Any
    validation: Any

    async def show(self, page: Page) -> None:
        await page.goto(f"{self.url}/quality?lang=en")
        await expect(page.locator("#suspense-age")).to_have_text(re.compile("^as of"))

    async def tell(self, point: str, *readings: tuple[float, float]) -> None:
        """Put readings of a point into the raw log: (minutes after the evening began, value)."""
        frames = []
        for minute, value in readings:
            at = EVENING + timedelta(minutes=minute)
            row = (point, to_microseconds(at), value)
            frames.append(a_raw_frame(self.park_id, SOURCE, f"{point}-{minute}", at, [row]))
        await publish_raw(self.kafka, self.park_id, SOURCE, frames)

    async def push(self, point: str, *readings: tuple[datetime, float]) -> None:
        """Hand readings in as a device's gateway would."""
        request = PushRequest(park_id=self.park_id, source_id=SOURCE, idempotency_key="once")
        for at, value in readings:
            reading = PushedReading(point_id=point, value=value)
            reading.event_time.FromDatetime(at)
            request.readings.append(reading)
        await self.ingest.Push(iter([request]), timeout=20)

    async def quality(self) -> wire.SourceQuality:
        """Return what validation says of the source."""
        request = wire.GetDataQualityRequest(park_id=self.park_id)
        [source] = (await self.validation.GetDataQuality(request, timeout=10)).sources
        answer: wire.SourceQuality = source
        return answer


@pytest.fixture
async def desk(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    kafka = kafka_with_topics
    await migrate("validation", fresh_database)
    validation = ValidationProcess(
        tmp_path, kafka.address, fresh_database, more_of_the_park=TOPOLOGY
    )
    shared = {"park_id": validation.park_id, "began": validation.began}
    ingest = IngestProcess(tmp_path, kafka.address, more_of_the_park=TOPOLOGY, **shared)  # type: ignore[arg-type]
    ports = {"ingest": ingest.grpc_port, "validation": validation.grpc_port}
    clock = ParkClock(MORNING, validation.began, 1.0)
    with running(validation), running(ingest):
        console = ConsoleProcess(clock, ports, PARKFLOW_PARK=str(validation.park_file))
        await console.start()
        async with (
            grpc.aio.insecure_channel(ingest.address) as to_ingest,
            grpc.aio.insecure_channel(validation.address) as to_validation,
        ):
            yield Desk(
                kafka,
                validation.park_id,
                clock,
                console.url,
                TelemetryServiceStub(to_ingest),
                ValidationServiceStub(to_validation),
            )
        await console.stop()


def grouped(number: int) -> str:
    return f"{number:,}"


async def test_the_numbers_of_the_page_are_those_of_validation_and_a_fault_appears_by_its_name(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    await expect(page.locator("#reason-list")).to_contain_text("No reading has been judged yet")
    now = desk.clock.now()
    sound = [(now - timedelta(minutes=k), 20.0 + k / 10) for k in range(13, 1, -1)]

    await desk.push("weather.temperature_c", *sound, (now - timedelta(minutes=1), -99.0))

    fault = page.locator("[data-reason=out_of_range]")
    await expect(fault.locator(".count")).to_have_text("1")
    await expect(fault.locator(".where")).to_have_text(f"{SOURCE} 1")
    told = await desk.quality()
    counts = dict.fromkeys(Verdict, 0)
    for doubt in told.doubts:
        counts[VERDICT_OF[Doubt(doubt.doubt)]] += doubt.reading_count
    assert sum(counts.values()) == 13
    for verdict, count in counts.items():
        shown = page.locator(f"[data-verdict={verdict.name.lower()}] strong")
        await expect(shown).to_have_text(grouped(count))
    assert sum(told.filled_point_count) == sum(told.expected_point_count) > 0
    assert told.unheard_point_count > 10
    share = f"{int(told.completeness_share * 10_000) / 100:.2f} %"
    row = page.locator(f"[data-source={SOURCE}]")
    await expect(row.locator(".share")).to_have_text(share)
    await expect(row.locator(".unheard")).to_contain_text(f"{told.unheard_point_count} points")
    await expect(page.locator("#tile-complete .note")).to_contain_text(
        f"all {grouped(sum(told.expected_point_count))} quarter hours"
    )
    await expect(row.locator(".plug.down")).to_be_visible()  # no MQTT broker is there


async def test_a_jump_is_released_on_the_page_and_stands_in_the_log_under_the_persons_name(
    page: Page, desk: Desk
) -> None:
    confirming = [(float(minute), 4_000_000.0 + minute) for minute in range(31, 95)]
    await desk.tell(METER, (0, 700_000), (15, 701_000), (30, 4_000_000), *confirming)
    await desk.show(page)
    entry = page.locator("[data-entry]", has_text="Steel works")
    await expect(entry).to_contain_text("3,299 kWh")
    await expect(entry).to_contain_text("jump")

    await entry.get_by_role("button").click()
    panel = page.locator("#decision")
    await panel.get_by_text("It did not flow").click()
    await panel.locator("[name=account]").fill("meter fault")
    await panel.locator("[name=reason]").fill("the supplier confirms it")
    await panel.locator("[name=confirmed]").check()
    await panel.get_by_role("button", name="Release 3,299 kWh").click()

    await expect(page.locator("#entry-list")).to_contain_text("every kWh")
    edit = page.locator("[data-edit]")
    await expect(edit).to_contain_text("3,299 kWh")
    await expect(edit).to_contain_text("the supplier confirms it")
    listed = await desk.validation.ListEdits(wire.ListEditsRequest(park_id=desk.park_id))
    [applied] = listed.edits
    assert (applied.edit.user, applied.edit.ruling.suspense_wh) == ("local", 3_299_000)
    account = wire.ListSuspenseRequest(park_id=desk.park_id, account="meter fault")
    assert (await desk.validation.ListSuspense(account)).balance_wh == 3_299_000

    await edit.get_by_role("button", name="Revoke").click()
    await panel.locator("[name=reason]").fill("it was another meter")
    await panel.locator("[name=confirmed]").check()
    await panel.get_by_role("button", name="Revoke").click()

    await expect(page.locator("[data-entry]")).to_contain_text("3,299 kWh")
    await expect(page.locator(".edit.revoked")).to_have_count(1)


async def test_a_claim_that_nothing_confirms_is_withdrawn_on_the_page(
    page: Page, desk: Desk
) -> None:
    await desk.tell(METER, (0, 700_000), (15, 701_000), (30, 4_000_000))
    await desk.show(page)
    entry = page.locator("[data-entry]")
    await expect(entry).to_contain_text("not confirmed")

    await entry.get_by_role("button").click()
    panel = page.locator("#decision")
    await panel.get_by_text("Withdraw it").click()
    await panel.locator("[name=reason]").fill("a test of the gateway")
    await panel.locator("[name=confirmed]").check()
    await panel.get_by_role("button", name="Decide").click()

    await expect(page.locator("#entry-list")).to_contain_text("every kWh")
    await expect(page.locator("[data-edit]")).to_contain_text("withdrawn")


async def test_a_nodes_imbalance_on_the_page_is_the_one_of_validation(
    page: Page, desk: Desk
) -> None:
    offices = "offices.consumption_energy_wh"
    await desk.tell(METER, (0, 0), (15, 20_000), (30, 40_000))
    await desk.tell(offices, (0, 0), (15, 19_900), (30, 38_000))
    await desk.show(page)

    node = page.locator("[data-node=halls]")
    await expect(node.locator(".verdict")).to_have_text("▲ meter too high")
    request = balance_pb2.ListBalancesRequest(park_id=desk.park_id)
    request.start.FromDatetime(EVENING)
    request.end.FromDatetime(EVENING + 2 * QUARTER)
    told = (await desk.validation.ListBalances(request)).balances
    assert [one.metered_wh - one.children_wh for one in told] == [100, 1_900]
    await expect(node.locator(".last")).to_contain_text("+1.90 kWh of 20.0 kWh (9.5 %)")
    await expect(node.locator(".figures")).to_contain_text("24 h: +2.00 kWh of 40.0 kWh (5.0 %)")
