"""What validation comes to know later, followed into the ledger; both as processes.

Each register of the park is read every quarter hour and counts the same each time. Then one gas
meter is told of otherwise, and of the ledger exactly the entries that say something else by it are
reversed and booked anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parkflow.carbon.v1 import carbon_service_pb2 as ledger
from parkflow.carbon.v1 import entry_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.telemetry.v1 import edit_pb2
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.carbon_accounting.domain.inventory.site import Role
from services.demo.stack import Kafka
from services.energy.time_grid import to_microseconds
from services.runtime.database import migrate
from tests.support.builders import MORNING, a_park, after
from tests.support.carbon_frames import registers
from tests.support.carbon_process import CarbonProcess
from tests.support.ingest import ValidationProcess, running
from tests.support.park_client import Client, comes_to, eventually
from tests.support.raw_log import a_raw_frame, publish_raw

NOW = after(hours=8)
SOURCE, GAS = "mqtt-site", "labs_b_gas"
METER = f"{GAS}.consumption_energy_wh"
MEASURED, ESTIMATED = entry_pb2.ENTRY_QUALITY_MEASURED, entry_pb2.ENTRY_QUALITY_ESTIMATED
Told = tuple[int, int, str]
"""Energy in Wh, quality, why it was restated."""


def usual(number: int) -> dict[str, int]:
    """What the registers show after so many quarters: loads 10 Wh each, met by the grid."""
    by_role = registers(a_park())
    used = by_role[Role.CONSUMPTION]
    shown = dict.fromkeys((point for points in by_role.values() for point in points), 0)
    shown |= dict.fromkeys(used, 10 * number) | dict.fromkeys(by_role[None], 100 * number)
    return shown | {by_role[Role.GRID_IMPORT][0]: 10 * number * len(used)}


@dataclass
class Park:
    """The meters of a park and its two services."""

    kafka: Kafka
    client: Client
    carbon: Any
    process: CarbonProcess
    seen: dict[str, entry_pb2.LedgerEntry] = field(default_factory=dict)

    async def read(
        self, numbers: Iterable[int], gas: dict[int, int] | None = None, silent: str = ""
    ) -> None:
        """Read all registers but a silent one at the end of these quarters; the gas meter shows
        what is said.
        """
        frames = []
        for number in numbers:
            at, shown = after(minutes=15 * number), usual(number)
            shown[METER] = (gas or {}).get(number, shown[METER])
            shown.pop(silent, None)
            rows = [(point, to_microseconds(at), float(wh)) for point, wh in shown.items()]
            name = f"{number}-{uuid4().hex}"
            frames.append(a_raw_frame(self.client.park_id, SOURCE, name, at, rows))
        await publish_raw(self.kafka, self.client.park_id, SOURCE, frames)

    async def entries(self) -> list[entry_pb2.LedgerEntry]:
        """Return every entry, also those reversed; of none that was seen anything else changed."""
        request = ledger.ListEntriesRequest(
            park_id=self.client.park_id, include_replaced=True, page_size=10_000
        )
        request.interval.start.FromDatetime(MORNING)
        request.interval.end.FromDatetime(NOW)
        found = list((await self.carbon.ListEntries(request, timeout=30)).entries)
        for entry in found:
            kept = entry_pb2.LedgerEntry()
            kept.CopyFrom(entry)
            kept.replaced = False
            assert self.seen.setdefault(entry.entry_id, kept) == kept
        return found

    async def booked(self, quarters: int) -> None:
        """Wait until the books reach so many quarters."""
        request = ledger.GetSummaryRequest(park_id=self.client.park_id)
        request.interval.start.FromDatetime(MORNING)
        request.interval.end.FromDatetime(NOW)

        async def until() -> datetime:
            summary = (await self.carbon.GetSummary(request, timeout=30)).summary
            reached: datetime = summary.booked_until.ToDatetime(MORNING.tzinfo)
            return reached

        await comes_to(until, at(quarters))
        await self.entries()

    async def gas(self) -> dict[float, Told]:
        """Return what stands of the gas meter, by minute; all three ledgers must tell the same."""
        told: dict[float, list[Told]] = {}
        for entry in await self.entries():
            if entry.meter == METER and not entry.replaced:
                start = entry.interval.start.ToDatetime(MORNING.tzinfo)
                says = entry.energy_wh, int(entry.quality), entry.restated_because
                told.setdefault((start - MORNING).total_seconds() / 60, []).append(says)
        assert all(says == [says[0]] * 3 for says in told.values())
        return {minute: says[0] for minute, says in told.items()}

    async def gas_at(self, minute: float) -> Told | None:
        """The same of one quarter; None: nothing stands."""
        return (await self.gas()).get(minute)

    async def meters_beyond(self, known: set[str]) -> set[str]:
        """Return the meters of entries that are not among the known."""
        return {e.meter for e in await self.entries() if e.entry_id not in known}

    async def open_items(self) -> list[str]:
        request = ledger.GetSummaryRequest(park_id=self.client.park_id)
        request.interval.start.FromDatetime(MORNING)
        request.interval.end.FromDatetime(NOW)
        return list((await self.carbon.GetSummary(request, timeout=30)).summary.open_items)


@pytest.fixture
async def park(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> AsyncIterator[Park]:
    """A park that has just begun; the ledger leaves its group, so that the next one begins."""
    for service in ("validation", "carbon_accounting"):
        await migrate(service, fresh_database)
    place = tmp_path, kafka_with_topics.address, fresh_database
    validation = ValidationProcess(*place, origin=NOW)
    process = CarbonProcess(*place, origin=NOW, park_id=validation.park_id)
    with running(validation), running(process):
        async with stubs(validation, process) as (desk, carbon):
            client = Client(validation.park_id, None, desk, None)
            yield Park(kafka_with_topics, client, carbon, process)
        assert process.verify().returncode == 0
        process.stop()


@asynccontextmanager
async def stubs(validation: ValidationProcess, carbon: CarbonProcess) -> AsyncIterator[Any]:
    async with (
        grpc.aio.insecure_channel(validation.address) as one,
        grpc.aio.insecure_channel(carbon.address) as other,
    ):
        yield ValidationServiceStub(one), CarbonServiceStub(other)


def at(number: int) -> datetime:
    return after(minutes=15 * number)


async def test_a_reading_that_was_believed_and_is_rejected_later_restates_its_quarter(
    park: Park,
) -> None:
    await park.read(range(3), gas={2: 5_000})
    await park.booked(2)
    spike = await park.gas_at(15)

    await park.read(range(3, 6))  # the meter goes on from before: 5,000 Wh was a spike
    await park.booked(5)

    assert spike == (4_900, MEASURED, "")
    assert await park.gas() == {
        0.0: (100, MEASURED, ""),
        15.0: (100, ESTIMATED, f"{METER}: 4900 Wh became ~100 Wh linear"),
        30.0: (100, ESTIMATED, ""),
        45.0: (100, MEASURED, ""),
        60.0: (100, MEASURED, ""),
    }
    assert await park.open_items() == []


async def test_an_energy_that_an_editor_writes_is_booked_until_the_edit_is_revoked(
    park: Park,
) -> None:
    await park.read(range(4))
    await park.booked(3)
    usually = set(park.seen)
    energy = edit_pb2.IntervalEdit(energy_wh=90, account="li's log")
    energy.start.FromDatetime(at(1))
    says = "~90 Wh edited, 10 Wh written off"

    edit = await park.client.edit(METER, interval=energy)
    written = (90, ESTIMATED, f"{METER}: 100 Wh became {says}")
    await comes_to(lambda: park.gas_at(15), written)
    await park.client.revoke(edit)
    revoked = (100, MEASURED, f"{METER}: {says} became 100 Wh")
    await comes_to(lambda: park.gas_at(15), revoked)

    assert await park.meters_beyond(usually) == {METER}
    assert len(park.seen) == len(usually) + 2 * 3
    assert await park.open_items() == []


async def test_energy_set_aside_is_an_open_item_and_each_ruling_on_it_is_in_the_books(
    park: Park,
) -> None:
    exchanged = {0: 700_000, 1: 700_100} | {n: 4_000_000 + 100 * n for n in range(2, 8)}
    await park.read(range(8), gas=exchanged)
    await park.booked(7)  # the quarter in which the meter jumped without its gas
    waits = [f"2019-06-03T22:15Z waits for {METER} (3300100 Wh set aside)"]
    await comes_to(park.open_items, waits)
    before, known = await park.gas_at(15), set(park.seen)
    unknown = "unknown (3300100 Wh set aside)"

    (entry,) = await eventually(lambda: park.client.set_aside(METER))
    edit = await park.client.release(entry)
    accepted = f"{METER}: {unknown} became ~3300100 Wh accepted"
    await comes_to(lambda: park.gas_at(15), (3_300_100, ESTIMATED, accepted))
    released = await park.open_items()
    await park.client.revoke(edit)
    await comes_to(lambda: park.gas_at(15), None)
    again, of_it = await park.open_items(), await park.meters_beyond(known)
    (entry,) = await eventually(lambda: park.client.set_aside(METER))
    await park.client.release(entry, "meter fault")
    await comes_to(park.open_items, [])

    assert before is None
    assert (released, again) == ([], waits)
    assert of_it == {METER}
    assert await park.gas_at(15) is None  # written off: 0 Wh


async def test_a_quarter_is_booked_without_a_meter_until_an_editor_writes_its_energy(
    park: Park,
) -> None:
    exchanged = {0: 700_000, 1: 700_100} | {n: 500_000 + 100 * n for n in range(2, 8)}
    await park.read(range(8), gas=exchanged)
    await park.booked(7)
    before, known = await park.gas_at(15), set(park.seen)
    energy = edit_pb2.IntervalEdit(energy_wh=120, account="li's log")
    energy.start.FromDatetime(at(1))

    await park.client.edit(METER, interval=energy)
    says = "~120 Wh edited, broken, -120 Wh written off"
    written = (120, ESTIMATED, f"{METER}: unknown became {says}")
    await comes_to(lambda: park.gas_at(15), written)

    assert before is None
    assert await park.meters_beyond(known) == {METER}


async def test_a_meter_that_fell_silent_is_booked_as_an_editor_writes_its_energy(
    park: Park,
) -> None:
    await park.read(range(3))
    await park.read(range(3, 8), silent=METER)
    await park.booked(2)
    before = await park.gas()
    for number in (2, 3):
        energy = edit_pb2.IntervalEdit(energy_wh=110, account="li's log")
        energy.start.FromDatetime(at(number))
        await park.client.edit(METER, interval=energy)

    async def written() -> list[tuple[int, int]]:
        told = await park.gas()
        return [told[minute][:2] for minute in (30.0, 45.0) if minute in told]

    await comes_to(written, [(110, ESTIMATED), (110, ESTIMATED)])
    assert before == {0.0: (100, MEASURED, ""), 15.0: (100, MEASURED, "")}
    await park.read(range(8, 10))  # it speaks again: what was written stays, the rest is estimated
    await park.booked(9)
    assert {m: told[0] for m, told in (await park.gas()).items()} == {
        0.0: 100, 15.0: 100, 30.0: 110, 45.0: 110, 60.0: 100, 75.0: 100, 90.0: 100, 105.0: 100,
        120.0: 100,
    }  # fmt: skip
