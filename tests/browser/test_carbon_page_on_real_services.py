"""The page of carbon over a real carbon accounting: what it books is what the page shows.

The other services are fakes.

`PARKFLOW_PICTURES` names a folder that gets `carbon.png`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from playwright.async_api import Page, expect

from parkflow.carbon.v1 import (
    audit_pb2,
    cost_pb2,
    resource_pb2,
    restatement_pb2,
    total_pb2,
    tracing_pb2,
)
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.carbon.v1.entry_pb2 import LEDGER_PARK_ACCEPTANCE
from parkflow.telemetry.v1.interval_frame_pb2 import IntervalFrame
from services.demo.stack import Kafka
from services.energy.site import Park
from services.runtime.clock import ParkClock
from services.runtime.database import migrate
from services.runtime.park_file import load_park
from services.runtime.publishing import Publisher
from services.runtime.topics import INTERVALS
from tests.support.builders import a_park, after
from tests.support.carbon_frames import frames, quarters
from tests.support.carbon_process import CarbonProcess
from tests.support.console_process import ConsoleProcess
from tests.support.fake_services import FakeServices
from tests.support.ingest import with_topics
from tests.support.park_process import ended
from tests.support.patience import until
from tests.support.serving import serves
from tests.support.wet_park import DRAIN, FLUE, IN_DEVICES, SLAG, STREAMS, TAP

QUARTERS = 32
MONTH = "2019-06"
JUNE = {"first_day": "2019-06-01", "last_day": "2019-06-30"}
CALL_S = 30.0
WET = {TAP: 1_000, DRAIN: 700, SLAG: 50_000, FLUE: 25_000}
"""What each quarter hour counts: dm3, dm3, g, Wh; three tenths of the water go nowhere."""


@dataclass
class Desk:
    """A carbon accounting that has booked eight hours, and a console that serves the page."""

    park: Park
    url: str
    service: Any

    async def totals(self) -> list[total_pb2.Total]:
        request = total_pb2.ListTotalsRequest(park_id=self.park.id, **JUNE)  # type: ignore[arg-type]
        return list((await self.service.ListTotals(request, timeout=CALL_S)).totals)

    async def supplied_wh(self) -> int:
        request = tracing_pb2.GetTracingRequest(park_id=self.park.id, **JUNE)
        flows = (await self.service.GetTracing(request, timeout=CALL_S)).flows
        return sum(one.energy_wh for one in flows if one.way == tracing_pb2.FLOW_WAY_SUPPLY)

    async def costs(self) -> list[cost_pb2.Cost]:
        request = cost_pb2.ListCostsRequest(park_id=self.park.id, **JUNE)
        return list((await self.service.ListCosts(request, timeout=CALL_S)).costs)

    async def resources(self) -> resource_pb2.GetResourcesResponse:
        request = resource_pb2.GetResourcesRequest(park_id=self.park.id, **JUNE)
        answer: resource_pb2.GetResourcesResponse = await self.service.GetResources(
            request, timeout=CALL_S
        )
        return answer

    async def audit(self) -> audit_pb2.GetEnergyAuditResponse:
        request = audit_pb2.GetEnergyAuditRequest(park_id=self.park.id, first_month=MONTH)
        answer: audit_pb2.GetEnergyAuditResponse = await self.service.GetEnergyAudit(
            request, timeout=CALL_S
        )
        return answer

    async def restated(self) -> list[restatement_pb2.Restatement]:
        request = restatement_pb2.ListRestatementsRequest(park_id=self.park.id)
        answer = await self.service.ListRestatements(request, timeout=CALL_S)
        return list(answer.restatements)


def told(park: Park) -> tuple[list[IntervalFrame], list[IntervalFrame]]:
    """Eight hours, the first quarter of them estimated twice as large; and what corrects that."""
    hours = [(start, counted | WET) for start, counted in quarters(a_park(), QUARTERS)]
    start, counted = hours[0]
    twice = {point: 2 * wh for point, wh in counted.items()}
    found = frames(park, start, twice, estimated=True)
    found += [frame for at, some in hours[1:] for frame in frames(park, at, some, position=1)]
    known = start + timedelta(hours=9)
    return found, frames(park, start, counted, known_at=known, position=2)


@pytest.fixture
async def desk(kafka: Kafka, fresh_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    await with_topics(kafka)
    await migrate("carbon_accounting", fresh_database)
    process = CarbonProcess(
        *(tmp_path, kafka.address, fresh_database),
        origin=after(hours=10),
        replaced_in_the_park=IN_DEVICES,
        more_of_the_park=STREAMS,
    )
    process.write_park()
    park = load_park(process.park_file)
    clock = ParkClock(after(hours=10), process.began, 1.0)
    with ended(process):
        process.spawn()
        async with (
            grpc.aio.insecure_channel(process.address) as channel,
            FakeServices.at(clock) as fakes,
        ):
            await until(lambda: serves(channel), "the ledger serves")
            ports = {**fakes.ports, "carbon_accounting": process.grpc_port}
            console = ConsoleProcess(clock, ports, PARKFLOW_PARK=str(process.park_file))
            await console.start()
            try:
                desk = Desk(park, console.url, CarbonServiceStub(channel))
                first, corrected = told(park)
                await _publish(kafka, first)
                await until(desk.totals, "eight hours booked", 60)
                await _publish(kafka, corrected)
                await until(desk.restated, "the first quarter restated", 60)
                yield desk
            finally:
                await console.stop()


async def _publish(kafka: Kafka, some: list[IntervalFrame]) -> None:
    publisher = Publisher("validation", kafka.address, {})
    await publisher.start()
    await publisher.publish_all(INTERVALS, [(f"{f.park_id}/{f.source_id}", f) for f in some])
    await publisher.stop()


async def test_the_page_shows_what_is_booked_where_it_came_from_and_what_was_restated(
    page: Page, desk: Desk
) -> None:
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.goto(f"{desk.url}/carbon?lang=en")
    await expect(page.locator("#month")).to_have_value(MONTH)

    counted = [
        one for one in await desk.totals() if one.ledger == LEDGER_PARK_ACCEPTANCE and one.counted
    ]
    ng = sum(one.emissions.g * 10**9 + one.emissions.ng for one in counted)
    tab = page.locator("[data-ledger=park_acceptance]")
    await expect(tab).to_have_attribute("title", f"{ng // 10**9:,}.{ng % 10**9:09d} g")
    supplied = f"{await desk.supplied_wh():,} Wh came in"
    await expect(page.locator("#flows-close")).to_contain_text(supplied)
    await expect(page.locator("#flows-close.warn-text")).to_have_count(0)
    restated = await desk.restated()
    await expect(page.locator("#restated-list tbody tr")).to_have_count(len(restated))
    await expect(page.locator("#restated-list tbody .because").first).to_contain_text("became")
    indicators = page.locator("#indicator-list")
    for name in ("core_carbon_intensity", "clean_share"):  # as they stood in 2026
        await expect(indicators.locator(f"[data-name={name}]")).to_have_count(1)
    await expect(indicators.locator("[data-name='system national_factory']")).to_have_count(1)
    await expect(indicators.locator(".identities .met").first).to_have_text("✓ closes")
    await sees_what_the_month_took(page, desk)
    if folder := os.environ.get("PARKFLOW_PICTURES"):
        await page.screenshot(path=Path(folder) / "carbon.png", full_page=True)


async def sees_what_the_month_took(page: Page, desk: Desk) -> None:
    """Costs to the cent, water that goes nowhere, nodes and energy as the service says them."""
    paid = [one for one in await desk.costs() if one.enterprise == "*"]
    for one in paid:
        row = page.locator(f"[data-position={one.position}] .num").last
        known = f"{one.cost_cents / 100:,.2f}" if one.HasField("cost_cents") else "not known"
        await expect(row).to_have_text(known)
    total = sum(one.cost_cents for one in paid)
    await expect(page.locator("#costs-total")).to_contain_text(f"{total / 100:,.2f} GBP")
    assert {"grid", "pv"} <= {one.position for one in paid}
    await expect(page.locator("[data-meter]")).to_have_count(len((await desk.resources()).amounts))
    water = page.locator("#resources [data-node='main (water)']")
    # 32 quarter hours; the first was told anew
    await expect(water).to_contain_text("9.600 m³ left unmetered")
    audit = await desk.audit()
    await expect(page.locator("#audit [data-node]")).to_have_count(len(audit.balances))
    [whole] = [one.energy_tce for one in audit.totals if not one.month]
    await expect(page.locator("#audit-total")).to_have_text(f"{whole:,.3f} tce")
    await expect(page.locator("#audit .doubts").last).to_contain_text("declares no product")
